//! What the JSON API's handlers share: errors as problem documents (RFC 9457), bodies and queries whose mistakes are
//! named field by field, and who is asking.

use std::{collections::BTreeMap, convert::Infallible};

use axum::{
    Extension, RequestPartsExt,
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use utoipa::ToSchema;

use crate::{
    error::{AppError, Code, FieldError},
    names,
    org::Actor,
};

/// An error as RFC 9457 has it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// Names the kind of problem: `urn:devalo:problem:conflict`; `…:changed` where somebody else changed it since it was read.
    #[serde(rename = "type")]
    pub kind: String,
    /// The same in a few words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// A sentence for people.
    pub detail: String,
    /// Each field that needs changing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ProblemField>,
    /// For a change that was made from an old version: the version that holds now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    /// Likewise: at each field that differs what holds now, of the same type as where it is read. Where nothing is told, `errors` has it in words.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = Object)]
    pub current: BTreeMap<String, serde_json::Value>,
}

/// A field that needs changing.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ProblemField {
    /// The field's name.
    pub field: String,
    /// What to do about it.
    pub message: String,
}

/// The kind of a conflict with what somebody else changed since it was read: another try names the version that holds now.
const CHANGED: (&str, &str) = ("changed", "Something changed in the meantime");

/// So much is said of where in a body something is wrong.
const LONGEST_NAMED: usize = 100;

/// Stands on an answer that says that something is shut on purpose: it is no failure of ours, whatever its status.
#[derive(Debug, Clone, Copy)]
pub struct OnPurpose;

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        let shut = self.code == Code::Closed;
        let status = StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let word =
            serde_json::to_value(self.code).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default();
        let (word, title) = match self.version {
            Some(_) if self.code == Code::Conflict => CHANGED,
            _ => (word.as_str(), self.code.title()),
        };
        let problem = Problem {
            kind: format!("urn:devalo:problem:{word}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: self.message,
            version: self.version,
            current: self.current,
            errors: self
                .fields
                .into_iter()
                .map(|FieldError { field, message }| ProblemField { field, message })
                .collect(),
        };
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if shut {
            response.extensions_mut().insert(OnPurpose);
        }
        response
    }
}

/// Something is to be seen of it, and it doesn't turn the text around it about: what a name must be.
pub fn is_readable(text: &str) -> bool {
    // Letters by Unicode's tables that are drawn as nothing.
    let blank = |c: char| matches!(c, '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{FFA0}');
    // Those that embed, and those that only mark; a line's and a paragraph's end are no one line either.
    let turns = |c: char| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{2028}' | '\u{2029}');
    !text.chars().any(|c| c.is_control() || turns(c)) && text.chars().any(|c| c.is_alphanumeric() && !blank(c))
}

/// A text of several lines holds no control characters but the ends of its lines and tabs.
pub fn is_text(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
}

/// The name of a person or an organisation, as it is kept: the one rule for it. All of it is seen, so that nobody passes for somebody
/// else by what isn’t, nor by letters that only look like others. Names stand in letters, where an address would be a link to wherever whoever chose the name wants.
///
/// # Errors
/// What to do about it, in one sentence.
pub fn check_name(name: &str) -> Result<String, &'static str> {
    let name = names::composed(name);
    if name.is_empty() {
        return Err("Enter a name.");
    }
    if name.chars().count() > names::LONGEST {
        return Err("Use at most 100 characters.");
    }
    if !is_readable(&name) {
        return Err("Enter a name with letters in it, on one line.");
    }
    if !names::is_seen(&name) {
        return Err("Enter a name without characters that can’t be seen. Typing it anew leaves them out.");
    }
    if names::imitates(&name) {
        return Err(
            "Some letters of this name are from another alphabet and only look like the others. Type it anew in one.",
        );
    }
    if names::holds_address(&name) {
        return Err("Enter a name without a web address in it. After a full stop comes a space.");
    }
    Ok(name)
}

/// The name that somebody gives themselves: as [`check_name`], and it doesn’t claim to be one of those who run the platform.
///
/// # Errors
/// What to do about it, in one sentence.
pub fn check_own_name(name: &str) -> Result<String, &'static str> {
    let name = check_name(name)?;
    if names::claims_office(&name) {
        return Err("Enter your own name: this one says that you are of Devalo, or of its support.");
    }
    Ok(name)
}

/// Who is asking, as the server's front door found out.
#[derive(Debug, Clone)]
pub struct Caller(pub Actor);

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let actor = parts.extract::<Extension<Actor>>().await.map_or(Actor::Anonymous, |Extension(actor)| actor);
        Ok(Self(actor))
    }
}

