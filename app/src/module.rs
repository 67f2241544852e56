//! What a module brings: everything the platform knows about it comes from here. A folder in `modules/` whose `mod.rs`
//! has a `pub static MODULE` of a type with this trait is part of the product; nothing else names it.

#[cfg(feature = "ssr")]
use std::collections::{BTreeMap, BTreeSet, HashMap};

use leptos_router::any_nested_route::AnyNestedRoute;

#[cfg(feature = "ssr")]
use crate::{org::Permission, platform::Platform};

/// An entry in the dashboard's navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NavEntry {
    /// "Calendar".
    pub label: &'static str,
    /// After `/app/{org}`: `/calendar`.
    pub path: &'static str,
    /// Name of an icon in the design system.
    pub icon: &'static str,
    /// The name of the permission that shows it.
    pub needs: &'static str,
}

/// A counted limit that plans set: `calendar.bookings`, by month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// The stable name.
    pub name: &'static str,
    /// For people: "Bookings a month".
    pub label: &'static str,
    /// What is counted, after a number: "bookings this month".
    pub counts: &'static str,
    /// Starts again at each month's first midnight in the organisation's zone; otherwise counts what is there.
    pub monthly: bool,
}

/// A setting that an organisation chooses, shown on its settings page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettingsPage {
    /// "Services".
    pub label: &'static str,
    /// After `/app/{org}`: `/calendar/services`.
    pub path: &'static str,
    /// What can be set there, in a sentence.
    pub about: &'static str,
    /// Other words that somebody may look for it with: "team staff roles".
    pub also: &'static str,
    /// The name of the permission that shows it.
    pub needs: &'static str,
}

/// Something to set up in a new organisation, on its first page.
#[cfg(feature = "ssr")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstStep {
    /// "Your opening hours"
    pub label: &'static str,
    /// What it is good for, in a sentence.
    pub about: &'static str,
    /// About how long it takes: "2 minutes".
    pub takes: &'static str,
    /// After `/app/{org}`.
    pub path: &'static str,
    /// Clients can come without.
    pub can_wait: bool,
    /// It is done.
    pub done: bool,
}

/// Something that happens in a module, which an organisation can have addresses of its own told of.
#[cfg(feature = "ssr")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// As it is emitted: `calendar.appointment_booked`.
    pub name: &'static str,
    /// For people: "An appointment is booked".
    pub label: &'static str,
}

/// Something that an event says of what it is about, so that another module can fill it in somewhere, without either knowing the other. What two modules
/// call the same is the same.
#[cfg(feature = "ssr")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventField {
    /// The stable name: `service`.
    pub name: &'static str,
    /// For people: "The service".
    pub label: &'static str,
    /// What it holds.
    pub kind: FieldKind,
}

#[cfg(feature = "ssr")]
impl EventField {
    /// The day that an event is about, whatever module says it.
    pub const DAY: Self = Self { name: "day", label: "The day that it is about", kind: FieldKind::Day };
}

/// What a field of an event holds.
#[cfg(feature = "ssr")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// A day on the organisation's clock: `2026-11-27`.
    Day,
    /// A number in digits: `12`, `4.5`.
    Number,
    /// Words.
    Text,
}

#[cfg(feature = "ssr")]
impl FieldKind {
    /// The word in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Number => "number",
            Self::Text => "text",
        }
    }
}

/// Something that happens in a module and that another one can count, without either knowing the other.
#[cfg(feature = "ssr")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Countable {
    /// The stable name: `calendar.appointment_completed`.
    pub name: &'static str,
    /// For people: "An appointment is completed".
    pub label: &'static str,
    /// What it is worth, for people: "Its price"; `None`: it is worth nothing in money.
    pub worth: Option<&'static str>,
    /// The events after which it may be so, or be so no longer. Their subject is what is asked for.
    pub told_by: &'static [&'static str],
}

/// How something that can be counted stands.
#[cfg(feature = "ssr")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// The member who did it; `None`: nobody who logs in.
    pub who: Option<crate::ids::UserId>,
    /// When it is so: if that is still to come, it is asked for again then.
    pub happened_at: crate::clock::Instant,
    /// What it is worth in cents, including GST; `None`: nothing that could be said in Australian dollars.
    pub cents: Option<i64>,
    /// Why it is so no longer, in a sentence: "The appointment was cancelled."; `None`: it stands.
    pub undone: Option<&'static str>,
}

/// How full today is in a module: for whoever passes by, so no client and nothing of theirs is ever in it.
#[cfg(feature = "ssr")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Load {
    /// "Appointments today"
    pub title: &'static str,
    /// Each person’s day, in the module’s own order.
    pub rows: Vec<LoadRow>,
    /// What comes next, the earliest first: "10:30 am", and whose it is.
    pub next: Vec<(String, String)>,
}

