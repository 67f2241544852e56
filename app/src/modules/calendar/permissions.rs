//! What can be allowed in the calendar.

use crate::org::{Audience, Permission, Role};

const MODULE: Option<&str> = Some("calendar");

/// See the public booking pages and the times on offer.
pub static BROWSE: Permission =
    Permission { name: "calendar.browse", module: MODULE, audience: Audience::Public, label: "See the booking page" };

/// Book a time.
pub static BOOK: Permission =
    Permission { name: "calendar.book", module: MODULE, audience: Audience::Public, label: "Book a time" };

/// See, move and cancel the one appointment, or see and leave the one place on the waitlist, that a private link names.
pub static MANAGE_OWN: Permission = Permission {
    name: "calendar.manage_own",
    module: MODULE,
    audience: Audience::Link,
    label: "Manage one’s own booking",
};

/// See appointments and their clients.
pub static VIEW_APPOINTMENTS: Permission = Permission {
    name: "calendar.appointments.view",
    module: MODULE,
    audience: Audience::Members(Role::Member),
    label: "See appointments and who booked",
};

/// Cancel appointments and mark no-shows.
pub static CHANGE_APPOINTMENTS: Permission = Permission {
    name: "calendar.appointments.change",
    module: MODULE,
    audience: Audience::Members(Role::Member),
    label: "Change appointments",
};

/// See the directory of clients.
pub static VIEW_CLIENTS: Permission = Permission {
    name: "calendar.clients.view",
    module: MODULE,
    audience: Audience::Members(Role::Member),
    label: "See the client list",
};

/// Change, merge, erase and import clients.
pub static CHANGE_CLIENTS: Permission = Permission {
    name: "calendar.clients.change",
    module: MODULE,
    audience: Audience::Members(Role::Member),
    label: "Change clients",
};

/// Set up services, staff and hours.
pub static SET_UP: Permission = Permission {
    name: "calendar.set_up",
    module: MODULE,
    audience: Audience::Members(Role::Admin),
    label: "Set up services, staff and hours",
};

/// See what was booked, what became of it and what it comes to.
pub static VIEW_REPORTS: Permission = Permission {
    name: "calendar.reports.view",
    module: MODULE,
    audience: Audience::Members(Role::Admin),
    label: "See reports",
};

/// All of them.
pub static ALL: &[&Permission] = &[
    &BROWSE,
    &BOOK,
    &MANAGE_OWN,
    &VIEW_APPOINTMENTS,
    &CHANGE_APPOINTMENTS,
    &VIEW_CLIENTS,
    &CHANGE_CLIENTS,
    &SET_UP,
    &VIEW_REPORTS,
];
