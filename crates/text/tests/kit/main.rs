//! Behaviour of the classifier: known answers, order, threads, files, input of no use.

#![allow(clippy::unwrap_used, reason = "a test that unwraps nothing fails, as it should")]

mod degenerate;
mod files;
mod known;

use text::{TextClassifier, TextClassifierConfig};

/// Short reviews, half of them content, in two languages.
fn reviews(n: usize) -> Vec<(String, &'static str)> {
    let good =
        ["lovely soft coat", "works well and arrived early", "很喜欢 质量好", "物流快 包装好"];
    let bad = ["the strap broke", "smells odd and arrived late", "太差了 掉色", "客服不理人"];
    let one = |at: usize| {
        let (list, label) = if at.is_multiple_of(2) { (&good, "good") } else { (&bad, "bad") };
        (format!("{} number {}", list[at / 2 % 4], at % 17), label)
    };
    (0..n).map(one).collect()
}

fn fit(rows: &[(String, &str)]) -> TextClassifier {
    let (texts, labels): (Vec<&str>, Vec<&str>) =
        rows.iter().map(|(text, label)| (text.as_str(), *label)).unzip();
    TextClassifier::fit(&TextClassifierConfig::default(), &texts, &labels).unwrap()
}