/// A JSON body; what can't be read is named.
#[derive(Debug, Clone, Copy)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = AppError;

    async fn from_request(request: Request, state: &S) -> Result<Self, AppError> {
        let is_json = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.starts_with("application/json") || value.contains("+json"));
        if !is_json {
            return Err(AppError::bad_request("Send the body as JSON, with Content-Type: application/json."));
        }
        let body = Bytes::from_request(request, state).await.map_err(|rejection| {
            if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                AppError::new(Code::TooLarge, "That body is too large.")
            } else {
                AppError::bad_request("The body couldn’t be read.")
            }
        })?;
        let mut reader = serde_json::Deserializer::from_slice(&body);
        let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            let field = error.path().to_string();
            let inner = error.into_inner();
            if inner.is_data() {
                misread(&field, &inner.to_string())
            } else {
                // serde names what it doesn’t go into in its message alone.
                let is_deep = inner.to_string().starts_with("recursion limit exceeded");
                let what = if is_deep { "The body is nested too deep" } else { "The body isn’t JSON" };
                AppError::bad_request(format!("{what}: line {}, column {}.", inner.line(), inner.column()))
            }
        })?;
        reader.end().map_err(|_| AppError::bad_request("The body has more than one JSON value."))?;
        Ok(Self(value))
    }
}

/// What is wrong with a body that is JSON, by where that is and what serde says of it: at which field, never what stands in it.
pub fn misread(at: &str, said: &str) -> AppError {
    let named = |start: &str| said.strip_prefix(start).and_then(|rest| rest.split_once('`')).map(|(name, _)| name);
    // serde names a missing field in its message, not in the path.
    if let Some(name) = named("missing field `") {
        return AppError::field(name, "This field is missing.");
    }
    // What whoever sends it calls its fields can be anything.
    let cut = |text: &str| text.chars().filter(|c| !c.is_control()).take(LONGEST_NAMED).collect::<String>();
    match named("unknown field `") {
        Some(name) => AppError::field(cut(at), format!("Unknown field: {}.", cut(name))),
        None => AppError::field(cut(at), "This isn’t of the right type."),
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

/// Parts of the path; what isn't text leads nowhere.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AppError> {
        let read = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        read.map(|axum::extract::Path(value)| Self(value)).map_err(|_| AppError::not_found("that page"))
    }
}

/// A query string; what can't be read is said.
#[derive(Debug, Clone, Copy)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AppError> {
        axum::extract::Query::<T>::from_request_parts(parts, state)
            .await
            .map(|axum::extract::Query(value)| Self(value))
            .map_err(|rejection| unreadable(&rejection.body_text()))
    }
}

/// What couldn't be read of a query, by what axum says: `Failed to deserialize query string: limit: invalid digit found in string`.
fn unreadable(said: &str) -> AppError {
    let said = said.strip_prefix("Failed to deserialize query string: ").unwrap_or(said);
    AppError::bad_request(match said.split_once(": ") {
        Some((field, why)) if why.contains("digit") => format!("“{field}” takes a whole number."),
        Some((field, why)) if why.contains("number too") => format!("“{field}” is too large or too small."),
        Some((field, why)) if why.contains("from empty string") => format!("“{field}” is empty: leave it out."),
        Some((field, why)) if why.contains("`true` or `false`") => format!("“{field}” takes true or false."),
        _ => format!("The query couldn’t be read: {said}."),
    })
}

/// Whoever asks has what this `ETag` stands for already (RFC 9110, section 13.1.2).
pub fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let known = headers.get(header::IF_NONE_MATCH).and_then(|known| known.to_str().ok()).unwrap_or_default();
    known.split(',').map(str::trim).any(|known| known == "*" || known.trim_start_matches("W/") == tag)
}

/// The `Idempotency-Key` header, which every request that makes something must carry.
///
/// # Errors
/// 422 where it is missing.
pub fn idempotency_key(headers: &HeaderMap) -> Result<String, AppError> {
    key_of(headers).ok_or_else(|| {
        AppError::field("Idempotency-Key", "Send an Idempotency-Key header of 8 to 255 printable characters.")
    })
}

/// The same header where a request changes something that is there: it may carry one, and is done once then.
pub fn key_of(headers: &HeaderMap) -> Option<String> {
    let key = headers.get("idempotency-key").and_then(|value| value.to_str().ok());
    key.map(|key| key.trim().trim_matches('"').to_owned()).filter(|key| !key.is_empty())
}
