//! The JSON API of what comes in by itself.

use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    ids::{DeliveryId, EntryId, MetricId, RuleId, SourceId},
    permissions,
    sources::{
        self, Source, SourceBody, SourceSecretView, counting, read,
        rules::{self, Offer, RuleBody},
        store as rows,
        taking::{self, Taken},
        views,
    },
    store::{self, Metric},
};
use crate::{
    db::Access,
    error::Result,
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
    web::{Caller, Json, Path, Problem},
};

/// What couldn't be counted is listed up to so many.
const TROUBLES: i64 = 100;

/// Its routes.
pub fn router() -> OpenApiRouter<Platform> {
    OpenApiRouter::new()
        .routes(routes!(list_sources, add_source))
        .routes(routes!(change_source, delete_source))
        .routes(routes!(rotate_source))
        .routes(routes!(test_source))
        .routes(routes!(list_messages))
        .routes(routes!(show_message))
        .routes(routes!(try_message))
        .routes(routes!(list_offers))
        .routes(routes!(list_rules, add_rule))
        .routes(routes!(delete_rule))
        .routes(routes!(list_troubles))
        .routes(routes!(look_again))
}

/// A program that tells what happened.
#[derive(Debug, Serialize, ToSchema)]
pub struct SourceView {
    id: SourceId,
    /// Where it sends its messages.
    address: String,
    /// Until when the secret before holds too, RFC 3339.
    old_secret_until: Option<String>,
    /// What to send to change it.
    #[serde(flatten)]
    source: SourceBody,
}

/// Another secret for a program.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RotateSourceBody {
    /// The one that the program shows; absent: one is made.
    #[serde(default)]
    secret: String,
}

/// A message to try.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TestSourceBody {
    /// What the program sends.
    #[schema(value_type = Object)]
    body: Value,
}

/// What came of a message, or would.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SourceTakenView)]
pub struct TakenView {
    /// `entered`, `again` (it came before), `ignored`, `refused`, `unsigned`, `late` or `large`.
    outcome: String,
    /// The same in a sentence.
    words: String,
    /// The entry that it is.
    entry: Option<EntryId>,
}

/// A message.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessageView {
    id: DeliveryId,
    /// When it came, RFC 3339.
    received_at: String,
    /// What it is called where it comes from.
    message: Option<String>,
    /// What it said, as text: of one that is asked for by itself, for a week.
    body: Option<String>,
    #[serde(flatten)]
    came: TakenView,
}

/// Something that happens elsewhere in Devalo and can be counted.
#[derive(Debug, Serialize, ToSchema)]
pub struct OfferView {
    /// What to send to have it counted.
    event: String,
    /// “Calendar”
    module: String,
    /// “An appointment is completed”
    label: String,
    /// What it is worth: “Its price”; null where it is worth nothing in money.
    worth: Option<String>,
}

/// What of that is counted.
#[derive(Debug, Serialize, ToSchema)]
pub struct RuleView {
    id: RuleId,
    /// “An appointment is completed”
    label: String,
    /// All that there was when it was added is known.
    listed: bool,
    #[serde(flatten)]
    rule: RuleBody,
}

/// The rule that was added.
#[derive(Debug, Serialize, ToSchema)]
pub struct AddedRuleView {
    id: RuleId,
}

/// Something that happened and couldn’t be counted.
#[derive(Debug, Serialize, ToSchema)]
pub struct TroubleView {
    rule: RuleId,
    /// What it is where it happened.
    subject: String,
    /// `nobody`: nobody on the scoreboard did it; `refused`.
    outcome: String,
    /// Why.
    words: String,
    /// When that was noted, RFC 3339.
    noted_at: String,
}

/// The programs that tell what happened, in the order in which they were added.
#[utoipa::path(get, path = "/orgs/{org}/scoreboard/sources", tag = "scoreboard", security(("token" = ["scoreboard.set_up"])),
    responses((status = 200, body = Vec<SourceView>), (status = "default", body = Problem)))]
async fn list_sources(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<Json<Vec<SourceView>>> {
    let mut tx = opened(&platform, &actor, &org).await?;
    let (stored, metrics, now) = (rows::sources(&mut tx).await?, store::metrics(&mut tx).await?, tx.now());
    tx.rollback().await?;
    let view = |stored: &rows::StoredSource| -> Result<SourceView> {
        Ok(source_view(&platform, &metrics, read(stored, now)?))
    };
    Ok(Json(stored.iter().map(view).collect::<Result<_>>()?))
}

/// Adds one. The answer has its secret, which can’t be read again.
#[utoipa::path(post, path = "/orgs/{org}/scoreboard/sources", tag = "scoreboard", request_body = SourceBody,
    security(("token" = ["scoreboard.set_up"])),
    responses((status = 201, body = SourceSecretView), (status = "default", body = Problem)))]
async fn add_source(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Json(body): Json<SourceBody>,
) -> Result<(StatusCode, Json<SourceSecretView>)> {
    Ok((StatusCode::CREATED, Json(sources::add(&platform, &actor, &org, &body).await?)))
}

