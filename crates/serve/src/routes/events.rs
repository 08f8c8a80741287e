//! `POST /v1/events`: a batch of events, each with its verdict, answered once it is durable.

use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use event::limits::BODY_BYTES;
use event::{Authority, Received, SiteId, TimeMs, Verdict};
use lake::KeyKind;
use tokio::sync::oneshot;

use crate::answer::Batch;
use crate::app::App;
use crate::batch::{self, Form};
use crate::error::ServeError;
use crate::gate::Caller;
use crate::problem::{Code, Problem, ProblemBody};
use crate::shop::Shops;

/// How long a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// Send events
///
/// At most 500 events and 1 MiB. Answered after the events are on disk. Every event has exactly
/// one verdict; sending the same event again is harmless. The body is `{"events": […]}`, a bare
/// array, or with content type `application/x-ndjson` one event per line.
#[utoipa::path(
    post,
    path = "/v1/events",
    tag = "events",
    request_body(content = serde_json::Value, description = "Events of version 1"),
    responses(
        (status = 200, body = Batch),
        (status = 400, body = ProblemBody, description = "not JSON, or JSON of another shape"),
        (status = 413, body = ProblemBody, description = "too large, or too many events"),
        (status = 415, body = ProblemBody, description = "another type or encoding"),
        (status = 503, body = ProblemBody, description = "nothing was stored; send it again"),
    )
)]
pub(crate) async fn post_events(
    State(app): State<App>,
    caller: Caller,
    request: Request,
) -> Result<Json<Batch>, Problem> {
    let form = check_headers(request.headers())?;
    let body = read_body(request).await?;
    let received = TimeMs(jiff::Timestamp::now().as_millisecond());
    let (sender, answer) = oneshot::channel();
    let (shops, site) = (app.shops.clone(), caller.site.clone());
    let storing =
        tokio::task::spawn_blocking(move || store(&app, &caller, &body, form, received, sender));
    let has_reviews = match storing.await {
        Ok(found) => found?,
        Err(error) => {
            tracing::error!(%error, "reading a batch did not finish");
            return Err(Code::Internal.into());
        }
    };
    let verdicts = answer.await.map_err(|_| Problem::from(Code::Stopping))?;
    let batch = Batch::of(&verdicts?);
    if has_reviews {
        // Nobody waits for it: a reader who comes first has them scored as well.
        tokio::task::spawn_blocking(move || score_reviews(&shops, &site));
    }
    Ok(Json(batch))
}

/// What can be refused before a byte of the body is read.
fn check_headers(headers: &HeaderMap) -> Result<Form, Problem> {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let length = text(header::CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
    if length.is_some_and(|bytes| bytes > BODY_BYTES.value) {
        return Err(Code::BodyTooLarge.into());
    }
    if text(header::CONTENT_ENCODING).is_some_and(|coding| coding != "identity") {
        return Err(Code::ContentEncodingUnsupported.into());
    }
    let form = Form::of(text(header::CONTENT_TYPE));
    form.ok_or(Problem::from(Code::ContentTypeUnsupported))
}

async fn read_body(request: Request) -> Result<Bytes, Problem> {
    let reading = tokio::time::timeout(BODY_TIMEOUT, Bytes::from_request(request, &()));
    match reading.await {
        Err(_) => Err(Code::BodyTimeout.into()),
        Ok(Ok(body)) => Ok(body),
        Ok(Err(rejection)) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            Err(Code::BodyTooLarge.into())
        }
        Ok(Err(_)) => Err(Code::BodyIncomplete.into()),
    }
}

type Reply = oneshot::Sender<Result<Vec<Verdict>, Problem>>;

/// Reads each event by itself and hands the batch to storage, which answers through `reply`.
/// Whether reviews are among them.
fn store(
    app: &App,
    caller: &Caller,
    body: &[u8],
    form: Form,
    received: TimeMs,
    reply: Reply,
) -> Result<bool, Problem> {
    let authority = match caller.kind {
        KeyKind::Secret => Authority::Server,
        _ => Authority::Browser,
    };
    let read = |raw: &str| Received {
        raw: raw.to_owned(),
        origin: "http".to_owned(),
        units: 1,
        event: event::parse(raw, authority, received).map(Box::new),
    };
    let events: Vec<Received> = batch::split(body, form)?.into_iter().map(read).collect();
    if events.is_empty() {
        // Nothing waits for the disk.
        let _ = reply.send(Ok(Vec::new()));
        return Ok(false);
    }
    let is_review = |received: &Received| {
        received.event.as_ref().is_ok_and(|event| event.data.type_name() == "review")
    };
    let has_reviews = events.iter().any(is_review);
    let (count, metrics) = (events.len(), app.metrics.site(&caller.site));
    metrics.batch_began();
    app.shops.lake().append_then(&caller.site, events, move |stored| {
        metrics.batch_ended(count, stored.as_deref().ok());
        // A client that went away still has its events stored and counted.
        let _ = reply.send(stored.map_err(|error| ServeError::from(error).into()));
    });
    Ok(has_reviews)
}

/// Scores the reviews that just became durable.
fn score_reviews(shops: &Shops, site: &SiteId) {
    let Some(shop) = shops.shop(site) else { return };
    if let Err(error) = shop.shelved() {
        tracing::error!(%error, "reviews could not be scored; the next reader has them scored");
    }
}
