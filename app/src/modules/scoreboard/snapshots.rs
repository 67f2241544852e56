//! Who stood where at the end of a day, kept so that a board says who went up since, and who down.

use std::{collections::BTreeMap, time::Duration};

use jiff::{ToSpan, civil::Date};
use maud::{Markup, html};
use uuid::Uuid;

use super::{
    board::{self, Asked, Board, Book, Line, Of},
    formula::Fraction,
    period::{Kind, day_of},
    permissions,
    ranking::{self, Movement, Ties},
    store::standing::{self, Snapshot},
};
use crate::{
    clock,
    db::Access,
    error::{Code, Result},
    ids::OrgId,
    module::Job,
    money::counted,
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
    platform_sql,
};

/// The periods whose boards have arrows.
const KINDS: [Kind; 3] = [Kind::Week, Kind::Month, Kind::FinancialYear];
/// Snapshots are kept for so many days; those of a period's last day for ever.
const KEPT_DAYS: i64 = 40;
/// What was missed is made up for, so many days back at most.
const MOST_MISSED: i64 = 7;
/// So many organisations are looked at together.
const AT_ONCE: i64 = 200;
/// So many snapshots of days are taken in one run: what is left is taken in the next.
const MOST_A_RUN: usize = 500;
/// A place in what is kept: whose, and which.
const PLACE_BYTES: usize = 20;

/// The job that takes them, soon after each organisation's midnight.
pub const JOB: Job = Job {
    name: "scoreboard.snapshots",
    every: Duration::from_mins(5),
    run: |platform| Box::pin(async move { take_due(&platform).await }),
};

/// How somebody's place changed since a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// By how much.
    pub by: Movement,
    /// At the end of which day it was compared.
    pub since: Date,
    /// "since yesterday", "since 31 October"
    pub words_since: String,
}

impl Moved {
    /// "▲ 2", "▼ 1", "new"; nothing for who stayed.
    pub fn sign(&self) -> String {
        match self.by {
            Movement::Up(by) => format!("▲ {by}"),
            Movement::Down(by) => format!("▼ {by}"),
            Movement::New => "new".to_owned(),
            Movement::Same => String::new(),
        }
    }

    /// "up 2 places since yesterday"
    pub fn words(&self) -> String {
        let since = &self.words_since;
        let places = |by: u32| counted(by, "place", "places");
        match self.by {
            Movement::Up(by) => format!("up {} {since}", places(by)),
            Movement::Down(by) => format!("down {} {since}", places(by)),
            Movement::New => format!("new {since}"),
            Movement::Same => format!("in the same place {since}"),
        }
    }

    /// "up 2", as a file has it.
    pub fn plain(&self) -> String {
        match self.by {
            Movement::Up(by) => format!("up {by}"),
            Movement::Down(by) => format!("down {by}"),
            Movement::New => "new".to_owned(),
            Movement::Same => "same".to_owned(),
        }
    }
}

/// The arrow beside a place, with its words for who hears it read out.
pub fn arrow(moved: Option<&Moved>) -> Markup {
    let class = moved.map(|moved| match moved.by {
        Movement::Up(_) => "moved is-up",
        Movement::Down(_) => "moved is-down",
        Movement::New | Movement::Same => "moved",
    });
    html! {
        @if let Some(moved) = moved.filter(|moved| moved.by != Movement::Same) {
            span class=[class] role="img" aria-label=(moved.words()) title=(moved.words()) { (moved.sign()) }
        }
    }
}

/// How the places of a board changed since the last snapshot of the same board and period. Nothing for boards that none is kept of: of days, of chosen
/// ranges, within a team; and nothing for who sees only their own place. Who is no longer on the board counts in neither, so that it tells
/// nothing of them; equals share a place in both.
///
/// # Errors
/// The database is busy.
pub async fn movement(tx: &mut OrgTx, book: &Book, board: &Board) -> Result<BTreeMap<Uuid, Moved>> {
    let is_kept = board.period.kind.is_some_and(|kind| KINDS.contains(&kind));
    if board.private || board.team.is_some() || !is_kept {
        return Ok(BTreeMap::new());
    }
    let (key, today) = (board.period.key(), book.today.to_string());
    let found = standing::latest_snapshot(tx, board.metric.id, board.of.as_str(), &key, &today).await?;
    let Some((day, ranks)) = found else { return Ok(BTreeMap::new()) };
    let Ok(since) = day.parse::<Date>() else { return Ok(BTreeMap::new()) };
    let words_since = if since.tomorrow().is_ok_and(|next| next == book.today) {
        "since yesterday".to_owned()
    } else {
        since.strftime("since %-d %B").to_string()
    };
    let moved = against(&board.lines, &unpacked(&ranks), board.metric.lower_is_better);
    Ok(moved.into_iter().map(|(id, by)| (id, Moved { by, since, words_since: words_since.clone() })).collect())
}

