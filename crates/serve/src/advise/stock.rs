//! What a shop should order: its demand from the lake, the plan from `decide`.
//!
//! Only events received before `until` count, so that advice made again is the same whatever came
//! in since; where the request leaves it out, it is the moment the advice is made.

use decide::Advice;
use decide::advice::InputRef;
use decide::stock::outlook::Outlook;
use decide::stock::plan_advice::{self, Case};
use decide::stock::plan_play::Compared;
pub use decide::stock::plan_request::{Entered, StockRequest};
use event::{TimeMs, columns};
use feature::behaviour::Calendar;
use feature::demand::{Demand, DemandPlan};
use feature::year_ago::calendar_of;
use lake::{Order, ScanOptions};
use sha2::{Digest, Sha256};

use super::Made;
use crate::error::ServeError;
use crate::shop::Shop;

/// What was asked for in a shop, of the events received before a moment, and its reference.
pub fn demand(shop: &Shop, until: TimeMs) -> Result<(Demand, InputRef), ServeError> {
    let snapshot = shop.lake.snapshot(&shop.config.site)?;
    let mut names = columns::NAMES.to_vec();
    names.extend(["data", "received_at"]);
    let plan = DemandPlan {
        zone: shop.zone.clone(),
        currency: shop.config.currency,
        received_before_ms: until.0,
    };
    let scan = snapshot.scan(Order::User, &ScanOptions::columns(&names))?;
    let demand = Demand::read(scan.map(|batch| batch.map_err(ServeError::from)), &plan)?;
    let mut hash = Sha256::new();
    demand.canonical(&mut |line| hash.update(line.as_bytes()));
    let digest = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let input = InputRef { name: "order lines".to_owned(), rows: demand.lines, digest };
    Ok((demand, input))
}

fn calendar(shop: &Shop) -> Calendar {
    calendar_of(shop.config.country.as_deref().unwrap_or_default())
}

/// Makes the purchase plan.
pub fn advise(shop: &Shop, request: &StockRequest, made: &Made) -> Result<Advice, ServeError> {
    let until = request.until.unwrap_or(made.made_at.0);
    let request = StockRequest { until: Some(until), ..request.clone() };
    let (demand, input) = demand(shop, TimeMs(until))?;
    let case = Case {
        decision_id: &made.decision_id,
        made_at: &shop.local_time(made.made_at),
        site: shop.config.site.clone(),
        currency: shop.config.currency,
        calendar: calendar(shop),
        demand: &demand,
        request: &request,
        inputs: vec![input],
        version: env!("CARGO_PKG_VERSION"),
    };
    Ok(plan_advice::advise(&case, &mut |_, _| ())?)
}

/// Plays the plan, its baseline and the shop's weeks of cover over past weeks, as many as history
/// allows; `report` hears the weeks done and how many there are.
pub fn simulate(
    shop: &Shop,
    request: &StockRequest,
    now: TimeMs,
    report: &mut dyn FnMut(usize, usize),
) -> Result<Compared, ServeError> {
    let refused = |text| ServeError::from(decide::DecideError::Refused(text));
    request.check().map_err(refused)?;
    let (demand, _) = demand(shop, TimeMs(request.until.unwrap_or(now.0)))?;
    let shelf = request.shelf(&demand);
    let weeks = request.play_weeks as usize;
    let outlook =
        Outlook::read(&demand, request.timing(), calendar(shop), weeks).map_err(refused)?;
    let found = plan_advice::compare(&outlook, &shelf, request, report).map_err(refused)?;
    found.ok_or_else(|| refused(outlook.nothing_to_play()))
}
