//! Tasks: lists and boards of what is to be done, by whom and by when.

#[cfg(feature = "ssr")]
pub mod access;
#[cfg(feature = "ssr")]
pub mod acts;
#[cfg(feature = "ssr")]
pub mod api_board;
#[cfg(feature = "ssr")]
pub mod api_finding;
#[cfg(feature = "ssr")]
pub mod api_inout;
#[cfg(feature = "ssr")]
pub mod api_lists;
#[cfg(feature = "ssr")]
pub mod api_task;
#[cfg(feature = "ssr")]
pub mod api_templates;
#[cfg(feature = "ssr")]
pub mod api_time;
#[cfg(feature = "ssr")]
pub mod board;
#[cfg(feature = "ssr")]
pub mod board_forms;
#[cfg(feature = "ssr")]
pub mod board_page;
#[cfg(feature = "ssr")]
pub mod calendar_file;
#[cfg(feature = "ssr")]
pub mod cards;
#[cfg(feature = "ssr")]
pub mod checks;
#[cfg(feature = "ssr")]
pub mod claims;
#[cfg(feature = "ssr")]
pub mod comments;
#[cfg(feature = "ssr")]
pub mod completed;
#[cfg(feature = "ssr")]
mod demo;
#[cfg(feature = "ssr")]
mod demo_finding;
#[cfg(feature = "ssr")]
mod demo_inout;
#[cfg(feature = "ssr")]
mod demo_time;
#[cfg(feature = "ssr")]
mod demo_together;
#[cfg(feature = "ssr")]
pub mod desk;
#[cfg(feature = "ssr")]
pub mod extras;
#[cfg(feature = "ssr")]
pub mod feeds;
#[cfg(feature = "ssr")]
pub mod fields;
#[cfg(feature = "ssr")]
pub mod figures;
#[cfg(feature = "ssr")]
pub mod file_kinds;
#[cfg(feature = "ssr")]
pub mod files;
#[cfg(feature = "ssr")]
pub mod filter;
#[cfg(feature = "ssr")]
pub mod filters;
#[cfg(feature = "ssr")]
pub mod followers;
#[cfg(feature = "ssr")]
pub mod gallery;
#[cfg(feature = "ssr")]
pub mod graph;
#[cfg(feature = "ssr")]
pub mod handover;
#[cfg(feature = "ssr")]
pub mod history;
#[cfg(feature = "ssr")]
pub mod ids;
#[cfg(feature = "ssr")]
pub mod import_fit;
#[cfg(feature = "ssr")]
pub mod import_from;
#[cfg(feature = "ssr")]
pub mod import_tree;
#[cfg(feature = "ssr")]
pub mod imports;
#[cfg(feature = "ssr")]
pub mod labels;
#[cfg(feature = "ssr")]
pub mod letters;
#[cfg(feature = "ssr")]
pub mod links;
#[cfg(feature = "ssr")]
pub mod list_export;
#[cfg(feature = "ssr")]
pub mod lists;
#[cfg(feature = "ssr")]
pub mod mail_in;
#[cfg(feature = "ssr")]
pub mod markdown;
#[cfg(feature = "ssr")]
pub mod matching;
#[cfg(feature = "ssr")]
pub mod mine;
#[cfg(feature = "ssr")]
pub mod notices;
#[cfg(feature = "ssr")]
pub mod order;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod parts;
#[cfg(feature = "ssr")]
pub mod permissions;
#[cfg(feature = "ssr")]
pub mod places;
#[cfg(feature = "ssr")]
pub mod quick;
#[cfg(feature = "ssr")]
pub mod quick_add;
#[cfg(feature = "ssr")]
pub mod repeat;
#[cfg(feature = "ssr")]
pub mod reports;
#[cfg(feature = "ssr")]
pub mod room;
#[cfg(feature = "ssr")]
pub mod saying;
#[cfg(feature = "ssr")]
pub mod search;
#[cfg(feature = "ssr")]
pub mod series;
#[cfg(feature = "ssr")]
pub mod series_form;
#[cfg(feature = "ssr")]
pub mod set_ups;
#[cfg(feature = "ssr")]
pub mod shares;
#[cfg(feature = "ssr")]
pub mod still_open;
#[cfg(feature = "ssr")]
pub mod store;
#[cfg(feature = "ssr")]
pub mod store_board;
#[cfg(feature = "ssr")]
pub mod store_history;
#[cfg(feature = "ssr")]
pub mod store_inout;
#[cfg(feature = "ssr")]
pub mod store_lists;
#[cfg(feature = "ssr")]
pub mod store_mine;
#[cfg(feature = "ssr")]
pub mod store_reports;
#[cfg(feature = "ssr")]
pub mod store_search;
#[cfg(feature = "ssr")]
pub mod store_set_ups;
#[cfg(feature = "ssr")]
pub mod store_templates;
#[cfg(feature = "ssr")]
pub mod store_time;
#[cfg(feature = "ssr")]
pub mod store_together;
#[cfg(feature = "ssr")]
pub mod store_told;
#[cfg(feature = "ssr")]
pub mod store_trash;
#[cfg(feature = "ssr")]
pub mod task;
#[cfg(feature = "ssr")]
pub mod task_forms;
#[cfg(feature = "ssr")]
pub mod task_view;
#[cfg(feature = "ssr")]
#[expect(clippy::module_inception, reason = "what is done with tasks is the heart of the module")]
pub mod tasks;
#[cfg(feature = "ssr")]
pub mod teams;
#[cfg(feature = "ssr")]
pub mod template_forms;
#[cfg(feature = "ssr")]
pub mod template_from;
#[cfg(feature = "ssr")]
pub mod template_rules;
#[cfg(feature = "ssr")]
pub mod template_runs;
#[cfg(feature = "ssr")]
pub mod template_steps;
#[cfg(feature = "ssr")]
pub mod template_views;
#[cfg(feature = "ssr")]
pub mod templates;
#[cfg(feature = "ssr")]
pub mod trash;
#[cfg(feature = "ssr")]
pub mod triggers;
#[cfg(feature = "ssr")]
pub mod views_time;
#[cfg(feature = "ssr")]
pub mod words;
#[cfg(feature = "ssr")]
pub mod workload;

