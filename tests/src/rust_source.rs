//! Checks of Rust files: budgets, forbidden words, headers of algorithm files.

use crate::lexer::blank;

/// Lines of a file, tests apart, beyond which it must be split.
pub const FILE_LINES: usize = 800;
/// Median of those lines over all files.
pub const MEDIAN_LINES: usize = 200;
/// Lines of a function from its name to its closing brace.
pub const FUNCTION_LINES: usize = 70;
/// Characters of a line.
pub const COLUMNS: usize = 100;

/// Words that have no place outside tests, and what to do instead.
const FORBIDDEN: [(&str, &str); 8] = [
    ("todo!", "finish it"),
    ("unimplemented!", "finish it"),
    ("dbg!", "remove it"),
    (".unwrap()", "return an error, or state the invariant that makes it impossible"),
    (".expect(", "return an error, or state the invariant that makes it impossible"),
    (".unwrap_err()", "return an error, or state the invariant that makes it impossible"),
    ("unsafe {", "find a safe way"),
    ("#[allow(", "use #[expect(…, reason = \"…\")], which ends when its cause does"),
];
/// Words that have no place in a library.
const PRINTING: [&str; 4] = ["println!", "eprintln!", "print!", "eprint!"];

/// Which lines belong to a `#[cfg(test)]` module at the left margin.
fn test_lines(source: &str) -> Vec<bool> {
    let lines: Vec<&str> = source.lines().collect();
    let mut inside = false;
    let mut marks = vec![false; lines.len()];
    for (at, line) in lines.iter().enumerate() {
        let next = lines.get(at + 1).copied().unwrap_or_default();
        inside |= *line == "#[cfg(test)]" && next.starts_with("mod ") && next.ends_with('{');
        marks[at] = inside;
        inside &= *line != "}";
    }
    marks
}

/// The text with its test module blanked; lines keep their numbers.
pub fn without_tests(source: &str) -> String {
    let marks = test_lines(source);
    let kept = source.lines().zip(&marks).map(|(line, test)| if *test { "" } else { line });
    kept.flat_map(|line| [line, "\n"]).collect()
}

/// Lines of a file that count for its budget: those of its test module do not.
pub fn counted_lines(source: &str) -> usize {
    test_lines(source).iter().filter(|test| !**test).count()
}

/// Functions that are too long: their name, first line and length.
pub fn long_functions(source: &str) -> Vec<String> {
    let code = blank(&without_tests(source));
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        let word_before = code[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric());
        let name: String =
            code[at + 3..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        if word_before || name.is_empty() {
            continue;
        }
        let Some(length) = body_lines(&code[at..]) else { continue };
        if length > FUNCTION_LINES {
            let line = code[..at].matches('\n').count() + 1;
            found.push(format!(
                "line {line}: fn {name} has {length} lines, at most {FUNCTION_LINES}"
            ));
        }
    }
    found
}

