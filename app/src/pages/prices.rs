//! What Devalo costs, on the front page: the plans that are sold now. None of it reacts to anything, so the server writes it as text, and
//! the browser's program takes it as it is.

use maud::html;

use crate::{
    billing::wire::PlanCard,
    onboarding::{trial, views},
    platform::Platform,
    ui::with_query,
};

/// The plans, with their prices and the way to try each; nothing where nobody signs up by themselves, or no plan is sold.
pub fn markup(platform: &Platform) -> String {
    let plans = if platform.payments().is_some() { views::plan_cards(platform) } else { Vec::new() };
    if plans.is_empty() {
        return String::new();
    }
    html! {
        h2 { "What it costs" }
        ul {
            @for plan in &plans {
                li { (card(plan)) }
            }
        }
        p class="prices-note" {
            "Prices are in Australian dollars (AUD), including GST. The first " (trial::DAYS) " days are free with your first business; cancel before they end, and you pay nothing."
        }
    }
    .into_string()
}

fn card(plan: &PlanCard) -> maud::Markup {
    let way = with_query("/start", &[("plan", &plan.name)]);
    html! {
        h3 { (plan.title) }
        p { (plan.about) }
        p class="prices-amount" { strong { (plan.month) } " a month" }
        p { "or " (plan.year) " a year" @if !plan.saves.is_empty() { ". " (plan.saves) } }
        p { (plan.seats) }
        p { (plan.brings) }
        p class="prices-way" {
            a class="btn btn-quiet" href=(way) rel="external" aria-label=(format!("Start free for {} days: {}", trial::DAYS, plan.title)) {
                "Start free for " (trial::DAYS) " days"
            }
        }
    }
}
