//! The demo clinic's scoreboard: who sells, calls and wins clients, in which teams, and a year of it.

use std::collections::{BTreeMap, HashMap};

use jiff::{
    ToSpan,
    civil::{Date, Weekday},
    tz::TimeZone,
};

use super::{
    celebrations, closing, contests, entries,
    ids::{EntryId, MembershipId, MetricId, PersonId, TeamId},
    imports,
    period::day_of,
    permissions, snapshots, sources,
    store::{self, Membership, Metric, NewEntry, StoredPerson, Team},
    targets,
};
use crate::{
    clock::Instant,
    crypto::Place,
    db::Access,
    demo,
    error::Result,
    ids::{OrgId, UserId},
    org::{Actor, Doer, OrgRef, OrgTx},
    people::members,
    platform::Platform,
};

/// So many days, today among them.
const DAYS: i64 = 365;
/// Who was there before all of them has been since so many days ago.
const BEFORE: i64 = 400;
/// Lines written in one transaction: others wait for it.
const AT_ONCE: usize = 400;
/// The clinic opens at 8 and closes after so many minutes.
const OPEN_MINUTES: i64 = 600;
/// Closed: month and day.
const CLOSED: [(i8, i8); 3] = [(12, 25), (12, 26), (1, 1)];

const TEAMS: [(&str, &str); 4] =
    [("team", "Harbour"), ("team", "Wharf"), ("branch", "Balmain East"), ("branch", "Newtown")];

/// Somebody of the clinic. Days are so many days ago.
struct Who {
    name: &'static str,
    alias: &'static str,
    joined: Option<i64>,
    left: Option<i64>,
    opted_out: bool,
    /// In which team or branch, since when and until when.
    places: &'static [(&'static str, i64, Option<i64>)],
    /// What they sell and how much they call, in percent of what is usual.
    skill: i64,
    saturdays: bool,
}

static PEOPLE: [Who; 8] = [
    Who {
        name: "Priya Raman",
        alias: "Priya",
        joined: None,
        left: None,
        opted_out: false,
        places: &[("Harbour", BEFORE, None), ("Balmain East", BEFORE, None)],
        skill: 120,
        saturdays: true,
    },
    Who {
        name: "Tom Whitlock",
        alias: "Tom W",
        joined: None,
        left: None,
        opted_out: false,
        places: &[("Harbour", BEFORE, None), ("Balmain East", BEFORE, None)],
        skill: 95,
        saturdays: false,
    },
    Who {
        name: "Mei-Lin Chua",
        alias: "Mei",
        joined: None,
        left: None,
        opted_out: false,
        places: &[("Wharf", BEFORE, None), ("Newtown", BEFORE, None)],
        skill: 110,
        saturdays: true,
    },
    // Went over to the other team, and with it to the other branch.
    Who {
        name: "Sam Lee",
        alias: "Sam L",
        joined: None,
        left: None,
        opted_out: false,
        places: &[
            ("Wharf", BEFORE, Some(151)),
            ("Newtown", BEFORE, Some(151)),
            ("Harbour", 150, None),
            ("Balmain East", 150, None),
        ],
        skill: 85,
        saturdays: false,
    },
    Who {
        name: "Noor Haddad",
        alias: "Noor",
        joined: Some(210),
        left: None,
        opted_out: false,
        places: &[("Wharf", 210, None), ("Newtown", 210, None)],
        skill: 100,
        saturdays: true,
    },
    Who {
        name: "Jack Brennan",
        alias: "JB",
        joined: None,
        left: Some(62),
        opted_out: false,
        places: &[("Harbour", BEFORE, Some(62)), ("Balmain East", BEFORE, Some(62))],
        skill: 105,
        saturdays: false,
    },
    Who {
        name: "Leilani Fifita",
        alias: "Lani",
        joined: None,
        left: None,
        opted_out: true,
        places: &[("Wharf", BEFORE, None), ("Newtown", BEFORE, None)],
        skill: 90,
        saturdays: false,
    },
    Who {
        name: "Robin Costa",
        alias: "Robin",
        joined: None,
        left: None,
        opted_out: false,
        places: &[("Wharf", BEFORE, None), ("Newtown", BEFORE, None)],
        skill: 75,
        saturdays: false,
    },
];

