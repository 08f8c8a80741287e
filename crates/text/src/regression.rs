//! Logistic regression of two or more labels on sparse rows, with a penalty on the weights.
//!
//! Minimises `Σ_r −ln p_r(y_r) + ½ λ ‖w‖²` over `w`, where `p_r` is the softmax of
//! `z_rk = b_k + Σ_f x_rf s_fk w_fk`; two labels share one score, `p = 1 / (1 + e^−z)`. A scale
//! `s_fk` that is large makes it cheap to use a feature: NB weighting puts its log-count ratios
//! there. `b` is not penalised. What is handed on is `u = s ∘ w`, which multiplies `x`.
//!
//! Symbols: `x`, rows × features, sparse; `y`, labels; `w`, `s`, `u`, features × width, width 1 for
//! two labels, else labels; `λ`, penalty. Time `O(nnz · width)` per step, memory
//! `O(nnz + 14 · features · width)`.
//! Source: T. Hastie, R. Tibshirani and J. Friedman, "The elements of statistical learning", 2nd
//! edition, 2009, section 4.4; S. Wang and C. Manning, "Baselines and bigrams", ACL 2012 (scales).

use rayon::prelude::*;

use crate::lbfgs::{Valley, minimise};
use crate::sparse::Sparse;

/// Steps at most; thirty to sixty are usual.
const STEPS_MAX: usize = 120;

/// Rows to learn from.
pub(crate) struct Problem<'a> {
    pub(crate) rows: &'a Sparse,
    /// The rows, transposed.
    pub(crate) columns: &'a Sparse,
    pub(crate) labels: &'a [u32],
    /// Labels there are, two or more.
    pub(crate) n_labels: usize,
    /// `s`, features × width; all 1 where there is none.
    pub(crate) scale: Option<&'a [f32]>,
}

/// Weights per feature and label, then one offset per label.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Weights {
    pub(crate) width: usize,
    /// `u`, features × width.
    pub(crate) features: Vec<f32>,
    pub(crate) offsets: Vec<f32>,
}

/// Scores per row: one for two labels.
pub(crate) fn width_of(n_labels: usize) -> usize {
    if n_labels == 2 { 1 } else { n_labels }
}

/// What a prediction of these scores cost, in nats, and its residuals `p − [y]` in their place.
pub(crate) fn loss_and_residual(scores: &mut [f32], label: u32) -> f64 {
    if let [score] = scores {
        let z = f64::from(*score);
        let p = 1.0 / (1.0 + (-z).exp());
        let wrong = if label == 1 { -z } else { z };
        *score = (p - f64::from(label == 1)) as f32;
        return wrong.max(0.0) + (-wrong.abs()).exp().ln_1p();
    }
    let top = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let own = f64::from(scores[label as usize] - top);
    let mut total = 0.0;
    for score in scores.iter_mut() {
        *score = (*score - top).exp();
        total += f64::from(*score);
    }
    let inverse = (1.0 / total) as f32;
    scores.iter_mut().for_each(|score| *score *= inverse);
    scores[label as usize] -= 1.0;
    total.ln() - own
}

/// The sum of squares of two lists' products, in one order.
fn product(a: &[f32], b: &[f32]) -> f64 {
    let piece = |(a, b): (&[f32], &[f32])| -> f64 {
        a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum()
    };
    let parts: Vec<f64> = a.par_chunks(1 << 14).zip(b.par_chunks(1 << 14)).map(piece).collect();
    parts.iter().sum()
}

struct Search<'a> {
    problem: &'a Problem<'a>,
    l2: f64,
    width: usize,
    /// Scores at the place looked at, and what a direction adds to them.
    scores: Vec<f32>,
    added: Vec<f32>,
    /// `‖w‖²`, `w · d`, `‖d‖²`.
    squares: [f64; 3],
}

impl Search<'_> {
    fn n_weights(&self) -> usize {
        self.problem.rows.n_columns() * self.width
    }

    fn scaled(&self, weights: &[f32]) -> Vec<f32> {
        match self.problem.scale {
            Some(scale) => scale.par_iter().zip(weights).map(|(s, w)| s * w).collect(),
            None => weights.to_vec(),
        }
    }

    fn scores_of(&self, weights: &[f32]) -> Vec<f32> {
        let (features, offsets) = weights.split_at(self.n_weights());
        let mut scores = self.problem.rows.times(&self.scaled(features), self.width);
        for line in scores.chunks_mut(self.width) {
            line.iter_mut().zip(offsets).for_each(|(z, b)| *z += b);
        }
        scores
    }

    /// Losses of scores, which become residuals.
    fn losses(&self, scores: &mut [f32]) -> f64 {
        let lines = scores.par_chunks_mut(self.width).with_min_len(64);
        let losses: Vec<f64> = lines
            .zip(self.problem.labels)
            .map(|(line, &label)| loss_and_residual(line, label))
            .collect();
        losses.iter().sum()
    }
}

