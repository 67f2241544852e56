//! What stands on a business’s public pages, but for the times: its own page, the team’s, each person’s, and each category’s. The server
//! writes it as text: nothing in it changes while it is shown.

use maud::{Markup, html};

use super::{
    card::Card,
    ids::StaffId,
    options::{ServiceOptions, StaffOptions},
    paying::packages,
    permissions, public_words as words,
    store::{self, Service, Staff},
    structured, views,
    wire::{Business, ManagePage, ServiceCard, Status, dial},
};
use crate::{
    clock::Instant,
    db::Access,
    error::{AppError, Result},
    org::{Actor, Org, OrgRef, OrgTx},
    page_cache::Shows,
    platform::Platform,
    request, slug,
    ui::{empty_markup, icon_markup, with_query},
};

/// The parts of a business’s addresses below which the server writes pages alone.
pub const PLAIN: [&str; 3] = ["team", "c", "embed"];

/// Words that a service can’t have in its address: they are pages of the business’s own.
pub const RESERVED: [&str; 6] = ["team", "c", "packages", "waitlist", "embed", "pictures"];

/// A public page that the server writes alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicPage {
    /// Whose.
    pub business: Business,
    /// What the window and search results call it.
    pub title: String,
    /// What they say of it.
    pub about: String,
    /// All of it, below the business’s name.
    pub body: String,
    /// JSON-LD for search engines, already safe inside a script element.
    pub json_ld: String,
    /// Absolute address of this page.
    pub canonical: String,
    /// That of the picture that is shown where the page is shared.
    pub card: String,
}

/// Somebody on the team’s page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub id: StaffId,
    /// The last part of their page’s address.
    pub slug: String,
    /// What they are called.
    pub name: String,
    /// What they do; may be empty.
    pub title: String,
    /// A few words about them; may be empty.
    pub about: String,
}

/// A category of services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    /// The last part of its page’s address.
    pub slug: String,
    /// What it is called.
    pub name: String,
}

/// What the business’s pages are made of.
struct Read {
    org: Org,
    services: Vec<Service>,
    team: Vec<Member>,
    /// Who is put on which service.
    offered_by: Vec<(super::ids::ServiceId, StaffId)>,
}

/// The team’s page.
///
/// # Errors
/// 404 for an unknown business, or one without the calendar; and where nobody is on it.
pub async fn team(platform: &Platform, actor: &Actor, org: &str) -> Result<PublicPage> {
    let Read { org, team, .. } = read(platform, actor, org).await?;
    if team.is_empty() {
        return Err(AppError::not_found("that page"));
    }
    let home = format!("/b/{}", org.slug);
    let canonical = format!("{}{home}/team", platform.origin);
    let body = html! {
        (back(&home))
        h1 { (words::OUR_TEAM) }
        ul class="team" {
            @for member in &team {
                li class="member" {
                    (initials(&member.name))
                    div {
                        h2 { a href={ (home) "/team/" (member.slug) } { (member.name) } }
                        @if !member.title.is_empty() { p class="soft" { (member.title) } }
                    }
                }
            }
        }
    };
    Ok(PublicPage {
        title: words::team_of(&org.name),
        about: words::about_team(&org.name),
        body: body.into_string(),
        json_ld: structured::team(&platform.origin, &org, &[(words::OUR_TEAM, &canonical)], &team),
        canonical,
        card: Card::of_business(&org).address(&format!("{}{home}", platform.origin)),
        business: views::business_view(&org),
    })
}

