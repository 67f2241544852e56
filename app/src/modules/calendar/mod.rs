//! Calendar: public booking pages, availability, appointments with encrypted client details.

pub mod api;
pub mod pages;
pub mod public_words;
#[cfg(feature = "ssr")]
pub mod setup_api;
#[cfg(feature = "ssr")]
mod setup_options;
#[cfg(feature = "ssr")]
pub mod setup_wire;
pub mod wire;

#[cfg(feature = "ssr")]
pub mod answers;
#[cfg(feature = "ssr")]
mod appointment_page;
#[cfg(feature = "ssr")]
mod asked;
#[cfg(feature = "ssr")]
pub mod assign;
#[cfg(feature = "ssr")]
mod at_desk;
#[cfg(feature = "ssr")]
pub mod availability;
#[cfg(feature = "ssr")]
pub mod backfill;
#[cfg(feature = "ssr")]
pub mod booking;
#[cfg(feature = "ssr")]
pub mod calendar_views;
#[cfg(feature = "ssr")]
pub mod card;
#[cfg(feature = "ssr")]
pub mod client;
#[cfg(feature = "ssr")]
pub mod client_file;
#[cfg(feature = "ssr")]
pub mod clients_api;
#[cfg(feature = "ssr")]
pub mod closures;
#[cfg(feature = "ssr")]
mod completed;
#[cfg(feature = "ssr")]
pub mod csv_in;
#[cfg(feature = "ssr")]
pub mod csv_out;
#[cfg(feature = "ssr")]
mod demo;
#[cfg(feature = "ssr")]
pub mod desk;
#[cfg(feature = "ssr")]
pub mod diary_views;
#[cfg(feature = "ssr")]
pub mod directory;
#[cfg(feature = "ssr")]
pub mod elsewhere;
#[cfg(feature = "ssr")]
pub mod embedding;
#[cfg(feature = "ssr")]
pub mod erasing;
#[cfg(feature = "ssr")]
mod events;
#[cfg(feature = "ssr")]
mod export;
#[cfg(feature = "ssr")]
mod feed_file;
#[cfg(feature = "ssr")]
pub mod feeds;
#[cfg(feature = "ssr")]
pub mod feeds_api;
#[cfg(feature = "ssr")]
pub mod format;
#[cfg(feature = "ssr")]
mod happenings;
#[cfg(feature = "ssr")]
pub mod holds;
#[cfg(feature = "ssr")]
mod http;
#[cfg(feature = "ssr")]
pub mod ics;
#[cfg(feature = "ssr")]
pub mod ids;
#[cfg(feature = "ssr")]
pub mod importing;
#[cfg(feature = "ssr")]
pub mod letters;
#[cfg(feature = "ssr")]
pub mod letters_api;
#[cfg(feature = "ssr")]
mod managed;
#[cfg(feature = "ssr")]
pub mod merging;
#[cfg(feature = "ssr")]
pub mod offering;
#[cfg(feature = "ssr")]
pub mod options;
#[cfg(feature = "ssr")]
pub mod paying;
#[cfg(feature = "ssr")]
pub mod permissions;
#[cfg(feature = "ssr")]
pub mod proof;
#[cfg(feature = "ssr")]
pub mod public_pages;
#[cfg(feature = "ssr")]
pub mod reports;
#[cfg(feature = "ssr")]
mod rest;
#[cfg(feature = "ssr")]
mod rest_clients;
#[cfg(feature = "ssr")]
mod rest_desk;
#[cfg(feature = "ssr")]
mod rest_embedding;
#[cfg(feature = "ssr")]
mod rest_feeds;
#[cfg(feature = "ssr")]
mod rest_letters;
#[cfg(feature = "ssr")]
mod rest_reports;
#[cfg(feature = "ssr")]
mod rest_rooms;
#[cfg(feature = "ssr")]
mod rest_setup;
#[cfg(feature = "ssr")]
mod rest_waitlist;
#[cfg(feature = "ssr")]
pub mod rooms;
#[cfg(feature = "ssr")]
pub mod schedules;
#[cfg(feature = "ssr")]
pub mod service_pictures;
#[cfg(feature = "ssr")]
pub mod setup;
#[cfg(feature = "ssr")]
pub mod setup_forms;
#[cfg(feature = "ssr")]
pub mod setup_views;
#[cfg(feature = "ssr")]
pub mod slots;
#[cfg(feature = "ssr")]
pub mod slots_case;
#[cfg(feature = "ssr")]
pub mod store;
#[cfg(feature = "ssr")]
mod structured;
#[cfg(feature = "ssr")]
mod times;
#[cfg(feature = "ssr")]
pub mod typed;
#[cfg(feature = "ssr")]
pub mod views;
#[cfg(feature = "ssr")]
pub mod waitlist;
#[cfg(feature = "ssr")]
pub mod waitlist_api;
#[cfg(feature = "ssr")]
pub mod waitlist_views;
#[cfg(feature = "ssr")]
pub mod why;
#[cfg(feature = "ssr")]
pub mod why_page;

