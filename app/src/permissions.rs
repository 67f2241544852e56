//! The platform's own permissions. Modules declare theirs beside their code.

use crate::{
    modules::MODULES,
    org::{Audience, Permission, Role},
};

/// Enter an organisation's dashboard.
pub static ENTER: Permission = Permission {
    name: "platform.enter",
    module: None,
    audience: Audience::Members(Role::Member),
    label: "Enter the dashboard",
};

/// Make, list and revoke API tokens.
pub static MANAGE_TOKENS: Permission = Permission {
    name: "platform.tokens",
    module: None,
    audience: Audience::Members(Role::Admin),
    label: "Manage API tokens",
};

/// Change the business's details.
pub static CHANGE_DETAILS: Permission = Permission {
    name: "platform.details",
    module: None,
    audience: Audience::Members(Role::Admin),
    label: "Change business details",
};

/// Everything that can be allowed, the platform's first.
pub fn all() -> impl Iterator<Item = &'static Permission> {
    [&ENTER, &MANAGE_TOKENS, &CHANGE_DETAILS]
        .into_iter()
        .chain(MODULES.iter().flat_map(|module| module.permissions().iter().copied()))
}