/// Changes one, but for its secret. 409 where it has changed since the version that is sent.
#[utoipa::path(put, path = "/orgs/{org}/scoreboard/sources/{id}", tag = "scoreboard", request_body = SourceBody,
    security(("token" = ["scoreboard.set_up"])), responses((status = 204), (status = "default", body = Problem)))]
async fn change_source(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<SourceBody>,
) -> Result<StatusCode> {
    sources::save(&platform, &actor, &org, &id, &body).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes one away. What it told stays entered.
#[utoipa::path(delete, path = "/orgs/{org}/scoreboard/sources/{id}", tag = "scoreboard",
    security(("token" = ["scoreboard.set_up"])), responses((status = 204), (status = "default", body = Problem)))]
async fn delete_source(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<StatusCode> {
    sources::remove(&platform, &actor, &org, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives one another secret; for a day the one before holds, too. The answer has it, and it can’t be read again.
#[utoipa::path(post, path = "/orgs/{org}/scoreboard/sources/{id}/secret", tag = "scoreboard", request_body = RotateSourceBody,
    security(("token" = ["scoreboard.set_up"])),
    responses((status = 200, body = SourceSecretView), (status = "default", body = Problem)))]
async fn rotate_source(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<RotateSourceBody>,
) -> Result<Json<SourceSecretView>> {
    Ok(Json(sources::rotate(&platform, &actor, &org, &id, &body.secret).await?))
}

/// Says what would come of a message. Nothing is entered.
#[utoipa::path(post, path = "/orgs/{org}/scoreboard/sources/{id}/test", tag = "scoreboard", request_body = TestSourceBody,
    security(("token" = ["scoreboard.set_up"])),
    responses((status = 200, body = TakenView), (status = "default", body = Problem)))]
async fn test_source(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
    Json(body): Json<TestSourceBody>,
) -> Result<Json<TakenView>> {
    let taken = taking::dry_run(&platform, &actor, &org, &id, &body.body.to_string()).await?;
    Ok(Json(taken_view(taken)))
}

/// What one told, the newest first: 200 at most, without what the messages said.
#[utoipa::path(get, path = "/orgs/{org}/scoreboard/sources/{id}/messages", tag = "scoreboard",
    security(("token" = ["scoreboard.set_up"])),
    responses((status = 200, body = Vec<MessageView>), (status = "default", body = Problem)))]
async fn list_messages(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<Json<Vec<MessageView>>> {
    let mut tx = opened(&platform, &actor, &org).await?;
    let stored = rows::sources(&mut tx).await?;
    let source = sources::find(&stored, &id)?.id;
    let keys = tx.keys().await?;
    let heard = rows::deliveries(&mut tx, source, sources::SHOWN).await?;
    tx.rollback().await?;
    let view = |heard: rows::Heard| -> Result<MessageView> {
        let words = taking::words_of(&keys, heard.id, &heard.words)?;
        Ok(MessageView {
            id: heard.id,
            received_at: heard.received_at.to_string(),
            message: heard.message,
            body: None,
            came: TakenView { outcome: heard.outcome, words, entry: heard.entry_id },
        })
    };
    Ok(Json(heard.into_iter().map(view).collect::<Result<_>>()?))
}

/// One message, with what it said.
#[utoipa::path(get, path = "/orgs/{org}/scoreboard/messages/{id}", tag = "scoreboard",
    security(("token" = ["scoreboard.set_up"])),
    responses((status = 200, body = MessageView), (status = "default", body = Problem)))]
async fn show_message(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<Json<MessageView>> {
    let mut tx = opened(&platform, &actor, &org).await?;
    let found = taking::delivery(&mut tx, &id).await?;
    let keys = tx.keys().await?;
    tx.rollback().await?;
    let (words, body) = (taking::words_of(&keys, found.id, &found.words)?, taking::body_of(&keys, &found)?);
    Ok(Json(MessageView {
        id: found.id,
        received_at: found.received_at.to_string(),
        message: found.message,
        body,
        came: TakenView { outcome: found.outcome, words, entry: found.entry_id },
    }))
}

/// Tries a message again that was refused or ignored, with the program as it is set up now.
#[utoipa::path(post, path = "/orgs/{org}/scoreboard/messages/{id}/try", tag = "scoreboard",
    security(("token" = ["scoreboard.set_up"])),
    responses((status = 200, body = TakenView), (status = "default", body = Problem)))]
async fn try_message(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<Json<TakenView>> {
    let (_, taken) = taking::again(&platform, &actor, &org, &id).await?;
    Ok(Json(taken_view(taken)))
}

/// What happens elsewhere in Devalo and can be counted: of what is turned on.
#[utoipa::path(get, path = "/orgs/{org}/scoreboard/rules/choices", tag = "scoreboard",
    security(("token" = ["scoreboard.set_up"])),
    responses((status = 200, body = Vec<OfferView>), (status = "default", body = Problem)))]
