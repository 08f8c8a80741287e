//! The commands, one file each.

pub mod benchmark;
pub mod demo;
mod demo_report;
pub mod doctor;
pub mod evaluate;
pub mod export;
pub mod import;
pub mod init;
pub mod key;
pub mod quarantine;
pub mod recommend;
pub mod serve;
pub mod similar;
pub mod table;
pub mod train;
