//! Lists of clients and bookings from elsewhere. Nothing is taken over before somebody has read what would be; what can't be is named
//! by its line. For a day it can be undone, as far as nothing was changed since.

use std::collections::{BTreeMap, HashMap};

use jiff::{Timestamp, tz::TimeZone};

use super::{
    availability,
    client::{self, Details},
    csv_in::{self, Booking, Problem, Sheet, When},
    directory,
    ids::{AppointmentId, ClientId, ImportId, StaffId},
    options::ServiceOptions,
    permissions,
    store::{self, Import, NewAppointment, Service, Span},
};
use crate::{
    audit::Detail,
    clock::Instant,
    crypto::{DataKeys, Place},
    csv_in::Unreadable,
    db::{Access, DbError},
    error::{AppError, Code, FieldErrors, Result},
    ids::OrgId,
    module::{Job, Upload},
    org::{Actor, OrgRef, OrgTx},
    permissions::ENTER,
    platform::Platform,
    platform_sql,
    ui::with_query,
};

/// A file that nobody has taken over is kept this long: an hour.
const KEPT_SECONDS: i64 = 60 * 60;
/// What was taken over can be undone this long: a day.
const UNDONE_SECONDS: i64 = 24 * 60 * 60;
/// Who takes a file over has this long: ten minutes. If they die, another may then.
const LEASE_SECONDS: i64 = 10 * 60;
/// Rows taken over in one transaction: so few that whoever books meanwhile hardly waits.
const BLOCK: usize = 200;
/// Clients read at once, to know who is on the list.
const KNOWN_AT_ONCE: i64 = 1000;
/// No booking blocks anybody longer: two days, in seconds.
const LONGEST_SECONDS: i64 = 2 * 24 * 60 * 60;
/// Forgotten at one look.
const AT_ONCE: i64 = 100;

/// The files that can be sent.
pub const UPLOAD: Upload = Upload {
    path: "calendar/clients/import/file",
    largest: csv_in::LIMITS.bytes(),
    needs: &permissions::CHANGE_CLIENTS,
    take: |platform, actor, org, kind, file| {
        Box::pin(upload(platform, actor, org, kind, file.map(|sent| sent.content)))
    },
};

/// Forgets files that nobody took over, and what can be undone no longer.
pub const JOB: Job = Job {
    name: "calendar.imports",
    every: std::time::Duration::from_mins(1),
    run: |platform| Box::pin(async move { forget(&platform).await }),
};

/// What a file lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// People.
    Clients,
    /// What was, and is, booked.
    Bookings,
}

/// What taking a file over would do; or what it did.
#[derive(Debug, Clone)]
pub struct DryRun {
    /// The import.
    pub import: Import,
    /// What it lists.
    pub kind: Kind,
    /// Rows that would be new.
    pub new: usize,
    /// Rows that are there already.
    pub known: usize,
    /// People who would be new, along with bookings.
    pub new_clients: usize,
    /// What is wrong with other rows.
    pub problems: Vec<Problem>,
    /// How many more problems there are.
    pub more_problems: usize,
    /// Columns that aren’t taken over.
    pub ignored: Vec<String>,
    /// The business’s zone.
    pub tz: TimeZone,
}

/// The imports that can be gone on with, or undone.
#[derive(Debug, Clone)]
pub struct Recent {
    /// The latest first.
    pub imports: Vec<Import>,
    /// The business’s zone.
    pub tz: TimeZone,
}

/// What of an import was undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Undone {
    /// Rows that are gone.
    pub gone: usize,
    /// Rows that stay, for something was changed since.
    pub kept: usize,
}

impl Kind {
    /// The word stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clients => "clients",
            Self::Bookings => "bookings",
        }
    }

    /// Reads the word stored.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Clients, Self::Bookings].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// Keeps a file, sealed, until somebody has read what it would do.
///
/// # Errors
/// 422 at `file` for one that can’t be read; as [`OrgTx::open`].
pub async fn keep(platform: &Platform, actor: &Actor, org: &str, kind: Kind, file: &[u8]) -> Result<ImportId> {
    let readable = match kind {
        Kind::Clients => csv_in::clients(file).map(|_| ()),
        Kind::Bookings => csv_in::bookings(file).map(|_| ()),
    };
    readable.map_err(|why| AppError::field("file", why.to_string()))?;
    let mut tx = directory::open_to_change(platform, actor, org).await?;
    let keys = tx.keys().await?;
    let now = tx.now();
    let id = ImportId::new(now);
    let sealed = keys.seal_bytes(place(id), file);
    store::insert_import(&mut tx, id, kind.as_str(), sealed, now.plus_seconds(KEPT_SECONDS)).await?;
    tx.commit().await?;
    Ok(id)
}

