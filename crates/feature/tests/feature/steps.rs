//! Rules of steps with what they mean, spelt out event by event, and scans of random logs.

use std::collections::BTreeMap;

use arrow_array::RecordBatch;
use event::{CartOp, Context, Data, DeviceClass, Event};
use feature::FeatureError;
use feature::analytics::step_rule::{ItemCategories, StepRule};
use feature::arrange::arrange;

use crate::random_log::{Dice, batch, disturbed, pieces};

/// Whether an event is such a step.
pub type Meaning = fn(&Event) -> bool;

/// Rules and what they mean.
pub const RULES: [(&str, Meaning); 19] = [
    ("view", |e| is(e, "view")),
    ("view", |e| is(e, "view")),
    ("cart", |e| is(e, "cart")),
    ("cart", |e| is(e, "cart")),
    ("purchase", |e| is(e, "purchase")),
    ("purchase", |e| is(e, "purchase")),
    ("search", |e| is(e, "search")),
    ("view[item=item-1]", |e| is(e, "view") && items(e).contains(&"item-1")),
    ("view[category=light]", |e| is(e, "view") && of_light(e)),
    ("purchase[category=light]", |e| is(e, "purchase") && of_light(e)),
    ("cart[op=add]", |e| matches!(e.data, Data::Cart { op: CartOp::Add, .. })),
    ("cart[item=item-2,op=remove]", |e| {
        matches!(e.data, Data::Cart { op: CartOp::Remove, .. }) && items(e).contains(&"item-2")
    }),
    ("view[country=GB]", |e| is(e, "view") && country(&e.ctx) == Some("GB")),
    ("view[device=mobile]", |e| {
        is(e, "view") && device(&e.ctx).is_some_and(|class| class == "mobile")
    }),
    ("view[page=product]", |e| {
        is(e, "view") && e.ctx.page.as_ref().and_then(|p| p.kind.as_deref()) == Some("product")
    }),
    ("view[campaign=spring]", |e| is(e, "view") && campaign(&e.ctx)[0] == Some("spring")),
    ("view[medium=cpc,source=web]", |e| {
        is(e, "view") && campaign(&e.ctx)[1] == Some("cpc") && e.source == "web"
    }),
    ("view[channel=google / cpc]", |e| {
        is(e, "view") && campaign(&e.ctx)[1..] == [Some("cpc"), Some("google")]
    }),
    ("review", |e| is(e, "review")),
];

fn is(event: &Event, kind: &str) -> bool {
    event.data.type_name() == kind
}

fn of_light(event: &Event) -> bool {
    items(event).iter().any(|item| ["item-0", "item-3"].contains(item))
}

/// Items of an event: its own, then its lines'.
pub fn items(event: &Event) -> Vec<&str> {
    let own = event.data.item_id().into_iter().map(|id| id.as_str());
    own.chain(event.data.lines().iter().map(|line| line.item_id.as_str())).collect()
}

/// What [`of_light`] says, and a category with characters that need quotes.
pub fn categories() -> ItemCategories {
    let of = [("item-0", "light"), ("item-3", "light"), ("item-1", "Home, Garden")];
    of.iter().map(|(item, category)| ((*item).to_owned(), (*category).to_owned())).collect()
}

pub fn country(ctx: &Context) -> Option<&str> {
    ctx.place.as_ref()?.country.as_deref()
}

pub fn device(ctx: &Context) -> Option<String> {
    Some(match ctx.device.as_ref()?.class? {
        DeviceClass::Mobile => "mobile".to_owned(),
        DeviceClass::Desktop => "desktop".to_owned(),
        other => format!("{other:?}"),
    })
}

/// Name, medium and source of the campaign.
pub fn campaign(ctx: &Context) -> [Option<&str>; 3] {
    let Some(campaign) = &ctx.campaign else { return [None; 3] };
    [campaign.name.as_deref(), campaign.medium.as_deref(), campaign.source.as_deref()]
}

/// A rule and what it means.
pub fn rule(dice: &mut Dice) -> (StepRule, Meaning) {
    let (text, meaning) = dice.pick(&RULES);
    (StepRule::parse(text).unwrap(), meaning)
}

/// Mostly everything, else from one event to another.
pub fn range(dice: &mut Dice, log: &[Event]) -> (i64, i64) {
    let mut moment = || match log {
        [] => 0,
        _ => log[dice.below(log.len())].time().0,
    };
    let (a, b) = (moment(), moment());
    match dice.below(6) {
        0 => (a.min(b), a.max(b)),
        1 => (a, i64::MAX),
        2 => (i64::MIN, b),
        _ => (i64::MIN, i64::MAX),
    }
}

/// Everybody's events in order.
pub fn by_person(log: &[Event]) -> BTreeMap<String, Vec<&Event>> {
    let mut people: BTreeMap<String, Vec<&Event>> = BTreeMap::new();
    for event in log.iter().filter(|e| !e.user_key().as_str().is_empty()) {
        people.entry(event.user_key().as_str().to_owned()).or_default().push(event);
    }
    for events in people.values_mut() {
        events.sort_by_key(|e| (e.time(), e.seq, e.id.clone()));
    }
    people
}

pub type Scan = Vec<Result<RecordBatch, FeatureError>>;

/// The log as scans of the columns asked for: cut in pieces, and disturbed and arranged again.
pub fn scans(number: u64, log: &[Event], reads: &[&str]) -> [Scan; 2] {
    let again = arrange(&disturbed(number, log)).unwrap();
    [pieces(number, &only(&batch(log), reads)), vec![Ok(only(&again, reads))]]
}

/// The columns asked for, and those that order rows.
fn only(batch: &RecordBatch, reads: &[&str]) -> RecordBatch {
    let schema = batch.schema();
    let kept = |name: &String| {
        reads.contains(&name.as_str()) || ["user_key", "time", "seq", "id"].contains(&&name[..])
    };
    let fields = schema.fields().iter().enumerate();
    let kept: Vec<usize> = fields.filter(|(_, f)| kept(f.name())).map(|(at, _)| at).collect();
    batch.project(&kept).unwrap()
}
