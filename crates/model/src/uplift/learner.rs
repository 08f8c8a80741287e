//! Learners of uplift `τ(x) = P(y | x, treated) − P(y | x, not treated)`, built of logistic
//! regression and ridge regression.
//!
//! Two-model: `p₁(x) − p₀(x)`, each fitted on its arm. Solo: one model of `x`, `t` and `t · x`,
//! asked with `t` 1 and 0. Class transformation: `2 P(z | x) − 1`, `z = [y = t]`, where each arm
//! has half the people. X-learner: ridge fits of `y − p₀(x)` on the treated and `p₁(x) − y` on the
//! others, weighed by the share treated `e`. DR-learner: a ridge fit of
//! `p₁ − p₀ + t (y − p₁) / e − (1 − t) (y − p₀) / (1 − e)`, the `p` of people from models that have
//! not seen them. Ensemble: the mean of all but solo.
//!
//! Symbols: `x`, what was known before (columns); `t`, treated; `y`, outcome; `e`, share treated.
//! Time: a handful of fits `O(steps · n k² + k³)`; memory `O(n k)`.
//! Source: V. Lo, "The true lift model", SIGKDD Explorations 4(2), 2002 (solo with interactions);
//! M. Jaskowski and S. Jaroszewicz, ICML workshop, 2012 (class transformation); S. Künzel et al.,
//! "Metalearners for estimating heterogeneous treatment effects", PNAS 116, 2019 (T, X); E.
//! Kennedy, "Towards optimal doubly robust estimation of heterogeneous causal effects", Electronic
//! Journal of Statistics 17(2), 2023 (DR).
//! DIFFERENCE: where the arms are not halves, the class transformation is a ridge fit of
//! `t y / e − (1 − t) y / (1 − e)`, whose mean is the uplift too (S. Athey and G. Imbens, PNAS 113,
//! 2016, section 3.1); penalties are fixed at 100 on the standardised columns.

use super::trial::Trial;
use crate::classifier::Classifier;
use crate::error::ModelError;
use crate::least_squares::{LeastSquares, Rows};
use crate::logistic::{Logistic, LogisticConfig};
use crate::seed::Stream;
use crate::standard::Standard;
use crate::table::LabelledTable;

/// Penalty of every regression, on standardised columns.
const PENALTY: f64 = 100.0;
/// Parts for the probabilities of people that a model has not seen.
const PARTS: usize = 5;
/// How far the share treated may be from a half for the arms to count as halves.
const HALVES: f64 = 0.02;

/// A way to learn uplift.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Learner {
    /// The mean of [`Learner::MIXED`].
    Ensemble,
    /// One model per arm.
    TwoModel,
    /// One model with the treatment and its interactions.
    Solo,
    /// One model of agreement between outcome and treatment.
    ClassTransform,
    /// Imputed effects, arm by arm.
    XLearner,
    /// Doubly robust effects.
    DrLearner,
    /// The probability of the outcome when treated: no uplift at all, the rule to beat.
    Response,
}

impl Learner {
    /// Every learner of uplift, the ensemble first.
    pub const UPLIFT: [Self; 6] = [
        Self::Ensemble,
        Self::TwoModel,
        Self::Solo,
        Self::ClassTransform,
        Self::XLearner,
        Self::DrLearner,
    ];

    /// The learners whose mean the ensemble is: solo with all interactions is two-model in other
    /// parameters, and would count it twice.
    pub const MIXED: [Self; 4] =
        [Self::TwoModel, Self::ClassTransform, Self::XLearner, Self::DrLearner];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ensemble => "Ensemble",
            Self::TwoModel => "TwoModel",
            Self::Solo => "Solo",
            Self::ClassTransform => "ClassTransform",
            Self::XLearner => "XLearner",
            Self::DrLearner => "DrLearner",
            Self::Response => "Response",
        }
    }
}

