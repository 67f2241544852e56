//! What an organisation sets up itself: its details, its API tokens, and the way to each module's settings.

pub mod api;
pub mod wire;

#[cfg(feature = "ssr")]
pub mod closing;
#[cfg(feature = "ssr")]
pub mod colour;
#[cfg(feature = "ssr")]
pub mod data_api;
#[cfg(feature = "ssr")]
pub mod details;
#[cfg(feature = "ssr")]
pub mod export;
#[cfg(feature = "ssr")]
pub mod export_files;
#[cfg(feature = "ssr")]
pub mod first_steps;
#[cfg(feature = "ssr")]
pub mod hub;
#[cfg(feature = "ssr")]
pub mod look;
#[cfg(feature = "ssr")]
pub mod look_api;
#[cfg(feature = "ssr")]
pub mod modules;
#[cfg(feature = "ssr")]
pub mod modules_api;
#[cfg(feature = "ssr")]
pub mod pictures;
#[cfg(feature = "ssr")]
pub mod places;
#[cfg(feature = "ssr")]
pub mod rest;
#[cfg(feature = "ssr")]
pub mod views;