/// What became of each place since, among those who are on the board now.
fn against(lines: &[Line], before: &BTreeMap<Uuid, u32>, lower_is_better: bool) -> BTreeMap<Uuid, Movement> {
    if before.is_empty() {
        return BTreeMap::new();
    }
    let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX).saturating_add(1);
    let mut then: Vec<u32> = lines.iter().filter_map(|line| before.get(&line.id).copied()).collect();
    then.sort_unstable();
    let mut now: Vec<Fraction> = lines.iter().filter_map(|line| line.value).collect();
    now.sort_unstable();
    let now_at = |value: Fraction| {
        let better = if lower_is_better {
            now.partition_point(|other| *other < value)
        } else {
            now.len() - now.partition_point(|other| *other <= value)
        };
        place(better)
    };
    let movement = |line: &Line| {
        let was = before.get(&line.id).map(|rank| place(then.partition_point(|other| other < rank)));
        Some((line.id, ranking::movement(line.value.map(now_at), was)?))
    };
    lines.iter().filter_map(movement).collect()
}

/// Takes the snapshots of the days that are over by now, each on its organisation's own clock.
///
/// # Errors
/// The database is busy.
pub async fn take_due(platform: &Platform) -> Result<()> {
    let (mut after, mut left) = (OrgId(Uuid::nil()), MOST_A_RUN);
    loop {
        let mut tx = platform.begin_across_orgs(Access::Read).await?;
        let found = platform_sql!(
            all(OrgId, String, Option<String>),
            &mut tx,
            "SELECT o.id, o.zone, (SELECT MAX(s.day) FROM scoreboard_snapshots AS s WHERE s.org_id = o.id)
             FROM organisations AS o
             WHERE o.id > $1 AND o.closes_at IS NULL AND EXISTS (SELECT 1 FROM scoreboard_metrics AS m WHERE m.org_id = o.id AND m.active)
             ORDER BY o.id LIMIT $2",
            after,
            AT_ONCE
        )?;
        tx.rollback().await?;
        let is_last = i64::try_from(found.len()).is_ok_and(|count| count < AT_ONCE);
        for (org, zone, last) in found {
            after = org;
            let Ok(zone) = clock::zone(&zone) else { continue };
            let today = day_of(platform.clock.now().timestamp(), &zone);
            for day in missed(today, last.and_then(|last| last.parse().ok())) {
                if left == 0 {
                    return Ok(());
                }
                match keep(platform, org, day).await {
                    Ok(true) => left -= 1,
                    // None is taken of it now, which takes nobody else’s turn.
                    Ok(false) => break,
                    // One that can’t be taken doesn’t keep the others waiting.
                    Err(error) => {
                        tracing::warn!(%error, %org, %day, "who stood where isn’t kept; it is tried again");
                        break;
                    }
                }
            }
        }
        if is_last {
            return Ok(());
        }
    }
}

/// The days that are over and of which no snapshot was taken; yesterday alone where there was none ever.
fn missed(today: Date, last: Option<Date>) -> Vec<Date> {
    let Ok(yesterday) = today.yesterday() else { return Vec::new() };
    let oldest = today.saturating_sub(MOST_MISSED.days());
    let first = match last {
        Some(last) => last.tomorrow().map_or(today, |next| next.max(oldest)),
        None => yesterday,
    };
    first.series(1.day()).take_while(|day| *day <= yesterday).collect()
}

/// Takes the snapshot of an organisation's day. Taken again, it stays as it is.
///
/// # Errors
/// The database is busy.
pub async fn take(platform: &Platform, org: OrgId, day: Date) -> Result<()> {
    keep(platform, org, day).await.map(|_| ())
}

