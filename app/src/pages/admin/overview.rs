//! `/admin`: what comes in, and what needs attention.

use leptos::prelude::*;

use super::frame::admin_page;
use crate::{
    admin::{
        api::overview,
        wire::{Attention, Figure, MovedLine, OverviewPage, PlanLine},
    },
    packed::page_data,
    ui::{Icon, PageHeader, Table},
};

/// The overview.
#[component]
pub fn OverviewRoute() -> AnyView {
    let page = page_data(|| (), |()| overview());
    admin_page("Overview", "/admin", page, overview_view)
}

fn overview_view(page: OverviewPage) -> AnyView {
    let OverviewPage { attention, figures, plans, month, moved } = page;
    let attention = if attention.is_empty() {
        view! { <p class="soft">"Nothing needs your attention."</p> }.into_any()
    } else {
        view! { <ul class="lines">{attention.into_iter().map(attention_line).collect_view()}</ul> }.into_any()
    };
    let plans = (!plans.is_empty()).then(|| {
        view! {
            <section class="stack" aria-labelledby="plans">
                <h2 id="plans">"By plan"</h2>
                <div class="numbers"><Table caption="Plans, and what they bring" columns=vec!["Plan", "Active", "Trials", "By the month", "By the year", "Each month"] rows=plans.into_iter().map(plan_line).collect()/></div>
                <p class="soft">"Each month: what is paid by the month, and a twelfth of what is paid by the year, to the nearest cent."</p>
            </section>
        }
    });
    view! {
        <PageHeader title="The platform" about="What comes in, and what needs you. What anybody’s clients wrote isn’t shown here."/>
        <section class="stack" aria-labelledby="attention">
            <h2 id="attention">"Needs attention"</h2>
            {attention}
        </section>
        <dl class="figures">{figures.into_iter().map(figure).collect_view()}</dl>
        {plans}
        <section class="stack" aria-labelledby="moved">
            <h2 id="moved">{format!("Changes in {month}")}</h2>
            <div class="numbers"><Table caption="What has changed this month" columns=vec!["Change", "Times", "Each month", "In a year"] rows=moved.into_iter().map(moved_line).collect()/></div>
            <p class="soft">"The month begins at midnight in Sydney. A month is a twelfth of the year, to the nearest cent."</p>
        </section>
    }
    .into_any()
}

fn attention_line(line: Attention) -> AnyView {
    let Attention { words, href } = line;
    view! {
        <li class="line">
            <p class="line-text attention"><Icon name="alert"/><a href=href>{words}</a></p>
        </li>
    }
    .into_any()
}

/// A number with its name.
pub fn figure(figure: Figure) -> AnyView {
    let Figure { label, value, about } = figure;
    view! {
        <div class="card">
            <dt>{label}</dt>
            <dd class="figure-value">{value}</dd>
            <dd class="soft">{about}</dd>
        </div>
    }
    .into_any()
}

fn plan_line(plan: PlanLine) -> Vec<AnyView> {
    let PlanLine { title, active, trials, monthly, yearly, a_month } = plan;
    cells([title, active.to_string(), trials.to_string(), monthly, yearly, a_month])
}

fn moved_line(line: MovedLine) -> Vec<AnyView> {
    let MovedLine { kind, times, monthly, yearly } = line;
    cells([kind, times.to_string(), monthly, yearly])
}

fn cells<const N: usize>(words: [String; N]) -> Vec<AnyView> {
    words.into_iter().map(IntoAny::into_any).collect()
}
