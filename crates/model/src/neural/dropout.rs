//! Dropout: in training each number is set to 0 with probability `rate` and the others are divided
//! by `1 − rate`, so that the mean stays.
//!
//! `y = x · k / (1 − rate)`, `k` drawn. Symbols: `x`, `y`, numbers before and after; `k`, 1 where a
//! number is kept, else 0. Which numbers go is a pure function of a stream and their position, so
//! the way back repeats it without having stored it. Time `O(numbers)`, no memory; `rate` is kept
//! to 1 part in 65,536.
//! Source: N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever and R. Salakhutdinov, "Dropout: a
//! simple way to prevent neural networks from overfitting", JMLR 15, 2014, section 4.

use crate::seed::Stream;

/// Drops numbers, forwards and backwards alike; without a stream nothing is dropped.
pub(crate) fn dropout(rate: f32, stream: Option<Stream>, values: &mut [f32]) {
    let Some(stream) = stream.filter(|_| rate > 0.0) else { return };
    let below = (rate * 65_536.0) as u64;
    let scale = 1.0 / (1.0 - below as f32 / 65_536.0);
    let drop = |four: &mut [f32; 4], bits: u64| {
        for (lane, value) in four.iter_mut().enumerate() {
            let is_kept = (bits >> (16 * lane)) & 0xFFFF >= below;
            // All bits or none, since no processor can foresee the answers of a branch.
            let mask = 0_u32.wrapping_sub(u32::from(is_kept));
            *value = f32::from_bits(value.to_bits() & mask) * scale;
        }
    };
    let (fours, rest) = values.as_chunks_mut::<4>();
    let n = fours.len() as u64;
    fours.iter_mut().zip(0..).for_each(|(four, at)| drop(four, stream.bits(at)));
    let mut last = [0.0; 4];
    last[..rest.len()].copy_from_slice(rest);
    drop(&mut last, stream.bits(n));
    rest.copy_from_slice(&last[..rest.len()]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_dropped_is_the_rate_and_the_mean_stays() {
        let stream = Some(Stream::new(5));
        let mut values = vec![1.0; 40_001];
        dropout(0.25, stream, &mut values);
        let dropped = values.iter().filter(|value| **value == 0.0).count() as f64 / 40_001.0;
        assert!((dropped - 0.25).abs() < 0.01, "{dropped}");
        let mean = values.iter().sum::<f32>() / 40_001.0;
        assert!((mean - 1.0).abs() < 0.02, "{mean}");
        let mut again = vec![1.0; 40_001];
        dropout(0.25, stream, &mut again);
        assert_eq!(values, again);
        dropout(0.0, stream, &mut again);
        dropout(0.5, None, &mut again);
        assert_eq!(values, again);
    }
}
