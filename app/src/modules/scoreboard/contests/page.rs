//! What the pages of contests show, read in one go each.

use std::collections::BTreeMap;

use jiff::{ToSpan, civil::Date};

use super::{
    super::{
        amount,
        badges::{self, Award, Held},
        board::{self, Book, Of, figure},
        contest_rules::{Kind, State},
        entries::manages,
        ids::ContestId,
        people, permissions,
        ranking::Ties,
        store::{Metric, contests as store},
    },
    Contest, Part, find,
    standing::{self, Standing, named},
};
use crate::{
    db::Access,
    error::Result,
    money::counted,
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
};

/// So many that are over are listed, the last first.
const MOST_CLOSED: i64 = 50;
/// So many winners of those are read.
const MOST_WINNERS: i64 = 500;
/// So many places of each are listed.
const MOST_LEADING: usize = 3;

/// The page of contests and badges.
#[derive(Debug, Clone)]
pub struct ListPage {
    /// Those that run, then those that are over and wait to be signed off, then those to come.
    pub open: Vec<Card>,
    /// Those that were signed off or cancelled, the last first.
    pub closed: Vec<Card>,
    /// Badges that are given, with who came by them lately.
    pub badges: Vec<Held>,
    /// There is something that a contest can be of.
    pub has_metrics: bool,
    /// They may set contests up.
    pub manages: bool,
    /// They may set badges up.
    pub may_set_up: bool,
}

/// A contest of a list.
#[derive(Debug, Clone)]
pub struct Card {
    /// It.
    pub contest: Contest,
    /// "2 days left"
    pub left: String,
    /// Who leads, or who won: "1st Ada $1,234.50".
    pub leading: Vec<(String, String)>,
}

/// A contest's page.
#[derive(Debug, Clone)]
pub struct ContestPage {
    /// It.
    pub contest: Contest,
    /// Who stands where.
    pub standing: Standing,
    /// "2 days left"
    pub left: String,
    /// The rule, in sentences.
    pub rule: Vec<String>,
    /// What can be chosen to change it, for who may.
    pub choices: Option<Choices>,
}

/// What can be chosen for a contest.
#[derive(Debug, Clone)]
pub struct Choices {
    /// What everybody may see: word and name.
    pub metrics: Vec<(String, String)>,
    /// Id and name.
    pub people: Vec<(String, String)>,
    /// Id and name, teams before branches.
    pub teams: Vec<(String, String)>,
    /// Today, on the business's clock.
    pub today: Date,
}

/// The page of contests and badges.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn list(platform: &Platform, actor: &Actor, org: &str) -> Result<ListPage> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::VIEW, Access::Read).await?;
    let book = board::book(&mut tx).await?;
    let open = open(&mut tx, &book).await?;
    let closed = closed(&mut tx, &book).await?;
    let badges = badges::held(&mut tx, &book).await?;
    let page = ListPage {
        open,
        closed,
        badges,
        has_metrics: offered(&book).next().is_some(),
        manages: tx.allows(&permissions::MANAGE),
        may_set_up: tx.allows(&permissions::SET_UP),
    };
    tx.rollback().await?;
    Ok(page)
}

/// A contest's page.
///
/// # Errors
/// 404 for one that isn't this organisation's, or not for whoever asks.
pub async fn one(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<ContestPage> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::VIEW, Access::Read).await?;
    let book = board::book(&mut tx).await?;
    let mut contest = find(&mut tx, &book, id).await?;
    let standing = standing::of(&mut tx, &book, &contest).await?;
    leave_out_hidden(&tx, &book, &mut contest);
    let choices = tx.allows(&permissions::MANAGE).then(|| choices_of(&book));
    tx.rollback().await?;
    let (left, rule) = (standing::left(&book, &contest), rule(&book, &contest));
    Ok(ContestPage { contest, standing, left, rule, choices })
}

/// What the page for another shows.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn choices(platform: &Platform, actor: &Actor, org: &str) -> Result<Choices> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::MANAGE, Access::Read).await?;
    let book = board::book(&mut tx).await?;
    tx.rollback().await?;
    Ok(choices_of(&book))
}