/// Lines from a function's name to its closing brace; nothing for a declaration.
fn body_lines(from_name: &str) -> Option<usize> {
    let (mut round, mut curly) = (0_i32, 0_i32);
    for (at, c) in from_name.char_indices() {
        match c {
            '(' | '[' => round += 1,
            ')' | ']' => round -= 1,
            ';' if round == 0 && curly == 0 => return None,
            '{' => curly += 1,
            '}' => {
                curly -= 1;
                if curly == 0 {
                    return Some(from_name[..at].matches('\n').count() + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// Lines that are too wide.
pub fn wide_lines(text: &str) -> Vec<String> {
    let wide = text.lines().enumerate().filter(|(_, line)| line.chars().count() > COLUMNS);
    wide.map(|(n, line)| {
        format!("line {}: {} characters, at most {COLUMNS}", n + 1, line.chars().count())
    })
    .collect()
}

/// Forbidden words outside tests; in a library printing is forbidden too.
pub fn forbidden_words(source: &str, is_library: bool) -> Vec<String> {
    let kept = without_tests(source);
    let code = blank(&kept);
    let invariant = code.contains("clippy::unwrap_used") || code.contains("clippy::expect_used");
    let mut found = Vec::new();
    for (n, line) in code.lines().enumerate() {
        for (word, instead) in FORBIDDEN {
            let stated = invariant && word.starts_with('.');
            if has_word(line, word) && !stated {
                found.push(format!("line {}: `{word}`: {instead}", n + 1));
            }
        }
        let printed = PRINTING.iter().find(|word| has_word(line, word));
        if let Some(word) = printed.filter(|_| is_library) {
            found.push(format!("line {}: `{word}` in a library: return it, or log it", n + 1));
        }
    }
    found
}

/// Whether a word stands in a line and not as the tail of a longer one.
fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        word.starts_with(['.', '#']) || !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}

/// Attributes that silence the lints against `unwrap` and `expect` without an invariant.
pub fn unstated_invariants(source: &str) -> Vec<String> {
    let kept = without_tests(source);
    let code = blank(&kept);
    let mut found = Vec::new();
    for lint in ["clippy::unwrap_used", "clippy::expect_used"] {
        for (at, _) in code.match_indices(lint) {
            let end = kept[at..].find(']').map_or(kept.len(), |end| at + end);
            if !kept[at..end].contains("reason = \"invariant: ") {
                let line = kept[..at].matches('\n').count() + 1;
                found.push(format!("line {line}: say reason = \"invariant: …\" beside {lint}"));
            }
        }
    }
    found
}

/// What an algorithm file's `//!` lacks of: equation, symbols, time, memory, source.
pub fn algorithm_header(source: &str) -> Vec<String> {
    let header: String = source
        .lines()
        .take_while(|line| line.starts_with("//!"))
        .map(|line| format!("{}\n", line.trim_start_matches("//!").trim()))
        .collect();
    let equation = header.split('`').skip(1).step_by(2).any(|span| {
        span.chars().any(|c| "=≈≤Σ∝→".contains(c)) && span.chars().any(char::is_alphabetic)
    });
    let lower = header.to_lowercase();
    let parts = [
        ("an equation between backticks", equation),
        ("`Symbols:` with units or shapes", header.contains("Symbols:")),
        ("its time, such as `O(n log n)`", lower.contains("time")),
        ("its memory", lower.contains("memory")),
        ("complexity as O(…)", header.contains("O(")),
        ("`Source:` with authors and year", header.contains("Source:") && has_year(&header)),
    ];
    let missing = parts.iter().filter(|(_, present)| !present);
    missing.map(|(what, _)| format!("its `//!` lacks {what}")).collect()
}

fn has_year(text: &str) -> bool {
    let words = text.split(|c: char| !c.is_ascii_digit());
    words.filter(|w| w.len() == 4).any(|w| ("1900".."2100").contains(&w))
}

/// Floating-point types in a file of money.
pub fn floats(source: &str) -> Vec<String> {
    let code = blank(&without_tests(source));
    let mut found = Vec::new();
    for (n, line) in code.lines().enumerate() {
        if let Some(word) = ["f32", "f64"].iter().find(|word| has_word(line, word)) {
            found.push(format!("line {}: {word} in money code", n + 1));
        }
    }
    found
}

/// Amounts (`…_minor`) of a floating-point type.
pub fn float_amounts(source: &str) -> Vec<String> {
    let code = blank(&without_tests(source));
    let mut found = Vec::new();
    for (n, line) in code.lines().enumerate() {
        for (at, _) in line.match_indices("_minor: ") {
            let kind = line[at + 8..].trim_start_matches("Option<").trim_start_matches("Vec<");
            if kind.starts_with("f32") || kind.starts_with("f64") {
                found.push(format!("line {}: an amount in minor units is an integer", n + 1));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_modules_do_not_count() {
        let source = "//! a\nfn f() {}\n\n#[cfg(test)]\nmod tests {\n    // x\n}\n";
        assert_eq!(counted_lines(source), 3);
        assert_eq!(without_tests(source).lines().count(), source.lines().count());
        assert!(!without_tests(source).contains("// x"));
    }

    #[test]
    fn a_long_function_is_found_and_a_brace_in_text_does_not_matter() {
        let body = "    let x = \"}\"; // }\n".repeat(FUNCTION_LINES - 2);
        assert!(long_functions(&format!("fn ok() {{\n{body}}}\n")).is_empty());
        let found = long_functions(&format!("\nfn far(a: [u8; 3]) {{\n\n{body}}}\n"));
        assert_eq!(found, ["line 2: fn far has 71 lines, at most 70"]);
        assert!(long_functions("trait T {\n    fn a(&self);\n}\n").is_empty());
    }

    #[test]
    fn forbidden_words_are_found_outside_tests_and_text_only() {
        let bad = "fn f() {\n    x.unwrap();\n    todo!()\n}\n";
        assert_eq!(forbidden_words(bad, true).len(), 2);
        assert_eq!(forbidden_words("fn f() { println!(\"x\") }", true).len(), 1);
        assert_eq!(forbidden_words("fn f() { println!(\"x\") }", false).len(), 0);
        let fine = "// x.unwrap()\nfn f() -> &str { \"todo!\" }\n#[cfg(test)]\nmod tests {\n    \
                    fn g() { x.unwrap() }\n}\n";
        assert!(forbidden_words(fine, true).is_empty());
        assert_eq!(forbidden_words("#[allow(dead_code)]\n", true).len(), 1);
    }

    #[test]
    fn an_invariant_must_be_stated() {
        let bad = "#[expect(clippy::unwrap_used, reason = \"fine\")]\n";
        let good = "#[expect(clippy::unwrap_used, reason = \"invariant: never empty\")]\n";
        assert_eq!(unstated_invariants(bad).len(), 1);
        assert!(unstated_invariants(good).is_empty());
    }

    #[test]
    fn an_algorithm_says_what_it_computes() {
        let good = "//! Mean.\n//!\n//! `m = Σ x / n`\n//! Symbols: x, n.\n//! Time O(n), memory \
                    O(1).\n//! Source: A. Author, 1999, section 2.\n";
        assert!(algorithm_header(good).is_empty(), "{:?}", algorithm_header(good));
        assert_eq!(algorithm_header("//! Mean.\nfn mean() {}\n").len(), 6);
        assert_eq!(algorithm_header(&good.replace("1999", "long ago")).len(), 1);
    }

    #[test]
    fn money_is_never_a_float() {
        assert_eq!(floats("fn f(x: f64) {}\n").len(), 1);
        assert!(floats("// f64\nfn f(of64: i64) {}\n").is_empty());
        assert_eq!(float_amounts("struct A {\n    price_minor: Option<f64>,\n}\n").len(), 1);
        assert!(float_amounts("struct A {\n    price_minor: Option<i64>,\n}\n").is_empty());
    }

    #[test]
    fn wide_lines_are_counted_in_characters() {
        assert!(wide_lines(&"洞".repeat(COLUMNS)).is_empty());
        assert_eq!(wide_lines(&"a".repeat(COLUMNS + 1)).len(), 1);
    }
}
