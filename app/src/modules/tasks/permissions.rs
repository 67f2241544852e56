//! What can be allowed in tasks.

use crate::org::{Audience, Permission, Role};

const MODULE: Option<&str> = Some("tasks");

/// See lists and tasks, as far as their spaces are one's own.
pub static VIEW: Permission = Permission {
    name: "tasks.view",
    module: MODULE,
    audience: Audience::Members(Role::Member),
    label: "See lists and tasks",
};

/// Add tasks, change and complete them, and add lists.
pub static CHANGE: Permission = Permission {
    name: "tasks.change",
    module: MODULE,
    audience: Audience::Members(Role::Member),
    label: "Add, change and complete tasks",
};

/// Change lists themselves: their statuses, fields, labels and templates, and hand over others' work.
pub static ORGANISE: Permission = Permission {
    name: "tasks.organise",
    module: MODULE,
    audience: Audience::Members(Role::Manager),
    label: "Set up lists, templates and automation, and hand over others’ tasks",
};

/// Set up spaces and teams. Whoever may do that sees all of them.
pub static SET_UP: Permission = Permission {
    name: "tasks.set_up",
    module: MODULE,
    audience: Audience::Members(Role::Admin),
    label: "Set up spaces and teams, and see all of them",
};

/// Get emails about tasks no more, by the link in them.
pub static STOP_LETTERS: Permission = Permission {
    name: "tasks.letters",
    module: MODULE,
    audience: Audience::Link,
    label: "Stop emails about tasks by their link",
};

/// See a list that is shown by its link, as it is now.
pub static SHARED: Permission =
    Permission { name: "tasks.shared", module: MODULE, audience: Audience::Link, label: "See a list by its link" };

/// All of them.
pub static ALL: &[&Permission] = &[&VIEW, &CHANGE, &ORGANISE, &SET_UP, &SHARED, &STOP_LETTERS];
