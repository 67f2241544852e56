//! What is measured, for whoever looks after the server. Each figure has its name, its labels and what it says here, and nowhere
//! else. What labels hold comes from the program, never from what somebody sent, so that there is an end to how many there are.
//!
//! Until somebody wants to know ([`begin`]) nothing is measured, and nothing is paid for it.

use std::{
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, with_recorder};

static BEGUN: AtomicBool = AtomicBool::new(false);
const METADATA: Metadata<'static> = Metadata::new("devalo", Level::INFO, None);

/// A figure.
#[derive(Debug, Clone, Copy)]
pub struct Meter {
    /// As Prometheus knows it.
    pub name: &'static str,
    /// What kind of figure it is.
    pub kind: Kind,
    /// By what it is told apart.
    pub labels: &'static [&'static str],
    /// What it says.
    pub about: &'static str,
}

/// What a figure does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It only grows.
    Counter,
    /// It goes up and down.
    Gauge,
    /// How often something took how long, in seconds.
    Histogram,
}

macro_rules! meters {
    ($($(#[doc = $about:literal])+ $name:ident: $kind:ident = $text:literal, [$($label:literal),*];)+) => {
        $(
            $(#[doc = $about])+
            pub const $name: Meter =
                Meter { name: $text, kind: Kind::$kind, labels: &[$($label),*], about: concat!($($about),+) };
        )+

        /// All of them.
        pub const ALL: &[Meter] = &[$($name),+];
    };
}

meters! {
    /// How long requests took until their answer began, by the pattern of the address, the method and the class of the status.
    HTTP_SECONDS: Histogram = "http_request_duration_seconds", ["route", "method", "status"];
    /// Requests that are being answered.
    HTTP_IN_FLIGHT: Gauge = "http_requests_in_flight", [];
    /// Open connections of clients and proxies.
    CONNECTIONS: Gauge = "devalo_connections", [];
    /// Connections that were closed at once: too many in all, or from one address.
    CONNECTIONS_REFUSED: Counter = "devalo_connections_refused_total", ["why"];
    /// Connections that could not be taken, mostly because the process is out of file handles.
    ACCEPT_ERRORS: Counter = "devalo_accept_errors_total", [];

    /// Whether the database answered when it was last looked at: 1 or 0.
    DB_UP: Gauge = "devalo_db_up", [];
    /// How long statements took, by what they do.
    DB_STATEMENT_SECONDS: Histogram = "devalo_db_statement_duration_seconds", ["kind"];
    /// How long transactions waited to begin, by whether they may write.
    DB_WAIT_SECONDS: Histogram = "devalo_db_wait_duration_seconds", ["access"];
    /// Connections to the database: in use, idle, and how many there may be at most.
    DB_CONNECTIONS: Gauge = "devalo_db_connections", ["state"];

    /// How often background jobs ran, and what came of it.
    JOB_RUNS: Counter = "devalo_job_runs_total", ["job", "outcome"];
    /// How long background jobs took.
    JOB_SECONDS: Histogram = "devalo_job_duration_seconds", ["job"];
    /// Background jobs of this machine that are due and have not begun.
    JOBS_DUE: Gauge = "devalo_jobs_due", [];
    /// For how long the job has been due that has been due the longest.
    JOBS_OLDEST: Gauge = "devalo_jobs_oldest_due_seconds", [];
    /// How often background work fell over and was begun anew.
    LOOPS_RESTARTED: Counter = "devalo_loops_restarted_total", ["loop"];

    /// Emails that are due.
    MAIL_DUE: Gauge = "devalo_mail_due", [];
    /// For how long the email has been due that has been due the longest.
    MAIL_OLDEST: Gauge = "devalo_mail_oldest_due_seconds", [];
    /// What became of tries to send emails: sent, to be tried again, or given up.
    MAIL: Counter = "devalo_mail_total", ["kind", "outcome"];
    /// What the provider told of emails later: delivered, delayed, returned, bounced, complained, failed.
    MAIL_TOLD: Counter = "devalo_mail_told_total", ["kind", "what"];

    /// Messages for organisations’ own addresses that are due.
    WEBHOOKS_DUE: Gauge = "devalo_webhooks_due", [];
    /// For how long the message has been due that has been due the longest.
    WEBHOOKS_OLDEST: Gauge = "devalo_webhooks_oldest_due_seconds", [];
    /// What became of messages for organisations’ own addresses: delivered, to be tried again, or failed for good.
    WEBHOOKS: Counter = "devalo_webhook_deliveries_total", ["outcome"];
    /// How long organisations’ own addresses took to answer.
    WEBHOOK_SECONDS: Histogram = "devalo_webhook_duration_seconds", [];

    /// How long what is asked of Stripe took, one thing after the other in one turn.
    STRIPE_SECONDS: Histogram = "devalo_stripe_turn_duration_seconds", [];
    /// What Stripe refused or did not answer, by whether it passes by itself.
    STRIPE_ERRORS: Counter = "devalo_stripe_errors_total", ["passes"];
    /// Events of Stripe’s that are not taken over yet.
    STRIPE_WAITING: Gauge = "devalo_stripe_events_waiting", [];
    /// For how long the event has waited that has waited the longest.
    STRIPE_OLDEST: Gauge = "devalo_stripe_events_oldest_seconds", [];
    /// How long other people’s servers took, and whether they answered.
    FETCH_SECONDS: Histogram = "devalo_fetch_duration_seconds", ["outcome"];

    /// Open pages and screens that are told what happens, by what they show.
    LIVE_STREAMS: Gauge = "devalo_live_streams", ["room"];
    /// How often a page fell behind and read what it had missed from the database.
    LIVE_LAGGED: Counter = "devalo_live_lagged_total", [];
    /// Streams that were refused, for there were too many already.
    LIVE_REFUSED: Counter = "devalo_live_refused_total", [];

    /// How long it took to reckon which times are free.
    SLOTS_SECONDS: Histogram = "devalo_slots_duration_seconds", [];
    /// Public pages that were asked for, by whether they were kept.
    PAGE_CACHE: Counter = "devalo_page_cache_total", ["outcome"];

    /// Room on the disk that the data is on.
    DISK_FREE: Gauge = "devalo_disk_free_bytes", [];
    /// The size of the disk that the data is on.
    DISK_SIZE: Gauge = "devalo_disk_size_bytes", [];
    /// How old the newest backup is; not there while none was found.
    BACKUP_AGE: Gauge = "devalo_backup_age_seconds", [];
    /// Until when the certificate holds that browsers are shown, in seconds since 1970; not there where a proxy shows one.
    CERTIFICATE_ENDS: Gauge = "devalo_certificate_expires_timestamp_seconds", [];
    /// How often the machine’s clock was set by more than five seconds.
    CLOCK_STEPS: Counter = "devalo_clock_steps_total", [];
    /// How often one of these figures could not be found out.
    BLIND: Counter = "devalo_figures_failed_total", [];
    /// Always 1, with the version.
    BUILD: Gauge = "devalo_build_info", ["version"];

    /// What this process holds in memory.
    MEMORY: Gauge = "process_resident_memory_bytes", [];
    /// Files and connections that this process has open.
    OPEN_FILES: Gauge = "process_open_fds", [];
    /// How many it may have open.
    MOST_FILES: Gauge = "process_max_fds", [];
    /// When this process started, in seconds since 1970.
    STARTED: Gauge = "process_start_time_seconds", [];
}

/// From now on it is measured. Whoever collects the figures is there already.
pub fn begin() {
    BEGUN.store(true, Ordering::Release);
}

/// Whether it is measured.
pub fn begun() -> bool {
    BEGUN.load(Ordering::Acquire)
}

/// When something that is measured begins; `None`: it isn’t.
pub fn now() -> Option<Instant> {
    begun().then(Instant::now)
}

impl Meter {
    /// One more, where the labels are these, in their order.
    pub fn count(&self, values: &[&str]) {
        if begun() {
            self.counter(values).increment(1);
        }
    }

    /// It is counted from nought, where the labels are these. What is only there once something has happened can’t be seen to grow
    /// by it, and no alert would tell of the first time.
    pub fn begins(&self, values: &[&str]) {
        if begun() {
            self.counter(values).increment(0);
        }
    }

    /// It is this now.
    pub fn set(&self, values: &[&str], value: f64) {
        if begun() {
            self.gauge(values).set(value);
        }
    }

    /// It took this long.
    pub fn took(&self, values: &[&str], took: Duration) {
        if begun() {
            self.histogram(values).record(took);
        }
    }

    /// What counts it, for whoever counts often.
    pub fn counter(&self, values: &[&str]) -> Counter {
        with_recorder(|recorder| recorder.register_counter(&self.key(values), &METADATA))
    }

    /// What shows it, for whoever sets it often.
    pub fn gauge(&self, values: &[&str]) -> Gauge {
        with_recorder(|recorder| recorder.register_gauge(&self.key(values), &METADATA))
    }

    /// What keeps it, for whoever measures often.
    pub fn histogram(&self, values: &[&str]) -> Histogram {
        with_recorder(|recorder| recorder.register_histogram(&self.key(values), &METADATA))
    }

    fn key(&self, values: &[&str]) -> Key {
        debug_assert_eq!(self.labels.len(), values.len(), "{}", self.name);
        let labels = self.labels.iter().zip(values);
        let labels: Vec<Label> = labels.map(|(label, value)| Label::new(*label, (*value).to_owned())).collect();
        Key::from_parts(self.name, labels)
    }
}

/// A histogram that is filled often: looked up once.
#[derive(Debug)]
pub struct Often {
    meter: Meter,
    values: &'static [&'static str],
    known: OnceLock<Histogram>,
}

impl Often {
    /// Of this figure, where the labels are these.
    pub const fn new(meter: Meter, values: &'static [&'static str]) -> Self {
        Self { meter, values, known: OnceLock::new() }
    }

    /// It took from then until now; `None`: it isn’t measured.
    pub fn since(&self, begun: Option<Instant>) {
        if let Some(begun) = begun {
            self.known.get_or_init(|| self.meter.histogram(self.values)).record(begun.elapsed());
        }
    }
}

/// A counter that is often counted up: looked up once.
#[derive(Debug)]
pub struct OftenCounted {
    meter: Meter,
    values: &'static [&'static str],
    known: OnceLock<Counter>,
}