/// What taking a file over would do. Nothing is written but that clients’ details were read.
///
/// # Errors
/// 404 for a file that isn’t this organisation’s, or is kept no longer.
pub async fn dry_run(platform: &Platform, actor: &Actor, org: &str, id: ImportId) -> Result<DryRun> {
    directory::open_to_add(platform, actor, org).await?;
    let mut tx = directory::open_to_look(platform, actor, org).await?;
    let keys = tx.keys().await?;
    let tz = availability::zone(&tx.org().zone)?;
    let import = present(&mut tx, id).await?;
    let kind = Kind::parse(&import.kind).ok_or_else(AppError::internal)?;
    let mut run = DryRun {
        kind,
        new: 0,
        known: 0,
        new_clients: 0,
        problems: Vec::new(),
        more_problems: 0,
        ignored: Vec::new(),
        tz,
        import,
    };
    if run.import.done_at.is_none() {
        let file = file_of(&mut tx, &keys, id).await?;
        let mut known = Known::read(&mut tx).await?;
        match kind {
            Kind::Clients => {
                let sheet = csv_in::clients(&file).map_err(unreadable)?;
                for row in &sheet.rows {
                    match check_client(row) {
                        Err(problem) => run.wrong(problem),
                        Ok((details, _)) if known.find(&keys, &details)?.is_some() => run.known += 1,
                        Ok((details, _)) => {
                            known.add(&keys, &details, ClientId::new(tx.now()));
                            run.new += 1;
                        }
                    }
                }
                run.read(sheet);
            }
            Kind::Bookings => {
                let sheet = csv_in::bookings(&file).map_err(unreadable)?;
                let set_up = SetUp::read(&mut tx).await?;
                let mut taken = Taken::default();
                for row in &sheet.rows {
                    match set_up.place(row) {
                        Err(problem) => run.wrong(problem),
                        Ok(placed) => run.place(&mut tx, &keys, &mut known, &mut taken, &placed).await?,
                    }
                }
                run.read(sheet);
            }
        }
        run.problems.sort_by_key(|problem| problem.line);
    }
    let subject = tx.id().0;
    directory::end_reading(tx, actor, subject, Detail::default().with("clients", "import")).await?;
    Ok(run)
}

/// The imports that can be gone on with, or undone.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn recent(platform: &Platform, actor: &Actor, org: &str) -> Result<Recent> {
    let need = &permissions::CHANGE_CLIENTS;
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), need, Access::Read).await?;
    let tz = availability::zone(&tx.org().zone)?;
    let imports = store::imports(&mut tx).await?;
    tx.rollback().await?;
    Ok(Recent { imports, tz })
}

/// Takes a file over: what is new on it, in blocks. It goes on to its end when its sender goes away; and where it stopped in the middle,
/// doing it again goes on.
///
/// # Errors
/// 404 for a file that isn’t this organisation’s, or is kept no longer; 409 for one that was taken over, or is just now.
pub async fn run(platform: &Platform, actor: &Actor, org: &str, id: ImportId) -> Result<()> {
    let mut tx = directory::open_to_change(platform, actor, org).await?;
    let now = tx.now();
    let import = present(&mut tx, id).await?;
    if import.done_at.is_some() {
        return Err(AppError::conflict("That file was imported already."));
    }
    if store::begin_import(&mut tx, id, now.plus_seconds(-LEASE_SECONDS)).await? == 0 {
        return Err(AppError::conflict("That file is being imported just now. Please look again in a minute."));
    }
    tx.commit().await?;
    let (platform, actor, org) = (platform.clone(), actor.clone(), org.to_owned());
    let task = tokio::spawn(async move {
        let outcome = take_over(&platform, &actor, &org, id).await;
        if outcome.is_err() {
            // Nobody has to wait for the lease to end before they try again.
            let mut tx = directory::open_to_change(&platform, &actor, &org).await?;
            store::let_go_of_import(&mut tx, id).await?;
            tx.commit().await?;
        }
        outcome
    });
    task.await.map_err(|_| AppError::internal())?
}