/// Badges that are given, and who came by them lately.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn held(platform: &Platform, actor: &Actor, org: &str) -> Result<Vec<Held>> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::VIEW, Access::Read).await?;
    let book = board::book(&mut tx).await?;
    let held = badges::held(&mut tx, &book).await?;
    tx.rollback().await?;
    Ok(held)
}

/// Badges of whoever asks, the latest first; none for whose results aren't counted.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn own_badges(platform: &Platform, actor: &Actor, org: &str) -> Result<Vec<Award>> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::VIEW, Access::Read).await?;
    let book = board::book(&mut tx).await?;
    let awards = match people::own(&tx, &book.everybody.people) {
        Some(own) => badges::of_person(&mut tx, &book, own).await?,
        None => Vec::new(),
    };
    tx.rollback().await?;
    Ok(awards)
}

/// Those that are neither signed off nor cancelled, with who leads: those that run, those that are over, and those to come.
async fn open(tx: &mut OrgTx, book: &Book) -> Result<Vec<Card>> {
    let rows = store::open(tx).await?;
    let entrants =
        if rows.iter().any(|row| row.takes_part == "named") { store::open_entrants(tx).await? } else { Vec::new() };
    let mut cards = Vec::new();
    for row in rows {
        let Some(mut contest) = Contest::read(book, row, &entrants).filter(|contest| is_seen(tx, contest)) else {
            continue;
        };
        let leading = if contest.state == State::Planned {
            Vec::new()
        } else {
            let standing = standing::of(tx, book, &contest).await?;
            let lines = standing.lines.into_iter().filter(|line| line.rank.is_some()).take(MOST_LEADING);
            lines
                .map(|line| {
                    (format!("{} {}", line.rank.map(standing::ordinal).unwrap_or_default(), line.name), line.figure)
                })
                .collect()
        };
        leave_out_hidden(tx, book, &mut contest);
        cards.push(Card { left: standing::left(book, &contest), leading, contest });
    }
    let turn = |card: &Card| match card.contest.state {
        State::Running => 0,
        State::Over => 1,
        _ => 2,
    };
    cards.sort_by_key(|card| (turn(card), card.contest.period));
    Ok(cards)
}

/// The others, with who won.
async fn closed(tx: &mut OrgTx, book: &Book) -> Result<Vec<Card>> {
    let rows = store::closed(tx, MOST_CLOSED).await?;
    let all: Vec<Contest> = rows.into_iter().filter_map(|row| Contest::read(book, row, &[])).collect();
    let mut winners: BTreeMap<ContestId, Vec<(String, String)>> = BTreeMap::new();
    if let Some(last) = all.iter().map(|contest| contest.period.last()).min() {
        for kept in store::winners(tx, &last.to_string(), MOST_WINNERS).await? {
            let (Some((_, name)), Some(contest)) =
                (named(book, &kept), all.iter().find(|one| one.id == kept.contest_id))
            else {
                continue;
            };
            let value = kept.figure.map(|figure| amount::show(figure, &contest.metric.unit()));
            winners.entry(kept.contest_id).or_default().push((name.to_owned(), value.unwrap_or_default()));
        }
    }
    let seen = all.into_iter().filter(|contest| is_seen(tx, contest));
    let cards = seen.map(|contest| Card {
        left: standing::left(book, &contest),
        // Where each sees only their own place, nobody else's is named.
        leading: winners
            .remove(&contest.id)
            .filter(|_| contest.metric.shown_to == "everyone" || manages(tx))
            .unwrap_or_default(),
        contest,
    });
    Ok(cards.collect())
}

fn is_seen(tx: &OrgTx, contest: &Contest) -> bool {
    manages(tx) || contest.metric.shown_to != "managers"
}

/// Who wants to be on no board isn’t named by a contest’s own list either, not even by their id, but for who manages.
fn leave_out_hidden(tx: &OrgTx, book: &Book, contest: &mut Contest) {
    if contest.of != Of::People || manages(tx) {
        return;
    }
    if let Part::Named(ids) = &mut contest.part {
        ids.retain(|id| !book.everybody.people.iter().any(|person| person.id.0 == *id && person.opted_out));
    }
}

