//! Reads lists of clients and bookings as other products export them, and as spreadsheets save them. Nothing is guessed that
//! would be wrong unseen: what can't be read is named, with its line and column, and its row is left out.

use std::collections::HashSet;

use jiff::{
    Timestamp,
    civil::{Date, DateTime, Time},
};

use super::typed;
use crate::{
    csv_in::{self, Grid, Limits, Unreadable},
    money,
};

/// How much is read of a file.
pub const LIMITS: Limits = Limits { megabytes: 10, rows: 50_000 };
/// The most problems that are told one by one.
pub const MOST_PROBLEMS: usize = 500;
/// The longest cell but notes.
const LONGEST: usize = 300;
/// The longest notes.
const LONGEST_NOTES: usize = 10_000;
/// The longest that something booked takes, in minutes: a month.
const LONGEST_BOOKING: i64 = 31 * 24 * 60;

/// Somebody on a list of clients.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Client {
    /// The line of the file that they are on.
    pub line: u64,
    /// What they are called, in one.
    pub name: String,
    /// Empty where there is none; so are the others.
    pub email: String,
    /// As it was written.
    pub phone: String,
    /// In several lines, perhaps.
    pub notes: String,
    /// Each once.
    pub tags: Vec<String>,
    /// Whether they agreed to be written to; `None` where the file doesn't say.
    pub consent: Option<bool>,
}

/// Something that was booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    /// The line of the file that it is on.
    pub line: u64,
    /// Who comes. Somebody always does, and is reached by one of these where the file says how.
    pub client: String,
    /// Their email.
    pub email: String,
    /// Their phone.
    pub phone: String,
    /// What it is.
    pub service: String,
    /// With whom; may be empty.
    pub staff: String,
    /// When it begins.
    pub starts: When,
    /// When it ends, where the file says so.
    pub ends: Option<When>,
    /// What has become of it.
    pub status: Status,
    /// What it costs, where the file says so.
    pub price_cents: Option<i64>,
    /// In several lines, perhaps.
    pub notes: String,
}

/// A time in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// On the business's clock.
    Local(DateTime),
    /// The same for everybody: it was written with its offset from UTC.
    Instant(Timestamp),
}

/// What has become of a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It stands, or took place.
    Booked,
    /// It was cancelled.
    Cancelled,
    /// The client didn't come.
    NoShow,
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet<R> {
    /// The rows without problems.
    pub rows: Vec<R>,
    /// What is wrong with the others; [`MOST_PROBLEMS`] at most.
    pub problems: Vec<Problem>,
    /// How many more problems there are.
    pub more_problems: usize,
    /// Columns with names that mean nothing to us: they aren't taken over.
    pub ignored: Vec<String>,
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line of the file.
    pub line: u64,
    /// The column, as the file calls it; empty where it is the row as a whole.
    pub column: String,
    /// What to do about it, in a sentence.
    pub message: String,
}

/// A list of clients. Each needs a name, or else an email or phone to be called by.
///
/// # Errors
/// None of it can be read.
pub fn clients(file: &[u8]) -> Result<Sheet<Client>, Unreadable> {
    let table = Table::read(file)?;
    let named = [Field::Name, Field::FirstName, Field::LastName, Field::Email, Field::Phone];
    if !named.into_iter().any(|field| table.has(field)) {
        return Err(Unreadable::Missing("Name"));
    }
    Ok(table.each(|row| {
        let (email, phone) = (row.email(), row.phone());
        let name = [row.name(), email.clone(), phone.clone()].into_iter().find(|name| !name.is_empty());
        if name.is_none() {
            row.wrong(Field::Name, "Enter a name.");
        }
        Client {
            line: row.line,
            name: name.unwrap_or_default(),
            email,
            phone,
            notes: row.notes(),
            tags: row.tags(),
            consent: row.consent(),
        }
    }))
}

