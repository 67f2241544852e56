//! What clients pay a business when they book, to its own account at Stripe, and what they are paid back.

pub(super) mod export;
pub(super) mod http;
pub(super) mod package_store;
pub mod packages;
pub mod rules;
pub mod settle;
pub mod setup;
pub mod store;
pub(super) mod words;
