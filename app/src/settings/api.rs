//! The settings' server functions: thin; they call the same verbs as the JSON API.
#![expect(
    missing_docs,
    clippy::too_many_arguments,
    reason = "the server macro makes a struct of the arguments; they are the form’s fields"
)]

use leptos::{prelude::*, server_fn::codec::GetUrl};

use super::wire::{DetailsForm, NewSecret, Place, SettingsGroup, TokensPage};
use crate::{error::Result, packed::Packed, ui::Sender};

/// The settings that I may change.
#[server(name = ReadSettings, prefix = "/fn", endpoint = "settings/hub", input = GetUrl, output = Packed)]
pub async fn settings(org: String) -> Result<Vec<SettingsGroup>> {
    use super::hub;
    use crate::request;
    request::page(hub::groups(&request::platform(), &request::actor(), &org).await)
}

/// Where I can go.
#[server(name = ReadPlaces, prefix = "/fn", endpoint = "settings/places", input = GetUrl, output = Packed)]
pub async fn places(org: String) -> Result<Vec<Place>> {
    use super::places;
    use crate::request;
    request::page(places::places(&request::platform(), &request::actor(), &org).await)
}

/// Leads a member to the organisation's first page. What is below it and no page isn't there.
#[server(name = LeadHome, prefix = "/fn", endpoint = "settings/home", input = GetUrl, output = Packed)]
pub async fn home(org: String, #[server(default)] below: bool) -> Result<()> {
    use super::places;
    use crate::{error::AppError, request};
    let home = request::page(places::home(&request::platform(), &request::actor(), &org).await)?;
    if below {
        return request::page(Err(AppError::not_found("that page")));
    }
    leptos_axum::redirect(&home);
    Ok(())
}

/// The business's details.
#[server(name = ReadDetails, prefix = "/fn", endpoint = "settings/details", input = GetUrl, output = Packed)]
pub async fn details(org: String) -> Result<DetailsForm> {
    use super::views;
    use crate::request;
    request::page(views::details(&request::platform(), &request::actor(), &org).await)
}

/// Changes the business's details.
#[server(name = SaveDetails, prefix = "/fn", endpoint = "settings/save-details", output = Packed, client = Sender)]
pub async fn save_details(
    org: String,
    version: i64,
    name: String,
    description: String,
    phone: String,
    address: String,
    #[server(default)] legal_name: String,
    #[server(default)] abn: String,
    #[server(default)] state: String,
    zone: String,
) -> Result<()> {
    use super::details::{self, DetailsBody};
    use crate::request;
    // A browser sends the ends of lines as two characters.
    let description = description.replace("\r\n", "\n");
    let body = DetailsBody { version, name, description, phone, address, legal_name, abn, state, zone };
    request::page(details::save(&request::platform(), &request::actor(), &org, &body).await)?;
    leptos_axum::redirect(&format!("/app/{org}/settings/details?saved=1"));
    Ok(())
}

/// The organisation's API tokens.
#[server(name = ReadTokens, prefix = "/fn", endpoint = "settings/tokens", input = GetUrl, output = Packed)]
pub async fn tokens(org: String) -> Result<TokensPage> {
    use super::views;
    use crate::request;
    let person = request::page(request::standing().logged_in())?;
    request::page(views::tokens(&request::platform(), person, &org).await)
}

/// Makes an API token; the answer is the only time its secret is shown.
#[server(name = MakeToken, prefix = "/fn", endpoint = "settings/make-token", output = Packed, client = Sender)]
pub async fn make_token(org: String, name: String, #[server(default)] scopes: Vec<String>) -> Result<NewSecret> {
    use crate::{
        request,
        tokens::{self, NewToken},
    };
    let new = NewToken { name: name.clone(), scopes };
    let elevated = request::page(request::standing().elevated())?;
    let made = request::page(tokens::make(&request::platform(), elevated, &org, &new).await)?;
    let secret = NewSecret { name: name.trim().to_owned(), secret: made.secret };
    request::show_once(&secret);
    Ok(secret)
}

/// Revokes an API token.
#[server(name = RevokeToken, prefix = "/fn", endpoint = "settings/revoke-token", output = Packed, client = Sender)]
pub async fn revoke_token(org: String, id: String) -> Result<()> {
    use crate::{error::AppError, request, tokens};
    let id = request::page(id.parse().map_err(|_| AppError::not_found("that token")))?;
    request::page(tokens::revoke(&request::platform(), &request::actor(), &org, id).await)?;
    leptos_axum::redirect(&format!("/app/{org}/settings/tokens?revoked=1"));
    Ok(())
}
