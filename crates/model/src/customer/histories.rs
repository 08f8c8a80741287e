//! How often, how lately and how long customers bought: all that models of buying look at.

use rayon::prelude::*;

use crate::error::ModelError;
use crate::optimise::nelder_mead::Minimum;
use crate::optimise::quasi_newton;
use crate::seed::Stream;

/// Repeat purchases of one customer at most; more come from machines or from wrong columns.
pub const REPEATS_MAX: u32 = 1_000_000;
/// Distinct histories from which starts are tried on a sample of this size first.
const SAMPLE: usize = 20_000;
/// Histories summed by one worker at a time; fixed, so that sums do not depend on threads.
const CHUNK: usize = 4_096;

/// The purchases of one customer, in any one unit of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct History {
    /// Purchases after the first.
    pub repeats: u32,
    /// From the first purchase to the last.
    pub recency: f64,
    /// From the first purchase to the end of watching.
    pub age: f64,
}

impl History {
    /// A customer of whom nothing is known yet.
    pub const NEW: Self = Self { repeats: 0, recency: 0.0, age: 0.0 };
}

/// Histories of many customers, equal ones counted together, so that a fit costs the distinct ones.
#[derive(Debug, Clone, PartialEq)]
pub struct Histories {
    distinct: Vec<(History, f64)>,
    n_customers: usize,
    repeats_most: u32,
}

impl Histories {
    /// Collects histories; their order does not matter.
    ///
    /// # Errors
    /// When a history is impossible, nobody is there, or nobody bought again.
    pub fn new(model: &'static str, histories: &[History]) -> Result<Self, ModelError> {
        let refused = |reason: String| ModelError::Input { model, reason };
        for (at, history) in histories.iter().enumerate() {
            if let Some(reason) = trouble(history) {
                return Err(refused(format!("customer {}: {reason}", at + 1)));
            }
        }
        let repeats_most = histories.iter().map(|h| h.repeats).max().unwrap_or(0);
        if repeats_most == 0 {
            return Err(refused(format!(
                "none of {} customers bought again, so nothing tells how often they come back; \
                 watch them for longer",
                histories.len()
            )));
        }
        let mut sorted = histories.to_vec();
        sorted.sort_unstable_by(|a, b| {
            let by_time = a.recency.total_cmp(&b.recency).then(a.age.total_cmp(&b.age));
            a.repeats.cmp(&b.repeats).then(by_time)
        });
        let mut distinct: Vec<(History, f64)> = Vec::new();
        for history in sorted {
            match distinct.last_mut() {
                Some((last, count)) if *last == history => *count += 1.0,
                _ => distinct.push((history, 1.0)),
            }
        }
        Ok(Self { distinct, n_customers: histories.len(), repeats_most })
    }

    /// Number of customers.
    #[must_use]
    pub fn n_customers(&self) -> usize {
        self.n_customers
    }

    /// Most repeat purchases of a customer.
    pub(crate) fn repeats_most(&self) -> usize {
        self.repeats_most as usize
    }

    /// Mean age of a customer.
    pub(crate) fn mean_age(&self) -> f64 {
        self.sum(|history| history.age) / self.n_customers as f64
    }

    /// Repeat purchases per unit of time of all customers together.
    pub(crate) fn rate(&self) -> f64 {
        self.sum(|history| f64::from(history.repeats)) / self.sum(|history| history.age)
    }

    /// With times in a unit that is `unit` times as long.
    pub(crate) fn in_units_of(&self, unit: f64) -> Self {
        let mut scaled = self.clone();
        for (history, _) in &mut scaled.distinct {
            history.recency /= unit;
            history.age /= unit;
        }
        scaled
    }

    /// The sum of a figure over customers; the same at any number of threads.
    pub(crate) fn sum(&self, figure: impl Fn(&History) -> f64 + Sync) -> f64 {
        let of_chunk = |chunk: &[(History, f64)]| -> f64 {
            chunk.iter().map(|(history, count)| count * figure(history)).sum()
        };
        let sums: Vec<f64> = self.distinct.par_chunks(CHUNK).map(of_chunk).collect();
        sums.iter().sum()
    }

