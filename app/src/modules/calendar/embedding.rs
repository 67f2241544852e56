//! The booking page inside a business’s own website: which websites may show it, and what they put there.

use axum::{
    http::{HeaderName, header},
    response::{IntoResponse, Response},
};
use maud::html;
use url::{Host, Url};

use super::{
    closures, format, options::CalendarOptions, permissions, public_pages, public_words as words, store, views,
    wire::Business,
};
use crate::{
    db::Access,
    error::{AppError, FieldErrors, Result},
    org::{Actor, OrgRef, OrgTx},
    platform::Platform,
};

/// As many websites may show it.
pub const MOST: usize = 20;
/// The longest address of a website.
const LONGEST: usize = 253;

/// What a website loads that wants the frame to be as tall as what is in it, or a button that opens it.
const SCRIPT: &str = include_str!("embed.js");

/// Which websites may show the booking page inside theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Embedding {
    /// `https://www.example.com.au`, in the owner’s order.
    pub origins: Vec<String>,
    /// Grows with every change of what the calendar is set to.
    pub version: i64,
    /// What the business is called.
    pub name: String,
    /// The services that can be shown by themselves: the word in the address, and the name.
    pub services: Vec<(String, String)>,
}

/// The business’s page as it is inside another website: what can be booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Framed {
    /// Whose.
    pub business: Business,
    /// All of it.
    pub body: String,
}

/// What is set, for who sets it.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn page(platform: &Platform, actor: &Actor, org: &str) -> Result<Embedding> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::SET_UP, Access::Read).await?;
    let (options, version) = closures::options(&mut tx).await?;
    let services = views::listed(&mut tx).await?;
    let name = tx.org().name.clone();
    tx.rollback().await?;
    let services = services.into_iter().map(|service| (service.slug, service.name)).collect();
    Ok(Embedding { origins: options.embedders, version, name, services })
}

/// Sets which websites may show the booking page, if what the calendar is set to is unchanged since `version`; an address that was
/// typed without its beginning is one of https.
///
/// # Errors
/// 422 at `origins` for what isn’t the address of a website, and for too many; 409 where something has changed, with what holds now.
pub async fn save(platform: &Platform, actor: &Actor, org: &str, version: i64, typed: &[String]) -> Result<()> {
    let mut errors = FieldErrors::default();
    let mut origins: Vec<String> = Vec::new();
    for text in typed.iter().map(|text| text.trim()).filter(|text| !text.is_empty()) {
        let read = origin(text, !platform.is_https());
        let read = errors.take("origins", read.map_err(|why| format!("“{}”: {why}", format::shortened(text, 60))));
        if !read.is_empty() && !origins.contains(&read) {
            origins.push(read);
        }
    }
    if origins.len() > MOST {
        errors.add("origins", format!("Allow at most {MOST} websites."));
    }
    errors.finish()?;
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::SET_UP, Access::Write).await?;
    let (before, found) = closures::options(&mut tx).await?;
    let mut now = FieldErrors::default();
    if before.embedders != origins {
        let words = if before.embedders.is_empty() { "none".to_owned() } else { before.embedders.join(", ") };
        now.add("origins", format!("Allowed now: {words}."));
    }
    let options = CalendarOptions { embedders: origins, ..before };
    let mut refused = FieldErrors::default();
    options.check(&mut refused);
    refused.finish()?;
    if found != version || store::save_settings(&mut tx, &options.stored(), version).await? == 0 {
        return Err(AppError::changed("what your calendar is set to", found, now.into_fields()));
    }
    let id = tx.id().0;
    tx.emit("calendar.embedding_saved", id).await?;
    tx.commit().await
}

/// The websites that may show this business’s pages inside theirs.
///
/// # Errors
/// 404 for an unknown business, or one without the calendar.
pub async fn allowed(platform: &Platform, actor: &Actor, org: &str) -> Result<Vec<String>> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::BROWSE, Access::Read).await?;
    let (options, _) = closures::options(&mut tx).await?;
    tx.rollback().await?;
    Ok(options.embedders)
}

