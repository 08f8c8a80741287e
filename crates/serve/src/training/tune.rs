//! Looking for better settings of each family, within a budget, and going on after a stop.
//!
//! Families take turns; each turn is one trial that the estimator proposes. After every round of
//! [`ROUND`] trials each, the worse half of the families drops out, until one is left (successive
//! halving: K. Jamieson and A. Talwalkar, AISTATS 2016). A family that has not improved for
//! [`PATIENCE`] trials stops. The search looks at every other validation shopper; the rest say
//! whether the best settings beat the usual ones with an interval clear of zero. If not, the usual
//! ones stay. Trials are kept in a file, one JSON line each.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use model::tuning::{Tpe, Trial, configured, space};
use model::{Bootstrap, Evaluation, Metric};
use serde::{Deserialize, Serialize};

use super::blend::confirm;
use super::choose::{Winner, try_out};
use super::report::Tuned;
use super::steps::Steps;
use super::{Candidate, TrainPlan};
use crate::error::ServeError;
use crate::exam::{CUTOFF, Exam};

/// Trials of each family between two halvings.
const ROUND: usize = 8;
/// Trials without a better one after which a family stops.
const PATIENCE: usize = 20;

/// How better settings are looked for.
#[derive(Debug, Clone, PartialEq)]
pub struct TunePlan {
    /// Trials at most.
    pub trials: usize,
    /// Time at most; a trial that has begun is ended.
    pub budget: Option<Duration>,
    /// The file that keeps the trials.
    pub file: PathBuf,
    /// Whether trials of the same data in that file are taken over.
    pub resumes: bool,
}

/// A trial as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Kept {
    /// What was searched; trials on other data are not taken over.
    on: String,
    model: String,
    point: Vec<f64>,
    candidate: Option<Candidate>,
    /// NDCG@20 on the shoppers searched; none for settings that cannot be used.
    ndcg: Option<f64>,
}

/// The state of one family.
struct Family {
    winner: usize,
    tpe: Tpe,
    trials: Vec<Trial>,
    best: Option<(f64, Candidate)>,
    since_better: usize,
}

/// Mean NDCG@20 of the shoppers that the search looks at.
fn searched(e: &Evaluation) -> f64 {
    let values = e.values(Metric::Ndcg, CUTOFF).unwrap_or_default();
    let even = || values.iter().step_by(2);
    even().sum::<f64>() / even().count().max(1) as f64
}

/// Searches, and puts better settings in the winners' places.
pub(super) fn tune(
    exam: &Exam<'_>,
    plan: &TrainPlan,
    tuning: &TunePlan,
    winners: &mut [Winner],
    steps: &mut Steps<'_>,
) -> Result<(), ServeError> {
    let on = format!(
        "cut {} until {} shoppers {} seed {}",
        exam.cut_ms,
        exam.until_ms,
        exam.shoppers(),
        plan.seed
    );
    let kept = if tuning.resumes { read(&tuning.file, &on)? } else { Vec::new() };
    let mut notes = Notes::open(&tuning.file, &kept)?;
    let mut kept = kept.into_iter();
    let mut families = families(plan, winners);
    let start = Instant::now();
    let mut alive: Vec<usize> = (0..families.len()).collect();
    let mut done = 0;
    steps.add(tuning.trials);
    while !alive.is_empty() && done < tuning.trials {
        for _ in 0..ROUND {
            for &at in &alive {
                let is_late = tuning.budget.is_some_and(|budget| start.elapsed() >= budget);
                if done >= tuning.trials || is_late {
                    return settle(exam, plan, families, winners, steps);
                }
                let family = &mut families[at];
                let name = winners[family.winner].candidate.config.name();
                steps.next(
                    format!("tuning {name}, trial {}", family.trials.len() + 1),
                    format!("调参 {name}，第 {} 次", family.trials.len() + 1),
                );
                let point = family.tpe.propose(&family.trials);
                // A number read back from text may differ in its last digit.
                let near = |a: &[f64], b: &[f64]| {
                    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-9)
                };
                let same = |k: &Kept| k.model == name && near(&k.point, &point);
                let trial = match kept.next().filter(same) {
                    Some(trial) => Kept { point, ..trial },
                    None => {
                        kept = Vec::new().into_iter(); // what follows was tried after other trials
                        let base = &winners[family.winner].candidate;
                        let trial = attempt(exam, plan, base, &on, point, steps)?;
                        notes.add(&trial)?;
                        trial
                    }
                };
                family.learn(trial);
                done += 1;
            }
        }
        let best = |at: &usize| families[*at].best.as_ref().map_or(0.0, |(ndcg, _)| *ndcg);
        alive.sort_by(|a, b| best(b).total_cmp(&best(a)));
        alive.truncate(alive.len().div_ceil(2));
        alive.retain(|at| families[*at].since_better < PATIENCE);
    }
    settle(exam, plan, families, winners, steps)
}

