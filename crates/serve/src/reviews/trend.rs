//! Reviews by day, week or month: how many, how many stars, how content.

use std::collections::BTreeMap;

use feature::analytics::calendar::{Calendar, Period};
use serde::Serialize;
use utoipa::ToSchema;

use super::review::Scored;
use crate::shop::Shop;

const DAY_MS: i64 = 86_400_000;

/// One period.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TrendPoint {
    /// Its first day.
    pub start: String,
    /// Reviews.
    pub reviews: usize,
    /// Mean stars from 0 to 5; none without ratings.
    pub rating: Option<f64>,
    /// Share that is content, of those whose words can be told.
    pub content: Option<f64>,
}

/// Sums of a period.
#[derive(Default)]
struct Sums {
    reviews: usize,
    stars: f64,
    rated: usize,
    content: usize,
    told: usize,
}

/// The mean of a sum; none of nothing.
pub(super) fn mean(sum: f64, n: usize) -> Option<f64> {
    (n > 0).then(|| sum / n as f64)
}

/// Periods with reviews, in order, and how long each is: short ones over a short time.
pub(super) fn report(reviews: &[&Scored], shop: &Shop) -> (&'static str, Vec<TrendPoint>) {
    let time = |scored: Option<&&Scored>| scored.map_or(0, |scored| scored.review.time_ms);
    let period = match (time(reviews.last()) - time(reviews.first())) / DAY_MS {
        ..=45 => Period::Day,
        46..=400 => Period::Week,
        _ => Period::Month,
    };
    let mut calendar = Calendar::new(period, shop.zone().clone());
    let mut periods: BTreeMap<i64, Sums> = BTreeMap::new();
    for scored in reviews {
        let Some(number) = calendar.number(scored.review.time_ms) else { continue };
        let sums = periods.entry(number).or_default();
        sums.reviews += 1;
        if let Some(stars) = scored.review.rating {
            sums.stars += stars;
            sums.rated += 1;
        }
        if let Some(content) = scored.score.content {
            sums.content += usize::from(content >= 0.5);
            sums.told += 1;
        }
    }
    let point = |(number, sums): (i64, Sums)| TrendPoint {
        start: calendar.start(number).map(|day| day.to_string()).unwrap_or_default(),
        reviews: sums.reviews,
        rating: mean(sums.stars, sums.rated),
        content: mean(sums.content as f64, sums.told),
    };
    (period.name(), periods.into_iter().map(point).collect())
}
