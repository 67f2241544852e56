//! The scoreboard's ids.

use crate::id;

id!(
    /// Somebody whose results are counted.
    PersonId
);
id!(
    /// A team, or a branch.
    TeamId
);
id!(
    /// Somebody's time in a team.
    MembershipId
);
id!(
    /// What is counted.
    MetricId
);
id!(
    /// A line of the ledger.
    EntryId
);
id!(
    /// An office screen.
    ScreenId
);
