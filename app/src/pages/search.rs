//! `/app/{org}/search`: what the palette finds, on a page that needs no program. The server writes it alone.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::plain::written;
use crate::{
    error::Result,
    org::Actor,
    platform::Platform,
    request,
    settings::{places, wire::Place},
    ui::{PageHeader, PageTitle, SettingsFrame, matching, org_of_address},
};

/// The most that is looked for, as in the palette.
const LONGEST: usize = 100;

struct Page {
    slug: String,
    typed: String,
    found: Vec<Place>,
}

/// What there is under some words: pages, settings, people, and what is set up.
#[component]
pub fn SearchRoute() -> AnyView {
    let org = org_of_address();
    let (platform, actor) = (request::platform(), request::actor());
    let typed = use_query_map().with_untracked(|query| query.get("q")).unwrap_or_default();
    let typed: String = typed.trim().chars().take(LONGEST).collect();
    let read = move || {
        let slug = org.get_untracked();
        async move { look(&platform, &actor, slug, typed).await }
    };
    view! { <SettingsFrame org=org>{written(read, show)}</SettingsFrame> }.into_any()
}

fn show(page: Page) -> AnyView {
    let Page { slug, typed, found } = page;
    let said = match (found.len(), typed.is_empty()) {
        (_, true) => String::new(),
        (0, false) => format!("Nothing here has the name “{typed}”. Try fewer words, or a part of one."),
        (1, false) => format!("One place for “{typed}”."),
        (count, false) => format!("{count} places for “{typed}”, the likeliest first."),
    };
    let groups = in_groups(found)
        .into_iter()
        .enumerate()
        .map(|(at, (group, places))| {
            let id = format!("group-{at}");
            let labelled_by = id.clone();
            let lines = places.into_iter().map(|Place { label, href, .. }| {
                view! { <li class="line"><a href=href>{label}</a></li> }
            });
            view! {
                <section class="stack" aria-labelledby=labelled_by>
                    <h2 id=id>{group}</h2>
                    <ul class="lines">{lines.collect_view()}</ul>
                </section>
            }
        })
        .collect_view();
    view! {
        <PageTitle text="Search"/>
        <PageHeader title="Search" about="Every page, setting and person that you may open here."/>
        <form method="get" action=format!("/app/{slug}/search") class="search-row" role="search">
            <label class="sr-only" for="search-for">"A page, a setting or a person"</label>
            <input id="search-for" class="input" type="search" name="q" value=typed placeholder="A page, a setting or a person"
                maxlength=LONGEST.to_string() autocomplete="off" spellcheck="false" autofocus=true/>
            <button type="submit" class="btn btn-primary">"Search"</button>
        </form>
        <p role="status">{said}</p>
        {groups}
    }
    .into_any()
}

async fn look(platform: &Platform, actor: &Actor, slug: String, typed: String) -> Result<Page> {
    let places = places::places(platform, actor, &slug).await?;
    // What a page's program does, and no page: logging out is in the menu.
    let pages: Vec<Place> = places.into_iter().filter(|place| !place.href.starts_with('#')).collect();
    Ok(Page { slug, found: matching(&pages, &typed), typed })
}

/// By their groups, each where its first place stands.
fn in_groups(places: Vec<Place>) -> Vec<(String, Vec<Place>)> {
    let mut groups: Vec<(String, Vec<Place>)> = Vec::new();
    for place in places {
        match groups.iter_mut().find(|(group, _)| *group == place.group) {
            Some((_, places)) => places.push(place),
            None => groups.push((place.group.clone(), vec![place])),
        }
    }
    groups
}