async fn list_offers(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<Json<Vec<OfferView>>> {
    let mut tx = opened(&platform, &actor, &org).await?;
    let offers = rules::offers(&mut tx).await?;
    tx.rollback().await?;
    let view = |Offer { module, countable }: Offer| OfferView {
        event: countable.name.to_owned(),
        module: module.to_owned(),
        label: countable.label.to_owned(),
        worth: countable.worth.map(str::to_owned),
    };
    Ok(Json(offers.into_iter().map(view).collect()))
}

/// What of that is counted, in the order in which it was added.
#[utoipa::path(get, path = "/orgs/{org}/scoreboard/rules", tag = "scoreboard", security(("token" = ["scoreboard.set_up"])),
    responses((status = 200, body = Vec<RuleView>), (status = "default", body = Problem)))]
async fn list_rules(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<Json<Vec<RuleView>>> {
    let all = rules::all(&platform, &actor, &org).await?;
    let mut tx = opened(&platform, &actor, &org).await?;
    let (metrics, zone) = (store::metrics(&mut tx).await?, super::entries::zone(&tx)?);
    tx.rollback().await?;
    let view = |rule: rows::Rule| RuleView {
        id: rule.id,
        label: views::what_happens(&rule),
        listed: rule.listed,
        rule: RuleBody {
            event: rule.event,
            metric: word_of(&metrics, Some(rule.metric_id)),
            counts: rule.counts,
            since: Some(super::period::day_of(rule.since.timestamp(), &zone).to_string()),
        },
    };
    Ok(Json(all.into_iter().map(view).collect()))
}

/// Has something counted, from now on or from a day on.
#[utoipa::path(post, path = "/orgs/{org}/scoreboard/rules", tag = "scoreboard", request_body = RuleBody,
    security(("token" = ["scoreboard.set_up"])),
    responses((status = 201, body = AddedRuleView), (status = "default", body = Problem)))]
async fn add_rule(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
    Json(body): Json<RuleBody>,
) -> Result<(StatusCode, Json<AddedRuleView>)> {
    let id = rules::add(&platform, &actor, &org, &body).await?;
    Ok((StatusCode::CREATED, Json(AddedRuleView { id })))
}

/// Counts something no longer. What was counted stays, also where it is undone later.
#[utoipa::path(delete, path = "/orgs/{org}/scoreboard/rules/{id}", tag = "scoreboard",
    security(("token" = ["scoreboard.set_up"])), responses((status = 204), (status = "default", body = Problem)))]
async fn delete_rule(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<StatusCode> {
    rules::remove(&platform, &actor, &org, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What happened and couldn’t be counted, the newest first: 100 of each kind at most.
#[utoipa::path(get, path = "/orgs/{org}/scoreboard/rules/troubles", tag = "scoreboard",
    security(("token" = ["scoreboard.set_up"])),
    responses((status = 200, body = Vec<TroubleView>), (status = "default", body = Problem)))]
async fn list_troubles(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<Json<Vec<TroubleView>>> {
    let mut tx = opened(&platform, &actor, &org).await?;
    let keys = tx.keys().await?;
    let mut found = rows::counts_of(&mut tx, "nobody", TROUBLES).await?;
    found.extend(rows::counts_of(&mut tx, "refused", TROUBLES).await?);
    tx.rollback().await?;
    found.sort_by_key(|count| std::cmp::Reverse((count.noted_at, count.id)));
    let view = |count: rows::Count| -> Result<TroubleView> {
        let words = counting::words_of(&keys, &count)?;
        Ok(TroubleView {
            rule: count.rule_id,
            subject: count.subject.to_string(),
            outcome: count.outcome,
            words,
            noted_at: count.noted_at.to_string(),
        })
    };
    Ok(Json(found.into_iter().map(view).collect::<Result<_>>()?))
}

/// Looks once more at what couldn’t be counted.
#[utoipa::path(post, path = "/orgs/{org}/scoreboard/rules/look-again", tag = "scoreboard",
    security(("token" = ["scoreboard.set_up"])), responses((status = 204), (status = "default", body = Problem)))]
async fn look_again(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<StatusCode> {
    rules::look_again(&platform, &actor, &org).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn opened(platform: &Platform, actor: &Actor, org: &str) -> Result<OrgTx> {
    OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::SET_UP, Access::Read).await
}

fn source_view(platform: &Platform, metrics: &[Metric], source: Source) -> SourceView {
    SourceView {
        id: source.id,
        address: views::address(platform, &source),
        old_secret_until: source.old_secret_until.map(|until| until.to_string()),
        source: SourceBody {
            metric: word_of(metrics, source.metric),
            name: source.name,
            signed_by: source.signed_by.as_str().to_owned(),
            person: source.person,
            mapping: source.mapping,
            active: source.active,
            version: Some(source.version),
        },
    }
}

fn taken_view(taken: Taken) -> TakenView {
    TakenView { outcome: taken.outcome.as_str().to_owned(), words: taken.words, entry: taken.entry }
}

fn word_of(metrics: &[Metric], id: Option<MetricId>) -> String {
    metrics.iter().find(|metric| Some(metric.id) == id).map(|metric| metric.key.clone()).unwrap_or_default()
}
