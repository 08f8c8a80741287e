//! The project's rules about itself, checked: one test per rule, every violation named.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use dongcha_tests::dependencies::{self, ARROWS};
use dongcha_tests::tree::{self, SourceFile};
use dongcha_tests::{documents, prose, rust_source};
use sha2::{Digest, Sha256};

/// Algorithm files beside those that implement `Fitted`, `FittedClassifier` or `FittedRatings`:
/// kernels that models and decisions share.
const KERNELS: [&str; 104] = [
    "crates/decide/src/market/clash.rs",
    "crates/decide/src/market/draw.rs",
    "crates/decide/src/market/fill.rs",
    "crates/decide/src/market/prices.rs",
    "crates/decide/src/stock/base_stock.rs",
    "crates/decide/src/stock/lot_sizing.rs",
    "crates/decide/src/stock/min_max.rs",
    "crates/decide/src/stock/newsvendor.rs",
    "crates/decide/src/stock/normal.rs",
    "crates/decide/src/stock/order_quantity.rs",
    "crates/decide/src/stock/plan.rs",
    "crates/decide/src/stock/plan_budget.rs",
    "crates/decide/src/stock/plan_play.rs",
    "crates/decide/src/stock/poisson.rs",
    "crates/decide/src/stock/reorder_point.rs",
    "crates/decide/src/stock/simulate.rs",
    "crates/feature/src/analytics/fp_growth.rs",
    "crates/feature/src/analytics/markov.rs",
    "crates/feature/src/clean/clocks.rs",
    "crates/feature/src/clean/missing.rs",
    "crates/feature/src/clean/outliers.rs",
    "crates/feature/src/clean/scaling.rs",
    "crates/feature/src/clean/statistics.rs",
    "crates/feature/src/packed.rs",
    "crates/feature/src/stock_out.rs",
    "crates/lake/src/partition.rs",
    "crates/model/src/auc.rs",
    "crates/model/src/bins.rs",
    "crates/model/src/blend.rs",
    "crates/model/src/bootstrap.rs",
    "crates/model/src/calibration.rs",
    "crates/model/src/calibration/isotonic.rs",
    "crates/model/src/calibration/platt.rs",
    "crates/model/src/cholesky.rs",
    "crates/model/src/conjugate_gradient.rs",
    "crates/model/src/cross_validation.rs",
    "crates/model/src/customer/beta_geometric.rs",
    "crates/model/src/customer/gamma_function.rs",
    "crates/model/src/customer/gamma_gamma.rs",
    "crates/model/src/customer/lifetime_value.rs",
    "crates/model/src/customer/pareto_nbd.rs",
    "crates/model/src/exposure.rs",
    "crates/model/src/graph/eigen.rs",
    "crates/model/src/graph/spectrum.rs",
    "crates/model/src/histogram_tree.rs",
    "crates/model/src/least_squares.rs",
    "crates/model/src/linear/inverse.rs",
    "crates/model/src/metrics.rs",
    "crates/model/src/neighbours.rs",
    "crates/model/src/neural/adam.rs",
    "crates/model/src/neural/attention.rs",
    "crates/model/src/neural/caser.rs",
    "crates/model/src/neural/convolution.rs",
    "crates/model/src/neural/dropout.rs",
    "crates/model/src/neural/gru.rs",
    "crates/model/src/neural/gru4rec.rs",
    "crates/model/src/neural/layer_norm.rs",
    "crates/model/src/neural/next_item.rs",
    "crates/model/src/neural/pair_fit.rs",
    "crates/model/src/neural/sasrec.rs",
    "crates/model/src/neural/transformer.rs",
    "crates/model/src/optimise/nelder_mead.rs",
    "crates/model/src/optimise/quasi_newton.rs",
    "crates/model/src/price/elasticity.rs",
    "crates/model/src/ranker.rs",
    "crates/model/src/rating/evaluation.rs",
    "crates/model/src/rating/factor_fold_in.rs",
    "crates/model/src/rating/pearson.rs",
    "crates/model/src/retrieval/cells.rs",
    "crates/model/src/retrieval/exact.rs",
    "crates/model/src/series/accuracy.rs",
    "crates/model/src/series/aggregation.rs",
    "crates/model/src/series/choice.rs",
    "crates/model/src/series/cover.rs",
    "crates/model/src/series/cover_choice.rs",
    "crates/model/src/series/croston.rs",
    "crates/model/src/series/ets.rs",
    "crates/model/src/series/pooled_level.rs",
    "crates/model/src/series/season_blend.rs",
    "crates/model/src/series/seasonality.rs",
    "crates/model/src/series/smoothing.rs",
    "crates/model/src/series/theta.rs",
    "crates/model/src/series/tsb.rs",
    "crates/model/src/sign_flip.rs",
    "crates/model/src/standard.rs",
    "crates/model/src/tuning/evolution.rs",
    "crates/model/src/tuning/tpe.rs",
    "crates/model/src/uplift/choice.rs",
    "crates/model/src/uplift/curves.rs",
    "crates/model/src/uplift/learner.rs",
    "crates/model/src/user_auc.rs",
    "crates/text/src/blend.rs",
    "crates/text/src/classifier.rs",
    "crates/text/src/lbfgs.rs",
    "crates/text/src/lexicon.rs",
    "crates/text/src/measures.rs",
    "crates/text/src/near_duplicates.rs",
    "crates/text/src/ngrams.rs",
    "crates/text/src/quantise.rs",
    "crates/text/src/regression.rs",
    "crates/text/src/retrieval.rs",
    "crates/text/src/shop_sentiment.rs",
    "crates/text/src/topics.rs",
    "crates/text/src/weighting.rs",
];
/// Files that reckon with money and nothing else.
const MONEY: [&str; 1] = ["crates/event/src/money.rs"];
/// Names of rooms that say nothing.
const EMPTY_NAMES: [&str; 6] = ["common", "util", "utils", "helpers", "misc", "manager"];
/// What pure crates never touch: files, network, clocks.
const IMPURE: [&str; 6] =
    ["std::fs", "std::net", "SystemTime::now", "Instant::now", "Timestamp::now", "Zoned::now"];
