//! The service from outside: a real server on a real port, asked over HTTP.

mod access;
mod answers;
mod bodies;
mod house;
mod ingest;
mod pages;
mod recommend;
mod shutdown;
mod storage;