/// The page of somebody of the team: who they are, and what can be booked with them.
///
/// # Errors
/// 404 as [`team`], and for whoever isn’t on its page.
pub async fn person(platform: &Platform, actor: &Actor, org: &str, slug: &str) -> Result<PublicPage> {
    let Read { org, team, services, offered_by } = read(platform, actor, org).await?;
    let member = of_address(&team, slug).ok_or_else(|| AppError::not_found("that page"))?;
    let home = format!("/b/{}", org.slug);
    let team_page = format!("{}{home}/team", platform.origin);
    let canonical = format!("{team_page}/{}", member.slug);
    let mut cards = Vec::new();
    for service in services.iter().filter(|service| offered_by.contains(&(service.id, member.id))) {
        let address = format!("{home}/{}", service.slug);
        // Where the service lets clients choose, the link chooses them.
        let chosen = ServiceOptions::read(&service.options)?.assignment.choice;
        let with = if chosen { member.id.to_string() } else { String::new() };
        cards.push((with_query(&address, &[("with", &with)]), views::service_card(&org, service)?));
    }
    let body = html! {
        a class="back" href={ (home) "/team" } { (icon_markup("back")) (words::OUR_TEAM) }
        div class="member-head" {
            (initials(&member.name))
            div {
                h1 { (member.name) }
                @if !member.title.is_empty() { p class="soft" { (member.title) } }
            }
        }
        @if !member.about.is_empty() { p class="as-written measure" { (member.about) } }
        section class="business-services" aria-labelledby="services-title" {
            h2 id="services-title" { (words::book_with(&member.name)) }
            @if cards.is_empty() {
                p { (words::NOTHING_WITH_THEM) }
                p { a href=(home) { (words::SEE_EVERYTHING) } }
            } @else {
                ul class="services" { @for (href, card) in &cards { (service_card(href, card, "h3")) } }
            }
        }
    };
    let crumbs = [(words::OUR_TEAM, team_page.as_str()), (member.name.as_str(), canonical.as_str())];
    Ok(PublicPage {
        title: format!("{} · {}", member.name, org.name),
        about: words::about_person(&member.name, &member.title, &org.name),
        body: body.into_string(),
        json_ld: structured::person(&platform.origin, &org, &crumbs, member),
        card: Card::of_business(&org).address(&format!("{}{home}", platform.origin)),
        business: views::business_view(&org),
        canonical,
    })
}

/// The page of a category: what is in it.
///
/// # Errors
/// 404 for an unknown business or category, or one without the calendar.
pub async fn category(platform: &Platform, actor: &Actor, org: &str, slug: &str) -> Result<PublicPage> {
    let Read { org, services, .. } = read(platform, actor, org).await?;
    let all = categories(&services)?;
    let Category { slug, name } =
        all.into_iter().find(|one| one.slug == slug).ok_or_else(|| AppError::not_found("that page"))?;
    let home = format!("/b/{}", org.slug);
    let canonical = format!("{}{home}/c/{slug}", platform.origin);
    let (mut within, mut cards) = (Vec::new(), Vec::new());
    for service in services {
        let card = views::service_card(&org, &service)?;
        if card.category == name {
            within.push(service);
            cards.push(card);
        }
    }
    let body = html! {
        (back(&home))
        h1 { (name) }
        ul class="services" {
            @for card in &cards { (service_card(&format!("{home}/{}", card.slug), card, "h2")) }
        }
    };
    let names: Vec<_> = cards.iter().map(|card| card.name.as_str()).collect();
    Ok(PublicPage {
        title: format!("{name} · {}", org.name),
        about: words::about_category(&name, &org.name, &names.join(", ")),
        body: body.into_string(),
        json_ld: structured::category(&platform.origin, &org, &name, &canonical, &within)?,
        canonical,
        card: Card::of_business(&org).address(&format!("{}{home}", platform.origin)),
        business: views::business_view(&org),
    })
}

/// The addresses of them all, below the business’s own, for the site map.
///
/// # Errors
/// Options can’t be read.
pub async fn paths(tx: &mut OrgTx, services: &[Service]) -> Result<Vec<String>> {
    let team = members(store::staff(tx).await?)?;
    let mut paths: Vec<String> = categories(services)?.into_iter().map(|one| format!("c/{}", one.slug)).collect();
    paths.extend(team.iter().map(|member| format!("team/{}", member.slug)));
    if !team.is_empty() {
        paths.push("team".to_owned());
    }
    if !packages::on_sale(tx, services).await?.is_empty() {
        paths.push("packages".to_owned());
    }
    Ok(paths)
}

/// What is said on top of a booking that was just made.
pub fn booked_heading(page: &ManagePage) -> String {
    if page.status == Status::Booked && !page.waits { words::YOU_ARE_BOOKED.to_owned() } else { page.heading.clone() }
}

