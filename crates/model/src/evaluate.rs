//! Judging a recommender on interactions it has not seen.
//!
//! *Full ranking:* for each user with something left to find, all items outside the user's
//! training row are ranked and compared with the user's test items outside that row; measures are
//! means over those users. *Given negatives* (He et al. 2017): one positive item is ranked among
//! negatives that the protocol lists; a positive that is also listed as a negative counts once.
//! Equal scores are ordered by item index, so no measure depends on chance.
//!
//! Time: `recommend_all` of the model plus `O(users · k)`.
//! Source: X. He, L. Liao, H. Zhang, L. Nie, X. Hu and T.-S. Chua, "Neural collaborative
//! filtering", WWW 2017, section 4.1; W. Krichene and S. Rendle, "On sampled metrics for item
//! recommendation", KDD 2020, for why the full ranking is the rule here.

use feature::Csr;
use rayon::prelude::*;
use serde::Serialize;

use crate::bootstrap::{Bootstrap, Interval};
use crate::error::ModelError;
use crate::metrics::Metric;
use crate::recommender::Recommender;
use crate::topk::Scored;
use crate::train_set::TrainSet;
use crate::user_auc::user_auc;

/// What an evaluation looks at.
#[derive(Debug, Clone, PartialEq)]
pub struct EvaluateOptions {
    /// Cutoffs `k`, each 1 or more.
    pub cutoffs: Vec<usize>,
    /// Ranks in the hit table.
    pub ranks: usize,
    /// Whether the AUC of each user is taken, which scores the catalogue once more for each.
    pub auc: bool,
}

impl EvaluateOptions {
    /// How deep lists must be.
    fn longest(&self) -> usize {
        self.cutoffs.iter().copied().max().unwrap_or(0).max(self.ranks)
    }
}

impl Default for EvaluateOptions {
    fn default() -> Self {
        Self { cutoffs: vec![10, 20], ranks: 20, auc: false }
    }
}

/// How often the item at one rank was a hit: what a probability per rank is calibrated on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RankHits {
    /// Rank, from 1.
    pub position: usize,
    /// Lists whose item at this rank was relevant.
    pub hits: u64,
    /// Lists that had an item at this rank.
    pub trials: u64,
}

/// One model's performance on one test set, user by user.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// The model's name.
    pub model: &'static str,
    /// Users judged: those with something left to find, ascending.
    pub users: Vec<u32>,
    /// Hits per rank.
    pub ranks: Vec<RankHits>,
    /// What each of them was recommended, best first, as deep as was looked.
    pub lists: Vec<Vec<u32>>,
    /// What each of them was to find, ascending.
    pub relevant: Vec<Vec<u32>>,
    /// The AUC of each of them, where it was asked for.
    pub auc: Option<Vec<f64>>,
    cutoffs: Vec<AtCutoff>,
}

#[derive(Debug, Clone, PartialEq)]
struct AtCutoff {
    k: usize,
    coverage: f64,
    /// For each metric in the order of [`Metric::ALL`], a value per user.
    values: Vec<Vec<f64>>,
}

impl Evaluation {
    /// A metric per user, in the order of [`Self::users`]; `None` for a cutoff not asked for.
    #[must_use]
    pub fn values(&self, metric: Metric, k: usize) -> Option<&[f64]> {
        let at = self.cutoffs.iter().find(|at| at.k == k)?;
        let index = Metric::ALL.iter().position(|one| *one == metric)?;
        at.values.get(index).map(Vec::as_slice)
    }

    /// Every other user, from the second on: whoever learnt from the rest is judged by these.
    /// Hits per rank and coverage stay those of all.
    #[must_use]
    pub fn odd(&self) -> Self {
        fn every_other<T: Clone>(all: &[T]) -> Vec<T> {
            all.iter().skip(1).step_by(2).cloned().collect()
        }
        let at = |at: &AtCutoff| AtCutoff {
            values: at.values.iter().map(|own| every_other(own)).collect(),
            ..at.clone()
        };
        Self {
            users: every_other(&self.users),
            lists: every_other(&self.lists),
            relevant: every_other(&self.relevant),
            auc: self.auc.as_deref().map(every_other),
            cutoffs: self.cutoffs.iter().map(at).collect(),
            ..self.clone()
        }
    }

    /// The mean of a metric over users; `None` for a cutoff not asked for.
    #[must_use]
    pub fn mean(&self, metric: Metric, k: usize) -> Option<f64> {
        let values = self.values(metric, k)?;
        Some(values.iter().sum::<f64>() / values.len().max(1) as f64)
    }

