//! The demo clinic's tasks: three spaces, six lists, and eight weeks of what was done in them, is under way, and is late.

use std::collections::{BTreeSet, HashMap};

use jiff::{
    ToSpan,
    civil::{Date, time},
    tz::TimeZone,
};

use super::{
    access,
    acts::Act,
    checks, demo_finding, demo_inout, demo_time, demo_together,
    desk::Desk,
    ids::{LabelId, ListId, StatusId, TaskId, TeamId},
    links,
    lists::{self, ListBody, SpaceBody, StatusBody},
    parts, permissions,
    places::{self, Spot},
    store, store_lists as rows,
    task::{Assignee, Completes, Task, When},
    template_demo,
};
use crate::{
    clock::{Instant, zone},
    db::Access,
    demo,
    error::Result,
    ids::{OrgId, UserId},
    org::{Actor, OrgRef, OrgTx},
    people::members,
    platform::Platform,
};

/// What was begun longest ago was so many days ago.
const DAYS: i64 = 56;

/// Who works there, as the demo calls them.
const PEOPLE: [&str; 4] = ["Priya Raman", "Sam Lee", "Robin Costa", "Alex Morgan"];

/// Who is at the front desk, and who runs the clinic.
const TEAMS: [(&str, &[usize]); 2] = [("Front desk", &[1, 2]), ("Management", &[0, 2, 3])];

const LABELS: [(&str, i64); 6] =
    [("Clinic", 0), ("Phone call", 1), ("Waiting for someone", 4), ("Money", 2), ("Safety", 3), ("Website", 5)];

/// A space: its name, its team, and whether that alone sees it.
const SPACES: [(&str, Option<usize>, bool); 3] =
    [("Clinic", None, false), ("Front desk", Some(0), false), ("Management", Some(1), true)];

/// A list, and what is to be done in it, the oldest first.
struct Plan {
    space: usize,
    name: &'static str,
    about: &'static str,
    /// Empty: the usual ones.
    statuses: &'static [(&'static str, &'static str)],
    sections: &'static [&'static str],
    /// Who mostly does it.
    whose: &'static [usize],
    /// Words, and which label they have.
    tasks: &'static [(&'static str, Option<usize>)],
}

