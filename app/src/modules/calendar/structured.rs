//! What search engines are told of the public pages, beside what they read: JSON-LD in schema.org’s words.

use serde_json::{Value, json};

use super::{
    asked,
    card::Card,
    format,
    options::{Length, ServiceOptions},
    public_pages::Member,
    store::{Hours, Service},
    views::opening,
};
use crate::{error::Result, money, org::Org, settings::look};

/// Where a page stands below the business’s own: what each step is called, and its whole address.
pub type Crumbs<'a> = &'a [(&'a str, &'a str)];

/// The business’s page: who it is, when it is open, and what it offers at which price.
///
/// # Errors
/// A service’s options can’t be read.
pub fn business(origin: &str, org: &Org, services: &[Service], hours: &[Hours]) -> Result<String> {
    const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
    let clock = |minute: i64| {
        if minute >= 1440 { "23:59".to_owned() } else { format!("{:02}:{:02}", minute / 60, minute % 60) }
    };
    let opening_hours: Vec<_> = (0..7_i64)
        .zip(DAYS)
        .flat_map(|(weekday, day)| {
            opening(hours, weekday).into_iter().map(move |(from, until)| {
                json!({ "@type": "OpeningHoursSpecification", "dayOfWeek": format!("https://schema.org/{day}"), "opens": clock(from), "closes": clock(until) })
            })
        })
        .collect();
    let home = home(origin, org);
    let offers = offers_of(services, &home)?;
    let mut document = local_business(origin, org);
    if let Some(fields) = document.as_object_mut() {
        // None at all would be read as never open.
        if !opening_hours.is_empty() {
            fields.insert("openingHoursSpecification".to_owned(), json!(opening_hours));
        }
        fields.insert("makesOffer".to_owned(), json!(offers));
    }
    Ok(graph(vec![document]))
}

/// A service’s page: what it is, by whom, and each length with its price.
pub fn service(origin: &str, org: &Org, service: &Service, options: &ServiceOptions) -> String {
    let home = home(origin, org);
    let url = format!("{home}/{}", service.slug);
    let document = json!({
        "@type": "Service",
        "name": service.name,
        "description": service.description,
        "url": url,
        "provider": local_business(origin, org),
        "offers": offers(service, options, &url),
    });
    graph(vec![document, breadcrumbs(org, &home, &[(&service.name, &url)])])
}

/// The page of a category: what is in it.
///
/// # Errors
/// A service’s options can’t be read.
pub fn category(origin: &str, org: &Org, name: &str, url: &str, services: &[Service]) -> Result<String> {
    let home = home(origin, org);
    let mut document = local_business(origin, org);
    if let Some(fields) = document.as_object_mut() {
        let offers = offers_of(services, &home)?;
        let catalogue = json!({ "@type": "OfferCatalog", "name": name, "url": url, "itemListElement": offers });
        fields.insert("hasOfferCatalog".to_owned(), catalogue);
    }
    Ok(graph(vec![document, breadcrumbs(org, &home, &[(name, url)])]))
}

/// The team’s page: who works there.
pub fn team(origin: &str, org: &Org, crumbs: Crumbs<'_>, people: &[Member]) -> String {
    let home = home(origin, org);
    let mut document = local_business(origin, org);
    if let Some(fields) = document.as_object_mut() {
        let people: Vec<_> = people.iter().map(|member| person_of(&home, member)).collect();
        fields.insert("employee".to_owned(), json!(people));
    }
    graph(vec![document, breadcrumbs(org, &home, crumbs)])
}

/// The page of somebody of the team.
pub fn person(origin: &str, org: &Org, crumbs: Crumbs<'_>, member: &Member) -> String {
    let home = home(origin, org);
    let mut document = person_of(&home, member);
    if let Some(fields) = document.as_object_mut() {
        fields.insert("worksFor".to_owned(), local_business(origin, org));
    }
    graph(vec![document, breadcrumbs(org, &home, crumbs)])
}

fn home(origin: &str, org: &Org) -> String {
    format!("{origin}/b/{}", org.slug)
}

fn local_business(origin: &str, org: &Org) -> Value {
    let url = home(origin, org);
    let mut document = json!({ "@type": "LocalBusiness", "@id": url, "name": org.name, "url": url });
    let logo = look::of(org).logo;
    let logo = if logo.is_empty() { logo } else { format!("{origin}{logo}") };
    let image = Card::of_business(org).address(&url);
    if let Some(fields) = document.as_object_mut() {
        for (field, value) in [
            ("description", &org.description),
            ("telephone", &org.phone),
            ("address", &org.address),
            ("logo", &logo),
            ("image", &image),
        ] {
            if !value.is_empty() {
                fields.insert(field.to_owned(), json!(value));
            }
        }
    }
    document
}

fn person_of(home: &str, member: &Member) -> Value {
    let mut document = json!({ "@type": "Person", "name": member.name, "url": format!("{home}/team/{}", member.slug) });
    if let Some(fields) = document.as_object_mut() {
        for (field, value) in [("jobTitle", &member.title), ("description", &member.about)] {
            if !value.is_empty() {
                fields.insert(field.to_owned(), json!(value));
            }
        }
    }
    document
}

fn breadcrumbs(org: &Org, home: &str, crumbs: Crumbs<'_>) -> Value {
    let first = (org.name.as_str(), home);
    let steps: Vec<_> = std::iter::once(&first)
        .chain(crumbs)
        .zip(1..)
        .map(|((name, url), position)| json!({ "@type": "ListItem", "position": position, "name": name, "item": url }))
        .collect();
    json!({ "@type": "BreadcrumbList", "itemListElement": steps })
}

fn offers_of(services: &[Service], home: &str) -> Result<Vec<Value>> {
    let mut all = Vec::new();
    for service in services {
        let options = ServiceOptions::read(&service.options)?;
        all.extend(offers(service, &options, &format!("{home}/{}", service.slug)));
    }
    Ok(all)
}

/// Each length of a service with its price.
fn offers(service: &Service, options: &ServiceOptions, url: &str) -> Vec<Value> {
    let lengths = asked::lengths(service, options);
    let several = lengths.len() > 1;
    let offer = |Length { minutes, price_cents }: Length| {
        let name =
            if several { format!("{}, {}", service.name, format::duration(minutes)) } else { service.name.clone() };
        json!({
            "@type": "Offer",
            "url": url,
            "price": money::plain(price_cents),
            "priceCurrency": service.currency,
            "itemOffered": { "@type": "Service", "name": name },
        })
    };
    lengths.into_iter().map(offer).collect()
}

fn graph(documents: Vec<Value>) -> String {
    let document = json!({ "@context": "https://schema.org", "@graph": documents });
    inside_script(&document)
}

/// JSON that can't end the script element it stands in.
fn inside_script(document: &Value) -> String {
    document.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}
