//! What the page of a list is made of.

use std::collections::BTreeMap;

use super::{
    access,
    board::{self, Asked, First, Group, Setting, Shown},
    lists::told_apart,
    permissions,
    store::List,
};
use crate::{db::Access, error::Result, org::Actor, platform::Platform};

/// A list, as its page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPage {
    /// What it is made of.
    pub setting: Setting,
    /// What is shown of it.
    pub shown: Shown,
    /// Where tasks can go: id and name of every list in use that whoever asks sees.
    pub lists: Vec<(String, String)>,
}

/// Where a page goes on, for who has no scripts: a group, and the place after which.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Start {
    /// The group’s key; empty: from the start.
    pub only: String,
    /// The place of the last one before.
    pub after: String,
}

/// Reads it, for whoever sees the list; without `first` no task of it.
///
/// # Errors
/// 404.
pub async fn read(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    list: &str,
    asked: &Asked,
    (first, from): (Option<First>, &Start),
) -> Result<ListPage> {
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let setting = board::setting(&mut tx, list).await?;
    let shown = if let Some(first) = first.filter(|_| from.only.is_empty()) {
        board::shown(&mut tx, &setting, asked, first).await?
    } else if first.is_none() {
        Shown::default()
    } else {
        let limit = i64::try_from(board::ROWS).unwrap_or(board::MOST_CARDS);
        let page = board::page(&mut tx, setting.list.id, asked, (&from.only, None), &from.after, limit).await?;
        let name = board::name_of(&setting, asked.by, &from.only);
        let filtered = !asked.filter.trim().is_empty();
        let alone = filtered || asked.parts != board::Parts::Nested;
        let ids = page.cards.iter().filter(|card| alone || card.parent.is_none());
        let group = Group {
            count: page.count,
            more: page.more,
            end: page.end,
            ids: ids.map(|card| card.id).collect(),
            ..Group::of(&from.only, &name)
        };
        let cards: BTreeMap<_, _> = page.cards.into_iter().map(|card| (card.id, card)).collect();
        let parts = board::nested(&cards);
        Shown { groups: vec![group], lanes: Vec::new(), cards, parts, filtered, problem: None }
    };
    let spaces = access::spaces(&mut tx).await?;
    let open = |space| spaces.iter().any(|one| one.id == space && !one.archived);
    let lists = access::lists(&mut tx).await?;
    let lists: Vec<List> = lists.into_iter().filter(|list| !list.archived && open(list.space_id)).collect();
    let lists = told_apart(&lists, &spaces).into_iter().map(|(id, name)| (id.to_string(), name)).collect();
    tx.rollback().await?;
    Ok(ListPage { setting, shown, lists })
}
