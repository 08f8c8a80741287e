//! What reviews speak of: each aspect with praise, complaint and the clauses that say so.

use std::collections::BTreeMap;

use event::Bilingual;
use serde::Serialize;
use text::{Mention, Polarity};
use utoipa::ToSchema;

use super::quote::Quote;
use super::review::Scored;
use crate::answer::Text;
use crate::shop::Shop;

/// Opinions from which on their balance is told.
const OPINIONS_MIN: usize = 5;
/// Bytes of a clause that says enough and is read at a glance.
const CLAUSE_BYTES: std::ops::RangeInclusive<usize> = 12..=240;

/// How reviews like one aspect.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AspectReport {
    /// The aspect, as the word list names it.
    pub aspect: String,
    /// Its name for people.
    #[schema(value_type = Text)]
    pub name: Bilingual,
    /// Reviews that speak of it.
    pub reviews: usize,
    /// Clauses that praise it.
    pub positive: usize,
    /// Clauses that say neither.
    pub neutral: usize,
    /// Clauses that complain.
    pub negative: usize,
    /// Share of praise among praise and complaints; none with fewer than 5 of them.
    pub score: Option<f64>,
    /// Clauses that praise, the latest first.
    pub praise: Vec<Quote>,
    /// Clauses that complain, the latest first.
    pub complaints: Vec<Quote>,
}

/// An aspect's name for people; a shop's own aspect goes by the word its list has.
pub(super) fn name(aspect: &str) -> Bilingual {
    match aspect {
        "quality" => Bilingual::new("Quality", "质量"),
        "price" => Bilingual::new("Price", "价格"),
        "delivery" => Bilingual::new("Delivery", "物流"),
        "service" => Bilingual::new("Service", "服务"),
        "packaging" => Bilingual::new("Packaging", "包装"),
        "fit" => Bilingual::new("Fit and size", "尺码与规格"),
        "authenticity" => Bilingual::new("Authenticity", "正品"),
        own => Bilingual::new(own, own),
    }
}

/// Whether a review says something of an aspect, in a way or in any.
pub(super) fn says(scored: &Scored, aspect: &str, polarity: Option<Polarity>) -> bool {
    let fits = |m: &Mention| m.aspect == aspect && polarity.is_none_or(|p| m.polarity == p);
    scored.score.mentions.iter().any(fits)
}

/// The latest clauses of an aspect and a polarity, one of a review, best readable ones first.
pub(super) fn quotes<'a>(
    reviews: impl DoubleEndedIterator<Item = &'a Scored> + Clone,
    aspect: &str,
    polarity: Polarity,
    n: usize,
    shop: &Shop,
) -> Vec<Quote> {
    let of = |scored: &'a Scored, readable: bool| {
        let fits = |m: &&Mention| {
            let length = m.clause.len();
            m.aspect == aspect
                && m.polarity == polarity
                && CLAUSE_BYTES.contains(&length) == readable
        };
        scored.score.mentions.iter().find(fits).map(|m| Quote::of(scored, &m.clause, shop))
    };
    let readable = reviews.clone().rev().filter_map(|scored| of(scored, true));
    let others = reviews.rev().filter_map(|scored| of(scored, false));
    let mut found: Vec<Quote> = Vec::new();
    for quote in readable.chain(others) {
        if found.len() >= n {
            break;
        }
        // The same words pasted under many items are one opinion.
        if !found.iter().any(|other| other.clause == quote.clause) {
            found.push(quote);
        }
    }
    found
}

/// Every aspect that is spoken of, most spoken of first, with so many quotes of a kind.
pub(super) fn report<'a>(
    reviews: &[&'a Scored],
    n_quotes: usize,
    shop: &Shop,
) -> Vec<AspectReport> {
    let mut counts: BTreeMap<&'a str, [usize; 4]> = BTreeMap::new();
    for scored in reviews {
        let mut met: Vec<&str> = Vec::new();
        for mention in &scored.score.mentions {
            let own = counts.entry(&mention.aspect).or_default();
            own[mention.polarity as usize] += 1;
            if !met.contains(&mention.aspect.as_str()) {
                met.push(&mention.aspect);
                own[3] += 1;
            }
        }
    }
    let one = |(aspect, [negative, neutral, positive, n]): (&str, [usize; 4])| {
        let opinions = positive + negative;
        let quotes = |polarity| quotes(reviews.iter().copied(), aspect, polarity, n_quotes, shop);
        AspectReport {
            aspect: aspect.to_owned(),
            name: name(aspect),
            reviews: n,
            positive,
            neutral,
            negative,
            score: (opinions >= OPINIONS_MIN).then(|| positive as f64 / opinions as f64),
            praise: quotes(Polarity::Positive),
            complaints: quotes(Polarity::Negative),
        }
    };
    let mut found: Vec<AspectReport> = counts.into_iter().map(one).collect();
    found.sort_by(|a, b| b.reviews.cmp(&a.reviews).then_with(|| a.aspect.cmp(&b.aspect)));
    found
}
