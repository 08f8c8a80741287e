//! What changed: the latest reviews against those before them, with what is no chance told apart.
//!
//! For every aspect the share of reviews that speak of it, and among these the share that
//! complains; over all, the share of reviews that are content. Each is a test of two shares, and
//! of all of them together at most one in twenty of those called changed is chance. Phrases are
//! compared by `text::key_phrases`. Where the reviews have no times of their own, as in a set
//! without dates, the last quarter in their order is compared with what stands before it, and
//! that is said.

use event::{Bilingual, TimeMs};
use serde::Serialize;
use text::{KeyPhrase, Polarity, discoveries, key_phrases, share_change};
use utoipa::ToSchema;

use super::aspects::{name, quotes, says};
use super::groups::{PhraseReport, phrase};
use super::quote::Quote;
use super::review::Scored;
use crate::answer::Text;
use crate::shop::Shop;

/// Reviews with words that each side must have.
const SIDE_MIN: usize = 20;
/// At most this part of what is called changed is chance.
const RATE: f64 = 0.05;
/// Phrases told of each side.
const PHRASES: usize = 5;
const DAY_MS: i64 = 86_400_000;

/// How the two sides were told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// By time: the latest days against those before.
    Time,
    /// By their order, as all are of one day.
    Order,
    /// Not at all: there are too few.
    None,
}

/// A share on both sides.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ChangeRow {
    /// `content`, or an aspect.
    pub about: String,
    /// `content`, `mentions` or `complaints`.
    pub what: &'static str,
    /// What is told, for people.
    #[schema(value_type = Text)]
    pub name: Bilingual,
    /// The share before.
    pub before: f64,
    /// The share now.
    pub now: f64,
    /// Standard errors; above 0 it grew.
    pub z: f64,
    /// The chance of so much where nothing changed.
    pub p: f64,
    /// Whether it counts as changed among all that were looked at.
    pub significant: bool,
    /// A clause that shows it, where it changed.
    pub quote: Option<Quote>,
}

/// What changed.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Changed {
    /// How the sides were told apart.
    pub basis: Basis,
    /// The same in a sentence, or what is missing.
    #[schema(value_type = Text)]
    pub note: Bilingual,
    /// The first moment of the latest side, in the shop's zone.
    pub since: Option<String>,
    /// Reviews with words before, and now.
    pub before: usize,
    /// Reviews with words in the latest side.
    pub now: usize,
    /// Shares that can be compared, changed ones first.
    pub rows: Vec<ChangeRow>,
    /// What is said now and was not before, surest first.
    pub risen: Vec<PhraseReport>,
    /// What was said before and is not now.
    pub fallen: Vec<PhraseReport>,
}

/// Compares the latest days with what was before; reviews have words and stand in order.
pub(super) fn report(reviews: &[&Scored], days: i64, shop: &Shop) -> Changed {
    let time = |scored: Option<&&Scored>| scored.map_or(0, |scored| scored.review.time_ms);
    let (first, last) = (time(reviews.first()), time(reviews.last()));
    let since = last - days * DAY_MS;
    let one_day = last - first < DAY_MS;
    let cut = match one_day {
        true => reviews.len() - reviews.len() / 4,
        false => reviews.partition_point(|scored| scored.review.time_ms <= since),
    };
    let (before, now) = reviews.split_at(cut);
    let basis = match before.len().min(now.len()) {
        ..SIDE_MIN => Basis::None,
        _ if one_day => Basis::Order,
        _ => Basis::Time,
    };
    let mut changed = Changed {
        basis,
        note: note(basis, days),
        since: (basis == Basis::Time).then(|| shop.local_time(TimeMs(since + 1))),
        before: before.len(),
        now: now.len(),
        rows: Vec::new(),
        risen: Vec::new(),
        fallen: Vec::new(),
    };
    if basis == Basis::None {
        return changed;
    }
    changed.rows = rows(before, now, shop);
    let texts =
        |side: &[&'_ Scored]| side.iter().map(|s| s.review.text.clone()).collect::<Vec<_>>();
    let (now_texts, before_texts) = (texts(now), texts(before));
    let views = [&now_texts, &before_texts].map(|t| t.iter().map(String::as_str).collect());
    let mut sides = key_phrases(&views, PHRASES).into_iter();
    let mut side = |group: &[&Scored]| -> Vec<PhraseReport> {
        let found: Vec<KeyPhrase> = sides.next().unwrap_or_default();
        found.into_iter().map(|found| phrase(found, group, shop)).collect()
    };
    (changed.risen, changed.fallen) = (side(now), side(before));
    changed
}

fn note(basis: Basis, days: i64) -> Bilingual {
    match basis {
        Basis::Time => Bilingual::new(
            format!("The last {days} days with reviews against all before them."),
            format!("有评价的最近 {days} 天与此前全部相比。"),
        ),
        Basis::Order => Bilingual::new(
            "All reviews are of one day, so their times say nothing: the last quarter in their \
             order stands against those before it.",
            "全部评价为同一天，时间无法说明变化：以顺序上的最后四分之一与此前相比。",
        ),
        Basis::None => Bilingual::new(
            format!(
                "Not enough data: at least {SIDE_MIN} reviews with words are needed in the last \
                 {days} days, and as many before."
            ),
            format!("数据不足：最近 {days} 天及此前各需至少 {SIDE_MIN} 条有文字的评价。"),
        ),
    }
}

/// A pair of `(k, n)` with what it is about.
struct Test<'a> {
    about: &'a str,
    what: &'static str,
    before: (usize, usize),
    now: (usize, usize),
}

