//! Whom a rule over people's features picks out, and the features a rule may ask for.

use std::sync::mpsc::{Receiver, sync_channel};

use arrow_array::RecordBatch;
use event::{Bilingual, TimeMs};
use feature::FeatureError;
use feature::analytics::rule::Rule;
use feature::analytics::segments::{SegmentPlan, SegmentReport};
use feature::behaviour::{self, FeatureKind, columns_schema};
use feature::overview::day_start_ms;
use serde::Serialize;

use super::parameters::{Parameters, named, refusal};
use crate::error::ServeError;
use crate::shop::Shop;

/// Pieces of the feature table that wait to be counted.
const WAITING: usize = 2;

/// A feature that a rule may ask for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RuleField {
    /// Its name in a rule.
    pub name: &'static str,
    /// Unit of its values.
    pub unit: &'static str,
    /// `number` or `text`.
    pub kind: &'static str,
    /// What it is.
    pub definition: Bilingual,
}

/// Every feature that a rule may ask for.
pub fn rule_fields() -> Vec<RuleField> {
    let field = |def: &'static behaviour::FeatureDef| {
        let kind = match def.kind {
            FeatureKind::Number => "number",
            FeatureKind::Text => "text",
            FeatureKind::List => return None,
        };
        let definition = def.definition.clone();
        Some(RuleField { name: &def.name, unit: def.unit, kind, definition })
    };
    behaviour::definitions().filter_map(field).collect()
}

impl Shop {
    /// Whom a rule picks out, by their features as of a day or of the last event.
    ///
    /// # Errors
    /// As [`funnel`](Self::funnel).
    pub fn segments(&self, parameters: &Parameters) -> Result<SegmentReport, ServeError> {
        parameters.only(&["where", "as_of"])?;
        let rule = parameters.read("where", Rule::parse)?.ok_or_else(|| {
            refusal(
                "where",
                "",
                "say whom, such as `orders_all >= 2`",
                "请给出条件，如 orders_all >= 2",
            )
        })?;
        let plan = SegmentPlan::new(rule);
        let as_of = match parameters.day("as_of")? {
            Some(day) => TimeMs(day_start_ms(day, self.zone()).unwrap_or(i64::MAX)),
            None => self.latest_moment()?,
        };
        // A rule that asks for what there is not is refused before anything is read.
        let by_parameter = |error| named(error, str::to_owned);
        let columns = columns_schema("user_key", behaviour::definitions());
        plan.rule.mask(&RecordBatch::new_empty(columns)).map_err(by_parameter)?;
        let (send, receive) = sync_channel(WAITING);
        std::thread::scope(|scope| {
            let counted = scope.spawn(|| count(receive, &plan));
            let sent = self.people_features(as_of, |piece| {
                send.send(piece).map_err(|_| ServeError::Server(stopped()))
            });
            drop(send);
            // Why counting stopped says more than that nobody took the next piece.
            let report = counted.join().map_err(|_| ServeError::Server(stopped()))?;
            let report = report.map_err(by_parameter)?;
            sent.map(|()| report)
        })
    }
}

fn count(pieces: Receiver<RecordBatch>, plan: &SegmentPlan) -> Result<SegmentReport, FeatureError> {
    SegmentReport::read(pieces.into_iter().map(Ok), plan)
}

fn stopped() -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::BrokenPipe, "counting a segment stopped")
}
