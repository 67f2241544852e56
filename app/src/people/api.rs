//! The server functions of the pages about people.
#![expect(missing_docs, reason = "the server macro makes a struct of the arguments; they are the form’s fields")]

use leptos::{prelude::*, server_fn::codec::GetUrl};

use super::wire::{AuditPage, InvitationPage, InvitingPage, OwnershipPage, PeoplePage, PersonPage, SecurityPage};
use crate::{error::Result, packed::Packed, ui::Sender};

/// Who belongs to the organisation.
#[server(name = ReadPeople, prefix = "/fn", endpoint = "people/all", input = GetUrl, output = Packed)]
pub async fn people(org: String) -> Result<PeoplePage> {
    use super::views;
    use crate::request;
    let person = request::page(request::standing().logged_in())?;
    request::page(views::people(&request::platform(), person, &org).await)
}

/// One of them, to be changed.
#[server(name = ReadPerson, prefix = "/fn", endpoint = "people/one", input = GetUrl, output = Packed)]
pub async fn person(org: String, id: String) -> Result<PersonPage> {
    use super::views;
    use crate::request;
    let person = request::page(request::standing().logged_in())?;
    let id = request::page(user(&id))?;
    request::page(views::person(&request::platform(), person, &org, id).await)
}

/// Changes what somebody may do.
#[server(name = ChangePerson, prefix = "/fn", endpoint = "people/change", output = Packed, client = Sender)]
pub async fn change_person(
    org: String,
    id: String,
    role: String,
    #[server(default)] grants: Vec<String>,
    #[server(default)] modules: Vec<String>,
) -> Result<()> {
    use super::members::{self, Given};
    use crate::request;
    let by = request::page(request::standing().elevated())?;
    let id = request::page(user(&id))?;
    let given = Given { role, grants, modules };
    request::page(members::change(&request::platform(), by, &org, id, &given).await)?;
    leptos_axum::redirect(&format!("/app/{org}/settings/people?changed=1"));
    Ok(())
}

/// What somebody who is invited can be allowed.
#[server(name = ReadInviting, prefix = "/fn", endpoint = "people/inviting", input = GetUrl, output = Packed)]
pub async fn inviting(org: String) -> Result<InvitingPage> {
    use super::views;
    use crate::request;
    let person = request::page(request::standing().logged_in())?;
    request::page(views::inviting(&request::platform(), person, &org).await)
}

/// Invites somebody.
#[server(name = Invite, prefix = "/fn", endpoint = "people/invite", output = Packed, client = Sender)]
pub async fn invite(
    org: String,
    email: String,
    role: String,
    #[server(default)] grants: Vec<String>,
    #[server(default)] modules: Vec<String>,
) -> Result<()> {
    use super::{invitations, members::Given};
    use crate::request;
    let by = request::page(request::standing().elevated())?;
    let given = Given { role, grants, modules };
    request::page(invitations::invite(&request::platform(), by, &org, &email, &given).await)?;
    leptos_axum::redirect(&format!("/app/{org}/settings/people?invited=1"));
    Ok(())
}

/// Sends an invitation once more.
#[server(name = InviteAgain, prefix = "/fn", endpoint = "people/invite-again", output = Packed, client = Sender)]
pub async fn invite_again(org: String, id: String) -> Result<()> {
    use super::invitations;
    use crate::request;
    let by = request::page(request::standing().elevated())?;
    let id = request::page(invitation(&id))?;
    request::page(invitations::send_again(&request::platform(), by, &org, id).await)?;
    leptos_axum::redirect(&format!("/app/{org}/settings/people?again=1"));
    Ok(())
}

/// Sends an invitation to another address.
#[server(name = ReaddressInvitation, prefix = "/fn", endpoint = "people/readdress-invitation", output = Packed, client = Sender)]
pub async fn readdress_invitation(org: String, id: String, email: String) -> Result<()> {
    use super::invitations;
    use crate::request;
    let by = request::page(request::standing().elevated())?;
    let id = request::page(invitation(&id))?;
    request::page(invitations::change_address(&request::platform(), by, &org, id, &email).await)?;
    leptos_axum::redirect(&format!("/app/{org}/settings/people?invited=1"));
    Ok(())
}

