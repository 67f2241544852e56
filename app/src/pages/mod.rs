//! The platform's own pages.

mod landing;
#[cfg(feature = "dashboard")]
mod login;
mod not_found;
#[cfg(feature = "dashboard")]
mod orgs;
#[cfg(feature = "dashboard")]
pub mod settings;

pub use landing::Landing;
#[cfg(feature = "dashboard")]
pub use login::LogInPage;
pub use not_found::NotFound;
#[cfg(feature = "dashboard")]
pub use orgs::OrgsPage;