    /// The mean with its 95 % interval; `None` for a cutoff not asked for.
    #[must_use]
    pub fn interval(&self, metric: Metric, k: usize, bootstrap: &Bootstrap) -> Option<Interval> {
        Some(bootstrap.interval(self.values(metric, k)?))
    }

    /// The mean difference to another evaluation of the same users, with its 95 % interval;
    /// `None` for other users or a cutoff not asked for.
    #[must_use]
    pub fn difference(
        &self,
        other: &Self,
        metric: Metric,
        k: usize,
        bootstrap: &Bootstrap,
    ) -> Option<Interval> {
        if self.users != other.users {
            return None;
        }
        Some(bootstrap.paired(self.values(metric, k)?, other.values(metric, k)?))
    }

    /// Share of the catalogue that appears in anyone's first `k`.
    #[must_use]
    pub fn coverage(&self, k: usize) -> Option<f64> {
        self.cutoffs.iter().find(|at| at.k == k).map(|at| at.coverage)
    }
}

/// Judges a model by full ranking; `train` and the rows of `test` are the same users.
///
/// # Errors
/// When the shapes differ from each other or from the model.
pub fn evaluate(
    model: &dyn Recommender,
    train: &TrainSet,
    test: &Csr,
    options: &EvaluateOptions,
) -> Result<Evaluation, ModelError> {
    check_shapes(model, [("train", train.matrix())], test)?;
    let lists = model.recommend_all(train, options.longest());
    let mut found = judge(model, lists, train.matrix(), test, options);
    if options.auc {
        let score = |user: u32, scores: &mut [f32]| {
            model.score_user(user, &train.history(user as usize), scores);
        };
        found.auc = Some(user_auc(&found.users, &found.relevant, train.matrix(), &score));
    }
    Ok(found)
}

/// Judges a model by full ranking on people it need not have learnt from: each row of `histories`
/// is folded in, items of its row in `hidden` are not ranked, those of its row in `test` are to be
/// found.
///
/// # Errors
/// When the shapes differ from each other or from the model.
pub fn evaluate_folded(
    model: &dyn Recommender,
    histories: &TrainSet,
    hidden: &Csr,
    test: &Csr,
    options: &EvaluateOptions,
) -> Result<Evaluation, ModelError> {
    check_shapes(model, [("histories", histories.matrix()), ("hidden", hidden)], test)?;
    let lists = model.recommend_folded(histories, hidden, options.longest());
    let mut found = judge(model, lists, hidden, test, options);
    if options.auc {
        let score = |row: u32, scores: &mut [f32]| {
            model.score(&histories.history(row as usize), scores);
        };
        found.auc = Some(user_auc(&found.users, &found.relevant, hidden, &score));
    }
    Ok(found)
}

fn check_shapes<const N: usize>(
    model: &dyn Recommender,
    others: [(&str, &Csr); N],
    test: &Csr,
) -> Result<(), ModelError> {
    let shape = |matrix: &Csr| (matrix.n_rows(), matrix.n_cols());
    for (name, matrix) in others {
        if shape(matrix) != shape(test) || test.n_cols() != model.n_items() {
            let reason = format!(
                "{name} is {:?}, test is {:?} and the model has {} items: they must agree",
                shape(matrix),
                shape(test),
                model.n_items()
            );
            return Err(ModelError::Input { model: model.name(), reason });
        }
    }
    Ok(())
}

/// Compares lists with what was to be found.
fn judge(
    model: &dyn Recommender,
    mut lists: Vec<Vec<Scored>>,
    hidden: &Csr,
    test: &Csr,
    options: &EvaluateOptions,
) -> Evaluation {
    let judged: Vec<(u32, Vec<u32>)> = (0..test.n_rows())
        .map(|user| (user as u32, relevant(hidden, test, user)))
        .filter(|(_, items)| !items.is_empty())
        .collect();
    let users: Vec<u32> = judged.iter().map(|(user, _)| *user).collect();
    let hits: Vec<Vec<bool>> = judged
        .iter()
        .map(|(user, items)| {
            let is_hit = |one: &Scored| items.binary_search(&one.item).is_ok();
            lists[*user as usize].iter().map(is_hit).collect()
        })
        .collect();
    let at_cutoff = |&k: &usize| AtCutoff {
        k,
        coverage: coverage(&lists, &users, k, model.n_items()),
        values: Metric::ALL
            .iter()
            .map(|metric| {
                let of_user = |(hits, (_, items)): (&Vec<bool>, &(u32, Vec<u32>))| {
                    metric.at(k, hits, items.len())
                };
                hits.iter().zip(&judged).map(of_user).collect()
            })
            .collect(),
    };
    let cutoffs = options.cutoffs.iter().map(at_cutoff).collect();
    let list = |&user: &u32| {
        std::mem::take(&mut lists[user as usize]).into_iter().map(|one| one.item).collect()
    };
    Evaluation {
        model: model.name(),
        ranks: rank_hits(&hits, options.ranks),
        cutoffs,
        lists: users.iter().map(list).collect(),
        relevant: judged.into_iter().map(|(_, items)| items).collect(),
        auc: None,
        users,
    }
}

