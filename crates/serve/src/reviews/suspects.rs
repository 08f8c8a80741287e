//! Suspected fakes: groups of reviews that say nearly the same, and whether they came in a burst.

use std::collections::BTreeSet;

use event::TimeMs;
use serde::Serialize;
use text::near_duplicates;
use utoipa::ToSchema;

use super::review::Scored;
use crate::shop::Shop;

/// Share of short runs of characters that two texts must have in common.
const ALIKE: f64 = 0.8;
/// Reviews of a group within a week that make a burst.
const BURST: usize = 3;
/// A week, milliseconds.
const WEEK_MS: i64 = 7 * 86_400_000;
/// Reviews of a group that are listed.
const LISTED: usize = 5;

/// Reviews that are nearly the same.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Suspect {
    /// Reviews of the group.
    pub reviews: usize,
    /// People who sent them.
    pub people: usize,
    /// Items they are about.
    pub items: usize,
    /// The first, in the shop's zone.
    pub first: String,
    /// The last.
    pub last: String,
    /// Most of them within any seven days.
    pub most_in_a_week: usize,
    /// Whether three or more came within seven days from different moments.
    pub burst: bool,
    /// Some of them, the earliest first.
    pub listed: Vec<SuspectReview>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SuspectReview {
    /// The review.
    pub review_id: String,
    /// The item.
    pub item_id: String,
    /// When, in the shop's zone.
    pub time: String,
    /// Its words.
    pub text: String,
}

/// Groups of nearly equal reviews, largest first, at most so many, and how many there are.
pub(super) fn report(reviews: &[&Scored], n: usize, shop: &Shop) -> (Vec<Suspect>, usize) {
    let texts: Vec<&str> = reviews.iter().map(|scored| scored.review.text.as_str()).collect();
    let groups = near_duplicates(&texts, ALIKE);
    let all = groups.iter().map(Vec::len).sum();
    let one = |group: &Vec<usize>| suspect(group.iter().map(|at| reviews[*at]).collect(), shop);
    (groups.iter().take(n).map(one).collect(), all)
}

fn suspect(group: Vec<&Scored>, shop: &Shop) -> Suspect {
    let times: Vec<i64> = group.iter().map(|scored| scored.review.time_ms).collect();
    let distinct = |key: fn(&Scored) -> &str| {
        group.iter().map(|scored| key(scored)).collect::<BTreeSet<_>>().len()
    };
    let local = |time: Option<&i64>| time.map_or(String::new(), |t| shop.local_time(TimeMs(*t)));
    let most = most_in_a_week(&times);
    // A set without dates has one moment for all: that is no burst.
    let has_times = times.first() != times.last();
    let listed = group.iter().take(LISTED).map(|scored| SuspectReview {
        review_id: scored.review.review_id.clone(),
        item_id: scored.review.item_id.clone(),
        time: shop.local_time(TimeMs(scored.review.time_ms)),
        text: scored.review.text.clone(),
    });
    Suspect {
        reviews: group.len(),
        people: distinct(|scored| &scored.review.user_key),
        items: distinct(|scored| &scored.review.item_id),
        first: local(times.first()),
        last: local(times.last()),
        most_in_a_week: most,
        burst: has_times && most >= BURST,
        listed: listed.collect(),
    }
}

/// The most of rising times within any seven days.
fn most_in_a_week(times: &[i64]) -> usize {
    let mut start = 0;
    let within = |(end, time): (usize, &i64)| {
        while times[start] <= time - WEEK_MS {
            start += 1;
        }
        end - start + 1
    };
    times.iter().enumerate().map(within).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_is_seven_days_without_its_end() {
        let days = |days: &[i64]| days.iter().map(|day| day * 86_400_000).collect::<Vec<_>>();
        assert_eq!(most_in_a_week(&days(&[0, 6, 7, 13, 30])), 2);
        assert_eq!(most_in_a_week(&days(&[0, 1, 2, 30, 31])), 3);
        assert_eq!(most_in_a_week(&[]), 0);
        assert_eq!(most_in_a_week(&[5]), 1);
    }
}