/// Crates that compute and touch nothing.
const PURE: [&str; 3] = ["event", "feature", "decide"];

/// Fails with every violation, if there is any.
fn report(rule: &str, violations: Vec<String>) {
    assert!(violations.is_empty(), "{rule}\n  {}\n", violations.join("\n  "));
}

/// Violations of a check over files, each with its file's path.
fn over(files: &[SourceFile], check: impl Fn(&SourceFile) -> Vec<String>) -> Vec<String> {
    let with_path = |file: &SourceFile| {
        check(file).into_iter().map(|v| format!("{}: {v}", file.path)).collect::<Vec<_>>()
    };
    files.iter().flat_map(with_path).collect()
}

/// Every file a person writes code in.
fn code_files() -> Vec<SourceFile> {
    let endings = [".rs", ".ts", ".svelte", ".mjs", ".js", ".py", ".sh", ".sql"];
    tree::files(|path| {
        endings.iter().any(|ending| path.ends_with(ending)) && !path.starts_with("web/dist/")
    })
}

fn rust_files() -> Vec<SourceFile> {
    tree::files(|path| path.ends_with(".rs"))
}

/// A document that must be there.
fn document(path: &str) -> String {
    tree::read(path).unwrap_or_else(|| panic!("{path} is missing"))
}

#[test]
fn arrows_between_crates_run_downward() {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for file in tree::files(|path| path.starts_with("crates/") && path.ends_with("/Cargo.toml")) {
        let name = file.path.split('/').nth(1).unwrap().to_owned();
        let manifest = file.text.parse().unwrap_or_else(|e| panic!("{}: {e}", file.path));
        found.extend(dependencies::manifest(&name, &manifest));
        seen.insert(name);
    }
    for (name, _) in ARROWS {
        if !seen.contains(name) {
            found.push(format!("crate {name} of the design is missing"));
        }
    }
    report("the design's arrows (tests/src/dependencies.rs)", found);
}

#[test]
fn dependencies_are_licensed_and_unique_or_explained() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--offline", "--locked"])
        .args(["--filter-platform", &host()])
        .current_dir(tree::root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata = serde_json::from_slice(&output.stdout).unwrap();
    let deny = document("deny.toml").parse().unwrap();
    report("deny.toml", dependencies::metadata(&metadata, &deny));
}

