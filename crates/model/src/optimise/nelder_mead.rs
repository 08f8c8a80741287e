//! Minimises a function of a few variables without slopes.
//!
//! A simplex of `n + 1` points is reflected, expanded, contracted or shrunk:
//! `x_r = c + (c − x_w)`, `x_e = c + 2 (c − x_w)`, `x_c = c ± ½ (c − x_w)`, with `c` the centre of
//! all points but the worst `x_w`. It ends when values and points agree to the tolerance, or when
//! the evaluations are used up.
//!
//! Symbols: `n`, variables; `x`, points (n). Time `O(evaluations · (n² + cost of the function))`,
//! memory `O(n²)`.
//! Source: J. Nelder and R. Mead, "A simplex method for function minimization", The Computer
//! Journal 7, 1965, sections 2 and 3.
//! DIFFERENCE: points outside the box of `bounds` are moved to its wall, and a value that is not a
//! number counts as infinite.

/// How long and how closely is searched.
#[derive(Debug, Clone, Copy)]
pub struct NelderMead {
    /// First step from the start along each axis.
    pub step: f64,
    /// Relative agreement of the values at which the search ends.
    pub tolerance: f64,
    /// Evaluations at most.
    pub evaluations_max: usize,
}

/// The best point found and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Minimum {
    /// Where.
    pub at: Vec<f64>,
    /// The value there.
    pub value: f64,
}

impl NelderMead {
    /// Searches from a start; `bounds` holds the least and greatest of each variable.
    pub fn minimise(
        &self,
        start: &[f64],
        bounds: &[(f64, f64)],
        mut function: impl FnMut(&[f64]) -> f64,
    ) -> Minimum {
        let n = start.len();
        let mut used = 0;
        let mut value_of = |point: &mut [f64]| {
            point.iter_mut().zip(bounds).for_each(|(x, (low, high))| *x = x.clamp(*low, *high));
            used += 1;
            let value = function(point);
            (if value.is_nan() { f64::INFINITY } else { value }, used)
        };
        let mut simplex: Vec<(Vec<f64>, f64)> = Vec::with_capacity(n + 1);
        for axis in 0..=n {
            let mut point = start.to_vec();
            if axis < n {
                // Away from the nearer wall, so that the simplex is not flat.
                let (low, high) = bounds[axis];
                let forward = point[axis] + self.step <= high || point[axis] - self.step < low;
                point[axis] += if forward { self.step } else { -self.step };
            }
            let (value, _) = value_of(&mut point);
            simplex.push((point, value));
        }
        loop {
            simplex.sort_by(|a, b| a.1.total_cmp(&b.1));
            let (best, worst) = (simplex[0].1, simplex[n].1);
            if n == 0 || worst - best <= self.tolerance * (best.abs() + self.tolerance) {
                break;
            }
            let centre: Vec<f64> = (0..n)
                .map(|axis| simplex[..n].iter().map(|(p, _)| p[axis]).sum::<f64>() / n as f64)
                .collect();
            let along = |length: f64| -> Vec<f64> {
                centre.iter().zip(&simplex[n].0).map(|(c, w)| c + length * (c - w)).collect()
            };
            let mut reflected = along(1.0);
            let (value, spent) = value_of(&mut reflected);
            if spent >= self.evaluations_max {
                if value < worst {
                    simplex[n] = (reflected, value);
                }
                break;
            }
            if value < best {
                let mut expanded = along(2.0);
                let (further, _) = value_of(&mut expanded);
                simplex[n] = if further < value { (expanded, further) } else { (reflected, value) };
            } else if value < simplex[n - 1].1 {
                simplex[n] = (reflected, value);
            } else {
                let mut contracted = along(if value < worst { 0.5 } else { -0.5 });
                let (nearer, _) = value_of(&mut contracted);
                if nearer < value.min(worst) {
                    simplex[n] = (contracted, nearer);
                } else {
                    let lowest = simplex[0].0.clone();
                    for (point, value) in &mut simplex[1..] {
                        point.iter_mut().zip(&lowest).for_each(|(x, b)| *x = b + 0.5 * (*x - b));
                        *value = value_of(point).0;
                    }
                }
            }
        }
        let least = simplex.into_iter().min_by(|a, b| a.1.total_cmp(&b.1));
        let (at, value) = least.unwrap_or((start.to_vec(), f64::INFINITY));
        Minimum { at, value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEARCH: NelderMead = NelderMead { step: 0.5, tolerance: 1e-12, evaluations_max: 4_000 };

    #[test]
    fn the_banana_valley_is_followed_to_its_end() {
        let banana = |p: &[f64]| (1.0 - p[0]).powi(2) + 100.0 * (p[1] - p[0] * p[0]).powi(2);
        let found = SEARCH.minimise(&[-1.2, 1.0], &[(-5.0, 5.0); 2], banana);
        assert!((found.at[0] - 1.0).abs() < 1e-4 && (found.at[1] - 1.0).abs() < 1e-4, "{found:?}");
    }

    #[test]
    fn walls_hold_and_what_is_no_number_is_avoided() {
        let slope = |p: &[f64]| p[0];
        let found = SEARCH.minimise(&[0.5], &[(0.25, 1.0)], slope);
        assert!((found.at[0] - 0.25).abs() < 1e-9, "{found:?}");
        let holed = |p: &[f64]| if p[0] < 0.4 { f64::NAN } else { (p[0] - 0.5).powi(2) };
        let found = SEARCH.minimise(&[0.9], &[(0.0, 1.0)], holed);
        assert!((found.at[0] - 0.5).abs() < 1e-4, "{found:?}");
        assert_eq!(SEARCH.minimise(&[], &[], |_| 3.0).value, 3.0);
    }
}
