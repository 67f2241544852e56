//! A tiny module that no list names: the drop-in check copies it into a copy of the tree and sees it appear.
#![expect(missing_docs, reason = "an example for a check, not part of the product")]

use leptos::prelude::*;
use leptos_router::{
    NestedRoute, SsrMode,
    any_nested_route::{AnyNestedRoute, IntoAnyNestedRoute},
    path,
};

use crate::module::{Module, NavEntry, Quota, SettingsPage};

pub static MODULE: Guestbook = Guestbook;

#[derive(Debug, Clone, Copy)]
pub struct Guestbook;

impl Module for Guestbook {
    fn name(&self) -> &'static str {
        "guestbook"
    }

    fn title(&self) -> &'static str {
        "Guest book"
    }

    #[cfg(feature = "ssr")]
    fn about(&self) -> &'static str {
        "Guests leave a few words."
    }

    fn nav(&self) -> &'static [NavEntry] {
        &[NavEntry { label: "Guest book", path: "/guestbook", icon: "calendar", needs: "guestbook.read" }]
    }

    fn settings(&self) -> &'static [SettingsPage] {
        &[SettingsPage {
            label: "Guest book’s cover",
            path: "/guestbook/cover",
            about: "What the cover says.",
            also: "title",
            needs: "guestbook.read",
        }]
    }

    fn quotas(&self) -> &'static [Quota] {
        &[Quota { name: "guestbook.entries", label: "Entries in the guest book", counts: "entries", monthly: false }]
    }

    fn public_routes(&self) -> Vec<AnyNestedRoute> {
        vec![NestedRoute::new(path!("/guests"), Guests).ssr_mode(SsrMode::Async).into_any_nested_route()]
    }

    #[cfg(feature = "dashboard")]
    fn dashboard_routes(&self) -> Vec<AnyNestedRoute> {
        vec![NestedRoute::new(path!("/app/:org/guestbook"), Entries).ssr_mode(SsrMode::Async).into_any_nested_route()]
    }

    #[cfg(feature = "ssr")]
    fn permissions(&self) -> &'static [&'static crate::org::Permission] {
        server::PERMISSIONS
    }

    #[cfg(feature = "ssr")]
    fn commands(&self) -> &'static [crate::module::Command] {
        server::COMMANDS
    }

    #[cfg(feature = "ssr")]
    fn jobs(&self) -> &'static [crate::module::Job] {
        server::JOBS
    }

    #[cfg(feature = "ssr")]
    fn api(&self) -> utoipa_axum::router::OpenApiRouter<crate::platform::Platform> {
        server::api()
    }

    #[cfg(feature = "ssr")]
    fn seed_demo<'p>(
        &self,
        platform: &'p crate::platform::Platform,
        org: crate::ids::OrgId,
    ) -> futures::future::BoxFuture<'p, crate::error::Result<()>> {
        Box::pin(server::seed(platform, org))
    }
}

#[component]
fn Guests() -> AnyView {
    view! { <h1>"Guests, welcome"</h1> }.into_any()
}

#[component]
fn Entries() -> AnyView {
    view! { <h1>"Entries"</h1> }.into_any()
}

#[cfg(feature = "ssr")]
mod server {
    use std::time::Duration;

    use axum::extract::{Path, State};
    use utoipa_axum::{router::OpenApiRouter, routes};

    use crate::{
        db::Access,
        error::Result,
        ids::OrgId,
        module::{Command, Job},
        org::{Actor, Audience, OrgRef, OrgTx, Permission, Role},
        platform::Platform,
        sql,
        web::{Caller, Json},
    };

    pub(super) static READ: Permission = Permission {
        name: "guestbook.read",
        module: Some("guestbook"),
        audience: Audience::Members(Role::Member),
        label: "Read the guest book",
    };

    pub(super) static PERMISSIONS: &[&Permission] = &[&READ];

    pub(super) static COMMANDS: &[Command] =
        &[Command { name: "guests", about: "Say hello.", run: |name| Ok(format!("Hello, {}", name.trim())) }];

    pub(super) static JOBS: &[Job] = &[Job {
        name: "guestbook.count",
        every: Duration::from_mins(60),
        run: |_| {
            Box::pin(async {
                tracing::info!("the guest book’s job ran");
                Ok(())
            })
        },
    }];

    crate::id!(EntryId);

    #[derive(serde::Serialize, utoipa::ToSchema)]
    pub struct Count {
        entries: i64,
    }

    pub(super) fn api() -> OpenApiRouter<Platform> {
        OpenApiRouter::new().routes(routes!(count))
    }

    #[utoipa::path(get, path = "/orgs/{org}/guestbook/entries", responses((status = 200, body = Count)))]
    async fn count(State(platform): State<Platform>, Caller(actor): Caller, Path(org): Path<String>) -> Result<Json<Count>> {
        let mut tx = OrgTx::open(&platform, &actor, OrgRef::Slug(&org), &READ, Access::Read).await?;
        let (entries,) = sql!(one(i64,), &mut tx, "SELECT COUNT(*) FROM guestbook_entries WHERE org_id = $1")?;
        tx.rollback().await?;
        Ok(Json(Count { entries }))
    }

    pub(super) async fn seed(platform: &Platform, org: OrgId) -> Result<()> {
        let mut tx = OrgTx::open(platform, &Actor::System("demo"), OrgRef::Id(org), &READ, Access::Write).await?;
        let id = EntryId::new(tx.now());
        sql!(exec, &mut tx, "INSERT INTO guestbook_entries (org_id, id) VALUES ($1, $2)", id)?;
        tx.commit().await
    }
}