/// Undoes an import, as far as nothing of it was changed since: bookings that are as they came, and clients who are as they came and have
/// no other bookings.
///
/// # Errors
/// 404 for one that isn’t this organisation’s, or is too long ago.
pub async fn undo(platform: &Platform, actor: &Actor, org: &str, id: ImportId) -> Result<Undone> {
    let mut undone = Undone { gone: 0, kept: 0 };
    let mut tx = directory::open_to_change(platform, actor, org).await?;
    let import = present(&mut tx, id).await?;
    if import.done_at.is_none() && import.clients + import.bookings == 0 {
        return Err(AppError::conflict("That file wasn’t imported, so there is nothing to undo."));
    }
    // Bookings first: a client’s go before the client.
    for (appointment, version) in store::imported_appointments(&mut tx, id).await? {
        if version == 1 && store::delete_appointment(&mut tx, appointment, version).await.map_err(referred_to)? > 0 {
            undone.gone += 1;
        } else {
            undone.kept += 1;
        }
    }
    for (client, version) in store::imported_clients(&mut tx, id).await? {
        let has_bookings = store::client_counts(&mut tx, client).await?.all_of_them > 0;
        let alone = version == 1 && !has_bookings;
        if alone && store::delete_client(&mut tx, client, version).await.map_err(referred_to)? > 0 {
            undone.gone += 1;
        } else {
            undone.kept += 1;
        }
    }
    store::delete_import(&mut tx, id).await?;
    let detail = Detail::default().with("rows", undone.gone).with("kept", undone.kept);
    tx.audit("calendar.import_undone", id.0, &detail).await?;
    tx.emit("calendar.import_undone", id.0).await?;
    tx.commit().await?;
    Ok(undone)
}

