//! `/app/{org}/scoreboard/enter`: something that happened is entered, with two taps on a phone.

use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::use_query_map;

use super::day_words;
use crate::{
    modules::scoreboard::{
        amount::{self, Unit},
        api::EnterResult,
        board_page::{self, EnterPage, State, Told},
        store::Metric,
    },
    pages::plain::written,
    request,
    ui::{
        DashboardShell, DateField, Empty, Field, Form, FormMessage, Icon, LinkButton, Notice, PageHeader, PageTitle,
        Post, PostForm, Select, SubmitButton, Tone, folded_by, given, org_of_address, with_query,
    },
};

/// What the address says to begin with.
struct Chosen {
    metric: String,
    person: String,
    day: String,
}

/// The form, in the dashboard's frame.
#[component]
pub fn EnterRoute() -> AnyView {
    let (org, query) = (org_of_address(), use_query_map());
    let get = |name: &str| given(&query, name).unwrap_or_default();
    let chosen = Chosen { metric: get("metric"), person: get("person"), day: get("day") };
    let entered = get("entered");
    let form = Form::of(Post::to::<EnterResult>());
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = board_page::enter(&platform, &actor, &slug, &entered, (&chosen.metric, &chosen.person)).await?;
        Ok((slug, page, chosen))
    };
    let body = written(read, move |(org, page, chosen)| show(&org, page, &chosen, form));
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings">{body}</div></DashboardShell>
    }
    .into_any()
}

fn show(org: &str, page: EnterPage, chosen: &Chosen, form: Form) -> AnyView {
    let back = format!("/app/{org}/scoreboard");
    let body = if page.metrics.is_empty() || page.people.is_empty() {
        nothing(org, &page)
    } else {
        fields(org, &page, chosen, form)
    };
    let entered = page.entered.filter(|_| form.state.message().with_untracked(Option::is_none));
    view! {
        <PageTitle text="Enter a result"/>
        <a class="back" href=back><Icon name="back"/>"Scoreboard"</a>
        <PageHeader title="Enter a result"/>
        {entered.map(|told| noted(org, &told))}
        {body}
    }
    .into_any()
}

fn nothing(org: &str, page: &EnterPage) -> AnyView {
    let (metrics, people) = (format!("/app/{org}/scoreboard/metrics"), format!("/app/{org}/scoreboard/people"));
    let more = match (page.may_set_up, page.for_others, page.own.is_some()) {
        (true, _, _) if page.people.is_empty() => view! {
            <p>"Say first whose results are counted."</p>
            <p><LinkButton href=people>"Add people"</LinkButton></p>
        }
        .into_any(),
        (true, _, _) => view! {
            <p>"Say first what is counted."</p>
            <p><LinkButton href=metrics>"Say what is counted"</LinkButton></p>
        }
        .into_any(),
        (false, false, false) => view! {
            <p>"Your account isn’t one of those whose results are counted. Ask an admin to link it: under Settings, then People on the scoreboard."</p>
        }
        .into_any(),
        _ => view! { <p>"Everything that is counted here comes in another way, or a manager enters it."</p> }.into_any(),
    };
    view! { <Empty title="Nothing for you to enter">{more}</Empty> }.into_any()
}

fn noted(org: &str, told: &Told) -> AnyView {
    let href = format!("/app/{org}/scoreboard/entries/{}", told.id);
    let waits = if told.state == State::Waits { " It counts once a manager has said yes." } else { "" };
    let words = format!("{} for {}, on {}.{waits}", told.what(), told.person, day_words(told.day));
    view! {
        <Notice tone=Tone::Success>
            <p>"Entered: " {words} " " <a href=href>"Look at it, or take it back"</a></p>
        </Notice>
    }
    .into_any()
}

