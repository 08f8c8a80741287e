//! `POST /v1/reviews/classify`: what texts say that are not stored.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use event::limits::TEXT_BYTES;

use crate::app::App;
use crate::gate::Caller;
use crate::problem::{Code, Problem, ProblemBody};
use crate::reviews::TextScore;
use crate::routes::ask_shop;

/// Texts of one request at most.
const TEXTS: usize = 500;

/// Score texts
///
/// Sentiment and aspects of each text, by what this shop's reviews taught. Nothing is stored.
/// The body is a JSON array of at most 500 texts of at most 16 KiB each.
#[utoipa::path(
    post,
    path = "/v1/reviews/classify",
    tag = "reviews",
    request_body = Vec<String>,
    responses(
        (status = 200, body = Vec<TextScore>),
        (status = 400, body = ProblemBody, description = "not an array of texts"),
        (status = 413, body = ProblemBody, description = "too large, or too many texts"),
    )
)]
pub(crate) async fn post_classify(
    State(app): State<App>,
    caller: Caller,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<Json<Vec<TextScore>>, Problem> {
    let body = body.map_err(|_| Problem::from(Code::BodyTooLarge))?;
    let texts: Vec<String> = serde_json::from_slice(&body).map_err(|_| Code::TextsInvalid)?;
    if texts.len() > TEXTS || texts.iter().any(|text| text.len() > TEXT_BYTES.value) {
        return Err(Code::TextsInvalid.into());
    }
    let scored = ask_shop(&app, caller.site, move |shop| shop.classify_reviews(&texts));
    Ok(Json(scored.await?))
}
