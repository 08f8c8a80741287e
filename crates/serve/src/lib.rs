//! The HTTP service: keys, limits, routes, metrics, the dashboard.
