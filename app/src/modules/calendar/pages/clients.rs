//! `/app/{org}/calendar/clients`: who the business does things for. The server writes it alone.

use jiff::tz::TimeZone;
use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::use_query_map;

use super::sections::Form;
use crate::{
    clock::Instant,
    modules::calendar::{
        clients_api::AddClient,
        directory::{self, Line, Listed, Search},
        format,
    },
    money,
    pages::plain::written,
    request,
    ui::{
        Badge, DashboardShell, DoneNotice, Empty, Field, FormMessage, Icon, Kind, LinkButton, Notice, PageHeader,
        PageTitle, Post, PostForm, SettingsFrame, SettingsHead, SubmitButton, TextArea, Tone, org_of_address,
        with_query,
    },
};

const DONE: &[(&str, &str)] = &[
    ("deleted", "Deleted."),
    ("erased", "Erased. Nothing of them is left but what the law asks you to keep."),
    ("undone", "Import undone. What it brought is gone, but for what was changed since."),
];

/// What the address asks for.
struct Asked {
    words: String,
    tag: String,
    marketing: bool,
    no_shows: bool,
    cursor: String,
}

/// The list, in the dashboard’s frame.
#[component]
pub fn ClientsRoute() -> AnyView {
    let org = org_of_address();
    let query = use_query_map();
    let text = |name: &str| query.with_untracked(|query| query.get(name)).unwrap_or_default();
    let asked = Asked {
        words: text("q"),
        tag: text("tag"),
        marketing: !text("marketing").is_empty(),
        no_shows: !text("no_shows").is_empty(),
        cursor: text("after"),
    };
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let search = Search {
            words: asked.words.clone(),
            tag: asked.tag.clone(),
            marketing: asked.marketing,
            no_shows: asked.no_shows,
            cursor: asked.cursor.clone(),
            limit: directory::PAGE,
        };
        let listed = directory::list(&platform, &actor, &slug, &search).await?;
        Ok((slug, asked, listed))
    };
    let body = written(read, |(slug, asked, listed)| show(&slug, &asked, listed));
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings is-wide">{body}</div></DashboardShell>
    }
    .into_any()
}

/// Somebody new, in the dashboard’s frame.
#[component]
pub fn NewClientRoute() -> AnyView {
    let org = org_of_address();
    let form = Form::of(Post::to::<AddClient>());
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        directory::open_to_add(&platform, &actor, &slug).await?;
        Ok(slug)
    };
    view! { <SettingsFrame org=org>{written(read, move |org| new_client(org, form))}</SettingsFrame> }.into_any()
}

/// The fields of a client, as they are before anybody typed.
pub struct Fields {
    /// Their name.
    pub name: String,
    /// May be empty.
    pub email: String,
    /// May be empty.
    pub phone: String,
    /// May be empty.
    pub notes: String,
    /// With commas between.
    pub tags: String,
}

/// The fields of a client’s form.
pub fn fields(form: Form, fields: Fields) -> AnyView {
    let (form, Fields { name, email, phone, notes, tags }) = (form.state, fields);
    view! {
        <Field form=form name="name" label="Name" autocomplete="off" value=name/>
        <div class="fields-row">
            <Field form=form name="email" label="Email" type_="email" inputmode="email" autocomplete="off" optional=true maxlength=254 value=email/>
            <Field form=form name="phone" label="Phone" type_="tel" inputmode="tel" autocomplete="off" optional=true maxlength=40 value=phone/>
        </div>
        <Field form=form name="tags" label="Tags" hint="Your own words, with commas between: “VIP, knee”." autocomplete="off" optional=true maxlength=900 value=tags/>
        <TextArea form=form name="notes" label="Notes" hint="Only your team sees them." optional=true rows=5 maxlength=10_000 value=notes/>
    }
    .into_any()
}

/// "Mon 23 Nov 2026", on the business’s clock.
pub fn on(at: Instant, tz: &TimeZone) -> String {
    at.timestamp().to_zoned(tz.clone()).strftime("%a %-d %b %Y").to_string()
}

/// "Mon 23 Nov 2026, 9:00 am", on the business’s clock.
pub fn at_time(at: Instant, tz: &TimeZone) -> String {
    let there = at.timestamp().to_zoned(tz.clone());
    format!("{}, {}", there.strftime("%a %-d %b %Y"), format::time(there.time()))
}

