//! Logistic regression with an L2 penalty on standardised columns.
//!
//! Minimises `Σ_r ln(1 + e^z_r) − y_r · z_r + ½ λ ‖w‖²` with `z_r = b + w · x_r` by Newton's
//! method: `(Xᵀ D X + λ I) step = Xᵀ (y − p) − λ w`, `D = diag(p (1 − p))`, halving a step that
//! does not lower the sum. `λ` is the candidate with the smallest loss in a cross-validation inside
//! the rows given; `b` is not penalised. A missing number counts as the column's mean, and a column
//! with missing numbers has a second one that says so. What column `c` adds is `w_c · x_rc`.
//!
//! Symbols: `X`, rows × k, standardised; `y`, labels, 0 or 1; `p`, probabilities; `w`, k weights;
//! `b`, intercept. Time `O(steps · (n k² + k³))` per fit, memory `O(n k + k²)`.
//! Source: T. Hastie, R. Tibshirani and J. Friedman, "The elements of statistical learning", 2nd
//! edition, 2009, sections 4.4.1 (iteratively reweighted least squares) and 3.4.1 (ridge).

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::calibration::{log_loss, probability};
use crate::cholesky::Cholesky;
use crate::classifier::{Classifier, FittedClassifier, Reasons};
use crate::cross_validation::deal;
use crate::error::ModelError;
use crate::fitted::check_config;
use crate::standard::{Matrix, Standard};
use crate::table::LabelledTable;
use crate::tensors::{Tensors, TensorsOut};

/// Newton steps at most; a handful is usual.
const STEPS_MAX: usize = 50;

/// How logistic regression is fitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogisticConfig {
    /// Penalties `λ` that are tried, above 0 each; of equals the first wins.
    pub l2: Vec<f64>,
    /// Folds of the inner cross-validation, 2 or more; fewer where a label has fewer rows.
    pub inner_folds: usize,
    /// Seed of the inner folds.
    pub seed: u64,
}

impl Default for LogisticConfig {
    fn default() -> Self {
        Self { l2: vec![1.0, 10.0, 100.0], inner_folds: 5, seed: 42 }
    }
}

impl LogisticConfig {
    fn check(&self) -> Result<(), ModelError> {
        let is_penalty = |l2: &f64| l2.is_finite() && *l2 >= 1e-9;
        let fits = !self.l2.is_empty() && self.l2.iter().all(is_penalty);
        let shown = format!("{:?}", self.l2);
        let name = Logistic::NAME;
        check_config(fits, name, "l2", shown, "a list of finite numbers from 1e-9")?;
        check_config(self.inner_folds >= 2, name, "inner_folds", self.inner_folds, "2 or more")
    }
}

/// A fitted logistic regression.
#[derive(Debug, Clone, PartialEq)]
pub struct Logistic {
    config: LogisticConfig,
    l2: f64,
    standard: Standard,
    /// One weight per standardised column, then the intercept.
    weights: Vec<f64>,
}

impl Logistic {
    /// The penalty that inner cross-validation on a table chooses.
    ///
    /// # Errors
    /// As [`FittedClassifier::fit`].
    pub fn choose(config: &LogisticConfig, table: &LabelledTable) -> Result<f64, ModelError> {
        config.check()?;
        table.check(Self::NAME)?;
        let table = table.select(&table.order());
        let yes = table.n_positive();
        let folds = config.inner_folds.min(yes).min(table.n_rows() - yes);
        let order: Vec<usize> = (0..table.n_rows()).collect();
        let fold = deal(&table, &order, folds, config.seed);
        let one = |number: usize| -> Vec<f64> {
            let (test, train): (Vec<usize>, Vec<usize>) =
                (0..table.n_rows()).partition(|&row| fold[row] == number);
            let (train, test) = (table.select(&train), table.select(&test));
            let standard = Standard::of(&train);
            let (train_rows, test_rows) = (standard.matrix(&train), standard.matrix(&test));
            let mut weights = vec![0.0; train_rows.width];
            let loss_at = |l2: &f64| {
                weights = newton(&train_rows, train.labels(), *l2, std::mem::take(&mut weights));
                let losses = test_rows.rows().zip(test.labels());
                losses.map(|(row, &label)| log_loss(dot(row, &weights), label)).sum()
            };
            config.l2.iter().map(loss_at).collect()
        };
        let losses: Vec<Vec<f64>> = (0..folds).into_par_iter().map(one).collect();
        let total = |at: usize| losses.iter().map(|fold| fold[at]).sum::<f64>();
        let best = (0..config.l2.len()).min_by(|&a, &b| total(a).total_cmp(&total(b)));
        Ok(config.l2[best.unwrap_or(0)])
    }

    /// Trains with a penalty that was chosen before.
    ///
    /// # Errors
    /// As [`FittedClassifier::fit`].
    pub fn fit_to(
        config: &LogisticConfig,
        table: &LabelledTable,
        l2: f64,
    ) -> Result<Self, ModelError> {
        config.check()?;
        table.check(Self::NAME)?;
        check_config(l2.is_finite() && l2 >= 1e-9, Self::NAME, "l2", l2, "finite, from 1e-9")?;
        let table = table.select(&table.order());
        let standard = Standard::of(&table);
        let rows = standard.matrix(&table);
        let weights = newton(&rows, table.labels(), l2, vec![0.0; rows.width]);
        Ok(Self { config: config.clone(), l2, standard, weights })
    }
}

