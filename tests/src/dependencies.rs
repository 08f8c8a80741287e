//! Checks of what depends on what: the arrows between our crates, licences, duplicates.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use toml::Table;

/// The arrows of the design, downward only: each crate and the crates it may use.
pub const ARROWS: [(&str, &[&str]); 10] = [
    ("event", &[]),
    ("dashboard", &[]),
    ("lake", &["event"]),
    ("collect", &["event"]),
    ("feature", &["event"]),
    ("model", &["feature"]),
    ("text", &[]),
    ("decide", &["event", "feature", "model"]),
    ("serve", &["event", "lake", "feature", "model", "text", "decide", "dashboard"]),
    ("dongcha", &["event", "lake", "collect", "feature", "model", "text", "decide", "serve"]),
];

/// Arrows of a crate's manifest that the design does not have, and versions out of place.
pub fn manifest(name: &str, manifest: &Table) -> Vec<String> {
    let Some((_, allowed)) = ARROWS.iter().find(|(known, _)| *known == name) else {
        return vec![format!("crate {name} is not in the design's table of arrows")];
    };
    let ours = |dependency: &str| ARROWS.iter().any(|(known, _)| *known == dependency);
    let mut found = Vec::new();
    for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
        for (dependency, spec) in
            manifest.get(section).and_then(|s| s.as_table()).into_iter().flatten()
        {
            if ours(dependency) && !allowed.contains(&dependency.as_str()) {
                found.push(format!("{name} may not use {dependency}: arrows run downward only"));
            }
            let central = spec.get("workspace").and_then(|w| w.as_bool()) == Some(true);
            if !central {
                found.push(format!("{name}: write {dependency}.workspace = true"));
            }
        }
    }
    let lints = manifest.get("lints").and_then(|l| l.get("workspace"));
    if lints.and_then(|w| w.as_bool()) != Some(true) {
        found.push(format!("{name}: take the workspace's lints ([lints] workspace = true)"));
    }
    found
}

/// Whether a licence expression can be met with the allowed licences.
pub fn licence_is_allowed(expression: &str, allowed: &[String]) -> bool {
    // Old manifests separate choices by a slash.
    let expression = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = expression.split_whitespace().collect();
    let mut reader = Expression { words: &words, allowed };
    reader.either() && reader.words.is_empty()
}

/// Reads `A OR B AND (C WITH D)`, AND binding closer.
struct Expression<'a> {
    words: &'a [&'a str],
    allowed: &'a [String],
}

impl<'a> Expression<'a> {
    fn take(&mut self, word: &str) -> bool {
        let is_next = self.words.first() == Some(&word);
        if is_next {
            self.words = &self.words[1..];
        }
        is_next
    }

    fn either(&mut self) -> bool {
        let mut met = self.both();
        while self.take("OR") {
            met |= self.both();
        }
        met
    }

    fn both(&mut self) -> bool {
        let mut met = self.one();
        while self.take("AND") {
            met &= self.one();
        }
        met
    }

    fn one(&mut self) -> bool {
        if self.take("(") {
            return self.either() & self.take(")");
        }
        let Some((licence, rest)) = self.words.split_first() else { return false };
        self.words = rest;
        if self.take("WITH") {
            let Some((exception, rest)) = self.words.split_first() else { return false };
            self.words = rest;
            return self.allowed.iter().any(|a| *a == format!("{licence} WITH {exception}"));
        }
        self.allowed.iter().any(|a| a == licence)
    }
}

/// What `cargo metadata` and `deny.toml` do not agree about.
pub fn metadata(metadata: &Value, deny: &Table) -> Vec<String> {
    let allowed = strings(deny.get("licenses").and_then(|l| l.get("allow")));
    let skipped = skipped(deny);
    let mut found = Vec::new();
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let text = |key: &str| package[key].as_str().unwrap_or_default();
        let (name, version, licence) = (text("name"), text("version"), text("license"));
        versions.entry(name).or_default().insert(version);
        if !licence_is_allowed(licence, &allowed) {
            found.push(format!("{name} {version}: its licence `{licence}` is not in deny.toml"));
        }
        let source = text("source");
        if source.starts_with("git+") {
            found.push(format!("{name} {version} comes from git; use a published version"));
        }
    }
    for (name, versions) in &versions {
        let listed = |version: &&str| {
            skipped.iter().any(|(crate_name, prefix, _)| {
                crate_name == name
                    && (*version == prefix || version.starts_with(&format!("{prefix}.")))
            })
        };
        let unexplained: Vec<&&str> = versions.iter().filter(|v| !listed(v)).collect();
        if unexplained.len() > 1 {
            found.push(format!(
                "{name} stands in versions {unexplained:?}: name all but one in deny.toml, with \
                 a reason"
            ));
        }
    }
    for (name, prefix, reason) in &skipped {
        let used = versions.get(name.as_str()).is_some_and(|all| {
            all.len() > 1 && all.iter().any(|v| v.starts_with(&format!("{prefix}.")))
        });
        if !used {
            found
                .push(format!("deny.toml skips {name}@{prefix}, which is no duplicate; remove it"));
        }
        if reason.trim().is_empty() {
            found.push(format!("deny.toml skips {name}@{prefix} without a reason"));
        }
    }
    found
}

