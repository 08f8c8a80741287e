//! The shop at a glance, with what each figure means.

use std::collections::BTreeMap;

use event::TimeMs;
use feature::overview as figures;
use jiff::ToSpan;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use super::Text;
use crate::definitions;
use crate::error::ServeError;
use crate::shop::Shop;

/// A shop's figures.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Overview {
    /// The shop.
    site: String,
    /// Its name.
    name: Text,
    /// Currency of all amounts.
    currency: String,
    /// Zone in which days and weeks are cut.
    time_zone: String,
    /// First day counted; null without events.
    from: Option<String>,
    /// First day no longer counted; null without events.
    to: Option<String>,
    /// Over the whole range.
    totals: Totals,
    /// By week, gaps included.
    weeks: Vec<Week>,
    /// What each figure means.
    definitions: BTreeMap<&'static str, Text>,
    /// How fresh the figures are.
    freshness: Freshness,
}

/// Figures of a period; amounts in minor units.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Totals {
    orders: u64,
    anonymous_orders: u64,
    revenue_gross_minor: i64,
    revenue_goods_minor: i64,
    refunds_minor: i64,
    revenue_net_minor: i64,
    buyers: u64,
    /// Null without orders.
    average_order_minor: Option<i64>,
    views: u64,
    clicks: u64,
    carts: u64,
    reviews: u64,
    other_currency: u64,
}

/// Figures of one week.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Week {
    /// The Monday it starts on.
    week_start: String,
    #[serde(flatten)]
    totals: Totals,
}

/// How fresh figures are.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Freshness {
    /// When the last event happened.
    last_event_at: Option<String>,
    /// Events stored, of any type and time.
    events: u64,
}

impl From<figures::Totals> for Totals {
    fn from(t: figures::Totals) -> Self {
        Self {
            orders: t.orders,
            anonymous_orders: t.anonymous_orders,
            revenue_gross_minor: t.revenue_gross_minor,
            revenue_goods_minor: t.revenue_goods_minor,
            refunds_minor: t.refunds_minor,
            revenue_net_minor: t.revenue_net_minor,
            buyers: t.buyers,
            average_order_minor: (t.orders > 0).then_some(t.average_order_minor),
            views: t.views,
            clicks: t.clicks,
            carts: t.carts,
            reviews: t.reviews,
            other_currency: t.other_currency,
        }
    }
}

impl Overview {
    /// A shop's figures in a range of days.
    pub(crate) fn of(
        shop: &Shop,
        from: Option<Date>,
        to: Option<Date>,
    ) -> Result<Self, ServeError> {
        let overview = shop.overview(from, to)?;
        let (events, last) = shop.freshness()?;
        let config = shop.config();
        let first_day = overview.weeks.first().map(|week| week.week_start);
        Ok(Self {
            site: config.site.to_string(),
            name: config.name.clone().into(),
            currency: config.currency.to_string(),
            time_zone: config.time_zone.clone(),
            from: from.or(first_day).map(|day| day.to_string()),
            to: to.or_else(|| day_after(shop, last?)).map(|day| day.to_string()),
            totals: overview.totals.into(),
            weeks: overview.weeks.iter().map(Week::of).collect(),
            definitions: definitions::all().into_iter().map(|(k, v)| (k, v.into())).collect(),
            freshness: Freshness { last_event_at: last.map(|time| shop.local_time(time)), events },
        })
    }
}

impl Week {
    fn of(week: &figures::Week) -> Self {
        Self { week_start: week.week_start.to_string(), totals: week.totals.into() }
    }
}

/// The day after a moment, in the shop's zone.
fn day_after(shop: &Shop, time: TimeMs) -> Option<Date> {
    let moment = jiff::Timestamp::from_millisecond(time.0).ok()?;
    moment.to_zoned_datetime(shop.zone().clone()).date().checked_add(1.day()).ok()
}
