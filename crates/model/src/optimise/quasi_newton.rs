//! Minimises a smooth function of a few variables from several starts.
//!
//! `x ← x − t H g` with `g` by central differences and `H` the inverse curvature, corrected after
//! each step by `H ← (I − ρ s yᵀ) H (I − ρ y sᵀ) + ρ s sᵀ`, `ρ = 1 / sᵀ y`; `t` is halved from 1
//! until the value falls enough (Armijo). At the minimum the curvature itself is taken by
//! differences of `g`, and its inverse gives the standard errors of maximum likelihood.
//!
//! Symbols: `n`, variables; `x`, point; `s`, step; `y`, change of `g`. Time `O(starts · steps · n)`
//! evaluations and `O(n²)` beside each; memory `O(n²)`.
//! Source: J. Nocedal and S. Wright, "Numerical optimization", 2nd edition, 2006, algorithm 6.1
//! (BFGS), section 3.1 (Armijo) and 8.1 (differences).
//! DIFFERENCE: a step is no longer than 2 in any variable, which are logarithms here.

use super::nelder_mead::Minimum;

/// Steps from one start at most.
const STEPS_MAX: usize = 300;
/// Half the distance of a central difference; variables are logarithms, so of size 1.
const DELTA: f64 = 1e-5;
/// The longest step in one variable.
const STRIDE_MAX: f64 = 2.0;

/// The best minimum from several starts; `None` where no start has a finite value.
pub fn minimise(starts: &[Vec<f64>], function: &dyn Fn(&[f64]) -> f64) -> Option<Minimum> {
    let found = starts.iter().filter_map(|start| descend(start, function));
    found.min_by(|a, b| a.value.total_cmp(&b.value))
}

