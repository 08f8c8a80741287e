//! The logarithm of the gamma function.
//!
//! `ln Γ(x) = (x − ½) ln x − x + ½ ln 2π + Σ_k B_2k / (2k (2k − 1) x^(2k − 1))` for `x ≥ 12`, and
//! `Γ(x) = Γ(x + 1) / x` below; relative error below 1e-14.
//!
//! Symbols: `x`, above 0; `B_2k`, Bernoulli numbers. Time `O(1)`, memory `O(1)`.
//! Source: M. Abramowitz and I. Stegun, "Handbook of mathematical functions", 1964, formulas
//! 6.1.15 and 6.1.40.

/// `ln Γ(x)` for `x` above 0.
pub(crate) fn ln_gamma(x: f64) -> f64 {
    let (mut shifted, mut product) = (x, 1.0);
    while shifted < 12.0 {
        product *= shifted;
        shifted += 1.0;
    }
    let inverse = 1.0 / shifted;
    let square = inverse * inverse;
    let terms = [
        1.0 / 12.0,
        -1.0 / 360.0,
        1.0 / 1_260.0,
        -1.0 / 1_680.0,
        1.0 / 1_188.0,
        -691.0 / 360_360.0,
    ];
    let series = terms.iter().rev().fold(0.0, |sum, term| sum * square + term) * inverse;
    let half_log_tau = 0.5 * std::f64::consts::TAU.ln();
    (shifted - 0.5) * shifted.ln() - shifted + half_log_tau + series - product.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factorials_and_the_half_come_out() {
        let mut factorial = 1.0_f64;
        for n in 1..30 {
            let x = f64::from(n);
            assert!((ln_gamma(x) - factorial.ln()).abs() < 1e-13 * (1.0 + factorial.ln()), "{n}");
            factorial *= x;
        }
        let half = 0.5 * std::f64::consts::PI.ln();
        assert!((ln_gamma(0.5) - half).abs() < 1e-14);
        // scipy 1.16 gammaln(1e-3), gammaln(1234.5).
        assert!((ln_gamma(1e-3) - 6.907_178_885_383_853).abs() < 1e-13);
        assert!((ln_gamma(1_234.5) - 7_550.550_901_077_894).abs() < 1e-9);
    }
}
