//! The operator's pages: `/admin`.

mod invitations;
mod mail;
mod mail_templates;
mod org;
mod orgs;
mod payments;

use leptos_router::{
    NestedRoute, SsrMode,
    any_nested_route::{AnyNestedRoute, IntoAnyNestedRoute},
    path,
};

/// Their routes.
pub fn routes() -> Vec<AnyNestedRoute> {
    vec![
        NestedRoute::new(path!("/admin"), orgs::OrgsRoute).ssr_mode(SsrMode::Async).into_any_nested_route(),
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
        NestedRoute::new(path!("/admin/orgs/:slug"), org::OrgRoute).ssr_mode(SsrMode::Async).into_any_nested_route(),
    ]
}
