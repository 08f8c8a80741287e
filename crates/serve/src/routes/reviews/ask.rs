//! `GET /v1/reviews/ask`: which reviews and product texts answer a question.

use axum::extract::State;

use crate::app::App;
use crate::gate::Caller;
use crate::problem::ProblemBody;
use crate::reviews::Answers;
use crate::routes::analytics::{Answer, Asked, answer};

/// Ask the reviews
///
/// The reviews and product texts that answer a question best, each with the clause that does.
#[utoipa::path(
    get,
    path = "/v1/reviews/ask",
    tag = "reviews",
    params(
        ("q" = String, Query, description = "The question; words in quotation marks must stand so"),
        ("n" = Option<u32>, Query, description = "Answers at most, 1 to 50; 5 unless told"),
    ),
    responses(
        (status = 200, body = Answers),
        (status = 400, body = ProblemBody, description = "a parameter that cannot be used"),
    )
)]
pub(crate) async fn get_ask(State(app): State<App>, caller: Caller, asked: Asked) -> Answer {
    let ask = |shop: &crate::Shop, parameters: &crate::Parameters| shop.ask_reviews(parameters);
    answer(app, caller, asked, "ask", ask).await
}
