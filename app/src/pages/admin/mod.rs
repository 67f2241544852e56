//! The operator's pages: `/admin`.

mod frame;
mod health;
mod invitations;
mod jobs;
mod letter;
mod log;
mod mail;
mod mail_templates;
mod name;
mod org;
mod orgs;
mod overview;
mod payments;
mod people;

use leptos_router::{
    NestedRoute, SsrMode,
    any_nested_route::{AnyNestedRoute, IntoAnyNestedRoute},
    path,
};

/// Their routes.
pub fn routes() -> Vec<AnyNestedRoute> {
    vec![
        NestedRoute::new(path!("/admin"), overview::OverviewRoute).ssr_mode(SsrMode::Async).into_any_nested_route(),
        NestedRoute::new(path!("/admin/orgs"), orgs::OrgsRoute).ssr_mode(SsrMode::Async).into_any_nested_route(),
        NestedRoute::new(path!("/admin/invitations"), invitations::InvitationsRoute)
            .ssr_mode(SsrMode::Async)
            .into_any_nested_route(),
        NestedRoute::new(path!("/admin/payments"), payments::PaymentsRoute)
            .ssr_mode(SsrMode::Async)
            .into_any_nested_route(),
        NestedRoute::new(path!("/admin/mail"), mail::MailRoute).ssr_mode(SsrMode::Async).into_any_nested_route(),
        NestedRoute::new(path!("/admin/mail/templates"), mail_templates::MailTemplatesRoute)
            .ssr_mode(SsrMode::Async)
            .into_any_nested_route(),
        NestedRoute::new(path!("/admin/name"), name::NameRoute).ssr_mode(SsrMode::Async).into_any_nested_route(),
        NestedRoute::new(path!("/admin/mail/:id"), letter::LetterRoute)
            .ssr_mode(SsrMode::Async)
            .into_any_nested_route(),
        NestedRoute::new(path!("/admin/orgs/:slug"), org::OrgRoute).ssr_mode(SsrMode::Async).into_any_nested_route(),
        NestedRoute::new(path!("/admin/people"), people::PeopleRoute).ssr_mode(SsrMode::Async).into_any_nested_route(),
        NestedRoute::new(path!("/admin/jobs"), jobs::JobsRoute).ssr_mode(SsrMode::Async).into_any_nested_route(),
        NestedRoute::new(path!("/admin/health"), health::HealthRoute).ssr_mode(SsrMode::Async).into_any_nested_route(),
        NestedRoute::new(path!("/admin/log"), log::LogRoute).ssr_mode(SsrMode::Async).into_any_nested_route(),
    ]
}
