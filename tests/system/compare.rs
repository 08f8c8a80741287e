//! `dongcha evaluate --compare`: the table and the page of the same comparison.

use std::fmt::Write;
use std::fs;

use crate::program::Dongcha;

/// People and items of like parity belong together; each person's last two items are the test.
fn board(dongcha: &Dongcha) {
    let (mut train, mut test) = (String::new(), String::new());
    for user in 0..40_u32 {
        let own: Vec<u32> = (0..30).filter(|item| (item + user) % 2 == 0).collect();
        let at = user as usize / 2 % 13;
        let items = own.iter().enumerate();
        let (held, kept): (Vec<_>, Vec<_>) = items.partition(|(n, _)| *n == at || *n == at + 1);
        for (out, part) in [(&mut train, kept), (&mut test, held)] {
            write!(out, "{user}").unwrap();
            part.iter().for_each(|(_, item)| write!(out, " {item}").unwrap());
            out.push('\n');
        }
    }
    fs::create_dir_all(dongcha.path("board")).unwrap();
    dongcha.write("board/train.txt", train);
    dongcha.write("board/test.txt", test);
}

#[test]
fn a_comparison_is_a_table_and_a_page() {
    let dongcha = Dongcha::new();
    board(&dongcha);
    let page = dongcha.path("page.html");
    let models = "association-rules:min_support=1,bpr:factors=4:epochs=60:learning_rate=0.1";
    let asked = ["evaluate", "--layout", "lightgcn", "board", "--compare", models, "--report"];
    let told = dongcha.json(&[&asked[..], &[page.to_str().unwrap()]].concat());
    let rows = told.as_array().unwrap();
    assert_eq!(rows.len(), 3, "{told:#}");
    let of = |model: &str, key: &str| -> f64 {
        let row = rows.iter().find(|row| row["model"] == model).unwrap();
        row[key].as_f64().unwrap()
    };
    // Of the 15 items that are left, the two that belong are above the 15 that do not.
    assert!(of("AssociationRules", "auc") > 0.99, "{told:#}");
    assert!(of("Bpr", "auc") > 0.9 && of("Popularity", "auc") < 0.9, "{told:#}");
    let html = fs::read_to_string(&page).unwrap();
    for text in ["NDCG@10", "AUC, mean over people", "Popular and rare items", "Novelty, bits"] {
        assert!(html.contains(text), "{text}");
    }
    assert_eq!(html.matches("<svg").count(), 5);
    assert!(!html.contains("NaN") && !html.contains("://"));
}

#[test]
fn a_page_without_a_comparison_is_refused() {
    let dongcha = Dongcha::new();
    board(&dongcha);
    let asked = ["evaluate", "--layout", "lightgcn", "board", "--model", "bpr", "--report"];
    let refused = dongcha.run(&[&asked[..], &["page.html"]].concat());
    assert!(refused.err.contains("belongs to --compare"), "{}", refused.err);
    let refused = dongcha.run(&[&asked[..], &["page.pdf"]].concat());
    assert!(refused.err.contains(".html"), "{}", refused.err);
    assert!(!dongcha.path("page.html").exists());
}
