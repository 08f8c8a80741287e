//! What the reviews of an item, a category or a week say that others do not.

use std::collections::BTreeMap;

use feature::analytics::calendar::{Calendar, Period};
use rustc_hash::FxHashMap;
use serde::Serialize;
use text::{KeyPhrase, key_phrases};
use utoipa::ToSchema;

use super::quote::Quote;
use super::review::Scored;
use crate::error::ServeError;
use crate::shop::Shop;

/// Reviews a group must have to be spoken of.
const REVIEWS_MIN: usize = 20;
/// Groups told apart; the rest is one.
const GROUPS: usize = 12;
/// Phrases of a group.
const PHRASES: usize = 5;
/// Standard errors from which on a phrase is no chance, also as one of 100,000 looked at.
const SURE: f64 = 4.9;

/// By what reviews are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GroupBy {
    /// The narrowest category of the item.
    Category,
    /// The item.
    Item,
    /// The week it was written in.
    Week,
}

/// A phrase with its evidence.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PhraseReport {
    /// The same in every run, hexadecimal.
    pub id: String,
    /// The phrase, in small letters.
    pub phrase: String,
    /// Reviews of the group that hold it.
    pub reviews: u32,
    /// Other reviews that hold it.
    pub elsewhere: u32,
    /// Standard errors above the rest.
    pub z: f64,
    /// Whether that is no chance, also as the best of 100,000 phrases.
    pub significant: bool,
    /// A review of the group that says it.
    pub quote: Option<Quote>,
}

/// A group with what marks it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct GroupReport {
    /// Id of the item, path of the category, or first day of the week.
    pub group: String,
    /// Its name.
    pub name: String,
    /// Its reviews with words.
    pub reviews: usize,
    /// What marks it, surest first.
    pub phrases: Vec<PhraseReport>,
}

/// A phrase of a group as it is reported.
pub(super) fn phrase(found: KeyPhrase, group: &[&Scored], shop: &Shop) -> PhraseReport {
    PhraseReport {
        id: format!("{:016x}", found.id),
        reviews: found.texts,
        elsewhere: found.elsewhere,
        z: found.z,
        significant: found.z >= SURE,
        quote: Quote::with_phrase(&found.phrase, group.iter().rev().copied(), shop),
        phrase: found.phrase,
    }
}

/// The largest groups with what marks each, compared with each other and all the rest.
pub(super) fn report(
    reviews: &[&Scored],
    by: GroupBy,
    shop: &Shop,
) -> Result<Vec<GroupReport>, ServeError> {
    let catalogue: FxHashMap<String, (String, String)> = match by {
        GroupBy::Week => FxHashMap::default(),
        _ => {
            let rows = shop.lake.items(&shop.config().site)?.into_iter();
            let named = rows.map(|row| {
                let title = row.title.unwrap_or_else(|| row.item_id.clone());
                (row.item_id, (title, row.category.join(" / ")))
            });
            named.collect()
        }
    };
    let mut calendar = Calendar::new(Period::Week, shop.zone().clone());
    let mut key = |scored: &Scored| -> Option<String> {
        let item = &scored.review.item_id;
        match by {
            GroupBy::Item => Some(item.clone()),
            GroupBy::Category => catalogue.get(item).map(|row| row.1.clone()),
            GroupBy::Week => {
                let number = calendar.number(scored.review.time_ms)?;
                calendar.start(number).map(|day| day.to_string())
            }
        }
    };
    let mut groups: BTreeMap<String, Vec<&Scored>> = BTreeMap::new();
    let mut rest: Vec<&Scored> = Vec::new();
    for scored in reviews {
        match key(scored).filter(|key| !key.is_empty()) {
            Some(key) => groups.entry(key).or_default().push(scored),
            None => rest.push(scored),
        }
    }
    let mut groups: Vec<(String, Vec<&Scored>)> = groups.into_iter().collect();
    groups.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then_with(|| a.0.cmp(&b.0)));
    let large = |group: &(String, Vec<&Scored>)| group.1.len() >= REVIEWS_MIN;
    let told = groups.iter().take(GROUPS).take_while(|group| large(group)).count();
    rest.extend(groups.split_off(told).into_iter().flat_map(|(_, reviews)| reviews));
    if groups.len() + usize::from(!rest.is_empty()) < 2 {
        return Ok(Vec::new());
    }
    let texts = |reviews: &Vec<&'_ Scored>| -> Vec<String> {
        reviews.iter().map(|scored| scored.review.text.clone()).collect()
    };
    let all: Vec<Vec<String>> =
        groups.iter().map(|(_, reviews)| texts(reviews)).chain([texts(&rest)]).collect();
    let views: Vec<Vec<&str>> =
        all.iter().map(|texts| texts.iter().map(String::as_str).collect()).collect();
    let name = |group: &String| match by {
        GroupBy::Item => catalogue.get(group).map_or(group, |row| &row.0).clone(),
        _ => group.clone(),
    };
    let one = |((group, reviews), phrases): ((String, Vec<&Scored>), Vec<KeyPhrase>)| GroupReport {
        name: name(&group),
        reviews: reviews.len(),
        phrases: phrases.into_iter().map(|found| phrase(found, &reviews, shop)).collect(),
        group,
    };
    Ok(groups.into_iter().zip(key_phrases(&views, PHRASES)).map(one).collect())
}
