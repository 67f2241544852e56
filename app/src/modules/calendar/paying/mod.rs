//! What clients pay a business when they book, to its own account at Stripe, and what they are paid back.

pub mod setup;
