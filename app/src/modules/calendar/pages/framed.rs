//! `/b/{org}/embed` and below: what can be booked, a service’s times and form, and the word that it is booked, as they are shown inside
//! another website. The server writes them alone. No cookie goes along there, so that nothing here needs one; and what leads elsewhere
//! opens in a window of its own.

use leptos::{nonce::use_nonce, prelude::*};
use leptos_meta::{Link, Meta};
use leptos_router::hooks::use_url;

use super::{public::part, service::bare};
use crate::{
    error::{AppError, Result},
    modules::calendar::{
        asked::Query,
        embedding::{self, Framed},
        public_pages, public_words as words,
        views::{self, TimesQuery},
        wire::ManagePage,
    },
    org::Actor,
    platform::Platform,
    request,
    settings::wire::Look,
    ui::{ErrorView, PageTitle},
};

/// What can be booked.
#[component]
pub fn BusinessRoute() -> AnyView {
    let (platform, actor, org) = (request::platform(), request::actor(), part("org"));
    within(platform.clone(), actor.clone(), org.clone(), async move {
        let Framed { business, body } = embedding::framed(&platform, &actor, &org).await?;
        let canonical = format!("{}/b/{}", platform.origin, business.slug);
        Ok(view! {
            <PageTitle text=words::book_with(&business.name)/>
            <Link rel="canonical" href=canonical/>
            {frame(business.look, view! { <div class="page-text" inner_html=body></div> }.into_any())}
        }
        .into_any())
    })
}

/// A service’s times, and the form once one is chosen.
#[component]
pub fn ServiceRoute() -> AnyView {
    let (platform, actor, [org, service]) = (request::platform(), request::actor(), ["org", "service"].map(part));
    let search = use_url().with_untracked(|url| url.search().to_owned());
    within(platform.clone(), actor.clone(), org.clone(), async move {
        let mut query = Query { framed: true, ..Query::read(&search) };
        query.times.browser_zone = views::zone_of_browser().await?;
        let asked = query.times.start.is_some();
        let page = views::service(&platform, &actor, &org, &service, &query, &query.hold).await?;
        let (look, zone) = (page.business.look.clone(), page.times.zone.clone());
        let (title, canonical) = (format!("{} · {}", page.service.name, page.business.name), page.canonical.clone());
        let home = format!("/b/{}/embed", page.business.slug);
        Ok(view! {
            <PageTitle text=title/>
            <Link rel="canonical" href=canonical/>
            <Meta name="devalo-zone" content=zone/>
            {frame(look, bare(page, home, asked))}
        }
        .into_any())
    })
}

/// It is booked.
#[component]
pub fn BookedRoute() -> AnyView {
    let (platform, actor, [org, token]) = (request::platform(), request::actor(), ["org", "token"].map(part));
    within(platform.clone(), actor, org.clone(), async move {
        let query = TimesQuery { browser_zone: views::zone_of_browser().await?, ..TimesQuery::default() };
        let page = views::manage(&platform, &token, false, &query).await?;
        // The frame is for this business’s own bookings.
        if page.business.slug != org {
            return Err(AppError::not_found("that booking"));
        }
        Ok(booked(page))
    })
}

fn booked(page: ManagePage) -> AnyView {
    let title = format!("{} · {}", public_pages::booked_heading(&page), page.business.name);
    let body = public_pages::booked(&page);
    view! {
        <PageTitle text=title/>
        {frame(page.business.look, view! { <div class="page-text" inner_html=body></div> }.into_any())}
    }
    .into_any()
}

/// What is read, shown to those websites alone that the business lets show it; or why it couldn’t be.
fn within(
    platform: Platform,
    actor: Actor,
    org: String,
    read: impl Future<Output = Result<AnyView>> + Send + 'static,
) -> AnyView {
    let body = Suspend::new(async move {
        let allowed = embedding::allowed(&platform, &actor, &org).await;
        if let Ok(allowed) = &allowed {
            request::set_may_be_framed(allowed);
        }
        let allowed = allowed.unwrap_or_default();
        let page = match request::page(read.await) {
            Ok(page) => page,
            Err(error) => frame(Look::default(), view! { <ErrorView error=error/> }.into_any()),
        };
        view! {
            {page}
            <script nonce=use_nonce() inner_html=script(&platform.origin, &allowed)></script>
        }
    });
    view! {
        <Meta name="robots" content="noindex"/>
        <Suspense>{body}</Suspense>
    }
    .into_any()
}

fn frame(look: Look, content: AnyView) -> AnyView {
    let Look { style, .. } = look;
    view! {
        <div class="public framed" style=(!style.is_empty()).then_some(style)>
            <main id="main" class="public-main" tabindex="-1" aria-label=words::BOOK_A_TIME>{content}</main>
        </div>
    }
    .into_any()
}

/// Tells the website around it how tall the page is, if that asks and may show it. And asks for the times in the visitor’s zone, where no
/// cookie can say which that is.
fn script(own: &str, allowed: &[String]) -> String {
    let origins: Vec<&str> = std::iter::once(own).chain(allowed.iter().map(String::as_str)).collect();
    let origins = serde_json::to_string(&origins).unwrap_or_default().replace('<', "\\u003c");
    format!(
        "(()=>{{const may={origins},page=document.querySelector('.framed');let to;if(parent===window||!page)return;\
         const tell=()=>{{if(to)parent.postMessage({{devalo:'height',height:Math.ceil(page.getBoundingClientRect().height)}},to)}};\
         addEventListener('message',e=>{{if(e.source===parent&&may.includes(e.origin)&&e.data&&e.data.devalo==='hello'){{to=e.origin;tell()}}}});\
         new ResizeObserver(tell).observe(page);\
         try{{const z=Intl.DateTimeFormat().resolvedOptions().timeZone,m=document.querySelector('meta[name=devalo-zone]'),u=new URL(location.href);\
         if(m&&z!==m.content&&/^[\\w+\\/-]+$/.test(z)&&/\\/embed\\//.test(u.pathname)&&!u.searchParams.has('zone')){{u.searchParams.set('zone',z);location.replace(u)}}}}catch(e){{}}\
         }})()"
    )
}