/// Who of them says yes and no to new clients, and notes complaints.
const MANAGER: &str = "Robin Costa";

/// Sets up the demo business's scoreboard and fills a year of it. Any other business that is seeded counts what is its own, and begins with
/// nothing.
///
/// # Errors
/// The database is busy.
pub async fn seed(platform: &Platform, org: OrgId) -> Result<()> {
    let mut tx = open(platform, org).await?;
    if tx.org().slug != demo::SLUG {
        return tx.rollback().await;
    }
    let (now, zone) = (tx.now(), entries::zone(&tx)?);
    let today = day_of(now.timestamp(), &zone);
    let crew = set_up(&mut tx, today).await?;
    targets::seed(&mut tx).await?;
    celebrations::seed(&mut tx, crew.sales).await?;
    finish(tx, org).await?;
    for lines in a_year(&crew, today, now, &zone).chunks(AT_ONCE) {
        let mut tx = open(platform, org).await?;
        write(&mut tx, lines, crew.manager).await?;
        finish(tx, org).await?;
    }
    let manager = match crew.manager.id {
        Some(id) => Actor::User(UserId(id)),
        None => Actor::System("demo"),
    };
    imports::seed(platform, &manager, today).await?;
    closing::seed(platform, org, &manager).await?;
    let mut tx = open(platform, org).await?;
    let people: Vec<PersonId> = crew.people.iter().map(|one| one.id).collect();
    contests::seed::seed(&mut tx, crew.sales, crew.calls, &people, today).await?;
    finish(tx, org).await?;
    sources::demo::seed(platform, org, crew.calls).await?;
    snapshots::take(platform, org, day_ago(today, 1)).await
}

async fn open(platform: &Platform, org: OrgId) -> Result<OrgTx> {
    OrgTx::open(platform, &Actor::System("demo"), OrgRef::Id(org), &permissions::SET_UP, Access::Write).await
}

async fn finish(mut tx: OrgTx, org: OrgId) -> Result<()> {
    tx.emit("scoreboard.metric_saved", org.0).await?;
    tx.commit().await
}

/// What is counted, and whose.
struct Crew {
    people: Vec<Somebody>,
    manager: Doer,
    sales: MetricId,
    calls: MetricId,
    new_clients: MetricId,
    complaints: MetricId,
}

struct Somebody {
    id: PersonId,
    who: &'static Who,
    /// Who enters what is theirs: themselves, where they log in.
    by: Doer,
}

async fn set_up(tx: &mut OrgTx, today: Date) -> Result<Crew> {
    let (now, keys) = (tx.now(), tx.keys().await?);
    let mut teams = HashMap::new();
    for (kind, name) in TEAMS {
        let team =
            Team { id: TeamId::new(now), kind: kind.to_owned(), name: name.to_owned(), active: true, version: 1 };
        store::insert_team(tx, &team).await?;
        teams.insert(name, team.id);
    }
    let mut users: HashMap<String, _> =
        members::all(tx).await?.into_iter().map(|member| (member.name, member.user)).collect();
    let mut manager = Doer { kind: "system", id: None };
    let mut people = Vec::new();
    for who in &PEOPLE {
        let id = PersonId::new(now);
        let user = users.remove(who.name);
        let place = |column| Place { table: "scoreboard_people", column, row: id.0 };
        let person = StoredPerson {
            id,
            name: keys.seal(place("name"), who.name),
            aliases: keys.seal(place("aliases"), who.alias),
            user_id: user,
            joined_on: who.joined.map(|ago| day_ago(today, ago).to_string()),
            left_on: who.left.map(|ago| day_ago(today, ago).to_string()),
            opted_out: who.opted_out,
            works: if who.saturdays { "1111110" } else { "1111100" }.to_owned(),
            version: 1,
        };
        store::insert_person(tx, &person).await?;
        for (place, since, until) in who.places {
            let Some(team) = teams.get(place) else { continue };
            let membership = Membership {
                id: MembershipId::new(now),
                person_id: id,
                team_id: *team,
                since: day_ago(today, *since).to_string(),
                until: until.map(|ago| day_ago(today, ago).to_string()),
            };
            store::insert_membership(tx, &membership).await?;
        }
        let by = Doer { kind: if user.is_some() { "member" } else { "system" }, id: user.map(|user| user.0) };
        if who.name == MANAGER {
            manager = by;
        }
        people.push(Somebody { id, who, by });
    }
    let [sales, calls, new_clients, complaints] = add_metrics(tx, now).await?;
    Ok(Crew { people, manager, sales, calls, new_clients, complaints })
}

