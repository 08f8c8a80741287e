//! Checks of Markdown: headings, links, invariants and the tests they name.

use std::collections::BTreeSet;

/// A line outside code fences, with its number.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    text.lines().enumerate().filter_map(move |(n, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        (!fenced && !fence).then_some((n + 1, line))
    })
}

/// The levels of a document's headings, in order, with their text.
pub fn headings(text: &str) -> Vec<(usize, String)> {
    let heading = |(_, line): (usize, &str)| {
        let level = line.len() - line.trim_start_matches('#').len();
        let title = line[level..].strip_prefix(' ')?;
        (1..=6).contains(&level).then(|| (level, title.trim().to_owned()))
    };
    prose(text).filter_map(heading).collect()
}

/// Where two languages of one document differ in structure.
pub fn structure(one: &str, other: &str) -> Vec<String> {
    let (one, other) = (headings(one), headings(other));
    let mut found = Vec::new();
    for at in 0..one.len().max(other.len()) {
        match (one.get(at), other.get(at)) {
            (Some(a), Some(b)) if a.0 == b.0 => {}
            (a, b) => {
                found.push(format!("heading {}: {a:?} beside {b:?}", at + 1));
                break;
            }
        }
    }
    found
}

/// The files a document links to, as written, without anchors.
pub fn links(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (n, line) in prose(text) {
        for (at, _) in line.match_indices("](") {
            let target: String = line[at + 2..].chars().take_while(|c| *c != ')').collect();
            let target = target.split(['#', ' ']).next().unwrap_or_default().to_owned();
            let elsewhere = target.contains("://") || target.starts_with("mailto:");
            if !target.is_empty() && !elsewhere {
                found.push((n, target));
            }
        }
    }
    found
}

/// A link's path from the root, given the path of the document it stands in.
pub fn resolve(document: &str, target: &str) -> String {
    let mut parts: Vec<&str> = document.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The paragraphs that begin with `**Invariant`, each as one line.
pub fn invariants(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut inside = false;
    for (_, line) in prose(text) {
        let line = line.trim().trim_start_matches("- ");
        if line.starts_with("**Invariant") {
            found.push(line.to_owned());
            inside = true;
        } else if line.is_empty() || line.starts_with(['#', '|']) {
            inside = false;
        } else if let Some(last) = found.last_mut().filter(|_| inside) {
            last.push(' ');
            last.push_str(line);
        }
    }
    found
}

/// The backticked `path::name` references of an invariant.
pub fn named_tests(invariant: &str) -> Vec<(String, String)> {
    let spans = invariant.split('`').skip(1).step_by(2);
    let named = spans.filter_map(|span| {
        let (path, name) = span.rsplit_once("::")?;
        let file = path.starts_with("tests/") || path.starts_with("crates/");
        file.then(|| (path.to_owned(), name.to_owned()))
    });
    named.collect()
}

/// Whether any file at or below `path` (given with or without `.rs`) has a function `name`.
pub fn has_function<'a>(
    mut sources: impl Iterator<Item = (&'a str, &'a str)>,
    path: &str,
    name: &str,
) -> bool {
    let stem = path.trim_end_matches(".rs").replace("::", "/");
    sources.any(|(file, text)| {
        let is_there = file.strip_prefix(&stem).is_some_and(|r| r == ".rs" || r.starts_with('/'));
        is_there && text.contains(&format!("fn {name}("))
    })
}

/// What is wrong with a page of invariants, given the tests there are.
pub fn invariant_page<'a>(
    text: &str,
    sources: &[(&'a str, &'a str)],
    at_least: usize,
) -> Vec<String> {
    let invariants = invariants(text);
    let mut found = Vec::new();
    if invariants.len() < at_least {
        found.push(format!("{} invariants, at least {at_least}", invariants.len()));
    }
    for invariant in &invariants {
        let start: String = invariant.chars().take(70).collect();
        let tests = named_tests(invariant);
        if tests.is_empty() {
            found.push(format!("names no `tests/…::name` or `crates/…::name`: {start}…"));
        }
        for (path, name) in tests {
            if !has_function(sources.iter().copied(), &path, &name) {
                found.push(format!("`{path}::{name}` does not exist: {start}…"));
            }
        }
    }
    found
}

/// Keys of a `'key': …` or `key: …` table of texts in TypeScript.
pub fn text_keys(text: &str) -> BTreeSet<String> {
    let keys = text.lines().filter_map(|line| {
        let (key, _) = line.trim().split_once("':")?;
        key.strip_prefix('\'').map(str::to_owned)
    });
    keys.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structure_is_compared_outside_code() {
        let en = "# A\n\n```\n# no heading\n```\n\n## B\n";
        assert!(structure(en, "# 甲\n\n## 乙\n").is_empty());
        assert_eq!(structure(en, "# 甲\n\n### 乙\n").len(), 1);
        assert_eq!(structure(en, "# 甲\n").len(), 1);
    }

    #[test]
    fn links_resolve_from_their_document() {
        let text = "[a](../LIMITS.md#x) [b](https://a.example/x) [c](#here)\n```\n[d](no)\n```\n";
        assert_eq!(links(text), [(1, "../LIMITS.md".to_owned())]);
        assert_eq!(resolve("data/README.md", "../LIMITS.md"), "LIMITS.md");
        assert_eq!(resolve("README.md", "data/x/"), "data/x");
    }

    #[test]
    fn an_invariant_names_a_test_that_exists() {
        let page = "**Invariant 1.** Nothing\nis lost (`crates/lake::nothing_is_lost`).\n";
        let source = [("crates/lake/src/lake.rs", "fn nothing_is_lost() {}")];
        assert!(invariant_page(page, &source, 1).is_empty());
        assert_eq!(invariant_page(page, &source, 2).len(), 1);
        assert_eq!(invariant_page(page, &[], 1).len(), 1);
        assert_eq!(invariant_page("**Invariant 1.** Nothing.\n", &source, 1).len(), 1);
        let elsewhere = [("crates/lakeside/src/a.rs", "fn nothing_is_lost() {}")];
        assert_eq!(invariant_page(page, &elsewhere, 1).len(), 1);
    }

    #[test]
    fn keys_of_a_text_table() {
        let keys = text_keys("export const en = {\n  'a.b': 'x: y',\n  'c':\n    'z',\n};\n");
        assert_eq!(keys.into_iter().collect::<Vec<_>>(), ["a.b", "c"]);
    }
}
