//! The highest point of a function nobody has a slope for, by a small population that evolves.
//!
//! Each generation, for every member `x`: three others `a, b, c` are drawn, `v = a + F · (b − c)`,
//! and a child takes each coordinate from `v` with chance `CR`, else from `x`, at least one from
//! `v`. The child takes the place of `x` if it does no worse.
//!
//! Symbols: `x`, a point of the unit cube, `d`; `F` = 0.7; `CR` = 0.9; `P` = max(16, 10 · d)
//! members; `G` generations. Time `O(P · G)` calls of the function; memory `O(P · d)`.
//! Source: R. Storn and K. Price, "Differential evolution – a simple and efficient heuristic for
//! global optimization over continuous spaces", Journal of Global Optimization 11, 1997, section 3
//! (DE/rand/1/bin).
//! DIFFERENCE: points that leave the cube are put on its edge; children are judged against the
//! generation before, all at once, so that they may be judged in parallel.

use rayon::prelude::*;

use crate::seed::Stream;

const F: f64 = 0.7;
const CR: f32 = 0.9;

/// A search over the unit cube.
#[derive(Debug, Clone, Copy)]
pub struct Evolution {
    /// Seed of every draw.
    pub seed: u64,
    /// Coordinates `d`.
    pub dims: usize,
    /// Generations `G`.
    pub generations: usize,
}

/// The best point found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Where.
    pub point: Vec<f64>,
    /// How high; never lower than at any starting point.
    pub value: f64,
}

impl Evolution {
    /// Searches for the highest value of a function, from some points and from random ones.
    pub fn maximise(&self, starts: &[Vec<f64>], value: impl Fn(&[f64]) -> f64 + Sync) -> Found {
        let stream = Stream::new(self.seed);
        let size = (10 * self.dims).max(16).max(starts.len());
        let random = |member: usize| {
            let of = stream.fork(member as u64);
            (0..self.dims).map(|d| f64::from(of.unit(d as u64))).collect::<Vec<f64>>()
        };
        let given = |member: usize| starts.get(member).filter(|one| one.len() == self.dims);
        let mut members: Vec<Found> = (0..size)
            .into_par_iter()
            .map(|member| judged(given(member).cloned().unwrap_or_else(|| random(member)), &value))
            .collect();
        for generation in 0..self.generations {
            let draws = stream.fork((generation as u64 + 1) << 32);
            let children: Vec<Found> = (0..size)
                .into_par_iter()
                .map(|member| {
                    judged(self.child(&members, member, draws.fork(member as u64)), &value)
                })
                .collect();
            for (member, child) in members.iter_mut().zip(children) {
                if child.value >= member.value {
                    *member = child;
                }
            }
        }
        let first = Found { point: vec![0.5; self.dims], value: f64::NEG_INFINITY };
        members.into_iter().fold(first, |best, one| if one.value > best.value { one } else { best })
    }

    fn child(&self, members: &[Found], member: usize, draws: Stream) -> Vec<f64> {
        let size = members.len();
        // Three others, all different.
        let mut others = Vec::with_capacity(3);
        let mut position = 0;
        while others.len() < 3 {
            let other = draws.below(position, size);
            position += 1;
            if other != member && !others.contains(&other) {
                others.push(other);
            }
        }
        let coordinate = |who: usize, d: usize| members[others[who]].point[d];
        let places = draws.fork(1);
        let sure = places.below(0, self.dims.max(1));
        (0..self.dims)
            .map(|d| {
                if d == sure || places.unit(d as u64 + 1) < CR {
                    (coordinate(0, d) + F * (coordinate(1, d) - coordinate(2, d))).clamp(0.0, 1.0)
                } else {
                    members[member].point[d]
                }
            })
            .collect()
    }
}

fn judged(point: Vec<f64>, value: &(impl Fn(&[f64]) -> f64 + Sync)) -> Found {
    let found = value(&point);
    Found { point, value: if found.is_nan() { f64::NEG_INFINITY } else { found } }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Many small hills on a large one whose top is at 0.6 everywhere.
    fn bumpy(point: &[f64]) -> f64 {
        let hill = |x: &f64| {
            let away = 10.0 * (x - 0.6);
            10.0 * (std::f64::consts::TAU * away).cos() - away * away - 10.0
        };
        point.iter().map(hill).sum()
    }

    #[test]
    fn on_a_bumpy_hill_it_beats_as_many_points_drawn_at_random() {
        for seed in 0..5 {
            let search = Evolution { seed, dims: 3, generations: 150 };
            let found = search.maximise(&[], bumpy);
            let stream = Stream::new(seed).fork(99);
            let random = (0..30 * 151_u64)
                .map(|at| [3 * at, 3 * at + 1, 3 * at + 2].map(|at| f64::from(stream.unit(at))))
                .map(|point| bumpy(&point))
                .fold(f64::NEG_INFINITY, f64::max);
            assert!(found.value > random, "seed {seed}: {found:?}, at random {random}");
        }
    }

    /// One hill: the search ends at its top.
    #[test]
    fn the_top_of_a_hill_is_found() {
        let hill = |point: &[f64]| -> f64 {
            point.iter().enumerate().map(|(d, x)| -(x - 0.2 * (d + 1) as f64).powi(2)).sum()
        };
        let found = Evolution { seed: 2, dims: 4, generations: 200 }.maximise(&[], hill);
        assert!(found.value > -1e-6, "{found:?}");
    }

    #[test]
    fn it_is_never_worse_than_where_it_starts_and_the_same_every_time() {
        let search = Evolution { seed: 4, dims: 2, generations: 3 };
        let start = vec![vec![0.6, 0.6]];
        let found = search.maximise(&start, bumpy);
        assert_eq!(found, Found { point: vec![0.6, 0.6], value: bumpy(&[0.6, 0.6]) });
        let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let alone = one.install(|| search.maximise(&[], bumpy));
        assert_eq!(search.maximise(&[], bumpy), alone);
    }

    #[test]
    fn nothing_to_search_and_values_that_are_none_are_borne() {
        let none = Evolution { seed: 1, dims: 0, generations: 2 }.maximise(&[], |_| 1.0);
        assert_eq!(none, Found { point: Vec::new(), value: 1.0 });
        let lost = Evolution { seed: 1, dims: 1, generations: 2 }.maximise(&[], |_| f64::NAN);
        assert_eq!(lost.point, [0.5]);
    }
}
