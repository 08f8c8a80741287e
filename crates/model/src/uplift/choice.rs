//! Which score to contact people by: an uplift learner, the response score, nobody or everyone,
//! whichever is worth most to people that the score has not seen.
//!
//! Scores of each person come from models fitted without their fold. A score is worth the mean
//! height of its Qini curve over all shares of people, above the straight line of contacting at
//! random: the area between them, as the Qini coefficient
//! `q = (A − A_random) / (A_perfect − A_random)`. The ensemble stands for uplift unless another
//! learner beats it surely; uplift is chosen over the response score only if its area is larger and
//! above 0; where no score has an area above 0, everyone is contacted if the effect is surely above
//! 0 and nobody if not.
//!
//! Symbols: `A`, area, people × people; `n`, people. Intervals are the 2.5th to 97.5th percentile
//! over resampled people. Time `O(folds · fit + resamples · learners · n)`, memory
//! `O(learners · n)`.
//! Source: N. Radcliffe and P. Surry, "Real-world uplift modelling with significance-based uplift
//! trees", Stochastic Solutions, 2011, section 5 (Qini and its variation over folds).
//! DIFFERENCE: the choice is made by paired differences of the same resampled people.

use rayon::prelude::*;

use super::curves::{Scored, qini};
use super::learner::{FittedUplift, Learner, parts};
use super::trial::Trial;
use crate::bootstrap::Interval;
use crate::error::ModelError;
use crate::seed::Stream;

/// The area of each learner, and the effect of treating everyone.
type Measured = (Vec<f64>, f64);

/// Folds for scores of people that a model has not seen.
const FOLDS: usize = 5;

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Contact those whom this learner puts first.
    By(Learner),
    /// Contact everyone: the offer works, and no score tells for whom more.
    Everyone,
    /// Contact nobody: the offer does not surely do anything.
    Nobody,
}

impl Verdict {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::By(learner) => learner.name(),
            Self::Everyone => "Everyone",
            Self::Nobody => "Nobody",
        }
    }
}

/// The choice, and what it rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct UpliftChoice {
    /// What to do.
    pub verdict: Verdict,
    /// Qini coefficient of each learner on people it has not seen, with its interval; the response
    /// score last.
    pub qini: Vec<(Learner, Interval)>,
    /// Qini of the best uplift learner less that of the response score.
    pub over_response: Interval,
    /// Difference in outcome between the arms.
    pub effect: Interval,
}

/// Chooses on an experiment; `resamples` people-draws make the intervals.
///
/// # Errors
/// When a fold has too few people of an arm to fit or measure.
pub fn choose_uplift(
    trial: &Trial,
    resamples: usize,
    seed: u64,
) -> Result<UpliftChoice, ModelError> {
    let scores = out_of_fold(trial, seed)?;
    let learners: Vec<Learner> = Learner::UPLIFT.into_iter().chain([Learner::Response]).collect();
    let measure = |rows: &[usize]| -> Result<(Vec<f64>, f64), ModelError> {
        let outcomes: Vec<bool> = rows.iter().map(|&row| trial.table().labels()[row]).collect();
        let treated: Vec<bool> = rows.iter().map(|&row| trial.treated()[row]).collect();
        let one = |scores: &Vec<f64>| {
            let scores: Vec<f64> = rows.iter().map(|&row| scores[row]).collect();
            qini(Scored { scores: &scores, outcomes: &outcomes, treated: &treated })
        };
        let values = scores.iter().map(one).collect::<Result<Vec<f64>, ModelError>>()?;
        Ok((values, difference(&outcomes, &treated)))
    };
    let n = trial.treated().len();
    let (values, effect) = measure(&(0..n).collect::<Vec<usize>>())?;
    let stream = Stream::new(seed).fork(17);
    let resample = |number: usize| {
        let draws = stream.fork(number as u64);
        let rows: Vec<usize> = (0..n).map(|at| draws.below(at as u64, n)).collect();
        measure(&rows)
    };
    let drawn: Vec<Measured> =
        (0..resamples).into_par_iter().map(resample).collect::<Result<_, ModelError>>()?;
    let of = |value: f64, figure: &dyn Fn(&Measured) -> f64| {
        percentiles(value, drawn.iter().map(figure).collect())
    };
    let response = learners.len() - 1;
    let sure = (1..response)
        .filter(|&at| of(values[at] - values[0], &|(values, _)| values[at] - values[0]).low > 0.0);
    let best = sure.max_by(|&a, &b| values[a].total_cmp(&values[b])).unwrap_or(0);
    let over = values[best] - values[response];
    let over_response = of(over, &|(values, _)| values[best] - values[response]);
    let effect = of(effect, &|(_, effect)| *effect);
    let verdict = if values[best].max(values[response]) <= 0.0 {
        if effect.low > 0.0 { Verdict::Everyone } else { Verdict::Nobody }
    } else if effect.high < 0.0 {
        Verdict::Nobody
    } else if over > 0.0 {
        Verdict::By(learners[best])
    } else {
        Verdict::By(Learner::Response)
    };
    let one =
        |(at, learner): (usize, &Learner)| (*learner, of(values[at], &|(values, _)| values[at]));
    let qini = learners.iter().enumerate().map(one).collect();
    Ok(UpliftChoice { verdict, qini, over_response, effect })
}

