//! What a new organisation sets up first: its own details, what each module asks for, and its team. Once that is done, whoever sets
//! things up says so, and the list is gone for good.
#![expect(missing_docs, reason = "the server macro makes a struct of the arguments; they are the form’s fields")]

use leptos::prelude::*;

use crate::{
    db::Access,
    error::{AppError, Result},
    module::FirstStep,
    org::{Actor, OrgRef, OrgTx},
    packed::Packed,
    people::members,
    permissions,
    platform::Platform,
    request, sql,
    ui::Sender,
};

/// What there is to set up, and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstSteps {
    /// The organisation's name.
    pub name: String,
    /// The word in its addresses.
    pub slug: String,
    /// In the order in which they are done best.
    pub steps: Vec<FirstStep>,
    /// Somebody said that all of it is done: the list is gone.
    pub gone: bool,
}

impl FirstSteps {
    /// How many aren't done.
    pub fn left(&self) -> usize {
        self.steps.iter().filter(|step| !step.done).count()
    }

    /// Clients can come: whatever is left can be left.
    pub fn is_enough(&self) -> bool {
        is_enough(&self.steps)
    }
}

/// What there is to set up.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn look(platform: &Platform, actor: &Actor, org: &str) -> Result<FirstSteps> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::CHANGE_DETAILS, Access::Read).await?;
    let steps = steps(&mut tx).await?;
    let (name, slug, gone) = (tx.org().name.clone(), tx.org().slug.clone(), tx.org().set_up_at.is_some());
    tx.rollback().await?;
    Ok(FirstSteps { name, slug, steps, gone })
}

/// All of it is done: from now on the list is gone. Saying so twice changes nothing.
///
/// # Errors
/// As [`OrgTx::open`]; 409 while something is left that clients need.
pub async fn finish(platform: &Platform, actor: &Actor, org: &str) -> Result<()> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::CHANGE_DETAILS, Access::Write).await?;
    if !is_enough(&steps(&mut tx).await?) {
        return Err(AppError::conflict("Something is still to be set up. It stays on this page until it is done."));
    }
    let now = tx.now();
    sql!(exec, &mut tx, "UPDATE organisations SET set_up_at = $2 WHERE id = $1 AND set_up_at IS NULL", now)?;
    tx.commit().await
}

/// Says that all of it is done.
#[server(name = FinishWelcome, prefix = "/fn", endpoint = "settings/finish-welcome", output = Packed, client = Sender)]
pub async fn finish_welcome(org: String) -> Result<()> {
    request::page(finish(&request::platform(), &request::actor(), &org).await)?;
    leptos_axum::redirect(&format!("/app/{org}"));
    Ok(())
}

async fn steps(tx: &mut OrgTx) -> Result<Vec<FirstStep>> {
    let described = !tx.org().address.is_empty() || !tx.org().description.is_empty();
    let has_look = !tx.org().accent.is_empty() || tx.org().logo_version > 0;
    let mut steps = vec![
        FirstStep {
            label: "What clients read about you",
            about: "A sentence about the business, its phone and address.",
            takes: "2 minutes",
            path: "/settings/details",
            can_wait: false,
            done: described,
        },
        FirstStep {
            label: "Your logo and colour",
            about: "What your public pages look like.",
            takes: "a minute",
            path: "/settings/look",
            can_wait: true,
            done: has_look,
        },
    ];
    for module in members::modules(tx).await? {
        steps.extend(module.first_steps(tx).await?);
    }
    let seats = members::seats(tx).await?;
    if seats.of != Some(1) {
        steps.push(FirstStep {
            label: "Your team",
            about: "Invite who works with you; each gets an email.",
            takes: "a minute for each",
            path: "/settings/invite",
            can_wait: true,
            done: seats.taken > 1,
        });
    }
    Ok(steps)
}

fn is_enough(steps: &[FirstStep]) -> bool {
    steps.iter().all(|step| step.done || step.can_wait)
}
