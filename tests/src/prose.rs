//! Checks of words: nothing in the project speaks of the place where it was written.

/// Folders of somebody's machine; a path into one means nothing to anybody else.
const MACHINE_FOLDERS: [&str; 7] = ["home", "root", "Users", "mnt", "work", "workspace", "scratch"];
/// Notes to oneself, in two halves so that this file has none.
const NOTES: [[&str; 2]; 3] = [["FIX", "ME"], ["XX", "X:"], ["HA", "CK:"]];

/// Paths of one machine, notes to oneself, and references to a tracker that readers do not have.
pub fn foreign_words(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (n, line) in text.lines().enumerate() {
        let mut report = |what: String| found.push(format!("line {}: {what}", n + 1));
        for folder in MACHINE_FOLDERS {
            let path = format!("/{folder}/");
            let absolute = line.match_indices(&path).any(|(at, _)| starts_path(&line[..at]));
            if absolute {
                report(format!("a path of one machine: {path}…"));
            }
        }
        for note in NOTES.map(|halves| halves.concat()) {
            if line.contains(&note) {
                report(format!("{note} finish it or file it"));
            }
        }
        if names_issue(line) {
            report("a reference to a numbered issue: say what it is about".to_owned());
        }
    }
    found
}

/// Whether a slash here begins an absolute path: after a blank, a quote or a bracket.
fn starts_path(before: &str) -> bool {
    before.chars().next_back().is_none_or(|c| c.is_whitespace() || "\"'`(=<>[{,:".contains(c))
}

fn names_issue(line: &str) -> bool {
    let lower = line.to_lowercase();
    lower.match_indices("issue ").any(|(at, word)| {
        let number = lower[at + word.len()..].trim_start_matches('#');
        let own = lower[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric());
        own && number.starts_with(|c: char| c.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_words_are_found() {
        let path = ["see `", "/ro", "ot/x"].concat();
        for bad in [path.as_str(), "Iss\u{75}e 7 says", "FIX\u{4d}E later"] {
            assert_eq!(foreign_words(bad).len(), 1, "{bad}");
        }
        for good in
            ["the /v1/users/1 route", "https://a.example/home/x", "the issue is 2", "dir/root/x"]
        {
            assert!(foreign_words(good).is_empty(), "{good}");
        }
    }
}
