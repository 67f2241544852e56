//! The server functions of the operator's pages.
#![expect(
    missing_docs,
    clippy::too_many_arguments,
    reason = "the server macro makes a struct of the arguments; they are the form’s fields"
)]

use leptos::{prelude::*, server_fn::codec::GetUrl};

use super::wire::{
    HealthPage, JobsPage, LogPage, MailsPage, OrgPage, OrgsPage, OverviewPage, PeoplePage, TemplatesPage,
};
use crate::{error::Result, packed::Packed, ui::Sender};

/// What comes in, and what needs attention.
#[server(name = ReadOverview, prefix = "/fn", endpoint = "admin/overview", input = GetUrl, output = Packed)]
pub async fn overview() -> Result<OverviewPage> {
    use super::{operator::Operator, views};
    use crate::request;
    let platform = request::platform();
    let by = request::page(Operator::of(&platform, request::standing()).await)?;
    request::page(views::overview(&platform, by).await)
}

/// The organisations.
#[server(name = ReadOrgs, prefix = "/fn", endpoint = "admin/orgs", input = GetUrl, output = Packed)]
pub async fn orgs(
    search: Option<String>,
    plan: Option<String>,
    standing: Option<String>,
    after: Option<String>,
) -> Result<OrgsPage> {
    use super::{
        operator::Operator,
        orgs::{Asked, Standing},
        views,
    };
    use crate::request;
    let platform = request::platform();
    let by = request::page(Operator::of(&platform, request::standing()).await)?;
    let asked = Asked {
        search: search.unwrap_or_default(),
        plan: plan.unwrap_or_default(),
        standing: standing.and_then(|word| Standing::parse(&word)),
        after: after.unwrap_or_default(),
    };
    request::page(views::orgs(&platform, by, &asked).await)
}

/// One organisation.
#[server(name = ReadOrg, prefix = "/fn", endpoint = "admin/org", input = GetUrl, output = Packed)]
pub async fn org(slug: String) -> Result<OrgPage> {
    use super::{operator::Operator, views};
    use crate::request;
    let platform = request::platform();
    let by = request::page(Operator::of(&platform, request::standing()).await)?;
    request::page(views::org(&platform, by, &slug).await)
}

/// Shows what other terms would come to, before they are agreed to.
#[server(name = ThinkOver, prefix = "/fn", endpoint = "admin/think-over", output = Packed, client = Sender)]
pub async fn think_over(
    slug: String,
    plan: String,
    period: String,
    seats: String,
    price: String,
    #[server(default)] modules: Vec<String>,
    state: String,
    last_day: String,
) -> Result<()> {
    use super::{
        operator::Acting,
        orgs::{self, Agreed},
    };
    use crate::{request, ui::with_query};
    let platform = request::platform();
    let by = request::page(Acting::of(&platform, request::standing()).await)?;
    let agreed = Agreed { plan, period, seats, price, modules, state, last_day };
    request::page(orgs::think(&platform, by.operator(), &slug, &agreed).await)?;
    let parts = [
        ("plan", agreed.plan.as_str()),
        ("period", agreed.period.as_str()),
        ("seats", agreed.seats.as_str()),
        ("price", agreed.price.as_str()),
        ("modules", &agreed.modules.join(" ")),
        ("state", agreed.state.as_str()),
        ("last_day", agreed.last_day.as_str()),
    ];
    leptos_axum::redirect(&with_query(&format!("/admin/orgs/{slug}#then"), &parts));
    Ok(())
}

/// Agrees to other terms with an organisation, by hand.
#[server(name = Agree, prefix = "/fn", endpoint = "admin/agree", output = Packed, client = Sender)]
pub async fn agree(
    slug: String,
    plan: String,
    period: String,
    seats: String,
    price: String,
    #[server(default)] modules: Vec<String>,
    state: String,
    last_day: String,
) -> Result<()> {
    use super::{
        operator::Acting,
        orgs::{self, Agreed},
    };
    use crate::request;
    let platform = request::platform();
    let by = request::page(Acting::of(&platform, request::standing()).await)?;
    let agreed = Agreed { plan, period, seats, price, modules, state, last_day };
    request::page(orgs::agree(&platform, by, &slug, &agreed).await)?;
    leptos_axum::redirect(&format!("/admin/orgs/{slug}?agreed=1"));
    Ok(())
}