/// How full somebody’s day is.
#[cfg(feature = "ssr")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadRow {
    /// Who.
    pub who: String,
    /// How many there are.
    pub count: usize,
    /// How long they take, in minutes.
    pub booked: i64,
    /// How much working time is still free, in minutes.
    pub open: i64,
}

/// Work done in the background, again and again.
#[cfg(feature = "ssr")]
#[derive(Clone, Copy)]
pub struct Job {
    /// The stable name, for the log.
    pub name: &'static str,
    /// The pause between two runs.
    pub every: std::time::Duration,
    /// Does it once. Must be safe to repeat and to stop at any point.
    pub run: fn(Platform) -> futures::future::BoxFuture<'static, crate::error::Result<()>>,
}

/// A command that a module adds to the command line: standard input to standard output.
#[cfg(feature = "ssr")]
#[derive(Debug, Clone, Copy)]
pub struct Command {
    /// `devalo {name}`.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub about: &'static str,
    /// Does it; the error is a sentence for the person at the terminal.
    pub run: fn(&str) -> Result<String, String>,
}

/// A file that people send a module, from a form that works without JavaScript.
#[cfg(feature = "ssr")]
#[derive(Debug)]
pub struct Upload {
    /// Where its form goes, after `/app/{org}/`: below the page that the form is on.
    pub path: &'static str,
    /// The largest file that is taken, in bytes.
    pub largest: usize,
    /// What it needs: asked before the file is read.
    pub needs: &'static Permission,
    /// Takes it, and gives the address that it leads to.
    pub take: TakeUpload,
}

/// A file as it was sent.
#[cfg(feature = "ssr")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentFile {
    /// What it is called where it comes from: whatever whoever sent it wanted. Empty where that isn’t said.
    pub name: String,
    /// What is in it.
    pub content: Vec<u8>,
}

/// Takes a file in this organisation: what was chosen in the form’s field `kind`, and the file; or why it couldn’t be read: `large`, `none`,
/// `again`.
#[cfg(feature = "ssr")]
pub type TakeUpload = fn(
    Platform,
    crate::org::Actor,
    String,
    String,
    Result<SentFile, &'static str>,
) -> futures::future::BoxFuture<'static, crate::error::Result<String>>;

/// What a module brings.
pub trait Module: Sync {
    /// The folder's name: the prefix of its tables and permissions.
    fn name(&self) -> &'static str;

    /// For people: "Calendar".
    fn title(&self) -> &'static str;

    /// What it does, in a sentence, for who turns it on and off.
    #[cfg(feature = "ssr")]
    fn about(&self) -> &'static str;