/// A booking that was just made inside another website. What leads elsewhere opens in a window of its own, and so does Stripe’s page,
/// which isn’t shown inside any website.
pub fn booked(page: &ManagePage) -> String {
    let is_good = page.status == Status::Booked && !page.waits;
    let pays = !page.pay.is_empty();
    let elsewhere = "noopener noreferrer";
    html! {
        article class={ "ticket" (if is_good { " is-good" } else if page.waits { " is-waiting" } else { " is-off" }) } {
            header class="ticket-head" {
                @if is_good { span class="ticket-mark" { (icon_markup("check")) } }
                h1 { (booked_heading(page)) }
                @if is_good { p { (words::see_you_then(&page.client_name)) } }
                @if !page.words.is_empty() { p { (page.words) } }
            }
            dl class="facts" {
                div class="facts-when" {
                    dt { (words::WHEN) }
                    dd {
                        strong { (page.when) }
                        span { (page.zone_label) }
                        @if let Some(there) = &page.business_label { span { (there) } }
                    }
                }
                @for fact in &page.facts {
                    div {
                        dt { (fact.term) }
                        dd {
                            @for (line, href) in &fact.lines {
                                @if href.is_empty() { span { (line) } }
                                @else { span { a href=(href) target="_blank" rel=(elsewhere) { (line) } } }
                            }
                        }
                    }
                }
            }
        }
        div class="ticket-actions" {
            @if pays {
                a class="btn btn-primary" href={ (page.address) "/pay" } target="_blank" rel="noopener" { (words::PAY_NOW) }
                a class="btn btn-quiet" href=(page.address) target="_blank" rel="noopener" { (words::SEE_YOUR_BOOKING) }
            } @else {
                a class="btn btn-primary" href=(page.address) target="_blank" rel="noopener" { (words::SEE_OR_CHANGE) }
                a class="btn btn-quiet" href={ (page.address) ".ics" } target="_blank" rel="noopener" { (words::ADD_TO_MY_CALENDAR) }
            }
            a class="btn btn-quiet" href={ "/b/" (page.business.slug) "/embed" } { (words::BOOK_ANOTHER_TIME) }
        }
        @if pays {
            p class="soft" { (words::KEPT_HALF_AN_HOUR) }
        } @else {
            p class="soft" { (words::FIRST_BUTTON) }
        }
    }
    .into_string()
}

/// The business’s own page, below its name.
pub fn business(business: &Business, services: &[ServiceCard], categories: &[Category], more: &Around) -> String {
    let home = format!("/b/{}", business.slug);
    html! {
        div class="business" {
            div class="business-intro" {
                h1 { (business.name) }
                @if !business.description.is_empty() { p class="lead" { (business.description) } }
                (contact(business))
                @if more.team { p { a href={ (home) "/team" } rel="external" { (words::OUR_TEAM) } } }
                @if more.packages { p { a href={ (home) "/packages" } rel="external" { (words::PACKAGES) } } }
            }
            section class="business-services" aria-labelledby="services-title" {
                h2 id="services-title" { (words::BOOK_A_TIME) }
                (list(services, |card| format!("{home}/{}", card.slug), |name| {
                    let found = categories.iter().find(|category| category.name == name);
                    found.map(|category| format!("{home}/c/{}", category.slug))
                }))
            }
            section class="business-hours" aria-labelledby="hours-title" {
                h2 id="hours-title" { (words::OPENING_HOURS) }
                @if more.hours.is_empty() {
                    p class="soft" { (words::NO_OPENING_HOURS) }
                } @else {
                    dl class="hours" { @for (day, hours) in &more.hours { div { dt { (day) } dd { (hours) } } } }
                }
            }
        }
    }
    .into_string()
}

