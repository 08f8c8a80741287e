//! Whether a share changed between two periods, or moved by chance; and which of many changes
//! hold.
//!
//! `z = (k₁/n₁ − k₀/n₀) / √(p̄ (1 − p̄) (1/n₁ + 1/n₀))` with `p̄ = (k₀ + k₁) / (n₀ + n₁)`, and
//! two-sided `p = erfc(|z| / √2)`. Of `m` changes those with `p_(i) ≤ i/m · q` up to the largest
//! such `i` hold: of what is reported at most a part `q` is chance. `erfc` is a rational
//! approximation with a relative error below 1.2e-7.
//!
//! Symbols: `k`, texts with something; `n`, texts; 0 before, 1 now; `q`, false discovery rate. Time
//! `O(m log m)`, memory `O(m)`.
//! Source: Y. Benjamini and Y. Hochberg, "Controlling the false discovery rate", Journal of the
//! Royal Statistical Society B 57, 1995, section 3.1; W. Press et al., "Numerical recipes in C",
//! second edition, 1992, section 6.2 (erfc).

/// How far a share moved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShareChange {
    /// Standard errors; above 0 it grew.
    pub z: f64,
    /// The chance of so much or more where nothing changed.
    pub p: f64,
}

/// From `(k, n)` before to `(k, n)` now; `None` where a side is empty or both say all or nothing.
#[must_use]
pub fn share_change(before: (usize, usize), now: (usize, usize)) -> Option<ShareChange> {
    let [k0, n0, k1, n1] = [before.0, before.1, now.0, now.1].map(|count| count as f64);
    let pooled = (k0 + k1) / (n0 + n1);
    let variance = pooled * (1.0 - pooled) * (1.0 / n0 + 1.0 / n1);
    let z = (k1 / n1 - k0 / n0) / variance.sqrt();
    z.is_finite().then(|| ShareChange { z, p: erfc(z.abs() / std::f64::consts::SQRT_2) })
}

/// Which of these chances hold together at a false discovery rate.
#[must_use]
pub fn discoveries(p: &[f64], rate: f64) -> Vec<bool> {
    let mut order: Vec<f64> = p.to_vec();
    order.sort_by(f64::total_cmp);
    let within = |(i, p): &(usize, &f64)| **p <= (i + 1) as f64 / order.len() as f64 * rate;
    let bound = order.iter().enumerate().rfind(within).map(|(_, p)| *p);
    p.iter().map(|p| bound.is_some_and(|bound| *p <= bound)).collect()
}

/// The complementary error function for `x ≥ 0`.
fn erfc(x: f64) -> f64 {
    const TERMS: [f64; 10] = [
        -1.265_512_23,
        1.000_023_68,
        0.374_091_96,
        0.096_784_18,
        -0.186_288_06,
        0.278_868_07,
        -1.135_203_98,
        1.488_515_87,
        -0.822_152_23,
        0.170_872_77,
    ];
    let t = 1.0 / (1.0 + 0.5 * x);
    let sum = TERMS.iter().rev().fold(0.0, |sum, term| sum * t + term);
    t * (sum - x * x).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_score_and_its_chance_are_those_of_the_tables() {
        assert!((erfc(1.959_964 / std::f64::consts::SQRT_2) - 0.05).abs() < 1e-6);
        assert!((erfc(0.0) - 1.0).abs() < 1e-6);
        // 15 of 100 and 30 of 100: pooled 0.225, error 0.0590551, z 2.54.
        let change = share_change((15, 100), (30, 100)).unwrap();
        assert!((change.z - 0.15 / (0.225_f64 * 0.775 * 0.02).sqrt()).abs() < 1e-12);
        assert!((change.p - 0.011_087).abs() < 1e-4, "{change:?}");
        assert!(share_change((30, 100), (15, 100)).unwrap().z < 0.0);
    }

    #[test]
    fn nothing_to_compare_is_no_change() {
        for (before, now) in
            [((0, 0), (1, 2)), ((1, 2), (0, 0)), ((0, 5), (0, 9)), ((5, 5), (9, 9))]
        {
            assert_eq!(share_change(before, now), None, "{before:?} {now:?}");
        }
    }

    #[test]
    fn of_many_changes_the_example_of_the_paper_keeps_four() {
        let p = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
            0.5719, 0.6528, 0.7590, 1.000,
        ];
        let held = discoveries(&p, 0.05);
        assert_eq!(held.iter().filter(|held| **held).count(), 4);
        assert!(held[..4].iter().all(|held| *held));
        assert_eq!(discoveries(&[], 0.05), [false; 0]);
        assert_eq!(discoveries(&[0.9, 0.01], 0.05), [false, true]);
    }
}