/// Adds what is counted, and gives what of it is entered: sales, calls, new clients, complaints.
async fn add_metrics(tx: &mut OrgTx, now: Instant) -> Result<[MetricId; 4]> {
    let number = |position: i64, key: &str, name: &str| Metric {
        id: MetricId::new(now),
        key: key.to_owned(),
        name: name.to_owned(),
        kind: "sum".to_owned(),
        unit: "number".to_owned(),
        suffix: String::new(),
        decimals: 0,
        gst: "none".to_owned(),
        lower_is_better: false,
        numerator_id: None,
        denominator_id: None,
        formula: String::new(),
        entered_by: "everyone".to_owned(),
        approval: false,
        shown_to: "everyone".to_owned(),
        position,
        active: true,
        version: 1,
    };
    let money = |position: i64, key: &str, name: &str| Metric {
        unit: "money".to_owned(),
        decimals: 2,
        gst: "including".to_owned(),
        ..number(position, key, name)
    };
    let sales = money(0, "sales", "Sales");
    let calls = Metric { suffix: "calls".to_owned(), ..number(1, "calls", "Calls") };
    let new_clients = Metric { approval: true, ..number(2, "new_clients", "New clients") };
    let conversion = Metric {
        kind: "ratio".to_owned(),
        suffix: "%".to_owned(),
        decimals: 1,
        numerator_id: Some(new_clients.id),
        denominator_id: Some(calls.id),
        ..number(3, "conversion", "Conversion")
    };
    let per_call = Metric {
        kind: "formula".to_owned(),
        formula: "sales / calls".to_owned(),
        ..money(4, "sales_per_call", "Sales per call")
    };
    let complaints = Metric {
        lower_is_better: true,
        entered_by: "managers".to_owned(),
        shown_to: "own".to_owned(),
        ..number(5, "complaints", "Complaints")
    };
    for metric in [&sales, &calls, &new_clients, &conversion, &per_call, &complaints] {
        store::insert_metric(tx, metric).await?;
    }
    Ok([sales.id, calls.id, new_clients.id, complaints.id])
}

/// Something that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Line {
    metric: MetricId,
    person: PersonId,
    by: Doer,
    day: Date,
    at: Instant,
    value: i64,
    note: &'static str,
    fate: Fate,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Counts,
    /// Taken back, and entered anew with this value.
    Corrected(i64),
    /// Nobody has said yes or no to it yet.
    Waits,
    Approved,
    Declined,
}

/// A year up to now, day by day: in numbers without a pattern that are the same each time, so that the demo looks the same, too.
fn a_year(crew: &Crew, today: Date, now: Instant, zone: &TimeZone) -> Vec<Line> {
    let mut year = Year { crew, dice: Dice(1), sold: 0, won: 0, lines: Vec::new() };
    for ago in (0..DAYS).rev() {
        let day = day_ago(today, ago);
        let Ok(opens) = day.at(8, 0, 0, 0).to_zoned(zone.clone()) else { continue };
        let opens = Instant::from_timestamp(opens.timestamp());
        for one in &crew.people {
            if is_at_work(one.who, day, ago) && !year.dice.one_in(12) {
                year.work(one, (day, ago), opens);
            }
        }
    }
    year.lines.retain(|line| line.at <= now);
    year.lines
}

fn is_at_work(who: &Who, day: Date, ago: i64) -> bool {
    let open = match day.weekday() {
        Weekday::Sunday => false,
        Weekday::Saturday => who.saturdays,
        _ => true,
    };
    open && !CLOSED.contains(&(day.month(), day.day()))
        && who.joined.is_none_or(|joined| ago <= joined)
        && who.left.is_none_or(|left| ago >= left)
}

struct Year<'c> {
    crew: &'c Crew,
    dice: Dice,
    /// How many sales there were.
    sold: i64,
    /// How often there were new clients.
    won: i64,
    lines: Vec<Line>,
}

