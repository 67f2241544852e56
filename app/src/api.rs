//! The JSON API: the platform's part, each module's, and their description in OpenAPI 3.1.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use axum::{
    Router,
    body::Bytes,
    extract::{MatchedPath, RawPathParams, Request, State, rejection::RawPathParamsRejection},
    http::{Method, StatusCode},
    middleware::Next,
    response::Response,
    routing::get,
};
use utoipa::{
    Modify, OpenApi,
    openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    auth::standing::Elevated,
    error::{AppError, Result},
    modules::MODULES,
    org::{OrgRef, OrgTx, Permission},
    permissions,
    platform::Platform,
    settings,
    tokens::{self, MadeToken, NewToken, TokenCard},
    web::{Caller, Json, Path, Problem},
    webhooks,
};

#[derive(OpenApi)]
#[openapi(
    info(title = "Devalo", description = "All that the dashboard can do. Log in by session, or send an organisation’s API token as a bearer token. Errors are problem documents (RFC 9457)."),
    components(schemas(Problem)),
    modifiers(&Bearer)
)]
struct Description;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        openapi.components.get_or_insert_default().add_security_scheme("token", SecurityScheme::Http(bearer));
    }
}

/// The API's routes with everything under `/api/v1`, and its description.
pub fn router() -> (Router<Platform>, utoipa::openapi::OpenApi) {
    let mut api = OpenApiRouter::new()
        .routes(routes!(list_tokens, make_token))
        .routes(routes!(revoke_token))
        .merge(settings::rest::router())
        .merge(webhooks::rest::router());
    for module in MODULES {
        api = api.merge(module.api());
    }
    let (router, description) =
        OpenApiRouter::with_openapi(Description::openapi()).nest("/api/v1", api).split_for_parts();
    let document = Arc::new((description.clone(), OnceLock::new()));
    let serve = move || {
        let document = Arc::clone(&document);
        async move { ([(axum::http::header::CONTENT_TYPE, "application/json")], written(&document)) }
    };
    let router = router
        .route("/api/v1/openapi.json", get(serve))
        .route("/api/v1/{*rest}", axum::routing::any(|| async { AppError::not_found("that address") }));
    (router, description)
}

/// The description as it is served, written at the first time that somebody asks for it.
fn written((description, document): &(utoipa::openapi::OpenApi, OnceLock<Bytes>)) -> Bytes {
    document.get_or_init(|| Bytes::from(serde_json::to_vec(description).unwrap_or_default())).clone()
}

/// Which permission each change through the API takes, by its method and its path, as the description has it.
pub type Needs = HashMap<(Method, String), &'static Permission>;

/// Which permission each change takes: the one scope that the description gives it.
pub fn needs(description: &utoipa::openapi::OpenApi) -> Needs {
    let operations = description.paths.paths.iter().flat_map(|(path, item)| {
        let changes = [
            (Method::POST, &item.post),
            (Method::PUT, &item.put),
            (Method::PATCH, &item.patch),
            (Method::DELETE, &item.delete),
        ];
        changes.into_iter().filter_map(move |(method, operation)| Some((path, method, operation.as_ref()?)))
    });
    operations
        .filter_map(|(path, method, operation)| {
            // What a requirement says isn’t to be had otherwise.
            let security = serde_json::to_value(&operation.security).ok()?;
            let permission = permissions::named(security[0]["token"][0].as_str()?)?;
            Some(((method, path.clone()), permission))
        })
        .collect()
}

/// Refuses a change by who may not make it before its body is read: what is wrong with a body is for those alone whom it
/// concerns. The verb behind it decides all the same.
pub async fn before_the_body(
    State((platform, needs)): State<(Platform, Arc<Needs>)>,
    Caller(actor): Caller,
    path: MatchedPath,
    parts: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
    next: Next,
) -> Result<Response> {
    let need = needs.get(&(request.method().clone(), path.as_str().to_owned()));
    let org = parts.iter().flatten().find(|(name, _)| *name == "org").map(|(_, org)| org);
    if let (Some(need), Some(org)) = (need, org) {
        OrgTx::before_a_change(&platform, &actor, OrgRef::Slug(org), need).await?.rollback().await?;
    }
    Ok(next.run(request).await)
}

/// The organisation's API tokens, without their secrets.
#[utoipa::path(get, path = "/orgs/{org}/tokens", tag = "tokens",
    responses((status = 200, body = Vec<TokenCard>), (status = "default", body = Problem)))]
async fn list_tokens(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path(org): Path<String>,
) -> Result<Json<Vec<TokenCard>>> {
    Ok(Json(tokens::list(&platform, &actor, &org).await?))
}

/// Makes an API token. Its secret is shown this once. For people who have shown within ten minutes who they are.
#[utoipa::path(post, path = "/orgs/{org}/tokens", tag = "tokens", request_body = NewToken,
    responses((status = 201, body = MadeToken), (status = "default", body = Problem)))]
async fn make_token(
    State(platform): State<Platform>,
    by: Elevated,
    Path(org): Path<String>,
    Json(new): Json<NewToken>,
) -> Result<(StatusCode, Json<MadeToken>)> {
    Ok((StatusCode::CREATED, Json(tokens::make(&platform, by, &org, &new).await?)))
}

/// Revokes an API token; it stops working at once.
#[utoipa::path(delete, path = "/orgs/{org}/tokens/{id}", tag = "tokens",
    responses((status = 204), (status = "default", body = Problem)))]
async fn revoke_token(
    State(platform): State<Platform>,
    Caller(actor): Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<StatusCode> {
    let id = id.parse().map_err(|_| AppError::not_found("that token"))?;
    tokens::revoke(&platform, &actor, &org, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
