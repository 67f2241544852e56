//! People who are on the list more than once: found by what they share, and made one. Households share an address, so nobody is made one
//! by itself.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;

use super::{
    availability, client,
    directory::{self, Known, LONGEST_NOTES, MOST_TAGS},
    ids::ClientId,
    paying::package_store,
    store::{self, KnownClient},
};
use crate::{
    audit::Detail,
    clock::Instant,
    db::DbError,
    error::{AppError, Result},
    ids,
    org::{Actor, OrgTx},
    platform::Platform,
};

/// The most that are made one at once.
const MOST: usize = 20;
/// The most who are shown to be on the list more than once.
const MOST_SHOWN: i64 = 400;

/// People who share an email or a phone.
#[derive(Debug, Clone)]
pub struct Group {
    /// Them, those known the longest first.
    pub people: Vec<Person>,
}

/// One of them.
#[derive(Debug, Clone)]
pub struct Person {
    /// Who.
    pub client: Known,
    /// How many appointments they had, and have.
    pub appointments: i64,
}

/// Who shares what with whom.
#[derive(Debug, Clone)]
pub struct Duplicates {
    /// Those who share something, by what they share.
    pub groups: Vec<Group>,
    /// There may be more once these are seen to.
    pub more: bool,
    /// Whoever asks may make them one.
    pub may_change: bool,
}

/// What several would be as one.
#[derive(Debug, Clone)]
pub struct Merged {
    /// The one who stays, as they would be.
    pub client: Known,
    /// The others, who would be gone.
    pub gone: Vec<Person>,
    /// All of them, each with the version that was read.
    pub versions: Vec<(ClientId, i64)>,
    /// How many appointments go to the one who stays.
    pub moves: i64,
    /// The business’s zone.
    pub tz: TimeZone,
}

/// People who share an email or a phone. It is written down that clients’ details were read.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn duplicates(platform: &Platform, actor: &Actor, org: &str) -> Result<Duplicates> {
    let mut tx = directory::open_to_look(platform, actor, org).await?;
    let by_email = store::sharing_email(&mut tx, MOST_SHOWN).await?;
    let by_phone = store::sharing_phone(&mut tx, MOST_SHOWN).await?;
    let full = |rows: &[(ClientId, Vec<u8>)]| i64::try_from(rows.len()).is_ok_and(|count| count >= MOST_SHOWN);
    let more = full(&by_email) || full(&by_phone);
    let sets = grouped(&by_email, &by_phone);
    let mut people = people(&mut tx, sets.iter().flatten().copied()).await?;
    let groups =
        sets.into_iter().map(|ids| Group { people: ids.iter().filter_map(|id| people.remove(id)).collect() }).collect();
    let may_change = tx.allows(&super::permissions::CHANGE_CLIENTS);
    let subject = tx.id().0;
    directory::end_reading(tx, actor, subject, Detail::default().with("clients", "duplicates")).await?;
    Ok(Duplicates { groups, more, may_change })
}

/// What these would be as one, before they are: `into` stays, with the details that hold.
///
/// # Errors
/// 422 where there aren’t two; 409 where their notes or tags together are too many; 404 for somebody who isn’t this organisation’s.
pub async fn preview(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    into: ClientId,
    from: &[ClientId],
) -> Result<Merged> {
    directory::open_to_add(platform, actor, org).await?;
    let mut tx = directory::open_to_look(platform, actor, org).await?;
    let (_, merged) = as_one(&mut tx, into, from).await?;
    directory::end_reading(tx, actor, into.0, Detail::default().with("clients", "one")).await?;
    Ok(merged)
}