/// Slopes by central differences.
fn slopes(at: &[f64], function: &dyn Fn(&[f64]) -> f64) -> Vec<f64> {
    let mut point = at.to_vec();
    let mut side = |axis: usize, delta: f64| {
        let kept = point[axis];
        point[axis] = kept + delta;
        let value = function(&point);
        point[axis] = kept;
        value
    };
    (0..at.len()).map(|axis| (side(axis, DELTA) - side(axis, -DELTA)) / (2.0 * DELTA)).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn times(matrix: &[f64], vector: &[f64]) -> Vec<f64> {
    matrix.chunks_exact(vector.len()).map(|row| dot(row, vector)).collect()
}

fn identity(n: usize, scale: f64) -> Vec<f64> {
    (0..n * n).map(|at| if at / n == at % n { scale } else { 0.0 }).collect()
}

fn descend(start: &[f64], function: &dyn Fn(&[f64]) -> f64) -> Option<Minimum> {
    let n = start.len();
    let (mut at, mut value) = (start.to_vec(), function(start));
    if !value.is_finite() {
        return None;
    }
    let mut slope = slopes(&at, function);
    let steepest = |slope: &[f64]| identity(n, 1.0 / dot(slope, slope).sqrt().max(1e-300));
    let mut inverse = steepest(&slope);
    let mut is_fresh = true;
    for _ in 0..STEPS_MAX {
        let mut direction: Vec<f64> = times(&inverse, &slope).iter().map(|d| -d).collect();
        let longest = direction.iter().fold(0.0_f64, |most, d| most.max(d.abs()));
        if longest > STRIDE_MAX {
            direction.iter_mut().for_each(|d| *d *= STRIDE_MAX / longest);
        }
        let fall = dot(&direction, &slope);
        let moved = if fall < 0.0 { search(&at, value, &direction, fall, function) } else { None };
        let Some((next, lower)) = moved else {
            // A stale curvature may point nowhere: once more straight down before giving up.
            if is_fresh {
                break;
            }
            inverse = steepest(&slope);
            is_fresh = true;
            continue;
        };
        let next_slope = slopes(&next, function);
        let step: Vec<f64> = next.iter().zip(&at).map(|(a, b)| a - b).collect();
        let turn: Vec<f64> = next_slope.iter().zip(&slope).map(|(a, b)| a - b).collect();
        let bend = dot(&step, &turn);
        let gained = value - lower;
        if bend > 1e-12 {
            if is_fresh {
                inverse = identity(n, bend / dot(&turn, &turn));
            }
            update(&mut inverse, &step, &turn, bend);
            is_fresh = false;
        }
        (at, value, slope) = (next, lower, next_slope);
        let is_flat = slope.iter().all(|g| g.abs() <= 1e-7 * value.abs().max(1.0));
        if is_flat && gained <= 1e-13 * value.abs().max(1.0) {
            break;
        }
    }
    Some(Minimum { at, value })
}

/// The first of ever shorter steps that lowers the value enough.
fn search(
    at: &[f64],
    value: f64,
    direction: &[f64],
    fall: f64,
    function: &dyn Fn(&[f64]) -> f64,
) -> Option<(Vec<f64>, f64)> {
    let mut length = 1.0;
    while length > 1e-10 {
        let next: Vec<f64> = at.iter().zip(direction).map(|(x, d)| x + length * d).collect();
        let lower = function(&next);
        if lower.is_finite() && lower < value && lower <= value + 1e-4 * length * fall {
            return Some((next, lower));
        }
        length *= 0.5;
    }
    None
}

fn update(inverse: &mut [f64], step: &[f64], turn: &[f64], bend: f64) {
    let n = step.len();
    let carried = times(inverse, turn);
    let weight = 1.0 + dot(turn, &carried) / bend;
    for i in 0..n {
        for j in 0..n {
            let mixed = carried[i] * step[j] + step[i] * carried[j];
            inverse[i * n + j] += (weight * step[i] * step[j] - mixed) / bend;
        }
    }
}

/// Standard error of each variable at a minimum of a negative log-likelihood; `None` where the
/// curvature is not that of a minimum, so that the data do not determine the variables.
pub fn standard_errors(at: &[f64], function: &dyn Fn(&[f64]) -> f64) -> Option<Vec<f64>> {
    let n = at.len();
    let delta = 1e-3;
    let mut curvature = vec![0.0; n * n];
    for axis in 0..n {
        let side = |sign: f64| {
            let mut point = at.to_vec();
            point[axis] += sign * delta;
            slopes(&point, function)
        };
        for (j, (up, down)) in side(1.0).iter().zip(side(-1.0)).enumerate() {
            let bend = (up - down) / (2.0 * delta);
            curvature[axis * n + j] += 0.5 * bend;
            curvature[j * n + axis] += 0.5 * bend;
        }
    }
    let factor = crate::cholesky::Cholesky::factor(n, curvature)?;
    let error = |axis: usize| {
        let mut unit = vec![0.0; n];
        unit[axis] = 1.0;
        factor.solve(&mut unit);
        unit[axis].sqrt()
    };
    let errors: Vec<f64> = (0..n).map(error).collect();
    errors.iter().all(|e| e.is_finite()).then_some(errors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lower_of_two_valleys_is_found_from_two_starts() {
        let valleys = |p: &[f64]| (p[0] * p[0] - 1.0).powi(2) + 0.2 * p[0] + (p[1] - 3.0).powi(2);
        let found = minimise(&[vec![2.0, 0.0], vec![-2.0, 0.0]], &valleys).unwrap();
        assert!((found.at[0] + 1.0242).abs() < 1e-3 && (found.at[1] - 3.0).abs() < 1e-5);
        assert!(minimise(&[vec![f64::NAN, 0.0]], &valleys).is_none());
    }

    #[test]
    fn a_mean_has_its_textbook_standard_error() {
        // Minus the log-likelihood of a normal mean of 25 values of deviation 2: error 2 / √25.
        let minus = |p: &[f64]| 25.0 * (p[0] - 1.0).powi(2) / (2.0 * 4.0);
        let errors = standard_errors(&[1.0], &minus).unwrap();
        assert!((errors[0] - 0.4).abs() < 1e-6, "{errors:?}");
        assert!(standard_errors(&[1.0], &|_| 0.0).is_none());
    }
}
