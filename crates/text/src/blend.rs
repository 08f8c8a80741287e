//! Parts' scores as one probability that means what it says.
//!
//! With two labels `z = Σ_v a_v z_v + b`, with more `z_k = Σ_v a_v z_vk + b_k`; `a ≥ 0` and `b`
//! have the smallest log loss on scores of rows that the parts were not fitted to, with a small
//! penalty `½ ε (‖a − 1/V‖² + ‖b‖²)` that keeps them finite. One part is Platt's scaling for two
//! labels, temperature scaling with offsets for more. A part whose `a` would be negative is left
//! out.
//!
//! Symbols: `z_v`, scores of part `v` of `V`; `a`, one number per part; `b`, one per score. Time
//! `O(steps · n (V + K))` for `n` rows and `K` labels, memory `O(n K V)`.
//! Source: J. Platt, "Probabilistic outputs for support vector machines", 1999; C. Guo et al., "On
//! calibration of modern neural networks", ICML 2017, section 4; D. Wolpert, "Stacked
//! generalization", Neural Networks 5, 1992.

use crate::lbfgs::{Valley, minimise};
use crate::regression::loss_and_residual;

/// Weight of the penalty, in rows.
const PENALTY: f64 = 0.5;

/// How parts' scores are put together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Blend {
    /// One per part.
    pub(crate) shares: Vec<f32>,
    /// One per score.
    pub(crate) offsets: Vec<f32>,
}

impl Blend {
    /// Scores of a row; `parts` gives part `v`'s scores.
    pub(crate) fn scores<'a>(&self, parts: impl Fn(usize) -> &'a [f32]) -> Vec<f32> {
        let mut out = self.offsets.clone();
        for (part, &share) in self.shares.iter().enumerate() {
            out.iter_mut().zip(parts(part)).for_each(|(sum, z)| *sum += share * z);
        }
        out
    }

    /// Fits to held-out scores, one list of rows × width per part.
    pub(crate) fn fit(parts: &[Vec<f32>], width: usize, labels: &[u32]) -> Self {
        let mut used: Vec<usize> = (0..parts.len()).collect();
        loop {
            let n = used.len();
            let mut start = vec![1.0 / n as f32; n];
            start.resize(n + width, 0.0);
            let mut search =
                Search { parts, used: &used, width, labels, start: start.clone(), line: None };
            let found = minimise(&mut search, start, labels.len() as f64, 1e-7, 200);
            let worst = (0..n).min_by(|&a, &b| found[a].total_cmp(&found[b])).unwrap_or(0);
            if n > 1 && found[worst] < 0.0 {
                used.remove(worst);
                continue;
            }
            let mut shares = vec![0.0; parts.len()];
            used.iter().zip(&found).for_each(|(&part, &a)| shares[part] = a.max(0.0));
            return Self { shares, offsets: found[n..].to_vec() };
        }
    }
}

struct Search<'a> {
    parts: &'a [Vec<f32>],
    used: &'a [usize],
    width: usize,
    labels: &'a [u32],
    start: Vec<f32>,
    line: Option<(Vec<f32>, Vec<f32>)>,
}

impl Search<'_> {
    fn value(&self, weights: &[f32]) -> (f64, Vec<f64>) {
        let n = self.used.len();
        let apart = |at: usize| f64::from(weights[at] - self.start[at]);
        let mut slope: Vec<f64> = (0..weights.len()).map(|at| PENALTY * apart(at)).collect();
        let mut value: f64 = (0..weights.len()).map(|at| 0.5 * PENALTY * apart(at).powi(2)).sum();
        let mut scores = vec![0.0; self.width];
        for (row, &label) in self.labels.iter().enumerate() {
            let of = |part: usize| &self.parts[part][row * self.width..][..self.width];
            scores.copy_from_slice(&weights[n..]);
            for (&part, &a) in self.used.iter().zip(weights) {
                scores.iter_mut().zip(of(part)).for_each(|(sum, z)| *sum += a * z);
            }
            value += loss_and_residual(&mut scores, label);
            for (at, &part) in self.used.iter().enumerate() {
                let products = scores.iter().zip(of(part)).map(|(r, z)| f64::from(r * z));
                slope[at] += products.sum::<f64>();
            }
            slope[n..].iter_mut().zip(&scores).for_each(|(g, r)| *g += f64::from(*r));
        }
        (value, slope)
    }
}

impl Valley for Search<'_> {
    fn at(&mut self, weights: &[f32]) -> (f64, Vec<f32>) {
        let (value, slope) = self.value(weights);
        (value, slope.into_iter().map(|g| g as f32).collect())
    }

    fn look(&mut self, weights: &[f32], direction: &[f32]) {
        self.line = Some((weights.to_vec(), direction.to_vec()));
    }

    fn along(&self, length: f64) -> f64 {
        let Some((weights, direction)) = &self.line else { return f64::INFINITY };
        let there = weights.iter().zip(direction).map(|(w, d)| w + length as f32 * d);
        self.value(&there.collect::<Vec<_>>()).0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_that_are_too_sure_are_tempered() {
        // Of scores 4 and −4 three of four are right: log-odds ln 3, about 1.1.
        let scores: Vec<f32> = (0..400).map(|at| if at % 2 == 0 { 4.0 } else { -4.0 }).collect();
        let labels: Vec<u32> =
            (0..400).map(|at| u32::from((at % 2 == 0) != (at % 8 < 2))).collect();
        let blend = Blend::fit(&[scores], 1, &labels);
        let z = blend.scores(|_| &[4.0])[0];
        assert!((f64::from(z) - 3.0_f64.ln()).abs() < 0.05, "{blend:?} {z}");
    }

    #[test]
    fn a_part_that_misleads_is_left_out() {
        let labels: Vec<u32> = (0..300).map(|at| u32::from(at % 3 == 0)).collect();
        let score = |label: u32, at: usize, size: f32| {
            let sure = if at.is_multiple_of(10) { -size } else { size };
            if label == 1 { sure } else { -sure }
        };
        let of = |size: f32| -> Vec<f32> {
            labels.iter().enumerate().map(|(at, &label)| score(label, at, size)).collect()
        };
        let blend = Blend::fit(&[of(1.0), of(-1.0)], 1, &labels);
        assert!(blend.shares[0] > 1.0 && blend.shares[1] == 0.0, "{blend:?}");
    }
}
