//! `/app/{org}/scoreboard/teams` and below: who is counted together. The server writes them alone.

use jiff::civil::Date;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::people::span_words;
use crate::{
    modules::scoreboard::{
        api::{AddTeam, SaveTeam},
        people::{self, Person},
        store::Team,
        views::{self, Span, TeamsPage},
    },
    money::counted,
    pages::plain::written,
    request,
    ui::{
        Badge, Checkbox, DoneNotice, Empty, Field, Form, FormMessage, Post, PostForm, SettingsFrame, SettingsHead,
        SubmitButton, given, org_of_address, radio_cards,
    },
};

const DONE: &[(&str, &str)] = &[
    ("added", "Added. Now put people in it: under “People on the scoreboard”, each on their own page."),
    ("saved", "Saved."),
];

/// The list, in the dashboard's frame.
#[component]
pub fn TeamsRoute() -> AnyView {
    let org = org_of_address();
    let add = Form::of(Post::to::<AddTeam>());
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = views::teams_page(&platform, &actor, &slug).await?;
        Ok((slug, page))
    };
    view! { <SettingsFrame org=org>{written(read, move |(slug, page)| list(&slug, &page, add))}</SettingsFrame> }
        .into_any()
}

fn list(org: &str, page: &TeamsPage, Form { post, state }: Form) -> AnyView {
    let body = if page.everybody.teams.is_empty() {
        view! {
            <Empty title="No teams yet" icon="users">
                <p>"If people work together, or in several places, boards can show what each team and each branch comes to. Without any, boards show people."</p>
            </Empty>
        }
        .into_any()
    } else {
        let lines = page.everybody.teams.iter().map(|team| line(org, page, team)).collect_view();
        view! { <ul class="lines">{lines}</ul> }.into_any()
    };
    let refused = state.message().with_untracked(Option::is_some);
    let done = (!refused).then(|| view! { <DoneNotice words=DONE/> });
    let kinds = [
        ("team", "A team", "People who work together. Somebody can be in several."),
        ("branch", "A branch", "A place: a shop, an office, a region. Branches have boards of their own."),
    ]
    .map(|(value, label, about)| (value.to_owned(), label.to_owned(), about.to_owned()))
    .to_vec();
    let (back, org) = (format!("/app/{org}/settings"), org.to_owned());
    view! {
        <SettingsHead title="Teams and branches" about="Who is counted together. What somebody did stays with the team that they were in on its day." back=back/>
        {done}
        {body}
        <section class="card stack" aria-labelledby="add-team">
            <h2 id="add-team">"Add a team or a branch"</h2>
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <Field form=state name="name" label="Name" hint="As boards show it, like “North” or “Inside sales”." autocomplete="off" maxlength=100/>
                {radio_cards(state, "kind", "What it is", kinds, "team".to_owned())}
                <div class="form-actions"><SubmitButton form=state label="Add" busy="Adding…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

fn line(org: &str, page: &TeamsPage, team: &Team) -> AnyView {
    let today = views::times_in(&page.everybody, team.id).filter(|(_, span)| span.holds_on(page.today)).count();
    let people = match today {
        0 => "nobody in it today".to_owned(),
        count => format!("{} today", counted(count, "person", "people")),
    };
    let words = format!("{}, {people}", kind(team));
    let off = (!team.active).then(|| view! { <Badge label="Not on boards"/> });
    let href = format!("/app/{org}/scoreboard/teams/{}", team.id);
    view! {
        <li class="line" data-team=team.name.clone()>
            <div class="line-text">
                <p class="line-title"><a href=href>{team.name.clone()}</a> " " {off}</p>
                <p class="soft">{words}</p>
            </div>
        </li>
    }
    .into_any()
}

/// One of them, in the dashboard's frame.
#[component]
pub fn TeamRoute() -> AnyView {
    let (org, params) = (org_of_address(), use_params_map());
    let id = given(&params, "id").unwrap_or_default();
    let save = Form::of(Post::to::<SaveTeam>());
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = views::teams_page(&platform, &actor, &slug).await?;
        let team = people::find_team(&page.everybody.teams, &id)?.clone();
        Ok((slug, page, team))
    };
    let body = written(read, move |(slug, page, team)| show(&slug, &page, &team, save));
    view! { <SettingsFrame org=org>{body}</SettingsFrame> }.into_any()
}

fn show(org: &str, page: &TeamsPage, team: &Team, Form { post, state }: Form) -> AnyView {
    let day = page.today;
    let mut now = Vec::new();
    let mut later = Vec::new();
    let mut before = Vec::new();
    for time in views::times_in(&page.everybody, team.id) {
        let (_, span) = time;
        if span.holds_on(day) {
            now.push(time);
        } else if span.first > day {
            later.push(time);
        } else {
            before.push(time);
        }
    }
    now.sort_by_cached_key(|(person, _)| person.name.to_lowercase());
    // The last who left come first.
    before.sort_by_key(|(_, span)| std::cmp::Reverse(span.last));
    let everybody = format!("/app/{org}/scoreboard/people");
    let nobody =
        now.is_empty().then(|| view! { <p class="soft">"Nobody. People are put in it on their own pages, under "<a href=everybody>"People on the scoreboard"</a>"."</p> });
    let now = lines(org, now, day);
    let later = (!later.is_empty()).then(|| section("later", "Who is to come", lines(org, later, day)));
    let before = (!before.is_empty()).then(|| section("before", "Who was in it", lines(org, before, day)));
    let back = format!("/app/{org}/scoreboard/teams");
    let (org, id, name, version, active) =
        (org.to_owned(), team.id.to_string(), team.name.clone(), team.version, team.active);
    view! {
        <SettingsHead title=team.name.clone() about=kind(team) back=back back_label="Teams and branches"/>
        <section class="card stack" aria-labelledby="what">
            <h2 id="what">"What it is"</h2>
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="version" value=state.version(version)/>
                <Field form=state name="name" label="Name" hint="As boards show it." autocomplete="off" maxlength=100 value=name/>
                <Checkbox form=state name="active" label="On boards" hint="Without the tick it is on no board of today, and isn’t offered to put people in. Boards of before still show it." value=active/>
                <div class="form-actions"><SubmitButton form=state label="Save" busy="Saving…"/></div>
            </PostForm>
        </section>
        <section class="card stack" aria-labelledby="now">
            <h2 id="now">"In it today"</h2>
            {nobody}
            {now}
        </section>
        {later}
        {before}
    }
    .into_any()
}

fn section(id: &'static str, heading: &'static str, inside: AnyView) -> AnyView {
    view! {
        <section class="card stack" aria-labelledby=id>
            <h2 id=id>{heading}</h2>
            {inside}
        </section>
    }
    .into_any()
}

fn lines(org: &str, times: Vec<(&Person, Span)>, today: Date) -> AnyView {
    let lines = times
        .into_iter()
        .map(|(person, span)| {
            let href = format!("/app/{org}/scoreboard/people/{}", person.id);
            view! {
                <li class="line"><div class="line-text">
                    <p class="line-title"><a href=href>{person.name.clone()}</a></p>
                    <p class="soft">{span_words(span, today)}</p>
                </div></li>
            }
        })
        .collect_view();
    view! { <ul class="lines">{lines}</ul> }.into_any()
}

fn kind(team: &Team) -> &'static str {
    if team.kind == "branch" { "Branch" } else { "Team" }
}