static PLANS: [Plan; 6] = [
    Plan {
        space: 0,
        name: "Treatment rooms",
        about: "What the rooms need so that nobody waits for a table, a towel or a working lamp.",
        statuses: &[],
        sections: &["Room 1", "Room 2", "Gym"],
        whose: &[1, 2],
        tasks: &[
            ("Replace the paper roll holder in room 2", Some(0)),
            ("Order towels for the summer", Some(3)),
            ("Oil the door of room 1", Some(0)),
            ("Check the first-aid kits", Some(4)),
            ("Wash the curtains in room 2", Some(0)),
            ("Find out why the lamp over table 3 flickers", Some(4)),
            ("Label the drawers with exercise bands", Some(0)),
            ("Book the air conditioning service", Some(1)),
            ("Replace the worn mat in the gym", Some(3)),
            ("Write down how table 1 is folded", Some(0)),
            ("Sharps container: have it collected", Some(4)),
            ("Measure room 1 for a second shelf", Some(0)),
            ("Hang up the anatomy posters", Some(0)),
            ("Replace the batteries of all ultrasound remotes", Some(0)),
            ("Deep clean before the long weekend", Some(4)),
            ("Try the new hypoallergenic oil with three clients", Some(0)),
            ("Fit out the second shelf in room 1", Some(0)),
            ("Swap the gym clock for one that can be read", Some(0)),
            ("Count the resistance bands and reorder", Some(3)),
            ("Move the water cooler away from the window", Some(2)),
        ],
    },
    Plan {
        space: 0,
        name: "Equipment and repairs",
        about: "Each machine has its own task. Whoever books a technician writes the day into the notes.",
        statuses: &[
            ("Reported", "open"),
            ("Technician booked", "started"),
            ("Waiting for parts", "started"),
            ("Working again", "done"),
        ],
        sections: &[],
        whose: &[2, 3],
        tasks: &[
            ("Treadmill stops after ten minutes", Some(4)),
            ("TENS unit 4: lead is broken", Some(0)),
            ("Hot pack heater doesn’t reach 70 degrees", Some(4)),
            ("Table 2 squeaks when it is raised", Some(0)),
            ("Reformer spring: have all of them looked at", Some(4)),
            ("Card reader loses its connection", Some(3)),
            ("Printer at the desk jams", Some(0)),
            ("Ultrasound machine: yearly calibration", Some(4)),
            ("Test and tag all leads", Some(4)),
            ("Back door doesn’t lock by itself", Some(4)),
            ("Laser: goggles are scratched", Some(4)),
            ("Massage chair: seam at the headrest", Some(0)),
            ("Exercise bike 1 has no display", Some(0)),
            ("Kettle trips the switch", Some(4)),
            ("Ice machine leaks", Some(4)),
            ("Replace the treadmill in the gym", Some(3)),
            ("Blind in room 2 is stuck", Some(0)),
            ("Scales are two kilograms out", Some(0)),
            ("Phone 2 crackles", Some(1)),
            ("Shockwave device: book the training", Some(1)),
        ],
    },
    Plan {
        space: 1,
        name: "Front desk today",
        about: "What has to be done before the last client of the day leaves.",
        statuses: &[],
        sections: &["Morning", "Afternoon"],
        whose: &[1],
        tasks: &[
            ("Ring back Mrs Okafor about her invoice", Some(1)),
            ("Scan the referrals from Friday", Some(0)),
            ("Ask three clients without an email for theirs", Some(1)),
            ("Refill the brochures at the door", Some(0)),
            ("Confirm tomorrow’s first appointments by phone", Some(1)),
            ("Bank the float", Some(3)),
            ("Send the Medicare claims of last week", Some(3)),
            ("Ring the courier about the missing parcel", Some(1)),
            ("Put the school holiday hours on the door", Some(0)),
            ("Update the waiting list for Saturday mornings", Some(2)),
            ("Order appointment cards", Some(3)),
            ("Thank the GP practice on Darling Street", Some(1)),
            ("Find the owner of the blue umbrella", None),
            ("Chase the three oldest open invoices", Some(3)),
            ("Ask Noor for her January leave", Some(2)),
            ("Check that the booking page says the new fee", Some(5)),
            ("File the signed consent forms", Some(0)),
            ("Write a note for whoever opens on Monday", None),
            ("Ring clients who missed last week", Some(1)),
            ("Print the roster for December", None),
        ],
    },
    Plan {
        space: 1,
        name: "Referrals and reports",
        about: "Letters to doctors, insurers and lawyers. The due date is the day on which it has to be sent.",
        statuses: &[("Asked for", "open"), ("Being written", "started"), ("To be signed", "started"), ("Sent", "done")],
        sections: &[],
        whose: &[1, 2, 3],
        tasks: &[
            ("Progress report, knee, for the insurer", Some(2)),
            ("Letter to Dr Halloran after six sessions", None),
            ("Work capacity certificate: second opinion", Some(2)),
            ("Records for the lawyer in Parramatta", Some(3)),
            ("Discharge letter, shoulder", None),
            ("WorkCover: treatment plan for eight weeks", Some(2)),
            ("Reply to the hospital’s hip programme", Some(1)),
            ("Report for the netball club’s trainer", None),
            ("Insurer asks for the notes again", Some(2)),
            ("DVA: renew the referral", Some(1)),
            ("NDIS: yearly report", None),
            ("Letter to the podiatrist in Rozelle", None),
            ("Functional assessment for the council", Some(2)),
            ("Thank-you letter to referring doctors", None),
            ("Ergonomic report, two desks", None),
            ("Second page of the December report is missing", Some(2)),
            ("Medico-legal: quote for a report", Some(3)),
            ("Ask Dr Pham for the scan", Some(1)),
            ("Summary for the running clinic", None),
            ("Travel letter for a client’s splint", None),
        ],
    },
    Plan {
        space: 2,
        name: "Website and marketing",
        about: "What people see of us before they come.",
        statuses: &[],
        sections: &["Website", "Elsewhere"],
        whose: &[0, 3],
        tasks: &[
            ("New photos of the treatment rooms", Some(5)),
            ("Rewrite the page about back pain", Some(5)),
            ("Answer the reviews of October", Some(5)),
            ("Flyer for the running festival", None),
            ("Put the new fees on the website", Some(5)),
            ("Talk to the surf club about their season", Some(1)),
            ("Newsletter: five stretches for the desk", None),
            ("Ask two clients whether we may quote them", Some(1)),
            ("Sign for the wharf side", Some(3)),
            ("Page about the new shockwave device", Some(5)),
            ("Invite the local GPs to a morning tea", Some(1)),
            ("Opening hours over Christmas: everywhere", Some(5)),
            ("Compare what the two ads brought", Some(3)),
            ("Short film: how a first visit goes", Some(5)),
            ("Gift vouchers before Christmas", Some(3)),
            ("Fix the broken link to the map", Some(5)),
            ("Idea: a talk at the library", None),
            ("Uniforms: quote for new shirts", Some(3)),
            ("Plan the January campaign", None),
            ("Ask the school about posture week", Some(1)),
        ],
    },
    Plan {
        space: 2,
        name: "Compliance and people",
        about: "What has a date that nobody may miss, and what concerns the team.",
        statuses: &[],
        sections: &[],
        whose: &[0, 2, 3],
        tasks: &[
            ("BAS for the September quarter", Some(3)),
            ("Renew the professional indemnity insurance", Some(3)),
            ("AHPRA registrations: check everybody’s", Some(4)),
            ("First aid course for the front desk", Some(4)),
            ("Fire drill", Some(4)),
            ("Performance talk with Jack before he leaves", None),
            ("Exit checklist: Jack Brennan", None),
            ("Superannuation: pay the quarter", Some(3)),
            ("Review the privacy policy", Some(4)),
            ("Working with children checks", Some(4)),
            ("Advertise for a physiotherapist", None),
            ("Interview two candidates", Some(1)),
            ("Lease: ask about the option", Some(3)),
            ("Vaccination records of the team", Some(4)),
            ("Award rates: compare with July", Some(3)),
            ("Plan the Christmas closure", None),
            ("Infection control audit", Some(4)),
            ("Contract for the new physiotherapist", Some(2)),
            ("Quote for the alarm system", Some(3)),
            ("Budget for next year", Some(3)),
        ],
    },
];

