//! The commands, one file each.

pub mod analyse;
pub mod benchmark;
pub mod classifiers;
pub mod clean;
pub mod demo;
mod demo_behaviour;
mod demo_report;
pub mod doctor;
pub mod epochs;
pub mod evaluate;
pub mod export;
pub mod features;
pub mod habits;
pub mod import;
pub mod init;
pub mod key;
pub mod model;
pub mod quarantine;
pub mod ratings;
pub mod recommend;
pub mod retrieval;
pub mod reviews;
pub mod serve;
pub mod similar;
pub mod table;
pub mod train;
