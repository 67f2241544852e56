//! The frame of the operator's pages: where one is, where one may go, and the way back to one's own.

use leptos::prelude::*;
use leptos_meta::Meta;

use crate::{
    auth::api::LogOut,
    error::Result,
    packed::Packing,
    ui::{ActForm, ErrorView, Icon, Logo, NarrowFrame, PageTitle, Skeleton, runs_platform},
};

/// A page of the operator's, as the navigation names it.
struct Entry {
    label: &'static str,
    href: &'static str,
}

const ENTRIES: [Entry; 9] = [
    Entry { label: "Overview", href: "/admin" },
    Entry { label: "Organisations", href: "/admin/orgs" },
    Entry { label: "People", href: "/admin/people" },
    Entry { label: "Invitations", href: "/admin/invitations" },
    Entry { label: "Emails", href: "/admin/mail" },
    Entry { label: "Payments", href: "/admin/payments" },
    Entry { label: "Jobs", href: "/admin/jobs" },
    Entry { label: "Health", href: "/admin/health" },
    Entry { label: "Log", href: "/admin/log" },
];

/// The frame of the operator's pages. Who doesn’t run the platform sees nothing of what there is: what is wrong stands in a plain page.
#[component]
pub fn AdminFrame(
    /// The document's title.
    #[prop(into)]
    title: String,
    /// The address of the entry that the page belongs to.
    here: &'static str,
    /// The page.
    children: Children,
) -> AnyView {
    if !runs_platform() {
        return view! { <NarrowFrame title="Devalo">{children()}</NarrowFrame> }.into_any();
    }
    let log_out = ServerAction::<LogOut>::new();
    let entries = || {
        let entries = ENTRIES.iter().map(|entry| {
            let current = (entry.href == here).then_some("page");
            view! { <li><a href=entry.href aria-current=current>{entry.label}</a></li> }
        });
        view! { <ul>{entries.collect_view()}</ul> }
    };
    let current = ENTRIES.iter().find(|entry| entry.href == here).map_or("Menu", |entry| entry.label);
    view! {
        <PageTitle text=format!("{title} · The platform · Devalo")/>
        <Meta name="robots" content="noindex"/>
        <a class="skip" href="#main">"Skip to the page"</a>
        <div class="operator">
            <header class="topbar">
                <a href="/app" class="topbar-brand" aria-label="Devalo: where I begin"><Logo/></a>
                <p class="topbar-org"><a class="back" href="/app"><Icon name="back"/>"Your pages"</a></p>
                <ActForm action=log_out>
                    <button type="submit" class="btn btn-quiet"><Icon name="log-out"/>"Log out"</button>
                </ActForm>
            </header>
            // One of the two is shown: folded on a phone, where all of them would fill the screen.
            <nav class="operator-nav" aria-label="The platform">
                <details class="operator-menu"><summary>{current}<Icon name="down"/></summary>{entries()}</details>
                {entries()}
            </nav>
            <main id="main" class="operator-main" tabindex="-1"><div class="settings">{children()}</div></main>
        </div>
    }
    .into_any()
}

/// A page of the operator's in its frame: what was read, shown, or why it couldn't be.
pub fn admin_page<T: Clone + Send + Sync + 'static>(
    title: &'static str,
    here: &'static str,
    page: Resource<Result<T>, Packing>,
    show: impl Fn(T) -> AnyView + Copy + Send + 'static,
) -> AnyView {
    let body = move || {
        Suspend::new(async move {
            match page.await {
                Ok(page) => show(page),
                Err(error) => view! { <ErrorView error=error/> }.into_any(),
            }
        })
    };
    view! {
        <AdminFrame title=title here=here>
            <Transition fallback=|| view! { <Skeleton lines=10/> }>{body}</Transition>
        </AdminFrame>
    }
    .into_any()
}
