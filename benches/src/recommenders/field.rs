//! The data sets, who enters on each, and with which settings.

/// A public data set in its protocol.
pub struct Set {
    /// Its name.
    pub name: &'static str,
    /// Its folder or file among the data.
    pub path: &'static str,
    /// Its layout, as `--layout` names it.
    pub layout: &'static str,
    /// The two measures of the protocol, each with what the best model has to reach and with what
    /// is aimed at beyond that.
    pub passes: [(&'static str, f64, f64); 2],
    /// Models beside popularity.
    pub entrants: &'static [Entrant],
    /// Minutes that all of them take.
    pub minutes: f64,
}

/// A model with its settings, and the peer's counterpart with its best.
pub struct Entrant {
    /// Name in the table.
    pub name: &'static str,
    /// Name on the command line.
    pub model: &'static str,
    /// How the settings were chosen.
    pub chosen: Chosen,
    /// `--set` options.
    pub settings: &'static [&'static str],
    /// Words for the peer's script; none where it has no such model.
    pub peer: &'static [&'static str],
}

/// How settings were chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chosen {
    /// By a sweep on a validation part, or they are the defaults.
    OnValidation,
    /// The authors' own, as they publish them.
    Published,
    /// By a sweep on the test set itself.
    OnTest,
}

/// Ours and the peer's training with the same objective, side by side.
pub struct Duel {
    /// The data.
    pub set: &'static Set,
    /// Both sides.
    pub entrant: Entrant,
    /// Minutes that all repeats of both sides take.
    pub minutes: f64,
}

const GOWALLA: &Set = &SETS[0];
const MOVIELENS: &Set = &SETS[1];
/// With a warm start two steps of conjugate gradient lose nothing at 256 factors, where a step is
/// dear; the peer takes its own three. Quality is compared in the same row.
const TWO_STEPS: &str = "solver=cg-2";
/// SASRec where histories are long.
const MOVIELENS_SASREC: [&str; 5] =
    ["epochs=25", "length=100", "dropout=0.2", "negatives=null", "batch_size=32"];

/// Every data set. Settings were chosen on a validation part (`--validate`), but for the graph
/// filter's, which its authors publish with their program (github.com/jeongwhanchoi/BSPM); the
/// peer's by sweeps on these very test sets, as published figures usually do.
pub static SETS: [Set; 4] = [
    Set {
        name: "Gowalla",
        path: "gowalla",
        layout: "lightgcn",
        passes: [("Recall@20", 0.1900, 0.1930), ("NDCG@20", 0.1580, 0.1605)],
        entrants: &[
            Entrant {
                name: "ItemKnn",
                model: "item-knn",
                chosen: Chosen::OnValidation,
                settings: &["similarity=tf_idf", "neighbours=1000", "shrink=50"],
                peer: &["knn", "--similarity", "tfidf", "--k", "100"],
            },
            Entrant {
                name: "iALS 64",
                model: "ials",
                chosen: Chosen::OnValidation,
                settings: &["factors=64", "alpha=60", "regularization=0.002"],
                peer: &["als", "--factors", "64", "--alpha", "50", "--regularization", "1"],
            },
            Entrant {
                name: "iALS 256",
                model: "ials",
                chosen: Chosen::OnValidation,
                settings: &["factors=256", "alpha=80", "regularization=0.003"],
                peer: &["als", "--factors", "256", "--alpha", "20", "--regularization", "20"],
            },
            Entrant {
                name: "GraphFilter",
                model: "graph-filter",
                chosen: Chosen::Published,
                settings: &["factors=448", "ideal_weight=0.2", "sharpen_time=2.5"],
                peer: &[],
            },
        ],
        minutes: 8.0,
    },
    Set {
        name: "MovieLens-1M",
        path: "movielens-1m",
        layout: "ncf",
        passes: [("HR@10", 0.7294, 0.740), ("NDCG@10", 0.4523, 0.460)],
        entrants: &[
            Entrant {
                name: "ItemKnn",
                model: "item-knn",
                chosen: Chosen::OnValidation,
                settings: &["similarity=tf_idf", "neighbours=200", "shrink=0"],
                peer: &["knn", "--similarity", "bm25", "--k", "100"],
            },
            Entrant {
                name: "iALS 64",
                model: "ials",
                chosen: Chosen::OnValidation,
                settings: &["factors=64", "alpha=5", "regularization=0.01"],
                peer: &["als", "--factors", "64", "--alpha", "5", "--regularization", "30"],
            },
            Entrant {
                name: "iALS 256",
                model: "ials",
                chosen: Chosen::OnValidation,
                settings: &["factors=256", "alpha=5", "regularization=0.009"],
                peer: &["als", "--factors", "256", "--alpha", "5", "--regularization", "50"],
            },
            Entrant {
                name: "Ease",
                model: "ease",
                chosen: Chosen::OnValidation,
                settings: &["regularization=1000"],
                peer: &[],
            },
        ],
        minutes: 1.0,
    },
    Set {
        name: "MovieLens-1M sequences",
        path: "movielens-1m/sasrec-ml-1m.txt.gz",
        layout: "sequences",
        passes: [("NDCG@10", 0.1684, 0.1813), ("Recall@10", 0.2929, 0.3164)],
        entrants: &[
            Entrant {
                name: "ItemKnn",
                model: "item-knn",
                chosen: Chosen::OnValidation,
                settings: &[],
                peer: &[],
            },
            Entrant {
                name: "SasRec",
                model: "sas-rec",
                chosen: Chosen::OnValidation,
                settings: &MOVIELENS_SASREC,
                peer: &[],
            },
        ],
        minutes: 25.0,
    },
    Set {
        name: "Beauty",
        path: "amazon-beauty/Beauty.txt",
        layout: "sequences",
        passes: [("NDCG@10", 0.050, 0.0531), ("Recall@10", 0.088, 0.0928)],
        entrants: &[
            Entrant {
                name: "ItemKnn",
                model: "item-knn",
                chosen: Chosen::OnValidation,
                settings: &[],
                peer: &[],
            },
            Entrant {
                name: "SasRec",
                model: "sas-rec",
                chosen: Chosen::OnValidation,
                settings: &["epochs=40", "dropout=0.5", "batch_size=32", "negatives=512"],
                peer: &[],
            },
        ],
        minutes: 6.0,
    },
];

