//! From parameters to the plan of each analytic.

use feature::FeatureError;
use feature::analytics::attribution::AttributionPlan;
use feature::analytics::baskets::{BasketPlan, MinSupport};
use feature::analytics::calendar::Period;
use feature::analytics::funnel::{FunnelPlan, Segment};
use feature::analytics::newcomers::NewcomersPlan;
use feature::analytics::paths::{PathsPlan, Side};
use feature::analytics::retention::RetentionPlan;
use feature::analytics::rfm::RfmPlan;
use feature::analytics::step_rule::{ItemCategories, StepRule};
use feature::overview::day_start_ms;

use super::parameters::{Parameters, named, refusal};
use crate::error::ServeError;
use crate::shop::Shop;

/// Counted from and until, milliseconds since 1970 UTC.
pub(super) fn range(shop: &Shop, parameters: &Parameters) -> Result<(i64, i64), ServeError> {
    let (from, to) = parameters.days()?;
    let start = |day| day_start_ms(day, shop.zone());
    Ok((from.and_then(start).unwrap_or(i64::MIN), to.and_then(start).unwrap_or(i64::MAX)))
}

/// The widest category of every item that has one.
pub(super) fn categories(shop: &Shop) -> Result<ItemCategories, ServeError> {
    let items = shop.lake.items(&shop.config().site)?;
    let widest = |item: lake::ItemRow| Some((item.item_id, item.category.into_iter().next()?));
    Ok(items.into_iter().filter_map(widest).collect())
}

/// The refusal of a plan as that of the parameter a setting came from.
pub(super) fn checked(result: Result<(), FeatureError>) -> Result<(), ServeError> {
    let parameter = |setting: &str| match setting {
        "range" => "to".to_owned(),
        other => other.strip_suffix("_ms").unwrap_or(other).to_owned(),
    };
    result.map_err(|error| named(error, parameter))
}

pub(super) fn funnel(shop: &Shop, parameters: &Parameters) -> Result<FunnelPlan, ServeError> {
    parameters.only(&["steps", "window", "by", "from", "to"])?;
    let standard = FunnelPlan::default();
    let (from_ms, to_ms) = range(shop, parameters)?;
    let plan = FunnelPlan {
        steps: parameters.read("steps", StepRule::parse_list)?.unwrap_or(standard.steps),
        window_ms: parameters.duration_ms("window")?.unwrap_or(standard.window_ms),
        by: parameters.read("by", Segment::parse)?,
        from_ms,
        to_ms,
        categories: categories(shop)?,
    };
    checked(plan.validate())?;
    Ok(plan)
}

pub(super) fn retention(shop: &Shop, parameters: &Parameters) -> Result<RetentionPlan, ServeError> {
    parameters.only(&["period", "first", "again", "periods", "from", "to"])?;
    let standard = RetentionPlan::default();
    let (from_ms, to_ms) = range(shop, parameters)?;
    let first = parameters.read("first", StepRule::parse)?.unwrap_or(standard.first);
    let plan = RetentionPlan {
        period: parameters.read("period", Period::parse)?.unwrap_or(standard.period),
        zone: shop.zone().clone(),
        again: parameters.read("again", StepRule::parse)?.unwrap_or_else(|| first.clone()),
        first,
        periods: parameters.number("periods", 1..=400)?.unwrap_or(standard.periods),
        from_ms,
        to_ms,
        categories: categories(shop)?,
    };
    checked(plan.validate())?;
    Ok(plan)
}

pub(super) fn paths(shop: &Shop, parameters: &Parameters) -> Result<PathsPlan, ServeError> {
    let known =
        ["gap", "depth", "top", "around", "side", "keep_repeats", "by_category", "from", "to"];
    parameters.only(&known)?;
    let standard = PathsPlan::default();
    let (from_ms, to_ms) = range(shop, parameters)?;
    let around = parameters.read("around", StepRule::parse)?;
    // Who names an event and no side means what comes after it.
    let usual = if around.is_some() { Side::After } else { Side::Start };
    let side = parameters.read("side", Side::parse)?.unwrap_or(usual);
    if around.is_none() && side != Side::Start {
        let en = "name the event with `around`, or use start";
        let zh = "请用 around 指定事件，或使用 start";
        return Err(refusal("side", parameters.text("side").unwrap_or_default(), en, zh));
    }
    let plan = PathsPlan {
        gap_ms: parameters.duration_ms("gap")?.unwrap_or(standard.gap_ms),
        depth: parameters.number("depth", 1..=20)?.unwrap_or(standard.depth),
        top: parameters.number("top", 1..=1_000)?.unwrap_or(standard.top),
        around,
        side,
        collapse: !parameters.flag("keep_repeats")?,
        by_category: parameters.flag("by_category")?,
        from_ms,
        to_ms,
        categories: categories(shop)?,
    };
    checked(plan.validate())?;
    Ok(plan)
}