#[cfg(feature = "ssr")]
mod events;
#[cfg(feature = "ssr")]
mod export;
#[cfg(feature = "ssr")]
mod export_finding;
#[cfg(feature = "ssr")]
mod export_inout;
#[cfg(feature = "ssr")]
mod export_templates;
#[cfg(feature = "ssr")]
mod export_time;
#[cfg(feature = "ssr")]
mod export_together;
#[cfg(feature = "ssr")]
mod happenings;
#[cfg(feature = "ssr")]
mod http;
#[cfg(feature = "ssr")]
mod http_inout;
#[cfg(feature = "ssr")]
mod rest;
#[cfg(feature = "ssr")]
mod rest_board;
#[cfg(feature = "ssr")]
mod rest_checks;
#[cfg(feature = "ssr")]
mod rest_fields;
#[cfg(feature = "ssr")]
mod rest_finding;
#[cfg(feature = "ssr")]
mod rest_inout;
#[cfg(feature = "ssr")]
mod rest_links;
#[cfg(feature = "ssr")]
mod rest_lists;
#[cfg(feature = "ssr")]
mod rest_series;
#[cfg(feature = "ssr")]
mod rest_templates;
#[cfg(feature = "ssr")]
mod rest_together;
#[cfg(feature = "ssr")]
mod template_demo;
#[cfg(feature = "ssr")]
mod ways;

#[cfg(feature = "ssr")]
use leptos_router::{
    NestedRoute, SsrMode,
    any_nested_route::{AnyNestedRoute, IntoAnyNestedRoute},
    path,
};

use crate::module::{Module, NavEntry, SettingsPage};

/// The module.
pub static MODULE: Tasks = Tasks;

/// Lists, boards, templates and team assignment.
#[derive(Debug, Clone, Copy)]
pub struct Tasks;

