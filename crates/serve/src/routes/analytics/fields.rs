//! `GET /v1/analytics/fields`: what a rule may ask for.

use super::{Answer, Asked, answer};
use crate::analytics::rule_fields;
use crate::app::App;
use crate::gate::Caller;
use crate::problem::ProblemBody;
use axum::extract::State;

/// The features a rule may ask for
#[utoipa::path(
    get,
    path = "/v1/analytics/fields",
    tag = "analytics",
    responses(
        (
            status = 200,
            body = Value,
            example = json!(
                [{"name": "orders_all", "unit": "count", "kind": "number",
                  "definition": {"en": "orders ever", "zh": "历史订单数"}}]
            )
        ),
        (status = 400, body = ProblemBody, description = "there are no parameters"),
    )
)]
pub(crate) async fn get_fields(State(app): State<App>, caller: Caller, asked: Asked) -> Answer {
    let fields = |_: &crate::shop::Shop, parameters: &crate::analytics::Parameters| {
        parameters.only(&[])?;
        Ok(rule_fields())
    };
    answer(app, caller, asked, "fields", fields).await
}
