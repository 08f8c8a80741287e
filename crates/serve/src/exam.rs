//! The exam a model sits before it may serve: held-out weeks of the shop's own log.
//!
//! *Returning shoppers*: learn from everything before the cut, recommend to everyone with a
//! history, compare with what they bought (or viewed) in the weeks after it. *Next in visit*, for
//! shops whose visitors cannot be recognised again: learn from the weeks before the cut, show the
//! model all but the last contact of each later visit, compare with the last. In both, people are
//! folded in from their history exactly as they are when served.

use std::sync::Arc;

use event::Bilingual;
use feature::split::{Interaction, to_matrix};
use feature::{ContactKind, ContactLog, ContactWeights, Csr, FeatureError, Sequences};
use model::{
    EvaluateOptions, Evaluation, Explanation, ModelError, Recommender, Scored, TrainSet, evaluate,
};
use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

/// Fewest shoppers from which models can be told apart.
pub const SHOPPERS_MIN: usize = 50;
/// How deep lists are judged.
pub const CUTOFF: usize = 20;

/// How the held-out part is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// People who came back after the cut.
    ReturningShoppers,
    /// The last contact of visits after the cut.
    NextInVisit,
}

impl Protocol {
    /// The protocol as a sentence.
    pub fn describe(self) -> Bilingual {
        match self {
            Self::ReturningShoppers => Bilingual::new(
                "shoppers with a history before the cut; what they took after it and had not \
                 taken before, over the full catalogue",
                "切分时间前有历史的顾客；以其之后首次选择的商品为准，对全部商品排序",
            ),
            Self::NextInVisit => Bilingual::new(
                "visits after the cut; the last item of each from the items before it, over the \
                 full catalogue",
                "切分时间后的访问；用之前浏览的商品预测最后一件，对全部商品排序",
            ),
        }
    }
}

/// One cut through the log: what may be learnt, and what is asked.
pub struct Exam<'a> {
    log: &'a ContactLog,
    /// First moment that must not be learnt from.
    pub cut_ms: i64,
    /// First moment no longer judged.
    pub until_ms: i64,
    /// How the held-out part is made.
    pub protocol: Protocol,
    /// What counts as an answer.
    pub target: ContactKind,
    asked: Vec<Asked>,
}

/// The questions of an exam, one row per shopper.
pub struct Questions {
    /// What is known of them.
    pub history: Sequences,
    /// What they are not shown.
    pub met: Csr,
    /// What they took.
    pub answers: Csr,
}

/// A shopper of the exam.
struct Asked {
    user: u32,
    /// Contacts up to here count as history.
    known_until: Known,
    answers: Vec<u32>,
}

#[derive(Clone, Copy)]
enum Known {
    BeforeCut,
    /// The first contacts of the visit, by their number in the log.
    Contacts {
        from: usize,
        to: usize,
    },
}

impl<'a> Exam<'a> {
    /// Cuts the log at `cut_ms` and asks about the time up to `until_ms`.
    pub fn new(log: &'a ContactLog, cut_ms: i64, until_ms: i64, target: ContactKind) -> Self {
        let exam = |protocol, asked| Self { log, cut_ms, until_ms, protocol, target, asked };
        let people = exam(Protocol::ReturningShoppers, returning(log, cut_ms, until_ms, target));
        if people.shoppers() >= SHOPPERS_MIN {
            return people;
        }
        let visits = exam(Protocol::NextInVisit, next_in_visit(log, cut_ms, until_ms, target));
        if visits.shoppers() > people.shoppers() { visits } else { people }
    }

