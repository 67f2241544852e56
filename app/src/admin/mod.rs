//! What whoever runs the platform sees and does: organisations, what they have agreed to, and what came in. None of it shows what
//! an organisation's clients wrote, or who they are.

pub mod api;
pub mod wire;

#[cfg(feature = "ssr")]
pub mod health;
#[cfg(feature = "ssr")]
pub mod jobs;
#[cfg(feature = "ssr")]
pub(crate) mod letters;
#[cfg(feature = "ssr")]
pub mod log;
#[cfg(feature = "ssr")]
pub mod mail;
#[cfg(feature = "ssr")]
pub mod mail_views;
#[cfg(feature = "ssr")]
pub mod operator;
#[cfg(feature = "ssr")]
pub mod orgs;
#[cfg(feature = "ssr")]
pub mod payments;
#[cfg(feature = "ssr")]
pub mod people;
#[cfg(feature = "ssr")]
pub mod revenue;
#[cfg(feature = "ssr")]
pub mod views;
