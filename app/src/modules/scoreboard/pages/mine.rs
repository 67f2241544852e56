//! `/app/{org}/scoreboard/mine`: one's own figures, places and lines.

use leptos::prelude::*;
use leptos_meta::Meta;

use super::ledger;
use crate::{
    modules::scoreboard::{
        api::{DecideResult, OptOut},
        board_page::{self, MinePage, Place},
    },
    pages::plain::written,
    request,
    ui::{
        DashboardShell, DoneNotice, Empty, Form, FormMessage, Icon, Kind, LinkButton, Notice, PageHeader, PageTitle,
        Post, PostForm, SubmitButton, Table, Tone, confirmed_by, org_of_address, with_query,
    },
};

/// The page, in the dashboard's frame.
#[component]
pub fn MineRoute() -> AnyView {
    let org = org_of_address();
    let (out, decide) = (Form::of(Post::to::<OptOut>()), Form::of(Post::to::<DecideResult>()));
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = board_page::mine(&platform, &actor, &slug).await?;
        Ok((slug, page))
    };
    let body = written(read, move |(org, page)| show(&org, page, out, decide));
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings is-wide">{body}</div></DashboardShell>
    }
    .into_any()
}

fn show(org: &str, page: MinePage, out: Form, decide: Form) -> AnyView {
    let MinePage { name, opted_out, places, lines } = page;
    let (back, enter) = (format!("/app/{org}/scoreboard"), format!("/app/{org}/scoreboard/enter"));
    let about = format!("As {name}, on your business’s clock.");
    let rows = places.into_iter().map(|place| row(org, place)).collect();
    let lines = if lines.is_empty() {
        view! { <Empty title="Nothing in the last month"><p>"What you enter shows here."</p></Empty> }.into_any()
    } else {
        let lines = lines.into_iter().map(|told| ledger::line(org, told, false, true, decide)).collect_view();
        view! { <ul class="lines numbers">{lines}</ul> }.into_any()
    };
    let away = opted_out.then(|| {
        view! { <Notice tone=Tone::Info><p>"You are on no board: nobody else sees your name and figures there. They still count for your teams."</p></Notice> }
    });
    view! {
        <PageTitle text="My results"/>
        <a class="back" href=back><Icon name="back"/>"Scoreboard"</a>
        <PageHeader title="My results" about=about><LinkButton href=enter>"Enter a result"</LinkButton></PageHeader>
        <DoneNotice words=&[("saved", "Saved.")]/>
        {away}
        <section class="card stack numbers" aria-labelledby="figures">
            <h2 id="figures">"My figures"</h2>
            <Table caption="Today, this week and this month" columns=vec!["What", "Today", "This week", "This month", "Place this month"] rows=rows/>
        </section>
        <section class="stack" aria-labelledby="lines">
            <h2 id="lines">"My latest entries"</h2>
            {lines}
        </section>
        {opting(org, opted_out, out)}
    }
    .into_any()
}

fn row(org: &str, place: Place) -> Vec<AnyView> {
    let href = with_query(&format!("/app/{org}/scoreboard"), &[("metric", &place.key)]);
    let rank = match place.rank {
        Some(rank) => format!("{rank} of {}", place.of),
        None => "–".to_owned(),
    };
    let gap = place.gap.map(|gap| view! { <span class="soft">" · " {gap} " behind"</span> });
    vec![
        view! { <a href=href>{place.metric}</a> }.into_any(),
        place.today.into_any(),
        place.week.into_any(),
        place.month.into_any(),
        view! { {rank} {gap} }.into_any(),
    ]
}

fn opting(org: &str, opted_out: bool, form: Form) -> AnyView {
    let (summary, words, label) = if opted_out {
        (
            "Be on boards again",
            "Your name and figures show on boards again, also for the time in which they didn’t.",
            "Yes, show me",
        )
    } else {
        (
            "Be on no board",
            "Your name and figures show on no board or screen. They still count for your teams and in what all come to; managers still see your entries, to put them right, and they are in the owner’s own copy of all data.",
            "Yes, leave me out",
        )
    };
    let org = org.to_owned();
    let inside = view! {
        <p>{words}</p>
        <PostForm post=form.post class="stack">
            <FormMessage form=form.state/>
            <input type="hidden" name="org" value=org/>
            <input type="hidden" name="out" value=(!opted_out).to_string()/>
            <div class="form-actions"><SubmitButton form=form.state label=label busy="Saving…" kind=Kind::Quiet/></div>
        </PostForm>
    };
    confirmed_by(summary, form.state, inside.into_any())
}