/// What stands around the services on the business’s own page.
#[derive(Debug, Clone, Default)]
pub struct Around {
    /// The team has a page.
    pub team: bool,
    /// Packages are on sale.
    pub packages: bool,
    /// Seven days, Monday first, with the hours of each; none where nobody has any.
    pub hours: Vec<(&'static str, String)>,
}

/// The services, those of one category under its name; they stand beside each other already. Each leads to `address`, and a category
/// to its own page, where `page` has one.
pub fn list(
    services: &[ServiceCard],
    address: impl Fn(&ServiceCard) -> String,
    page: impl Fn(&str) -> Option<String>,
) -> Markup {
    if services.is_empty() {
        return empty_markup(words::NOTHING_ONLINE, html! { p { (words::RING_US) } });
    }
    html! {
        @for together in services.chunk_by(|one, other| one.category == other.category) {
            @let name = together.first().map(|card| card.category.as_str()).unwrap_or_default();
            @if !name.is_empty() {
                h3 class="services-category" {
                    @match page(name) {
                        Some(page) => a href=(page) rel="external" { (name) },
                        None => (name),
                    }
                }
            }
            ul class="services" { @for card in together { (service_card(&address(card), card, "h3")) } }
        }
    }
}

/// Categories in the order in which their services stand, each with a word of its own in its address.
///
/// # Errors
/// A service’s options can’t be read.
pub fn categories(services: &[Service]) -> Result<Vec<Category>> {
    let mut all: Vec<Category> = Vec::new();
    for service in services {
        let name = ServiceOptions::read(&service.options)?.category.trim().to_owned();
        if name.is_empty() || all.iter().any(|one| one.name == name) {
            continue;
        }
        let word = slug::from_name(&name);
        let taken = |word: &str| word.is_empty() || all.iter().any(|one| one.slug == word);
        let stem = if word.is_empty() { "category" } else { &word };
        let mut others = (2..).map(|number| format!("{stem}-{number}"));
        let slug = if taken(&word) { others.find(|other| !taken(other)).unwrap_or_default() } else { word.clone() };
        all.push(Category { slug, name });
    }
    Ok(all)
}

/// Those who are on the team’s page: who can be booked, and isn’t hidden from it. Whoever has their name to themselves has it in their
/// address; of several, and of a name without Latin letters, the end of the id tells them apart.
///
/// # Errors
/// Their options can’t be read.
pub fn members(staff: Vec<Staff>) -> Result<Vec<Member>> {
    let mut team = Vec::new();
    for member in staff.into_iter().filter(|member| member.active) {
        let StaffOptions { title, about, unlisted, .. } = StaffOptions::read(&member.options)?;
        if !unlisted {
            let slug = slug::from_name(&member.name);
            let (title, about) = (title.trim().to_owned(), about.trim().to_owned());
            team.push(Member { id: member.id, slug, name: member.name, title, about });
        }
    }
    let words: Vec<String> = team.iter().map(|member| member.slug.clone()).collect();
    for member in &mut team {
        let namesakes = words.iter().filter(|word| **word == member.slug).count();
        if member.slug.is_empty() || namesakes > 1 {
            member.slug = told_apart(member);
        }
    }
    Ok(team)
}

/// An address stays good when a namesake comes, or goes.
fn of_address<'t>(team: &'t [Member], slug: &str) -> Option<&'t Member> {
    let own = team.iter().find(|member| member.slug == slug);
    own.or_else(|| team.iter().find(|member| told_apart(member) == slug))
}

fn told_apart(member: &Member) -> String {
    let word = slug::from_name(&member.name);
    let id = member.id.0.simple().to_string();
    let end = id.get(24..).unwrap_or_default();
    if word.is_empty() { end.to_owned() } else { format!("{word}-{end}") }
}

async fn read(platform: &Platform, actor: &Actor, org: &str) -> Result<Read> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::BROWSE, Access::Read).await?;
    let services = views::listed(&mut tx).await?;
    let team = members(store::staff(&mut tx).await?)?;
    let offered_by = store::assignments(&mut tx).await?;
    let org = tx.org().clone();
    tx.rollback().await?;
    request::shows(Shows { org: org.id, sequence: org.sequence, until: Instant::from_timestamp(jiff::Timestamp::MAX) });
    Ok(Read { org, services, team, offered_by })
}

fn back(home: &str) -> Markup {
    html! { a class="back" href=(home) { (icon_markup("back")) (words::ALL_SERVICES) } }
}

/// In the place of a picture.
fn initials(name: &str) -> Markup {
    let words: Vec<_> = name.split_whitespace().collect();
    let ends = [words.first(), words.get(1..).and_then(<[_]>::last)];
    let letters: String = ends.into_iter().flatten().filter_map(|word| word.chars().next()).collect();
    html! { span class="initials" aria-hidden="true" { (letters) } }
}

fn service_card(href: &str, card: &ServiceCard, heading: &str) -> Markup {
    let title = html! { a href=(href) { (card.name) } };
    html! {
        li class="service" {
            @if heading == "h2" { h2 { (title) } } @else { h3 { (title) } }
            p class="service-facts" { span { (card.duration_label) } span { (card.price_label) } }
            @if !card.description.is_empty() { p { (card.description) } }
            @if let Some(picture) = &card.picture {
                img class="service-picture" src=(format!("{}&small=true", picture.src)) width=(picture.width) height=(picture.height) alt="" loading="lazy";
            }
            (icon_markup("right"))
        }
    }
}

/// Where the business is and how to ring it, as far as it says.
fn contact(business: &Business) -> Markup {
    let href = dial(&business.phone);
    html! {
        ul class="contact" {
            @if !business.address.is_empty() { li { (icon_markup("pin")) span { (business.address) } } }
            @if !business.phone.is_empty() {
                li { (icon_markup("phone")) a href=(href) rel="external" { (business.phone) } }
            }
        }
    }
}
