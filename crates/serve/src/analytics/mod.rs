//! What people ask of a shop's behaviour: funnel, retention, paths and the rest.
//!
//! A question is a name and [`Parameters`]: the options of `dongcha analyse` and the query of
//! `/v1/analytics/…` are the same texts, read here once, so both refuse the same things and
//! answer the same figures. Answers over HTTP are kept until an event or an item arrives.

mod parameters;
mod plans;
mod recent;
mod segment;

pub use parameters::Parameters;
pub(crate) use parameters::refusal;
pub(crate) use recent::Recent;
pub use segment::{RuleField, rule_fields};

use std::sync::PoisonError;

use arrow_array::RecordBatch;
use event::columns;
use feature::analytics::attribution::AttributionReport;
use feature::analytics::baskets::BasketReport;
use feature::analytics::funnel::FunnelReport;
use feature::analytics::newcomers::NewcomersReport;
use feature::analytics::paths::PathsReport;
use feature::analytics::retention::RetentionReport;
use feature::analytics::rfm::RfmReport;
use lake::{Order, ScanOptions};
use serde::Serialize;

use crate::error::ServeError;
use crate::shop::Shop;

/// Batches of a scan.
type Batches<'a> = dyn Iterator<Item = Result<RecordBatch, ServeError>> + 'a;

impl Shop {
    /// How many people go through steps in order.
    ///
    /// # Errors
    /// A parameter that cannot be used, by its name, or storage that cannot be read.
    pub fn funnel(&self, parameters: &Parameters) -> Result<FunnelReport, ServeError> {
        let plan = plans::funnel(self, parameters)?;
        self.people(&plan.reads(), |batches| FunnelReport::read(batches, &plan))
    }

    /// How many of those who began come back, period by period.
    ///
    /// # Errors
    /// As [`funnel`](Self::funnel).
    pub fn retention(&self, parameters: &Parameters) -> Result<RetentionReport, ServeError> {
        let plan = plans::retention(self, parameters)?;
        self.people(&plan.reads(), |batches| RetentionReport::read(batches, &plan))
    }

    /// What sessions consist of, and what follows what.
    ///
    /// # Errors
    /// As [`funnel`](Self::funnel).
    pub fn paths(&self, parameters: &Parameters) -> Result<PathsReport, ServeError> {
        let plan = plans::paths(self, parameters)?;
        self.people(&plan.reads(), |batches| PathsReport::read(batches, &plan))
    }

    /// Who is new and who returns, period by period.
    ///
    /// # Errors
    /// As [`funnel`](Self::funnel).
    pub fn newcomers(&self, parameters: &Parameters) -> Result<NewcomersReport, ServeError> {
        let plan = plans::newcomers(self, parameters)?;
        self.people(&plan.reads(), |batches| NewcomersReport::read(batches, &plan))
    }

    /// Known buyers by recency, frequency and money.
    ///
    /// # Errors
    /// As [`funnel`](Self::funnel).
    pub fn rfm(&self, parameters: &Parameters) -> Result<RfmReport, ServeError> {
        let plan = plans::rfm(self, parameters)?;
        self.people(&columns::NAMES, |batches| RfmReport::read(batches, &plan))
    }

    /// Which channels brought the orders.
    ///
    /// # Errors
    /// As [`funnel`](Self::funnel).
    pub fn attribution(&self, parameters: &Parameters) -> Result<AttributionReport, ServeError> {
        let plan = plans::attribution(self, parameters)?;
        let names = [&columns::NAMES[..], &["ctx"]].concat();
        self.people(&names, |batches| AttributionReport::read(batches, &plan))
    }

    /// What is bought together; as many rules and as many sets as `top`.
    ///
    /// # Errors
    /// As [`funnel`](Self::funnel).
    pub fn baskets(&self, parameters: &Parameters) -> Result<BasketReport, ServeError> {
        let plan = plans::baskets(self, parameters)?;
        let mut report =
            self.people(&columns::NAMES, |batches| BasketReport::read(batches, &plan))?;
        report.itemsets.truncate(plan.max_rules);
        Ok(report)
    }

    /// Hands over every event by person, with these columns beside those that order rows.
    fn people<R>(
        &self,
        columns: &[&str],
        read: impl FnOnce(&mut Batches<'_>) -> Result<R, ServeError>,
    ) -> Result<R, ServeError> {
        let snapshot = self.lake.snapshot(&self.config().site)?;
        let scan = snapshot.scan(Order::User, &ScanOptions::columns(columns))?;
        read(&mut scan.map(|batch| batch.map_err(ServeError::from)))
    }

    /// An answer as JSON text: the kept one while the shop's events and items are as they were.
    pub(crate) fn answer<R: Serialize>(
        &self,
        name: &'static str,
        parameters: &Parameters,
        ask: impl FnOnce(&Self, &Parameters) -> Result<R, ServeError>,
    ) -> Result<Vec<u8>, ServeError> {
        let site = &self.config().site;
        let events = self.lake.snapshot(site)?.event_count()?;
        let version = (events, self.lake.items_version(site)?);
        let question = (name, parameters.clone());
        let recent = || self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = recent().get(&question, version) {
            return Ok(kept);
        }
        // Nobody waits for another question's answer: the lock is not held while counting.
        let report = ask(self, parameters)?;
        let json = serde_json::to_vec(&report).map_err(|e| ServeError::Server(e.into()))?;
        recent().put(question, version, json.clone());
        Ok(json)
    }
}