impl Year<'_> {
    /// A day of somebody's.
    fn work(&mut self, one: &Somebody, (day, ago): (Date, i64), opens: Instant) {
        let quiet = day.weekday() == Weekday::Saturday;
        let plain = Line {
            metric: self.crew.calls,
            person: one.id,
            by: one.by,
            day,
            at: opens,
            value: 0,
            note: "",
            fate: Fate::Counts,
        };
        if !self.dice.one_in(10) {
            // Counted when the clinic closes.
            let value = self.dice.between(6, 22) * one.who.skill / if quiet { 200 } else { 100 };
            self.lines.push(Line { at: opens.plus_seconds(OPEN_MINUTES * 60), value, ..plain });
        }
        self.sell(one, Line { metric: self.crew.sales, ..plain }, quiet);
        if !quiet && self.dice.one_in(2) {
            self.won += 1;
            let (at, value) = (self.some_time(opens), self.dice.between(1, 2));
            let fate = match ago {
                0..=3 => Fate::Waits,
                4..=10 if self.won % 4 == 1 => Fate::Declined,
                4..=10 => Fate::Approved,
                _ => Fate::Counts,
            };
            self.lines.push(Line { metric: self.crew.new_clients, at, value, fate, ..plain });
        }
        if self.dice.one_in(70) {
            let note = "Waited half an hour for an appointment.";
            let (metric, by, at) = (self.crew.complaints, self.crew.manager, self.some_time(opens));
            self.lines.push(Line { metric, by, at, value: 1, note, ..plain });
        }
    }

    fn sell(&mut self, one: &Somebody, plain: Line, quiet: bool) {
        let season = match plain.day.month() {
            12 => 150,
            1 => 70,
            _ => 100,
        };
        let more = i64::from(season > 100 && self.dice.one_in(2));
        for _ in 0..self.dice.between(0, if quiet { 1 } else { 2 }) + more {
            self.sold += 1;
            let at = self.some_time(plain.at);
            // In whole five cents.
            let cents = self.dice.between(7, 60) * 500 * one.who.skill * season / 10_000 / 5 * 5;
            let (value, note, fate) = match self.sold {
                sold if sold % 35 == 12 => (-cents, "Paid back: the last session wasn’t needed.", Fate::Counts),
                sold if sold % 60 == 20 => (cents * 10, "", Fate::Corrected(cents)),
                sold if sold % 9 == 4 => (cents * 4, "Package of six sessions", Fate::Counts),
                _ => (cents, "", Fate::Counts),
            };
            self.lines.push(Line { at, value, note, fate, ..plain });
        }
    }

    fn some_time(&mut self, opens: Instant) -> Instant {
        opens.plus_seconds(self.dice.between(0, OPEN_MINUTES - 1) * 60)
    }
}

/// Writes lines, and adds up what counts of them.
async fn write(tx: &mut OrgTx, lines: &[Line], manager: Doer) -> Result<()> {
    let keys = tx.keys().await?;
    let mut totals = BTreeMap::new();
    for line in lines {
        let id = EntryId::new(line.at);
        let note = Place { table: "scoreboard_entries", column: "note", row: id.0 };
        let new = NewEntry {
            id,
            metric: line.metric,
            person: line.person,
            day: line.day.to_string(),
            happened_at: line.at,
            value: line.value,
            note: (!line.note.is_empty()).then(|| keys.seal(note, line.note)),
            source: if line.by.kind == "member" { "form" } else { "file" },
            external_id: None,
            by: line.by,
            entered_at: line.at,
            awaits_approval: matches!(line.fate, Fate::Waits | Fate::Approved | Fate::Declined),
            replaces: None,
        };
        store::insert_entry(tx, &new).await?;
        let counts = match line.fate {
            Fate::Counts => Some(line.value),
            Fate::Corrected(value) => {
                let reason = Place { table: "scoreboard_voids", column: "reason", row: id.0 };
                store::insert_void(tx, id, &keys.seal(reason, "One zero too many."), line.by).await?;
                let instead = NewEntry { id: EntryId::new(line.at), value, note: None, replaces: Some(id), ..new };
                store::insert_entry(tx, &instead).await?;
                Some(value)
            }
            Fate::Waits => None,
            Fate::Approved | Fate::Declined => {
                let approved = line.fate == Fate::Approved;
                store::insert_approval(tx, id, approved, manager).await?;
                approved.then_some(line.value)
            }
        };
        if let Some(value) = counts {
            let (sum, entries) = totals.entry((line.metric, line.person, line.day)).or_insert((0, 0));
            *sum += value;
            *entries += 1;
        }
    }
    for ((metric, person, day), (sum, entries)) in totals {
        store::add_to_total(tx, metric, person, &day.to_string(), sum, entries).await?;
    }
    Ok(())
}