fn host() -> String {
    let output = Command::new("rustc").arg("-vV").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
}

#[test]
fn no_room_has_an_empty_name() {
    let mut found = Vec::new();
    for path in tree::paths() {
        for part in path.split('/') {
            let stem = part.split('.').next().unwrap_or_default();
            if EMPTY_NAMES.contains(&stem) {
                found.push(path.clone());
            }
        }
    }
    for file in rust_files() {
        for name in EMPTY_NAMES {
            if file.text.contains(&format!("mod {name} {{")) {
                found.push(format!("{}: mod {name}", file.path));
            }
        }
    }
    report("name a room for what it holds", found);
}

#[test]
fn files_keep_their_budget() {
    let files: Vec<SourceFile> = code_files()
        .into_iter()
        .filter(|file| !file.path.contains("/tests/") && !file.path.starts_with("tests/"))
        .collect();
    let lines = |file: &SourceFile| rust_source::counted_lines(&file.text);
    let found = over(&files, |file| match lines(file) {
        n if n > rust_source::FILE_LINES => vec![format!("{n} lines, at most 800: split it")],
        _ => Vec::new(),
    });
    report("file budget", found);
    let mut sizes: Vec<usize> = files.iter().map(lines).collect();
    sizes.sort_unstable();
    let median = sizes[sizes.len() / 2];
    println!("{} files, median {median} lines, largest {}", sizes.len(), sizes[sizes.len() - 1]);
    assert!(median <= rust_source::MEDIAN_LINES, "the median file has {median} lines");
}

#[test]
fn functions_keep_their_budget() {
    let found = over(&rust_files(), |file| rust_source::long_functions(&file.text));
    report("function budget", found);
}

#[test]
fn lines_keep_their_width() {
    report("line width", over(&code_files(), |file| rust_source::wide_lines(&file.text)));
}

#[test]
fn forbidden_words_stand_in_no_shipped_code() {
    let found = over(&tree::crate_sources(), |file| {
        let is_library = !file.path.starts_with("crates/dongcha/");
        rust_source::forbidden_words(&file.text, is_library)
    });
    report("words that have no place in shipped code", found);
}

#[test]
fn every_silenced_unwrap_states_its_invariant() {
    let found = over(&tree::crate_sources(), |file| rust_source::unstated_invariants(&file.text));
    report("state the invariant", found);
}

#[test]
fn every_file_says_what_it_is_for() {
    let files = rust_files();
    let included = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or_default();
        files.iter().any(|file| file.text.contains(&format!("include!(\"{name}\")")))
    };
    let found = over(&files, |file| {
        let first = file.text.lines().next().unwrap_or_default();
        let says = first.starts_with("//! ") && first.len() > 12;
        let says = says || (included(&file.path) && first.starts_with("///"));
        if says { Vec::new() } else { vec!["begin with `//!` and a sentence".to_owned()] }
    });
    report("every file says what it is for", found);
}

#[test]
fn algorithm_files_carry_equation_complexity_and_source() {
    let files: Vec<SourceFile> = tree::crate_sources()
        .into_iter()
        .filter(|file| {
            let is_model =
                ["impl Fitted for ", "impl FittedClassifier for ", "impl FittedRatings for "];
            is_model.iter().any(|line| file.text.contains(line))
                || KERNELS.contains(&file.path.as_str())
        })
        .collect();
    let mut found = over(&files, |file| rust_source::algorithm_header(&file.text));
    for kernel in KERNELS {
        if !files.iter().any(|file| file.path == kernel) {
            found.push(format!("{kernel} is gone; take it off the list"));
        }
    }
    assert!(files.len() >= KERNELS.len() + 3, "at least three models implement Fitted");
    report("an algorithm file reads the same way everywhere", found);
}

#[test]
fn money_is_never_a_float() {
    let money = tree::files(|path| MONEY.contains(&path));
    assert_eq!(money.len(), MONEY.len());
    let mut found = over(&money, |file| rust_source::floats(&file.text));
    found.extend(over(&tree::crate_sources(), |file| rust_source::float_amounts(&file.text)));
    report("money is integer minor units", found);
}