/// What can be booked, as it is inside another website.
///
/// # Errors
/// 404 for an unknown business, or one without the calendar.
pub async fn framed(platform: &Platform, actor: &Actor, org: &str) -> Result<Framed> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::BROWSE, Access::Read).await?;
    let services = views::listed(&mut tx).await?;
    let business = views::business_view(tx.org());
    let cards = views::in_categories(tx.org(), &services)?;
    tx.rollback().await?;
    let address = |card: &super::wire::ServiceCard| views::service_address(&business.slug, &card.slug, true);
    let body = html! {
        section class="business-services" aria-labelledby="services-title" {
            h1 { (words::book_with(&business.name)) }
            h2 class="sr-only" id="services-title" { (words::WHAT_YOU_CAN_BOOK) }
            (public_pages::list(&cards, address, |_| None))
        }
    };
    Ok(Framed { body: body.into_string(), business })
}

/// `/embed.js`
pub async fn script() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
        // It is for other websites.
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
    ];
    (headers, SCRIPT).into_response()
}

/// A website’s address as a browser names it: scheme and host, and nothing after. `local`: this server is one for development, where
/// pages of this machine are taken, too.
fn origin(text: &str, local: bool) -> Result<String, &'static str> {
    const EXAMPLE: &str = "enter the start of your website’s address, like https://www.example.com.au.";
    let whole = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let url = Url::parse(&whole).map_err(|_| EXAMPLE)?;
    let this_machine = matches!(url.host_str(), Some("localhost" | "127.0.0.1"));
    let named = matches!(url.host(), Some(Host::Domain(name)) if name.contains('.') && !name.ends_with('.'));
    match url.scheme() {
        "http" if local && this_machine => {}
        "http" => return Err("it has to begin with https://, so that nobody on the way can change it."),
        "https" if named => {}
        _ => return Err(EXAMPLE),
    }
    if text.contains('*') {
        return Err("name each website by itself, without a star.");
    }
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    if !bare || !url.username().is_empty() || url.password().is_some() {
        return Err("leave out what comes after the website’s name: a website is allowed as a whole.");
    }
    let origin = url.origin().ascii_serialization();
    if origin.len() > LONGEST { Err(EXAMPLE) } else { Ok(origin) }
}

#[cfg(test)]
mod tests {
    use super::{SCRIPT, origin};

    #[test]
    fn websites_are_read_as_browsers_name_them() {
        for (typed, read) in [
            ("https://www.example.com.au", "https://www.example.com.au"),
            ("WWW.Example.com.au/", "https://www.example.com.au"),
            ("https://example.com:8443", "https://example.com:8443"),
            ("https://example.com:443", "https://example.com"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
        ] {
            assert_eq!(origin(typed, false).as_deref(), Ok(read), "{typed}");
        }
        for bad in [
            "",
            "https://",
            "http://www.example.com.au",
            "ftp://example.com",
            "https://*.example.com",
            "*",
            "https://example.com/contact",
            "https://example.com/?a",
            "https://example.com/#a",
            "https://user@example.com",
            "https://localhost",
            "http://localhost:8080",
            "https://10.0.0.1",
            "https://[::1]",
            "https://example",
            "https://example.com; script-src *",
            "https://example.com https://evil.example",
            "javascript:alert(1)",
            "data:text/html,x",
            "null",
        ] {
            assert!(origin(bad, false).is_err(), "{bad}");
        }
        assert_eq!(origin("http://127.0.0.1:8080", true).as_deref(), Ok("http://127.0.0.1:8080"));
        assert!(origin("http://www.example.com.au", true).is_err());
    }

    #[test]
    fn the_script_is_small() {
        assert!(SCRIPT.len() < 2 * 1024, "{}", SCRIPT.len());
    }
}