/// A ridge regression on standardised columns.
struct Ridge {
    standard: Standard,
    weights: Vec<f64>,
}

impl Ridge {
    fn fit(table: &LabelledTable, target: &[f64]) -> Result<Self, ModelError> {
        let standard = Standard::of(table);
        let rows = standard.matrix(table);
        let names = vec![String::from("column"); rows.width];
        let cells: Vec<f64> = rows.rows().flatten().copied().collect();
        let rows = Rows { names: &names, cells: &cells, target, spent: 0 };
        Ok(Self { weights: LeastSquares::fit(rows, PENALTY)?.coefficients, standard })
    }

    fn predict(&self, row: &[Option<f64>]) -> f64 {
        let mut standardised = Vec::with_capacity(self.weights.len());
        self.standard.push(row, &mut standardised);
        standardised.iter().zip(&self.weights).map(|(x, w)| x * w).sum()
    }
}

fn logistic(table: &LabelledTable) -> Result<Logistic, ModelError> {
    Logistic::fit_to(&LogisticConfig::default(), table, PENALTY)
}

/// All learners, fitted on one trial.
pub struct FittedUplift {
    treated: Logistic,
    control: Logistic,
    solo: Logistic,
    agreement: Agreement,
    imputed: [Ridge; 2],
    robust: Ridge,
    share_treated: f64,
}

impl FittedUplift {
    /// Fits every learner.
    ///
    /// # Errors
    /// When the columns of an arm cannot be fitted, such as when none varies.
    pub fn fit(trial: &Trial, seed: u64) -> Result<Self, ModelError> {
        let table = trial.table();
        let (on_treated, on_control) = (trial.arm(true), trial.arm(false));
        let arms = [table.select(&on_control), table.select(&on_treated)];
        let (control, treated) = (logistic(&arms[0])?, logistic(&arms[1])?);
        let yes = |label: bool| f64::from(label);
        let of_arm = |arm: &LabelledTable, other: &Logistic, sign: f64| -> Vec<f64> {
            let one =
                |row: usize| sign * (yes(arm.labels()[row]) - other.probability(&arm.row(row)));
            (0..arm.n_rows()).map(one).collect()
        };
        let imputed = [
            Ridge::fit(&arms[0], &of_arm(&arms[0], &treated, -1.0))?,
            Ridge::fit(&arms[1], &of_arm(&arms[1], &control, 1.0))?,
        ];
        Ok(Self {
            agreement: agreement(trial)?,
            solo: logistic(&interacted(trial)?)?,
            robust: Ridge::fit(table, &doubly_robust(trial, seed)?)?,
            share_treated: trial.share_treated(),
            treated,
            control,
            imputed,
        })
    }

    /// The scores of a person by every learner of uplift, the response last.
    #[must_use]
    pub fn scores(&self, row: &[Option<f64>]) -> Vec<f64> {
        let all = Learner::UPLIFT.iter().chain(&[Learner::Response]);
        all.map(|learner| self.score(*learner, row)).collect()
    }

    /// The score of a person by a learner: uplift, or for [`Learner::Response`] the response.
    #[must_use]
    pub fn score(&self, learner: Learner, row: &[Option<f64>]) -> f64 {
        match learner {
            Learner::Ensemble => {
                let sum: f64 = Learner::MIXED.iter().map(|other| self.score(*other, row)).sum();
                sum / Learner::MIXED.len() as f64
            }
            Learner::TwoModel => self.treated.probability(row) - self.control.probability(row),
            Learner::Solo => {
                let asked = |treatment: f64| {
                    let mut wide = row.to_vec();
                    wide.push(Some(treatment));
                    wide.extend(row.iter().map(|x| x.map(|x| x * treatment)));
                    self.solo.probability(&wide)
                };
                asked(1.0) - asked(0.0)
            }
            Learner::ClassTransform => match &self.agreement {
                Agreement::Halves(model) => 2.0 * model.probability(row) - 1.0,
                Agreement::Unequal(model) => model.predict(row),
            },
            Learner::XLearner => {
                let e = self.share_treated;
                e * self.imputed[0].predict(row) + (1.0 - e) * self.imputed[1].predict(row)
            }
            Learner::DrLearner => self.robust.predict(row),
            Learner::Response => self.treated.probability(row),
        }
    }
}