/// A list of bookings. Each needs a client, a service and when it begins.
///
/// # Errors
/// None of it can be read.
pub fn bookings(file: &[u8]) -> Result<Sheet<Booking>, Unreadable> {
    let table = Table::read(file)?;
    if !table.has(Field::Service) {
        return Err(Unreadable::Missing("Service"));
    }
    // "Date" may hold the time, too.
    if !table.has(Field::Start) && !table.has(Field::Date) {
        return Err(Unreadable::Missing("Start"));
    }
    if ![Field::Name, Field::FirstName, Field::LastName, Field::Email].into_iter().any(|field| table.has(field)) {
        return Err(Unreadable::Missing("Client"));
    }
    Ok(table.each(|row| {
        let (email, phone) = (row.email(), row.phone());
        let client = [row.name(), email.clone()].into_iter().find(|name| !name.is_empty());
        if client.is_none() {
            row.wrong(Field::Name, "Enter who it is for.");
        }
        let service = row.text(Field::Service);
        if service.is_empty() {
            row.wrong(Field::Service, "Enter a service.");
        }
        let starts = row.starts();
        let ends = starts.and_then(|starts| row.ends(starts));
        Booking {
            line: row.line,
            client: client.unwrap_or_default(),
            email,
            phone,
            service,
            staff: row.text(Field::Staff),
            // A row without is left out.
            starts: starts.unwrap_or(When::Instant(Timestamp::UNIX_EPOCH)),
            ends,
            status: row.status(),
            price_cents: row.price(),
            notes: row.notes(),
        }
    }))
}

/// What a column can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Name,
    FirstName,
    LastName,
    Email,
    Phone,
    Notes,
    Tags,
    Consent,
    Service,
    Staff,
    Date,
    Start,
    End,
    Duration,
    Status,
    Price,
}

/// How products name their columns, without spaces, signs and capitals.
const NAMES: [(Field, &[&str]); 16] = [
    (
        Field::Name,
        &[
            "name",
            "fullname",
            "client",
            "clientname",
            "customer",
            "customername",
            "contact",
            "contactname",
            "patient",
            "patientname",
            "guest",
            "guestname",
            "attendee",
            "displayname",
            "clientfullname",
            "customerfullname",
        ],
    ),
    (
        Field::FirstName,
        &[
            "firstname",
            "givenname",
            "forename",
            "first",
            "clientfirstname",
            "customerfirstname",
            "patientfirstname",
            "preferredname",
        ],
    ),
    (
        Field::LastName,
        &["lastname", "surname", "familyname", "last", "clientlastname", "customerlastname", "patientlastname"],
    ),
    (
        Field::Email,
        &[
            "email",
            "emailaddress",
            "mail",
            "clientemail",
            "customeremail",
            "contactemail",
            "patientemail",
            "email1value",
            "primaryemail",
        ],
    ),
    (
        Field::Phone,
        &[
            "phone",
            "phonenumber",
            "mobile",
            "mobilephone",
            "mobilenumber",
            "telephone",
            "tel",
            "cell",
            "cellphone",
            "contactnumber",
            "clientphone",
            "clientmobile",
            "customerphone",
            "patientphone",
            "phone1value",
            "sms",
        ],
    ),
    (
        Field::Notes,
        &[
            "notes",
            "note",
            "comments",
            "comment",
            "clientnotes",
            "customernotes",
            "appointmentnotes",
            "bookingnotes",
            "remarks",
            "description",
        ],
    ),
    (Field::Tags, &["tags", "tag", "labels", "label", "groups", "group", "category", "categories", "segments"]),
    (
        Field::Consent,
        &[
            "consent",
            "marketingconsent",
            "acceptsmarketing",
            "marketing",
            "optin",
            "marketingoptin",
            "emailmarketing",
            "subscribed",
            "newsletter",
            "emailsubscriberstatus",
            "receivesmarketing",
        ],
    ),
    (
        Field::Service,
        &[
            "service",
            "servicename",
            "services",
            "appointmenttype",
            "treatment",
            "class",
            "classname",
            "eventtype",
            "eventtypename",
            "type",
            "product",
            "item",
        ],
    ),
    (
        Field::Staff,
        &[
            "staff",
            "staffname",
            "staffmember",
            "employee",
            "employeename",
            "provider",
            "practitioner",
            "stylist",
            "teammember",
            "with",
            "calendar",
            "resource",
            "host",
            "assignedto",
            "team",
        ],
    ),
    (Field::Date, &["date", "day", "appointmentdate", "bookingdate", "scheduleddate", "startdate"]),
    (
        Field::Start,
        &[
            "start",
            "starttime",
            "time",
            "startdatetime",
            "startdateandtime",
            "from",
            "starts",
            "startsat",
            "begin",
            "begins",
            "appointmenttime",
            "scheduledtime",
            "datetime",
            "dateandtime",
            "dateofservice",
            "bookingtime",
        ],
    ),
    (
        Field::End,
        &["end", "endtime", "enddatetime", "enddateandtime", "to", "until", "ends", "endsat", "finish", "finishtime"],
    ),
    (
        Field::Duration,
        &[
            "duration",
            "length",
            "minutes",
            "durationminutes",
            "durationmins",
            "durationmin",
            "durationinminutes",
            "mins",
        ],
    ),
    (Field::Status, &["status", "state", "bookingstatus", "appointmentstatus"]),
    (
        Field::Price,
        &[
            "price",
            "amount",
            "total",
            "cost",
            "fee",
            "totalprice",
            "grosssales",
            "appointmentprice",
            "pricedollars",
            "value",
        ],
    ),
];

