//! What the settings pages show, worded on the server.

use jiff::tz::TimeZone;

use super::{
    details,
    wire::{DetailsForm, TokenLine, TokensPage},
};
use crate::{
    abn,
    auth::standing::LoggedIn,
    clock::Instant,
    db::Access,
    error::Result,
    holidays::STATES,
    org::{Actor, OrgRef, OrgTx},
    permissions,
    platform::Platform,
    tokens,
    ui::Choice,
};

/// Australia's clocks, where most people live first. Everybody else is below, by continent.
const AUSTRALIA: [(&str, &str); 11] = [
    ("Australia/Sydney", "Sydney, Canberra (NSW, ACT)"),
    ("Australia/Melbourne", "Melbourne (Victoria)"),
    ("Australia/Brisbane", "Brisbane (Queensland)"),
    ("Australia/Perth", "Perth (Western Australia)"),
    ("Australia/Adelaide", "Adelaide (South Australia)"),
    ("Australia/Hobart", "Hobart (Tasmania)"),
    ("Australia/Darwin", "Darwin (Northern Territory)"),
    ("Australia/Broken_Hill", "Broken Hill (NSW)"),
    ("Australia/Lord_Howe", "Lord Howe Island (NSW)"),
    ("Australia/Lindeman", "Lindeman, Whitsundays (Queensland)"),
    ("Australia/Eucla", "Eucla (Western Australia)"),
];

const CONTINENTS: [&str; 9] =
    ["Pacific", "Asia", "Europe", "America", "Africa", "Indian", "Atlantic", "Antarctica", "Arctic"];

/// The business's details.
///
/// # Errors
/// As [`details::read`].
pub async fn details(platform: &Platform, actor: &Actor, org: &str) -> Result<DetailsForm> {
    let details = details::read(platform, actor, org).await?;
    Ok(DetailsForm {
        version: details.version,
        zones: zones(&details.zone),
        name: details.name,
        description: details.description,
        phone: details.phone,
        address: details.address,
        legal_name: details.legal_name,
        abn: abn::grouped(&details.abn),
        state: details.state,
        states: std::iter::once(("", "–"))
            .chain(STATES)
            .map(|(state, name)| (state.to_owned(), name.to_owned()))
            .collect(),
        zone: details.zone,
    })
}

/// The organisation's tokens, and what a new one can be given.
///
/// # Errors
/// As [`tokens::list`].
pub async fn tokens(platform: &Platform, person: LoggedIn, org: &str) -> Result<TokensPage> {
    let actor = Actor::User(person.user());
    let cards = tokens::list(platform, &actor, org).await?;
    let tx = OrgTx::open(platform, &actor, OrgRef::Slug(org), &permissions::MANAGE_TOKENS, Access::Read).await?;
    let zone = TimeZone::get(&tx.org().zone).unwrap_or(TimeZone::UTC);
    tx.rollback().await?;
    let day = |instant: &str| {
        let instant = instant.parse::<jiff::Timestamp>();
        instant.map(|at| Instant::from_timestamp(at).day_in(zone.clone())).unwrap_or_default()
    };
    let label = |scope: &String| {
        permissions::all()
            .find(|known| known.name == scope)
            .map_or_else(|| scope.clone(), |known| known.label.to_owned())
    };
    let tokens = cards
        .iter()
        .map(|card| TokenLine {
            id: card.id.to_string(),
            name: card.name.clone(),
            scopes: card.scopes.iter().map(label).collect(),
            made: day(&card.created_at),
            revoked: card.revoked_at.as_deref().map(day),
        })
        .collect();
    let scopes = tokens::scopes()
        .map(|scope| Choice { value: scope.name.to_owned(), label: scope.label.to_owned(), chosen: false })
        .collect();
    Ok(TokensPage { tokens, scopes, confirmed: person.is_elevated() })
}

/// Every zone to choose from, by group; `current` is among them whatever it is.
pub(crate) fn zones(current: &str) -> Vec<(String, Vec<(String, String)>)> {
    let australia = AUSTRALIA.iter().map(|(zone, label)| ((*zone).to_owned(), (*label).to_owned())).collect();
    let mut groups = vec![("Australia".to_owned(), australia)];
    let mut names: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
    names.sort();
    names.dedup();
    for continent in CONTINENTS {
        let of_continent: Vec<_> = names
            .iter()
            .filter(|name| name.split('/').next() == Some(continent))
            .map(|name| (name.clone(), city(name)))
            .collect();
        if !of_continent.is_empty() {
            groups.push((continent.to_owned(), of_continent));
        }
    }
    if !groups.iter().any(|(_, zones)| zones.iter().any(|(zone, _)| zone == current)) {
        groups.insert(0, ("As it is".to_owned(), vec![(current.to_owned(), current.to_owned())]));
    }
    groups
}

/// "Port Moresby" from `Pacific/Port_Moresby`, "Argentina, Salta" from `America/Argentina/Salta`.
fn city(zone: &str) -> String {
    zone.split('/').skip(1).map(|part| part.replace('_', " ")).collect::<Vec<_>>().join(", ")
}
