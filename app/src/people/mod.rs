//! The people of an organisation: what each may do, who owns it, how they log in.

pub mod api;
pub mod wire;

#[cfg(feature = "ssr")]
pub mod audit_log;
#[cfg(feature = "ssr")]
pub mod audit_words;
#[cfg(feature = "ssr")]
pub mod factor_reset;
#[cfg(feature = "ssr")]
pub mod invitations;
#[cfg(feature = "ssr")]
pub mod members;
#[cfg(feature = "ssr")]
pub mod ownership;
#[cfg(feature = "ssr")]
pub mod security;
#[cfg(feature = "ssr")]
pub mod views;
