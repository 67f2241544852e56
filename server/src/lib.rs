//! The server: configuration, boot validation, HTTP stack, jobs.

pub mod backup;
pub mod boot;
pub mod calm;
pub mod check;
pub mod config;
pub mod docs;
pub mod findings;
pub mod front_door;
pub mod http;
pub mod inside;
pub mod jobs;
pub mod keys;
pub mod life;
pub mod limits;
pub mod log;
pub mod measures;
pub mod move_database;
pub mod rotate_keys;
pub mod serving;
pub mod taken;
pub mod tls;
pub mod traces;
pub mod uploads;
