//! What the weekly email says.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::super::{
    board::{self, Book, Leaves, figure},
    contests::standing::ordinal,
    entries::manages,
    formula::Fraction,
    ids::PersonId,
    people::{self, Person},
    period::{Kind, Period},
    ranking::Standing,
    store::{
        Metric, contests as contest_rows,
        dashboards::{self, MetricSum},
    },
    targets,
};
use crate::{
    error::Result,
    mail::{Letter, examples::Example},
    org::OrgTx,
};

/// It tells of so much that is counted: what comes first in the organisation’s order.
const MOST_TOLD: usize = 12;
/// And of so many who came first.
const FIRST: usize = 3;

/// What it tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Whoever gets it.
    pub name: String,
    /// The business.
    pub org: String,
    /// "Week of 16 November 2026"
    pub week: String,
    /// What is counted, one by one.
    pub figures: Vec<Told>,
    /// How their own targets stand: "Sales, November 2026: $2,100.00 of $5,000.00, on pace"
    pub targets: Vec<String>,
    /// What ends this week: "Spring race ends on Friday 27 November"
    pub contests: Vec<String>,
    /// Where there is more.
    pub page: String,
}

/// How something that is counted went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// "Sales"
    pub metric: String,
    /// What it came to.
    pub figure: String,
    /// What it came to in the week before.
    pub before: String,
    /// It is just their own.
    pub own_only: bool,
    /// "1. Ada Ash, $5,000.00"
    pub first: Vec<String>,
    /// "You: 4th of 12, $900.00"
    pub own: Option<String>,
}

/// What whoever opened this is told of the last week; `None` where nothing happened in it that they may see.
///
/// # Errors
/// The database is busy.
pub async fn facts(tx: &mut OrgTx, name: &str) -> Result<Option<Facts>> {
    let book = board::book(tx).await?;
    let Some(running) = book.calendar.containing(Kind::Week, book.today) else { return Ok(None) };
    let Some(week) = book.calendar.previous(&running) else { return Ok(None) };
    let Some(before) = book.calendar.previous(&week) else { return Ok(None) };
    let (now, then) = (sums(tx, &week).await?, sums(tx, &before).await?);
    let own = people::own(tx, &book.everybody.people).cloned();
    let seen: Vec<&Metric> = board::seen(tx, &book).take(MOST_TOLD).collect();
    let all = manages(tx);
    let week = Week { book: &book, own: own.as_ref(), all, period: week, now: &now, then: &then };
    if !seen.iter().any(|metric| week.has_any(metric)) {
        return Ok(None);
    }
    let figures: Vec<Told> = seen.into_iter().filter_map(|metric| week.told(metric)).collect();
    if figures.is_empty() {
        return Ok(None);
    }
    let targets = match &own {
        Some(own) => own_targets(tx, &book, own).await?,
        None => Vec::new(),
    };
    let contests = ending(tx, &book, &running).await?;
    let org = tx.org();
    Ok(Some(Facts {
        name: name.to_owned(),
        targets,
        contests,
        org: org.name.clone(),
        week: week.period.label(),
        figures,
        page: format!("{}/app/{}/scoreboard/trends", tx.platform().origin, org.slug),
    }))
}

/// How somebody’s own targets stand, in the words of their page.
async fn own_targets(tx: &mut OrgTx, book: &Book, own: &Person) -> Result<Vec<String>> {
    let all = targets::of_person(tx, book, own).await?;
    let words = all
        .into_iter()
        .map(|one| format!("{}, {}: {} of {}, {}", one.name, one.when, one.done, one.target, one.word.to_lowercase()));
    Ok(words.collect())
}

/// The contests that whoever asks may see, have begun, and end in this week.
async fn ending(tx: &mut OrgTx, book: &Book, week: &Period) -> Result<Vec<String>> {
    let all = contest_rows::open(tx).await?;
    let sees_all = manages(tx);
    let words = all.into_iter().filter_map(|one| {
        let metric = book.metrics.iter().find(|metric| metric.id == one.metric_id)?;
        let (first, last) = (one.first_day.parse::<Date>().ok()?, one.last_day.parse::<Date>().ok()?);
        let is_seen = sees_all || metric.shown_to == "everyone";
        let ends = is_seen && first <= book.today && book.today <= last && last < week.until;
        ends.then(|| format!("{} ends on {}", one.name, last.strftime("%A %-d %B")))
    });
    Ok(words.collect())
}

async fn sums(tx: &mut OrgTx, week: &Period) -> Result<Vec<MetricSum>> {
    Ok(dashboards::sums_of_all(tx, &week.from.to_string(), &week.until.to_string()).await?)
}

/// A week beside the one before it.
struct Week<'b> {
    book: &'b Book,
    own: Option<&'b Person>,
    /// Whoever reads it sees what only managers see.
    all: bool,
    period: Period,
    now: &'b [MetricSum],
    then: &'b [MetricSum],
}

