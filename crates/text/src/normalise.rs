//! One spelling for texts that say the same: markup, width, case, addresses, drawn-out letters.
//!
//! In this order: tags of HTML and the insides of `script` and `style` go, named and numbered
//! entities become what they stand for, a web address becomes one word, full-width forms become
//! half-width, letters small, Chinese stops and quotes their Western twins, characters that cannot
//! be seen go, more than three of the same in a row become three (digits stay), blanks become one.
//! The result is plain text: it is never markup again. Time and memory `O(n)`.

/// What a web address becomes: a word that no text holds.
pub const ADDRESS: &str = "httpaddress";

/// The text in the one spelling.
#[must_use]
pub fn normalise(text: &str) -> String {
    let plain = if text.contains('<') { without_tags(text) } else { text.to_owned() };
    let plain = if plain.contains('&') { without_entities(&plain) } else { plain };
    let mut out = Folded::default();
    let mut rest = plain.as_str();
    while let Some(c) = rest.chars().next() {
        let starts_word = out.last.is_none_or(|last| !last.is_alphanumeric());
        if starts_word && let Some(length) = address_length(rest) {
            out.push_word(ADDRESS);
            rest = &rest[length..];
            continue;
        }
        out.push(c);
        rest = &rest[c.len_utf8()..];
    }
    out.text.truncate(out.text.trim_end().len());
    out.text
}

/// Text under construction.
#[derive(Default)]
struct Folded {
    text: String,
    last: Option<char>,
    run: usize,
}

impl Folded {
    fn push(&mut self, c: char) {
        let Some(c) = folded(c) else { return };
        for c in c.to_lowercase() {
            self.add(c);
        }
    }

    fn add(&mut self, c: char) {
        if c == ' ' && self.last.is_none_or(|last| last == ' ') {
            return;
        }
        self.run = if self.last == Some(c) { self.run + 1 } else { 1 };
        self.last = Some(c);
        if self.run <= 3 || c.is_ascii_digit() {
            self.text.push(c);
        }
    }

    fn push_word(&mut self, word: &str) {
        self.add(' ');
        word.chars().for_each(|c| self.add(c));
        self.add(' ');
    }
}

/// A character's twin of half width; `None` for what cannot be seen.
fn folded(c: char) -> Option<char> {
    Some(match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0)?,
        '。' => '.',
        '、' => ',',
        '“' | '”' | '„' | '«' | '»' | '「' | '」' => '"',
        '‘' | '’' | '`' | '´' => '\'',
        '–' | '—' => '-',
        '…' => '.',
        // Joiners, marks of direction, variation selectors, soft hyphen, byte-order mark.
        '\u{ad}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' => return None,
        c if c.is_whitespace() || c.is_control() => ' ',
        c => c,
    })
}

/// Bytes of a web address at the start of a text.
fn address_length(text: &str) -> Option<usize> {
    let starts = |prefix: &str| {
        text.as_bytes()
            .get(..prefix.len())
            .is_some_and(|b| b.eq_ignore_ascii_case(prefix.as_bytes()))
    };
    if !["http://", "https://", "www."].into_iter().any(starts) {
        return None;
    }
    let part = |c: char| c.is_ascii_graphic() && !"\"'<>()[]{}".contains(c);
    Some(text.find(|c| !part(c)).unwrap_or(text.len()))
}

/// Text without tags; each leaves a blank.
fn without_tags(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    // Behind the last `>` no tag can end; looking for one from every `<` would take too long.
    let last_end = text.rfind('>').unwrap_or(0);
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        let tag = &rest[at..];
        let opens = tag[1..].starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c));
        let may_end = text.len() - tag.len() < last_end;
        let Some(end) = (opens && may_end).then(|| tag.find('>')).flatten() else {
            out.push('<');
            rest = &tag[1..];
            continue;
        };
        out.push(' ');
        rest = &tag[end + 1..];
        let name = tag[1..].split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
        if ["script", "style"].iter().any(|hidden| name.eq_ignore_ascii_case(hidden)) {
            // What is inside is no word of anybody; without an end it reaches to the end.
            let is_close = |at: &usize| {
                let word = rest.as_bytes().get(at + 2..at + 2 + name.len());
                word.is_some_and(|word| word.eq_ignore_ascii_case(name.as_bytes()))
            };
            let close = rest.match_indices("</").map(|(at, _)| at).find(is_close);
            rest = close.map_or("", |at| &rest[at..]);
        }
    }
    out.push_str(rest);
    out
}

/// Text with entities as the characters they stand for.
fn without_entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        let tail = &rest[at + 1..];
        let name_end = tail.bytes().take(10).position(|b| b == b';');
        match name_end.and_then(|end| Some((entity(tail.get(..end)?)?, end))) {
            Some((c, end)) => {
                out.push(c);
                rest = &tail[end + 1..];
            }
            None => {
                out.push('&');
                rest = tail;
            }
        }
    }
    out.push_str(rest);
    out
}

fn entity(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_step_does_what_it_says() {
        for (given, wanted) in [
            ("ＧＯＯＤ　１２３！", "good 123!"),
            ("很好。。。。。。不错、赞", "很好...不错,赞"),
            ("sooooooo good", "sooo good"),
            ("tel 10000000", "tel 10000000"),
            ("see https://a.example/x?y=1 now", "see httpaddress now"),
            ("<b>Nice</b><br/>coat &amp; hat &#39;ok&#x27;", "nice coat & hat 'ok'"),
            ("a<script>alert('x')</script>b", "a b"),
            ("a<STYLE>p{}", "a"),
            ("3 < 4 & 5 > 2 <3", "3 < 4 & 5 > 2 <3"),
            ("a\u{0}b\u{7}\u{200f}c\u{202e}", "a b c"),
            ("👍👍👍👍👍 ❤\u{fe0f}", "👍👍👍 ❤"),
            ("", ""),
            (" \n\t ", ""),
            ("It’s “fine”", "it's \"fine\""),
        ] {
            assert_eq!(normalise(given), wanted, "{given:?}");
        }
    }

    #[test]
    fn a_megabyte_is_one_pass() {
        let long = "<".repeat(1 << 20);
        assert_eq!(normalise(&long), "<<<");
        assert_eq!(normalise(&"&".repeat(1 << 20)), "&&&");
        assert_eq!(normalise(&"<script></script>".repeat(1 << 16)), "");
        assert_eq!(normalise(&"<a".repeat(1 << 19)).len(), 1 << 20);
    }

    proptest! {
        #[test]
        fn nothing_breaks_it_and_no_control_is_left(text in "\\PC*|.*") {
            let out = normalise(&text);
            prop_assert!(!out.chars().any(char::is_control));
            prop_assert!(!out.contains("  "));
        }
    }
}