/// `false` for an organisation of which none is taken now.
async fn keep(platform: &Platform, org: OrgId, day: Date) -> Result<bool> {
    let Some(mut tx) = open(platform, org, Access::Read).await? else { return Ok(false) };
    let taken = standings(&mut tx, day).await?;
    tx.rollback().await?;
    let Some(mut tx) = open(platform, org, Access::Write).await? else { return Ok(false) };
    for snapshot in &taken {
        standing::insert_snapshot(&mut tx, snapshot).await?;
    }
    let oldest = day.saturating_sub(KEPT_DAYS.days()).to_string();
    standing::forget_snapshots(&mut tx, &oldest).await?;
    tx.commit().await?;
    Ok(true)
}

/// `None` for an organisation that is shut, or that has no scoreboard.
async fn open(platform: &Platform, org: OrgId, access: Access) -> Result<Option<OrgTx>> {
    let actor = Actor::System("who stands where at the end of a day");
    match OrgTx::open(platform, &actor, OrgRef::Id(org), &permissions::VIEW, access).await {
        Ok(tx) => Ok(Some(tx)),
        Err(error) if error.code.status() < 500 || error.code == Code::Closed => Ok(None),
        Err(error) => Err(error),
    }
}

/// Who stood where at the end of a day, on every board that is in use.
async fn standings(tx: &mut OrgTx, day: Date) -> Result<Vec<Snapshot>> {
    // As the boards were on that day: who has left since was on them.
    let book = Book { today: day, ..board::book(tx).await? };
    let in_use =
        |of: &Of| *of == Of::People || book.everybody.teams.iter().any(|team| team.active && team.kind == of.kind());
    let mut taken = Vec::new();
    for metric in book.metrics.iter().filter(|metric| metric.active) {
        for of in Of::ALL.into_iter().filter(in_use) {
            for period in KINDS.into_iter().filter_map(|kind| book.calendar.containing(kind, day)) {
                let asked = Asked {
                    metric: metric.key.clone(),
                    period: format!("range:{}:{day}", period.from),
                    of,
                    team: None,
                    ties: Ties::Shared,
                };
                let board = board::of(tx, &book, &asked).await?;
                taken.push(Snapshot {
                    metric_id: metric.id,
                    of_what: of.as_str().to_owned(),
                    period: period.key(),
                    day: day.to_string(),
                    is_last: day == period.last(),
                    ranks: packed(&board.lines),
                });
            }
        }
    }
    Ok(taken)
}

/// The places of a board. Where nobody has anything yet nobody stands anywhere.
fn packed(lines: &[Line]) -> Vec<u8> {
    if !lines.iter().any(|line| line.value.is_some_and(|value| !value.is_zero())) {
        return Vec::new();
    }
    let ranked = lines.iter().filter_map(|line| Some((line.id, line.rank?)));
    ranked.flat_map(|(id, rank)| id.into_bytes().into_iter().chain(rank.to_be_bytes())).collect()
}