/// The model of the class transformation.
enum Agreement {
    Halves(Logistic),
    Unequal(Ridge),
}

fn agreement(trial: &Trial) -> Result<Agreement, ModelError> {
    let (table, e) = (trial.table(), trial.share_treated());
    let people = || table.labels().iter().zip(trial.treated());
    if (e - 0.5).abs() > HALVES {
        let effect = |(y, t): (&bool, &bool)| match (y, t) {
            (true, true) => 1.0 / e,
            (true, false) => -1.0 / (1.0 - e),
            _ => 0.0,
        };
        let effects: Vec<f64> = people().map(effect).collect();
        return Ok(Agreement::Unequal(Ridge::fit(table, &effects)?));
    }
    let labels = people().map(|(y, t)| y == t).collect();
    let agreement = LabelledTable::new(table.names().to_vec(), table.columns().to_vec(), labels)?;
    Ok(Agreement::Halves(logistic(&agreement)?))
}

/// The table with the treatment and its product with every column.
fn interacted(trial: &Trial) -> Result<LabelledTable, ModelError> {
    let table = trial.table();
    let side: Vec<f64> = trial.treated().iter().map(|treated| f64::from(*treated)).collect();
    let mut names = table.names().to_vec();
    let mut columns = table.columns().to_vec();
    names.push("treated".to_owned());
    columns.push(side.iter().map(|t| Some(*t)).collect());
    for (name, column) in table.names().iter().zip(table.columns()) {
        names.push(format!("treated × {name}"));
        columns.push(column.iter().zip(&side).map(|(x, t)| x.map(|x| x * t)).collect());
    }
    LabelledTable::new(names, columns, table.labels().to_vec())
}

/// Effects of each person that are right on average if either the shares or the probabilities are.
fn doubly_robust(trial: &Trial, seed: u64) -> Result<Vec<f64>, ModelError> {
    let (table, e) = (trial.table(), trial.share_treated());
    let part = parts(trial, PARTS, seed);
    let mut effects = vec![0.0; table.n_rows()];
    for number in 0..PARTS {
        let seen = |arm: bool| -> Vec<usize> {
            let rows = trial.arm(arm).into_iter();
            rows.filter(|&row| part[row] != number).collect()
        };
        let treated = logistic(&table.select(&seen(true)))?;
        let control = logistic(&table.select(&seen(false)))?;
        for row in (0..table.n_rows()).filter(|&row| part[row] == number) {
            let cells = table.row(row);
            let (p1, p0) = (treated.probability(&cells), control.probability(&cells));
            let y = f64::from(table.labels()[row]);
            let miss = if trial.treated()[row] { (y - p1) / e } else { -(y - p0) / (1.0 - e) };
            effects[row] = p1 - p0 + miss;
        }
    }
    Ok(effects)
}

/// A part for each person, with the same mix of arms and outcomes in each.
pub(crate) fn parts(trial: &Trial, n_parts: usize, seed: u64) -> Vec<usize> {
    let table = trial.table();
    let mut part = vec![0; table.n_rows()];
    for (number, (arm, outcome)) in
        [(true, true), (true, false), (false, true), (false, false)].into_iter().enumerate()
    {
        let is_in = |row: &usize| trial.treated()[*row] == arm && table.labels()[*row] == outcome;
        let mut rows: Vec<usize> = table.order().into_iter().filter(is_in).collect();
        Stream::new(seed).fork(number as u64).shuffle(&mut rows);
        rows.iter().enumerate().for_each(|(place, &row)| part[row] = place % n_parts);
    }
    part
}
