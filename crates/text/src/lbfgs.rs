//! The way down a smooth convex valley of many dimensions: limited-memory BFGS.
//!
//! `d = −H g` by the two-loop recursion over the last `m` pairs `s = w' − w`, `y = g' − g`, then
//! `w' = w + t d` with the first of `t = 1, ½, ¼, …` that lowers the value by at least
//! `1e-4 · t · gᵀd`. A pair is kept only where `sᵀy > 0`.
//!
//! Symbols: `w`, weights; `g`, slope; `H`, an estimate of the inverse curvature; `n`, weights.
//! Time `O(m n)` per step beside the slope, memory `O(m n)`. Sums run over pieces of fixed length,
//! so that they do not depend on the number of threads.
//! Source: J. Nocedal and S. Wright, "Numerical optimization", 2nd edition, 2006, algorithms 7.4
//! and 3.1.

use std::collections::VecDeque;

use rayon::prelude::*;

/// Pairs that are remembered.
const MEMORY: usize = 6;
/// Numbers that one thread adds up.
const PIECE: usize = 1 << 14;

/// What is minimised.
pub(crate) trait Valley {
    /// Value and slope at a place.
    fn at(&mut self, weights: &[f32]) -> (f64, Vec<f32>);

    /// Readies the line from the place last given to [`Self::at`] along a direction.
    fn look(&mut self, weights: &[f32], direction: &[f32]);

    /// The value so far along that line.
    fn along(&self, length: f64) -> f64;
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    let piece = |(a, b): (&[f32], &[f32])| -> f64 {
        a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum()
    };
    let parts: Vec<f64> = a.par_chunks(PIECE).zip(b.par_chunks(PIECE)).map(piece).collect();
    parts.iter().sum()
}

/// `to += scale · from`.
fn add(to: &mut [f32], scale: f64, from: &[f32]) {
    let scale = scale as f32;
    to.par_chunks_mut(PIECE).zip(from.par_chunks(PIECE)).for_each(|(to, from)| {
        to.iter_mut().zip(from).for_each(|(to, from)| *to += scale * from);
    });
}

/// Minimises from a start until the slope is `tolerance` times what it was at zero weights, or
/// after so many steps.
pub(crate) fn minimise(
    valley: &mut impl Valley,
    mut weights: Vec<f32>,
    first_slope: f64,
    tolerance: f64,
    steps_max: usize,
) -> Vec<f32> {
    let mut pairs: VecDeque<(Vec<f32>, Vec<f32>, f64)> = VecDeque::new();
    let (mut value, mut slope) = valley.at(&weights);
    for _ in 0..steps_max {
        let size = dot(&slope, &slope).sqrt();
        if size <= tolerance * first_slope || !size.is_finite() {
            break;
        }
        let mut direction = direction(&slope, &pairs);
        let mut descent = dot(&slope, &direction);
        if descent >= 0.0 {
            pairs.clear();
            direction = slope.iter().map(|g| -g).collect();
            descent = -size * size;
        }
        if pairs.is_empty() {
            let scale = 1.0 / size.max(1.0);
            direction.iter_mut().for_each(|d| *d *= scale as f32);
            descent *= scale;
        }
        valley.look(&weights, &direction);
        let Some(length) = step_length(valley, value, descent, pairs.is_empty()) else { break };
        let moved: Vec<f32> = direction.iter().map(|d| d * length as f32).collect();
        add(&mut weights, 1.0, &moved);
        let (next_value, next_slope) = valley.at(&weights);
        let change: Vec<f32> = next_slope.iter().zip(&slope).map(|(a, b)| a - b).collect();
        let curvature = dot(&moved, &change);
        if curvature > 1e-10 * dot(&change, &change).sqrt() {
            if pairs.len() == MEMORY {
                pairs.pop_front();
            }
            pairs.push_back((moved, change, curvature));
        }
        let gained = value - next_value;
        (value, slope) = (next_value, next_slope);
        if gained <= 1e-9 * value.abs() {
            break;
        }
    }
    weights
}

/// The first of the halved lengths that goes down enough; the first step may also grow.
fn step_length(valley: &impl Valley, value: f64, descent: f64, is_first: bool) -> Option<f64> {
    let mut length = 1.0;
    if is_first {
        while length < 1e6 && valley.along(2.0 * length) < valley.along(length) {
            length *= 2.0;
        }
    }
    while valley.along(length) > value + 1e-4 * length * descent {
        length *= 0.5;
        if length < 1e-10 {
            return None;
        }
    }
    Some(length)
}

fn direction(slope: &[f32], pairs: &VecDeque<(Vec<f32>, Vec<f32>, f64)>) -> Vec<f32> {
    let mut d: Vec<f32> = slope.iter().map(|g| -g).collect();
    let mut shares = Vec::with_capacity(pairs.len());
    for (moved, change, curvature) in pairs.iter().rev() {
        let share = dot(moved, &d) / curvature;
        add(&mut d, -share, change);
        shares.push(share);
    }
    if let Some((_, change, curvature)) = pairs.back() {
        let scale = (curvature / dot(change, change)) as f32;
        d.par_iter_mut().for_each(|d| *d *= scale);
    }
    for ((moved, change, curvature), share) in pairs.iter().zip(shares.iter().rev()) {
        let back = dot(change, &d) / curvature;
        add(&mut d, share - back, moved);
    }
    d
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `½ Σ c_i (w_i − i)²`.
    struct Bowl {
        curvature: Vec<f64>,
        here: Vec<f32>,
        direction: Vec<f32>,
    }

    impl Bowl {
        fn value(&self, weights: &[f32]) -> f64 {
            let term =
                |(i, (w, c)): (usize, (&f32, &f64))| 0.5 * c * (f64::from(*w) - i as f64).powi(2);
            weights.iter().zip(&self.curvature).enumerate().map(term).sum()
        }
    }

    impl Valley for Bowl {
        fn at(&mut self, weights: &[f32]) -> (f64, Vec<f32>) {
            let slope =
                |(i, (w, c)): (usize, (&f32, &f64))| (c * (f64::from(*w) - i as f64)) as f32;
            let slopes = weights.iter().zip(&self.curvature).enumerate().map(slope).collect();
            (self.value(weights), slopes)
        }

        fn look(&mut self, weights: &[f32], direction: &[f32]) {
            (self.here, self.direction) = (weights.to_vec(), direction.to_vec());
        }

        fn along(&self, length: f64) -> f64 {
            let there = self.here.iter().zip(&self.direction).map(|(w, d)| w + length as f32 * d);
            self.value(&there.collect::<Vec<_>>())
        }
    }

    #[test]
    fn the_bottom_of_a_long_bowl_is_found() {
        let curvature = vec![1.0, 100.0, 0.5, 7.0, 30.0];
        let mut bowl = Bowl { curvature, here: Vec::new(), direction: Vec::new() };
        let found = minimise(&mut bowl, vec![0.0; 5], 100.0, 1e-8, 200);
        for (at, w) in found.iter().enumerate() {
            assert!((f64::from(*w) - at as f64).abs() < 1e-3, "{found:?}");
        }
    }
}
