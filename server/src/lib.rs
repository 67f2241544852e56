//! The server: configuration, boot validation, HTTP stack, jobs.

pub mod boot;
pub mod check;
pub mod config;
pub mod findings;
pub mod front_door;
pub mod http;
pub mod jobs;
pub mod keys;
pub mod limits;
pub mod uploads;