impl Week<'_> {
    /// They see of it only what is theirs.
    fn is_private(&self, metric: &Metric) -> bool {
        metric.shown_to == "own" && !self.all
    }

    /// Something was entered in the week that they may see.
    fn has_any(&self, metric: &Metric) -> bool {
        let leaves: BTreeSet<_> = board::leaves_of(self.book, metric);
        let mine = |id: PersonId| !self.is_private(metric) || self.own.is_some_and(|own| own.id == id);
        self.now.iter().any(|sum| sum.entries > 0 && leaves.contains(&sum.metric_id) && mine(sum.person_id))
    }

    fn value(&self, metric: &Metric, sums: &[MetricSum]) -> Option<Fraction> {
        let leaves = leaves(self.book, sums);
        if self.is_private(metric) {
            leaves.value(self.book, metric, self.own?.id.0)
        } else {
            leaves.all(self.book, metric)
        }
    }

    /// `None` where there is nothing to tell in either week.
    fn told(&self, metric: &Metric) -> Option<Told> {
        let (now, then) = (self.value(metric, self.now), self.value(metric, self.then));
        if [now, then].into_iter().all(|value| value.is_none_or(Fraction::is_zero)) {
            return None;
        }
        let own_only = self.is_private(metric);
        let standings = board::standings(self.book, metric, &self.period, &leaves(self.book, self.now));
        let with_figure = |standing: &&Standing<PersonId, Fraction>| {
            standing.rank.is_some() && standing.value.is_some_and(|value| !value.is_zero())
        };
        let first = standings.iter().filter(with_figure).filter(|_| !own_only).take(FIRST);
        let place = |standing: &Standing<PersonId, Fraction>| {
            let rank = standing.rank.map(|rank| rank.to_string()).unwrap_or_default();
            let shared = if standing.shared { "=" } else { "." };
            format!("{rank}{shared} {}, {}", standing.name, figure(metric, standing.value))
        };
        let own = self.own.and_then(|own| standings.iter().find(|standing| standing.key == own.id));
        let own = own.filter(|standing| standing.value.is_some_and(|value| !value.is_zero()));
        let own = own.and_then(|standing| {
            let (rank, of) = (standing.rank?, standings.len());
            Some(format!("You: {} of {of}, {}", ordinal(rank), figure(metric, standing.value)))
        });
        Some(Told {
            metric: metric.name.clone(),
            figure: figure(metric, now),
            before: figure(metric, then),
            own_only,
            first: first.map(place).collect(),
            own,
        })
    }
}

fn leaves(book: &Book, sums: &[MetricSum]) -> Leaves {
    Leaves::gathered(book, sums.iter().map(|sum| (sum.metric_id, sum.person_id.0, sum.value())))
}

/// The letter.
pub fn letter(to: String, facts: &Facts) -> Letter {
    let Facts { name, org, week, figures, targets, contests, page } = facts;
    let one = |told: &Told| {
        let whose = if told.own_only { ", yours" } else { "" };
        let mut lines = vec![format!("{}{whose}: {} (the week before: {})", told.metric, told.figure, told.before)];
        lines.extend(told.first.iter().cloned());
        lines.extend(told.own.clone());
        lines.join("\n")
    };
    let mut paragraphs = vec![
        format!("Hello {name},"),
        format!("This is how the scoreboard of {org} stood at the end of the last week."),
    ];
    paragraphs.extend(figures.iter().map(one));
    let listed = |head: &str, lines: &[String]| (!lines.is_empty()).then(|| format!("{head}\n{}", lines.join("\n")));
    paragraphs.extend(listed("Your targets", targets));
    paragraphs.extend(listed("This week", contests));
    let subject = match figures.first() {
        Some(first) => format!("{week}: {} of {}", first.figure, first.metric),
        None => week.clone(),
    };
    Letter {
        to,
        subject,
        paragraphs,
        action: Some(("See how it went".to_owned(), page.clone())),
        closing: vec![
            "This email comes on Mondays. To stop getting it, open “My results” on the scoreboard and switch off the weekly email.".to_owned(),
        ],
    }
}

/// The kinds of letters that the scoreboard writes, and what they are for.
pub const KINDS: &[(&str, &str)] = &[("scoreboard.staff_digest", "How the last week went on the scoreboard")];

/// One of each, for the operator’s previews and the tests.
pub fn examples(origin: &str) -> Vec<Example> {
    let told = |metric: &str, figure: &str, before: &str| Told {
        metric: metric.to_owned(),
        figure: figure.to_owned(),
        before: before.to_owned(),
        own_only: false,
        first: Vec::new(),
        own: None,
    };
    let facts = Facts {
        name: "Priya Raman".to_owned(),
        org: "Harbour Physio".to_owned(),
        week: "Week of 16 November 2026".to_owned(),
        figures: vec![
            Told {
                first: ["1. Priya Raman, $4,210.00", "2= Mei-Lin Chua, $3,980.00", "2= Tom Whitlock, $3,980.00"]
                    .map(str::to_owned)
                    .to_vec(),
                own: Some("You: 1st of 7, $4,210.00".to_owned()),
                ..told("Sales", "$18,340.50", "$16,905.00")
            },
            told("Calls to clients", "214 calls", "198 calls"),
            Told {
                own_only: true,
                own: Some("You: 2nd of 7, $310.00".to_owned()),
                ..told("Bonus", "$310.00", "$290.00")
            },
        ],
        targets: vec!["Sales, November 2026: $9,860.00 of $16,000.00, on pace".to_owned()],
        contests: vec!["Spring race ends on Friday 27 November".to_owned()],
        page: format!("{origin}/app/harbour-physio/scoreboard/trends"),
    };
    let letter = letter("priya@example.com.au".to_owned(), &facts);
    vec![Example { kind: "scoreboard.staff_digest", variant: "", letter }]
}
