//! What can be allowed in the scoreboard.

use crate::org::{Audience, Permission, Role};

const MODULE: Option<&str> = Some("scoreboard");

/// See leaderboards and results, as far as each metric shows them.
pub static VIEW: Permission = Permission {
    name: "scoreboard.view",
    module: MODULE,
    audience: Audience::Members(Role::Member),
    label: "See leaderboards and results",
};

/// Enter results of one's own.
pub static ENTER: Permission = Permission {
    name: "scoreboard.entries.change",
    module: MODULE,
    audience: Audience::Members(Role::Member),
    label: "Enter one’s own results",
};

/// Enter anybody's results, correct and approve them, set targets, and see what only managers see.
pub static MANAGE: Permission = Permission {
    name: "scoreboard.manage",
    module: MODULE,
    audience: Audience::Members(Role::Manager),
    label: "Enter, correct and approve everybody’s results, and set targets",
};

/// Set up metrics, people, teams and screens.
pub static SET_UP: Permission = Permission {
    name: "scoreboard.set_up",
    module: MODULE,
    audience: Audience::Members(Role::Admin),
    label: "Set up what is counted, people, teams and screens",
};

/// See the boards of an office screen.
pub static SHOW: Permission = Permission {
    name: "scoreboard.screen",
    module: MODULE,
    audience: Audience::Link,
    label: "Show boards on a screen",
};

/// Get the weekly email no more, by the link in it.
pub static STOP_LETTERS: Permission = Permission {
    name: "scoreboard.letters",
    module: MODULE,
    audience: Audience::Link,
    label: "Stop the weekly email by its link",
};

/// All of them.
pub static ALL: &[&Permission] = &[&VIEW, &ENTER, &MANAGE, &SET_UP, &SHOW, &STOP_LETTERS];
