//! The service from outside: a real server on a real port, asked over HTTP.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod access;
mod advise_stock;
mod analytics;
mod answers;
mod bodies;
mod features;
mod house;
mod ingest;
mod models;
mod pages;
mod recommend;
mod reviews;
mod shutdown;
mod storage;
