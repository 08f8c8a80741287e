//! How many percent demand changes for one percent of price.
//!
//! `ln q = Σ_j η_j ln p_j + controls + effects + e`: `η` of the own price is the elasticity, of
//! others' prices the cross elasticities. Effects of stores (or other groups) are taken out by
//! subtracting each group's means. Elasticities of many items, each with its error, are pulled
//! towards their mean: `η̃ = w η + (1 − w) η̄`, `w = τ² / (τ² + s²)`.
//!
//! Symbols: `q`, units; `p`, price, money; `s`, standard error; `τ²`, variance between items, by
//! moments. Time `O(n k² + k³)`, memory `O(n k)`.
//! Source: W. Greene, "Econometric analysis", 7th edition, 2012, sections 2.3.1 (log-linear) and
//! 11.4.1 (within); R. DerSimonian and N. Laird, "Meta-analysis in clinical trials", Controlled
//! Clinical Trials 7, 1986; B. Efron and C. Morris, "Data analysis using Stein's estimator", JASA
//! 70, 1975.

use std::collections::BTreeMap;

use crate::error::ModelError;
use crate::least_squares::{LeastSquares, Rows};

/// One coefficient.
#[derive(Debug, Clone, PartialEq)]
pub struct Elasticity {
    /// Column it belongs to.
    pub name: String,
    /// The coefficient.
    pub value: f64,
    /// Its standard error.
    pub error: f64,
    /// Its standard error where rows differ in spread.
    pub robust_error: f64,
}

/// Rows of a demand table.
#[derive(Debug, Clone, Default)]
pub struct LogLog {
    /// Logarithms of units.
    pub log_units: Vec<f64>,
    /// Named regressors: logarithms of prices, controls, dummies and their products.
    pub columns: Vec<(String, Vec<f64>)>,
    /// The group whose effect is taken out, row by row; empty for none.
    pub groups: Vec<String>,
}

impl LogLog {
    /// Fits; without groups the last coefficient is the intercept.
    ///
    /// # Errors
    /// When a column does not vary (one price ever) or says the same as others, rows are too few,
    /// or a number is not finite, such as the logarithm of a price of 0.
    pub fn fit(&self) -> Result<(Vec<Elasticity>, f64), ModelError> {
        let n = self.log_units.len();
        let refused = |reason: String| ModelError::Input { model: "elasticity", reason };
        for (name, column) in &self.columns {
            if let Some(row) = column.iter().position(|value| !value.is_finite()) {
                return Err(refused(format!(
                    "{name} in row {} has no finite value; a price of 0 has no logarithm, so leave \
                     free and unsold rows out",
                    row + 1
                )));
            }
            if column.len() != n {
                return Err(refused(format!("{name} has {} values for {n} rows", column.len())));
            }
        }
        let same = |column: &[f64]| column.windows(2).all(|pair| pair[0] == pair[1]);
        if let Some((name, _)) = self.columns.iter().find(|(_, column)| same(column)) {
            return Err(refused(format!(
                "{name} does not vary: what never changed cannot say what a change does; a trial \
                 at another price would"
            )));
        }
        let mut columns: Vec<Vec<f64>> = self.columns.iter().map(|(_, c)| c.clone()).collect();
        let mut target = self.log_units.clone();
        let mut names: Vec<String> = self.columns.iter().map(|(name, _)| name.clone()).collect();
        let mut spent = 0;
        if self.groups.is_empty() {
            names.push("intercept".to_owned());
            columns.push(vec![1.0; n]);
        } else {
            if self.groups.len() != n {
                return Err(refused(format!("{} groups for {n} rows", self.groups.len())));
            }
            let group = numbered(&self.groups);
            spent = group.iter().max().map_or(0, |most| most + 1);
            columns
                .iter_mut()
                .chain([&mut target])
                .for_each(|column| demean(column, &group, spent));
        }
        let cells: Vec<f64> =
            (0..n).flat_map(|row| columns.iter().map(move |column| column[row])).collect();
        let rows = Rows { names: &names, cells: &cells, target: &target, spent };
        let fitted = LeastSquares::fit(rows, 0.0)?;
        let one = |(at, name): (usize, &String)| Elasticity {
            name: name.clone(),
            value: fitted.coefficients[at],
            error: fitted.errors[at],
            robust_error: fitted.robust_errors[at],
        };
        Ok((names.iter().enumerate().map(one).collect(), fitted.r_squared))
    }
}

fn numbered(groups: &[String]) -> Vec<usize> {
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    for group in groups {
        let next = numbers.len();
        numbers.entry(group).or_insert(next);
    }
    groups.iter().map(|group| numbers[group.as_str()]).collect()
}

