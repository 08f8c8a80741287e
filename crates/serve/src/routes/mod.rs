//! One file per route.

pub(crate) mod analytics;
pub(crate) mod dashboard;
pub(crate) mod events;
pub(crate) mod features;
pub(crate) mod health;
pub(crate) mod item_reviews;
pub(crate) mod items;
pub(crate) mod metrics;
pub(crate) mod models;
pub(crate) mod openapi;
pub(crate) mod overview;
pub(crate) mod recommendations;
pub(crate) mod reviews;
pub(crate) mod similar;
pub(crate) mod users;

use std::sync::Arc;

use event::SiteId;
use event::limits::{ID_BYTES, SLATE};

use crate::app::App;
use crate::error::ServeError;
use crate::problem::{Code, Problem};
use crate::shop::Shop;

/// Runs what computes or touches a disk away from the threads that answer.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ServeError> + Send + 'static,
) -> Result<T, Problem> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result.map_err(Problem::from),
        Err(error) => {
            tracing::error!(%error, "a request's work did not finish");
            Err(Code::Internal.into())
        }
    }
}

/// Asks a shop away from the threads that answer.
pub(crate) async fn ask_shop<T: Send + 'static>(
    app: &App,
    site: SiteId,
    ask: impl FnOnce(&Shop) -> Result<T, ServeError> + Send + 'static,
) -> Result<T, Problem> {
    let app = app.clone();
    blocking(move || {
        let shop: Arc<Shop> =
            app.shops.shop(&site).ok_or_else(|| ServeError::UnknownSite(site.clone()))?;
        ask(&shop)
    })
    .await
}

/// A number of entries asked for: at least 1, at most [`SLATE`].
pub(crate) fn count(
    asked: Option<&str>,
    otherwise: usize,
    parameter: &str,
) -> Result<usize, Problem> {
    let Some(text) = asked else { return Ok(otherwise) };
    let n = text.parse().ok().filter(|n| (1..=SLATE.value).contains(n));
    n.ok_or_else(|| Problem::query(parameter))
}

/// An id in a path or query: trimmed, not empty, no longer than an id may be.
pub(crate) fn id(text: &str, parameter: &str) -> Result<String, Problem> {
    event::ItemId::new(text).map(|id| id.as_str().to_owned()).map_err(|_| Problem::query(parameter))
}

/// A search text; nobody searches for more than an id is long.
pub(crate) fn query(text: Option<String>) -> Result<String, Problem> {
    let text = text.unwrap_or_default();
    if text.len() > ID_BYTES.value { Err(Problem::query("query")) } else { Ok(text) }
}