#[test]
fn pure_crates_touch_no_file_network_or_clock() {
    let files: Vec<SourceFile> = tree::crate_sources()
        .into_iter()
        .filter(|file| PURE.iter().any(|name| file.path.starts_with(&format!("crates/{name}/"))))
        .collect();
    assert!(files.len() > 20);
    let found = over(&files, |file| {
        let code = rust_source::without_tests(&file.text);
        let named = IMPURE.iter().filter(|word| code.contains(**word));
        named.map(|word| format!("{word}: {PURE:?} compute, others read and write")).collect()
    });
    report("pure crates", found);
}

#[test]
fn no_test_measures_time_or_is_ignored() {
    let files: Vec<SourceFile> =
        rust_files().into_iter().filter(|file| file.path != "tests/tidy.rs").collect();
    let found = over(&files, |file| match file.text.contains("#[ignore") {
        true => vec!["#[ignore]: a test that is not run is no test".to_owned()],
        false => Vec::new(),
    });
    report("tests that run", found);
}

#[test]
fn advice_is_given_in_both_languages() {
    let mut found = Vec::new();
    let mut check = |name: String, text: event::Bilingual| {
        let chinese = text.zh.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        let english = text.en.is_ascii() && text.en.len() >= 4;
        if !chinese || !english {
            found.push(format!("{name}: {text:?}"));
        }
    };
    for code in event::RefusalCode::ALL {
        check(code.as_str().to_owned(), code.advice());
    }
    for what in collect::Found::ALL {
        check(what.as_str().to_owned(), what.label());
    }
    for map in collect::maps() {
        check(map.name.clone(), map.about.clone().unwrap_or(event::Bilingual::new("", "")));
    }
    report("both languages", found);
}

#[test]
fn help_and_pages_speak_both_languages() {
    let keys = |path: &str| documents::text_keys(&document(path));
    let (en, zh) = (keys("web/src/text/en.ts"), keys("web/src/text/zh.ts"));
    assert!(en.len() > 50, "only {} texts found in web/src/text/en.ts", en.len());
    let lacking: Vec<&String> = en.symmetric_difference(&zh).collect();
    assert!(lacking.is_empty(), "texts in one language only: {lacking:?}");
    // The program's own test compares its help with its commands; it must stay.
    let help = document("crates/dongcha/src/help_zh.rs");
    assert!(help.contains("fn every_command_and_option_has_a_chinese_text"));
}

#[test]
fn both_languages_have_the_same_headings() {
    let mut found = Vec::new();
    let mut pairs = 0;
    for file in tree::files(|path| path.ends_with(".zh-CN.md")) {
        pairs += 1;
        let english = file.path.replace(".zh-CN.md", ".md");
        match tree::read(&english) {
            None => found.push(format!("{} has no {english}", file.path)),
            Some(text) => found.extend(
                documents::structure(&text, &file.text)
                    .iter()
                    .map(|v| format!("{english} and {}: {v}", file.path)),
            ),
        }
    }
    assert!(pairs > 0, "README.zh-CN.md is missing");
    report("the same headings in both languages", found);
}

#[test]
fn the_documents_are_there() {
    let needed = [
        "README.md",
        "README.zh-CN.md",
        "ARCHITECTURE.md",
        "DESIGN.md",
        "LIMITS.md",
        "CHANGELOG.md",
        "LICENSE",
    ];
    // Reference documents may lie in docs/; what a visitor looks for first lies at the root.
    let there = |name: &str| tree::read(name).or_else(|| tree::read(&format!("docs/{name}")));
    let missing: Vec<String> =
        needed.iter().filter(|name| there(name).is_none()).map(ToString::to_string).collect();
    report("documents that are missing", missing);
    assert!(there("LICENSE").is_some_and(|text| text.contains("Apache License")));
}

/// A document at the root or in `docs/`.
fn reference(name: &str) -> String {
    let text = tree::read(name).or_else(|| tree::read(&format!("docs/{name}")));
    text.unwrap_or_else(|| panic!("{name} is missing"))
}