fn rows(before: &[&Scored], now: &[&Scored], shop: &Shop) -> Vec<ChangeRow> {
    let mut names: Vec<&str> = Vec::new();
    for mention in before.iter().chain(now).flat_map(|scored| &scored.score.mentions) {
        if !names.contains(&mention.aspect.as_str()) {
            names.push(&mention.aspect);
        }
    }
    names.sort_unstable();
    let content = |side: &[&Scored]| {
        let told = side.iter().filter_map(|scored| scored.score.content);
        (told.clone().filter(|p| *p >= 0.5).count(), told.count())
    };
    let count = |side: &[&Scored], aspect: &str, polarity| {
        side.iter().filter(|scored| says(scored, aspect, polarity)).count()
    };
    let whole =
        Test { about: "content", what: "content", before: content(before), now: content(now) };
    let mut tests = vec![whole];
    for about in names {
        let spoken = [before, now].map(|side| count(side, about, None));
        let bad = [before, now].map(|side| count(side, about, Some(Polarity::Negative)));
        let sizes = [before.len(), now.len()];
        let pair = |k: [usize; 2], n: [usize; 2]| ((k[0], n[0]), (k[1], n[1]));
        for (what, (before, now)) in
            [("mentions", pair(spoken, sizes)), ("complaints", pair(bad, spoken))]
        {
            tests.push(Test { about, what, before, now });
        }
    }
    let tested: Vec<_> = tests
        .into_iter()
        .filter_map(|test| Some((share_change(test.before, test.now)?, test)))
        .collect();
    let p: Vec<f64> = tested.iter().map(|(change, _)| change.p).collect();
    let share = |(k, n): (usize, usize)| k as f64 / n as f64;
    let mut rows: Vec<ChangeRow> = Vec::new();
    for ((change, test), significant) in tested.into_iter().zip(discoveries(&p, RATE)) {
        rows.push(ChangeRow {
            about: test.about.to_owned(),
            what: test.what,
            name: told(&test),
            before: share(test.before),
            now: share(test.now),
            z: change.z,
            p: change.p,
            significant,
            quote: significant
                .then(|| evidence(&test, change.z > 0.0, before, now, shop))
                .flatten(),
        });
    }
    rows.sort_by(|a, b| b.significant.cmp(&a.significant).then(a.p.total_cmp(&b.p)));
    rows
}

fn told(test: &Test<'_>) -> Bilingual {
    let aspect = name(test.about);
    match test.what {
        "content" => Bilingual::new("Content reviews", "满意的评价"),
        "mentions" => {
            Bilingual::new(format!("Speak of: {}", aspect.en), format!("谈到{}", aspect.zh))
        }
        _ => Bilingual::new(format!("Complain of: {}", aspect.en), format!("抱怨{}", aspect.zh)),
    }
}

/// A clause from the side on which the share is larger.
fn evidence(
    test: &Test<'_>,
    grew: bool,
    before: &[&Scored],
    now: &[&Scored],
    shop: &Shop,
) -> Option<Quote> {
    let side = if grew { now } else { before };
    let polarities: &[Polarity] = match test.what {
        "mentions" => &[Polarity::Negative, Polarity::Positive, Polarity::Neutral],
        "complaints" => &[Polarity::Negative],
        _ => return None,
    };
    let first = |p: &Polarity| quotes(side.iter().copied(), test.about, *p, 1, shop).pop();
    polarities.iter().find_map(first)
}