/// What is made of several steps, by its words.
const STEPS: [(&str, &[&str]); 4] = [
    (
        "Replace the treadmill in the gym",
        &[
            "Get two quotes",
            "Choose one and order it",
            "Have it delivered before opening",
            "Have the old one taken away",
        ],
    ),
    (
        "Exit checklist: Jack Brennan",
        &["Hand his clients over", "Collect keys and shirt", "Final pay", "Close his log-ins"],
    ),
    ("Plan the January campaign", &["Choose one message", "Write the texts", "Book the ads"]),
    ("Advertise for a physiotherapist", &["Write the ad", "Put it on three boards", "Answer within two days"]),
];

/// Checklists, by the words of their task.
const CHECKS: [(&str, &[&str]); 3] = [
    (
        "Deep clean before the long weekend",
        &["Tables and headrests", "Gym mats", "Skirting boards", "Kitchen fridge", "Windows"],
    ),
    (
        "Infection control audit",
        &["Hand gel at each door", "Cleaning log is complete", "Sharps container", "Laundry at 65 degrees"],
    ),
    ("Opening hours over Christmas: everywhere", &["Website", "Booking page", "Google", "Voicemail", "Door"]),
];

/// What waits for what.
const WAITS: [(&str, &str); 3] = [
    ("Measure room 1 for a second shelf", "Fit out the second shelf in room 1"),
    ("Advertise for a physiotherapist", "Interview two candidates"),
    ("Interview two candidates", "Contract for the new physiotherapist"),
];

