//! The platform's own pages.

mod landing;
mod login;
mod not_found;
mod orgs;
pub mod settings;

pub use landing::Landing;
pub use login::LogInPage;
pub use not_found::NotFound;
pub use orgs::OrgsPage;
