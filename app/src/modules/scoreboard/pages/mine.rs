//! `/app/{org}/scoreboard/mine`: one's own figures, places, targets, streaks and bests, and lines; and whether the weekly email comes.

use leptos::prelude::*;
use leptos_meta::Meta;
use maud::html;

use super::{
    day_words, ledger,
    tabs::{Tab, tabs},
};
use crate::{
    modules::scoreboard::{
        api::{ChooseDigest, DecideResult, OptOut},
        badges::Award,
        bests::{Best, Record, STREAK_RULE},
        board_page::Told,
        mine::{self, Mine, MinePage, Place},
        period::Kind as Span,
        targets::Mine as Target,
    },
    pages::plain::written,
    request,
    ui::{
        Badge, DashboardShell, DoneNotice, Empty, Form, FormMessage, Kind, LinkButton, Notice, PageHeader, PageTitle,
        Post, PostForm, SubmitButton, Table, Tone, confirmed_by, icon_markup, org_of_address, with_query,
    },
};

const DONE: &[(&str, &str)] = &[
    ("saved", "Saved."),
    ("weekly", "Saved. The email comes on Monday at seven."),
    ("quiet", "Saved. You no longer get the weekly email."),
];

/// The forms of the page.
#[derive(Clone, Copy)]
struct Forms {
    out: Form,
    decide: Form,
    weekly: Form,
}

/// The page, in the dashboard's frame.
#[component]
pub fn MineRoute() -> AnyView {
    let org = org_of_address();
    let forms = Forms {
        out: Form::of(Post::to::<OptOut>()),
        decide: Form::of(Post::to::<DecideResult>()),
        weekly: Form::of(Post::to::<ChooseDigest>()),
    };
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let page = mine::page(&platform, &actor, &slug).await?;
        Ok((slug, page))
    };
    let body = written(read, move |(org, page)| show(&org, page, &forms));
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings is-wide">{body}</div></DashboardShell>
    }
    .into_any()
}

fn show(org: &str, page: MinePage, forms: &Forms) -> AnyView {
    let MinePage { mine, weekly, may_enter, may_set_up } = page;
    let about = match &mine {
        Some(mine) => format!("{}’s figures, in your business’s time zone.", mine.person.name),
        None => "Your own figures, where results of yours are counted.".to_owned(),
    };
    let enter = format!("/app/{org}/scoreboard/enter");
    let enter = may_enter.then(|| view! { <LinkButton href=enter>"Enter a result"</LinkButton> });
    let opted_out = mine.as_ref().map(|mine| mine.person.opted_out);
    let body = match mine {
        Some(mine) => of(org, mine, forms),
        None => nobody(org, may_set_up),
    };
    let weekly = weekly.map(|wanted| weekly_email(org, wanted, forms.weekly));
    let opting = opted_out.map(|out| opting(org, out, forms.out));
    view! {
        <PageTitle text="My results"/>
        <PageHeader title="My results" about=about>{enter}</PageHeader>
        {tabs(org, Tab::Mine)}
        <DoneNotice words=DONE/>
        {body}
        {weekly}
        {opting}
    }
    .into_any()
}

/// For a member whose results aren’t counted.
fn nobody(org: &str, may_set_up: bool) -> AnyView {
    let people = format!("/app/{org}/scoreboard/people");
    let more = if may_set_up {
        view! {
            <p>"Add yourself to the people on the scoreboard, and say that you log in as them."</p>
            <p><a class="btn btn-primary" href=people>"People on the scoreboard"</a></p>
        }
        .into_any()
    } else {
        view! { <p>"You can look at the boards all the same. An admin can add you, if your results should count."</p> }
            .into_any()
    };
    view! { <Empty title="No results of yours are counted" icon="scoreboard">{more}</Empty> }.into_any()
}

