//! `GET /v1/reviews/report`: what the shop's reviews say.

use axum::extract::State;

use crate::app::App;
use crate::gate::Caller;
use crate::problem::ProblemBody;
use crate::reviews::ReviewsReport;
use crate::routes::analytics::{Answer, Asked, answer};

/// What reviews say
///
/// Who says how content a review is and how good it is at that; aspects with praise, complaints
/// and quotes; what a category, an item or a week says that others do not; what changed; reviews
/// that are nearly the same. Texts are as people wrote them: escape them where you show them.
#[utoipa::path(
    get,
    path = "/v1/reviews/report",
    tag = "reviews",
    params(
        ("item" = Option<String>, Query, description = "Reviews of this item only"),
        ("from" = Option<String>, Query, description = "First day counted, `YYYY-MM-DD`"),
        ("to" = Option<String>, Query, description = "First day no longer counted"),
        (
            "by" = Option<String>,
            Query,
            description = "Groups told apart: `category`, `item` or `week`; category unless told"
        ),
        (
            "days" = Option<u32>,
            Query,
            description = "Days that stand against those before; 28 unless told"
        ),
        (
            "quotes" = Option<u32>,
            Query,
            description = "Quotes of praise and of complaint of an aspect; 2 unless told"
        ),
    ),
    responses(
        (status = 200, body = ReviewsReport),
        (status = 400, body = ProblemBody, description = "a parameter that cannot be used"),
    )
)]
pub(crate) async fn get_report(State(app): State<App>, caller: Caller, asked: Asked) -> Answer {
    let ask = |shop: &crate::Shop, parameters: &crate::Parameters| shop.reviews_report(parameters);
    answer(app, caller, asked, "reviews", ask).await
}
