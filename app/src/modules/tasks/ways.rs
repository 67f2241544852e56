//! Where somebody can go in tasks, and what is set up first.

use super::{access, lists::told_apart, permissions, store};
use crate::{error::Result, module::FirstStep, org::OrgTx, settings::wire::Place};

/// The lists that whoever asks sees, for the search palette.
///
/// # Errors
/// The database is busy.
pub async fn places(tx: &mut OrgTx) -> Result<Vec<Place>> {
    if !tx.allows(&permissions::VIEW) {
        return Ok(Vec::new());
    }
    let org = tx.org().slug.clone();
    let spaces = access::spaces(tx).await?;
    let all = Place {
        group: "Pages".to_owned(),
        label: "All lists".to_owned(),
        also: "spaces boards projects tasks".to_owned(),
        href: format!("/app/{org}/tasks/lists"),
    };
    let lists = access::lists(tx).await?;
    let names = told_apart(&lists, &spaces);
    let lists = lists.iter().zip(names).filter_map(|(list, (_, name))| {
        let space = spaces.iter().find(|space| space.id == list.space_id && !space.archived && !list.archived)?;
        Some(Place {
            group: "Lists".to_owned(),
            label: name,
            also: space.name.clone(),
            href: format!("/app/{org}/tasks/lists/{}", list.id),
        })
    });
    Ok(std::iter::once(all).chain(lists).collect())
}

/// What a new organisation sets up in it.
///
/// # Errors
/// The database is busy.
pub async fn first_steps(tx: &mut OrgTx) -> Result<Vec<FirstStep>> {
    let done = !store::lists(tx).await?.is_empty();
    Ok(vec![FirstStep {
        label: "A first list of tasks",
        about: "What is to be done, by whom and by when, where everybody sees it.",
        takes: "1 minute",
        path: "/tasks/lists",
        can_wait: true,
        done,
    }])
}
