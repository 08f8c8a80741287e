//! Repeatable random numbers: the value at position `i` of a stream is a pure function of the seed
//! and `i`, so parallel workers draw without sharing state and agree at any number of threads.
//!
//! `z = seed + (i + 1) · 0x9E3779B97F4A7C15`, then two xor-shift-multiply rounds. `O(1)` per draw.
//! Source: G. Steele, D. Lea and C. Flood, "Fast splittable pseudorandom number generators",
//! OOPSLA 2014, section 4 (SplitMix64 with Stafford's mix 13).

/// A stream of random numbers addressed by position.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stream {
    seed: u64,
}

impl Stream {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// An independent stream named by a number.
    pub(crate) fn fork(self, name: u64) -> Self {
        Self { seed: self.bits(name ^ 0x5DEE_CE66_D1CE_4E5B) }
    }

    /// 64 random bits at a position.
    pub(crate) fn bits(self, position: u64) -> u64 {
        let step = position.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut z = self.seed.wrapping_add(step);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number in [0, 1) at a position.
    pub(crate) fn unit(self, position: u64) -> f32 {
        (self.bits(position) >> 40) as f32 / (1_u64 << 24) as f32
    }

    /// A whole number in `0..below` at a position; `below` is above 0.
    pub(crate) fn below(self, position: u64, below: usize) -> usize {
        ((u128::from(self.bits(position)) * below as u128) >> 64) as usize
    }

    /// A number from the normal distribution of mean 0 and deviation 1 at a position (G. Box and
    /// M. Muller, "A note on the generation of random normal deviates", 1958).
    pub(crate) fn normal(self, position: u64) -> f32 {
        let of = |bits: u64| ((bits >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
        let (radius, turn) = (of(self.bits(2 * position)), of(self.bits(2 * position + 1)));
        ((-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * turn).cos()) as f32
    }

    /// Puts a list into a random order (R. Durstenfeld, "Algorithm 235", 1964).
    pub(crate) fn shuffle<T>(self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            list.swap(last, self.below(last as u64, last + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_first_values_come_out() {
        // The reference C program splitmix64.c with x = 1234567.
        let stream = Stream::new(1_234_567);
        let expected = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973];
        assert_eq!([stream.bits(0), stream.bits(1)], expected);
    }

    #[test]
    fn draws_fill_their_range_evenly() {
        let stream = Stream::new(7).fork(1);
        let mean = (0..10_000).map(|at| stream.unit(at)).sum::<f32>() / 10_000.0;
        assert!((mean - 0.5).abs() < 0.02, "mean {mean}");
        let mut seen = [0; 3];
        (0..9_000).for_each(|at| seen[stream.below(at, 3)] += 1);
        assert!(seen.iter().all(|&n| (2_700..3_300).contains(&n)), "{seen:?}");
    }
}
