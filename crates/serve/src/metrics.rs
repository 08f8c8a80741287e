//! What the service counts, in the OpenMetrics text format.
//!
//! Figures of a shop are kept apart, so that a key shows its own shop's only. For each shop
//! `received = accepted + duplicate + quarantined + not_stored` at every moment when nothing is
//! waiting; events are counted when their batch has its verdict, whether or not the client still
//! listens.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::{Method, StatusCode};
use event::{SiteId, Verdict};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

/// Upper ends of the buckets of request times, in seconds.
const SECONDS: [f64; 12] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: String,
    method: &'static str,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct VerdictLabels {
    verdict: &'static str,
}

/// Everything the service counts.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    seconds: Family<RouteLabels, Histogram>,
    sites: Mutex<BTreeMap<SiteId, Arc<SiteMetrics>>>,
}

/// What is counted for one shop.
pub(crate) struct SiteMetrics {
    registry: Registry,
    received: Counter,
    verdicts: Family<VerdictLabels, Counter>,
    waiting: Gauge,
}

impl Metrics {
    /// Everything at zero.
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("dongcha");
        let build = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The version that runs", build);
        let requests = Family::<RequestLabels, Counter>::default();
        registry.register("requests", "Requests answered", requests.clone());
        let seconds: Family<RouteLabels, Histogram> =
            Family::new_with_constructor(|| Histogram::new(SECONDS));
        registry.register("request_seconds", "Time from request to answer", seconds.clone());
        Self { registry, requests, seconds, sites: Mutex::default() }
    }

    /// Counts an answered request.
    pub(crate) fn request(&self, route: &str, method: &Method, status: StatusCode, took: Duration) {
        let (route, status) = (route.to_owned(), status.as_u16());
        let labels = RequestLabels { route: route.clone(), method: name_of(method), status };
        self.requests.get_or_create(&labels).inc();
        self.seconds.get_or_create(&RouteLabels { route }).observe(took.as_secs_f64());
    }

    /// The counters of a shop.
    pub(crate) fn site(&self, site: &SiteId) -> Arc<SiteMetrics> {
        let mut sites = self.sites.lock().unwrap_or_else(PoisonError::into_inner);
        sites.entry(site.clone()).or_insert_with(|| Arc::new(SiteMetrics::new(site))).clone()
    }

    /// The service's figures and one shop's as text.
    pub(crate) fn text(&self, site: &SiteId) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode_registry(&mut text, &self.registry)?;
        encode_registry(&mut text, &self.site(site).registry)?;
        encode_eof(&mut text)?;
        Ok(text)
    }
}

impl SiteMetrics {
    fn new(site: &SiteId) -> Self {
        let label = ("site".into(), site.as_str().to_owned().into());
        let mut root = Registry::with_prefix_and_labels("dongcha", [label].into_iter());
        let received = Counter::default();
        root.register("events_received", "Events that arrived in a batch", received.clone());
        let verdicts = Family::<VerdictLabels, Counter>::default();
        root.register("events", "Events by what became of them", verdicts.clone());
        let waiting = Gauge::default();
        root.register("batches_waiting", "Batches waiting to be durable", waiting.clone());
        Self { registry: root, received, verdicts, waiting }
    }

    /// A batch was handed to storage.
    pub(crate) fn batch_began(&self) {
        self.waiting.inc();
    }

    /// A batch has its verdicts, or `None` when storage refused all of it.
    pub(crate) fn batch_ended(&self, events: usize, verdicts: Option<&[Verdict]>) {
        self.waiting.dec();
        self.received.inc_by(events as u64);
        let count = |verdict, n: usize| {
            self.verdicts.get_or_create(&VerdictLabels { verdict }).inc_by(n as u64);
        };
        let Some(verdicts) = verdicts else { return count("not_stored", events) };
        let of = |wanted: fn(&Verdict) -> bool| verdicts.iter().filter(|v| wanted(v)).count();
        count("accepted", of(|v| matches!(v, Verdict::Accepted)));
        count("duplicate", of(|v| matches!(v, Verdict::Duplicate)));
        count("quarantined", of(|v| matches!(v, Verdict::Quarantined(_))));
    }
}

/// Methods as labels: a closed set, since a client may send any word.
fn name_of(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use event::{Refusal, RefusalCode};

    #[test]
    fn a_shop_sees_its_own_figures_and_they_add_up() {
        let metrics = Metrics::new();
        let [a, b] = ["a", "b"].map(|id| SiteId::new(id).unwrap());
        metrics.request("/healthz", &Method::GET, StatusCode::OK, Duration::from_millis(3));
        let refusal = Refusal::new(RefusalCode::TypeUnknown, "type");
        let verdicts = [Verdict::Accepted, Verdict::Accepted, Verdict::Quarantined(refusal)];
        for _ in 0..3 {
            metrics.site(&a).batch_began();
        }
        metrics.site(&a).batch_ended(3, Some(&verdicts));
        metrics.site(&a).batch_ended(5, None);
        metrics.site(&b).batch_began();
        let text = metrics.text(&a).unwrap();
        for line in [
            "dongcha_build_info{version=\"0.1.0\"} 1",
            "dongcha_requests_total{route=\"/healthz\",method=\"GET\",status=\"200\"} 1",
            "dongcha_events_received_total{site=\"a\"} 8",
            "dongcha_events_total{site=\"a\",verdict=\"accepted\"} 2",
            "dongcha_events_total{site=\"a\",verdict=\"duplicate\"} 0",
            "dongcha_events_total{site=\"a\",verdict=\"quarantined\"} 1",
            "dongcha_events_total{site=\"a\",verdict=\"not_stored\"} 5",
            "dongcha_batches_waiting{site=\"a\"} 1",
        ] {
            assert!(text.lines().any(|l| l == line), "{line} is missing in\n{text}");
        }
        assert!(!text.contains("site=\"b\""));
        assert!(text.ends_with("# EOF\n"));
    }
}