/// Scores of each learner for each person by models that have not seen their fold.
fn out_of_fold(trial: &Trial, seed: u64) -> Result<Vec<Vec<f64>>, ModelError> {
    let fold = parts(trial, FOLDS, seed);
    let n = fold.len();
    let one = |number: usize| -> Result<Vec<(usize, Vec<f64>)>, ModelError> {
        let (test, train): (Vec<usize>, Vec<usize>) = (0..n).partition(|&row| fold[row] == number);
        let fitted = FittedUplift::fit(&trial.select(&train)?, seed)?;
        Ok(test.into_iter().map(|row| (row, fitted.scores(&trial.table().row(row)))).collect())
    };
    let folds: Vec<Vec<(usize, Vec<f64>)>> =
        (0..FOLDS).into_par_iter().map(one).collect::<Result<_, ModelError>>()?;
    let mut scores = vec![vec![0.0; n]; Learner::UPLIFT.len() + 1];
    for (row, of_row) in folds.into_iter().flatten() {
        scores.iter_mut().zip(of_row).for_each(|(scores, score)| scores[row] = score);
    }
    Ok(scores)
}

fn difference(outcomes: &[bool], treated: &[bool]) -> f64 {
    let (mut n, mut yes) = ([0.0; 2], [0.0; 2]);
    for (outcome, treated) in outcomes.iter().zip(treated) {
        n[usize::from(*treated)] += 1.0;
        yes[usize::from(*treated)] += f64::from(*outcome);
    }
    yes[1] / n[1] - yes[0] / n[0]
}

fn percentiles(value: f64, mut drawn: Vec<f64>) -> Interval {
    drawn.sort_unstable_by(f64::total_cmp);
    let place = |share: f64| {
        let at = (share * drawn.len().saturating_sub(1) as f64).round() as usize;
        drawn.get(at).copied().unwrap_or(value)
    };
    Interval { mean: value, low: place(0.025), high: place(0.975) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::LabelledTable;

    /// People with a noise column, a column that moves the response and one that moves the effect.
    fn people(n: usize, effect: impl Fn(f64, f64) -> f64) -> Trial {
        let stream = Stream::new(3);
        let draw = |name: u64, at: usize| f64::from(stream.fork(name).unit(at as u64));
        let column = |name: u64| (0..n).map(|at| Some(draw(name, at))).collect();
        let treated: Vec<bool> = (0..n).map(|at| draw(9, at) < 0.5).collect();
        let label = |at: usize| {
            let (x, z) = (draw(1, at), draw(2, at));
            let lift = if treated[at] { effect(x, z) } else { 0.0 };
            draw(8, at) < 0.1 + 0.3 * x + lift
        };
        let names = ["x", "z", "noise"].map(str::to_owned).to_vec();
        let labels = (0..n).map(label).collect();
        let table = LabelledTable::new(names, vec![column(1), column(2), column(3)], labels);
        Trial::new(table.unwrap(), treated).unwrap()
    }

    #[test]
    fn uplift_is_chosen_where_it_differs_and_response_does_not_tell() {
        let found = choose_uplift(&people(6_000, |_, z| 0.4 * (z - 0.5)), 100, 1).unwrap();
        assert!(matches!(found.verdict, Verdict::By(l) if l != Learner::Response), "{found:?}");
        assert!(found.over_response.low > 0.0, "{found:?}");
    }

    #[test]
    fn an_offer_without_effect_is_not_called_sure() {
        let found = choose_uplift(&people(4_000, |_, _| 0.0), 100, 1).unwrap();
        assert!(found.effect.low < 0.0 && found.effect.high > 0.0, "{found:?}");
        let harmful = choose_uplift(&people(4_000, |_, _| -0.1), 100, 1).unwrap();
        assert_eq!(harmful.verdict, Verdict::Nobody);
    }

    #[test]
    fn the_same_seed_gives_the_same_choice_at_any_number_of_threads() {
        let trial = people(1_500, |_, z| 0.3 * z);
        let choose = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| choose_uplift(&trial, 20, 1).unwrap())
        };
        assert_eq!(choose(1), choose(2));
    }
}
