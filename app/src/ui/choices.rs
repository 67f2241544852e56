//! Choosing: one yes or no, several of a few, one of many in groups.

use std::borrow::Cow;

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    fields::{Ids, sent, what_is_wrong, wrap},
    form::FormState,
};

/// Something that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What the form sends.
    pub value: String,
    /// What people read.
    pub label: String,
    /// Chosen before anybody chose.
    pub chosen: bool,
}

/// A yes or no. The server function's argument is a `bool` with `#[server(default)]`: an empty box isn't sent.
#[component]
pub fn Checkbox(
    /// The form that it is in.
    form: FormState,
    /// The argument of the server function.
    #[prop(into)]
    name: Cow<'static, str>,
    /// What a tick means.
    #[prop(into)]
    label: String,
    /// What follows from it.
    #[prop(optional, into)]
    hint: String,
    /// Ticked before anybody chose.
    #[prop(optional)]
    value: bool,
) -> impl IntoView {
    let ids = Ids::new(&name);
    let sent = sent(&name);
    let error = form.error(name);
    let checked = form.values(&sent).map_or(value, |sent| !sent.is_empty());
    let has_hint = !hint.is_empty();
    let (describe, typed) = (ids.clone(), sent.clone());
    let hint = has_hint.then(|| view! { <p class="field-hint" id=ids.hint>{hint}</p> });
    view! {
        <div class="field check-field" class:has-error=move || error.with(Option::is_some)>
            <label class="check">
                <input
                    id=ids.field
                    type="checkbox"
                    name=sent.to_string()
                    value="true"
                    checked=checked
                    aria-invalid=move || error.with(Option::is_some).then_some("true")
                    aria-describedby=move || describe.described_by(has_hint, error.with(Option::is_some))
                    on:change=move |event| {
                        let ticked = event_target_checked(&event).then(|| "true".to_owned());
                        form.remember_all(typed.clone(), ticked.into_iter().collect());
                    }
                />
                <span>{label}</span>
            </label>
            {hint}
            {what_is_wrong(ids.error, error)}
        </div>
    }
}

/// Any of a few. The argument is a `Vec<String>` with `#[server(default)]`; it is sent as `name[]`.
#[component]
pub fn Checkboxes(
    /// The form that it is in.
    form: FormState,
    /// The argument of the server function.
    #[prop(into)]
    name: Cow<'static, str>,
    /// What is chosen.
    #[prop(into)]
    legend: String,
    /// Helps to choose.
    #[prop(optional, into)]
    hint: String,
    /// What there is.
    options: Vec<Choice>,
) -> impl IntoView {
    let all = sent(&name);
    let all = if all.ends_with("[]") { all } else { format!("{name}[]").into() };
    let first: Vec<_> = options.iter().filter(|choice| choice.chosen).map(|choice| choice.value.clone()).collect();
    let chosen = form.values(&all).unwrap_or_else(|| first.clone());
    let boxes = options
        .into_iter()
        .map(|choice| {
            let checked = chosen.contains(&choice.value);
            let (name, value, typed, first) = (all.to_string(), choice.value.clone(), all.clone(), first.clone());
            let remember = move |event| {
                let mut chosen = form.values(&typed).unwrap_or_else(|| first.clone());
                chosen.retain(|other| *other != value);
                if event_target_checked(&event) {
                    chosen.push(value.clone());
                }
                form.remember_all(typed.clone(), chosen);
            };
            view! {
                <label class="check">
                    <input type="checkbox" name=name value=choice.value checked=checked on:change=remember/>
                    <span>{choice.label}</span>
                </label>
            }
        })
        .collect_view();
    several(form, name, legend, hint, view! { <div class="checks-boxes">{boxes}</div> }.into_any())
}

/// One of a few that take a sentence each: value, name and sentence of every choice, all in sight.
pub fn radio_cards(
    form: FormState,
    name: &'static str,
    legend: &'static str,
    options: Vec<(String, String, String)>,
    value: String,
) -> AnyView {
    let chosen = form.value(name).unwrap_or(value);
    let cards = options
        .into_iter()
        .map(|(value, label, about)| {
            let checked = value == chosen;
            view! {
                <label class="choice radio">
                    <input
                        type="radio"
                        name=name
                        value=value
                        checked=checked
                        on:change=move |event| form.remember(name, event_target_value(&event))
                    />
                    <span class="choice-text"><strong>{label}</strong>" "<span class="as-is">{about}</span></span>
                </label>
            }
        })
        .collect_view();
    several(form, name, legend.to_owned(), String::new(), view! { <div class="choices">{cards}</div> }.into_any())
}