/// Sets up the demo business's tasks. Any other business that is seeded begins with nothing.
///
/// # Errors
/// The database is busy.
pub async fn seed(platform: &Platform, org: OrgId) -> Result<()> {
    let mut tx = open(platform, org).await?;
    if tx.org().slug != demo::SLUG {
        return tx.rollback().await;
    }
    let crew = set_up(&mut tx).await?;
    tx.commit().await?;
    let mut dice = Dice(7);
    for plan in &PLANS {
        let mut tx = open(platform, org).await?;
        fill(&mut tx, &crew, plan, &mut dice).await?;
        tx.commit().await?;
    }
    let mut tx = open(platform, org).await?;
    demo_time::seed(&mut tx, &crew.lists).await?;
    template_demo::seed(&mut tx, &crew.lists, &crew.people).await?;
    demo_finding::seed(&mut tx).await?;
    tx.commit().await?;
    demo_together::seed(platform, org, &crew.people, crew.teams.first().copied(), &crew.lists).await?;
    demo_inout::seed(platform).await
}

async fn open(platform: &Platform, org: OrgId) -> Result<OrgTx> {
    OrgTx::open(platform, &Actor::System("demo"), OrgRef::Id(org), &permissions::SET_UP, Access::Write).await
}

/// Who and what there is.
struct Crew {
    people: Vec<UserId>,
    teams: Vec<TeamId>,
    labels: Vec<LabelId>,
    lists: HashMap<&'static str, ListId>,
}

async fn set_up(tx: &mut OrgTx) -> Result<Crew> {
    let now = tx.now();
    let there: HashMap<String, UserId> =
        members::all(tx).await?.into_iter().map(|member| (member.name, member.user)).collect();
    let people: Vec<UserId> = PEOPLE.iter().filter_map(|name| there.get(*name).copied()).collect();
    let mut teams = Vec::new();
    for (name, inside) in TEAMS {
        let team = store::Team { id: TeamId::new(now), name: name.to_owned(), active: true, version: 1 };
        rows::insert_team(tx, &team).await?;
        for user in inside.iter().filter_map(|at| people.get(*at)) {
            rows::insert_team_member(tx, team.id, *user, now).await?;
        }
        tx.emit("tasks.team_saved", team.id.0).await?;
        teams.push(team.id);
    }
    let mut found = Vec::new();
    for (name, colour) in LABELS {
        let label = store::Label { id: LabelId::new(now), name: name.to_owned(), colour, version: 1 };
        rows::insert_label(tx, &label, &lists::compared(name)).await?;
        found.push(label.id);
    }
    let mut spaces = Vec::new();
    for (name, team, alone) in SPACES {
        let body = SpaceBody {
            name: name.to_owned(),
            team: team.and_then(|at| teams.get(at).copied()),
            seen_by: if alone { "team" } else { "everyone" }.to_owned(),
            version: None,
        };
        spaces.push(lists::add_space_in(tx, &body).await?);
    }
    let mut made = HashMap::new();
    for plan in &PLANS {
        let Some(space) = spaces.get(plan.space) else { continue };
        let statuses = plan.statuses.iter().map(|(name, kind)| StatusBody {
            name: (*name).to_owned(),
            kind: (*kind).to_owned(),
            most: None,
            version: None,
        });
        let body = ListBody {
            space: *space,
            name: plan.name.to_owned(),
            about: plan.about.to_owned(),
            statuses: statuses.collect(),
            version: None,
        };
        let list = lists::add_list_in(tx, &body).await?;
        for name in plan.sections {
            parts::add_section_in(tx, list, name).await?;
        }
        made.insert(plan.name, list);
    }
    Ok(Crew { people, teams, labels: found, lists: made })
}

/// When something was added, begun and completed, and by when it is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Times {
    /// Days ago.
    added: i64,
    /// Days ago; `None`: nobody has begun.
    begun: Option<i64>,
    /// Days ago; `None`: it is open.
    done: Option<i64>,
    /// Days from today; `None`: at some time.
    due: Option<i64>,
}

