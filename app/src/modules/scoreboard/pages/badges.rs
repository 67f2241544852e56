//! `/app/{org}/scoreboard/badges` and below: what people come by for what they do. The server writes them alone.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::day_words;
use crate::{
    modules::scoreboard::{
        api_contests::{AddBadge, SaveBadge},
        badges::{self, ICONS, TOTALS},
        store::{Metric, badges::Badge as Stored},
    },
    pages::plain::written,
    request,
    ui::{
        Badge, Checkbox, DoneNotice, Empty, Field, Form, FormMessage, FormState, Post, PostForm, Select, SettingsFrame,
        SettingsHead, SubmitButton, given, icon_markup, org_of_address, radio_cards,
    },
};

const DONE: &[(&str, &str)] =
    &[("added", "Added. It is given for what is from today on, and for the periods that run."), ("saved", "Saved.")];

const RULES: &[(&str, &str, &str)] = &[
    ("first", "A first", "Their first ever result."),
    ("single", "One large one", "One result of so much, or more."),
    (
        "total",
        "So much in a period",
        "All that they do in a day, a week or a month comes to so much, or more. Once for each.",
    ),
    ("streak", "Days in a row", "So much, or more, on each of so many of their working days in a row."),
    ("best", "A personal best", "More than in any day, week or month of theirs before."),
];

/// The list, in the dashboard's frame.
#[component]
pub fn BadgesRoute() -> AnyView {
    let org = org_of_address();
    let add = Form::of(Post::to::<AddBadge>());
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let (all, metrics) = badges::all(&platform, &actor, &slug).await?;
        Ok((slug, all, metrics))
    };
    let body = written(read, move |(slug, all, metrics)| list(&slug, &all, &metrics, add));
    view! { <SettingsFrame org=org>{body}</SettingsFrame> }.into_any()
}

fn list(org: &str, all: &[Stored], metrics: &[Metric], add: Form) -> AnyView {
    let body = if all.is_empty() {
        view! {
            <Empty title="No badges yet" icon="star">
                <p>"People earn badges by what they do. A correction takes one back again. Screens can celebrate them."</p>
            </Empty>
        }
        .into_any()
    } else {
        let lines = all.iter().filter_map(|badge| line(org, badge, metrics)).collect_view();
        view! { <ul class="lines">{lines}</ul> }.into_any()
    };
    let refused = add.state.message().with_untracked(Option::is_some);
    let done = (!refused).then(|| view! { <DoneNotice words=DONE/> });
    let back = format!("/app/{org}/settings");
    view! {
        <SettingsHead title="Badges" about="What people earn by what they do." back=back/>
        {done}
        {body}
        {another(org, metrics, add)}
    }
    .into_any()
}

fn line(org: &str, badge: &Stored, metrics: &[Metric]) -> Option<AnyView> {
    let metric = metrics.iter().find(|metric| metric.id == badge.metric_id)?;
    let href = format!("/app/{org}/scoreboard/badges/{}", badge.id);
    let icon = icon_markup(&badge.icon).into_string();
    let off = (!badge.active).then(|| view! { <Badge label="Not given"/> });
    Some(
        view! {
            <li class="line" data-badge=badge.name.clone()>
                <span class="badge-icon" inner_html=icon></span>
                <div class="line-text">
                    <p class="line-title"><a href=href>{badge.name.clone()}</a> " " {off}</p>
                    <p class="soft">{badges::in_words(badge, metric)}</p>
                </div>
            </li>
        }
        .into_any(),
    )
}

fn another(org: &str, metrics: &[Metric], Form { post, state }: Form) -> AnyView {
    let offered = metrics.iter().filter(|metric| metric.active && metric.is_sum() && !metric.lower_is_better);
    let offered = offered.map(|metric| (metric.key.clone(), metric.name.clone())).collect::<Vec<_>>();
    let rules = RULES
        .iter()
        .map(|(value, label, about)| ((*value).to_owned(), (*label).to_owned(), (*about).to_owned()))
        .collect::<Vec<_>>();
    let kinds = TOTALS.iter().map(|kind| (kind.as_str().to_owned(), kind.label().to_owned())).collect::<Vec<_>>();
    let org = org.to_owned();
    view! {
        <section class="card stack" aria-labelledby="add-badge">
            <h2 id="add-badge">"Add a badge"</h2>
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <Field form=state name="name" label="Name" hint="Like “Big one”." autocomplete="off" maxlength=100/>
                {icon_field(state, "star".to_owned())}
                <Select form=state name="metric" label="What counts" hint="Only what is added up, and where more is better." options=offered/>
                {radio_cards(state, "rule", "How it is earned", rules, "total".to_owned())}
                <p class="soft">"Fill in only what your choice above needs. The rest is ignored."</p>
                <div class="fields-row">
                    <Field form=state name="amount" label="So much" hint="Or more." inputmode="decimal" autocomplete="off" optional=true maxlength=30/>
                    <Select form=state name="period" label="In a" hint="A best is of a day, a week or a month." options=kinds value="week"/>
                    <Field form=state name="days" label="Days in a row" hint="2 to 60 working days." inputmode="numeric" autocomplete="off" optional=true maxlength=2/>
                </div>
                <div class="form-actions"><SubmitButton form=state label="Add" busy="Adding…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

fn icon_field(state: FormState, value: String) -> AnyView {
    let icons = ICONS.map(|(value, label)| (value.to_owned(), label.to_owned())).to_vec();
    view! { <Select form=state name="icon" label="Looks like" options=icons value=value/> }.into_any()
}

/// One of them, in the dashboard's frame.
#[component]
pub fn BadgeRoute() -> AnyView {
    let (org, params) = (org_of_address(), use_params_map());
    let id = given(&params, "id").unwrap_or_default();
    let save = Form::of(Post::to::<SaveBadge>());
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let (all, metrics) = badges::all(&platform, &actor, &slug).await?;
        let badge = badges::find(&all, &id)?.clone();
        Ok((slug, badge, metrics))
    };
    let body = written(read, move |(slug, badge, metrics)| show(&slug, badge, &metrics, save));
    view! { <SettingsFrame org=org>{body}</SettingsFrame> }.into_any()
}

fn show(org: &str, badge: Stored, metrics: &[Metric], Form { post, state }: Form) -> AnyView {
    let metric = metrics.iter().find(|metric| metric.id == badge.metric_id);
    let what = metric.map(|metric| badges::in_words(&badge, metric)).unwrap_or_default();
    let since = badge.since.parse().map(day_words).unwrap_or_default();
    let stays = format!("{what}. That stays: people have it for that. It is given since {since}.");
    let back = format!("/app/{org}/scoreboard/badges");
    let (org, id) = (org.to_owned(), badge.id.to_string());
    view! {
        <SettingsHead title=badge.name.clone() back=back back_label="Badges"/>
        <section class="card stack" aria-labelledby="what">
            <h2 id="what">"What it is"</h2>
            <p class="soft">{stays}</p>
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="version" value=state.version(badge.version)/>
                <Field form=state name="name" label="Name" autocomplete="off" maxlength=100 value=badge.name/>
                {icon_field(state, badge.icon)}
                <Checkbox form=state name="active" label="It is given" hint="Without the tick nobody comes by it any more. Who has it keeps it." value=badge.active/>
                <div class="form-actions"><SubmitButton form=state label="Save" busy="Saving…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}
