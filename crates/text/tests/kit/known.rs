//! Known answers; the order of rows and the number of threads change nothing.

use proptest::prelude::*;
use text::{TextClassifier, TextClassifierConfig};

use crate::{fit, reviews};

#[test]
fn clear_texts_are_told_apart() {
    let model = fit(&reviews(120));
    assert_eq!(model.labels(), ["bad", "good"]);
    for (text, label) in [("soft and lovely", 1), ("it broke", 0), ("质量好", 1), ("客服太差", 0)]
    {
        let said = model.predict(text);
        assert_eq!(said.label, label, "{text}: {said:?}");
        assert!((said.probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    }
    assert!(model.held_out().accuracy > 0.95, "{:?}", model.held_out());
}

#[test]
fn three_labels_are_told_apart() {
    let rows: Vec<(String, &str)> = (0..90)
        .map(|at| match at % 3 {
            0 => (format!("where is my parcel {at}"), "delivery"),
            1 => (format!("give my money back {at}"), "refund"),
            _ => (format!("which size fits me {at}"), "size"),
        })
        .collect();
    let model = fit(&rows);
    for (text, label) in [("parcel?", 0), ("my money", 1), ("what size", 2)] {
        assert_eq!(model.predict(text).label, label, "{text}");
    }
}

#[test]
fn probabilities_mean_what_they_say() {
    // One word, and eight of eleven rows with it are content; no digit tells which.
    let rows: Vec<(String, &str)> = (0..396)
        .map(|at| (format!("blip {at}"), if at % 11 < 3 { "bad" } else { "good" }))
        .collect();
    let model = fit(&rows);
    let said = model.predict("blip").probabilities[1];
    assert!((said - 8.0 / 11.0).abs() < 0.08, "{said}");
    assert!(model.held_out().ece < 0.05, "{:?}", model.held_out());
}

#[test]
fn abstaining_is_told_from_answering_all_to_the_surest() {
    let model = fit(&reviews(120));
    let told = model.abstentions();
    assert_eq!((told.len(), told[0].coverage), (10, 1.0));
    for pair in told.windows(2) {
        assert!(pair[0].threshold <= pair[1].threshold && pair[0].coverage > pair[1].coverage);
    }
    assert!(model.predict("ξένο κείμενο").is_out_of_domain());
    assert!(!model.predict("soft coat").is_out_of_domain());
}

#[test]
fn the_order_of_rows_and_the_number_of_threads_change_nothing() {
    let rows = reviews(80);
    let first = fit(&rows);
    let mut turned = rows.clone();
    turned.reverse();
    turned.rotate_left(13);
    assert_eq!(fit(&turned), first);
    for threads in [1, 2, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert_eq!(pool.install(|| fit(&rows)), first, "{threads} threads");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn any_rows_in_any_order_give_one_model(
        rows in prop::collection::vec(("[a-c好坏 ]{0,6}", 0..3_usize), 6..24),
        seed in any::<u64>(),
    ) {
        let names = ["x", "y", "z"];
        let of = |rows: &[(String, usize)]| {
            let texts: Vec<&str> = rows.iter().map(|row| row.0.as_str()).collect();
            let labels: Vec<&str> = rows.iter().map(|row| names[row.1]).collect();
            TextClassifier::fit(&TextClassifierConfig::default(), &texts, &labels).ok()
        };
        let mut shuffled = rows.clone();
        let n = shuffled.len();
        for at in 0..n {
            shuffled.swap(at, (seed.rotate_left(at as u32) % n as u64) as usize);
        }
        prop_assert_eq!(of(&rows), of(&shuffled));
    }
}
