//! What the pages about people show, worded on the server.

use jiff::tz::TimeZone;

use super::{
    invitations::{self, Invitation, InvitationId, You},
    members::{self, Member, may_manage},
    ownership, security,
    wire::{
        Factor, InvitationPage, InvitedLine, InvitingPage, OwnershipPage, PeoplePage, PersonLine, PersonPage,
        ReaddressingPage, SecurityPage, Way,
    },
};
use crate::{
    auth::standing::{LoggedIn, Standing},
    clock::Instant,
    db::Access,
    error::{AppError, Result},
    ids::UserId,
    mail::delivery::{self, Reason},
    module::Module,
    org::{Actor, Audience, FactorPolicy, OrgRef, OrgTx, Permission, Role},
    permissions,
    platform::Platform,
    ui::Choice,
};

/// Who belongs to the organisation.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn people(platform: &Platform, person: LoggedIn, org: &str) -> Result<PeoplePage> {
    let mut tx = open(platform, person, org, &permissions::MANAGE_PEOPLE).await?;
    let members = members::all(&mut tx).await?;
    let policy = security::read(&mut tx).await?.policy;
    let offer = ownership::pending(&mut tx).await?;
    let invited = invitations::open_ones(&mut tx).await?;
    let seats = members::seats(&mut tx).await?;
    let of_invited = invited.iter().map(|invitation| invitation.email.as_str());
    let emails: Vec<&str> = of_invited.chain(members.iter().map(|member| member.email.as_str())).collect();
    let whom = platform.whom_to_write_to();
    let reasons = delivery::why_each_is_held_back(platform, tx.platform_part(), &emails).await?;
    let mut held_back = reasons.into_iter().map(|reason| in_words(reason, &whom));
    let mut no_mail = || held_back.next().flatten();
    let invited_lines = invited.iter().map(|invitation| invited_line(&tx, &members, invitation, no_mail())).collect();
    let people = members.iter().map(|member| line(&tx, policy, member, no_mail())).collect();
    let page = PeoplePage {
        invited: invited_lines,
        seats: match (seats.of, seats.held_to()) {
            (_, Some(most)) => members::held_words(most),
            (Some(of), None) if seats.taken > of => {
                let from = tx.org().terms.crowded_from().map(|from| day(&tx, from)).unwrap_or_default();
                format!(
                    "{} of {of} seats are taken. Everybody keeps theirs, and nobody can be added: take up more seats, or remove who has left. From {from} nothing can be changed otherwise.",
                    seats.taken
                )
            }
            (Some(1), None) => "Your plan has one seat.".to_owned(),
            (Some(of), None) => format!("{} of {of} seats are taken.", seats.taken),
            (None, None) => String::new(),
        },
        seat_free: seats.is_one_free(),
        confirmed: person.is_elevated(),
        people,
        offered_to: offer
            .and_then(|(to, _)| members.iter().find(|member| member.user == to))
            .map(|member| member.name.clone()),
    };
    tx.rollback().await?;
    Ok(page)
}

/// One of them, to be changed.
///
/// # Errors
/// 404 for somebody who doesn't belong.
pub async fn person(platform: &Platform, person: LoggedIn, org: &str, user: UserId) -> Result<PersonPage> {
    let mut tx = open(platform, person, org, &permissions::MANAGE_PEOPLE).await?;
    let member = members::one(&mut tx, user).await?;
    let policy = security::read(&mut tx).await?.policy;
    let offer = ownership::pending(&mut tx).await?;
    let own = tx.role().unwrap_or(Role::Member);
    let modules = members::modules(&mut tx).await?;
    let no_mail = no_mail(&mut tx, &member.email).await?;
    let above =
        |permission: &Permission| !matches!(permission.audience, Audience::Members(least) if member.role >= least);
    let page = PersonPage {
        person: line(&tx, policy, &member, no_mail),
        roles: roles(own, &modules, Some(member.role)),
        modules: module_choices(&modules, member.modules.as_deref()),
        grants: members::grantable()
            .filter(|permission| tx.allows(permission) && above(permission))
            .filter(|permission| modules.iter().any(|module| Some(module.name()) == permission.module))
            .map(|permission| Choice {
                value: permission.name.to_owned(),
                label: permission.label.to_owned(),
                chosen: member.grants.iter().any(|name| name == permission.name),
            })
            .collect(),
        confirmed: person.is_elevated(),
        may_offer: own == Role::Owner && member.user != person.user(),
        offered: offer.is_some_and(|(to, _)| to == member.user),
    };
    tx.rollback().await?;
    Ok(page)
}