fn fields(org: &str, page: &EnterPage, chosen: &Chosen, form: Form) -> AnyView {
    let metric = page.metrics.iter().find(|metric| metric.key == page.metric).or(page.metrics.first());
    let Some(metric) = metric else { return ().into_any() };
    let person = page.person.clone();
    let who = if page.people.len() == 1 {
        let only = page.people.first().map(|(id, _)| id.clone()).unwrap_or_default();
        view! { <input type="hidden" name="person" value=only/> }.into_any()
    } else {
        let options = page.people.clone();
        view! { <Select form=form.state name="person" label="For" options=options value=person/> }.into_any()
    };
    let (hint, metric_key) = (hint(metric), metric.key.clone());
    let (state, key, today) = (form.state, page.key.clone(), page.today.to_string());
    let key = state.value("key").unwrap_or(key);
    let day = if chosen.day.is_empty() { today } else { chosen.day.clone() };
    let (decimal, org_field) = (if counts_whole(metric) { "numeric" } else { "decimal" }, org.to_owned());
    let label = labelled(metric);
    let last = page.last.to_string();
    let more = view! {
        <DateField form=state name="day" label="Day" max=last value=day/>
        <Field form=state name="time" label="Time" hint="Like 9:30 am. Who reached a figure first goes by it." autocomplete="off" optional=true maxlength=20/>
        <Field form=state name="note" label="Note" hint="For whoever looks it up later." autocomplete="off" optional=true maxlength=500/>
    };
    let (steps, at_once) = (quick(org, page, chosen), at_once(org, page, metric, chosen, form));
    view! {
        {steps}
        {at_once}
        <section class="card stack">
            <PostForm post=form.post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org_field/>
                <input type="hidden" name="key" value=key/>
                <input type="hidden" name="metric" value=metric_key/>
                <h2>{label}</h2>
                <Field form=state name="value" label="How much" hint=hint inputmode=decimal autocomplete="off" maxlength=40 autofocus=true/>
                {who}
                {folded_by("Another day, or a note", state, more.into_any())}
                <div class="form-actions"><SubmitButton form=state label="Enter it" busy="Entering…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

/// One tap enters what is entered again and again, for whom the form is for.
fn at_once(org: &str, page: &EnterPage, metric: &Metric, chosen: &Chosen, form: Form) -> AnyView {
    let name = page.people.iter().find(|(id, _)| *id == page.person).map(|(_, name)| name.clone());
    let Some(name) = name.filter(|_| !page.presets.is_empty()) else { return ().into_any() };
    let counts = counts_whole(metric);
    let buttons = page
        .presets
        .iter()
        .map(|value| {
            let typed = amount::as_typed(*value, &metric.unit());
            let label = if counts { format!("+{typed}") } else { amount::show(*value, &metric.unit()) };
            let of = format!(" of {}", metric.name);
            view! { <button type="submit" name="value" value=typed class="chip">{label}<span class="sr-only">{of}</span></button> }
        })
        .collect_view();
    let (org, person, word, day) = (org.to_owned(), page.person.clone(), metric.key.clone(), chosen.day.clone());
    let key = format!("{}-at-once", page.key);
    let whose =
        if page.own.as_ref() == Some(&page.person) { "At once".to_owned() } else { format!("At once, for {name}") };
    view! {
        <PostForm post=form.post class="at-once">
            <input type="hidden" name="org" value=org/>
            <input type="hidden" name="key" value=key/>
            <input type="hidden" name="metric" value=word/>
            <input type="hidden" name="person" value=person/>
            <input type="hidden" name="day" value=day/>
            <p class="soft" id="at-once">{whose}</p>
            <div class="chips" role="group" aria-labelledby="at-once">{buttons}</div>
        </PostForm>
    }
    .into_any()
}

/// One tap chooses what is entered: the amount has the keyboard then.
fn quick(org: &str, page: &EnterPage, chosen: &Chosen) -> AnyView {
    if page.metrics.len() < 2 {
        return ().into_any();
    }
    let current = page.metric.clone();
    let links = page
        .metrics
        .iter()
        .map(|metric| {
            let pairs = [("metric", metric.key.as_str()), ("person", &chosen.person), ("day", &chosen.day)];
            let href = with_query(&format!("/app/{org}/scoreboard/enter"), &pairs);
            let on = (metric.key == current).then_some("page");
            view! { <a class="chip" href=href aria-current=on>{metric.name.clone()}</a> }
        })
        .collect_view();
    view! { <nav class="chips" aria-label="What is entered">{links}</nav> }.into_any()
}

fn labelled(metric: &Metric) -> String {
    match metric.gst.as_str() {
        "including" => format!("{} (including GST)", metric.name),
        "excluding" => format!("{} (excluding GST)", metric.name),
        _ => metric.name.clone(),
    }
}

fn hint(metric: &Metric) -> &'static str {
    match (metric.unit(), metric.gst.as_str()) {
        (Unit::Money, "excluding") => "Dollars without GST, like 1,234.50. A refund is −50.",
        (Unit::Money, _) => "Dollars including GST, like 1,234.50. A refund is −50.",
        (Unit::Number { decimals: 0, .. }, _) => "A whole number, like 3. What was too much is −1.",
        _ => "A number, like 7.5.",
    }
}

fn counts_whole(metric: &Metric) -> bool {
    matches!(metric.unit(), Unit::Number { decimals: 0, .. })
}