    /// What is cut.
    pub(crate) fn log(&self) -> &'a ContactLog {
        self.log
    }

    /// Number of shoppers who can be judged: those with an answer that a slate could have shown.
    pub fn shoppers(&self) -> usize {
        let is_new = |asked: &&Asked| {
            let met: FxHashSet<u32> = self.met(asked).collect();
            asked.answers.iter().any(|item| !met.contains(item))
        };
        self.asked.iter().filter(is_new).count()
    }

    /// The histories that may be learnt from.
    pub fn train(&self, weights: &ContactWeights) -> Result<TrainSet, FeatureError> {
        let known = self.log.known_at(self.cut_ms, weights);
        train_set(self.log, &known, Some(self.cut_ms))
    }

    /// Judges a fitted model; one row per shopper asked about.
    pub fn judge(
        &self,
        model: &dyn Recommender,
        weights: &ContactWeights,
    ) -> Result<Evaluation, ExamError> {
        let Questions { history, met, answers } = self.questions(weights)?;
        let options =
            EvaluateOptions { cutoffs: vec![10, CUTOFF], ranks: CUTOFF, ..Default::default() };
        Ok(evaluate(&FoldIn { model, history }, &met.into(), &answers, &options)?)
    }

    /// What is asked: one row per shopper.
    pub fn questions(&self, weights: &ContactWeights) -> Result<Questions, ExamError> {
        let n_items = self.log.items.len();
        let (mut history, mut answers, mut met) = (Vec::new(), Vec::new(), Vec::new());
        let before = self.log.known_at(self.cut_ms, weights);
        for (row, asked) in self.asked.iter().enumerate() {
            let row = row as u32;
            let of_row = |item, weight| Interaction { user: row, item, time_ms: 0, weight };
            match asked.known_until {
                Known::BeforeCut => {
                    let start = before.partition_point(|one| one.user < asked.user);
                    let own = before[start..].iter().take_while(|one| one.user == asked.user);
                    history.extend(own.map(|one| of_row(one.item, one.weight)));
                }
                Known::Contacts { from, to } => {
                    let own = &self.log.contacts[from..to];
                    let weigh = |c: &feature::Contact| of_row(c.item, weights.of(c.kind));
                    let kept = own.iter().filter(|c| c.returned_ms == i64::MAX);
                    history.extend(kept.map(weigh).filter(|one| one.weight > 0.0));
                }
            }
            answers.extend(asked.answers.iter().map(|&item| of_row(item, 1.0)));
            met.extend(self.met(asked).map(|item| of_row(item, 1.0)));
        }
        let rows = self.asked.len();
        Ok(Questions {
            history: Sequences::from_interactions(&history, rows, n_items)?.distinct(),
            answers: to_matrix(&answers, rows, n_items)?,
            met: to_matrix(&met, rows, n_items)?,
        })
    }

    /// What a shopper asked about is not shown: see [`hides`].
    fn met(&self, asked: &Asked) -> impl Iterator<Item = u32> + use<'_> {
        let (from, to) = match asked.known_until {
            Known::Contacts { from, to } => (from, to),
            Known::BeforeCut => {
                let own = |user: u32| self.log.contacts.partition_point(|c| c.user < user);
                (own(asked.user), own(asked.user + 1))
            }
        };
        let cut_ms = match asked.known_until {
            Known::BeforeCut => self.cut_ms,
            Known::Contacts { .. } => i64::MAX,
        };
        let target = self.target;
        self.log.contacts[from..to]
            .iter()
            .filter(move |c| c.time_ms < cut_ms && c.returned_ms >= cut_ms && hides(target, c.kind))
            .map(|c| c.item)
    }

    /// Shoppers to whom a list would have been shown: the base of response rates. Anonymous ones
    /// count only where anonymous visitors are ever seen again.
    pub fn reached(&self, weights: &ContactWeights) -> u64 {
        if self.protocol == Protocol::NextInVisit {
            return self.asked.len() as u64;
        }
        let known = |user: u32| self.log.users[user as usize].known_user().is_some();
        let all = self.asked.iter().any(|asked| !known(asked.user));
        let before = self.log.known_at(self.cut_ms, weights);
        let mut users: Vec<u32> = before.iter().map(|one| one.user).collect();
        users.dedup();
        users.into_iter().filter(|user| all || known(*user)).count() as u64
    }
}

