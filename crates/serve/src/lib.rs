//! The HTTP service: keys, limits, routes, metrics, the dashboard.
//!
//! Every request passes the same gates in the same order: the key and what its kind may do
//! ([`access`]), the size on the wire, the encoding, parsing, the batch. Only then is work done,
//! on threads of its own. An event is acknowledged after it is durable; a storage failure is
//! never a 2xx. The service decides nothing itself: it asks a [`Shop`] and shapes the answer.

pub mod access;
pub mod advise;
pub mod analytics;
mod answer;
mod app;
mod batch;
pub mod bundle;
pub mod definitions;
mod error;
pub mod exam;
mod features;
mod gate;
mod held;
mod key;
mod metrics;
pub mod problem;
pub mod registry;
pub mod reviews;
mod routes;
mod server;
pub mod shop;
pub mod training;

pub use analytics::Parameters;
pub use app::open_api;
pub use error::ServeError;
pub use features::{FeatureInput, PersonFeatures};
pub use held::Held;
pub use key::{Key, create_key, key_hash};
pub use server::{run, serve, stop_signal};
pub use shop::{Ask, Shop, Shops};