/// A file, cut into cells.
struct Table {
    grid: Grid,
    /// Which column holds what.
    columns: Vec<(Field, usize)>,
    ignored: Vec<String>,
}

impl Table {
    fn read(file: &[u8]) -> Result<Self, Unreadable> {
        let grid = Grid::read(file, LIMITS)?;
        let names = &grid.names;
        let (mut columns, mut ignored) = (Vec::<(Field, usize)>::new(), Vec::new());
        for (column, name) in names.iter().enumerate() {
            let short = csv_in::compared(name);
            match NAMES.iter().find(|(_, known)| known.contains(&short.as_str())) {
                Some((field, _)) => match columns.iter().find(|(taken, _)| taken == field) {
                    Some((_, first)) if !may_be_twice(*field) => {
                        let first = names.get(*first).cloned().unwrap_or_default();
                        return Err(Unreadable::Twice(first, name.clone()));
                    }
                    _ => columns.push((*field, column)),
                },
                None if name.is_empty() => {}
                None => ignored.push(name.clone()),
            }
        }
        Ok(Self { grid, columns, ignored })
    }

    fn has(&self, field: Field) -> bool {
        self.columns.iter().any(|(has, _)| *has == field)
    }

    /// Each row as it is read, if nothing is wrong with it.
    fn each<R>(self, mut read: impl FnMut(&mut Row) -> R) -> Sheet<R> {
        let mut sheet = Sheet { rows: Vec::new(), problems: Vec::new(), more_problems: 0, ignored: self.ignored };
        for (line, cells) in &self.grid.rows {
            let (names, columns) = (&self.grid.names, &self.columns);
            let mut row = Row { line: *line, cells, names, columns, problems: Vec::new() };
            if let Some(message) = self.grid.surplus(cells) {
                row.problems.push(Problem { line: *line, column: String::new(), message });
            }
            let read = read(&mut row);
            if row.problems.is_empty() {
                sheet.rows.push(read);
            }
            for problem in row.problems {
                if sheet.problems.len() < MOST_PROBLEMS {
                    sheet.problems.push(problem);
                } else {
                    sheet.more_problems += 1;
                }
            }
        }
        sheet
    }
}

/// Phones and emails often come in several columns, of which the first that is filled counts, and notes and tags in more.
fn may_be_twice(field: Field) -> bool {
    matches!(field, Field::Phone | Field::Email | Field::Notes | Field::Tags)
}

/// A row, and what has been found wrong with it so far.
struct Row<'t> {
    line: u64,
    cells: &'t csv::StringRecord,
    names: &'t [String],
    columns: &'t [(Field, usize)],
    problems: Vec<Problem>,
}

