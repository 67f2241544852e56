//! `/app/{org}/tasks/inbox` and below: what one was told of tasks, and how one wants to be told. The server writes them alone.

use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::use_query_map;

use super::tabs::{Tab, tabs};
use crate::{
    clock::Instant,
    db::Access,
    error::Result,
    modules::tasks::{
        access,
        api_task::{ChooseNotices, ReadNotices},
        letters::{self, Daily},
        notices::{self, Inbox, Kind as Of, Told, Way},
        permissions,
        saying::capital,
    },
    org::Actor,
    pages::plain::written,
    platform::Platform,
    request,
    ui::{
        Checkbox, Checkboxes, Choice, DashboardShell, DoneNotice, Empty, Form, FormMessage, FormState, Icon, Kind,
        LinkButton, PageHeader, PageTitle, Post, PostForm, Select, SubmitButton, given, org_of_address, with_query,
    },
};

const DONE: &[(&str, &str)] = &[("saved", "Saved.")];
const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// What one was told, in the dashboard's frame.
#[component]
pub fn InboxRoute() -> AnyView {
    let (org, query) = (org_of_address(), use_query_map());
    let unread = given(&query, "all").is_none();
    let before = given(&query, "before").and_then(|at| at.parse().ok()).map(Instant::from_timestamp);
    let read_form = Form::of(Post::to::<ReadNotices>());
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = notices::inbox(&platform, &actor, &slug, unread, before).await?;
        Ok((slug, page))
    };
    let body = written(read, move |(org, page)| show(&org, &page, unread, read_form));
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings is-wide">{body}</div></DashboardShell>
    }
    .into_any()
}

fn show(org: &str, page: &Inbox, unread: bool, form: Form) -> AnyView {
    let own = format!("/app/{org}/tasks/inbox");
    let settings = format!("{own}/settings");
    let all = with_query(&own, &[("all", "1")]);
    let current = |here: bool| here.then_some("page");
    let lines = page.told.iter().map(|told| line(org, told, form.post)).collect_view();
    let body = if page.told.is_empty() {
        view! {
            <Empty title="Nothing new" icon="mail">
                <p>"What others do with your tasks, and with those that you follow, is shown here."</p>
            </Empty>
        }
        .into_any()
    } else {
        view! { <ul class="lines">{lines}</ul> }.into_any()
    };
    let more = page.more.map(|before| {
        let before = before.to_string();
        let all = if unread { "" } else { "1" };
        let href = with_query(&own, &[("all", all), ("before", &before)]);
        view! { <p><a href=href>"Show more"</a></p> }
    });
    let read_all = (page.unread > 0).then(|| {
        let org = org.to_owned();
        view! {
            <PostForm post=form.post>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="all" value="true"/>
                <SubmitButton form=form.state label="Mark all as read" busy="Saving…" kind=Kind::Quiet/>
            </PostForm>
        }
    });
    view! {
        <PageTitle text="Inbox"/>
        <PageHeader title="Inbox" about="What others did with your tasks. It is kept for 90 days.">
            <LinkButton href=settings kind=Kind::Quiet>"Notifications"</LinkButton>
        </PageHeader>
        {tabs(org, Tab::Inbox, page.unread)}
        <FormMessage form=form.state/>
        <nav class="tabs" aria-label="What is shown">
            <ul>
                <li><a href=own aria-current=current(unread)>"New"</a></li>
                <li><a href=all aria-current=current(!unread)>"All"</a></li>
            </ul>
        </nav>
        {read_all}
        {body}
        {more}
    }
    .into_any()
}

fn line(org: &str, told: &Told, post: Post) -> AnyView {
    let href = format!("/app/{org}/tasks/t/T-{}", told.number);
    let quote = (!told.quote.is_empty()).then(|| view! { <p class="soft">"“" {told.quote.clone()} "”"</p> });
    let new = (!told.read).then(|| view! { <span class="sr-only">"New: "</span> });
    let read = (!told.read).then(|| {
        let (org, id) = (org.to_owned(), told.id.to_string());
        let said = format!("Mark as read: T-{} {}", told.number, told.title);
        view! {
            <PostForm post=post>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="id" value=id/>
                <button type="submit" class="btn-icon" aria-label=said title="Mark as read"><Icon name="check"/></button>
            </PostForm>
        }
    });
    view! {
        <li class="line found-line" data-notice=told.kind.as_str()>
            <div class="line-text">
                <p class="line-title">{new}<a href=href>{format!("T-{} {}", told.number, told.title)}</a></p>
                <p class="notice-words">{told.words.clone()} " " <span class="soft">{capital(&told.when)}</span></p>
                {quote}
            </div>
            <div class="line-end">{read}</div>
        </li>
    }
    .into_any()
}