fn day_ago(today: Date, ago: i64) -> Date {
    today.saturating_sub(ago.days())
}

/// Numbers without a pattern, the same for the same seed (`SplitMix64`).
struct Dice(u64);

impl Dice {
    /// One from the least to the most, both among them.
    fn between(&mut self, least: i64, most: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        least + (mixed ^ (mixed >> 31)).cast_signed().rem_euclid(most - least + 1)
    }

    fn one_in(&mut self, many: i64) -> bool {
        self.between(1, many) == 1
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn crew() -> Crew {
        let now = Instant::from_unix(1_795_000_000);
        let by = Doer { kind: "system", id: None };
        let people = PEOPLE.iter().map(|who| Somebody { id: PersonId::new(now), who, by }).collect();
        let [sales, calls, new_clients, complaints] = std::array::from_fn(|_| MetricId::new(now));
        Crew { people, manager: by, sales, calls, new_clients, complaints }
    }

    fn year(crew: &Crew) -> Vec<Line> {
        let zone = TimeZone::get("Australia/Sydney").expect("a zone");
        let now = date(2026, 11, 24).at(14, 0, 0, 0).to_zoned(zone.clone()).expect("an instant");
        a_year(crew, date(2026, 11, 24), Instant::from_timestamp(now.timestamp()), &zone)
    }

    #[test]
    fn a_year_is_believable() {
        let crew = crew();
        let lines = year(&crew);
        assert!((4_000..6_000).contains(&lines.len()), "{}", lines.len());
        let sales = |in_it: &dyn Fn(Date) -> bool| -> i64 {
            let sold = lines.iter().filter(|line| line.metric == crew.sales && in_it(line.day));
            sold.map(|line| if let Fate::Corrected(value) = line.fate { value } else { line.value }).sum()
        };
        let (december, all) = (sales(&|day| day.month() == 12), sales(&|_| true));
        assert!(december * 12 > all * 3 / 2, "{december} of {all}");
        assert!(sales(&|day| day.weekday() == Weekday::Saturday) * 10 < all);
        assert_eq!(sales(&|day| day.weekday() == Weekday::Sunday), 0);
        let some = |what: &dyn Fn(&Line) -> bool| lines.iter().filter(|line| what(line)).count();
        assert!((20..100).contains(&some(&|line| line.value < 0)));
        assert!((10..50).contains(&some(&|line| matches!(line.fate, Fate::Corrected(_)))));
        for fate in [Fate::Waits, Fate::Approved, Fate::Declined] {
            assert!(some(&|line| line.fate == fate) > 0, "{fate:?}");
        }
        assert!(some(&|line| line.metric == crew.complaints) > 10);
    }

    #[test]
    fn it_is_the_same_each_time() {
        let crew = crew();
        assert_eq!(year(&crew), year(&crew));
    }

    #[test]
    fn nothing_is_of_who_wasnt_there() {
        let crew = crew();
        let today = date(2026, 11, 24);
        for line in year(&crew) {
            let one = crew.people.iter().find(|one| one.id == line.person).expect("one of them");
            assert!(one.who.joined.is_none_or(|ago| day_ago(today, ago) <= line.day), "{}", one.who.name);
            assert!(one.who.left.is_none_or(|ago| day_ago(today, ago) >= line.day), "{}", one.who.name);
            let places = one.who.places.iter().filter(|(_, since, until)| {
                day_ago(today, *since) <= line.day && until.is_none_or(|ago| day_ago(today, ago) >= line.day)
            });
            assert_eq!(places.count(), 2, "{} is in one team and one branch on {}", one.who.name, line.day);
        }
    }
}