/// Forgets what is kept no longer by now, whatever became of the organisation’s calendar; but nothing that is just being taken over. What
/// was brought stays.
async fn forget(platform: &Platform) -> Result<()> {
    let now = platform.clock.now();
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let over = platform_sql!(
        all(OrgId, ImportId),
        &mut tx,
        "SELECT org_id, id FROM calendar_imports WHERE expires_at <= $1 AND (done_at IS NOT NULL OR coalesce(started_at <= $2, TRUE))
         ORDER BY expires_at LIMIT $3",
        now,
        now.plus_seconds(-LEASE_SECONDS),
        AT_ONCE
    )?;
    tx.rollback().await?;
    for (org, id) in over {
        let actor = Actor::System("files that were sent");
        match OrgTx::open(platform, &actor, OrgRef::Id(org), &ENTER, Access::Write).await {
            Ok(mut tx) => {
                store::delete_import(&mut tx, id).await?;
                tx.commit().await?;
            }
            // It has just been deleted, with all that it had.
            Err(error) if error.code == Code::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Reads an import’s id.
///
/// # Errors
/// 404: an id that can’t be read is one that nobody has.
pub fn import_id(text: &str) -> Result<ImportId> {
    text.parse().map_err(|_| gone())
}

async fn upload(
    platform: Platform,
    actor: Actor,
    org: String,
    kind: String,
    file: Result<Vec<u8>, &'static str>,
) -> Result<String> {
    let page = format!("/app/{org}/calendar/clients/import");
    let refused = |why: &str| Ok(with_query(&page, &[("refused", why), ("kind", &kind)]));
    let file = match file {
        Ok(file) => file,
        Err("large") => return refused(&Unreadable::from(csv_in::LIMITS).to_string()),
        Err("again") => return refused("Your page was too old. Please choose the file again."),
        Err(_) => return refused("Choose a file."),
    };
    let Some(chosen) = Kind::parse(&kind) else { return refused("Choose what the file lists.") };
    match keep(&platform, &actor, &org, chosen, &file).await {
        Ok(id) => Ok(format!("{page}/{id}")),
        Err(error) if error.code == Code::Invalid => refused(error.field_message("file").unwrap_or(&error.message)),
        Err(error) => Err(error),
    }
}

impl DryRun {
    fn wrong(&mut self, problem: Problem) {
        if self.problems.len() < csv_in::MOST_PROBLEMS {
            self.problems.push(problem);
        } else {
            self.more_problems += 1;
        }
    }

    /// What the reader itself found.
    fn read<R>(&mut self, sheet: Sheet<R>) {
        self.more_problems += sheet.more_problems;
        self.ignored = sheet.ignored;
        for problem in sheet.problems {
            self.wrong(problem);
        }
    }

    async fn place(
        &mut self,
        tx: &mut OrgTx,
        keys: &DataKeys,
        known: &mut Known,
        taken: &mut Taken,
        placed: &Placed<'_>,
    ) -> Result<()> {
        let client = known.find(keys, &placed.details)?;
        if let Some(client) = client
            && store::is_there(tx, client, placed.staff, placed.span.starts_at).await?
        {
            self.known += 1;
            return Ok(());
        }
        let Span { starts_at, ends_at, .. } = placed.span;
        if placed.is_booked()
            && (taken.is_taken(placed.staff, starts_at, ends_at)
                || store::is_taken(tx, placed.staff, starts_at, ends_at).await?)
        {
            self.wrong(placed.overlaps());
            return Ok(());
        }
        if placed.is_booked() {
            taken.add(placed.staff, starts_at, ends_at);
        }
        if client.is_none() {
            known.add(keys, &placed.details, ClientId::new(tx.now()));
            self.new_clients += 1;
        }
        self.new += 1;
        Ok(())
    }
}

async fn take_over(platform: &Platform, actor: &Actor, org: &str, id: ImportId) -> Result<()> {
    let mut tx = directory::open_to_look(platform, actor, org).await?;
    let keys = tx.keys().await?;
    let kind = Kind::parse(&present(&mut tx, id).await?.kind).ok_or_else(AppError::internal)?;
    let file = file_of(&mut tx, &keys, id).await?;
    let set_up = SetUp::read(&mut tx).await?;
    tx.rollback().await?;
    match kind {
        Kind::Clients => {
            let sheet = csv_in::clients(&file).map_err(unreadable)?;
            for block in sheet.rows.chunks(BLOCK) {
                clients_block(platform, actor, org, id, block).await?;
            }
        }
        Kind::Bookings => {
            let sheet = csv_in::bookings(&file).map_err(unreadable)?;
            for block in sheet.rows.chunks(BLOCK) {
                bookings_block(platform, actor, org, id, &set_up, block).await?;
            }
        }
    }
    let mut tx = directory::open_to_change(platform, actor, org).await?;
    let until = tx.now().plus_seconds(UNDONE_SECONDS);
    store::end_import(&mut tx, id, until).await?;
    let import = present(&mut tx, id).await?;
    let detail = Detail::default().with("clients", import.clients).with("bookings", import.bookings);
    tx.audit("calendar.clients_imported", id.0, &detail).await?;
    tx.emit("calendar.clients_imported", id.0).await?;
    tx.commit().await
}

async fn clients_block(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: ImportId,
    rows: &[csv_in::Client],
) -> Result<()> {
    let mut tx = directory::open_to_change(platform, actor, org).await?;
    let keys = tx.keys().await?;
    let now = tx.now();
    let mut made = 0;
    for row in rows {
        let Ok((details, tags)) = check_client(row) else { continue };
        if client::find(&mut tx, &keys, &details).await?.is_some() {
            continue;
        }
        let mut new = client::new(&keys, &details, (row.consent == Some(true)).then_some(now), now);
        new.notes = keys.seal(client::place(new.id, "notes"), &details.notes);
        new.tags = keys.seal(client::place(new.id, "tags"), &directory::stored_tags(&tags));
        store::insert_client(&mut tx, &new, client::indexes(&keys, &details)).await?;
        store::note_client(&mut tx, id, new.id).await?;
        made += 1;
    }
    store::count_imported(&mut tx, id, made, 0).await?;
    tx.commit().await
}

async fn bookings_block(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    id: ImportId,
    set_up: &SetUp,
    rows: &[Booking],
) -> Result<()> {
    let mut tx = directory::open_to_change(platform, actor, org).await?;
    let keys = tx.keys().await?;
    let zone = tx.org().zone.clone();
    let now = tx.now();
    let (mut people, mut made) = (0, 0);
    for row in rows {
        let Ok(placed) = set_up.place(row) else { continue };
        let Span { starts_at, ends_at, .. } = placed.span;
        let found = client::find(&mut tx, &keys, &placed.details).await?;
        if let Some(client) = &found
            && store::is_there(&mut tx, client.id, placed.staff, starts_at).await?
        {
            continue;
        }
        // Asked first, for a statement that is refused ends the transaction on PostgreSQL. Who comes in between is refused by the database,
        // or refuses this block, which can be done again.
        if placed.is_booked() && store::is_taken(&mut tx, placed.staff, starts_at, ends_at).await? {
            continue;
        }
        let client = if let Some(client) = found {
            client.id
        } else {
            let contact = Details { notes: String::new(), ..placed.details.clone() };
            let new = client::new(&keys, &contact, None, now);
            store::insert_client(&mut tx, &new, client::indexes(&keys, &contact)).await?;
            store::note_client(&mut tx, id, new.id).await?;
            people += 1;
            new.id
        };
        let appointment = insert(&mut tx, &keys, &placed, client, &zone).await?;
        store::note_appointment(&mut tx, id, appointment).await?;
        made += 1;
    }
    store::count_imported(&mut tx, id, people, made).await?;
    if made > 0 {
        // Open diaries and public pages read again.
        tx.emit("calendar.clients_imported", id.0).await?;
    }
    tx.commit().await
}

async fn insert(
    tx: &mut OrgTx,
    keys: &DataKeys,
    placed: &Placed<'_>,
    client: ClientId,
    zone: &str,
) -> Result<AppointmentId> {
    let id = AppointmentId::new(tx.now());
    let place = |column| Place { table: "calendar_appointments", column, row: id.0 };
    let Details { name, email, phone, notes } = &placed.details;
    let new = NewAppointment {
        id,
        service: placed.service,
        staff: placed.staff,
        span: placed.span,
        session: None,
        series: None,
        client: Some(client),
        seats: 1,
        unconfirmed_until: None,
        source: "import",
        location: "",
        client_name: keys.seal(place("client_name"), name),
        client_email: keys.seal(place("client_email"), email),
        client_phone: keys.seal(place("client_phone"), phone),
        client_indexes: client::indexes(keys, &placed.details),
        notes: keys.seal(place("notes"), notes),
        place: None,
        answers: None,
        client_zone: zone,
        price_cents: placed.price_cents,
    };
    let (status, ending) = match placed.status {
        csv_in::Status::Booked => ("booked", ""),
        csv_in::Status::Cancelled => ("cancelled", "business"),
        csv_in::Status::NoShow => ("no_show", ""),
    };
    match store::insert_imported(tx, new, status, ending).await {
        Err(DbError::Rule(rule)) if rule == "appointment_overlap" => {
            Err(AppError::conflict("Somebody booked one of those times just now. Please look at the file again."))
        }
        other => {
            other?;
            Ok(id)
        }
    }
}

/// Who is on the list, by their indexes: read once, for a file asks about thousands.
struct Known {
    by_index: HashMap<Vec<u8>, Vec<(ClientId, KnownName)>>,
}

/// A name, sealed until it is asked for.
enum KnownName {
    Sealed(Vec<u8>),
    Compared(String),
}

impl Known {
    async fn read(tx: &mut OrgTx) -> Result<Self> {
        let mut by_index: HashMap<Vec<u8>, Vec<(ClientId, KnownName)>> = HashMap::new();
        let mut after = ClientId(uuid::Uuid::nil());
        loop {
            let rows = store::client_indexes_after(tx, after, KNOWN_AT_ONCE).await?;
            let Some((last, ..)) = rows.last() else { return Ok(Self { by_index }) };
            after = *last;
            for (id, name, email, phone) in rows {
                for index in [email, phone].into_iter().flatten() {
                    by_index.entry(index).or_default().push((id, KnownName::Sealed(name.clone())));
                }
            }
        }
    }

    fn find(&self, keys: &DataKeys, details: &Details) -> Result<Option<ClientId>> {
        let wanted = client::compared(&details.name);
        let indexes = client::indexes(keys, details);
        for index in [indexes.email, indexes.phone].into_iter().flatten() {
            for (id, name) in self.by_index.get(&index).into_iter().flatten() {
                let same = match name {
                    KnownName::Compared(name) => *name == wanted,
                    KnownName::Sealed(sealed) => client::compared(&client::open(keys, *id, "name", sealed)?) == wanted,
                };
                if same {
                    return Ok(Some(*id));
                }
            }
        }
        Ok(None)
    }

    fn add(&mut self, keys: &DataKeys, details: &Details, id: ClientId) {
        let indexes = client::indexes(keys, details);
        for index in [indexes.email, indexes.phone].into_iter().flatten() {
            let name = KnownName::Compared(client::compared(&details.name));
            self.by_index.entry(index).or_default().push((id, name));
        }
    }
}

/// What is taken by rows further up in the same file.
#[derive(Default)]
struct Taken {
    by_staff: HashMap<StaffId, BTreeMap<Instant, Instant>>,
}

impl Taken {
    /// None of them overlap each other, so the last that begins before the end is the one to look at.
    fn is_taken(&self, staff: StaffId, from: Instant, until: Instant) -> bool {
        let taken = self.by_staff.get(&staff);
        taken.is_some_and(|taken| taken.range(..until).next_back().is_some_and(|(_, end)| *end > from))
    }

    fn add(&mut self, staff: StaffId, from: Instant, until: Instant) {
        self.by_staff.entry(staff).or_default().insert(from, until);
    }
}

/// What can be booked here, and with whom, by name.
struct SetUp {
    tz: TimeZone,
    services: Vec<(Service, bool, Vec<StaffId>)>,
    staff: Vec<(String, StaffId)>,
}

/// A booking of a file, with what it is here.
struct Placed<'a> {
    line: u64,
    service: &'a Service,
    staff: StaffId,
    span: Span,
    status: csv_in::Status,
    price_cents: i64,
    details: Details,
}

impl Placed<'_> {
    fn is_booked(&self) -> bool {
        self.status == csv_in::Status::Booked
    }

    fn overlaps(&self) -> Problem {
        wrong(self.line, "", "At that time they have another booking already, so this one is left out.")
    }
}

impl SetUp {
    async fn read(tx: &mut OrgTx) -> Result<Self> {
        let tz = availability::zone(&tx.org().zone)?;
        let assignments = store::assignments(tx).await?;
        let mut services = Vec::new();
        for service in store::services(tx).await? {
            let shared = ServiceOptions::read(&service.options)?.is_shared();
            let staff = assignments.iter().filter(|(id, _)| *id == service.id).map(|(_, staff)| *staff).collect();
            services.push((service, shared, staff));
        }
        let staff = store::staff(tx).await?.into_iter().map(|staff| (client::compared(&staff.name), staff.id));
        Ok(Self { tz, services, staff: staff.collect() })
    }

    /// What a booking of a file is here; or what to do about it.
    fn place(&self, row: &Booking) -> Result<Placed<'_>, Problem> {
        let wanted = client::compared(&row.service);
        let found = self.services.iter().find(|(service, ..)| client::compared(&service.name) == wanted);
        let Some((service, shared, offering)) = found else {
            return Err(wrong(
                row.line,
                "Service",
                "You have no service of that name. Add it, or change the name in the file.",
            ));
        };
        if *shared {
            return Err(wrong(
                row.line,
                "Service",
                "Several clients share that service. Enter these bookings in the calendar.",
            ));
        }
        let staff = self.staff_of(row, offering)?;
        let starts = self.instant(row.starts);
        let ends = match row.ends {
            Some(ends) => self.instant(ends),
            None => starts.plus_seconds(service.duration_minutes * 60),
        };
        if ends <= starts || ends.micros() - starts.micros() > LONGEST_SECONDS * 1_000_000 {
            return Err(wrong(row.line, "End", "Let it end after it begins, two days later at most."));
        }
        let told = Details {
            name: row.client.clone(),
            email: row.email.clone(),
            phone: row.phone.clone(),
            notes: row.notes.clone(),
        };
        // What was agreed elsewhere keeps its times: gaps before and after are for what is booked here.
        let span = Span { starts_at: starts, ends_at: ends, blocks_from: starts, blocks_until: ends };
        Ok(Placed {
            line: row.line,
            service,
            staff,
            span,
            status: row.status,
            price_cents: row.price_cents.unwrap_or(service.price_cents).clamp(0, 100_000_000),
            details: check_details(row.line, told, 2000)?,
        })
    }

    fn staff_of(&self, row: &Booking, offering: &[StaffId]) -> Result<StaffId, Problem> {
        let wanted = client::compared(&row.staff);
        if wanted.is_empty() {
            return match offering {
                [one] => Ok(*one),
                _ => Err(wrong(row.line, "Staff", "Say with whom: that service has several people, or none.")),
            };
        }
        let mut called = self.staff.iter().filter(|(name, _)| *name == wanted);
        match (called.next(), called.next()) {
            (Some((_, id)), None) => Ok(*id),
            (None, _) => Err(wrong(
                row.line,
                "Staff",
                "Nobody of that name can be booked. Add them, or change the name in the file.",
            )),
            (Some(_), Some(_)) => Err(wrong(row.line, "Staff", "Several people have that name.")),
        }
    }

    fn instant(&self, when: When) -> Instant {
        let at = match when {
            When::Instant(at) => at,
            When::Local(local) => {
                local.to_zoned(self.tz.clone()).map_or(Timestamp::UNIX_EPOCH, |there| there.timestamp())
            }
        };
        Instant::from_timestamp(at)
    }
}

