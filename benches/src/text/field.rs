//! The sets, their protocols and the figures asked for.

/// A labelled set.
pub struct Set {
    /// Its name.
    pub name: &'static str,
    /// File of the training part, or of all, below the data folder.
    pub file: &'static str,
    /// File of the test part, where the publisher gives one.
    pub test: Option<&'static str>,
    /// Layout and columns, as `dongcha reviews evaluate` takes them.
    pub columns: &'static [&'static str],
    /// Accuracy asked for and aimed at beyond it.
    pub accuracy: (f64, f64),
    /// Calibration error asked for.
    pub ece: Option<f64>,
    /// Minutes on two cores, the peer's included.
    pub minutes: f64,
}

/// Sets with the figures asked for; the last two are polarities of terms that sentences name.
pub const SETS: [Set; 7] = [
    Set {
        name: "ChnSentiCorp",
        file: "chnsenticorp/train.tsv",
        test: Some("chnsenticorp/test.tsv"),
        columns: &["--text", "text_a", "--label", "label"],
        accuracy: (0.935, 0.954),
        ece: Some(0.02),
        minutes: 1.0,
    },
    Set {
        name: "waimai",
        file: "waimai/waimai_10k.csv",
        test: None,
        columns: &["--text", "review", "--label", "label"],
        accuracy: (0.907, 0.925),
        ece: Some(0.015),
        minutes: 0.5,
    },
    Set {
        name: "CR",
        file: "sentiment-en/custrev.all",
        test: None,
        columns: &["--layout", "lines"],
        accuracy: (0.80, 0.85),
        ece: Some(0.04),
        minutes: 0.5,
    },
    Set {
        name: "MR",
        file: "sentiment-en/rt-polarity.all",
        test: None,
        columns: &["--layout", "lines"],
        accuracy: (0.785, 0.815),
        ece: Some(0.02),
        minutes: 0.5,
    },
    Set {
        name: "BANKING77",
        file: "banking77/train.csv",
        test: Some("banking77/test.csv"),
        columns: &["--text", "text", "--label", "category"],
        accuracy: (0.915, 0.937),
        ece: Some(0.03),
        minutes: 2.0,
    },
    Set {
        name: "SemEval-14 laptops",
        file: "semeval14/Laptops_Train.xml.seg",
        test: Some("semeval14/Laptops_Test_Gold.xml.seg"),
        columns: &["--layout", "terms"],
        accuracy: (0.705, 0.78),
        ece: None,
        minutes: 0.5,
    },
    Set {
        name: "SemEval-14 restaurants",
        file: "semeval14/Restaurants_Train.xml.seg",
        test: Some("semeval14/Restaurants_Test_Gold.xml.seg"),
        columns: &["--layout", "terms"],
        accuracy: (0.802, 0.84),
        ece: None,
        minutes: 0.5,
    },
];