/// Suspends an organisation, or opens it again.
#[server(name = Suspend, prefix = "/fn", endpoint = "admin/suspend", output = Packed, client = Sender)]
pub async fn suspend(slug: String, #[server(default)] shut: bool, #[server(default)] why: String) -> Result<()> {
    use super::{operator::Acting, orgs};
    use crate::request;
    let platform = request::platform();
    let by = request::page(Acting::of(&platform, request::standing()).await)?;
    request::page(orgs::suspend(&platform, by, &slug, shut, &why).await)?;
    leptos_axum::redirect(&format!("/admin/orgs/{slug}?{}=1", if shut { "suspended" } else { "restored" }));
    Ok(())
}

/// Makes an organisation a partner, or agrees to other bounds with one.
#[server(name = AgreePartner, prefix = "/fn", endpoint = "admin/partner", output = Packed, client = Sender)]
pub async fn agree_partner(
    slug: String,
    #[server(default)] plans: Vec<String>,
    most_free_days: String,
    least_percent: String,
    most_open: String,
) -> Result<()> {
    use super::operator::Acting;
    use crate::{
        onboarding::partners::{self, Given},
        request,
    };
    let platform = request::platform();
    let by = request::page(Acting::of(&platform, request::standing()).await)?;
    let given = Given { plans, most_free_days, least_percent, most_open };
    request::page(partners::agree(&platform, by, &slug, &given).await)?;
    leptos_axum::redirect(&format!("/admin/orgs/{slug}?partner=1"));
    Ok(())
}

/// Ends a partnership.
#[server(name = EndPartner, prefix = "/fn", endpoint = "admin/partner-end", output = Packed, client = Sender)]
pub async fn end_partner(slug: String, #[server(default)] typed: String) -> Result<()> {
    use super::operator::Acting;
    use crate::{onboarding::partners, request};
    let platform = request::platform();
    let by = request::page(Acting::of(&platform, request::standing()).await)?;
    request::page(partners::end(&platform, by, &slug, &typed).await)?;
    leptos_axum::redirect(&format!("/admin/orgs/{slug}?ended=1"));
    Ok(())
}

/// Asks an organisation's owner to let support look.
#[server(name = AskAccess, prefix = "/fn", endpoint = "admin/ask-access", output = Packed, client = Sender)]
pub async fn ask_access(slug: String, #[server(default)] why: String, #[server(default)] hours: String) -> Result<()> {
    use super::operator::Acting;
    use crate::{request, support::consent};
    let platform = request::platform();
    let by = request::page(Acting::of(&platform, request::standing()).await)?;
    request::page(consent::ask(&platform, by, &slug, &why, &hours).await)?;
    leptos_axum::redirect(&format!("/admin/orgs/{slug}?asked=1"));
    Ok(())
}

/// Has an event of Stripe's taken over again.
#[server(name = TakeOverAgain, prefix = "/fn", endpoint = "admin/event-again", output = Packed, client = Sender)]
pub async fn take_over_again(id: String) -> Result<()> {
    use super::{operator::Acting, payments};
    use crate::request;
    let platform = request::platform();
    let by = request::page(Acting::of(&platform, request::standing()).await)?;
    request::page(payments::again(&platform, by, &id).await)?;
    leptos_axum::redirect("/admin/payments?again=1");
    Ok(())
}

/// Compares everything with Stripe now.
#[server(name = ComparePayments, prefix = "/fn", endpoint = "admin/compare-payments", output = Packed, client = Sender)]
pub async fn compare_payments() -> Result<()> {
    use super::{operator::Acting, payments};
    use crate::request;
    let platform = request::platform();
    let by = request::page(Acting::of(&platform, request::standing()).await)?;
    request::page(payments::compare(&platform, by).await)?;
    leptos_axum::redirect("/admin/payments?compared=1");
    Ok(())
}

/// The newest letters.
#[server(name = ReadMails, prefix = "/fn", endpoint = "admin/mails", input = GetUrl, output = Packed)]
pub async fn mails(state: Option<String>, before: Option<String>) -> Result<MailsPage> {
    use super::{mail_views, operator::Operator};
    use crate::request;
    let platform = request::platform();
    let by = request::page(Operator::of(&platform, request::standing()).await)?;
    let (state, before) = (state.unwrap_or_default(), before.unwrap_or_default());
    request::page(mail_views::mails(&platform, by, &state, &before).await)
}

/// What letters look like.
#[server(name = ReadTemplates, prefix = "/fn", endpoint = "admin/mail-templates", input = GetUrl, output = Packed)]
pub async fn mail_templates() -> Result<TemplatesPage> {
    use super::{mail_views, operator::Operator};
    use crate::request;
    let platform = request::platform();
    let by = request::page(Operator::of(&platform, request::standing()).await)?;
    Ok(mail_views::templates(&platform, by))
}