fn dot(row: &[f64], weights: &[f64]) -> f64 {
    row.iter().zip(weights).map(|(x, w)| x * w).sum()
}

/// What is minimised.
fn objective(rows: &Matrix, labels: &[bool], l2: f64, weights: &[f64]) -> f64 {
    let losses = rows.rows().zip(labels).map(|(row, &label)| log_loss(dot(row, weights), label));
    let penalised = &weights[..weights.len() - 1];
    losses.sum::<f64>() + 0.5 * l2 * dot(penalised, penalised)
}

/// Newton's method from a start; the last column of the rows is 1 and its weight not penalised.
fn newton(rows: &Matrix, labels: &[bool], l2: f64, mut weights: Vec<f64>) -> Vec<f64> {
    let mut now = objective(rows, labels, l2, &weights);
    for _ in 0..STEPS_MAX {
        let Some(step) = step(rows, labels, l2, &weights) else { break };
        let mut length = 1.0;
        let moved = loop {
            let next: Vec<f64> = weights.iter().zip(&step).map(|(w, s)| w + length * s).collect();
            let value = objective(rows, labels, l2, &next);
            if value < now {
                break Some((next, value));
            }
            length *= 0.5;
            if length < 1e-6 {
                break None;
            }
        };
        let Some((next, value)) = moved else { break };
        let gained = now - value;
        (weights, now) = (next, value);
        if gained <= 1e-12 * now {
            break;
        }
    }
    weights
}

/// One Newton step; `None` where the curvature is lost to rounding.
fn step(rows: &Matrix, labels: &[bool], l2: f64, weights: &[f64]) -> Option<Vec<f64>> {
    let k = rows.width;
    let mut curvature = vec![0.0; k * k];
    let mut slope = vec![0.0; k];
    for (row, &label) in rows.rows().zip(labels) {
        let p = probability(dot(row, weights));
        let (miss, weight) = (f64::from(label) - p, p * (1.0 - p));
        for (i, &x) in row.iter().enumerate() {
            slope[i] += miss * x;
            let scaled = weight * x;
            let line = &mut curvature[i * k..][..=i];
            line.iter_mut().zip(row).for_each(|(cell, other)| *cell += scaled * other);
        }
    }
    for i in 0..k - 1 {
        curvature[i * k + i] += l2;
        slope[i] -= l2 * weights[i];
    }
    // Keeps the intercept's curvature above 0 where every probability has run to its end.
    curvature[k * k - 1] += 1e-9;
    Cholesky::factor(k, curvature)?.solve(&mut slope);
    slope.iter().all(|value| value.is_finite()).then_some(slope)
}

impl Classifier for Logistic {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn n_columns(&self) -> usize {
        self.standard.n_columns()
    }

    fn log_odds(&self, row: &[Option<f64>]) -> f64 {
        let mut standardised = Vec::with_capacity(self.weights.len());
        self.standard.push(row, &mut standardised);
        dot(&standardised, &self.weights)
    }

    fn explain(&self, row: &[Option<f64>]) -> Reasons {
        let mut standardised = Vec::with_capacity(self.weights.len());
        self.standard.push(row, &mut standardised);
        let mut contributions = vec![0.0; self.n_columns()];
        for ((column, x), weight) in self.standard.sources().zip(&standardised).zip(&self.weights) {
            contributions[column] += x * weight;
        }
        let base = self.weights.last().copied().unwrap_or(0.0);
        Reasons { log_odds: dot(&standardised, &self.weights), contributions, base }
    }
}

impl FittedClassifier for Logistic {
    type Config = LogisticConfig;

    const NAME: &'static str = "Logistic";

    fn fit(config: &LogisticConfig, table: &LabelledTable) -> Result<Self, ModelError> {
        Self::fit_to(config, table, Self::choose(config, table)?)
    }

    fn config(&self) -> &LogisticConfig {
        &self.config
    }

    fn chosen(&self) -> Value {
        json!({ "l2": self.l2 })
    }

    fn to_tensors(&self) -> TensorsOut {
        let bits = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect::<Vec<u64>>();
        self.standard
            .to_tensors()
            .with_u64("l2", &bits(&[self.l2]))
            .with_u64("weights", &bits(&self.weights))
    }

    fn from_tensors(config: LogisticConfig, tensors: &Tensors<'_>) -> Result<Self, String> {
        let standard = Standard::from_tensors(tensors)?;
        let weights = tensors.f64_bits("weights")?;
        let [l2] = tensors.f64_bits("l2")?[..] else {
            return Err("array l2 does not hold one number".to_owned());
        };
        if weights.len() != standard.sources().count() + 1 {
            return Err(format!("{} weights do not fit the columns", weights.len()));
        }
        Ok(Self { config, l2, standard, weights })
    }
}
