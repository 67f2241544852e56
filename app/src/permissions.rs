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

/// Have addresses of the organisation's own told what happens.
pub static MANAGE_WEBHOOKS: Permission = Permission {
    name: "platform.webhooks",
    module: None,
    audience: Audience::Members(Role::Admin),
    label: "Manage webhooks",
};

/// Change the business's details.
pub static CHANGE_DETAILS: Permission = Permission {
    name: "platform.details",
    module: None,
    audience: Audience::Members(Role::Admin),
    label: "Change business details",
};

/// See who belongs, and change what they may do.
pub static MANAGE_PEOPLE: Permission = Permission {
    name: "platform.people",
    module: None,
    audience: Audience::Members(Role::Admin),
    label: "Manage people",
};

/// Change how people log in.
pub static MANAGE_SECURITY: Permission = Permission {
    name: "platform.security",
    module: None,
    audience: Audience::Members(Role::Admin),
    label: "Change how people log in",
};

/// Turn modules on and off.
pub static MANAGE_MODULES: Permission = Permission {
    name: "platform.modules",
    module: None,
    audience: Audience::Members(Role::Admin),
    label: "Turn modules on and off",
};

/// Invite businesses, where the organisation is a partner of the platform’s.
pub static INVITE_BUSINESSES: Permission = Permission {
    name: "platform.businesses",
    module: None,
    audience: Audience::Members(Role::Admin),
    label: "Invite businesses",
};

/// Read the audit log.
pub static READ_AUDIT: Permission = Permission {
    name: "platform.audit",
    module: None,
    audience: Audience::Members(Role::Admin),
    label: "Read the audit log",
};

/// See the plan, and how much of it is used.
pub static SEE_PLAN: Permission = Permission {
    name: "platform.plan",
    module: None,
    audience: Audience::Members(Role::Admin),
    label: "See the plan and what is used of it",
};

/// Take a plan up, change it, let it end, and see to the card that pays for it.
pub static CHANGE_PLAN: Permission = Permission {
    name: "platform.change_plan",
    module: None,
    audience: Audience::Members(Role::Owner),
    label: "Change the plan and how it is paid",
};

/// Connect the account that clients pay to, and stop taking payments.
pub static TAKE_PAYMENTS: Permission = Permission {
    name: "platform.take_payments",
    module: None,
    audience: Audience::Members(Role::Owner),
    label: "Connect the account that clients pay to",
};

/// Take everything along, and have the organisation deleted: what its owner alone may do, and still may once it is closed.
pub static OWN: Permission = Permission {
    name: "platform.own",
    module: None,
    audience: Audience::Members(Role::Owner),
    label: "Export and delete everything",
};

/// See whether support can look, and what it looked at, and end it.
pub static SEE_SUPPORT: Permission = Permission {
    name: "platform.support",
    module: None,
    audience: Audience::Members(Role::Admin),
    label: "See and end support’s access",
};

/// Support sees what admins see of the modules, and these of the platform's own: no others, whichever come to be. What is the owner's
/// alone, tokens, how people log in, the plan and the log it doesn't.
pub fn is_seen_by_support(permission: &Permission) -> bool {
    match (permission.module, permission.audience) {
        (None, _) => [&ENTER, &CHANGE_DETAILS, &MANAGE_PEOPLE].contains(&permission),
        (Some(_), Audience::Members(least)) => least <= Role::Admin,
        (Some(_), Audience::Public | Audience::Link) => false,
    }
}

/// Nothing but a change is allowed by it: those of modules that show something too are called otherwise.
pub fn is_change(permission: &Permission) -> bool {
    permission.module.is_some() && permission.name.ends_with(".change")
}

/// The one of this name.
pub fn named(name: &str) -> Option<&'static Permission> {
    all().find(|permission| permission.name == name)
}

/// Everything that can be allowed, the platform's first.
pub fn all() -> impl Iterator<Item = &'static Permission> {
    [
        &ENTER,
        &MANAGE_TOKENS,
        &MANAGE_WEBHOOKS,
        &CHANGE_DETAILS,
        &MANAGE_PEOPLE,
        &MANAGE_SECURITY,
        &MANAGE_MODULES,
        &INVITE_BUSINESSES,
        &READ_AUDIT,
        &SEE_PLAN,
        &CHANGE_PLAN,
        &TAKE_PAYMENTS,
        &OWN,
        &SEE_SUPPORT,
    ]
    .into_iter()
    .chain(MODULES.iter().flat_map(|module| module.permissions().iter().copied()))
}
