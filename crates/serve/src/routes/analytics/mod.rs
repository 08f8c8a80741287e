//! `GET /v1/analytics/…`: what people ask of behaviour, one file per question.

pub(crate) mod attribution;
pub(crate) mod baskets;
pub(crate) mod fields;
pub(crate) mod funnel;
pub(crate) mod newcomers;
pub(crate) mod paths;
pub(crate) mod retention;
pub(crate) mod rfm;
pub(crate) mod segments;

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::ask_shop;
use crate::analytics::Parameters;
use crate::app::App;
use crate::error::ServeError;
use crate::gate::Caller;
use crate::problem::Problem;
use crate::shop::Shop;

/// A query as its pairs; which of them are known is for the question to say.
pub(crate) type Asked = Result<Query<Vec<(String, String)>>, QueryRejection>;

/// JSON text, or why there is none.
pub(crate) type Answer = Result<Response, Problem>;

/// Asks the caller's shop and answers its report as JSON.
pub(crate) async fn answer<R: Serialize>(
    app: App,
    caller: Caller,
    asked: Asked,
    name: &'static str,
    ask: impl FnOnce(&Shop, &Parameters) -> Result<R, ServeError> + Send + 'static,
) -> Answer {
    let Query(pairs) = asked?;
    let parameters = Parameters::of_query(pairs)?;
    let answer = ask_shop(&app, caller.site, move |shop| shop.answer(name, &parameters, ask));
    let json = answer.await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], json).into_response())
}