impl Valley for Search<'_> {
    fn at(&mut self, weights: &[f32]) -> (f64, Vec<f32>) {
        self.scores = self.scores_of(weights);
        let mut residuals = self.scores.clone();
        let losses = self.losses(&mut residuals);
        let features = &weights[..self.n_weights()];
        let mut slope = self.scaled(&self.problem.columns.times(&residuals, self.width));
        let l2 = self.l2 as f32;
        slope.par_iter_mut().zip(features).for_each(|(g, w)| *g += l2 * w);
        let mut offsets = vec![0.0_f64; self.width];
        for line in residuals.chunks(self.width) {
            offsets.iter_mut().zip(line).for_each(|(sum, r)| *sum += f64::from(*r));
        }
        slope.extend(offsets.iter().map(|sum| *sum as f32));
        (losses + 0.5 * self.l2 * product(features, features), slope)
    }

    fn look(&mut self, weights: &[f32], direction: &[f32]) {
        self.added = self.scores_of(direction);
        let n = self.n_weights();
        let (w, d) = (&weights[..n], &direction[..n]);
        self.squares = [product(w, w), product(w, d), product(d, d)];
    }

    fn along(&self, length: f64) -> f64 {
        let step = length as f32;
        let mut scores: Vec<f32> =
            self.scores.iter().zip(&self.added).map(|(z, d)| z + step * d).collect();
        let [w, wd, d] = self.squares;
        self.losses(&mut scores) + 0.5 * self.l2 * (w + 2.0 * length * wd + length * length * d)
    }
}

/// Minimises from a start in terms of `w`, which comes back beside the weights for a next start.
pub(crate) fn fit(problem: &Problem<'_>, l2: f64, start: Option<Vec<f32>>) -> (Weights, Vec<f32>) {
    let width = width_of(problem.n_labels);
    let mut search =
        Search { problem, l2, width, scores: Vec::new(), added: Vec::new(), squares: [0.0; 3] };
    let n = search.n_weights();
    let zero = vec![0.0_f32; n + width];
    let first = search.at(&zero).1;
    let first = product(&first, &first).sqrt();
    let found = minimise(&mut search, start.unwrap_or(zero), first, 1e-2, STEPS_MAX);
    let weights =
        Weights { width, features: search.scaled(&found[..n]), offsets: found[n..].to_vec() };
    (weights, found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fitted(rows: &[Vec<(u32, f32)>], labels: &[u32], n_labels: usize, l2: f64) -> Weights {
        let rows = Sparse::of_rows(2, rows);
        let columns = rows.transposed();
        let problem = Problem { rows: &rows, columns: &columns, labels, n_labels, scale: None };
        fit(&problem, l2, None).0
    }

    #[test]
    fn without_features_the_offset_is_the_log_odds() {
        let weights = fitted(&[vec![], vec![], vec![], vec![]], &[1, 1, 1, 0], 2, 1.0);
        assert!((f64::from(weights.offsets[0]) - 3.0_f64.ln()).abs() < 1e-2, "{weights:?}");
    }

    #[test]
    fn two_labels_are_half_of_a_softmax() {
        // In a softmax both labels' weights share the penalty, so half of it gives the same score.
        let rows = [vec![(0, 1.0)], vec![(0, 1.0), (1, 1.0)], vec![(1, 1.0)], vec![(1, 2.0)]];
        let labels = [1, 1, 0, 1];
        let two = fitted(&rows, &labels, 2, 0.5);
        let three = fitted(&rows, &labels, 3, 1.0);
        for feature in 0..2 {
            let apart = three.features[feature * 3 + 1] - three.features[feature * 3];
            assert!((apart - two.features[feature]).abs() < 0.05, "{two:?} {three:?}");
        }
    }

    #[test]
    fn residuals_are_the_slope_of_the_loss() {
        for label in 0..3 {
            let scores = [0.3_f32, -1.2, 2.0];
            let mut residuals = scores;
            let here = loss_and_residual(&mut residuals, label);
            for at in 0..3 {
                let mut moved = scores;
                moved[at] += 1e-2;
                let slope = (loss_and_residual(&mut moved, label) - here) / 1e-2;
                assert!((slope - f64::from(residuals[at])).abs() < 5e-3);
            }
        }
    }
}