/// Whose place was which.
pub fn unpacked(ranks: &[u8]) -> BTreeMap<Uuid, u32> {
    let place = |bytes: &[u8]| {
        let (id, rank) = bytes.split_at_checked(16)?;
        Some((Uuid::from_slice(id).ok()?, u32::from_be_bytes(rank.try_into().ok()?)))
    };
    ranks.chunks_exact(PLACE_BYTES).filter_map(place).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::{collection::vec, option, prelude::*};

    use super::*;

    fn line(id: u8, value: Option<i64>) -> Line {
        let value = value.map(Fraction::from);
        Line {
            id: Uuid::from_u128(id.into()),
            name: String::new(),
            rank: None,
            shared: false,
            value,
            gap: None,
            own: false,
        }
    }

    fn ranked(values: &[(u8, Option<i64>)], lower_is_better: bool) -> Vec<Line> {
        let better = |one: i64, other: i64| if lower_is_better { one < other } else { one > other };
        let rank =
            |value: i64| 1 + values.iter().filter(|(_, other)| other.is_some_and(|other| better(other, value))).count();
        let lines = values.iter().map(|(id, value)| Line {
            rank: value.map(|value| u32::try_from(rank(value)).unwrap()),
            ..line(*id, *value)
        });
        lines.collect()
    }

    #[test]
    fn an_arrow_says_so_in_words() {
        let moved = |by| Moved { by, since: date(2026, 11, 22), words_since: "since yesterday".to_owned() };
        for (by, sign, words, plain) in [
            (Movement::Up(2), "▲ 2", "up 2 places since yesterday", "up 2"),
            (Movement::Down(1), "▼ 1", "down 1 place since yesterday", "down 1"),
            (Movement::New, "new", "new since yesterday", "new"),
            (Movement::Same, "", "in the same place since yesterday", "same"),
        ] {
            let moved = moved(by);
            assert_eq!((moved.sign().as_str(), moved.words().as_str(), moved.plain().as_str()), (sign, words, plain));
        }
        assert_eq!(
            arrow(Some(&moved(Movement::Up(2)))).into_string(),
            "<span class=\"moved is-up\" role=\"img\" aria-label=\"up 2 places since yesterday\" title=\"up 2 places since yesterday\">▲ 2</span>"
        );
        assert_eq!(arrow(Some(&moved(Movement::Same))).into_string(), "");
        assert_eq!(arrow(None).into_string(), "");
    }

    #[test]
    fn what_was_missed_is_made_up_for() {
        let today = date(2026, 11, 23);
        let of = |last: Option<Date>| missed(today, last).iter().map(Date::to_string).collect::<Vec<_>>().join(" ");
        assert_eq!(of(None), "2026-11-22");
        assert_eq!(of(Some(date(2026, 11, 20))), "2026-11-21 2026-11-22");
        assert_eq!(of(Some(date(2026, 11, 22))), "");
        assert_eq!(of(Some(date(2026, 11, 24))), "", "its clock was put back");
        let long = missed(today, Some(date(2026, 1, 1)));
        assert_eq!((long.first(), long.len()), (Some(&date(2026, 11, 16)), 7));
    }

    #[test]
    fn who_is_gone_moves_nobody() {
        let before: BTreeMap<Uuid, u32> = (1..=4_u8).map(|id| (Uuid::from_u128(id.into()), u32::from(id))).collect();
        // The second is on no board any more; the fourth came past the third, and somebody is new at the end.
        let lines = ranked(&[(1, Some(90)), (4, Some(50)), (3, Some(40)), (9, Some(1)), (8, None)], false);
        let moved = against(&lines, &before, false);
        let of = |id: u8| moved.get(&Uuid::from_u128(id.into())).copied();
        assert_eq!(
            [of(1), of(4), of(3), of(9), of(8)],
            [Some(Movement::Same), Some(Movement::Up(1)), Some(Movement::Down(1)), Some(Movement::New), None]
        );
        assert!(against(&lines, &BTreeMap::new(), false).is_empty(), "of a board that was empty nothing is said");
    }

    #[test]
    fn a_board_of_noughts_has_no_places() {
        assert!(packed(&ranked(&[(1, Some(0)), (2, None)], false)).is_empty());
        assert!(!packed(&ranked(&[(1, Some(0)), (2, Some(-5))], false)).is_empty());
    }

    proptest! {
        /// What is kept is found again; and each arrow is the difference of places that are counted one by one among those who are there now.
        #[test]
        fn arrows_are_differences_of_places(
            then in vec(option::weighted(0.9, -3_i64..4), 1..12), now in vec(option::weighted(0.9, -3_i64..4), 1..12), skip in 0_u8..4, lower: bool,
        ) {
            let numbered = |values: &[Option<i64>], from: u8| (from..).zip(values.iter().copied()).collect::<Vec<(u8, Option<i64>)>>();
            let (then, now) = (ranked(&numbered(&then, 0), lower), ranked(&numbered(&now, skip), lower));
            let places: BTreeMap<Uuid, u32> = then.iter().filter_map(|line| Some((line.id, line.rank?))).collect();
            if then.iter().any(|line| line.value.is_some_and(|value| !value.is_zero())) {
                prop_assert_eq!(&unpacked(&packed(&then)), &places);
            }
            let moved = against(&now, &places, lower);
            for line in &now {
                let among = now.iter().filter_map(|other| places.get(&other.id));
                let was = places.get(&line.id).map(|own| 1 + among.filter(|other| *other < own).count());
                let expected = line.rank.filter(|_| !places.is_empty()).map(|now| match was.map(|was| u32::try_from(was).unwrap()) {
                    None => Movement::New,
                    Some(was) if now < was => Movement::Up(was - now),
                    Some(was) if now > was => Movement::Down(now - was),
                    Some(_) => Movement::Same,
                });
                prop_assert_eq!(moved.get(&line.id).copied(), expected);
            }
        }
    }
}