impl Row<'_> {
    fn all(&self, field: Field) -> impl Iterator<Item = &str> {
        self.columns
            .iter()
            .filter(move |(has, _)| *has == field)
            .map(|(_, column)| csv_in::cell(self.cells, *column))
            .filter(|cell| !cell.is_empty())
    }

    fn cell(&self, field: Field) -> String {
        self.all(field).next().unwrap_or_default().to_owned()
    }

    fn wrong(&mut self, field: Field, message: impl Into<String>) {
        let column = self.columns.iter().find(|(has, _)| *has == field).and_then(|(_, column)| self.names.get(*column));
        let problem = Problem { line: self.line, column: column.cloned().unwrap_or_default(), message: message.into() };
        self.problems.push(problem);
    }

    /// In one line.
    fn text(&mut self, field: Field) -> String {
        let text = self.cell(field).split_whitespace().collect::<Vec<_>>().join(" ");
        if text.chars().count() > LONGEST {
            self.wrong(field, format!("Enter at most {LONGEST} characters."));
        }
        if text.chars().any(char::is_control) {
            self.wrong(field, "Take out what can’t be seen.");
        }
        text
    }

    fn name(&mut self) -> String {
        let name = self.text(Field::Name);
        if name.is_empty() {
            let (first, last) = (self.text(Field::FirstName), self.text(Field::LastName));
            return format!("{first} {last}").trim().to_owned();
        }
        name
    }

    fn email(&mut self) -> String {
        let email = self.text(Field::Email);
        let good = email.is_empty()
            || email_address::EmailAddress::parse_with_options(
                &email,
                email_address::Options::default().without_display_text().without_domain_literal(),
            )
            .is_ok();
        if !good {
            self.wrong(Field::Email, "Enter one email address like mia@example.com.");
        }
        email
    }

    fn phone(&mut self) -> String {
        // Some products put a quote before it, to keep the nought.
        let mut phone = self.text(Field::Phone).trim_start_matches('\'').to_owned();
        // A spreadsheet that took a number for one has eaten its nought.
        if phone.len() == 9
            && phone.bytes().all(|byte| byte.is_ascii_digit())
            && phone.starts_with(['2', '3', '4', '7', '8'])
        {
            phone.insert(0, '0');
        }
        let digits = phone.bytes().filter(u8::is_ascii_digit).count();
        let good = phone.chars().all(|c| c.is_ascii_digit() || " +-()./".contains(c)) && (6..=15).contains(&digits);
        if !phone.is_empty() && !good {
            self.wrong(Field::Phone, "Enter a phone number like 0400 000 000.");
        }
        phone
    }

    fn notes(&mut self) -> String {
        let notes: Vec<&str> = self.all(Field::Notes).collect();
        let notes = notes.join("\n\n").replace("\r\n", "\n").replace('\r', "\n");
        if notes.chars().count() > LONGEST_NOTES {
            self.wrong(Field::Notes, "Enter at most 10,000 characters.");
        }
        notes
    }

    fn tags(&mut self) -> Vec<String> {
        let mut seen = HashSet::new();
        let tags: Vec<String> = self
            .all(Field::Tags)
            .flat_map(|cell| cell.split([',', ';', '|', '\n']))
            .map(|tag| tag.split_whitespace().collect::<Vec<_>>().join(" "))
            .filter(|tag| !tag.is_empty() && seen.insert(tag.to_lowercase()))
            .collect();
        if tags.iter().any(|tag| tag.chars().count() > LONGEST) {
            self.wrong(Field::Tags, format!("Enter at most {LONGEST} characters for each."));
        }
        tags
    }

    fn consent(&mut self) -> Option<bool> {
        match self.text(Field::Consent).to_lowercase().as_str() {
            "" => None,
            "yes" | "y" | "true" | "1" | "x" | "✓" | "subscribed" | "opted in" | "opt in" | "accepted" | "agreed"
            | "on" => Some(true),
            "no" | "n" | "false" | "0" | "unsubscribed" | "opted out" | "opt out" | "declined" | "never subscribed"
            | "off" | "-" => Some(false),
            _ => {
                self.wrong(Field::Consent, "Enter yes or no.");
                None
            }
        }
    }

    fn starts(&mut self) -> Option<When> {
        let (date, start) = (self.text(Field::Date), self.text(Field::Start));
        let (field, text) = match (date.is_empty(), start.is_empty()) {
            (true, true) => {
                let field =
                    if self.columns.iter().any(|(has, _)| *has == Field::Start) { Field::Start } else { Field::Date };
                self.wrong(field, "Enter when it begins.");
                return None;
            }
            (true, false) => (Field::Start, start),
            (false, true) => (Field::Date, date),
            // The time may have its date with it, and then needs no other.
            (false, false) => {
                let together = match (when(&start), time(&start)) {
                    (Ok(when), _) => Ok(when),
                    (Err(_), None) => Err((Field::Start, TIME.to_owned())),
                    (Err(_), Some(time)) => self::date(&without_midnight(&date))
                        .map(|date| When::Local(date.to_datetime(time)))
                        .map_err(|message| (Field::Date, message)),
                };
                return together.map_err(|(field, message)| self.wrong(field, message)).ok();
            }
        };
        when(&text).map_err(|message| self.wrong(field, message)).ok()
    }

    fn ends(&mut self, starts: When) -> Option<When> {
        let (end, length) = (self.text(Field::End), self.text(Field::Duration));
        if !end.is_empty() {
            let ends = match (when(&end), time(&end), starts) {
                (Ok(ends), ..) => ends,
                (Err(_), Some(time), When::Local(starts)) => {
                    let ends = starts.date().to_datetime(time);
                    // Past midnight.
                    let ends =
                        if ends < starts { ends.checked_add(jiff::ToSpan::day(1)).unwrap_or(ends) } else { ends };
                    When::Local(ends)
                }
                (Err(_), Some(_), When::Instant(_)) => {
                    self.wrong(Field::End, "Enter the date and the offset, too, as where it begins.");
                    return None;
                }
                (Err(message), None, _) => {
                    self.wrong(Field::End, message);
                    return None;
                }
            };
            let takes = match (starts, ends) {
                (When::Local(from), When::Local(to)) => to.duration_since(from),
                (When::Instant(from), When::Instant(to)) => to.duration_since(from),
                _ => {
                    self.wrong(Field::End, "Write where it begins and where it ends the same way.");
                    return None;
                }
            };
            return match takes.as_mins() {
                ..=0 => {
                    self.wrong(Field::End, "It has to end after it begins.");
                    None
                }
                1..=LONGEST_BOOKING => Some(ends),
                _ => {
                    self.wrong(Field::End, "It can take a month at most.");
                    None
                }
            };
        }
        if length.is_empty() {
            return None;
        }
        // "1:30:00", as spreadsheets have it.
        let length = match length.split(':').collect::<Vec<_>>().as_slice() {
            [hours, minutes, "00"] => format!("{hours}:{minutes}"),
            _ => length,
        };
        match typed::minutes(&length) {
            Ok(minutes @ 1..=LONGEST_BOOKING) => {
                let takes = jiff::SignedDuration::from_mins(minutes);
                match starts {
                    When::Local(from) => from.checked_add(takes).ok().map(When::Local),
                    When::Instant(from) => from.checked_add(takes).ok().map(When::Instant),
                }
            }
            Ok(_) => {
                self.wrong(Field::Duration, "It has to take between a minute and a month.");
                None
            }
            Err(message) => {
                self.wrong(Field::Duration, message);
                None
            }
        }
    }

    fn status(&mut self) -> Status {
        let status: String = self.text(Field::Status).chars().filter(|c| c.is_alphanumeric()).collect();
        match status.to_lowercase().as_str() {
            "" | "booked" | "confirmed" | "unconfirmed" | "new" | "active" | "accepted" | "scheduled" | "completed"
            | "complete" | "done" | "paid" | "unpaid" | "arrived" | "checkedin" | "attended" | "started"
            | "pending" | "approved" => Status::Booked,
            "cancelled"
            | "canceled"
            | "cancelledbyclient"
            | "cancelledbycustomer"
            | "canceledbyclient"
            | "canceledbycustomer"
            | "latecancelled"
            | "latecancelation"
            | "latecancellation"
            | "declined"
            | "rejected"
            | "deleted" => Status::Cancelled,
            "noshow" | "didnotattend" | "didntattend" | "dna" | "missed" => Status::NoShow,
            _ => {
                self.wrong(Field::Status, "Enter booked, cancelled or no-show.");
                Status::Booked
            }
        }
    }

    fn price(&mut self) -> Option<i64> {
        let price = self.text(Field::Price);
        let amount = price.trim_start_matches("AUD").trim_start_matches("A$").trim_end_matches("AUD").trim();
        if amount.is_empty() {
            return None;
        }
        let cents = if amount.eq_ignore_ascii_case("free") { Some(0) } else { money::parse(amount) };
        // As dear as anything can be here.
        let cents = cents.filter(|cents| *cents <= 100_000_000);
        if cents.is_none() {
            self.wrong(Field::Price, "Enter dollars like 85 or 85.50.");
        }
        cents
    }
}