/// A row as a client of ours, and their tags.
fn check_client(row: &csv_in::Client) -> Result<(Details, Vec<String>), Problem> {
    let told = Details {
        name: row.name.clone(),
        email: row.email.clone(),
        phone: row.phone.clone(),
        notes: row.notes.clone(),
    };
    let details = check_details(row.line, told, directory::LONGEST_NOTES)?;
    let mut errors = FieldErrors::default();
    let tags = directory::check_tags(&row.tags, &mut errors);
    match errors.into_fields().into_iter().next() {
        Some(error) => Err(wrong(row.line, "Tags", &error.message)),
        None => Ok((details, tags)),
    }
}

fn check_details(line: u64, told: Details, longest_notes: usize) -> Result<Details, Problem> {
    let mut errors = FieldErrors::default();
    let asked = client::Told { name: &told.name, email: &told.email, phone: &told.phone, notes: "" };
    let mut details = client::check(asked, client::Needs::Name, &mut errors);
    if let Some(error) = errors.into_fields().into_iter().next() {
        let column = match error.field.as_str() {
            "email" => "Email",
            "phone" => "Phone",
            _ => "Name",
        };
        return Err(wrong(line, column, &error.message));
    }
    if told.notes.chars().count() > longest_notes {
        return Err(wrong(line, "Notes", "Those notes are too long. Please shorten them."));
    }
    details.notes = told.notes;
    Ok(details)
}

