//! What organisations pay for, and what they may use for it.

pub mod api;
pub mod wire;

#[cfg(feature = "ssr")]
pub mod abns;
#[cfg(feature = "ssr")]
pub mod asks;
#[cfg(feature = "ssr")]
pub mod change;
#[cfg(feature = "ssr")]
pub mod changes;
#[cfg(feature = "ssr")]
pub mod events;
#[cfg(feature = "ssr")]
pub mod invoices;
#[cfg(feature = "ssr")]
pub mod notices;
#[cfg(feature = "ssr")]
pub mod own_account;
#[cfg(feature = "ssr")]
pub mod payments;
#[cfg(feature = "ssr")]
pub mod plans;
#[cfg(feature = "ssr")]
pub mod quota;
#[cfg(feature = "ssr")]
pub(crate) mod seats;
#[cfg(feature = "ssr")]
pub mod sync;
#[cfg(feature = "ssr")]
pub mod terms;
#[cfg(feature = "ssr")]
pub mod till;
#[cfg(feature = "ssr")]
pub mod views;