#[test]
fn architecture_is_short_and_each_invariant_names_a_test() {
    let text = reference("ARCHITECTURE.md");
    let lines = text.lines().count();
    assert!(lines <= 300, "ARCHITECTURE.md has {lines} lines, at most 300");
    let sources = rust_files();
    let sources: Vec<(&str, &str)> =
        sources.iter().map(|file| (file.path.as_str(), file.text.as_str())).collect();
    report("ARCHITECTURE.md", documents::invariant_page(&text, &sources, 12));
}

#[test]
fn every_link_leads_to_a_file() {
    let pages = tree::files(|path| path.ends_with(".md"));
    let found = over(&pages, |page| {
        let dead = |(line, target): (usize, String)| {
            let path = documents::resolve(&page.path, &target);
            (!tree::root().join(&path).exists()).then(|| format!("line {line}: no file {target}"))
        };
        documents::links(&page.text).into_iter().filter_map(dead).collect()
    });
    report("links", found);
}

#[test]
fn limits_are_documented_with_their_values() {
    let text = reference("LIMITS.md");
    let row = |name: &str| text.lines().find(|line| line.contains(&format!("`{name}`")));
    let found = event::limits::ALL.iter().filter_map(|limit| match row(limit.name) {
        None => Some(format!("`{}` is missing", limit.name)),
        Some(row) => {
            let digits = row.replace([',', '_', '\u{202f}', '\u{a0}'], "");
            let told = digits.split(|c: char| !c.is_ascii_digit());
            let value = limit.value.to_string();
            (!told.into_iter().any(|number| number == value))
                .then(|| format!("`{}` is {value}, its row says: {row}", limit.name))
        }
    });
    report("LIMITS.md", found.collect());
}

#[test]
fn nothing_speaks_of_the_place_where_it_was_written() {
    let endings = ["rs", "md", "toml", "ts", "svelte", "mjs", "py", "sh", "sql", "json", "run"];
    let files = tree::files(|path| {
        let last = path.rsplit('/').next().unwrap_or_default();
        let ending = last.rsplit('.').next().unwrap_or_default();
        (endings.contains(&ending) || last == "Makefile") && !path.ends_with("package-lock.json")
    });
    report("words of one workplace", over(&files, |file| prose::foreign_words(&file.text)));
}

#[test]
fn shipped_data_is_attributed_and_whole() {
    let index = document("data/README.md");
    let mut found = Vec::new();
    let mut folders: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in tree::paths().into_iter().filter(|path| path.starts_with("data/")) {
        if let [_, folder, name] = path.split('/').collect::<Vec<_>>()[..] {
            folders.entry(folder.to_owned()).or_default().push(name.to_owned());
        }
    }
    assert!(folders.len() >= 3, "three data sets are shipped");
    for (folder, names) in folders {
        let about = tree::read(&format!("data/{folder}/README.md")).unwrap_or_default();
        for (what, words) in [
            ("its licence", ["Licence:**", "License:**"].as_slice()),
            ("where it comes from", &["https://"]),
            ("who made it", &["Author", "author", "by ", "Source"]),
        ] {
            if !words.iter().any(|word| about.contains(word)) {
                found.push(format!("data/{folder}/README.md does not say {what}"));
            }
        }
        for name in names.iter().filter(|name| *name != "README.md") {
            let path = format!("{folder}/{name}");
            let bytes = std::fs::read(tree::root().join("data").join(&path)).unwrap();
            let digest: String =
                Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            if !index.lines().any(|l| l.contains(&digest) && l.contains(&path)) {
                found.push(format!("data/README.md does not list {path} with {digest}"));
            }
        }
    }
    report("shipped data", found);
}

#[test]
fn the_two_commands_are_there() {
    let makefile = document("Makefile");
    for target in ["help", "build", "demo", "test", "bench", "lint", "clean-data"] {
        let line = makefile.lines().find(|line| line.starts_with(&format!("{target}:")));
        assert!(line.is_some_and(|line| line.contains("## ")), "`make {target}` explains itself");
    }
    let ci = document(".ci/run");
    for step in ["make test", "make demo ARGS=--no-serve"] {
        assert!(ci.contains(step), ".ci/run runs `{step}`");
    }
}