/// Every duel. `implicit` weighs what was observed with `α`, we with `1 + α`, and its `λ` is the
/// same for every row: hence our `α` is one less and `frequency_scaling` is 0.
pub static DUELS: [Duel; 6] = [
    Duel {
        set: GOWALLA,
        entrant: Entrant {
            name: "iALS 64",
            model: "ials",
            chosen: Chosen::OnTest,
            settings: &["factors=64", "alpha=49", "regularization=1", "frequency_scaling=0"],
            peer: &["als", "--factors", "64", "--alpha", "50", "--regularization", "1"],
        },
        minutes: 1.0,
    },
    Duel {
        set: GOWALLA,
        entrant: Entrant {
            name: "iALS 256",
            model: "ials",
            chosen: Chosen::OnTest,
            settings: &[
                "factors=256",
                "alpha=19",
                "regularization=20",
                "frequency_scaling=0",
                TWO_STEPS,
            ],
            peer: &["als", "--factors", "256", "--alpha", "20", "--regularization", "20"],
        },
        minutes: 4.0,
    },
    Duel {
        set: GOWALLA,
        entrant: Entrant {
            name: "ItemKnn",
            model: "item-knn",
            chosen: Chosen::OnTest,
            settings: &["similarity=cosine", "neighbours=100", "shrink=0"],
            peer: &["knn", "--similarity", "cosine", "--k", "100"],
        },
        minutes: 0.8,
    },
    Duel {
        set: MOVIELENS,
        entrant: Entrant {
            name: "iALS 64",
            model: "ials",
            chosen: Chosen::OnTest,
            settings: &["factors=64", "alpha=4", "regularization=30", "frequency_scaling=0"],
            peer: &["als", "--factors", "64", "--alpha", "5", "--regularization", "30"],
        },
        minutes: 0.6,
    },
    Duel {
        set: MOVIELENS,
        entrant: Entrant {
            name: "iALS 256",
            model: "ials",
            chosen: Chosen::OnTest,
            settings: &[
                "factors=256",
                "alpha=4",
                "regularization=50",
                "frequency_scaling=0",
                TWO_STEPS,
            ],
            peer: &["als", "--factors", "256", "--alpha", "5", "--regularization", "50"],
        },
        minutes: 1.0,
    },
    Duel {
        set: MOVIELENS,
        entrant: Entrant {
            name: "ItemKnn",
            model: "item-knn",
            chosen: Chosen::OnTest,
            settings: &["similarity=cosine", "neighbours=100", "shrink=0"],
            peer: &["knn", "--similarity", "cosine", "--k", "100"],
        },
        minutes: 0.5,
    },
];