/// Makes them one, all or nothing: notes one after the other, tags together, every appointment with the one who stays, and the consent
/// that allows the least. Each must be unchanged since the version that was read.
///
/// # Errors
/// As [`preview`]; 409 where somebody else has changed one of them.
pub async fn merge(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    into: ClientId,
    versions: &[(ClientId, i64)],
) -> Result<()> {
    let mut tx = directory::open_to_change(platform, actor, org).await?;
    let from: Vec<ClientId> = versions.iter().map(|(id, _)| *id).filter(|id| *id != into).collect();
    let (row, merged) = as_one(&mut tx, into, &from).await?;
    let read: BTreeMap<_, _> = versions.iter().copied().collect();
    if merged.versions.iter().any(|(id, version)| read.get(id) != Some(version)) {
        return Err(AppError::conflict(
            "Somebody else changed one of them in the meantime. Please look at them again before you merge them.",
        ));
    }
    let keys = tx.keys().await?;
    let client = &merged.client;
    let details = directory::details_of(client);
    let seal = |column, text: &str| keys.seal(client::place(into, column), text);
    let one = KnownClient {
        email: seal("email", &client.email),
        phone: seal("phone", &client.phone),
        notes: seal("notes", &client.notes),
        tags: seal("tags", &directory::stored_tags(&client.tags)),
        marketing_at: client.marketing_at,
        marketing_ended_at: client.marketing_ended_at,
        marketing_how: (!client.marketing_how.is_empty()).then(|| seal("marketing_how", &client.marketing_how)),
        ..row.clone()
    };
    if store::update_client(&mut tx, &one, client::indexes(&keys, &details), row.version).await? == 0 {
        return Err(directory::changed_meanwhile());
    }
    store::known_since(&mut tx, into, client.created_at).await?;
    for person in &merged.gone {
        let id = person.client.id;
        store::move_appointments(&mut tx, id, into).await?;
        package_store::move_to(&mut tx, id, into).await?;
        match store::delete_client(&mut tx, id, person.client.version).await {
            Ok(0) => return Err(directory::changed_meanwhile()),
            Err(DbError::Missing) => {
                return Err(AppError::conflict("Something else refers to one of them, so they can’t be merged."));
            }
            other => other?,
        };
    }
    directory::rename_upcoming(&mut tx, &keys, into, &details).await?;
    let many = merged.versions.len();
    tx.audit("calendar.clients_merged", into.0, &Detail::default().with("clients", many)).await?;
    tx.emit("calendar.clients_merged", into.0).await?;
    tx.commit().await
}

/// Reads who is made one, as forms send them: `id_version`.
///
/// # Errors
/// 400.
pub fn read_versions(parts: &[String]) -> Result<Vec<(ClientId, i64)>> {
    let read = |part: &String| {
        let (id, version) = part.split_once('_')?;
        Some((id.parse().ok()?, version.parse().ok()?))
    };
    parts
        .iter()
        .map(read)
        .collect::<Option<_>>()
        .ok_or_else(|| AppError::bad_request("We couldn’t read that form. Please choose again whom to merge."))
}

/// What these are as one, with the row of the one who stays.
async fn as_one(tx: &mut OrgTx, into: ClientId, from: &[ClientId]) -> Result<(KnownClient, Merged)> {
    let others: BTreeSet<ClientId> = from.iter().copied().filter(|id| *id != into).collect();
    if others.is_empty() {
        return Err(AppError::field("from", "Choose at least two."));
    }
    if others.len() >= MOST {
        return Err(AppError::field("from", "Choose at most 20."));
    }
    let row = directory::present(tx, into).await?;
    let mut people = people(tx, others.iter().copied().chain([into])).await?;
    let first = people.remove(&into).ok_or_else(directory::gone)?;
    let gone = others.iter().map(|id| people.remove(id).ok_or_else(directory::gone)).collect::<Result<Vec<_>>>()?;
    let moves = gone.iter().map(|person| person.appointments).sum();
    let all: Vec<&Known> = std::iter::once(&first).chain(&gone).map(|person| &person.client).collect();
    let versions = all.iter().map(|client| (client.id, client.version)).collect();
    let client = united(&first.client, &all)?;
    let tz = availability::zone(&tx.org().zone)?;
    Ok((row, Merged { client, gone, versions, moves, tz }))
}

/// These, as far as they are there, in as few statements however many they are.
async fn people(tx: &mut OrgTx, wanted: impl Iterator<Item = ClientId>) -> Result<BTreeMap<ClientId, Person>> {
    let keys = tx.keys().await?;
    let mut people = BTreeMap::new();
    for batch in ids::batches(wanted.map(|id| id.0)) {
        for row in store::known_clients(tx, batch).await? {
            people.insert(row.id, Person { client: directory::open_known(&keys, &row)?, appointments: 0 });
        }
        for (id, count) in store::count_appointments_of(tx, batch).await? {
            if let Some(person) = people.get_mut(&id) {
                person.appointments = count;
            }
        }
    }
    Ok(people)
}

