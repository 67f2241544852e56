//! The frames around pages: the dashboard's, the public booking pages', and a narrow one for logging in.

use leptos::{
    ev, html,
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{HtmlDetailsElement, HtmlElement, Node},
};
use leptos_meta::Meta;
use leptos_router::hooks::use_url;

use super::ActForm;
use super::{
    icon::{Icon, Logo},
    toasts::{ToastRack, Toasts},
};
use super::{title::PageTitle, url::with_query};
use crate::auth::{
    api::{LogOut, whoami},
    wire::{Shell, ShellNotice},
};
use crate::billing::wire::PlanNotice;
use crate::error::Code;
use crate::packed::page_data;
use crate::settings::wire::Look;

/// The dashboard's frame: the organisation, where one may go, who one is. On a phone the navigation is a bar at the
/// bottom; nothing in it needs JavaScript.
#[component]
pub fn DashboardShell(
    /// The organisation's slug.
    #[prop(into)]
    org: Signal<String>,
    /// The page.
    children: Children,
) -> impl IntoView {
    let log_out = ServerAction::<LogOut>::new();
    let shell = page_data(move || org.get(), whoami);
    let toasts = Toasts::provide();
    let frame = move || {
        Suspend::new(async move {
            match shell.await {
                Ok(shell) => dashboard_head(shell, log_out),
                Err(error) if error.code == Code::Closing => closing_head(log_out),
                // The page says what is wrong; the frame only gets out of the way.
                Err(_) => view! {
                    <header class="topbar"><a href="/" class="topbar-brand" aria-label="Devalo"><Logo/></a></header>
                }
                .into_any(),
            }
        })
    };
    view! {
        <a class="skip" href="#main" rel="external">"Skip to the page"</a>
        <div class="dashboard">
            <Transition fallback=|| view! { <header class="topbar"><Logo/></header> }>{frame}</Transition>
            <main id="main" class="dashboard-main" tabindex="-1">{children()}</main>
        </div>
        <ToastRack toasts=toasts/>
    }
}

fn dashboard_head(shell: Shell, log_out: ServerAction<LogOut>) -> AnyView {
    let url = use_url();
    let places: Vec<Vec<String>> =
        shell.nav.iter().map(|item| std::iter::once(item.href.clone()).chain(item.also.clone()).collect()).collect();
    // The entry whose address is the longest part of this one: settings of a module are settings.
    let current = Memo::new(move |_| {
        url.with(|url| {
            let reach =
                |places: &Vec<String>| places.iter().filter(|place| is_under(url.path(), place)).map(String::len).max();
            let (at, reach) = places.iter().map(reach).enumerate().max_by_key(|(_, reach)| *reach)?;
            reach.map(|_| at)
        })
    });
    let items = shell
        .nav
        .into_iter()
        .enumerate()
        .map(|(at, item)| {
            let here = move || (current.get() == Some(at)).then_some("page");
            view! {
                <li>
                    <a href=item.href aria-current=here><Icon name=item.icon/><span>{item.label}</span></a>
                </li>
            }
        })
        .collect_view();
    let name = if shell.user_name.is_empty() { "Your account".to_owned() } else { shell.user_name };
    let others = (!shell.others.is_empty()).then(|| {
        let others = shell.others.into_iter().map(|other| {
            // Another organisation's page begins anew, so that nothing of this one stays.
            view! { <a href=other.home class="menu-item" rel="external">{other.name}</a> }
        });
        view! {
            <p class="menu-head">"Switch to"</p>
            {others.collect_view()}
        }
    });
    let factor_due = shell.factor_due_on.map(|on| {
        let href = with_query("/account/confirm", &[("next", "/account/second-factor")]);
        let words = format!("From {on} on, two-step login is asked of you here.");
        notice(words, Some(("Set it up now".to_owned(), href)))
    });
    // Its own page says it, and more.
    let is_said = url.with_untracked(|url| url.path().ends_with("/settings/billing"));
    let plan = shell.plan.filter(|_| !is_said).map(|PlanNotice { words, link, .. }| notice(words, link));
    let support = shell.support.map(|ShellNotice { words, link }| notice(words, link));
    let menu = NodeRef::<html::Details>::new();
    closes_by_itself(menu);
    view! {
        <header class="topbar">
            <a href="/app" class="topbar-brand" aria-label="Devalo: where I begin"><Logo/></a>
            <p class="topbar-org">{shell.org_name}</p>
            {palette(shell.org_slug)}
            <details class="menu" node_ref=menu>
                <summary><Icon name="user"/><span class="menu-name">{name.clone()}</span><Icon name="down"/></summary>
                <div class="menu-panel">
                    <p class="menu-who"><strong>{name}</strong><span>{shell.role}</span></p>
                    <a href="/account" class="menu-item">"Your account"</a>
                    <a href="/docs" class="menu-item" rel="external">"Help"</a>
                    {shell.operator.then(|| view! { <a href="/admin" class="menu-item" rel="external">"Run the platform"</a> })}
                    {others}
                    <a href="/about" class="menu-item" rel="external">"About Devalo"</a>
                    <ActForm action=log_out own=true>
                        <button type="submit" class="menu-item">"Log out"</button>
                    </ActForm>
                </div>
            </details>
            {support}
            {plan}
            {factor_due}
        </header>
        <nav class="sidenav" aria-label="Main"><ul>{items}</ul></nav>
    }
    .into_any()
}

/// Nothing is left to go to in an organisation that is closed; whoever looks at what they can take along is still somebody.
fn closing_head(log_out: ServerAction<LogOut>) -> AnyView {
    view! {
        <header class="topbar is-closing">
            <a href="/" class="topbar-brand" aria-label="Devalo"><Logo/></a>
            <a href="/account" class="btn btn-quiet">"Your account"</a>
            <ActForm action=log_out own=true>
                <button type="submit" class="btn btn-quiet">"Log out"</button>
            </ActForm>
        </header>
    }
    .into_any()
}