impl OftenCounted {
    /// Of this figure, where the labels are these.
    pub const fn new(meter: Meter, values: &'static [&'static str]) -> Self {
        Self { meter, values, known: OnceLock::new() }
    }

    /// One more.
    pub fn count(&self) {
        if begun() {
            self.known.get_or_init(|| self.meter.counter(self.values)).increment(1);
        }
    }
}

/// One of those that are open: one more until it is dropped.
#[derive(Debug)]
pub struct Open(Option<Gauge>);

impl Open {
    /// One more of this figure.
    pub fn one(meter: &Meter, values: &[&str]) -> Self {
        let gauge = begun().then(|| meter.gauge(values));
        if let Some(gauge) = &gauge {
            gauge.increment(1.0);
        }
        Self(gauge)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if let Some(gauge) = &self.0 {
            gauge.decrement(1.0);
        }
    }
}

/// How long a statement takes, from when it is sent.
#[doc(hidden)]
#[derive(Debug)]
pub struct Statement {
    text: &'static str,
    begun: Option<Instant>,
    /// In a trace, where one is kept.
    _span: Option<Box<tracing::Span>>,
}

impl Statement {
    /// It is sent now.
    #[doc(hidden)]
    pub fn sent(text: &'static str) -> Self {
        let span = tracing::debug_span!(
            target: "devalo::trace",
            "statement",
            otel.name = format_args!("{} {}", KINDS[kind_of(text)], table_of(text)),
            otel.kind = "client",
            db.query.text = text
        );
        let span = (!span.is_disabled()).then(|| Box::new(span));
        Self { text, begun: now(), _span: span }
    }