/// Has a letter sent again that was given up.
#[server(name = SendMailAgain, prefix = "/fn", endpoint = "admin/send-mail-again", output = Packed, client = Sender)]
pub async fn send_mail_again(id: String) -> Result<()> {
    use super::{mail, operator::Acting};
    use crate::request;
    let platform = request::platform();
    let by = request::page(Acting::of(&platform, request::standing()).await)?;
    request::page(mail::send_again(&platform, by, &id).await)?;
    leptos_axum::redirect("/admin/mail?again=1");
    Ok(())
}

/// Has mail sent again to an address that it was held back from.
#[server(name = FreeAddress, prefix = "/fn", endpoint = "admin/free-address", output = Packed, client = Sender)]
pub async fn free_address(email: String) -> Result<()> {
    use super::{mail, operator::Acting};
    use crate::request;
    let platform = request::platform();
    let by = request::page(Acting::of(&platform, request::standing()).await)?;
    request::page(mail::lift(&platform, by, &email).await)?;
    leptos_axum::redirect("/admin/mail?freed=1");
    Ok(())
}

/// Says who runs the platform.
#[server(name = SayName, prefix = "/fn", endpoint = "admin/name", output = Packed, client = Sender)]
pub async fn say_name(name: String, #[server(default)] next: String) -> Result<()> {
    use super::operator::Operator;
    use crate::{auth::accounts, request};
    let platform = request::platform();
    let (by, _) = request::page(Operator::at_the_door(&platform, request::standing()).await)?;
    request::page(accounts::rename(&platform, by.user(), &name).await)?;
    let back = request::is_local_path(&next) && (next == "/admin" || next.starts_with("/admin/"));
    leptos_axum::redirect(if back { &next } else { "/admin" });
    Ok(())
}

/// Who has an account.
#[server(name = ReadPeople, prefix = "/fn", endpoint = "admin/people", input = GetUrl, output = Packed)]
pub async fn people(email: Option<String>, after: Option<String>) -> Result<PeoplePage> {
    use super::{operator::Operator, people};
    use crate::request;
    let platform = request::platform();
    let by = request::page(Operator::of(&platform, request::standing()).await)?;
    let after = after.and_then(|after| after.parse().ok());
    request::page(people::list(&platform, by, &email.unwrap_or_default(), after).await)
}

/// Logs somebody out everywhere.
#[server(name = EndSessions, prefix = "/fn", endpoint = "admin/end-sessions", output = Packed, client = Sender)]
pub async fn end_sessions(id: String) -> Result<()> {
    use super::{operator::Acting, people};
    use crate::{error::AppError, request};
    let platform = request::platform();
    let by = request::page(Acting::of(&platform, request::standing()).await)?;
    let user = request::page(id.parse().map_err(|_| AppError::not_found("that person")))?;
    request::page(people::log_out(&platform, by, user).await)?;
    leptos_axum::redirect("/admin/people?ended=1");
    Ok(())
}

/// The background jobs.
#[server(name = ReadJobs, prefix = "/fn", endpoint = "admin/jobs", input = GetUrl, output = Packed)]
pub async fn jobs() -> Result<JobsPage> {
    use super::{jobs, operator::Operator};
    use crate::request;
    let platform = request::platform();
    let by = request::page(Operator::of(&platform, request::standing()).await)?;
    request::page(jobs::list(&platform, by).await)
}

/// Has a job run now.
#[server(name = RunJob, prefix = "/fn", endpoint = "admin/run-job", output = Packed, client = Sender)]
pub async fn run_job(name: String, host: String) -> Result<()> {
    use super::{jobs, operator::Acting};
    use crate::request;
    let platform = request::platform();
    let by = request::page(Acting::of(&platform, request::standing()).await)?;
    request::page(jobs::run(&platform, by, &name, &host).await)?;
    leptos_axum::redirect("/admin/jobs?asked=1");
    Ok(())
}

/// How the platform is.
#[server(name = ReadHealth, prefix = "/fn", endpoint = "admin/health", input = GetUrl, output = Packed)]
pub async fn health() -> Result<HealthPage> {
    use super::{health, operator::Operator};
    use crate::request;
    let platform = request::platform();
    let by = request::page(Operator::of(&platform, request::standing()).await)?;
    request::page(health::look(&platform, by).await)
}

/// The platform's own log.
#[server(name = ReadLog, prefix = "/fn", endpoint = "admin/log", input = GetUrl, output = Packed)]
pub async fn log(#[server(default)] ours: bool, before: Option<i64>) -> Result<LogPage> {
    use super::{log, operator::Operator};
    use crate::request;
    let platform = request::platform();
    let by = request::page(Operator::of(&platform, request::standing()).await)?;
    request::page(log::list(&platform, by, ours, before).await)
}