fn demean(column: &mut [f64], group: &[usize], n_groups: usize) {
    let (mut sums, mut counts) = (vec![0.0; n_groups], vec![0.0; n_groups]);
    for (value, &group) in column.iter().zip(group) {
        sums[group] += value;
        counts[group] += 1.0;
    }
    for (value, &group) in column.iter_mut().zip(group) {
        *value -= sums[group] / counts[group];
    }
}

/// Estimates with standard errors, each pulled towards their mean as far as its error is large
/// beside the spread between items; a single one stays.
#[must_use]
pub fn shrunk(estimates: &[(f64, f64)]) -> Vec<f64> {
    let weight = |error: f64| 1.0 / (error * error).max(1e-12);
    let total: f64 = estimates.iter().map(|(_, error)| weight(*error)).sum();
    let squares: f64 = estimates.iter().map(|(_, error)| weight(*error).powi(2)).sum();
    if estimates.len() < 2 || total <= 0.0 {
        return estimates.iter().map(|(value, _)| *value).collect();
    }
    let mean = estimates.iter().map(|(value, error)| weight(*error) * value).sum::<f64>() / total;
    let heterogeneity: f64 =
        estimates.iter().map(|(value, error)| weight(*error) * (value - mean).powi(2)).sum();
    let freedom = estimates.len() as f64 - 1.0;
    let between = ((heterogeneity - freedom) / (total - squares / total)).max(0.0);
    let pooled = |error: f64| 1.0 / (error * error + between).max(1e-12);
    let all: f64 = estimates.iter().map(|(_, error)| pooled(*error)).sum();
    let centre = estimates.iter().map(|(value, error)| pooled(*error) * value).sum::<f64>() / all;
    let one = |&(value, error): &(f64, f64)| {
        let own = if between > 0.0 { between / (between + error * error) } else { 0.0 };
        own * value + (1.0 - own) * centre
    };
    estimates.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn demand(groups: bool) -> LogLog {
        let price: Vec<f64> = (0..60).map(|t| 1.0 + f64::from(t * 7 % 13) / 10.0).collect();
        let noise = |t: usize| ((t * 37 % 17) as f64 - 8.0) * 1e-3;
        let store = |t: usize| (t % 3) as f64;
        let effect = |t: usize| if groups { store(t) } else { 0.0 };
        LogLog {
            log_units: (0..60).map(|t| 4.0 - 2.5 * price[t].ln() + effect(t) + noise(t)).collect(),
            columns: vec![("ln price".to_owned(), price.iter().map(|p| p.ln()).collect())],
            groups: if groups {
                (0..60).map(|t| format!("s{}", t % 3)).collect()
            } else {
                Vec::new()
            },
        }
    }

    #[test]
    fn a_known_elasticity_is_found_with_and_without_stores() {
        let (found, share) = demand(false).fit().unwrap();
        assert!((found[0].value + 2.5).abs() < 0.01 && share > 0.99, "{found:?}");
        assert!((found[1].value - 4.0).abs() < 0.01, "{found:?}");
        let (within, _) = demand(true).fit().unwrap();
        assert_eq!(within.len(), 1);
        assert!((within[0].value + 2.5).abs() < 0.01, "{within:?}");
    }

    #[test]
    fn one_price_ever_and_a_price_of_zero_are_said() {
        let mut table = demand(false);
        table.columns[0].1 = vec![0.7; 60];
        // A constant price is the intercept once more.
        let error = table.fit().unwrap_err().to_string();
        assert!(error.contains("does not vary"), "{error}");
        table.columns[0].1[3] = f64::NEG_INFINITY;
        let error = table.fit().unwrap_err().to_string();
        assert!(error.contains("row 4") && error.contains("price of 0"), "{error}");
    }

    #[test]
    fn sure_estimates_stay_and_unsure_ones_move_to_the_mean() {
        let found = shrunk(&[(-2.0, 0.01), (-4.0, 0.01), (-9.0, 3.0)]);
        assert!((found[0] + 2.0).abs() < 0.01 && (found[1] + 4.0).abs() < 0.01, "{found:?}");
        assert!(found[2] > -5.0, "{found:?}");
        assert_eq!(shrunk(&[(-2.0, 1.0)]), [-2.0]);
        let alike = shrunk(&[(-2.0, 1.0), (-2.2, 1.0)]);
        assert!((alike[0] + 2.1).abs() < 1e-9 && (alike[1] + 2.1).abs() < 1e-9, "{alike:?}");
    }
}