    /// Some of the distinct histories, drawn with a fixed seed.
    fn sample(&self) -> Self {
        let stream = Stream::new(11);
        let n = self.distinct.len();
        let drawn = (0..SAMPLE as u64).map(|at| self.distinct[stream.below(at, n)]).collect();
        Self { distinct: drawn, ..self.clone() }
    }

    /// The most likely logarithms of parameters and their standard errors; starts are tried on a
    /// sample first where there are many histories.
    pub(crate) fn most_likely(
        &self,
        starts: &[Vec<f64>],
        minus_log_likelihood: impl Fn(&Self, &[f64]) -> f64,
    ) -> Option<(Minimum, Option<Vec<f64>>)> {
        let whole = |at: &[f64]| minus_log_likelihood(self, at);
        let best = if self.distinct.len() > 2 * SAMPLE {
            let sample = self.sample();
            let near = quasi_newton::minimise(starts, &|at| minus_log_likelihood(&sample, at))?;
            quasi_newton::minimise(&[near.at], &whole)?
        } else {
            quasi_newton::minimise(starts, &whole)?
        };
        let errors = quasi_newton::standard_errors(&best.at, &whole);
        Some((best, errors))
    }
}

fn trouble(history: &History) -> Option<String> {
    let History { repeats, recency, age } = *history;
    if !(age.is_finite() && recency.is_finite() && age > 0.0) {
        return Some(format!("age {age} and recency {recency} must be finite, the age above 0"));
    }
    if !(0.0..=age).contains(&recency) {
        return Some(format!("recency {recency} must be from 0 to the age {age}"));
    }
    if (repeats == 0) != (recency == 0.0) {
        return Some(format!(
            "{repeats} repeat purchases and recency {recency}: one is 0 where the other is; count \
             a day's purchases once"
        ));
    }
    (repeats > REPEATS_MAX).then(|| format!("{repeats} repeat purchases, at most {REPEATS_MAX}"))
}

/// `Σ_{k < n} ln f(k)` for every `n` up to `most`.
pub(crate) fn summed_logs(most: usize, factor: impl Fn(f64) -> f64) -> Vec<f64> {
    let mut sums = Vec::with_capacity(most + 1);
    let mut sum = 0.0;
    sums.push(sum);
    for k in 0..most {
        sum += factor(k as f64).ln();
        sums.push(sum);
    }
    sums
}

/// `ln(e^a + e^b)`.
pub(crate) fn log_sum(a: f64, b: f64) -> f64 {
    let (more, less) = if a > b { (a, b) } else { (b, a) };
    if more == f64::NEG_INFINITY { more } else { more + (less - more).exp().ln_1p() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(repeats: u32, recency: f64, age: f64) -> String {
        let good = History { repeats: 1, recency: 1.0, age: 2.0 };
        let bad = History { repeats, recency, age };
        Histories::new("BgNbd", &[good, bad]).unwrap_err().to_string()
    }

    #[test]
    fn impossible_histories_are_named() {
        assert!(told(1, 3.0, 2.0).contains("customer 2: recency 3 must be from 0 to the age 2"));
        assert!(told(1, f64::NAN, 2.0).contains("must be finite"));
        assert!(told(0, 0.0, 0.0).contains("the age above 0"));
        assert!(told(0, 1.0, 2.0).contains("0 repeat purchases and recency 1"));
        assert!(told(REPEATS_MAX + 1, 1.0, 2.0).contains("at most 1000000"));
        let once = [History { repeats: 0, recency: 0.0, age: 2.0 }; 3];
        let message = Histories::new("BgNbd", &once).unwrap_err().to_string();
        assert!(message.contains("none of 3 customers bought again"), "{message}");
        assert!(Histories::new("BgNbd", &[]).is_err());
    }

    #[test]
    fn equal_histories_are_counted_together_in_any_order() {
        let (a, b) = (
            History { repeats: 1, recency: 1.0, age: 2.0 },
            History { repeats: 0, recency: 0.0, age: 3.0 },
        );
        let one = Histories::new("BgNbd", &[a, b, a]).unwrap();
        assert_eq!(one, Histories::new("BgNbd", &[b, a, a]).unwrap());
        assert_eq!((one.distinct.len(), one.n_customers()), (2, 3));
        assert_eq!(one.sum(|h| h.age), 7.0);
    }
}