const DATE: &str = "Enter a date like 5/12/2026 (the day first) or 2026-12-05.";
const TIME: &str = "Enter a time like 9:00 am or 14:30.";
const BOTH: &str = "Enter a date and a time like 5/12/2026 2:30 pm.";

/// A date and a time in one.
fn when(text: &str) -> Result<When, String> {
    let text = text.trim();
    // "2026-12-05T09:00:00+11:00", "…Z".
    if text.contains(['T', ' '])
        && let Ok(instant) = text.parse::<Timestamp>()
    {
        return Ok(When::Instant(instant));
    }
    let (day, rest) = text.split_once(['T', ',']).filter(|(day, _)| date(day).is_ok()).unwrap_or(("", text));
    if !day.is_empty() {
        let time = time(rest).ok_or(TIME)?;
        return Ok(When::Local(date(day)?.to_datetime(time)));
    }
    // "5 Dec 2026 9:00 am": where the date ends is where the rest is a time.
    for (at, _) in text.match_indices(' ') {
        let (day, rest) = text.split_at(at);
        if let (Ok(date), Some(time)) = (date(day.trim_end_matches(',')), time(rest.trim().trim_start_matches("at "))) {
            return Ok(When::Local(date.to_datetime(time)));
        }
    }
    // What is wrong with the date is the better hint.
    match date(text.split(' ').next().unwrap_or_default()) {
        Err(message) if message != DATE => Err(message),
        _ => Err(BOTH.to_owned()),
    }
}