    /// It was answered.
    #[doc(hidden)]
    pub fn answered(self) {
        static BY_KIND: [OnceLock<Histogram>; KINDS.len()] = [const { OnceLock::new() }; KINDS.len()];
        let Some(begun) = self.begun else { return };
        let took = begun.elapsed();
        let kind = kind_of(self.text);
        BY_KIND[kind].get_or_init(|| DB_STATEMENT_SECONDS.histogram(&[KINDS[kind]])).record(took);
    }
}

/// What statements do.
const KINDS: [&str; 5] = ["select", "insert", "update", "delete", "other"];

fn kind_of(text: &str) -> usize {
    match text.trim_start().as_bytes().first() {
        // One that begins with what it looks up ends with a SELECT mostly.
        Some(b'S' | b'W') => 0,
        Some(b'I') => 1,
        Some(b'U') => 2,
        Some(b'D') => 3,
        _ => 4,
    }
}

/// The first table that a statement names.
fn table_of(text: &str) -> &str {
    let mut words = text.split_ascii_whitespace();
    let named = words.by_ref().find(|word| matches!(*word, "FROM" | "INTO" | "UPDATE"));
    named.and_then(|_| words.next()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a statement does and is about is told by its words.
    #[test]
    fn statements_are_told_apart() {
        for (text, kind, table) in [
            ("SELECT a FROM mails WHERE id = $1", "select", "mails"),
            ("\n  INSERT INTO boots (id) VALUES ($1)", "insert", "boots"),
            ("UPDATE mails SET due_at = $2", "update", "mails"),
            ("DELETE FROM mails", "delete", "mails"),
            ("VACUUM", "other", ""),
        ] {
            assert_eq!((KINDS[kind_of(text)], table_of(text)), (kind, table));
        }
    }

    /// Names are Prometheus’s kind of names, and no two figures share one.
    #[test]
    fn names_are_names() {
        for (at, meter) in ALL.iter().enumerate() {
            assert!(
                meter.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'),
                "{}",
                meter.name
            );
            assert_eq!(meter.kind == Kind::Counter, meter.name.ends_with("_total"), "{}", meter.name);
            assert!(ALL.iter().skip(at + 1).all(|other| other.name != meter.name), "{}", meter.name);
        }
    }
}
