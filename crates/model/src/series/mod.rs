//! Forecasts of one number per period: smooth, seasonal, intermittent, or with a calendar.
//!
//! A [`Method`] forecasts a series; [`choose`] picks the method, or the mean of the best, by the
//! error at origins inside the series; [`Accuracy`] judges; [`SeasonBlend`] forecasts many series
//! that share a calendar together.

mod accuracy;
mod aggregation;
mod choice;
mod cover;
mod cover_choice;
mod croston;
mod ets;
mod method;
mod pooled_level;
mod season_blend;
mod seasonality;
mod smoothing;
mod theta;
mod tsb;

pub use accuracy::{Accuracy, Measures, squared_scale};
pub use choice::{Chosen, Interval as ForecastInterval, choose, conformal, rolling_errors};
pub use cover::{Ahead, CoverMethod, ahead};
pub use cover_choice::{Cover, ORIGINS_MIN as COVER_ORIGINS_MIN, choose_cover};
pub use ets::{Ets, EtsForm, Season, Trend};
pub use method::{Method, forecast};
pub use pooled_level::PooledLevel;
pub use season_blend::{BLEND_BIAS_MAX, SeasonBlend};

/// Points of a series at most.
pub const POINTS_MAX: usize = 1_000_000;
