//! Who somebody is: accounts, passwords, sessions.

pub mod api;
pub mod wire;

#[cfg(feature = "ssr")]
pub mod accounts;
#[cfg(feature = "ssr")]
pub mod password;
#[cfg(feature = "ssr")]
pub mod secret_token;
#[cfg(feature = "ssr")]
pub mod session;