/// What somebody who is invited can be allowed.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn inviting(platform: &Platform, person: LoggedIn, org: &str) -> Result<InvitingPage> {
    let mut tx = open(platform, person, org, &permissions::MANAGE_PEOPLE).await?;
    let modules = members::modules(&mut tx).await?;
    let page = InvitingPage {
        roles: roles(tx.role().unwrap_or(Role::Member), &modules, None),
        modules: module_choices(&modules, None),
        seat_free: members::seats(&mut tx).await?.is_one_free(),
        confirmed: person.is_elevated(),
    };
    tx.rollback().await?;
    Ok(page)
}

/// An invitation that is to go to another address.
///
/// # Errors
/// As [`OrgTx::open`]; 404 for one that was answered or withdrawn; 403 for one to a role above one's own.
pub async fn readdressing(
    platform: &Platform,
    person: LoggedIn,
    org: &str,
    id: InvitationId,
) -> Result<ReaddressingPage> {
    let mut tx = open(platform, person, org, &permissions::MANAGE_PEOPLE).await?;
    let invitation = invitations::one(&mut tx, id).await?;
    let no_mail = no_mail(&mut tx, &invitation.email).await?;
    let why = why_unread(&invitation, no_mail);
    tx.rollback().await?;
    Ok(ReaddressingPage { id: id.to_string(), email: invitation.email, why, confirmed: person.is_elevated() })
}

/// An invitation, for whoever has its link.
///
/// # Errors
/// 404 for a link that doesn't work.
pub async fn invitation(platform: &Platform, standing: Standing, token: &str) -> Result<InvitationPage> {
    let invited = invitations::look(platform, standing, token).await?;
    Ok(InvitationPage {
        org_name: invited.org_name,
        by: invited.by,
        email: invited.email,
        role: invited.role.as_str().to_owned(),
        way: match invited.you {
            You::Another => Way::LogOut,
            _ if !invited.seat_free => Way::Wait,
            You::Invited => Way::Join,
            You::Known => Way::LogIn,
            You::New => Way::MakeAccount,
        },
    })
}

/// How the organisation wants its people to log in.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn security(platform: &Platform, person: LoggedIn, org: &str) -> Result<SecurityPage> {
    let mut tx = open(platform, person, org, &permissions::MANAGE_SECURITY).await?;
    let holds = security::read(&mut tx).await?;
    let members = members::all(&mut tx).await?;
    let now = tx.now();
    let page = SecurityPage {
        policy: holds.policy.as_str().to_owned(),
        due_on: holds.due_at.filter(|due| now < *due).map(|due| day(&tx, due)),
        idle_minutes: holds.idle_minutes,
        admins_without: members.iter().any(|member| member.role >= Role::Admin && !member.has_factor),
        without_factor: members.into_iter().filter(|member| !member.has_factor).map(|member| member.name).collect(),
        confirmed: person.is_elevated(),
    };
    tx.rollback().await?;
    Ok(page)
}

/// An offer of the ownership, for those whom it concerns.
///
/// # Errors
/// 404 for anybody else, and where nothing is offered.
pub async fn ownership(platform: &Platform, person: LoggedIn, org: &str) -> Result<OwnershipPage> {
    let mut tx = open(platform, person, org, &permissions::ENTER).await?;
    let nothing = || AppError::not_found("that offer");
    let (to, by) = ownership::pending(&mut tx).await?.ok_or_else(nothing)?;
    if ![to, by].contains(&person.user()) {
        return Err(nothing());
    }
    let page = OwnershipPage {
        org_name: tx.org().name.clone(),
        by: members::one(&mut tx, by).await?.name,
        to: members::one(&mut tx, to).await?.name,
        to_you: to == person.user(),
        confirmed: person.is_elevated(),
    };
    tx.rollback().await?;
    Ok(page)
}