/// What a contest can be of.
fn offered(book: &Book) -> impl Iterator<Item = &Metric> {
    book.metrics.iter().filter(|metric| metric.active && metric.shown_to == "everyone")
}

fn choices_of(book: &Book) -> Choices {
    let people = book.everybody.people.iter().filter(|person| person.left.is_none_or(|left| left >= book.today));
    let teams = book.everybody.teams.iter().filter(|team| team.active);
    Choices {
        metrics: offered(book).map(|metric| (metric.key.clone(), metric.name.clone())).collect(),
        people: people.map(|person| (person.id.to_string(), person.name.clone())).collect(),
        teams: teams.map(|team| (team.id.to_string(), team.name.clone())).collect(),
        today: book.today,
    }
}

/// The rule in sentences.
fn rule(book: &Book, contest: &Contest) -> Vec<String> {
    let (metric, goal) = (&contest.metric, figure(&contest.metric, contest.goal_figure()));
    let (name, lower) = (&metric.name, metric.lower_is_better);
    let most = if lower { "least" } else { "most" };
    let mut rule = vec![match (contest.kind, lower) {
        (Kind::Most, _) => format!("Whoever has the {most} of {name} at the end wins."),
        (Kind::HeadToHead, _) => format!("Of the two, whoever has the {most} of {name} at the end wins."),
        (Kind::Race, _) => format!(
            "The first to reach {goal} of {name} wins, by when it happened. A refund that takes somebody under it again puts that off."
        ),
        (Kind::Threshold, false) => format!("Everybody who reaches {goal} of {name} wins."),
        (Kind::Threshold, true) => format!("Everybody who stays at {goal} of {name} or under wins."),
    }];
    rule.push(who(book, contest));
    if contest.kind != Kind::Race {
        rule.push(
            match contest.ties {
                Ties::Shared => "Equals share a place, and each has its prize.",
                Ties::FirstToReach => "Of equals, whoever got there first is before, by when it happened.",
            }
            .to_owned(),
        );
    }
    if contest.of == Of::People {
        rule.push("Whoever leaves before it is over is out.".to_owned());
    }
    if contest.freeze_hours > 0 {
        let hours = counted(contest.freeze_hours, "hour", "hours");
        let words =
            format!("The finish is hidden: in the last {hours} what shows here stands still, until it is signed off.");
        rule.push(words);
    }
    rule
}

/// Who takes part, in a sentence.
fn who(book: &Book, contest: &Contest) -> String {
    let teams = &book.everybody.teams;
    match &contest.part {
        Part::Team(id) => match teams.iter().find(|team| team.id == *id) {
            Some(team) => format!("The people of {} take part, with what they do while they are in it.", team.name),
            None => "A team’s people take part.".to_owned(),
        },
        Part::Named(ids) if contest.of == Of::People => {
            let known = |id| book.everybody.people.iter().find(|person| person.id.0 == id && !person.opted_out);
            names(ids.iter().filter_map(|id| known(*id)).map(|person| person.name.as_str()))
        }
        Part::Named(ids) => {
            let known = |id| teams.iter().find(|team| team.id.0 == id);
            names(ids.iter().filter_map(|id| known(*id)).map(|team| team.name.as_str()))
        }
        Part::Everybody => match contest.of {
            Of::People => "Everybody takes part.".to_owned(),
            Of::Teams => "All teams take part, each with what its people do while they are in it.".to_owned(),
            Of::Branches => "All branches take part, each with what its people do while they are in it.".to_owned(),
        },
    }
}

/// "Ada, Bo and Cy take part."
fn names<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<&str> = names.collect();
    match names.as_slice() {
        [] => "Those who were chosen take part.".to_owned(),
        [one] => format!("{one} takes part, and others who were chosen."),
        [before @ .., last] => format!("{} and {last} take part.", before.join(", ")),
    }
}

/// The last day that a form offers first for a contest that begins today.
pub fn usual_last_day(today: Date) -> Date {
    today.saturating_add(13.days())
}
