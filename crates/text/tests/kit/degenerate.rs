//! Input of no use has a defined result and no panic.

use text::{TextClassifier, TextClassifierConfig, TextError};

use crate::{fit, reviews};

fn refused(texts: &[&str], labels: &[&str]) -> String {
    let result = TextClassifier::fit(&TextClassifierConfig::default(), texts, labels);
    match result {
        Err(TextError::Input { reason }) => reason,
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn what_cannot_teach_is_refused_with_a_reason() {
    assert!(refused(&[], &[]).contains("no label"));
    assert!(refused(&["a", "b"], &["x", "x"]).contains("only `x`"));
    assert!(refused(&["a"], &["x", "y"]).contains("1 texts were given for 2 labels"));
    assert!(refused(&["a", "b", "c"], &["x", "x", "y"]).contains("fewer than two different"));
    let mut config = TextClassifierConfig { folds: 1, ..TextClassifierConfig::default() };
    let fit = |config: &TextClassifierConfig| TextClassifier::fit(config, &["a"], &["b"]);
    assert!(matches!(fit(&config), Err(TextError::Config { field: "folds", .. })));
    config = TextClassifierConfig { parts: Vec::new(), ..TextClassifierConfig::default() };
    assert!(matches!(fit(&config), Err(TextError::Config { field: "parts", .. })));
}

#[test]
fn texts_that_say_nothing_get_the_share_of_labels() {
    let rows: Vec<(String, &str)> =
        ["", " ", "\u{7}", "👍", ""].iter().map(|t| ((*t).to_owned(), "x")).collect();
    let mut rows = rows;
    rows.extend(["", "!", "?"].iter().map(|t| ((*t).to_owned(), "y")));
    let model = fit(&rows);
    for text in ["", "anything", "👍👍"] {
        let p = model.predict(text).probabilities;
        assert!(p.iter().all(|p| p.is_finite() && *p > 0.0), "{p:?}");
    }
}

#[test]
fn repeated_rows_and_sorted_labels_teach_as_any_other() {
    let mut rows = reviews(40);
    rows.extend(rows.clone());
    rows.sort_by_key(|row| row.1);
    let model = fit(&rows);
    assert_eq!(model.labels()[model.predict("soft coat").label], "good");
}

#[test]
fn any_text_is_answered() {
    let model = fit(&reviews(40));
    let long = "coat 好 ".repeat(130_000);
    for text in [
        "",
        "x",
        &long,
        "👍🏽👨‍👩‍👧‍👦🇨🇳",
        "مرحبا שלום",
        "\u{202e}evil\u{0}\u{1b}[31m",
        "<script>alert(1)</script>",
        "a\u{301}\u{301}\u{301}",
        "\u{10ffff}",
    ] {
        let said = model.predict(text);
        assert!(said.probabilities.iter().all(|p| (0.0..=1.0).contains(p)));
        assert!((0.0..=1.0).contains(&said.known));
    }
}

#[test]
fn a_label_training_never_saw_is_a_miss() {
    let model = fit(&reviews(40));
    let said = model.predict_all(&["soft coat", "soft coat"]);
    let measured = model.measure(&said, &["good", "neither"]);
    assert_eq!((measured.rows, measured.accuracy), (2, 0.5));
}
