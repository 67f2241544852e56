//! The server functions of the pages about what comes in by itself: thin; they call the same verbs as the JSON API.
#![expect(
    missing_docs,
    clippy::too_many_arguments,
    reason = "the server macro makes a struct of the arguments; they are the form’s fields"
)]

use leptos::prelude::*;

use super::{
    SourceBody,
    mapping::{Condition, Mapping},
    rules::{self, RuleBody},
    taking,
};
use crate::{
    error::{AppError, Result},
    modules::scoreboard::people,
    packed::Packed,
    request::{self, actor, platform},
    ui::Sender,
};

/// What a form sends where the amount is in the smallest unit.
pub const SMALLEST: &str = "smallest";
/// What it sends where it is as people write it.
pub const WHOLE: &str = "whole";

/// Adds a source. The page comes back with its secret, which is shown this once.
#[server(name = AddSource, prefix = "/fn", endpoint = "scoreboard/add-source", output = Packed, client = Sender)]
pub async fn add_source(
    org: String,
    name: String,
    #[server(default)] signed_by: String,
    #[server(default)] metric: String,
    #[server(default)] metric_path: String,
    #[server(default)] person: String,
    #[server(default)] person_path: String,
    #[server(default)] amount: String,
    #[server(default)] amount_in: String,
    #[server(default)] when: String,
    #[server(default)] note: String,
    #[server(default)] external_id: String,
    #[server(default)] event_path: String,
    #[server(default)] events: String,
    #[server(default)] only_path: String,
    #[server(default)] only_is: String,
) -> Result<()> {
    let typed = Typed {
        name,
        signed_by,
        metric,
        metric_path,
        person,
        person_path,
        amount,
        amount_in,
        when,
        note,
        external_id,
        event: (event_path, events),
        only: (only_path, only_is),
        active: true,
    };
    let body = request::page(typed.body(None))?;
    let made = super::add(&platform(), &actor(), &org, &body).await;
    request::show_once(&request::page(made.map_err(at_fields))?);
    Ok(())
}

/// Changes a source.
#[server(name = SaveSource, prefix = "/fn", endpoint = "scoreboard/save-source", output = Packed, client = Sender)]
pub async fn save_source(
    org: String,
    id: String,
    version: i64,
    name: String,
    #[server(default)] signed_by: String,
    #[server(default)] metric: String,
    #[server(default)] metric_path: String,
    #[server(default)] person: String,
    #[server(default)] person_path: String,
    #[server(default)] amount: String,
    #[server(default)] amount_in: String,
    #[server(default)] when: String,
    #[server(default)] note: String,
    #[server(default)] external_id: String,
    #[server(default)] event_path: String,
    #[server(default)] events: String,
    #[server(default)] only_path: String,
    #[server(default)] only_is: String,
    #[server(default)] active: bool,
) -> Result<()> {
    let typed = Typed {
        name,
        signed_by,
        metric,
        metric_path,
        person,
        person_path,
        amount,
        amount_in,
        when,
        note,
        external_id,
        event: (event_path, events),
        only: (only_path, only_is),
        active,
    };
    let body = request::page(typed.body(Some(version)))?;
    let saved = super::save(&platform(), &actor(), &org, &id, &body).await;
    request::page(saved.map_err(at_fields))?;
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/sources/{id}?saved=1"));
    Ok(())
}

/// Gives a source another secret. The page comes back with it, this once.
#[server(name = RotateSource, prefix = "/fn", endpoint = "scoreboard/rotate-source", output = Packed, client = Sender)]
pub async fn rotate_source(org: String, id: String, #[server(default)] secret: String) -> Result<()> {
    request::show_once(&request::page(super::rotate(&platform(), &actor(), &org, &id, &secret).await)?);
    Ok(())
}

/// Takes a source away.
#[server(name = RemoveSource, prefix = "/fn", endpoint = "scoreboard/remove-source", output = Packed, client = Sender)]
pub async fn remove_source(org: String, id: String) -> Result<()> {
    request::page(super::remove(&platform(), &actor(), &org, &id).await)?;
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/sources?removed=1"));
    Ok(())
}