/// Withdraws an invitation.
#[server(name = WithdrawInvitation, prefix = "/fn", endpoint = "people/withdraw-invitation", output = Packed, client = Sender)]
pub async fn withdraw_invitation(org: String, id: String) -> Result<()> {
    use super::invitations;
    use crate::request;
    let by = request::page(request::standing().elevated())?;
    let id = request::page(invitation(&id))?;
    request::page(invitations::withdraw(&request::platform(), by, &org, id).await)?;
    leptos_axum::redirect(&format!("/app/{org}/settings/people?withdrawn=1"));
    Ok(())
}

/// What an invitation offers whoever has its link.
#[server(name = ReadInvitation, prefix = "/fn", endpoint = "auth/invitation", input = GetUrl, output = Packed)]
pub async fn invitation_page(token: String) -> Result<InvitationPage> {
    use super::views;
    use crate::request;
    request::page(views::invitation(&request::platform(), request::standing(), &token).await)
}

/// Takes an invitation up with the account that one has.
#[server(name = AcceptInvitation, prefix = "/fn", endpoint = "auth/accept-invitation", output = Packed, client = Sender)]
pub async fn accept_invitation(token: String) -> Result<()> {
    use super::invitations;
    use crate::request;
    let person = request::page(request::standing().logged_in())?;
    let home = request::page(invitations::accept(&request::platform(), person, &token).await)?;
    leptos_axum::redirect(&home);
    Ok(())
}

/// Takes an invitation up with a new account.
#[server(name = Join, prefix = "/fn", endpoint = "auth/join", output = Packed, client = Sender)]
pub async fn join(token: String, name: String, password: String) -> Result<()> {
    use super::invitations;
    use crate::{auth::api::admit, request};
    let joined = invitations::join(&request::platform(), &token, &name, &password, &request::browser()).await;
    admit(&request::page(joined)?, None);
    Ok(())
}

/// Takes somebody out of the organisation.
#[server(name = RemovePerson, prefix = "/fn", endpoint = "people/remove", output = Packed, client = Sender)]
pub async fn remove_person(org: String, id: String) -> Result<()> {
    use super::members;
    use crate::request;
    let by = request::page(request::standing().elevated())?;
    let id = request::page(user(&id))?;
    request::page(members::remove(&request::platform(), by, &org, id).await)?;
    leptos_axum::redirect(&format!("/app/{org}/settings/people?removed=1"));
    Ok(())
}

/// Leaves the organisation.
#[server(name = LeaveOrg, prefix = "/fn", endpoint = "people/leave", output = Packed, client = Sender)]
pub async fn leave(org: String) -> Result<()> {
    use super::members;
    use crate::request;
    let by = request::page(request::standing().elevated())?;
    request::page(members::leave(&request::platform(), by, &org).await)?;
    leptos_axum::redirect("/app");
    Ok(())
}

/// Asks for somebody's second factor to be taken away.
#[server(name = AskFactorReset, prefix = "/fn", endpoint = "people/ask-factor-reset", output = Packed, client = Sender)]
pub async fn ask_factor_reset(org: String, id: String) -> Result<()> {
    use super::factor_reset;
    use crate::request;
    let by = request::page(request::standing().elevated())?;
    let id = request::page(user(&id))?;
    request::page(factor_reset::ask(&request::platform(), by, &org, id).await)?;
    leptos_axum::redirect(&format!("/app/{org}/settings/people?reset=1"));
    Ok(())
}

/// Calls that off.
#[server(name = CancelFactorReset, prefix = "/fn", endpoint = "people/cancel-factor-reset", output = Packed, client = Sender)]
pub async fn cancel_factor_reset(org: String, id: String) -> Result<()> {
    use super::factor_reset;
    use crate::request;
    let by = request::page(request::standing().elevated())?;
    let id = request::page(user(&id))?;
    request::page(factor_reset::cancel(&request::platform(), by, &org, id).await)?;
    leptos_axum::redirect(&format!("/app/{org}/settings/people?kept=1"));
    Ok(())
}