/// The life of one of a list's tasks, by its place in it: the older it is, the likelier it is done.
fn times(at: usize, count: usize, dice: &mut Dice) -> Times {
    let (at, count) = (i64::try_from(at).unwrap_or(0), i64::try_from(count.max(1)).unwrap_or(1));
    let added = (DAYS - DAYS * at / count).max(1);
    let takes = dice.between(1, 12);
    let is_done = added > 14 && !dice.one_in(7) || added > takes && dice.one_in(5);
    let due = (!dice.one_in(5)).then(|| takes + dice.between(-3, 6) - added);
    if is_done {
        let done = (added - takes).max(0);
        return Times { added, begun: Some((added - takes / 3).max(done)), done: Some(done), due };
    }
    // What is open is late now and then, and mostly still to come.
    let due = if dice.one_in(4) { Some(-dice.between(1, 6)) } else { due.map(|_| dice.between(0, 18)) };
    Times { added, begun: dice.one_in(3).then_some(added / 2), done: None, due }
}

async fn fill(tx: &mut OrgTx, crew: &Crew, plan: &Plan, dice: &mut Dice) -> Result<()> {
    let Some(list) = crew.lists.get(plan.name).copied() else { return Ok(()) };
    let (today, _) = access::today(tx)?;
    let zone = zone(&tx.org().zone)?;
    let mut desk = Desk::read(tx).await?;
    let mut act = Act::new(tx, "add");
    let mut made: HashMap<&str, TaskId> = HashMap::new();
    for (at, (title, label)) in plan.tasks.iter().enumerate() {
        let life = times(at, plan.tasks.len(), dice);
        let mut task = new_task(tx, &mut desk, list, title, life, (today, &zone)).await?;
        task.labels = label.and_then(|at| crew.labels.get(at).copied()).into_iter().collect();
        task.priority = if dice.one_in(6) { dice.between(3, 4) } else { dice.between(0, 2) };
        task.estimate = dice.one_in(3).then(|| dice.between(1, 12) * 15);
        give(&mut task, crew, plan, dice);
        let sections = &desk.shelf(tx, list).await?.sections;
        let pick = usize::try_from(dice.between(0, 60)).unwrap_or(0);
        task.section = (!sections.is_empty()).then(|| sections[pick % sections.len()].id);
        desk.check(tx, &mut task, None).await?;
        let id = task.id;
        act.add(tx, task.clone()).await?;
        made.insert(title, id);
        if let Some((_, steps)) = STEPS.iter().find(|(of, _)| of == title) {
            for (step, words) in steps.iter().enumerate() {
                let half = step * 2 < steps.len();
                let life =
                    if life.done.is_some() || half { Times { done: life.done.or(Some(1)), ..life } } else { life };
                let mut part = new_task(tx, &mut desk, list, words, life, (today, &zone)).await?;
                (part.parent, part.depth, part.responsible) = (Some(id), 1, task.responsible);
                (part.section, part.due) = (task.section, None);
                part.completed_by = part.completed_at.and(task.responsible);
                act.add(tx, part).await?;
            }
        }
        if let Some((_, lines)) = CHECKS.iter().find(|(of, _)| of == title) {
            let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
            checks::put(tx, id, &lines).await?;
        }
    }
    for (first, then) in WAITS {
        if let (Some(first), Some(then)) = (made.get(first), made.get(then)) {
            links::add_in(tx, &mut act, *first, *then).await?;
        }
    }
    act.finish(tx).await?;
    Ok(())
}

/// Whose it is: mostly one person's; some are for two who each do their part, and some wait for the front desk.
fn give(task: &mut Task, crew: &Crew, plan: &Plan, dice: &mut Dice) {
    let pick = usize::try_from(dice.between(0, 60)).unwrap_or(0);
    let whose = plan.whose.get(pick % plan.whose.len().max(1)).and_then(|at| crew.people.get(*at)).copied();
    if plan.space == 1 && !task.is_done() && dice.one_in(5) {
        task.team = crew.teams.first().copied();
        return;
    }
    task.responsible = whose;
    task.completed_by = task.completed_at.and(whose);
    if dice.one_in(9) {
        let others: BTreeSet<UserId> = plan
            .whose
            .iter()
            .filter_map(|at| crew.people.get(*at))
            .copied()
            .filter(|user| Some(*user) != whose)
            .collect();
        let done_at = task.completed_at;
        task.people = others.into_iter().map(|user| Assignee { user, done_at }).collect();
        if task.people.len() == 1 && task.completed_at.is_none() {
            task.completes = Completes::Everyone;
        }
    }
}