/// The families that have something to tune.
fn families(plan: &TrainPlan, winners: &[Winner]) -> Vec<Family> {
    let has_space =
        |(_, winner): &(usize, &Winner)| !space(winner.candidate.config.name()).is_empty();
    let family = |(at, winner): (usize, &Winner)| Family {
        winner: at,
        // One coordinate more: how fast contacts fade.
        tpe: Tpe {
            seed: plan.seed.wrapping_add(at as u64),
            dims: space(winner.candidate.config.name()).len() + 1,
        },
        trials: Vec::new(),
        best: None,
        since_better: 0,
    };
    winners.iter().enumerate().filter(has_space).map(family).collect()
}

impl Family {
    fn learn(&mut self, trial: Kept) {
        let value = trial.ndcg.unwrap_or(f64::NEG_INFINITY);
        self.trials.push(Trial { point: trial.point, value });
        self.since_better += 1;
        let is_better = self.best.as_ref().is_none_or(|(most, _)| value > *most);
        if let Some(candidate) = trial.candidate.filter(|_| is_better && value.is_finite()) {
            self.best = Some((value, candidate));
            self.since_better = 0;
        }
    }
}

/// One trial. Settings that a model refuses count as a trial without a value.
fn attempt(
    exam: &Exam<'_>,
    plan: &TrainPlan,
    base: &Candidate,
    on: &str,
    point: Vec<f64>,
    steps: &mut Steps<'_>,
) -> Result<Kept, ServeError> {
    let config = configured(&base.config, &point)?;
    let half_life_days = half_life(point.last().copied().unwrap_or(0.0));
    let candidate = Candidate { config, half_life_days };
    let model = base.config.name().to_owned();
    let ndcg = match try_out(exam, plan, &candidate, steps) {
        Ok(found) => Some(searched(&found.evaluation)),
        Err(ServeError::Model(_)) => None,
        Err(error) => return Err(error),
    };
    Ok(Kept { on: on.to_owned(), model, point, candidate: Some(candidate), ndcg })
}

/// Never in the first third of the range, then from two years down to two weeks.
fn half_life(place: f64) -> Option<f32> {
    let share = (place - 1.0 / 3.0) * 1.5;
    (share > 0.0).then(|| (730.0 * (14.0_f64 / 730.0).powf(share)) as f32)
}

/// Compares each family's best settings with its usual ones on the shoppers not searched.
fn settle(
    exam: &Exam<'_>,
    plan: &TrainPlan,
    families: Vec<Family>,
    winners: &mut [Winner],
    steps: &mut Steps<'_>,
) -> Result<(), ServeError> {
    let bootstrap = Bootstrap { seed: plan.seed, ..Bootstrap::default() };
    for family in families {
        let winner = &mut winners[family.winner];
        let Some((_, candidate)) = family.best else { continue };
        let mut found = try_out(exam, plan, &candidate, steps)?;
        let Some(over_usual) = confirm(&found.evaluation, &winner.evaluation, &bootstrap) else {
            continue;
        };
        let is_kept = over_usual.low > 0.0;
        let trials = family.trials.len();
        let tuned = Some(Tuned { trials, candidate, over_usual, is_kept });
        if is_kept {
            found.tuned = tuned;
            *winner = found;
        } else {
            winner.tuned = tuned;
        }
    }
    Ok(())
}

/// The trials on these data; a line that was cut off, and what follows it, is passed over.
fn read(file: &Path, on: &str) -> Result<Vec<Kept>, ServeError> {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(ServeError::Io { path: file.to_owned(), source }),
    };
    let lines = text.lines().map_while(|line| serde_json::from_str::<Kept>(line).ok());
    Ok(lines.filter(|trial| trial.on == on).collect())
}

/// The file that trials are added to.
struct Notes {
    file: fs::File,
    path: PathBuf,
}

impl Notes {
    /// Begins with the trials that are taken over.
    fn open(path: &Path, kept: &[Kept]) -> Result<Self, ServeError> {
        let io = |source| ServeError::Io { path: path.to_owned(), source };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(io)?;
        }
        let file = fs::File::create(path).map_err(io)?;
        let mut notes = Self { file, path: path.to_owned() };
        kept.iter().try_for_each(|trial| notes.add(trial))?;
        Ok(notes)
    }

    fn add(&mut self, trial: &Kept) -> Result<(), ServeError> {
        let line = serde_json::to_string(trial).unwrap_or_default();
        let io = |source| ServeError::Io { path: self.path.clone(), source };
        writeln!(self.file, "{line}").and_then(|()| self.file.sync_data()).map_err(io)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contacts_never_fade_or_fade_within_two_weeks_to_two_years() {
        assert_eq!(half_life(0.0), None);
        assert_eq!(half_life(0.3), None);
        assert!((half_life(1.0).unwrap() - 14.0).abs() < 0.01);
        assert!(half_life(0.34).unwrap() > 600.0);
    }
}