/// Spreadsheets give a date a midnight that nobody asked for.
fn without_midnight(text: &str) -> String {
    match text.split_once(' ') {
        Some((day, "0:00" | "00:00" | "0:00:00" | "00:00:00" | "12:00:00 AM" | "12:00 AM")) => day.to_owned(),
        _ => text.to_owned(),
    }
}

/// The day first, as it is written here; or the year first. Never the month first: `3/4/2026` would be the wrong day unseen.
fn date(text: &str) -> Result<Date, String> {
    let wrong = || DATE.to_owned();
    let text = text.trim();
    // "Sat 5 Dec 2026".
    let text = match text.split_once([' ', ',']) {
        Some((weekday, rest)) if is_weekday(weekday) => rest.trim_start_matches([' ', ',']),
        _ => text,
    };
    let parts: Vec<&str> = text.split(['/', '-', '.', ' ']).filter(|part| !part.is_empty()).collect();
    let [first, month, last] = parts.as_slice() else { return Err(wrong()) };
    let (day, year) = if first.len() == 4 { (last, first) } else { (first, last) };
    let number = |text: &str| -> Option<i16> {
        let good = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        if good { text.parse().ok() } else { None }
    };
    let month = match number(month) {
        Some(month) => month,
        None => by_name(month).ok_or_else(wrong)?,
    };
    let year = match (year.len(), number(year).ok_or_else(wrong)?) {
        (4, year) => year,
        (2, year) => 2000 + year,
        _ => return Err(wrong()),
    };
    let day = number(day).ok_or_else(wrong)?;
    if !(1900..=2200).contains(&year) {
        return Err("Enter a year between 1900 and 2200.".to_owned());
    }
    if (13..=31).contains(&month) && (1..=12).contains(&day) {
        return Err("Enter the day before the month, like 25/12/2026.".to_owned());
    }
    let (Ok(month), Ok(day)) = (i8::try_from(month), i8::try_from(day)) else { return Err(wrong()) };
    Date::new(year, month, day).map_err(|_| "There is no such day. Enter one like 25/12/2026.".to_owned())
}

fn is_weekday(word: &str) -> bool {
    let word = word.to_lowercase();
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    word.len() >= 3 && days.iter().any(|day| day.starts_with(&word))
}

fn by_name(month: &str) -> Option<i16> {
    let month = month.to_lowercase();
    let months = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let at = months
        .iter()
        .position(|name| month.len() >= 3 && (name.starts_with(&month) || month == "sept" && *name == "september"))?;
    i16::try_from(at + 1).ok()
}

/// `9:00`, `9:00 am`, `9am`, `9.30 pm`, `14:30:00`. A number alone is none.
fn time(text: &str) -> Option<Time> {
    let text = text.trim().to_lowercase().replace(['\u{a0}', '\u{202f}'], " ");
    let text = text.replace("a.m.", "am").replace("p.m.", "pm");
    let (clock, half) = match (text.strip_suffix("am"), text.strip_suffix("pm")) {
        (Some(clock), _) => (clock, Some(0)),
        (_, Some(clock)) => (clock, Some(12)),
        _ => (text.as_str(), None),
    };
    let parts: Vec<&str> = clock.trim().split([':', '.']).collect();
    let number = |part: &&str| -> Option<i8> {
        let good = (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        if good { part.parse().ok() } else { None }
    };
    let (hour, minute, second) = match parts.as_slice() {
        [hour] if half.is_some() => (number(hour)?, 0, 0),
        [hour, minute] if minute.len() == 2 => (number(hour)?, number(minute)?, 0),
        [hour, minute, second] if minute.len() == 2 && second.len() == 2 => {
            (number(hour)?, number(minute)?, number(second)?)
        }
        _ => return None,
    };
    let hour = match half {
        Some(half) if (1..=12).contains(&hour) => hour % 12 + half,
        Some(_) => return None,
        None => hour,
    };
    Time::new(hour, minute, second, 0).ok()
}

#[cfg(test)]
#[path = "csv_tests.rs"]
mod tests;
