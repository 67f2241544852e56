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