/// How one wants to be told, in the dashboard's frame.
#[component]
pub fn InboxSettingsRoute() -> AnyView {
    let org = org_of_address();
    let form = Form::of(Post::to::<ChooseNotices>());
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let (ways, daily, unread) = chosen(&platform, &actor, &slug).await?;
        Ok((slug, ways, daily, unread))
    };
    let body = written(read, move |(org, ways, daily, unread)| choosing(&org, &ways, &daily, unread, form));
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings">{body}</div></DashboardShell>
    }
    .into_any()
}

async fn chosen(platform: &Platform, actor: &Actor, org: &str) -> Result<(Vec<(Of, Way)>, Daily, i64)> {
    let mut tx = access::open(platform, actor, org, &permissions::VIEW, Access::Read).await?;
    let user = tx.person().ok_or_else(notices::no_inbox)?;
    let ways = notices::ways(&mut tx, user).await?;
    let daily = letters::daily(&mut tx, user).await?;
    let unread = notices::unread(&mut tx).await?;
    tx.rollback().await?;
    Ok((ways, daily, unread))
}

fn choosing(org: &str, ways: &[(Of, Way)], daily: &Daily, unread: i64, Form { post, state }: Form) -> AnyView {
    let back = format!("/app/{org}/tasks/inbox");
    let refused = state.message().with_untracked(Option::is_some);
    let done = (!refused).then(|| view! { <DoneNotice words=DONE/> });
    let kinds = ways.iter().map(|(kind, way)| one(state, *kind, *way)).collect_view();
    let hours = (0..24).map(|hour| (hour.to_string(), hour_words(hour))).collect();
    let week = WEEKDAYS.iter().enumerate().map(|(at, day)| Choice {
        value: at.to_string(),
        label: (*day).to_owned(),
        chosen: daily.weekdays.as_bytes().get(at) == Some(&b'1'),
    });
    let week: Vec<Choice> = week.collect();
    let (hour, on, slug) = (daily.hour.to_string(), daily.on, org.to_owned());
    view! {
        <PageTitle text="Notifications"/>
        <a class="back" href=back><Icon name="back"/>"Inbox"</a>
        <PageHeader title="Notifications" about="What you are notified of, and how. Never of what you did yourself."/>
        {tabs(org, Tab::Inbox, unread)}
        {done}
        <PostForm post=post class="stack">
            <FormMessage form=state/>
            <input type="hidden" name="org" value=slug/>
            <section class="card stack" aria-labelledby="kinds">
                <h2 id="kinds">"Soon after it happens"</h2>
                <p class="soft">"An email comes within ten minutes, unless you have looked before."</p>
                {kinds}
            </section>
            <section class="card stack" aria-labelledby="daily">
                <h2 id="daily">"Once a day"</h2>
                <Checkbox form=state name="daily" label="An email with my tasks" hint="What is due today, overdue, newly assigned to you, and where you were mentioned. If there is nothing, no email comes." value=on/>
                <Select form=state name="hour" label="At" hint="On your organisation’s clock." options=hours value=hour/>
                <Checkboxes form=state name="weekdays" legend="On these days" options=week/>
            </section>
            <div class="form-actions"><SubmitButton form=state label="Save" busy="Saving…"/></div>
        </PostForm>
    }
    .into_any()
}

fn one(state: FormState, kind: Of, way: Way) -> AnyView {
    let options = vec![
        (Way::App.as_str().to_owned(), "In the inbox".to_owned()),
        (Way::Email.as_str().to_owned(), "In the inbox and by email".to_owned()),
        (Way::Off.as_str().to_owned(), "Not at all".to_owned()),
    ];
    let name = format!("ways.{}", kind.as_str());
    view! { <Select form=state name=name label=kind.label() options=options value=way.as_str()/> }.into_any()
}

/// "7 am"
fn hour_words(hour: i64) -> String {
    let (of_day, half) = if hour < 12 { (hour, "am") } else { (hour.saturating_sub(12), "pm") };
    let shown = if of_day == 0 { 12 } else { of_day };
    format!("{shown} {half}")
}
