//! How good predictions of labels are, and whether their probabilities mean what they say.
//!
//! `accuracy = hits / n`; `macro-F1 = mean over labels of 2 t / (2 t + f⁺ + f⁻)`, labels that occur
//! in the answers; `ECE = Σ_b (n_b / n) · |accuracy_b − confidence_b|` over ten equal bins of the
//! probability said of the label chosen.
//!
//! Symbols: `t`, `f⁺`, `f⁻`, rows rightly, wrongly and wrongly not given a label; `n_b`, rows of a
//! bin. Time `O(n)`, memory `O(labels)`.
//! Source: C. Guo et al., "On calibration of modern neural networks", ICML 2017, equation 3.

use serde::{Deserialize, Serialize};

/// Bins of the calibration error.
const BINS: usize = 10;

/// What was measured on rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Measures {
    /// Rows.
    pub rows: usize,
    /// Share of rows whose label was found.
    pub accuracy: f64,
    /// Mean of the labels' F1.
    pub macro_f1: f64,
    /// Expected calibration error of the label chosen.
    pub ece: f64,
    /// Mean of `−ln p` of the true label, nats.
    pub log_loss: f64,
}

impl Measures {
    /// Of rows' probabilities, and the number of each row's true label; `None` of a label that
    /// training never saw, which is a miss.
    #[must_use]
    pub fn of(probabilities: &[Vec<f64>], truth: &[Option<usize>]) -> Self {
        let n_labels = probabilities.first().map_or(0, Vec::len);
        let mut bins = [(0.0, 0.0); BINS];
        let mut counts = vec![[0.0_f64; 3]; n_labels];
        let (mut hits, mut unseen, mut loss) = (0.0, false, 0.0);
        for (p, &label) in probabilities.iter().zip(truth) {
            let chosen = top(p);
            let hit = label == Some(chosen);
            let sure = p.get(chosen).copied().unwrap_or(0.0);
            let bin = &mut bins[((sure * BINS as f64) as usize).min(BINS - 1)];
            bin.0 += f64::from(hit);
            bin.1 += sure;
            hits += f64::from(hit);
            match label {
                Some(label) if hit => counts[label][0] += 1.0,
                Some(label) => {
                    counts[chosen][1] += 1.0;
                    counts[label][2] += 1.0;
                }
                None => {
                    unseen = true;
                    counts[chosen][1] += 1.0;
                }
            }
            loss -= label.map_or(1e-9, |label| p[label].max(1e-9)).ln();
        }
        let n = probabilities.len().max(1) as f64;
        let seen = counts.iter().filter(|[hit, _, missed]| hit + missed > 0.0);
        let f1: Vec<f64> = seen.map(|[t, f, m]| 2.0 * t / (2.0 * t + f + m)).collect();
        let n_f1 = f1.len() + usize::from(unseen);
        Self {
            rows: probabilities.len(),
            accuracy: hits / n,
            macro_f1: f1.iter().sum::<f64>() / n_f1.max(1) as f64,
            ece: bins.iter().map(|(hit, said)| (hit - said).abs()).sum::<f64>() / n,
            log_loss: loss / n,
        }
    }
}

/// The most probable label; of equals the first.
#[must_use]
pub fn top(probabilities: &[f64]) -> usize {
    let better = |best: usize, at: usize| {
        if probabilities[at] > probabilities[best] { at } else { best }
    };
    (0..probabilities.len()).reduce(better).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_figures() {
        let p = vec![vec![0.8, 0.2], vec![0.3, 0.7], vec![0.6, 0.4], vec![0.4, 0.6]];
        let found = Measures::of(&p, &[Some(0), Some(1), Some(1), Some(1)]);
        assert_eq!(found.accuracy, 0.75);
        // Label 0: t 1, f⁺ 1; label 1: t 2, f⁻ 1.
        assert!((found.macro_f1 - (2.0 / 3.0 + 0.8) / 2.0).abs() < 1e-12);
        // Bins .6: one hit of two, said 1.2; .7: 1, said .7; .8: 1, said .8.
        assert!((found.ece - (0.2 + 0.3 + 0.2) / 4.0).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn nothing_and_the_unknown_have_figures() {
        assert_eq!(Measures::of(&[], &[]).accuracy, 0.0);
        let found = Measures::of(&[vec![1.0, 0.0]], &[None]);
        assert_eq!((found.accuracy, found.macro_f1, found.ece), (0.0, 0.0, 1.0));
    }
}
