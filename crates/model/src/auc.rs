//! The chance that a row labelled yes scores above one labelled no.
//!
//! `AUC = (Σ_{i yes, j no} [s_i > s_j] + ½ [s_i = s_j]) / (P · N)`, from whole counts, so that it
//! is exact until the one division.
//!
//! Symbols: `s`, scores; `P`, `N`, rows labelled yes and no. Time `O(n log n)`, memory `O(n)` for
//! `n = P + N` rows; a resample with whole-number weights of sorted rows takes `O(n)`.
//! Source: J. Hanley and B. McNeil, "The meaning and use of the area under a receiver operating
//! characteristic (ROC) curve", Radiology 143, 1982 (the Mann-Whitney statistic, ties at a half).

use std::cmp::Ordering;

/// Scores with their labels, by score.
#[derive(Debug, Clone)]
pub(crate) struct Ranked {
    rows: Vec<(f64, bool)>,
}

impl Ranked {
    /// Sorts scores, none of which is NaN.
    pub(crate) fn new(scores: impl IntoIterator<Item = (f64, bool)>) -> Self {
        let mut rows: Vec<(f64, bool)> = scores.into_iter().collect();
        rows.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        Self { rows }
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The area with each row counted as often as its weight says; `None` without both labels.
    pub(crate) fn auc(&self, weight: impl Fn(usize) -> u64) -> Option<f64> {
        let (mut yes, mut no, mut half_wins) = (0_u64, 0_u64, 0_u128);
        let mut at = 0;
        while at < self.rows.len() {
            let score = self.rows[at].0;
            let (mut tied_yes, mut tied_no) = (0, 0);
            while at < self.rows.len() && self.rows[at].0.partial_cmp(&score) == TIED {
                let side = if self.rows[at].1 { &mut tied_yes } else { &mut tied_no };
                *side += weight(at);
                at += 1;
            }
            half_wins += u128::from(tied_yes) * u128::from(2 * no + tied_no);
            yes += tied_yes;
            no += tied_no;
        }
        let pairs = u128::from(yes) * u128::from(no);
        (pairs > 0).then(|| half_wins as f64 / (2 * pairs) as f64)
    }
}

const TIED: Option<Ordering> = Some(Ordering::Equal);

/// The area under the ROC curve; `None` where a label is missing altogether or a score is NaN.
#[must_use]
pub fn auc(scores: &[f64], labels: &[bool]) -> Option<f64> {
    if scores.iter().any(|score| score.is_nan()) {
        return None;
    }
    Ranked::new(scores.iter().copied().zip(labels.iter().copied())).auc(|_| 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_areas() {
        let labels = [false, false, true, true];
        // The example of scikit-learn's roc_auc_score.
        assert_eq!(auc(&[0.1, 0.4, 0.35, 0.8], &labels), Some(0.75));
        assert_eq!(auc(&[1.0, 2.0, 3.0, 4.0], &labels), Some(1.0));
        assert_eq!(auc(&[4.0, 3.0, 2.0, 1.0], &labels), Some(0.0));
        assert_eq!(auc(&[7.0; 4], &labels), Some(0.5));
        assert_eq!(auc(&[0.0, -0.0, 0.0, 1.0], &labels), Some(0.75));
        assert_eq!(auc(&[1.0; 4], &[true; 4]), None);
        assert_eq!(auc(&[1.0, f64::NAN], &[true, false]), None);
        assert_eq!(auc(&[f64::NEG_INFINITY, f64::INFINITY], &[false, true]), Some(1.0));
        assert_eq!(auc(&[], &[]), None);
    }

    proptest! {
        #[test]
        fn every_pair_is_counted(rows in prop::collection::vec((0..6_u8, any::<bool>()), 0..40)) {
            let scores: Vec<f64> = rows.iter().map(|row| f64::from(row.0)).collect();
            let labels: Vec<bool> = rows.iter().map(|row| row.1).collect();
            let (mut wins, mut pairs) = (0.0, 0.0);
            for (score, _) in rows.iter().filter(|row| row.1) {
                for (other, _) in rows.iter().filter(|row| !row.1) {
                    pairs += 1.0;
                    wins += if score > other { 1.0 } else if score == other { 0.5 } else { 0.0 };
                }
            }
            prop_assert_eq!(auc(&scores, &labels), (pairs > 0.0).then(|| wins / pairs));
        }
    }
}
