//! Rust text with comments and literals blanked, so that words in them are not taken for code.

/// Replaces the contents of comments, strings and character literals by blanks; line ends stay,
/// so that line numbers hold, and every blanked byte is one blank, so that places hold too.
pub fn blank(source: &str) -> String {
    let mut lexer = Lexer { rest: source, out: String::with_capacity(source.len()) };
    while !lexer.rest.is_empty() {
        lexer.step();
    }
    lexer.out
}

struct Lexer<'a> {
    rest: &'a str,
    out: String,
}

impl Lexer<'_> {
    fn step(&mut self) {
        let before_is_word = self.out.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let raw = if before_is_word { None } else { raw_string(self.rest) };
        if self.rest.starts_with("//") {
            self.hide(self.rest.find('\n').unwrap_or(self.rest.len()));
        } else if self.rest.starts_with("/*") {
            self.hide(block_comment(self.rest));
        } else if let Some(length) = raw {
            self.hide(length);
        } else if self.rest.starts_with('"') {
            self.hide(quoted(self.rest, '"'));
        } else if let Some(length) = character(self.rest) {
            self.hide(length);
        } else {
            let length = self.rest.chars().next().map_or(0, char::len_utf8);
            self.out.push_str(&self.rest[..length]);
            self.rest = &self.rest[length..];
        }
    }

    fn hide(&mut self, length: usize) {
        let blanked = self.rest[..length].bytes().map(|b| if b == b'\n' { '\n' } else { ' ' });
        self.out.extend(blanked);
        self.rest = &self.rest[length..];
    }
}

/// Length of a raw string at the start of a text.
fn raw_string(text: &str) -> Option<usize> {
    let body = text.strip_prefix("br").or_else(|| text.strip_prefix('r'))?;
    let hashes = body.len() - body.trim_start_matches('#').len();
    let inner = body[hashes..].strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    let start = text.len() - inner.len();
    Some(inner.find(&close).map_or(text.len(), |at| start + at + close.len()))
}

/// Length of a block comment, nested ones included.
fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// Length of a literal between quotes, escapes honoured.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

/// Length of a character literal; a lifetime is none.
fn character(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('\'')?;
    let first = inner.chars().next()?;
    let is_literal = first == '\\' || inner[first.len_utf8()..].starts_with('\'');
    is_literal.then(|| quoted(text, '\''))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_comments_and_literals_are_blanked() {
        for hidden in [
            "// fn x() {",
            "/* fn x() { /* } */ */",
            "\"fn x() { \\\" }\"",
            "r#\"fn \" x() {\"#",
            "br\"fn x() {\"",
            "'{'",
            "'\\''",
            "b'{'",
        ] {
            let blanked = blank(&format!("a{{}} {hidden}\nz"));
            let left: String = blanked.split_whitespace().collect();
            assert_eq!(left.replace('b', ""), "a{}z", "{hidden}");
        }
    }

    #[test]
    fn code_stays_and_lines_keep_their_numbers() {
        let code = "fn f<'a>(x: &'a str) -> char {\n    for_r\"x\ny\"\n}\n";
        assert_eq!(blank(code).lines().count(), code.lines().count());
        assert!(blank(code).starts_with("fn f<'a>(x: &'a str) -> char {\n    for_r"));
    }
}