/// One of a few plans, each with what it costs in a line of its own. Both prices stand there; which of them shows follows how often is
/// paid, where the browser can tell (`settings.css`).
#[cfg(feature = "ssr")]
pub fn plan_cards(form: FormState, plans: Vec<crate::billing::wire::PlanCard>, value: String) -> AnyView {
    let chosen = form.value("plan").unwrap_or(value);
    let cards = plans
        .into_iter()
        .map(|plan| {
            let checked = plan.name == chosen;
            view! {
                <label class="choice radio">
                    <input type="radio" name="plan" value=plan.name checked=checked/>
                    <span class="choice-text">
                        <strong>{plan.title}</strong>" "
                        <span class="plan-amount is-month"><b>{plan.month}</b>" a month, including GST"</span>
                        <span class="plan-amount is-year"><b>{plan.year}</b>" a year, including GST"</span>
                        <span class="as-is">{plan.about}</span>
                        <span class="as-is">{plan.seats}</span>
                        <span class="as-is">{plan.brings}</span>
                    </span>
                </label>
            }
        })
        .collect_view();
    let hint = "Prices are in Australian dollars (AUD).".to_owned();
    several(form, "plan", "Plan".to_owned(), hint, view! { <div class="choices">{cards}</div> }.into_any())
}

/// How often is paid, for plans that are chosen among below it.
#[cfg(feature = "ssr")]
pub fn periods(form: FormState, plans: &[crate::billing::wire::PlanCard], value: String) -> AnyView {
    let saves =
        plans.first().map(|plan| plan.saves.clone()).filter(|saves| plans.iter().all(|plan| plan.saves == *saves));
    let options = vec![
        ("month".to_owned(), "Each month".to_owned(), "Cancel at the end of any month.".to_owned()),
        ("year".to_owned(), "Each year".to_owned(), saves.unwrap_or_default()),
    ];
    radio_cards(form, "period", "You pay", options, value)
}

/// Inputs that are one field together: what they ask for, a hint, and what is wrong.
fn several(
    form: FormState,
    name: impl Into<Cow<'static, str>>,
    legend: String,
    hint: String,
    inputs: AnyView,
) -> AnyView {
    let name = name.into();
    let ids = Ids::new(&name);
    let error = form.error(name);
    let has_hint = !hint.is_empty();
    let describe = ids.clone();
    let hint = has_hint.then(|| view! { <p class="field-hint" id=ids.hint.clone()>{hint}</p> });
    view! {
        <fieldset
            class="field checks"
            id=ids.field
            tabindex="-1"
            class:has-error=move || error.with(Option::is_some)
            aria-describedby=move || describe.described_by(has_hint, error.with(Option::is_some))
        >
            <legend>{legend}</legend>
            {hint}
            {inputs}
            {what_is_wrong(ids.error, error)}
        </fieldset>
    }
    .into_any()
}

/// One of many, in named groups.
#[component]
pub fn GroupedSelect(
    /// The form that it is in.
    form: FormState,
    /// The argument of the server function.
    name: &'static str,
    /// What it asks for.
    #[prop(into)]
    label: String,
    /// Helps to choose.
    #[prop(optional, into)]
    hint: String,
    /// The groups, by name, with the value and label of each choice.
    groups: Vec<(String, Vec<(String, String)>)>,
    /// The value chosen before anybody chose.
    #[prop(into)]
    value: String,
) -> impl IntoView {
    let ids = Ids::new(name);
    let error = form.error(name);
    let chosen = form.value(name).unwrap_or(value);
    let has_hint = !hint.is_empty();
    let describe = ids.clone();
    let groups = groups
        .into_iter()
        .map(|(group, options)| {
            let options = options
                .into_iter()
                .map(|(value, label)| {
                    let selected = value == chosen;
                    view! { <option value=value selected=selected>{label}</option> }
                })
                .collect_view();
            view! { <optgroup label=group>{options}</optgroup> }
        })
        .collect_view();
    let control = view! {
        <select
            class="input"
            id=ids.field.clone()
            name=name
            aria-invalid=move || error.with(Option::is_some).then_some("true")
            aria-describedby=move || describe.described_by(has_hint, error.with(Option::is_some))
        >
            {groups}
        </select>
    };
    wrap(&ids, label, hint, false, error, control.into_any())
}