fn wrong(line: u64, column: &str, message: &str) -> Problem {
    Problem { line, column: column.to_owned(), message: message.to_owned() }
}

async fn present(tx: &mut OrgTx, id: ImportId) -> Result<Import> {
    let now = tx.now();
    store::import(tx, id).await?.filter(|import| import.expires_at > now).ok_or_else(gone)
}

async fn file_of(tx: &mut OrgTx, keys: &DataKeys, id: ImportId) -> Result<Vec<u8>> {
    let sealed = store::import_file(tx, id).await?.ok_or_else(gone)?;
    keys.open_bytes(place(id), &sealed).map_err(|error| {
        tracing::error!(%error, %id, "a file that was sent can’t be read");
        AppError::internal()
    })
}

fn place(id: ImportId) -> Place {
    Place { table: "calendar_imports", column: "file", row: id.0 }
}

/// It could be read when it was kept.
fn unreadable(why: Unreadable) -> AppError {
    AppError::field("file", why.to_string())
}

fn referred_to(error: DbError) -> AppError {
    match error {
        DbError::Missing => {
            AppError::conflict("Something else refers to what this file brought, so it can’t be undone.")
        }
        other => other.into(),
    }
}

fn gone() -> AppError {
    AppError::new(Code::NotFound, "We don’t have that file any more. Files are kept for an hour: please send it again.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_one_file_do_not_overlap_each_other() {
        let at = Instant::from_unix;
        let (one, other) = (StaffId(uuid::Uuid::from_u128(1)), StaffId(uuid::Uuid::from_u128(2)));
        let mut taken = Taken::default();
        taken.add(one, at(100), at(200));
        taken.add(one, at(300), at(400));
        for (from, until, is) in
            [(0, 100, false), (200, 300, false), (150, 160, true), (90, 101, true), (399, 500, true)]
        {
            assert_eq!(taken.is_taken(one, at(from), at(until)), is, "{from}–{until}");
            assert!(!taken.is_taken(other, at(from), at(until)));
        }
    }
}