impl Module for Tasks {
    fn name(&self) -> &'static str {
        "tasks"
    }

    fn title(&self) -> &'static str {
        "Tasks"
    }

    #[cfg(feature = "ssr")]
    fn about(&self) -> &'static str {
        "What is to be done, by whom and by when, in lists and on boards that are live for everybody."
    }

    fn nav(&self) -> &'static [NavEntry] {
        &[NavEntry { label: "Tasks", path: "/tasks", icon: "tasks", needs: "tasks.view" }]
    }

    fn settings(&self) -> &'static [SettingsPage] {
        &[
            SettingsPage {
                label: "Spaces",
                path: "/tasks/spaces",
                about: "Which lists belong together, and whether everybody sees them or their team alone.",
                also: "folders projects departments private lists",
                needs: "tasks.set_up",
            },
            SettingsPage {
                label: "Teams for tasks",
                path: "/tasks/teams",
                about: "Groups of people that tasks can be assigned to: a task waits in a team’s queue until one of them claims it.",
                also: "groups queue assign people",
                needs: "tasks.set_up",
            },
            SettingsPage {
                label: "Labels",
                path: "/tasks/labels",
                about: "What tasks are about, whatever list they are in.",
                also: "tags colours categories",
                needs: "tasks.organise",
            },
            SettingsPage {
                label: "Import tasks",
                path: "/tasks/import",
                about: "From Trello, Todoist, Asana and Vikunja, or any table: checked first, and imported only then.",
                also: "bring another product move migrate csv json",
                needs: "tasks.organise",
            },
        ]
    }

    #[cfg(feature = "ssr")]
    fn happenings(&self) -> &'static [(&'static str, &'static str)] {
        happenings::HAPPENINGS
    }

    #[cfg(feature = "ssr")]
    fn tell<'t>(
        &self,
        tx: &'t mut crate::org::OrgTx,
        entries: Vec<&'t crate::audit::Entry>,
    ) -> futures::future::BoxFuture<'t, crate::error::Result<std::collections::HashMap<i64, crate::audit::Told>>> {
        Box::pin(happenings::tell(tx, entries))
    }

    #[cfg(feature = "ssr")]
    fn events(&self) -> &'static [crate::module::Event] {
        events::EVENTS
    }

    #[cfg(feature = "ssr")]
    fn event_data<'t>(
        &self,
        tx: &'t mut crate::org::OrgTx,
        name: &'static str,
        subject: uuid::Uuid,
    ) -> futures::future::BoxFuture<'t, crate::error::Result<serde_json::Value>> {
        Box::pin(events::data(tx, name, subject))
    }

    #[cfg(feature = "ssr")]
    fn export<'t>(
        &self,
        tx: &'t mut crate::org::OrgTx,
        into: &'t mut crate::settings::export_files::Files,
    ) -> futures::future::BoxFuture<'t, crate::error::Result<()>> {
        Box::pin(export::write(tx, into))
    }

    #[cfg(feature = "ssr")]
    fn places<'t>(
        &self,
        tx: &'t mut crate::org::OrgTx,
    ) -> futures::future::BoxFuture<'t, crate::error::Result<Vec<crate::settings::wire::Place>>> {
        Box::pin(ways::places(tx))
    }

    #[cfg(feature = "ssr")]
    fn first_steps<'t>(
        &self,
        tx: &'t mut crate::org::OrgTx,
    ) -> futures::future::BoxFuture<'t, crate::error::Result<Vec<crate::module::FirstStep>>> {
        Box::pin(ways::first_steps(tx))
    }

    #[cfg(feature = "ssr")]
    fn countable(&self) -> &'static [crate::module::Countable] {
        completed::COUNTABLE
    }

    #[cfg(feature = "ssr")]
    fn counted<'t>(
        &self,
        tx: &'t mut crate::org::OrgTx,
        _name: &'static str,
        subject: uuid::Uuid,
    ) -> futures::future::BoxFuture<'t, crate::error::Result<Option<crate::module::Counted>>> {
        Box::pin(completed::counted(tx, subject))
    }

    #[cfg(feature = "ssr")]
    fn to_count<'t>(
        &self,
        tx: &'t mut crate::org::OrgTx,
        _name: &'static str,
        since: crate::clock::Instant,
        after: Option<(crate::clock::Instant, uuid::Uuid)>,
    ) -> futures::future::BoxFuture<'t, crate::error::Result<Vec<(crate::clock::Instant, uuid::Uuid)>>> {
        Box::pin(completed::to_count(tx, since, after))
    }

    #[cfg(feature = "ssr")]
    fn permissions(&self) -> &'static [&'static crate::org::Permission] {
        permissions::ALL
    }

    #[cfg(feature = "ssr")]
    fn api(&self) -> utoipa_axum::router::OpenApiRouter<crate::platform::Platform> {
        rest::router()
    }

    #[cfg(feature = "ssr")]
    fn http(&self) -> axum::Router<crate::platform::Platform> {
        http::router().merge(http_inout::router()).merge(letters::router())
    }

    #[cfg(feature = "ssr")]
    fn names_files(&self) -> Option<&'static str> {
        Some("SELECT org_id, id FROM tasks_files")
    }

    #[cfg(feature = "ssr")]
    fn sealed(&self) -> &'static [crate::sealed::Sealed] {
        use crate::sealed::Sealed;
        const ALL: &[Sealed] = &[
            Sealed::of_org("tasks_changes", "after_value"),
            Sealed::of_org("tasks_changes", "before_value"),
            Sealed::of_org("tasks_checks", "words"),
            Sealed::of_org("tasks_comments", "words"),
            Sealed::of_org("tasks_field_values", "value"),
            Sealed::of_org("tasks_files", "content").on_disk(),
            Sealed::of_org("tasks_files", "name"),
            Sealed::of_org("tasks_filters", "query"),
            Sealed::of_org("tasks_imports", "chosen"),
            Sealed::of_org("tasks_imports", "file").large(),
            Sealed::of_org("tasks_imports", "told"),
            Sealed::of_org("tasks_lists", "about"),
            Sealed::of_org("tasks_runs", "given"),
            Sealed::of_org("tasks_runs", "warnings"),
            Sealed::of_org("tasks_series", "pattern").large(),
            Sealed::of_org("tasks_set_ups", "after_value"),
            Sealed::of_org("tasks_set_ups", "before_value"),
            Sealed::of_org("tasks_tasks", "notes"),
            Sealed::of_org("tasks_tasks", "title"),
            Sealed::of_org("tasks_template_versions", "body").large(),
            Sealed::of_org("tasks_template_versions", "changed"),
            Sealed::of_org("tasks_triggers", "given"),
        ];
        ALL
    }

    #[cfg(feature = "ssr")]
    fn jobs(&self) -> &'static [crate::module::Job] {
        const JOBS: &[crate::module::Job] = &[
            letters::SOON,
            letters::DAILY,
            letters::FORGET,
            trash::JOB,
            triggers::JOB,
            files::JOB,
            imports::JOB,
            mail_in::JOB,
            feeds::JOB,
        ];
        JOBS
    }

    #[cfg(feature = "ssr")]
    fn uploads(&self) -> &'static [crate::module::Upload] {
        &[files::UPLOAD, imports::UPLOAD]
    }

    #[cfg(feature = "ssr")]
    fn api_files(&self) -> axum::Router<crate::platform::Platform> {
        rest_inout::files()
    }

    #[cfg(feature = "ssr")]
    fn told(&self) -> axum::Router<crate::platform::Platform> {
        http_inout::told()
    }

    #[cfg(feature = "ssr")]
    fn public_routes(&self) -> Vec<AnyNestedRoute> {
        pages::shared_with_all()
    }

    #[cfg(feature = "ssr")]
    fn is_plain_public(&self, path: &str) -> bool {
        path.starts_with("/shared/tasks/")
    }

    #[cfg(feature = "ssr")]
    fn job_in_words(&self, name: &str) -> Option<&'static str> {
        if name == triggers::JOB.name {
            return Some("Starts templates on their days, and when what they wait for has happened");
        }
        if name == letters::SOON.name {
            return Some("Emails people what happened to their tasks, if they haven’t looked");
        }
        if name == letters::DAILY.name {
            return Some("Emails people their tasks for the day");
        }
        if name == letters::FORGET.name {
            return Some("Forgets notifications about tasks after 90 days");
        }
        if name == files::JOB.name {
            return Some("Deletes files from the disk that no task has any more");
        }
        if name == imports::JOB.name {
            return Some("Forgets files of other products that nobody imported for a week");
        }
        if name == mail_in::JOB.name {
            return Some("Forgets which emails became tasks 90 days ago");
        }
        if name == feeds::JOB.name {
            return Some("Forgets the calendar addresses of who left their organisation");
        }
        (name == trash::JOB.name).then_some("Deletes tasks for good that were moved to the trash 30 days ago")
    }

    #[cfg(feature = "ssr")]
    fn letter_kinds(&self) -> &'static [(&'static str, &'static str)] {
        letters::KINDS
    }

    #[cfg(feature = "ssr")]
    fn letters(&self, origin: &str) -> Vec<crate::mail::examples::Example> {
        letters::examples(origin)
    }

    #[cfg(feature = "ssr")]
    fn keepers(&self) -> &'static [fn(crate::platform::Platform) -> futures::future::BoxFuture<'static, ()>] {
        &[|platform| Box::pin(search::keep_indexing(platform))]
    }

    #[cfg(feature = "ssr")]
    fn plain_routes(&self) -> Vec<AnyNestedRoute> {
        vec![
            NestedRoute::new(path!("/app/:org/tasks"), pages::MineRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/tasks/t/:id"), pages::TaskRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/tasks/inbox"), pages::InboxRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/tasks/inbox/settings"), pages::InboxSettingsRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/tasks/trash"), pages::TrashRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/tasks/handover"), pages::HandoverRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/tasks/lists"), pages::ListsRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/tasks/lists/:id"), pages::ListRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/tasks/lists/:id/settings"), pages::ListSettingsRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/tasks/lists/:id/share"), pages::ShareRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/tasks/import"), pages::ImportsRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/tasks/import/:id"), pages::ImportRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/tasks/subscribe"), pages::SubscribeRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/tasks/lists/:id/fields"), pages::ListFieldsRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/tasks/search"), pages::SearchRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/tasks/filters"), pages::FiltersRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/tasks/filters/help"), pages::FilterHelpRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/tasks/filters/:id"), pages::FilterRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/tasks/reports"), pages::ReportsRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/tasks/workload"), pages::WorkloadRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/tasks/spaces"), pages::SpacesRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/tasks/spaces/:id"), pages::SpaceRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/tasks/teams"), pages::TeamsRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/tasks/teams/:id"), pages::TeamRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/tasks/labels"), pages::LabelsRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/tasks/labels/:id"), pages::LabelRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/tasks/templates"), pages::TemplatesRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/tasks/templates/gallery"), pages::GalleryRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/tasks/templates/gallery/:word"), pages::GalleryTemplateRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/tasks/templates/new"), pages::NewTemplateRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/tasks/templates/:id"), pages::TemplateRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/tasks/templates/:id/edit"), pages::EditTemplateRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/tasks/templates/:id/steps/:step"), pages::StepRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/tasks/templates/:id/start"), pages::StartTemplateRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/tasks/templates/:id/triggers/new"), pages::NewTriggerRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
            NestedRoute::new(path!("/app/:org/tasks/templates/:id/triggers/:trigger"), pages::TriggerRoute)
                .ssr_mode(SsrMode::Async)
                .into_any_nested_route(),
        ]
    }

    #[cfg(feature = "ssr")]
    fn plain_paths(&self) -> &'static [&'static str] {
        &["tasks"]
    }

    #[cfg(feature = "ssr")]
    fn seed_demo<'p>(
        &self,
        platform: &'p crate::platform::Platform,
        org: crate::ids::OrgId,
    ) -> futures::future::BoxFuture<'p, crate::error::Result<()>> {
        Box::pin(demo::seed(platform, org))
    }
}