fn strings(list: Option<&toml::Value>) -> Vec<String> {
    let list = list.and_then(|l| l.as_array()).into_iter().flatten();
    list.filter_map(|entry| entry.as_str()).map(str::to_owned).collect()
}

/// `(crate, version prefix, reason)` of the duplicates that deny.toml lets through.
fn skipped(deny: &Table) -> Vec<(String, String, String)> {
    let list = deny.get("bans").and_then(|b| b.get("skip")).and_then(|s| s.as_array());
    let text = |entry: &toml::Value, key: &str| {
        entry.get(key).and_then(|v| v.as_str()).unwrap_or_default().to_owned()
    };
    let entries = list.into_iter().flatten().map(|entry| {
        let named = text(entry, "crate");
        let (name, version) = named.split_once('@').unwrap_or((&named, ""));
        (name.to_owned(), version.to_owned(), text(entry, "reason"))
    });
    entries.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table {
        text.parse().unwrap()
    }

    #[test]
    fn an_upward_arrow_is_found() {
        let good = "[dependencies]\nevent.workspace = true\n[lints]\nworkspace = true\n";
        assert!(manifest("lake", &table(good)).is_empty());
        let upward = good.replace("event", "serve");
        assert_eq!(manifest("lake", &table(&upward)).len(), 1);
        let pinned = "[dependencies]\nserde = \"1\"\n[lints]\nworkspace = true\n";
        assert_eq!(manifest("lake", &table(pinned)).len(), 1);
        assert_eq!(manifest("lake", &table("")).len(), 1);
        assert_eq!(manifest("misc", &table(good)).len(), 1);
    }

    #[test]
    fn licence_expressions() {
        let allowed: Vec<String> =
            ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"].map(String::from).to_vec();
        for good in [
            "MIT",
            "GPL-3.0 OR MIT",
            "MIT/GPL-3.0",
            "(GPL-2.0 OR MIT) AND Apache-2.0",
            "GPL-2.0 OR Apache-2.0 WITH LLVM-exception",
            "GPL-2.0 AND ISC OR MIT",
        ] {
            assert!(licence_is_allowed(good, &allowed), "{good}");
        }
        for bad in
            ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR ISC) AND GPL-3.0", "MIT WITH x", "(MIT"]
        {
            assert!(!licence_is_allowed(bad, &allowed), "{bad}");
        }
    }

    #[test]
    fn duplicates_need_a_reason_and_reasons_a_duplicate() {
        let package = |version: &str| {
            let mut package = serde_json::json!({"name": "a", "license": "MIT"});
            package["version"] = version.into();
            package
        };
        let two = serde_json::json!({"packages": [package("1.2.0"), package("2.0.0")]});
        let one = serde_json::json!({"packages": [package("2.0.0")]});
        let allow = "[licenses]\nallow = [\"MIT\"]\n";
        let skip = |reason: &str| {
            table(&format!("{allow}[bans]\nskip = [{{ crate = \"a@1\", reason = \"{reason}\" }}]"))
        };
        assert_eq!(metadata(&two, &table(allow)).len(), 1);
        assert!(metadata(&two, &skip("b needs it")).is_empty());
        assert_eq!(metadata(&two, &skip("")).len(), 1);
        assert_eq!(metadata(&one, &skip("b needs it")).len(), 1);
        assert_eq!(metadata(&one, &table("")).len(), 1);
        let git = serde_json::json!({"packages": [
            {"name": "a", "version": "1.0.0", "license": "MIT", "source": "git+https://x"}]});
        assert_eq!(metadata(&git, &table(allow)).len(), 1);
    }
}