/// What they are as one. Nothing that was noted is lost.
fn united(first: &Known, all: &[&Known]) -> Result<Known> {
    let either = |get: fn(&Known) -> &String| all.iter().map(|one| get(one)).find(|text| !text.is_empty()).cloned();
    let mut notes: Vec<&str> = Vec::new();
    let mut tags: Vec<String> = Vec::new();
    for one in all {
        if !one.notes.is_empty() && !notes.contains(&one.notes.as_str()) {
            notes.push(&one.notes);
        }
        for tag in &one.tags {
            if !tags.iter().any(|other| other.to_lowercase() == tag.to_lowercase()) {
                tags.push(tag.clone());
            }
        }
    }
    let notes = notes.join("\n\n");
    if notes.chars().count() > LONGEST_NOTES {
        return Err(AppError::conflict(
            "Their notes together are longer than 10,000 characters. Please shorten some first.",
        ));
    }
    if tags.len() > MOST_TAGS {
        return Err(AppError::conflict("They have more than 20 tags together. Please remove some first."));
    }
    let (marketing_at, marketing_ended_at, marketing_how) = least_allowed(first, all);
    Ok(Known {
        email: either(|one| &one.email).unwrap_or_default(),
        phone: either(|one| &one.phone).unwrap_or_default(),
        notes,
        tags,
        marketing_at,
        marketing_ended_at,
        marketing_how,
        created_at: all.iter().map(|one| one.created_at).min().unwrap_or(first.created_at),
        ..first.clone()
    })
}

/// The consent that allows the least: whoever took it back did so for all of them; whoever never gave it hasn’t.
fn least_allowed(first: &Known, all: &[&Known]) -> (Option<Instant>, Option<Instant>, String) {
    let withdrawn = all.iter().filter(|one| one.marketing_at.is_none() && one.marketing_ended_at.is_some());
    if let Some(last) = withdrawn.max_by_key(|one| one.marketing_ended_at) {
        return (None, last.marketing_ended_at, last.marketing_how.clone());
    }
    if all.iter().any(|one| one.marketing_at.is_none()) {
        return (None, None, String::new());
    }
    (first.marketing_at, first.marketing_ended_at, first.marketing_how.clone())
}

/// Those who share something, directly or through another, together.
fn grouped(by_email: &[(ClientId, Vec<u8>)], by_phone: &[(ClientId, Vec<u8>)]) -> Vec<BTreeSet<ClientId>> {
    let mut groups: Vec<BTreeSet<ClientId>> = Vec::new();
    for rows in [by_email, by_phone] {
        let mut sharing: BTreeMap<&[u8], BTreeSet<ClientId>> = BTreeMap::new();
        for (id, index) in rows {
            sharing.entry(index).or_default().insert(*id);
        }
        for mut ids in sharing.into_values().filter(|ids| ids.len() > 1) {
            let (touching, apart): (Vec<_>, Vec<_>) = groups.into_iter().partition(|group| !group.is_disjoint(&ids));
            for group in touching {
                ids.extend(group);
            }
            groups = apart;
            groups.push(ids);
        }
    }
    groups.sort();
    groups
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn id(n: u128) -> ClientId {
        ClientId(Uuid::from_u128(n))
    }

    fn known(n: u128, notes: &str, tags: &[&str], given: Option<i64>, ended: Option<i64>) -> Known {
        Known {
            id: id(n),
            name: format!("Person {n}"),
            email: String::new(),
            phone: if n == 2 { "0412 345 678".to_owned() } else { String::new() },
            notes: notes.to_owned(),
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            marketing_at: given.map(Instant::from_unix),
            marketing_ended_at: ended.map(Instant::from_unix),
            marketing_how: String::new(),
            version: 1,
            created_at: Instant::from_unix(100 - i64::try_from(n).unwrap_or(0)),
        }
    }

    #[test]
    fn who_shares_with_one_shares_with_all_of_theirs() {
        let email = [(id(1), vec![1]), (id(2), vec![1]), (id(5), vec![2]), (id(6), vec![2])];
        let phone = [(id(2), vec![7]), (id(3), vec![7])];
        let groups = grouped(&email, &phone);
        assert_eq!(groups, [BTreeSet::from([id(1), id(2), id(3)]), BTreeSet::from([id(5), id(6)])]);
    }

    #[test]
    fn as_one_nothing_is_lost_and_the_least_is_allowed() {
        let (one, two) = (known(1, "First", &["VIP"], Some(5), None), known(2, "Second", &["vip", "knee"], None, None));
        let both = united(&one, &[&one, &two]).expect("they fit");
        assert_eq!((both.notes.as_str(), both.tags.len(), both.phone.as_str()), ("First\n\nSecond", 2, "0412 345 678"));
        assert_eq!((both.marketing_at, both.created_at), (None, two.created_at));
        let ended = known(3, "", &[], None, Some(9));
        let three = united(&one, &[&one, &ended, &two]).expect("they fit");
        assert_eq!(three.marketing_ended_at, ended.marketing_ended_at);
        let given = known(4, "", &[], Some(8), None);
        assert_eq!(united(&one, &[&one, &given]).expect("they fit").marketing_at, one.marketing_at);
    }
}