/// The roles that somebody with this one can give, and what each may do in these modules. One that adds nothing to the one below is
/// offered to nobody but who has it.
fn roles(own: Role, modules: &[&'static dyn Module], has: Option<Role>) -> Vec<(String, String, String)> {
    let own_to = |role: Role| {
        let permissions = modules.iter().flat_map(|module| module.permissions());
        permissions.filter(move |one| one.audience == Audience::Members(role)).map(|one| one.label)
    };
    let member = listed(own_to(Role::Member)).unwrap_or_else(|| "Enters the dashboard.".to_owned());
    let manager = listed(own_to(Role::Manager)).map(|more| format!("Also: {more}"));
    let manager = manager.or_else(|| (has == Some(Role::Manager)).then(|| "Does what a member does.".to_owned()));
    let roles = [
        (Role::Member, "Member", Some(member)),
        (Role::Manager, "Manager", manager),
        (Role::Admin, "Admin", Some("Also changes settings and invites or removes people.".to_owned())),
    ];
    let offered = roles.into_iter().filter_map(|(role, name, about)| Some((role, name, about?)));
    let given = offered.filter(|(role, ..)| *role <= own);
    given.map(|(role, name, about)| (role.as_str().to_owned(), name.to_owned(), about)).collect()
}

/// "See appointments and who booked, and the client list; change appointments and clients.": a verb is said once.
fn listed(labels: impl Iterator<Item = &'static str>) -> Option<String> {
    let mut by_verb: Vec<(&str, Vec<&str>)> = Vec::new();
    for label in labels {
        let (verb, what) = label.split_once(' ').unwrap_or((label, ""));
        match by_verb.iter_mut().find(|(known, _)| *known == verb) {
            Some((_, all)) => all.push(what),
            None => by_verb.push((verb, vec![what])),
        }
    }
    let parts: Vec<String> = by_verb
        .into_iter()
        .enumerate()
        .map(|(at, (verb, what))| {
            let verb = if at == 0 { verb.to_owned() } else { verb.to_lowercase() };
            let and = if what.iter().any(|one| one.contains(" and ")) { ", and " } else { " and " };
            format!("{verb} {}", what.join(and)).trim_end().to_owned()
        })
        .collect();
    (!parts.is_empty()).then(|| format!("{}.", parts.join("; ")))
}

/// The modules to choose from, where there is a choice.
fn module_choices(has: &[&'static dyn Module], chosen: Option<&[String]>) -> Vec<Choice> {
    if has.len() < 2 {
        return Vec::new();
    }
    let is_chosen = |name: &str| chosen.is_none_or(|chosen| chosen.iter().any(|one| one == name));
    has.iter()
        .map(|module| Choice {
            value: module.name().to_owned(),
            label: module.title().to_owned(),
            chosen: is_chosen(module.name()),
        })
        .collect()
}

/// Why no mail is sent to an address, for the admins of whoever has it.
async fn no_mail(tx: &mut OrgTx, email: &str) -> Result<Option<String>> {
    let platform = tx.platform().clone();
    let reason = delivery::why_held_back(&platform, tx.platform_part(), email).await?;
    Ok(in_words(reason, &platform.whom_to_write_to()))
}

fn in_words(reason: Option<Reason>, whom: &str) -> Option<String> {
    reason.map(|reason| {
        let why = match reason {
            Reason::Bounced => "Mail to this address came back",
            Reason::Complained => "Our mail to this address was called spam",
        };
        format!("{why}, so none is sent to it any more. If the address is right, write to {whom} to have it freed.")
    })
}

fn invited_line(tx: &OrgTx, members: &[Member], invitation: &Invitation, no_mail: Option<String>) -> InvitedLine {
    let by =
        members.iter().find(|member| member.user == invitation.by).map(|member| format!("Invited by {}", member.name));
    let by = by.unwrap_or_else(|| "Invited by somebody who has left".to_owned());
    let lapsed = invitation.until <= tx.now();
    let word = if lapsed { "was good until" } else { "good until" };
    let no_mail = why_unread(invitation, no_mail);
    InvitedLine {
        id: invitation.id.to_string(),
        email: invitation.email.clone(),
        role: invitation.role.as_str().to_owned(),
        about: format!("{by}; {word} {}.", day(tx, invitation.until)),
        lapsed,
        no_mail,
    }
}

/// Why whoever is invited hasn't read of it, as far as that is known.
fn why_unread(invitation: &Invitation, no_mail: Option<String>) -> Option<String> {
    const UNDELIVERED: &str = "The email couldn’t be delivered to that address.";
    match no_mail {
        Some(why) if invitation.undelivered => Some(format!("{UNDELIVERED} {why}")),
        None if invitation.undelivered => {
            Some(format!("{UNDELIVERED} Check it, then change it or send the email again."))
        }
        no_mail => no_mail,
    }
}

fn line(tx: &OrgTx, policy: FactorPolicy, member: &Member, no_mail: Option<String>) -> PersonLine {
    let label = |name: &String| permissions::named(name).map_or_else(|| name.clone(), |known| known.label.to_owned());
    PersonLine {
        id: member.user.to_string(),
        name: member.name.clone(),
        email: member.email.clone(),
        role: member.role.as_str().to_owned(),
        also: member.grants.iter().map(label).collect(),
        you: tx.user() == Some(member.user),
        factor: match (member.has_factor, policy.asks(member.role)) {
            (true, _) => Factor::Has,
            (false, true) => Factor::Lacks,
            (false, false) => Factor::Unasked,
        },
        factor_reset_on: member.factor_reset_at.map(|due| day(tx, due)),
        since: day(tx, member.since),
        no_mail,
        manageable: tx.role().is_some_and(|role| may_manage(role, member.role)),
    }
}

/// "30 November 2026", in the organisation's zone.
pub fn day(tx: &OrgTx, at: Instant) -> String {
    at.day_in(TimeZone::get(&tx.org().zone).unwrap_or(TimeZone::UTC))
}

async fn open(platform: &Platform, person: LoggedIn, org: &str, need: &'static Permission) -> Result<OrgTx> {
    OrgTx::open(platform, &Actor::User(person.user()), OrgRef::Slug(org), need, Access::Read).await
}