async fn new_task(
    tx: &mut OrgTx,
    desk: &mut Desk,
    list: ListId,
    title: &str,
    life: Times,
    (today, zone): (Date, &TimeZone),
) -> Result<Task> {
    let at = |ago: i64, hour: i8| -> Instant {
        let zoned = day_ago(today, ago).to_datetime(time(hour, 20, 0, 0)).to_zoned(zone.clone());
        zoned.map_or(tx.now(), |zoned| Instant::from_timestamp(zoned.timestamp()).min(tx.now()))
    };
    let (created_at, started_at, completed_at) =
        (at(life.added, 9), life.begun.map(|ago| at(ago, 11)), life.done.map(|ago| at(ago, 15)));
    let now = tx.now();
    let status = status_of(desk.shelf(tx, list).await?.statuses.as_slice(), life);
    let position = places::find(tx, list, Spot::Last).await?;
    Ok(Task {
        id: TaskId::new(now),
        number: store::take_numbers(tx, 1).await?,
        list,
        section: None,
        status: match status {
            Some(status) => status,
            None => desk.shelf(tx, list).await?.first_status()?,
        },
        parent: None,
        depth: 0,
        position,
        title: title.to_owned(),
        notes: String::new(),
        priority: 0,
        estimate: None,
        start: None,
        due: life.due.map(|days| When { day: today.saturating_add(days.days()), time: None }),
        responsible: None,
        people: Vec::new(),
        team: None,
        completes: Completes::Any,
        labels: BTreeSet::new(),
        started_at: started_at.map(|at| at.max(created_at)),
        completed_at: completed_at.map(|at| at.max(created_at)),
        completed_by: None,
        created_by: None,
        created_at,
        trashed_at: None,
        trashed_with: None,
        version: 1,
        touched: 0,
    })
}

/// How far it has come by then.
fn status_of(statuses: &[store::Status], life: Times) -> Option<StatusId> {
    let first = |kind: &str| statuses.iter().find(|status| status.kind == kind);
    let last = |kind: &str| statuses.iter().rev().find(|status| status.kind == kind);
    let found = match (life.done, life.begun) {
        (Some(_), _) => first("done"),
        // What was begun long ago has come further.
        (None, Some(ago)) if ago > 7 => last("started"),
        (None, Some(_)) => first("started"),
        (None, None) => first("open"),
    };
    found.map(|status| status.id)
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
    use super::*;

    fn lives() -> Vec<Times> {
        let mut dice = Dice(7);
        PLANS
            .iter()
            .flat_map(|plan| (0..plan.tasks.len()).map(|at| times(at, plan.tasks.len(), &mut dice)).collect::<Vec<_>>())
            .collect()
    }

    #[test]
    fn eight_weeks_are_believable() {
        let lives = lives();
        assert_eq!(lives.len(), 120);
        let some = |what: &dyn Fn(&Times) -> bool| lives.iter().filter(|life| what(life)).count();
        assert!((40..90).contains(&some(&|life| life.done.is_some())), "{lives:?}");
        assert!((5..40).contains(&some(&|life| life.done.is_none() && life.due.is_some_and(|due| due < 0))));
        assert!(some(&|life| life.done.is_none() && life.begun.is_some()) >= 5);
        for life in &lives {
            assert!((1..=DAYS).contains(&life.added), "{life:?}");
            assert!(life.begun.is_none_or(|begun| begun <= life.added), "{life:?}");
            assert!(life.done.is_none_or(|done| done <= life.begun.unwrap_or(life.added)), "{life:?}");
        }
    }

    #[test]
    fn what_is_named_is_there() {
        let titles: Vec<&str> = PLANS.iter().flat_map(|plan| plan.tasks.iter().map(|(title, _)| *title)).collect();
        let named = STEPS.iter().map(|(of, _)| *of).chain(CHECKS.iter().map(|(of, _)| *of));
        for title in named.chain(WAITS.iter().flat_map(|(first, then)| [*first, *then])) {
            assert!(titles.contains(&title), "{title}");
        }
        assert_eq!(titles.iter().collect::<BTreeSet<_>>().len(), titles.len(), "each has words of its own");
    }
}
