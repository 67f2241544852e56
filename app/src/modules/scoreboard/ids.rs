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
id!(
    /// What is to be reached.
    TargetId
);
id!(
    /// Somebody's time away.
    LeaveId
);
id!(
    /// A program elsewhere that tells what happened.
    SourceId
);
id!(
    /// Something that such a program told.
    DeliveryId
);
id!(
    /// What of another module is counted.
    RuleId
);
id!(
    /// Something that happened there.
    CountId
);
id!(
    /// A file of results that is taken over.
    ImportId
);
id!(
    /// A period that was closed.
    ClosingId
);
id!(
    /// A contest.
    ContestId
);
id!(
    /// A badge.
    BadgeId
);
id!(
    /// That somebody came by a badge.
    AwardId
);
