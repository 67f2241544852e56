//! What the settings pages share: the head with the way back, and the word that something was saved.

use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::title::PageTitle;
use super::{
    error_view::ErrorView,
    icon::Icon,
    shell::DashboardShell,
    surfaces::{Notice, PageHeader, PageHeaderProps, Skeleton, Tone},
};
use crate::{error::Result, packed::Packing};

/// The organisation that the address names.
pub fn org_of_address() -> Signal<String> {
    let params = use_params_map();
    Signal::derive(move || params.with(|params| params.get("org")).unwrap_or_default())
}

/// The dashboard's frame around a page of settings.
#[component]
pub fn SettingsFrame(
    /// The organisation's slug.
    org: Signal<String>,
    /// The page.
    children: Children,
) -> impl IntoView {
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings">{children()}</div></DashboardShell>
    }
}

/// A page of settings in the dashboard's frame: what was read, shown, or why it couldn't be; about so many lines.
pub fn settings_page<T: Clone + Send + Sync + 'static>(
    org: Signal<String>,
    page: Resource<Result<T>, Packing>,
    lines: u8,
    show: impl Fn(String, T) -> AnyView + Copy + Send + 'static,
) -> AnyView {
    let body = move || {
        Suspend::new(async move {
            match page.await {
                Ok(page) => show(org.get_untracked(), page),
                Err(error) => view! { <ErrorView error=error/> }.into_any(),
            }
        })
    };
    view! {
        <SettingsFrame org=org>
            <Transition fallback=move || view! { <Skeleton lines=lines/> }>{body}</Transition>
        </SettingsFrame>
    }
    .into_any()
}

/// The title of a page of settings, and the way back.
#[component]
pub fn SettingsHead(
    /// The page's `h1`.
    #[prop(into)]
    title: String,
    /// A line under it.
    #[prop(optional, into)]
    about: String,
    /// Where the way back leads.
    #[prop(into)]
    back: String,
    /// "Settings".
    #[prop(default = "Settings")]
    back_label: &'static str,
    /// Buttons at the end.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <PageTitle text=format!("{title} · Settings")/>
        <a class="back" href=back><Icon name="back"/>{back_label}</a>
        {PageHeader(PageHeaderProps { title, about, children })}
    }
}

/// A secret that is shown this once, with what to do with it.
pub fn secret_shown_once(label: &'static str, words: &'static str, secret: String) -> AnyView {
    view! {
        <section class="card stack new-secret" role="status" aria-label=label>
            <h2>"Its secret"</h2>
            <p>{words}</p>
            <div class="field">
                <label for="new-secret">"Secret"</label>
                <input class="input" id="new-secret" type="text" readonly=true value=secret autocomplete="off" spellcheck="false"/>
            </div>
        </section>
    }
    .into_any()
}

/// Says that something was done, where the address says so: `?saved=1` gives the words for `saved`.
#[component]
pub fn DoneNotice(
    /// A parameter of the query, and what its being there means.
    words: &'static [(&'static str, &'static str)],
    /// How often something was done here: each time it is said anew.
    #[prop(optional, into)]
    times: Signal<usize>,
) -> impl IntoView {
    let query = use_query_map();
    let said = Memo::new(move |_| {
        query.with(|query| words.iter().find(|(name, _)| query.get(name).is_some()).map(|(_, said)| *said))
    });
    move || {
        times.track();
        said.get().map(|said| view! { <Notice tone=Tone::Success><p>{said}</p></Notice> })
    }
}