/// Keeps one's own second factor, which an admin wants taken away.
#[server(name = KeepFactor, prefix = "/fn", endpoint = "people/keep-factor", output = Packed, client = Sender)]
pub async fn keep_factor() -> Result<()> {
    use super::factor_reset;
    use crate::request;
    let person = request::page(request::standing().logged_in())?;
    request::page(factor_reset::keep(&request::platform(), person).await)?;
    leptos_axum::redirect("/account?factor=1");
    Ok(())
}

/// Offers the ownership to somebody.
#[server(name = OfferOwnership, prefix = "/fn", endpoint = "people/offer-ownership", output = Packed, client = Sender)]
pub async fn offer_ownership(org: String, id: String) -> Result<()> {
    use super::ownership;
    use crate::request;
    let by = request::page(request::standing().elevated())?;
    let id = request::page(user(&id))?;
    request::page(ownership::offer(&request::platform(), by, &org, id).await)?;
    leptos_axum::redirect(&format!("/app/{org}/settings/ownership"));
    Ok(())
}

/// Takes the ownership that was offered, or says no to it.
#[server(name = AnswerOwnership, prefix = "/fn", endpoint = "people/answer-ownership", output = Packed, client = Sender)]
pub async fn answer_ownership(org: String, #[server(default)] take: bool) -> Result<()> {
    use super::ownership;
    use crate::request;
    let by = request::page(request::standing().elevated())?;
    if take {
        request::page(ownership::take(&request::platform(), by, &org).await)?;
        leptos_axum::redirect(&format!("/app/{org}/settings/people?owner=1"));
    } else {
        request::page(ownership::withdraw(&request::platform(), by, &org).await)?;
        leptos_axum::redirect(&format!("/app/{org}/settings"));
    }
    Ok(())
}

/// An offer of the ownership.
#[server(name = ReadOwnership, prefix = "/fn", endpoint = "people/ownership", input = GetUrl, output = Packed)]
pub async fn ownership(org: String) -> Result<OwnershipPage> {
    use super::views;
    use crate::request;
    let person = request::page(request::standing().logged_in())?;
    request::page(views::ownership(&request::platform(), person, &org).await)
}

/// How the organisation wants its people to log in.
#[server(name = ReadSecurity, prefix = "/fn", endpoint = "people/security", input = GetUrl, output = Packed)]
pub async fn security(org: String) -> Result<SecurityPage> {
    use super::views;
    use crate::request;
    let person = request::page(request::standing().logged_in())?;
    request::page(views::security(&request::platform(), person, &org).await)
}

/// Changes that.
#[server(name = SaveSecurity, prefix = "/fn", endpoint = "people/save-security", output = Packed, client = Sender)]
pub async fn save_security(org: String, policy: String, grace_days: String, idle_minutes: String) -> Result<()> {
    use super::security;
    use crate::request;
    let by = request::page(request::standing().elevated())?;
    // What isn't a number is out of every range.
    let number = |text: &str| text.trim().parse().unwrap_or(-1);
    let (grace_days, idle_minutes) = (number(&grace_days), number(&idle_minutes));
    request::page(security::save(&request::platform(), by, &org, &policy, grace_days, idle_minutes).await)?;
    leptos_axum::redirect(&format!("/app/{org}/settings/security?saved=1"));
    Ok(())
}

/// A part of the audit log.
#[server(name = ReadAudit, prefix = "/fn", endpoint = "people/audit", input = GetUrl, output = Packed)]
pub async fn audit(
    org: String,
    #[server(default)] who: String,
    #[server(default)] what: String,
    #[server(default)] from: String,
    #[server(default)] to: String,
    before: Option<i64>,
) -> Result<AuditPage> {
    use super::{audit_log, wire::AuditQuery};
    use crate::request;
    let asked = AuditQuery { who, what, from, to, before };
    request::page(audit_log::page(&request::platform(), &request::actor(), &org, asked).await)
}

#[cfg(feature = "ssr")]
fn invitation(id: &str) -> Result<super::invitations::InvitationId> {
    id.parse().map_err(|_| crate::error::AppError::not_found("that invitation"))
}

#[cfg(feature = "ssr")]
fn user(id: &str) -> Result<crate::ids::UserId> {
    id.parse().map_err(|_| crate::error::AppError::not_found("that person"))
}