use leptos_router::{
    NestedRoute, SsrMode,
    any_nested_route::{AnyNestedRoute, IntoAnyNestedRoute},
    path,
};

use crate::module::{Module, NavEntry, Quota, SettingsPage};

/// Each booking counts once, in the month in which it is made.
const BOOKINGS: Quota =
    Quota { name: "calendar.bookings", label: "Bookings a month", counts: "bookings this month", monthly: true };

/// The module.
pub static MODULE: Calendar = Calendar;

/// Public booking pages, availability and appointments.
#[derive(Debug, Clone, Copy)]
pub struct Calendar;

impl Module for Calendar {
    fn name(&self) -> &'static str {
        "calendar"
    }

    fn title(&self) -> &'static str {
        "Calendar"
    }

    #[cfg(feature = "ssr")]
    fn about(&self) -> &'static str {
        "Clients book on your public page, and your team sees who comes when."
    }

    fn nav(&self) -> &'static [NavEntry] {
        &[
            NavEntry { label: "Calendar", path: "/calendar", icon: "calendar", needs: "calendar.appointments.view" },
            NavEntry { label: "Clients", path: "/calendar/clients", icon: "users", needs: "calendar.clients.view" },
            NavEntry { label: "Reports", path: "/calendar/reports", icon: "chart", needs: "calendar.reports.view" },
        ]
    }

    #[cfg(feature = "ssr")]
    fn happenings(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("calendar.clients_read", "Looked at clients’ details"),
            ("calendar.appointment_booked", "Booked an appointment"),
            ("calendar.appointment_moved", "Moved an appointment"),
            ("calendar.appointment_cancelled", "Cancelled an appointment"),
            ("calendar.appointment_no_show", "Marked a no-show"),
            ("calendar.appointment_stands", "Let an appointment stand again"),
            ("calendar.appointment_confirmed", "Confirmed an appointment"),
            ("calendar.appointment_declined", "Declined an appointment"),
            ("calendar.appointment_expired", "Let a booking lapse that nobody confirmed"),
            ("calendar.appointment_paid", "Took a client’s payment for a booking"),
            ("calendar.appointment_unpaid", "Let a booking lapse that wasn’t paid"),
            ("calendar.appointment_refunded", "Paid back what was paid for a booking"),
            ("calendar.refund_failed", "Couldn’t pay back what was paid"),
            ("calendar.payment_disputed", "Learnt that a payment is disputed, or no longer is"),
            ("calendar.package_saved", "Set up a package"),
            ("calendar.package_ordered", "Noted that a client chose a package"),
            ("calendar.package_sold", "Sold a package"),
            ("calendar.package_ended", "Ended a package that was paid back"),
            ("calendar.block_made", "Blocked a time"),
            ("calendar.block_changed", "Changed a blocked time"),
            ("calendar.block_ended", "Freed a blocked time"),
            ("calendar.hold_made", "Held a time"),
            ("calendar.hold_ended", "Let go of a time"),
            ("calendar.waitlist_offered", "Offered somebody on the waitlist a time"),
            ("calendar.waitlist_removed", "Took somebody off the waitlist"),
            ("calendar.client_saved", "Changed a client"),
            ("calendar.client_deleted", "Deleted a client who never booked"),
            ("calendar.client_erased", "Erased a client"),
            ("calendar.client_exported", "Took along all there is of a client"),
            ("calendar.clients_merged", "Made several clients one"),
            ("calendar.clients_imported", "Brought along clients or bookings from a file"),
            ("calendar.import_undone", "Undid what a file brought"),
            ("calendar.client_consented", "Noted that a client may be written to"),
            ("calendar.client_withdrew", "Noted that a client may not be written to"),
            ("calendar.service_saved", "Set up a service"),
            ("calendar.staff_saved", "Set up somebody who can be booked"),
            ("calendar.hours_saved", "Set hours"),
            ("calendar.category_moved", "Moved a category of services"),
            ("calendar.schedule_saved", "Set up a schedule"),
            ("calendar.schedule_deleted", "Deleted a schedule"),
            ("calendar.room_saved", "Set up a room or equipment"),
            ("calendar.room_deleted", "Deleted a room or equipment"),
            ("calendar.closures_saved", "Set the days on which you are closed"),
            ("calendar.embedding_saved", "Set which websites may show the booking page"),
            ("calendar.letters_saved", "Set up emails to clients and staff"),
            ("calendar.letter_sent_again", "Sent an email again"),
            ("calendar.feed_made", "Shared a calendar"),
            ("calendar.feed_revoked", "Ended the sharing of a calendar"),
            ("calendar.elsewhere_added", "Connected a calendar elsewhere"),
            ("calendar.elsewhere_removed", "Disconnected a calendar elsewhere"),
            ("calendar.busy_changed", "Read when somebody is busy elsewhere"),
        ]
    }

    #[cfg(feature = "ssr")]
    fn tell<'t>(
        &self,
        tx: &'t mut crate::org::OrgTx,
        entries: Vec<&'t crate::audit::Entry>,
    ) -> futures::future::BoxFuture<'t, crate::error::Result<std::collections::HashMap<i64, crate::audit::Told>>> {
        Box::pin(happenings::tell(tx, entries))
    }

    #[cfg(feature = "ssr")]
    fn events(&self) -> &'static [crate::module::Event] {
        events::EVENTS
    }

    #[cfg(feature = "ssr")]
    fn event_data<'t>(
        &self,
        tx: &'t mut crate::org::OrgTx,
        name: &'static str,
        subject: uuid::Uuid,
    ) -> futures::future::BoxFuture<'t, crate::error::Result<serde_json::Value>> {
        Box::pin(events::data(tx, name, subject))
    }

    #[cfg(feature = "ssr")]
    fn event_fields(&self, name: &str) -> &'static [crate::module::EventField] {
        events::fields(name)
    }

    #[cfg(feature = "ssr")]
    fn event_values<'t>(
        &self,
        tx: &'t mut crate::org::OrgTx,
        name: &'static str,
        subject: uuid::Uuid,
    ) -> futures::future::BoxFuture<'t, crate::error::Result<std::collections::BTreeMap<&'static str, String>>> {
        Box::pin(events::values(tx, name, subject))
    }

    #[cfg(feature = "ssr")]
    fn countable(&self) -> &'static [crate::module::Countable] {
        completed::COUNTABLE
    }

    #[cfg(feature = "ssr")]
    fn counted<'t>(
        &self,
        tx: &'t mut crate::org::OrgTx,
        _name: &'static str,
        subject: uuid::Uuid,
    ) -> futures::future::BoxFuture<'t, crate::error::Result<Option<crate::module::Counted>>> {
        Box::pin(completed::counted(tx, subject))
    }

    #[cfg(feature = "ssr")]
    fn to_count<'t>(
        &self,
        tx: &'t mut crate::org::OrgTx,
        _name: &'static str,
        since: crate::clock::Instant,
        after: Option<(crate::clock::Instant, uuid::Uuid)>,
    ) -> futures::future::BoxFuture<'t, crate::error::Result<Vec<(crate::clock::Instant, uuid::Uuid)>>> {
        Box::pin(completed::to_count(tx, since, after))
    }

    fn settings(&self) -> &'static [SettingsPage] {
        &[
            SettingsPage {
                label: "Services",
                path: "/calendar/services",
                about: "What clients can book: how long it takes, what it costs, who offers it.",
                also: "treatments prices duration booking page",
                needs: "calendar.set_up",
            },
            SettingsPage {
                label: "Days closed",
                path: "/calendar/holidays",
                about: "Public holidays of your state, and the days on which the whole business is closed.",
                also: "public holidays christmas easter shutdown stocktake closed",
                needs: "calendar.set_up",
            },
            SettingsPage {
                label: "Emails",
                path: "/calendar/letters",
                about: "What clients and your team are written to: confirmations, reminders, and how they are worded.",
                also: "letters mail reminders confirmation templates wording notifications follow-up agenda",
                needs: "calendar.set_up",
            },
            SettingsPage {
                label: "Packages",
                path: "/calendar/packages",
                about: "Several sessions that clients pay for at once, online or at the counter.",
                also: "bundle prepaid pass sessions voucher multi",
                needs: "calendar.set_up",
            },
            SettingsPage {
                label: "Payments",
                path: "/calendar/payments",
                about: "Deposits or the whole price when clients book, to your own Stripe account.",
                also: "stripe card deposit prepay refund money pay online",
                needs: "calendar.set_up",
            },
            SettingsPage {
                label: "Your own website",
                path: "/calendar/embed",
                about: "Clients book on your website without leaving it: what to put there, and which websites may.",
                also: "embed widget iframe wordpress squarespace wix button html code",
                needs: "calendar.set_up",
            },
            SettingsPage {
                label: "Staff and hours",
                path: "/calendar/staff",
                about: "Who can be booked, their weekly hours, and the days that are different.",
                also: "team roster opening hours holidays leave closed",
                needs: "calendar.set_up",
            },
            SettingsPage {
                label: "Schedules",
                path: "/calendar/schedules",
                about: "Hours under a name that several people or services keep: a school term, a summer.",
                also: "opening hours roster seasonal term summer",
                needs: "calendar.set_up",
            },
            SettingsPage {
                label: "Rooms and equipment",
                path: "/calendar/rooms",
                about: "What is booked along with your people, so that no room is promised twice.",
                also: "resources rooms chairs tables machines",
                needs: "calendar.set_up",
            },
        ]
    }

    #[cfg(feature = "ssr")]
    fn places<'t>(
        &self,
        tx: &'t mut crate::org::OrgTx,
    ) -> futures::future::BoxFuture<'t, crate::error::Result<Vec<crate::settings::wire::Place>>> {
        Box::pin(setup_views::places(tx))
    }

    #[cfg(feature = "ssr")]
    fn owed<'t>(
        &self,
        tx: &'t mut crate::org::OrgTx,
    ) -> futures::future::BoxFuture<'t, crate::error::Result<Vec<String>>> {
        Box::pin(paying::words::owed(tx))
    }

    #[cfg(feature = "ssr")]
    fn first_steps<'t>(
        &self,
        tx: &'t mut crate::org::OrgTx,
    ) -> futures::future::BoxFuture<'t, crate::error::Result<Vec<crate::module::FirstStep>>> {
        Box::pin(setup_views::first_steps(tx))
    }

    #[cfg(feature = "ssr")]
    fn export<'t>(
        &self,
        tx: &'t mut crate::org::OrgTx,
        into: &'t mut crate::settings::export_files::Files,
    ) -> futures::future::BoxFuture<'t, crate::error::Result<()>> {
        Box::pin(export::write(tx, into))
    }

    #[cfg(feature = "ssr")]
    fn closed_days<'t>(
        &self,
        tx: &'t mut crate::org::OrgTx,
        from: jiff::civil::Date,
        until: jiff::civil::Date,
    ) -> futures::future::BoxFuture<'t, crate::error::Result<Option<std::collections::BTreeSet<jiff::civil::Date>>>>
    {
        Box::pin(closures::closed_days(tx, from, until))
    }

    #[cfg(feature = "ssr")]
    fn today_load<'t>(
        &self,
        tx: &'t mut crate::org::OrgTx,
    ) -> futures::future::BoxFuture<'t, crate::error::Result<Option<crate::module::Load>>> {
        Box::pin(reports::today::load(tx))
    }

    #[cfg(feature = "ssr")]
    fn uploads(&self) -> &'static [crate::module::Upload] {
        &[importing::UPLOAD, service_pictures::UPLOAD]
    }

    #[cfg(feature = "ssr")]
    fn never(&self) -> &'static [crate::invariants::Never] {
        // Held against all that began before, for one may be long.
        &[crate::invariants::Never {
            words: "times of somebody or something are taken twice",
            count: "SELECT count(*) FROM (SELECT blocks_from, max(blocks_until) OVER (PARTITION BY org_id, holder_id ORDER BY blocks_from, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS taken FROM calendar_claims) AS claims WHERE blocks_from < taken",
        }]
    }

    fn quotas(&self) -> &'static [Quota] {
        &[BOOKINGS]
    }

    fn public_routes(&self) -> Vec<AnyNestedRoute> {
        // Async: the page is whole without JavaScript.
        let mut routes = Vec::new();
        // Before what a service’s address could be.
        #[cfg(feature = "ssr")]
        routes.extend(pages::packages_to_all().into_iter().chain(pages::plain_to_all()));
        routes.extend([
            NestedRoute::new(path!("/b/:org"), pages::BusinessRoute).ssr_mode(SsrMode::Async).into_any_nested_route(),
            NestedRoute::new(path!("/b/:org/:service"), pages::ServiceRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/manage/:token"), pages::ManageRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
        ]);
        routes
    }

    #[cfg(feature = "ssr")]
    fn is_plain_public(&self, path: &str) -> bool {
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        match parts.as_slice() {
            ["b", _, _, "waitlist"] | ["b", _, "packages"] | ["waitlist" | "package", _] => true,
            ["b", _, part, ..] => public_pages::PLAIN.contains(part),
            _ => false,
        }
    }

    #[cfg(feature = "dashboard")]
    fn dashboard_routes(&self) -> Vec<AnyNestedRoute> {
        vec![
            NestedRoute::new(path!("/app/:org/calendar"), pages::DiaryRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
        ]
    }

    #[cfg(feature = "ssr")]
    fn plain_routes(&self) -> Vec<AnyNestedRoute> {
        vec![
            NestedRoute::new(path!("/app/:org/calendar/clients"), pages::ClientsRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            // Before what an id could be.
            NestedRoute::new(path!("/app/:org/calendar/clients/new"), pages::NewClientRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/calendar/clients/duplicates"), pages::DuplicatesRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/calendar/clients/merge"), pages::MergeRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/calendar/clients/import"), pages::ImportRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/calendar/clients/import/:id"), pages::ImportedRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/calendar/clients/:id"), pages::ClientRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/calendar/clients/:id/erase"), pages::EraseClientRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/calendar/services"), pages::ServicesRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/calendar/book"), pages::DeskRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/calendar/block"), pages::BlockRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/calendar/appointments/:id"), pages::AppointmentRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            // Before what an id could be.
            NestedRoute::new(path!("/app/:org/calendar/services/new"), pages::NewServiceRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/calendar/services/:id"), pages::ServiceSetupRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/calendar/services/:id/:section"), pages::ServiceSetupRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/calendar/packages"), pages::PackagesRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/calendar/payments"), pages::PaymentsRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/calendar/reports"), pages::ReportsRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/calendar/why"), pages::WhyRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/calendar/waitlist"), pages::WaitlistRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/calendar/waitlist/:id"), pages::OfferRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/b/:org/:service/waitlist"), pages::JoinWaitlistRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/waitlist/:token"), pages::OwnWaitlistRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/calendar/embed"), pages::EmbeddingRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/calendar/holidays"), pages::HolidaysRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/calendar/letters"), pages::LettersRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/calendar/letters/staff/:id"), pages::StaffLettersRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/calendar/letters/:kind"), pages::LetterRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/calendar/mine"), pages::MineRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/calendar/rooms"), pages::RoomsRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/calendar/rooms/:id"), pages::RoomRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/calendar/schedules"), pages::SchedulesRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/calendar/schedules/:id"), pages::ScheduleRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/calendar/schedules/:id/:section"), pages::ScheduleRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/calendar/staff"), pages::StaffRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/calendar/staff/:id"), pages::PersonRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/calendar/staff/:id/:section"), pages::PersonRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
        ]
    }

    #[cfg(feature = "ssr")]
    fn plain_paths(&self) -> &'static [&'static str] {
        &[
            "calendar/appointments",
            "calendar/block",
            "calendar/book",
            "calendar/clients",
            "calendar/embed",
            "calendar/services",
            "calendar/staff",
            "calendar/holidays",
            "calendar/letters",
            "calendar/mine",
            "calendar/packages",
            "calendar/payments",
            "calendar/reports",
            "calendar/rooms",
            "calendar/schedules",
            "calendar/waitlist",
            "calendar/why",
        ]
    }

    #[cfg(feature = "ssr")]
    fn permissions(&self) -> &'static [&'static crate::org::Permission] {
        permissions::ALL
    }

    #[cfg(feature = "ssr")]
    fn keepers(&self) -> &'static [fn(crate::platform::Platform) -> futures::future::BoxFuture<'static, ()>] {
        &[
            |platform| Box::pin(holds::keep_letting_go(platform)),
            |platform| Box::pin(offering::keep_offering(platform)),
            |platform| Box::pin(backfill::keep_linking(platform)),
            |platform| Box::pin(paying::settle::keep_settling(platform)),
        ]
    }

    #[cfg(feature = "ssr")]
    fn payment_told<'p>(
        &self,
        platform: &'p crate::platform::Platform,
        org: crate::ids::OrgId,
        account: &'p str,
        session: Option<&'p str>,
        intent: Option<&'p str>,
    ) -> futures::future::BoxFuture<'p, crate::error::Result<crate::billing::sync::Outcome, crate::billing::sync::Failed>>
    {
        Box::pin(paying::settle::told(platform, org, account, session, intent))
    }

    #[cfg(feature = "ssr")]
    fn sealed(&self) -> &'static [crate::sealed::Sealed] {
        use crate::sealed::Sealed;
        const ALL: &[Sealed] = &[
            Sealed::of_org("calendar_appointments", "answers"),
            Sealed::of_org("calendar_appointments", "client_email"),
            Sealed::of_org("calendar_appointments", "client_name"),
            Sealed::of_org("calendar_appointments", "client_phone"),
            Sealed::of_org("calendar_appointments", "notes"),
            Sealed::of_org("calendar_appointments", "place"),
            Sealed::of_org("calendar_blocks", "title"),
            Sealed::of_org("calendar_busy", "title"),
            Sealed::of_org("calendar_busy_sources", "problem"),
            Sealed::of_org("calendar_busy_sources", "url"),
            Sealed::of_org("calendar_clients", "email"),
            Sealed::of_org("calendar_clients", "marketing_how"),
            Sealed::of_org("calendar_clients", "name"),
            Sealed::of_org("calendar_clients", "notes"),
            Sealed::of_org("calendar_clients", "phone"),
            Sealed::of_org("calendar_clients", "tags"),
            Sealed::of_org("calendar_imports", "file").large(),
            Sealed::of_org("calendar_purchases", "code"),
            Sealed::of_org("calendar_texts", "content"),
            Sealed::of_org("calendar_waitlist", "client_email"),
            Sealed::of_org("calendar_waitlist", "client_name"),
            Sealed::of_org("calendar_waitlist", "client_phone"),
        ];
        ALL
    }

    #[cfg(feature = "ssr")]
    fn jobs(&self) -> &'static [crate::module::Job] {
        const JOBS: &[crate::module::Job] = &[
            crate::module::Job {
                name: "calendar.letters",
                every: std::time::Duration::from_secs(30),
                run: |platform| {
                    Box::pin(async move {
                        letters::due::write(&platform).await?;
                        letters::texts::send(&platform).await
                    })
                },
            },
            elsewhere::JOB,
            importing::JOB,
        ];
        JOBS
    }

    #[cfg(feature = "ssr")]
    fn job_in_words(&self, name: &str) -> Option<&'static str> {
        if name == elsewhere::JOB.name {
            return Some("Reads when people are busy in their calendars elsewhere");
        }
        if name == importing::JOB.name {
            return Some("Forgets lists of clients and bookings that nobody took over for an hour");
        }
        (name == "calendar.letters").then_some("Writes reminders, follow-ups and days to those who want them")
    }

    #[cfg(feature = "ssr")]
    fn letter_kinds(&self) -> &'static [(&'static str, &'static str)] {
        letters::kinds::WORDS
    }

    #[cfg(feature = "ssr")]
    fn letters(&self, origin: &str) -> Vec<crate::mail::examples::Example> {
        letters::examples::all(origin)
    }

    #[cfg(feature = "ssr")]
    fn health<'p>(
        &self,
        platform: &'p crate::platform::Platform,
    ) -> futures::future::BoxFuture<'p, crate::error::Result<Vec<crate::admin::wire::Fact>>> {
        Box::pin(async move {
            let mut facts = elsewhere::health(platform).await?;
            facts.push(paying::settle::health(platform).await?);
            Ok(facts)
        })
    }

    #[cfg(feature = "ssr")]
    fn commands(&self) -> &'static [crate::module::Command] {
        &[crate::module::Command {
            name: "slots",
            about: "Read one slot case (JSON) on standard input and print the UTC slot starts as a JSON array.",
            run: slots_case::run_json,
        }]
    }

    #[cfg(feature = "ssr")]
    fn api(&self) -> utoipa_axum::router::OpenApiRouter<crate::platform::Platform> {
        rest::router()
    }

    #[cfg(feature = "ssr")]
    fn http(&self) -> axum::Router<crate::platform::Platform> {
        http::router()
    }

    #[cfg(feature = "ssr")]
    fn public_paths<'p>(
        &self,
        platform: &'p crate::platform::Platform,
    ) -> futures::future::BoxFuture<'p, crate::error::Result<Vec<String>>> {
        Box::pin(http::public_paths(platform))
    }

    #[cfg(feature = "ssr")]
    fn seed_demo<'p>(
        &self,
        platform: &'p crate::platform::Platform,
        org: crate::ids::OrgId,
    ) -> futures::future::BoxFuture<'p, crate::error::Result<()>> {
        Box::pin(demo::seed(platform, org))
    }
}