fn of(org: &str, mine: Mine, forms: &Forms) -> AnyView {
    let Mine { person, places, targets, badges, bests, lines } = mine;
    let away = person.opted_out.then(|| {
        view! { <Notice tone=Tone::Info><p>"You are on no board: nobody else sees your name and figures there. They still count for your teams."</p></Notice> }
    });
    let rows = places.into_iter().map(|place| row(org, place)).collect();
    view! {
        {away}
        <section class="card stack numbers" aria-labelledby="figures">
            <h2 id="figures">"My figures"</h2>
            <Table caption="Today, this week and this month" columns=vec!["What", "Today", "This week", "This month", "Place this month"] rows=rows/>
        </section>
        {own_targets(targets)}
        {own_badges(badges)}
        {streaks_and_bests(bests)}
        {latest(org, lines, forms.decide)}
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

/// Nothing where they have none.
fn own_targets(targets: Vec<Target>) -> Option<AnyView> {
    if targets.is_empty() {
        return None;
    }
    let one = |target: Target| {
        let Target {
            name,
            when,
            target: wanted,
            done,
            percent,
            thousandths,
            word,
            good,
            apart,
            needed,
            left,
            heading,
            beyond,
            ..
        } = target;
        let tone = if good { Tone::Success } else { Tone::Warning };
        let percent = percent.map(|percent| format!(" · {percent}"));
        let heading = heading.map(|heading| format!("Heading for {heading}"));
        let more: Vec<String> = [apart, needed, left, heading, beyond].into_iter().flatten().collect();
        let more = (!more.is_empty()).then(|| view! { <p class="soft">{more.join(" · ")}</p> });
        view! {
            <li class="line">
                <div class="line-text">
                    <p class="line-title">{name} ", " {when} " " <Badge tone=tone label=word/></p>
                    <p>{done} " of " {wanted} {percent}</p>
                    <div inner_html=bar(thousandths)></div>
                    {more}
                </div>
            </li>
        }
    };
    let all = targets.into_iter().map(one).collect_view();
    Some(
        view! {
            <section class="stack numbers" aria-labelledby="targets">
                <h2 id="targets">"My targets"</h2>
                <ul class="lines">{all}</ul>
            </section>
        }
        .into_any(),
    )
}

/// Nothing where they have none.
fn own_badges(badges: Vec<Award>) -> Option<AnyView> {
    if badges.is_empty() {
        return None;
    }
    let one = |award: Award| {
        let Award { name, icon, what, period, day, .. } = award;
        let icon = icon_markup(&icon).into_string();
        let when = if period.is_empty() { day_words(day) } else { period };
        view! {
            <li class="line">
                <span class="badge-icon" inner_html=icon></span>
                <div class="line-text">
                    <p class="line-title">{name}</p>
                    <p class="soft">{what} " · " {when}</p>
                </div>
            </li>
        }
    };
    let all = badges.into_iter().map(one).collect_view();
    Some(
        view! {
            <section class="stack numbers" aria-labelledby="badges">
                <h2 id="badges">"My badges"</h2>
                <ul class="lines">{all}</ul>
            </section>
        }
        .into_any(),
    )
}

/// How much of it is done, for who sees it; the words beside it say the same.
fn bar(thousandths: i64) -> String {
    let drawn = html! {
        svg class="board-bar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" focusable="false" {
            rect class="board-bar-all" width="1000" height="10" {}
            rect class="board-bar-share" width=(thousandths) height="10" {}
        }
    };
    drawn.into_string()
}

/// Nothing where there is no best yet.
fn streaks_and_bests(bests: Vec<Best>) -> Option<AnyView> {
    let bests: Vec<Best> = bests.into_iter().filter(|best| !best.records.is_empty()).collect();
    if bests.is_empty() {
        return None;
    }
    let rows = bests.into_iter().map(best_row).collect();
    Some(
        view! {
            <section class="card stack numbers" aria-labelledby="bests">
                <h2 id="bests">"My streaks and bests"</h2>
                <Table caption="Streaks, and the best day, week and month" columns=vec!["What", "Days in a row", "Best day", "Best week", "Best month"] rows=rows/>
                <p class="soft">{STREAK_RULE}</p>
            </section>
        }
        .into_any(),
    )
}

fn best_row(best: Best) -> Vec<AnyView> {
    let Best { metric, streak, longest, records, .. } = best;
    let of = |kind: Span| {
        let record: Option<&Record> = records.iter().find(|record| record.kind == kind);
        match record {
            Some(record) => {
                let when = if record.is_now { "this one".to_owned() } else { record.period.short_label() };
                view! { {record.best.clone()} <span class="soft">" · " {when}</span> }.into_any()
            }
            None => "–".into_any(),
        }
    };
    let streak =
        view! { {streak.to_string()} <span class="soft">" · at most " {longest.to_string()}</span> }.into_any();
    vec![metric.into_any(), streak, of(Span::Day), of(Span::Week), of(Span::Month)]
}

fn latest(org: &str, lines: Vec<Told>, decide: Form) -> AnyView {
    let lines = if lines.is_empty() {
        view! { <Empty title="Nothing in the last month"><p>"What you enter shows here."</p></Empty> }.into_any()
    } else {
        let lines = lines.into_iter().map(|told| ledger::line(org, told, false, true, decide)).collect_view();
        view! { <ul class="lines numbers">{lines}</ul> }.into_any()
    };
    view! {
        <section class="stack" aria-labelledby="lines">
            <h2 id="lines">"My latest entries"</h2>
            {lines}
        </section>
    }
    .into_any()
}

/// Whether the weekly email comes.
fn weekly_email(org: &str, wanted: bool, form: Form) -> AnyView {
    let (words, label) = if wanted {
        (
            "It comes on Mondays at seven: how the last week went, who came first, and where you stood.",
            "Stop sending it",
        )
    } else {
        (
            "On Mondays at seven, how the last week went: the figures that you may see, who came first, and where you stood. Nothing comes for a week without a result.",
            "Send it to me",
        )
    };
    let org = org.to_owned();
    view! {
        <section id="weekly" class="card stack" aria-labelledby="weekly-head">
            <h2 id="weekly-head">"Weekly email"</h2>
            <p>{words}</p>
            <PostForm post=form.post class="stack">
                <FormMessage form=form.state/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="wanted" value=(!wanted).to_string()/>
                <div class="form-actions"><SubmitButton form=form.state label=label busy="Saving…" kind=Kind::Quiet/></div>
            </PostForm>
        </section>
    }
    .into_any()
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