/// Says what would come of a body. The page comes back with it, and nothing is entered.
#[server(name = TestSource, prefix = "/fn", endpoint = "scoreboard/test-source", output = Packed, client = Sender)]
pub async fn test_source(org: String, id: String, #[server(default)] body: String) -> Result<()> {
    let taken = request::page(taking::dry_run(&platform(), &actor(), &org, &id, &body).await)?;
    request::show_once(&(body, taken));
    Ok(())
}

/// Tries a message again that was refused or left out.
#[server(name = TryMessage, prefix = "/fn", endpoint = "scoreboard/try-message", output = Packed, client = Sender)]
pub async fn try_message(org: String, id: String) -> Result<()> {
    let (source, _) = request::page(taking::again(&platform(), &actor(), &org, &id).await)?;
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/sources/{source}/{id}?tried=1"));
    Ok(())
}

/// Has something counted that happens in another module.
#[server(name = AddRule, prefix = "/fn", endpoint = "scoreboard/add-rule", output = Packed, client = Sender)]
pub async fn add_rule(
    org: String,
    #[server(default)] event: String,
    #[server(default)] counted_as: String,
    #[server(default)] counts: String,
    #[server(default)] since: String,
) -> Result<()> {
    let since = Some(since).filter(|since| !since.trim().is_empty());
    let body = RuleBody { event, metric: counted_as, counts, since };
    let added = rules::add(&platform(), &actor(), &org, &body).await;
    request::page(added.map_err(|error| error.rename_field("metric", "counted_as")))?;
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/sources?counted=1"));
    Ok(())
}

/// Counts something no longer.
#[server(name = RemoveRule, prefix = "/fn", endpoint = "scoreboard/remove-rule", output = Packed, client = Sender)]
pub async fn remove_rule(org: String, id: String) -> Result<()> {
    request::page(rules::remove(&platform(), &actor(), &org, &id).await)?;
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/sources?uncounted=1"));
    Ok(())
}

/// Looks once more at what couldn't be counted.
#[server(name = LookAgain, prefix = "/fn", endpoint = "scoreboard/look-again", output = Packed, client = Sender)]
pub async fn look_again(org: String) -> Result<()> {
    request::page(rules::look_again(&platform(), &actor(), &org).await)?;
    leptos_axum::redirect(&format!("/app/{org}/scoreboard/sources?looking=1"));
    Ok(())
}

/// A source, as it was typed.
struct Typed {
    name: String,
    signed_by: String,
    metric: String,
    metric_path: String,
    person: String,
    person_path: String,
    amount: String,
    amount_in: String,
    when: String,
    note: String,
    external_id: String,
    /// Where the event stands, and which are taken, with commas between.
    event: (String, String),
    /// Something else that has to be there: where, and what.
    only: (String, String),
    active: bool,
}

impl Typed {
    fn body(self, version: Option<i64>) -> Result<SourceBody> {
        let person = match self.person.trim() {
            "" => None,
            text => Some(text.parse().map_err(|_| people::nobody())?),
        };
        let values = |text: &str| text.split(',').map(|value| value.trim().to_owned()).collect::<Vec<_>>();
        let conditions = [(self.event.0, values(&self.event.1)), (self.only.0, vec![self.only.1])];
        let only = conditions.into_iter().filter(|(path, is)| {
            // What is left empty asks for nothing.
            !path.trim().is_empty() || is.iter().any(|value| !value.trim().is_empty())
        });
        Ok(SourceBody {
            name: self.name,
            signed_by: self.signed_by,
            metric: self.metric,
            person,
            mapping: Mapping {
                only: only.map(|(path, is)| Condition { path, is }).collect(),
                amount: self.amount,
                smallest: self.amount_in == SMALLEST,
                metric: self.metric_path,
                person: self.person_path,
                when: self.when,
                note: self.note,
                external_id: self.external_id,
            },
            active: self.active,
            version,
        })
    }
}

fn at_fields(error: AppError) -> AppError {
    error.rename_field("only", "event_path")
}
