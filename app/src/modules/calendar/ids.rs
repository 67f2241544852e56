//! The calendar's ids.

use crate::id;

id!(
    /// A service that can be booked.
    ServiceId
);
id!(
    /// Somebody who can be booked.
    StaffId
);
id!(
    /// An appointment.
    AppointmentId
);
id!(
    /// A window of weekly hours, or an override of a date.
    WindowId
);
id!(
    /// A schedule: weekly hours and the dates that are different, under a name.
    ScheduleId
);
id!(
    /// A room, or a piece of equipment.
    ResourceId
);
id!(
    /// An appointment that several clients share.
    SessionId
);
id!(
    /// A time that somebody is filling in the form for.
    HoldId
);
id!(
    /// A place on the waitlist.
    WaitlistId
);
id!(
    /// Somebody that the business does things for.
    ClientId
);
id!(
    /// Time in which somebody, or a room, can’t be booked.
    BlockId
);
id!(
    /// Further people or things that an appointment takes.
    TakeId
);
id!(
    /// A calendar elsewhere.
    BusySourceId
);
id!(
    /// A busy time that was read in a calendar elsewhere.
    BusyId
);
id!(
    /// The secret address of somebody’s own calendar.
    FeedId
);
id!(
    /// A list of clients or bookings that is brought along.
    ImportId
);
id!(
    /// What a client pays.
    PaymentId
);
id!(
    /// Several sessions that can be bought at once.
    PackageId
);
id!(
    /// A package that somebody bought.
    PurchaseId
);