/// Test items of a user that training does not hold, ascending.
fn relevant(train: &Csr, test: &Csr, user: usize) -> Vec<u32> {
    let (items, _) = test.row(user);
    let (owned, _) = train.row(user);
    items.iter().copied().filter(|item| owned.binary_search(item).is_err()).collect()
}

fn rank_hits(hits: &[Vec<bool>], ranks: usize) -> Vec<RankHits> {
    let at = |rank: usize| {
        let here = || hits.iter().filter_map(move |list| list.get(rank));
        let count = here().filter(|hit| **hit).count();
        RankHits { position: rank + 1, hits: count as u64, trials: here().count() as u64 }
    };
    (0..ranks).map(at).collect()
}

fn coverage(lists: &[Vec<Scored>], users: &[u32], k: usize, n_items: usize) -> f64 {
    let mut shown = vec![false; n_items];
    for &user in users {
        for one in lists[user as usize].iter().take(k) {
            shown[one.item as usize] = true;
        }
    }
    shown.iter().filter(|shown| **shown).count() as f64 / n_items.max(1) as f64
}

/// One line of a protocol with given negatives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenNegatives {
    /// The user, a row of the training matrix.
    pub user: u32,
    /// The item held out.
    pub positive: u32,
    /// Items to rank it among.
    pub negatives: Vec<u32>,
}

/// Ranks each positive among its negatives: the rank (from 1) per line, in the order given.
///
/// # Errors
/// When a line names a user or item outside the training matrix.
pub fn rank_among_given(
    model: &dyn Recommender,
    train: &TrainSet,
    lines: &[GivenNegatives],
) -> Result<Vec<usize>, ModelError> {
    let known = |item: u32| (item as usize) < model.n_items();
    let is_bad = |line: &GivenNegatives| {
        line.user as usize >= train.n_users()
            || !known(line.positive)
            || !line.negatives.iter().all(|&item| known(item))
    };
    if let Some(at) = lines.iter().position(is_bad) {
        let reason = format!("line {at} names a user or item outside the training matrix");
        return Err(ModelError::Input { model: model.name(), reason });
    }
    let scratch = || vec![0.0; model.n_items()];
    let rank = |scores: &mut Vec<f32>, line: &GivenNegatives| {
        model.score_user(line.user, &train.history(line.user as usize), scores);
        let score = |item: u32| Scored { item, score: scores[item as usize] };
        let positive = score(line.positive);
        let others = line.negatives.iter().filter(|&&item| item != line.positive);
        1 + others.filter(|&&item| score(item).best_first(&positive).is_lt()).count()
    };
    Ok(lines.par_iter().map_init(scratch, rank).collect())
}

/// HR@k (a hit) per line from ranks that [`rank_among_given`] gave.
#[must_use]
pub fn hit_rates(ranks: &[usize], k: usize) -> Vec<f64> {
    ranks.iter().map(|&rank| f64::from(u8::from(rank <= k))).collect()
}

/// AUC per line, with one relevant item, from ranks that [`rank_among_given`] gave; ½ for a line
/// without negatives.
#[must_use]
pub fn areas(ranks: &[usize], lines: &[GivenNegatives]) -> Vec<f64> {
    let area = |(&rank, line): (&usize, &GivenNegatives)| {
        let n = line.negatives.iter().filter(|&&item| item != line.positive).count();
        if n == 0 { 0.5 } else { 1.0 - (rank - 1) as f64 / n as f64 }
    };
    ranks.iter().zip(lines).map(area).collect()
}

/// NDCG@k per line, with one relevant item, from ranks that [`rank_among_given`] gave.
#[must_use]
pub fn gains(ranks: &[usize], k: usize) -> Vec<f64> {
    let gain = |&rank: &usize| if rank <= k { 1.0 / ((rank + 1) as f64).log2() } else { 0.0 };
    ranks.iter().map(gain).collect()
}