fn show(org: &str, asked: &Asked, listed: Listed) -> AnyView {
    let list = format!("/app/{org}/calendar/clients");
    let filtered = !asked.words.trim().is_empty() || !asked.tag.trim().is_empty() || asked.marketing || asked.no_shows;
    let about = match listed.total {
        0 => "Who books with you, their visits, and your notes about them.".to_owned(),
        total => format!("{}, the latest visit first.", money::counted(total, "client", "clients")),
    };
    let actions = listed.may_change.then(|| {
        view! {
            <LinkButton href=format!("{list}/duplicates") kind=Kind::Quiet>"Duplicates"</LinkButton>
            <LinkButton href=format!("{list}/import") kind=Kind::Quiet>"Import"</LinkButton>
            <LinkButton href=format!("{list}/new")><Icon name="plus"/>"Add a client"</LinkButton>
        }
    });
    let stopped = listed.stopped.then(|| {
        view! {
            <Notice tone=Tone::Info>
                <p>"You have many clients, so the search paused. “Look further” goes on; a whole email address or phone number is found at once."</p>
            </Notice>
        }
    });
    let count = listed.clients.len();
    let said = if filtered && listed.next.is_none() && asked.cursor.is_empty() {
        format!("{} found.", money::counted(count, "client", "clients"))
    } else {
        String::new()
    };
    let body = if count == 0 && listed.total == 0 && !filtered {
        view! {
            <Empty title="No clients yet" icon="user">
                <p>"Whoever books appears here by themselves. You can also add somebody, or import your list."</p>
            </Empty>
        }
        .into_any()
    } else if count == 0 {
        let all = list.clone();
        view! {
            <Empty title="Nobody found" icon="search">
                <p>"Try fewer letters, a whole email address or a phone number."</p>
                <p><a href=all>"Show all clients"</a></p>
            </Empty>
        }
        .into_any()
    } else {
        let tz = listed.tz;
        let lines = listed.clients.into_iter().map(|client| line(&list, client, &tz)).collect_view();
        view! { <ul class="lines">{lines}</ul> }.into_any()
    };
    let onward = listed.next.map(|cursor| {
        let href = with_query(
            &list,
            &[
                ("q", &asked.words),
                ("tag", &asked.tag),
                ("marketing", if asked.marketing { "1" } else { "" }),
                ("no_shows", if asked.no_shows { "1" } else { "" }),
                ("after", &cursor),
            ],
        );
        let words = if listed.stopped { "Look further" } else { "Next page" };
        view! { <p class="row"><LinkButton href=href kind=Kind::Quiet>{words}</LinkButton></p> }
    });
    view! {
        <PageTitle text="Clients"/>
        <PageHeader title="Clients" about=about>{actions}</PageHeader>
        <DoneNotice words=DONE/>
        {search_form(&list, asked)}
        <p role="status">{said}</p>
        {stopped}
        {body}
        {onward}
    }
    .into_any()
}

fn search_form(list: &str, asked: &Asked) -> AnyView {
    view! {
        <form method="get" action=list.to_owned() class="card stack" role="search">
            <div class="search-row">
                <label class="sr-only" for="client-words">"A name, an email address or a phone number"</label>
                <input id="client-words" class="input" type="search" name="q" value=asked.words.clone() maxlength="254" autocomplete="off"
                    spellcheck="false" placeholder="A name, an email or a phone number"/>
                <button type="submit" class="btn btn-quiet">"Search"</button>
            </div>
            <div class="fields-row">
                <div class="field">
                    <label class="field-label" for="client-tag">"Tag"</label>
                    <input id="client-tag" class="input" name="tag" value=asked.tag.clone() maxlength="40" autocomplete="off"/>
                </div>
                <div class="field check-field">
                    <label class="check">
                        <input type="checkbox" name="marketing" value="1" checked=asked.marketing/>
                        <span>"Wants news and offers"</span>
                    </label>
                </div>
                <div class="field check-field">
                    <label class="check">
                        <input type="checkbox" name="no_shows" value="1" checked=asked.no_shows/>
                        <span>"Has had a no-show"</span>
                    </label>
                </div>
            </div>
        </form>
    }
    .into_any()
}

fn line(list: &str, client: Line, tz: &TimeZone) -> AnyView {
    let Line { id, name, email, phone, tags, last, next, .. } = client;
    let reached: Vec<String> = [email, phone].into_iter().filter(|text| !text.is_empty()).collect();
    let seen = last.map_or_else(|| "No visit yet".to_owned(), |at| format!("Last: {}", on(at, tz)));
    let next = next.map(|at| format!(" · Next: {}", at_time(at, tz)));
    let tags = tags.into_iter().map(|tag| view! { <Badge label=tag/>" " }).collect_view();
    view! {
        <li class="line" data-client=id.to_string()>
            <div class="line-text">
                <p class="line-title"><a href=format!("{list}/{id}")>{name}</a> " " {tags}</p>
                <p class="soft">{reached.join(" · ")}</p>
                <p class="soft">{seen}{next}</p>
            </div>
        </li>
    }
    .into_any()
}

fn new_client(org: String, form: Form) -> AnyView {
    let Form { post, state } = form;
    let list = format!("/app/{org}/calendar/clients");
    let empty = Fields {
        name: String::new(),
        email: String::new(),
        phone: String::new(),
        notes: String::new(),
        tags: String::new(),
    };
    view! {
        <SettingsHead title="New client" back=list back_label="Clients"/>
        <PostForm post=post class="card stack">
            <FormMessage form=state/>
            <input type="hidden" name="org" value=org/>
            {fields(form, empty)}
            <div class="form-actions"><SubmitButton form=state label="Add this client" busy="Adding…" kind=Kind::Primary/></div>
        </PostForm>
    }
    .into_any()
}
