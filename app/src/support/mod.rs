//! Support: those who run the platform look at an organisation while its owner lets them. They change nothing, see nothing that is the
//! owner's alone, and each look is in the organisation's own log before anything is shown.

pub mod api;
pub mod consent;
pub mod letters;
pub mod views;
