//! `GET /v1/analytics/baskets`: products that share orders, and rules between them.

use super::{Answer, Asked, answer};
use crate::app::App;
use crate::gate::Caller;
use crate::problem::ProblemBody;
use axum::extract::State;

/// What is bought together
///
/// Sets of products that share orders, most orders first, and rules between them, most lift
/// first.
#[utoipa::path(
    get,
    path = "/v1/analytics/baskets",
    tag = "analytics",
    params(
        (
            "min_support" = Option<String>,
            Query,
            description = "Orders a set must share: a number such as `50`, or a share such as `1%`"
        ),
        (
            "min_confidence" = Option<String>,
            Query,
            description = "Part of the orders with the one side that have the other, 0 to 1; 0.2"
        ),
        (
            "max_len" = Option<String>,
            Query,
            description = "Products of a set, 2 to 5; 3 unless told"
        ),
        (
            "top" = Option<String>,
            Query,
            description = "How many rules and sets, 1 to 1000; 50 unless told"
        ),
        ("from" = Option<String>, Query, description = "First day counted, `YYYY-MM-DD`"),
        ("to" = Option<String>, Query, description = "First day no longer counted"),
    ),
    responses(
        (
            status = 200,
            body = Value,
            example = json!(
                {"counting": "orders", "orders": 100, "items": 20, "min_orders": 1,
                 "itemsets_cut": false, "rules_cut": false,
                 "itemsets": [{"items": ["mug", "plate"], "orders": 8, "support": 0.08}],
                 "rules": [{"if": ["mug"], "then": ["plate"], "orders": 8, "support": 0.08,
                   "confidence": 0.8, "lift": 4.0, "leverage": 0.06}]}
            )
        ),
        (status = 400, body = ProblemBody, description = "a parameter that cannot be used"),
    )
)]
pub(crate) async fn get_baskets(State(app): State<App>, caller: Caller, asked: Asked) -> Answer {
    answer(app, caller, asked, "baskets", |shop, parameters| shop.baskets(parameters)).await
}
