//! The platform's own pages.

#[cfg(feature = "ssr")]
mod about;
#[cfg(feature = "dashboard")]
mod account;
#[cfg(feature = "ssr")]
pub mod admin;
#[cfg(feature = "ssr")]
mod business_invitations;
#[cfg(feature = "ssr")]
mod closed;
#[cfg(feature = "dashboard")]
mod factor;
#[cfg(feature = "dashboard")]
mod invitation;
mod landing;
#[cfg(feature = "ssr")]
mod logged_out;
#[cfg(feature = "dashboard")]
mod login;
#[cfg(feature = "dashboard")]
mod new_password;
mod not_found;
#[cfg(feature = "ssr")]
mod nothing_on;
#[cfg(feature = "dashboard")]
mod orgs;
#[cfg(feature = "dashboard")]
mod passkey;
#[cfg(feature = "ssr")]
pub mod plain;
#[cfg(feature = "ssr")]
mod prices;
#[cfg(feature = "dashboard")]
mod recovery;
#[cfg(feature = "ssr")]
mod search;
#[cfg(feature = "ssr")]
mod sent;
#[cfg(feature = "dashboard")]
pub mod settings;
#[cfg(feature = "ssr")]
mod start;
#[cfg(feature = "ssr")]
mod welcome;

#[cfg(feature = "ssr")]
pub use about::ABOUT;
#[cfg(feature = "dashboard")]
pub use account::{AccountRoute, ConfirmRoute, EmailRoute, NameRoute, PasskeyRoute, PasswordRoute, SecondFactorRoute};
#[cfg(feature = "dashboard")]
pub use invitation::InvitationRoute;
pub use landing::Landing;
#[cfg(feature = "ssr")]
pub use logged_out::LOGGED_OUT;
#[cfg(feature = "dashboard")]
pub use login::{CodePage, LogInPage, SetUpPage};
pub use not_found::NotFound;
#[cfg(feature = "dashboard")]
pub use orgs::{OrgRoute, OrgsPage};
#[cfg(feature = "dashboard")]
pub use recovery::{ConfirmLinkPage, ConfirmedPage, ForgotPage, ResetPage};
#[cfg(feature = "ssr")]
pub use sent::RESET_SENT;
