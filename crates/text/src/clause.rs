//! A text in pieces that each say one thing.
//!
//! A clause ends at a stop, a comma, a semicolon, a colon, a question or exclamation mark, a
//! bracket, a line end, or before a word of contrast (`but`, `however`, 但是, 不过, …) and before
//! `and` / `so` that follows a comma. A decimal point or a comma between digits ends nothing.
//! Pieces keep their place in the text, so that each can be shown as it was written. Time `O(n)`,
//! memory `O(clauses)`.

use std::ops::Range;

/// English words that turn to something else.
const CONTRAST: [&str; 8] =
    ["but", "however", "although", "though", "except", "yet", "while", "whereas"];
/// Chinese words that turn to something else.
const CONTRAST_HAN: [&str; 15] = [
    "但是", "不过", "可是", "然而", "只是", "就是", "除了", "虽然", "尽管", "而且", "另外", "还有",
    "但", "可惜", "唯一",
];

/// Places of the clauses in a text, bytes, without blanks at their ends; none is empty.
#[must_use]
pub fn clauses(text: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut start = 0;
    let mut before: Option<char> = None;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|next| next.1);
        let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
        let number = matches!(c, '.' | ',' | ':') && digit(before) && digit(next);
        let inside_word = c == '.' && next.is_some_and(char::is_alphanumeric);
        if is_end(c) && !number && !inside_word {
            push(text, start..at, &mut out);
            start = at + c.len_utf8();
        } else if at > start && turns(text, at, before) {
            push(text, start..at, &mut out);
            start = at;
        }
        before = Some(c);
    }
    push(text, start..text.len(), &mut out);
    out
}

fn is_end(c: char) -> bool {
    matches!(
        c,
        '.' | ','
            | ';'
            | ':'
            | '!'
            | '?'
            | '\n'
            | '\r'
            | '('
            | ')'
            | '['
            | ']'
            | '。'
            | '，'
            | '；'
            | '：'
            | '！'
            | '？'
            | '、'
            | '（'
            | '）'
            | '【'
            | '】'
            | '~'
            | '～'
            | '…'
            | '—'
            | '|'
    )
}

/// Whether a word of contrast starts here.
fn turns(text: &str, at: usize, before: Option<char>) -> bool {
    let rest = &text[at..];
    if CONTRAST_HAN.iter().any(|word| rest.starts_with(word)) {
        // 还有点, 就是说 and 不但 turn to nothing.
        let joined = before.is_some_and(|c| "不非".contains(c))
            || ["还有点", "还有些", "就是说", "可是说"].iter().any(|word| rest.starts_with(word));
        return !joined;
    }
    if before.is_some_and(char::is_alphanumeric) {
        return false;
    }
    let word = rest.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    CONTRAST.iter().any(|other| word.eq_ignore_ascii_case(other))
}

fn push(text: &str, range: Range<usize>, out: &mut Vec<Range<usize>>) {
    let piece = &text[range.clone()];
    let start = range.start + (piece.len() - piece.trim_start().len());
    let end = start + piece.trim().len();
    if end > start {
        out.push(start..end);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        clauses(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn texts_are_cut_where_they_turn() {
        assert_eq!(cut("质量不错，就是物流太慢。"), ["质量不错", "就是物流太慢"]);
        assert_eq!(cut("衣服好看但是偏大"), ["衣服好看", "但是偏大"]);
        assert_eq!(cut("不但便宜还有点香"), ["不但便宜还有点香"]);
        assert_eq!(
            cut("Nice coat but too small. Cost 1,299.50!"),
            ["Nice coat", "but too small", "Cost 1,299.50"]
        );
        assert_eq!(cut("a butter dish, however cheap"), ["a butter dish", "however cheap"]);
        assert_eq!(cut("see a.example now"), ["see a.example now"]);
        assert_eq!(cut(" \n,。!"), [""; 0]);
    }

    proptest! {
        #[test]
        fn clauses_stand_in_order_and_lose_no_letter(text in "\\PC*|[a-z好,。 ]*") {
            let found = clauses(&text);
            prop_assert!(found.windows(2).all(|pair| pair[0].end <= pair[1].start));
            let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count();
            let inside: usize = found.iter().map(|range| letters(&text[range.clone()])).sum();
            prop_assert_eq!(inside, letters(&text));
        }
    }
}