    /// Its entries in the dashboard's navigation.
    fn nav(&self) -> &'static [NavEntry] {
        &[]
    }

    /// Its settings pages.
    fn settings(&self) -> &'static [SettingsPage] {
        &[]
    }

    /// Its pages that everybody may see. They are all that the browser's small program knows.
    fn public_routes(&self) -> Vec<AnyNestedRoute> {
        Vec::new()
    }

    /// Its pages behind the log-in, under `/app/`.
    #[cfg(feature = "dashboard")]
    fn dashboard_routes(&self) -> Vec<AnyNestedRoute> {
        Vec::new()
    }

    /// The pages of its dashboard that the server writes alone: nothing in them needs a program, and none knows them. Links to them are
    /// `external`.
    #[cfg(feature = "ssr")]
    fn plain_routes(&self) -> Vec<AnyNestedRoute> {
        Vec::new()
    }

    /// Where they are, after `/app/{org}/`; what is below is theirs, too.
    #[cfg(feature = "ssr")]
    fn plain_paths(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether an address outside `/app/` is one of its pages that the server writes alone.
    #[cfg(feature = "ssr")]
    fn is_plain_public(&self, _path: &str) -> bool {
        false
    }

    /// The files that people send it.
    #[cfg(feature = "ssr")]
    fn uploads(&self) -> &'static [Upload] {
        &[]
    }

    /// What plans may limit.
    fn quotas(&self) -> &'static [Quota] {
        &[]
    }

    /// What can be allowed in it.
    #[cfg(feature = "ssr")]
    fn permissions(&self) -> &'static [&'static Permission] {
        &[]
    }

    /// What happens in it, for the audit log: the event's name, and for people "Cancelled an appointment".
    #[cfg(feature = "ssr")]
    fn happenings(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// What entries of the audit log say of what happened in it, by their numbers: "cancelled the appointment …", after the name
    /// of who did it. What they are about is named as it is called now, all of it in as many statements however many
    /// entries there are. Of an entry that isn't among them the log says the words of [`Self::happenings`].
    #[cfg(feature = "ssr")]
    fn tell<'t>(
        &self,
        _tx: &'t mut crate::org::OrgTx,
        _entries: Vec<&'t crate::audit::Entry>,
    ) -> futures::future::BoxFuture<'t, crate::error::Result<HashMap<i64, crate::audit::Told>>> {
        Box::pin(async { Ok(HashMap::new()) })
    }

    /// What happens in it that addresses can be told of.
    #[cfg(feature = "ssr")]
    fn events(&self) -> &'static [Event] {
        &[]
    }

    /// What such an address is told of one: ids, times, and words for where things stand, and nothing personal. It is asked at the end of
    /// the transaction that caused it.
    #[cfg(feature = "ssr")]
    fn event_data<'t>(
        &self,
        _tx: &'t mut crate::org::OrgTx,
        _name: &'static str,
        subject: uuid::Uuid,
    ) -> futures::future::BoxFuture<'t, crate::error::Result<serde_json::Value>> {
        Box::pin(async move { Ok(serde_json::json!({ "id": subject })) })
    }

    /// What one of its events says of what it is about, for whoever fills it in elsewhere: nothing personal of a client, for more people see it there.
    #[cfg(feature = "ssr")]
    fn event_fields(&self, _name: &str) -> &'static [EventField] {
        &[]
    }

    /// What stands in these fields, as it is now. What isn't known, and all of what isn't there any more, is left out.
    #[cfg(feature = "ssr")]
    fn event_values<'t>(
        &self,
        _tx: &'t mut crate::org::OrgTx,
        _name: &'static str,
        _subject: uuid::Uuid,
    ) -> futures::future::BoxFuture<'t, crate::error::Result<BTreeMap<&'static str, String>>> {
        Box::pin(async { Ok(BTreeMap::new()) })
    }

    /// Stripe told something of what a client pays to an organisation's own account: of a page to pay on, or of a payment. What holds is
    /// asked there; [`Outcome::Unknown`](crate::billing::sync::Outcome::Unknown) where it is none of the module's.
    #[cfg(feature = "ssr")]
    fn payment_told<'p>(
        &self,
        _platform: &'p Platform,
        _org: crate::ids::OrgId,
        _account: &'p str,
        _session: Option<&'p str>,
        _intent: Option<&'p str>,
    ) -> futures::future::BoxFuture<'p, Result<crate::billing::sync::Outcome, crate::billing::sync::Failed>> {
        Box::pin(async { Ok(crate::billing::sync::Outcome::Unknown) })
    }

    /// Its background work.
    #[cfg(feature = "ssr")]
    fn jobs(&self) -> &'static [Job] {
        &[]
    }

    /// What one of its jobs does, in words for whoever runs the platform: "Lets go of times that nobody confirmed".
    #[cfg(feature = "ssr")]
    fn job_in_words(&self, _name: &str) -> Option<&'static str> {
        None
    }

    /// Which of its columns hold what is sealed with the organisation’s data keys: these are sealed anew when the keys are.
    #[cfg(feature = "ssr")]
    fn sealed(&self) -> &'static [crate::sealed::Sealed] {
        &[]
    }

    /// The kinds of letters that it writes, `{module}.{kind}`, and what they are for.
    #[cfg(feature = "ssr")]
    fn letter_kinds(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// One of each kind, with example data: for the operator’s previews, and for the tests.
    #[cfg(feature = "ssr")]
    fn letters(&self, _origin: &str) -> Vec<crate::mail::examples::Example> {
        Vec::new()
    }

    /// How what it does with others’ servers goes, for whoever runs the platform.
    #[cfg(feature = "ssr")]
    fn health<'p>(
        &self,
        _platform: &'p Platform,
    ) -> futures::future::BoxFuture<'p, crate::error::Result<Vec<crate::admin::wire::Fact>>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    /// Work that goes on from the start of the process to its end, for what can’t wait for a job’s next turn.
    #[cfg(feature = "ssr")]
    fn keepers(&self) -> &'static [fn(Platform) -> futures::future::BoxFuture<'static, ()>] {
        &[]
    }

    /// Its commands.
    #[cfg(feature = "ssr")]
    fn commands(&self) -> &'static [Command] {
        &[]
    }

    /// Its JSON API, under `/api/v1`.
    #[cfg(feature = "ssr")]
    fn api(&self) -> utoipa_axum::router::OpenApiRouter<Platform> {
        utoipa_axum::router::OpenApiRouter::new()
    }

    /// Routes of its JSON API that take files as they are, each with its whole path: each holds bodies to a size of its own, and asks for the permission
    /// before it reads one. They are described among those of [`Self::api`].
    #[cfg(feature = "ssr")]
    fn api_files(&self) -> axum::Router<Platform> {
        axum::Router::new()
    }

    /// Its plain HTTP routes that are neither pages nor the JSON API: calendar files, streams.
    #[cfg(feature = "ssr")]
    fn http(&self) -> axum::Router<Platform> {
        axum::Router::new()
    }

    /// What of it the search palette finds, beside its pages and settings: only what the person may open.
    #[cfg(feature = "ssr")]
    fn places<'t>(
        &self,
        _tx: &'t mut crate::org::OrgTx,
    ) -> futures::future::BoxFuture<'t, crate::error::Result<Vec<crate::settings::wire::Place>>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    /// What a new organisation sets up in it, in that order.
    #[cfg(feature = "ssr")]
    fn first_steps<'t>(
        &self,
        _tx: &'t mut crate::org::OrgTx,
    ) -> futures::future::BoxFuture<'t, crate::error::Result<Vec<FirstStep>>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    /// All of it that an organisation owns, to take along: for each of its tables one in the file, named `{module}/{table}` without
    /// the module's name before it, with what is sealed opened. The organisation may have turned the module off.
    #[cfg(feature = "ssr")]
    fn export<'t>(
        &self,
        _tx: &'t mut crate::org::OrgTx,
        _into: &'t mut crate::settings::export_files::Files,
    ) -> futures::future::BoxFuture<'t, crate::error::Result<()>> {
        Box::pin(async { Ok(()) })
    }

    /// What the organisation owes others in it, in words, and has to see to before it is deleted: "2 paid appointments are still to come".
    #[cfg(feature = "ssr")]
    fn owed<'t>(
        &self,
        _tx: &'t mut crate::org::OrgTx,
    ) -> futures::future::BoxFuture<'t, crate::error::Result<Vec<String>>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    /// What must never be in its tables: asked of the whole database after a backup was restored.
    #[cfg(feature = "ssr")]
    fn never(&self) -> &'static [crate::invariants::Never] {
        &[]
    }

    /// A statement that finds the files that its rows name, over all organisations: whose, and their ids. All of them are kept.
    #[cfg(feature = "ssr")]
    fn names_files(&self) -> Option<&'static str> {
        None
    }

    /// What happens in it that can be counted.
    #[cfg(feature = "ssr")]
    fn countable(&self) -> &'static [Countable] {
        &[]
    }

    /// How one of these stands now; `None` where there is no such thing any more.
    #[cfg(feature = "ssr")]
    fn counted<'t>(
        &self,
        _tx: &'t mut crate::org::OrgTx,
        _name: &'static str,
        _subject: uuid::Uuid,
    ) -> futures::future::BoxFuture<'t, crate::error::Result<Option<Counted>>> {
        Box::pin(async { Ok(None) })
    }

    /// What there is of one of these from an instant on, what is still to come among it, the earliest first: a few hundred after a place,
    /// each with when to ask for it.
    #[cfg(feature = "ssr")]
    fn to_count<'t>(
        &self,
        _tx: &'t mut crate::org::OrgTx,
        _name: &'static str,
        _since: crate::clock::Instant,
        _after: Option<(crate::clock::Instant, uuid::Uuid)>,
    ) -> futures::future::BoxFuture<'t, crate::error::Result<Vec<(crate::clock::Instant, uuid::Uuid)>>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    /// Where other servers tell it something, below `/webhooks/`: what counts is their signature, and many may come at once from one place. Each
    /// route holds bodies to a size of its own.
    #[cfg(feature = "ssr")]
    fn told(&self) -> axum::Router<Platform> {
        axum::Router::new()
    }

    /// The days between two dates, both included, on which this module knows that the whole business is closed; `None` where it knows
    /// nothing of that.
    #[cfg(feature = "ssr")]
    fn closed_days<'t>(
        &self,
        _tx: &'t mut crate::org::OrgTx,
        _from: jiff::civil::Date,
        _until: jiff::civil::Date,
    ) -> futures::future::BoxFuture<'t, crate::error::Result<Option<BTreeSet<jiff::civil::Date>>>> {
        Box::pin(async { Ok(None) })
    }

    /// How full today is in it; `None` where nothing can be said. It is asked again and again, for screens on the wall.
    #[cfg(feature = "ssr")]
    fn today_load<'t>(
        &self,
        _tx: &'t mut crate::org::OrgTx,
    ) -> futures::future::BoxFuture<'t, crate::error::Result<Option<Load>>> {
        Box::pin(async { Ok(None) })
    }

    /// Its public addresses for the site map: pairs of path and the organisation's change number.
    #[cfg(feature = "ssr")]
    fn public_paths<'p>(
        &self,
        _platform: &'p Platform,
    ) -> futures::future::BoxFuture<'p, crate::error::Result<Vec<String>>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    /// Fills a demo organisation with a believable business.
    #[cfg(feature = "ssr")]
    fn seed_demo<'p>(
        &self,
        _platform: &'p Platform,
        _org: crate::ids::OrgId,
    ) -> futures::future::BoxFuture<'p, crate::error::Result<()>> {
        Box::pin(async { Ok(()) })
    }
}
