//! Weights in two bytes each: rounded to steps of the largest of their label.
//!
//! `q_fk = round(u_fk / s_k)`, `s_k = max_f |u_fk| / 32767`; restored as `q_fk · s_k`, so the error
//! is at most `s_k / 2`. Rounding is done before a model is used, so that one that was saved and
//! loaded says exactly what it said before.
//!
//! Symbols: `u`, weights, features × width; `q`, whole numbers of two bytes; `s`, steps. Time and
//! memory `O(features · width)`.
//! Source: B. Jacob et al., "Quantization and training of neural networks for efficient
//! integer-arithmetic-only inference", CVPR 2018, section 2.1 (the symmetric case).

/// Rounded weights.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Quantised {
    pub(crate) steps: Vec<f32>,
    pub(crate) values: Vec<i16>,
}

/// Rounds weights, features × width.
pub(crate) fn quantise(weights: &[f32], width: usize) -> Quantised {
    let mut steps = vec![0.0_f32; width];
    for line in weights.chunks(width) {
        steps.iter_mut().zip(line).for_each(|(most, u)| *most = most.max(u.abs()));
    }
    steps.iter_mut().for_each(|step| *step /= f32::from(i16::MAX));
    let round = |(at, u): (usize, &f32)| {
        let step = steps[at % width];
        if step > 0.0 { (u / step).round() as i16 } else { 0 }
    };
    let values = weights.iter().enumerate().map(round).collect();
    Quantised { steps, values }
}

impl Quantised {
    /// The weights as they are used.
    pub(crate) fn restored(&self) -> Vec<f32> {
        let width = self.steps.len();
        let value = |(at, q): (usize, &i16)| f32::from(*q) * self.steps[at % width];
        self.values.iter().enumerate().map(value).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn restored_weights_are_near_and_rounding_them_again_changes_nothing(
            weights in prop::collection::vec(-9.0_f32..9.0, 0..40),
        ) {
            let once = quantise(&weights, 1);
            let restored = once.restored();
            for (u, v) in weights.iter().zip(&restored) {
                prop_assert!((u - v).abs() <= 0.51 * once.steps[0] + 1e-9);
            }
            let again = quantise(&restored, 1);
            prop_assert_eq!(&again.values, &once.values);
        }
    }
}
