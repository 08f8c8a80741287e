//! Whether two models differ on the same users by more than chance.
//!
//! `p = (1 + #{b ≤ B : |Σ_i s_{b,i} d_i| ≥ |Σ_i d_i|}) / (B + 1)`: if the models were equal, each
//! user's difference might as well have the other sign.
//!
//! Symbols: `d_i`, difference of user `i`, ours less theirs; `s_{b,i}`, +1 or −1 by a fair coin;
//! `B`, flips. Time `O(n · B)` over all threads; memory `O(n)`.
//! Source: R. Fisher, "The design of experiments", 1935, section 21; M. Smucker, J. Allan and B.
//! Carterette, "A comparison of statistical significance tests for information retrieval
//! evaluation", CIKM 2007, section 3.1 (two-sided, by sampling).
//! DIFFERENCE: 1 is added above and below, so that no p-value is 0 (B. Phipson and G. Smyth,
//! "Permutation p-values should never be zero", SAGMB 9(1), 2010).

use rayon::prelude::*;

use crate::seed::Stream;

/// How signs are flipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignFlip {
    /// Flips `B`; 9,999 lets p reach 0.0001.
    pub flips: usize,
    /// Seed of the coins.
    pub seed: u64,
}

impl Default for SignFlip {
    fn default() -> Self {
        Self { flips: 1_999, seed: 1 }
    }
}

impl SignFlip {
    /// The two-sided p-value of the mean difference over the same users; 1 for no users.
    #[must_use]
    pub fn p_value(&self, ours: &[f64], theirs: &[f64]) -> f64 {
        // Users without a difference do not change any sum.
        let differences: Vec<f64> =
            ours.iter().zip(theirs).map(|(a, b)| a - b).filter(|d| *d != 0.0).collect();
        let seen = differences.iter().sum::<f64>().abs();
        // Sums of the same numbers in another sign may differ in their last digits.
        let bar = seen - 1e-9 * differences.iter().map(|d| d.abs()).sum::<f64>();
        let stream = Stream::new(self.seed);
        let reaches = |flip: &usize| {
            let coins = stream.fork(*flip as u64);
            let mut sum = 0.0;
            for (block, values) in differences.chunks(64).enumerate() {
                let bits = coins.bits(block as u64);
                for (at, value) in values.iter().enumerate() {
                    sum += if bits >> at & 1 == 1 { *value } else { -*value };
                }
            }
            sum.abs() >= bar
        };
        let as_far = (0..self.flips).into_par_iter().filter(reaches).count();
        (as_far + 1) as f64 / (self.flips + 1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn comes_near_the_count_over_all_signs(
            ours in prop::collection::vec(-4..5_i8, 1..9),
        ) {
            let ours: Vec<f64> = ours.into_iter().map(f64::from).collect();
            let theirs = vec![0.0; ours.len()];
            let seen = ours.iter().sum::<f64>().abs();
            let all = 1_u32 << ours.len();
            let sum = |signs: u32| -> f64 {
                let signed = |(at, d): (usize, &f64)| if signs >> at & 1 == 1 { *d } else { -d };
                ours.iter().enumerate().map(signed).sum()
            };
            let exact = (0..all).filter(|signs| sum(*signs).abs() >= seen).count();
            let exact = exact as f64 / f64::from(all);
            let found = SignFlip { flips: 4_000, seed: 3 }.p_value(&ours, &theirs);
            prop_assert!((found - exact).abs() < 0.05, "{found} beside {exact}");
        }
    }

    #[test]
    fn equal_models_do_not_differ_and_a_constant_lead_does() {
        let values: Vec<f64> = (0..40).map(f64::from).collect();
        assert_eq!(SignFlip::default().p_value(&values, &values), 1.0);
        assert_eq!(SignFlip::default().p_value(&[], &[]), 1.0);
        let less: Vec<f64> = values.iter().map(|value| value - 0.5).collect();
        assert_eq!(SignFlip::default().p_value(&values, &less), 1.0 / 2_000.0);
    }
}