/// What models learn from: histories of these interactions, with what is known of the items; with
/// `cut_ms` of those alone that were known before it.
pub fn train_set(
    log: &ContactLog,
    known: &[Interaction],
    cut_ms: Option<i64>,
) -> Result<TrainSet, FeatureError> {
    let train = TrainSet::ordered(log.histories(known)?)?;
    let attributes = match cut_ms {
        Some(cut_ms) => log.attributes_at(cut_ms)?.map(Arc::new),
        None => log.attributes.clone(),
    };
    Ok(match attributes {
        Some(attributes) => train.with_attributes(attributes),
        None => train,
    })
}

/// Whether a contact of this kind keeps an item out of later slates: where purchases are wanted,
/// only what was bought; where attention is wanted, whatever was met. Serving obeys the same rule.
pub fn hides(target: ContactKind, kind: ContactKind) -> bool {
    target != ContactKind::Purchase || kind == ContactKind::Purchase
}

/// Why an exam could not be held.
#[derive(Debug, thiserror::Error)]
pub enum ExamError {
    /// The matrix could not be built.
    #[error(transparent)]
    Feature(#[from] FeatureError),
    /// The model could not be judged.
    #[error(transparent)]
    Model(#[from] ModelError),
}

fn returning(log: &ContactLog, cut_ms: i64, until_ms: i64, target: ContactKind) -> Vec<Asked> {
    let mut known = vec![false; log.users.len()];
    for contact in &log.contacts {
        let before = contact.time_ms < cut_ms && contact.returned_ms >= cut_ms;
        known[contact.user as usize] |= before;
    }
    let mut asked: Vec<Asked> = Vec::new();
    for one in log.kept_between(cut_ms, until_ms, target) {
        if !known[one.user as usize] {
            continue;
        }
        match asked.last_mut() {
            Some(last) if last.user == one.user => last.answers.push(one.item),
            _ => asked.push(Asked {
                user: one.user,
                known_until: Known::BeforeCut,
                answers: vec![one.item],
            }),
        }
    }
    asked
}

fn next_in_visit(log: &ContactLog, cut_ms: i64, until_ms: i64, target: ContactKind) -> Vec<Asked> {
    let mut asked = Vec::new();
    let mut start = 0;
    for visit in log.contacts.chunk_by(|a, b| a.user == b.user) {
        let from = start;
        start += visit.len();
        let (Some(first), Some(last)) = (visit.first(), visit.last()) else { continue };
        let inside = first.time_ms >= cut_ms && last.time_ms < until_ms;
        let inside = inside && last.kind == target && last.returned_ms == i64::MAX;
        let earlier = &visit[..visit.len() - 1];
        if inside && earlier.iter().any(|c| c.item != last.item) {
            asked.push(Asked {
                user: last.user,
                known_until: Known::Contacts { from, to: from + earlier.len() },
                answers: vec![last.item],
            });
        }
    }
    asked
}

/// A model that knows nobody: everyone is folded in from their history, as when serving.
struct FoldIn<'a> {
    model: &'a dyn Recommender,
    /// What is known of each shopper; the matrix judged on holds what is not shown.
    history: Sequences,
}

impl Recommender for FoldIn<'_> {
    fn name(&self) -> &'static str {
        self.model.name()
    }

    fn n_items(&self) -> usize {
        self.model.n_items()
    }

    fn score(&self, history: &[(u32, f32)], scores: &mut [f32]) {
        self.model.score(history, scores);
    }

    fn score_user(&self, user: u32, _: &[(u32, f32)], scores: &mut [f32]) {
        self.model.score(self.history.row(user as usize), scores);
    }

    fn similar_items(&self, item: u32, n: usize) -> Vec<Scored> {
        self.model.similar_items(item, n)
    }

    fn explain(&self, history: &[(u32, f32)], item: u32) -> Explanation {
        self.model.explain(history, item)
    }
}