/// A line under the bar, with what can be done about it and where. The page there begins anew: most are the server's alone.
fn notice(words: String, link: Option<(String, String)>) -> AnyView {
    let link = link.map(|(label, href)| view! { " " <a href=href rel="external">{label}</a> });
    view! { <p class="topbar-notice" role="status">{words}{link}</p> }.into_any()
}

/// The small program of the public pages has no dashboard to get around in.
#[cfg(feature = "dashboard")]
fn palette(org: String) -> AnyView {
    #[cfg(feature = "ssr")]
    if super::assets::is_plain_page() {
        return search_link(&org);
    }
    view! { <super::palette::Palette org=org/> }.into_any()
}

/// The way to the page that finds what the palette does, where no program opens one.
#[cfg(feature = "ssr")]
fn search_link(org: &str) -> AnyView {
    view! {
        <a class="palette-open" href=format!("/app/{org}/search") aria-keyshortcuts="Control+K /">
            <Icon name="search"/><span>"Search"</span><kbd aria-hidden="true">"Ctrl K"</kbd>
        </a>
        <super::assets::SearchKeys/>
    }
    .into_any()
}

#[cfg(not(feature = "dashboard"))]
fn palette(_org: String) -> AnyView {
    ().into_any()
}

/// A menu closes on Escape, with the focus back on its button, and on a click elsewhere.
fn closes_by_itself(menu: NodeRef<html::Details>) {
    let open_menu = move || menu.try_get_untracked().flatten().filter(HtmlDetailsElement::open);
    Effect::new(move || {
        let on_key = window_event_listener(ev::keydown, move |event| {
            if event.key() == "Escape"
                && let Some(menu) = open_menu()
            {
                menu.set_open(false);
                if let Ok(Some(button)) = menu.query_selector("summary") {
                    // If it can't be focused, the menu is closed all the same.
                    let _ = button.unchecked_into::<HtmlElement>().focus();
                }
            }
        });
        let on_click = window_event_listener(ev::click, move |event| {
            let target = event.target().and_then(|target| target.dyn_into::<Node>().ok());
            if let Some(menu) = open_menu()
                && !menu.contains(target.as_ref())
            {
                menu.set_open(false);
            }
        });
        on_cleanup(move || {
            on_key.remove();
            on_click.remove();
        });
    });
}

fn is_under(path: &str, place: &str) -> bool {
    path == place || path.strip_prefix(place).is_some_and(|rest| rest.starts_with('/'))
}

/// The frame of somebody's own pages, which belong to no organisation.
#[component]
pub fn AccountFrame(
    /// The document's title.
    #[prop(into)]
    title: String,
    /// "Your account": what it belongs to, where it has a way back of its own. Without, the bar leads back.
    #[prop(optional)]
    within: &'static str,
    /// The page.
    children: Children,
) -> impl IntoView {
    let log_out = ServerAction::<LogOut>::new();
    let place = if within.is_empty() {
        view! { <a class="back" href="/app"><Icon name="back"/>"Your pages"</a> }.into_any()
    } else {
        within.into_any()
    };
    view! {
        <PageTitle text=format!("{title} · Devalo")/>
        <Meta name="robots" content="noindex"/>
        <a class="skip" href="#main" rel="external">"Skip to the page"</a>
        <div class="account">
            <header class="topbar">
                <a href="/app" class="topbar-brand" aria-label="Devalo: where I begin"><Logo/></a>
                <p class="topbar-org">{place}</p>
                <ActForm action=log_out>
                    <button type="submit" class="btn btn-quiet"><Icon name="log-out"/><span class="menu-name">"Log out"</span></button>
                </ActForm>
            </header>
            <main id="main" class="account-main" tabindex="-1"><div class="settings">{children()}</div></main>
        </div>
    }
}

/// The frame of a business's public pages: its name on top, ours small at the foot.
#[component]
pub fn PublicFrame(
    /// The business's name; empty while it isn't known.
    #[prop(optional, into)]
    name: String,
    /// Where its name leads.
    #[prop(optional, into)]
    href: String,
    /// How its pages look.
    #[prop(optional)]
    look: Look,
    /// The page.
    children: Children,
) -> impl IntoView {
    let Look { style, logo } = look;
    // Its name stands beside it, here or as the page's title.
    let logo = (!logo.is_empty()).then(|| view! { <img class="public-logo" src=logo alt=""/> });
    let title = (!name.is_empty()).then(|| view! { <a class="public-name" href=href>{name}</a> });
    view! {
        <a class="skip" href="#main" rel="external">"Skip to the page"</a>
        <div class="public" style=(!style.is_empty()).then_some(style)>
            <header class="public-head">{logo}{title}</header>
            <main id="main" class="public-main" tabindex="-1">{children()}</main>
            <footer class="public-foot">
                <a href="/">"Powered by "<Logo/></a>
                <a href="/docs/clients" rel="external">"Help"</a>
                <a href="/about" rel="external">"Source code"</a>
            </footer>
        </div>
    }
}

/// The frame of the few pages that hold one small thing: logging in, choosing an organisation, not found.
#[component]
pub fn NarrowFrame(
    /// The document's title.
    #[prop(into)]
    title: String,
    /// The page.
    children: Children,
) -> impl IntoView {
    view! {
        <PageTitle text=title/>
        <div class="narrow">
            <header><a href="/" class="topbar-brand" aria-label="Devalo"><Logo/></a></header>
            <main id="main">{children()}</main>
        </div>
    }
}