pub(super) fn newcomers(shop: &Shop, parameters: &Parameters) -> Result<NewcomersPlan, ServeError> {
    parameters.only(&["period", "event", "from", "to"])?;
    let standard = NewcomersPlan::new(shop.config().currency);
    let (from_ms, to_ms) = range(shop, parameters)?;
    let plan = NewcomersPlan {
        period: parameters.read("period", Period::parse)?.unwrap_or(standard.period),
        zone: shop.zone().clone(),
        event: parameters.read("event", StepRule::parse)?.unwrap_or(standard.event),
        from_ms,
        to_ms,
        categories: categories(shop)?,
        ..standard
    };
    checked(plan.validate())?;
    Ok(plan)
}

pub(super) fn rfm(shop: &Shop, parameters: &Parameters) -> Result<RfmPlan, ServeError> {
    parameters.only(&["as_of", "from", "to"])?;
    let (from_ms, to_ms) = range(shop, parameters)?;
    let as_of_ms = parameters.day("as_of")?.and_then(|day| day_start_ms(day, shop.zone()));
    let standard = RfmPlan::new(shop.config().currency, shop.zone().clone());
    Ok(RfmPlan { as_of_ms, from_ms, to_ms, ..standard })
}

pub(super) fn attribution(
    shop: &Shop,
    parameters: &Parameters,
) -> Result<AttributionPlan, ServeError> {
    parameters.only(&["window", "half_life", "gap", "channels", "from", "to"])?;
    let standard = AttributionPlan::new(shop.config().currency);
    let (from_ms, to_ms) = range(shop, parameters)?;
    let plan = AttributionPlan {
        window_ms: parameters.duration_ms("window")?.unwrap_or(standard.window_ms),
        half_life_ms: parameters.duration_ms("half_life")?.unwrap_or(standard.half_life_ms),
        gap_ms: parameters.duration_ms("gap")?.unwrap_or(standard.gap_ms),
        channels: parameters.number("channels", 1..=200)?.unwrap_or(standard.channels),
        from_ms,
        to_ms,
        ..standard
    };
    checked(plan.validate())?;
    Ok(plan)
}

pub(super) fn baskets(shop: &Shop, parameters: &Parameters) -> Result<BasketPlan, ServeError> {
    parameters.only(&["min_support", "min_confidence", "max_len", "top", "from", "to"])?;
    let standard = BasketPlan::default();
    let (from_ms, to_ms) = range(shop, parameters)?;
    let confidence = parameters.number("min_confidence", 0.0..=1.0)?;
    let plan = BasketPlan {
        min_support: min_support(parameters)?.unwrap_or(standard.min_support),
        min_confidence: confidence.unwrap_or(standard.min_confidence),
        max_len: parameters.number("max_len", 2..=5)?.unwrap_or(standard.max_len),
        max_rules: parameters.number("top", 1..=1_000)?.unwrap_or(TOP_RULES),
        from_ms,
        to_ms,
        ..standard
    };
    checked(plan.validate())?;
    Ok(plan)
}

/// Rules and sets answered unless told.
const TOP_RULES: usize = 50;

/// A whole number of orders, or a share of them as `0.01` or `1%`.
fn min_support(parameters: &Parameters) -> Result<Option<MinSupport>, ServeError> {
    let Some(text) = parameters.text("min_support") else { return Ok(None) };
    let share = |share: f64| (share > 0.0 && share <= 1.0).then_some(MinSupport::Share(share));
    let found = match text.trim().strip_suffix('%') {
        Some(percent) => percent.trim().parse().ok().and_then(|p: f64| share(p / 100.0)),
        None => match text.trim().parse::<u64>() {
            Ok(orders) => (orders >= 1).then_some(MinSupport::Orders(orders)),
            Err(_) => text.trim().parse().ok().and_then(share),
        },
    };
    found.map(Some).ok_or_else(|| {
        let en = "use a number of orders such as 50, or a share such as 1% or 0.01";
        refusal("min_support", text, en, "请用订单数（如 50）或比例（如 1% 或 0.01）")
    })
}
