//! What things are shown on: cards, badges, notices, tables, and what stands in for them while empty or loading.

use leptos::{children::ToChildren, prelude::*, suspense::TransitionProps};

use super::icon::Icon;

/// What a message or a badge means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// Nothing in particular.
    #[default]
    Neutral,
    /// Good to know.
    Info,
    /// It worked.
    Success,
    /// Mind this.
    Warning,
    /// It didn't work.
    Error,
}

impl Tone {
    const fn name(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Info => "info",
            Self::Success => "success",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    const fn icon(self) -> &'static str {
        match self {
            Self::Success => "check",
            Self::Warning | Self::Error => "alert",
            Self::Neutral | Self::Info => "info",
        }
    }
}

/// Something that lies on the page.
#[component]
pub fn Card(
    /// What is on it.
    children: Children,
) -> impl IntoView {
    view! { <div class="card">{children()}</div> }
}

/// A word about the state of something.
#[component]
pub fn Badge(
    /// What it means.
    #[prop(optional)]
    tone: Tone,
    /// The word.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    view! { <span class=format!("badge badge-{}", tone.name())>{label}</span> }
}

/// A message in the page. Warnings and errors interrupt a screen reader, the others wait.
#[component]
pub fn Notice(
    /// What it means.
    tone: Tone,
    /// What it says.
    children: Children,
) -> impl IntoView {
    let role = if matches!(tone, Tone::Warning | Tone::Error) { "alert" } else { "status" };
    view! {
        <div class=format!("notice notice-{}", tone.name()) role=role>
            <Icon name=tone.icon()/>
            <div>{children()}</div>
        </div>
    }
}

/// Stands where a list would be.
#[component]
pub fn Empty(
    /// "No appointments today".
    #[prop(into)]
    title: String,
    /// An icon that says what is missing.
    #[prop(default = "calendar")]
    icon: &'static str,
    /// What to do about it.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <Icon name=icon/>
            <p class="empty-title">{title}</p>
            {children.map(|children| view! { <div class="empty-more">{children()}</div> })}
        </div>
    }
}

/// Stands where something will be in a moment.
#[component]
pub fn Skeleton(
    /// How many lines it will be, about.
    #[prop(default = 3)]
    lines: u8,
) -> impl IntoView {
    let bars = (0..lines).map(|_| view! { <span class="skeleton-line"></span> }).collect_view();
    view! {
        <div class="skeleton" role="status">
            <span class="sr-only">"Loading…"</span>
            {bars}
        </div>
    }
}

/// A thin line on top of the window while the next state of the page is on its way.
#[component]
pub fn Waiting(
    /// It is on its way.
    pending: ReadSignal<bool>,
) -> impl IntoView {
    let on = move || pending.get();
    view! { <div class="waiting" class:is-on=on aria-hidden="true"></div> }
}

/// What is read before it is shown: `fallback` until it is there the first time, and from then on the last state while the
/// next is on its way, which `set_pending` hears of.
pub fn awaited<V>(
    #[cfg_attr(not(feature = "hydrate"), expect(unused_variables, reason = "only the browser is told"))]
    set_pending: WriteSignal<bool>,
    fallback: fn() -> AnyView,
    body: V,
) -> AnyView
where
    V: IntoView + Send + 'static,
{
    let transition = TransitionProps::builder().fallback(fallback).children(ToChildren::to_children(move || body));
    // On the server nobody is told: it would be from another thread, which may find the state locked, and panics.
    #[cfg(feature = "hydrate")]
    let transition = transition.set_pending(set_pending);
    Transition(transition.build()).into_any()
}

/// A table. On a phone each row is a block of its own, with what each value is beside it, so that nothing scrolls sideways.
#[component]
pub fn Table(
    /// What it holds, for screen readers.
    #[prop(into)]
    caption: String,
    /// The columns' headings.
    columns: Vec<&'static str>,
    /// The rows: a cell for each column, the first of which says what the row is.
    rows: Vec<Vec<AnyView>>,
    /// What it adds up to, below: one with fewer cells begins with a wider one.
    #[prop(optional)]
    sums: Vec<Vec<AnyView>>,
) -> impl IntoView {
    let head = columns.iter().map(|column| view! { <th scope="col" role="columnheader">{*column}</th> }).collect_view();
    let row = |cells: Vec<AnyView>| {
        let wide = columns.len().saturating_sub(cells.len()) + 1;
        let is_sum = wide > 1;
        let labels = columns.iter().skip(wide);
        let mut cells = cells.into_iter();
        let first = cells.next().map(|first| {
            let wide = is_sum.then(|| wide.to_string());
            view! { <th scope="row" role="rowheader" colspan=wide>{first}</th> }
        });
        let rest = cells
            .zip(labels)
            // One figure beside what it is needs no more words.
            .map(|(cell, label)| view! { <td role="cell" data-label=(!is_sum).then_some(*label)><span>{cell}</span></td> })
            .collect_view();
        view! { <tr role="row" class:table-sum=is_sum>{first}{rest}</tr> }
    };
    let rows = rows.into_iter().map(row).collect_view();
    let sums = (!sums.is_empty()).then(|| {
        view! { <tfoot role="rowgroup">{sums.into_iter().map(row).collect_view()}</tfoot> }
    });
    let label = caption.clone();
    // The roles stay where a phone lays it out as blocks.
    view! {
        <div class="table-wrap" tabindex="0" role="region" aria-label=label>
            <table class="table" role="table">
                <caption class="sr-only">{caption}</caption>
                <thead role="rowgroup"><tr role="row">{head}</tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
                {sums}
            </table>
        </div>
    }
}

/// A page's title, with what can be done on it.
#[component]
pub fn PageHeader(
    /// The page's `h1`.
    #[prop(into)]
    title: String,
    /// A line under it.
    #[prop(optional, into)]
    about: String,
    /// Buttons at the end.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <header class="page-header">
            <div>
                <h1>{title}</h1>
                {(!about.is_empty()).then(|| view! { <p class="page-about">{about}</p> })}
            </div>
            {children.map(|children| view! { <div class="page-actions">{children()}</div> })}
        </header>
    }
}
