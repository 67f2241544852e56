//! What people may do in an organisation, who owns it, and how it wants them to log in.

use app::{
    auth::accounts::{self, NewOrg},
    db::Access,
    ids::UserId,
    org::{Actor, OrgRef, OrgTx, Role},
    people::factor_reset,
    permissions, platform_sql,
};
use axum::http::StatusCode;
use futures::future::join_all;

use crate::{
    on_both,
    support::{Answer, PASSWORD, Site},
};

const OWNER: &str = "owner@alpha.example.com";
const PEOPLE: &str = "/app/alpha/settings/people";
const SERVICES: &str = "/app/alpha/calendar/services";

on_both! {
    /// An admin manages members and managers, the owner everybody but themselves; nobody else manages anybody, and nobody
    /// gives what they don't have.
    async fn people_are_managed_from_above(site: Site) {
        let owner = site.log_in("alpha").await;
        let (admin_id, admin) = site.join(site.alpha, "admin@example.com", Role::Admin).await;
        let (peer_id, _) = site.join(site.alpha, "peer@example.com", Role::Admin).await;
        let (member_id, member) = site.join(site.alpha, "member@example.com", Role::Member).await;
        let (_, manager) = site.join(site.alpha, "manager@example.com", Role::Manager).await;
        let owner_id = id_of(&site, OWNER).await;
        for cookie in [&member, &manager] {
            assert_eq!(site.get_as(cookie, PEOPLE).await.status, StatusCode::FORBIDDEN);
            assert_eq!(change(&site, cookie, member_id, "admin", &[]).await.status, StatusCode::FORBIDDEN);
        }
        assert_eq!(site.get_as(&admin, PEOPLE).await.status, StatusCode::OK);
        assert_eq!(change(&site, &admin, member_id, "manager", &[]).await.status, StatusCode::FOUND);
        assert_eq!(change(&site, &admin, member_id, "admin", &[]).await.status, StatusCode::FOUND);
        for (cookie, whom) in [(&admin, peer_id), (&admin, member_id), (&admin, admin_id), (&admin, owner_id), (&owner, owner_id)] {
            assert_eq!(change(&site, cookie, whom, "member", &[]).await.status, StatusCode::FORBIDDEN);
            assert_eq!(act(&site, cookie, "remove", whom).await.status, StatusCode::FORBIDDEN);
        }
        assert_eq!(change(&site, &owner, member_id, "member", &[]).await.status, StatusCode::FOUND);
        for bad in ["owner", "", "king", "ADMIN"] {
            assert_eq!(change(&site, &owner, member_id, bad, &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
        }
        // Somebody of another organisation isn't there, whoever asks.
        let stranger = id_of(&site, "owner@beta.example.com").await;
        assert_eq!(change(&site, &owner, stranger, "member", &[]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(site.get_as(&owner, &format!("{PEOPLE}/{stranger}")).await.status, StatusCode::NOT_FOUND);
        let beta = site.log_in("beta").await;
        assert_eq!(change(&site, &beta, member_id, "admin", &[]).await.status, StatusCode::NOT_FOUND);
    }

    /// What a module declares can be allowed to one person beyond their role; the platform's own can't.
    async fn a_permission_is_given_beyond_the_role(site: Site) {
        let owner = site.log_in("alpha").await;
        let (member_id, member) = site.join(site.alpha, "member@example.com", Role::Member).await;
        assert_eq!(site.get_as(&member, SERVICES).await.status, StatusCode::FORBIDDEN);
        assert_eq!(change(&site, &owner, member_id, "member", &["calendar.set_up"]).await.status, StatusCode::FOUND);
        assert_eq!(site.get_as(&member, SERVICES).await.status, StatusCode::OK, "from the next click on");
        assert_eq!(site.get_as(&member, PEOPLE).await.status, StatusCode::FORBIDDEN);
        for bad in ["platform.people", "platform.tokens", "calendar.everything", "calendar.browse", "calendar.set_up platform.people", ""] {
            assert_eq!(change(&site, &owner, member_id, "member", &[bad]).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
        }
        assert_eq!(change(&site, &owner, member_id, "member", &[]).await.status, StatusCode::FOUND);
        assert_eq!(site.get_as(&member, SERVICES).await.status, StatusCode::FORBIDDEN);
    }

    /// Changing people takes having shown again who one is.
    async fn a_browser_left_open_changes_nobody(site: Site) {
        let owner = site.log_in("alpha").await;
        let (member_id, _) = site.join(site.alpha, "member@example.com", Role::Member).await;
        site.set_clock("2026-11-22T22:11:00Z");
        assert_eq!(change(&site, &owner, member_id, "admin", &[]).await.status, StatusCode::FORBIDDEN);
        for what in ["remove", "ask-factor-reset", "offer-ownership"] {
            assert_eq!(act(&site, &owner, what, member_id).await.status, StatusCode::FORBIDDEN, "{what}");
        }
        assert_eq!(policy(&site, &owner, "everyone", "0", "30").await.status, StatusCode::FORBIDDEN);
        let page = site.get_as(&owner, &format!("{PEOPLE}/{member_id}")).await;
        assert!(page.text.contains("Confirm that it is you") && !page.text.contains("Yes, remove "), "{}", page.text);
    }

    /// Who is taken out is out at once: pages, functions, the API.
    async fn who_is_removed_is_out_at_once(site: Site) {
        let owner = site.log_in("alpha").await;
        let (member_id, member) = site.join(site.alpha, "member@example.com", Role::Member).await;
        assert_eq!(site.get_as(&member, "/app/alpha/calendar").await.status, StatusCode::OK);
        let gone = act(&site, &owner, "remove", member_id).await;
        assert_eq!((gone.status, gone.location()), (StatusCode::FOUND, "/app/alpha/settings/people?removed=1"));
        for path in ["/app/alpha/calendar", "/app/alpha/settings", "/api/v1/orgs/alpha/calendar/appointments"] {
            assert_eq!(site.get_as(&member, path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        assert_eq!(site.get_as(&member, "/account").await.status, StatusCode::OK, "the account stays theirs");
        assert_eq!(act(&site, &owner, "remove", member_id).await.status, StatusCode::NOT_FOUND);
        // Leaving by oneself.
        let (_, other) = site.join(site.alpha, "other@example.com", Role::Admin).await;
        assert_eq!(org_form(&site, &other, "leave", &[]).await.status, StatusCode::FOUND);
        assert_eq!(site.get_as(&other, "/app/alpha/calendar").await.status, StatusCode::NOT_FOUND);
        assert_eq!(org_form(&site, &owner, "leave", &[]).await.status, StatusCode::CONFLICT, "its owner can’t");
    }

    /// The database itself keeps an organisation from losing its owner.
    async fn an_organisation_keeps_an_owner(site: Site) {
        let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
        let alpha = site.alpha;
        let demoted = platform_sql!(exec, &mut tx, "UPDATE memberships SET role = 'admin' WHERE org_id = $1", alpha);
        assert!(demoted.is_err(), "{demoted:?}");
        drop(tx);
        let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
        let deleted = platform_sql!(exec, &mut tx, "DELETE FROM memberships WHERE org_id = $1", alpha);
        assert!(deleted.is_err(), "{deleted:?}");
    }

    /// The ownership passes on when the owner offers it and the other takes it, and not otherwise.
    async fn ownership_takes_both(site: Site) {
        let owner = site.log_in("alpha").await;
        let owner_id = id_of(&site, OWNER).await;
        let (heir_id, heir) = site.join(site.alpha, "heir@example.com", Role::Member).await;
        let (_, admin) = site.join(site.alpha, "admin@example.com", Role::Admin).await;
        let take = async |cookie: &str| org_form(&site, cookie, "answer-ownership", &[("take", "true")]).await;
        assert_eq!(take(&heir).await.status, StatusCode::NOT_FOUND, "nothing is offered");
        assert_eq!(act(&site, &admin, "offer-ownership", heir_id).await.status, StatusCode::FORBIDDEN);
        assert_eq!(act(&site, &owner, "offer-ownership", owner_id).await.status, StatusCode::CONFLICT);
        assert_eq!(act(&site, &owner, "offer-ownership", heir_id).await.status, StatusCode::FOUND);
        let link = site.mailed_link("heir@example.com").await;
        assert_eq!(link, "/app/alpha/settings/ownership");
        for (cookie, status) in [(&owner, StatusCode::OK), (&heir, StatusCode::OK), (&admin, StatusCode::NOT_FOUND)] {
            assert_eq!(site.get_as(cookie, &link).await.status, status);
        }
        assert_eq!(take(&admin).await.status, StatusCode::NOT_FOUND);
        assert_eq!(take(&owner).await.status, StatusCode::NOT_FOUND);
        assert_eq!(role_of(&site, OWNER).await, Role::Owner, "it is the owner's until it is taken");

        // Withdrawn is withdrawn; too late is too late.
        assert_eq!(org_form(&site, &owner, "answer-ownership", &[]).await.status, StatusCode::FOUND);
        assert_eq!(take(&heir).await.status, StatusCode::NOT_FOUND);
        act(&site, &owner, "offer-ownership", heir_id).await;
        let all = join_all((0..4).map(|_| take(&heir))).await;
        assert_eq!(all.iter().filter(|answer| answer.status == StatusCode::FOUND).count(), 1, "{all:?}");
        assert_eq!((role_of(&site, OWNER).await, role_of(&site, "heir@example.com").await), (Role::Admin, Role::Owner));
        assert!(site.mailed().await.iter().any(|letter| letter.to == OWNER && letter.subject.contains("another owner")));
        assert_eq!(act(&site, &owner, "offer-ownership", heir_id).await.status, StatusCode::FORBIDDEN, "no longer theirs to give");
        act(&site, &heir, "offer-ownership", owner_id).await;
        site.set_clock("2026-11-29T22:00:01Z");
        let late = site.log_in("alpha").await;
        assert_eq!(take(&late).await.status, StatusCode::NOT_FOUND, "a week later");
    }

    /// An admin has a lost second factor taken away: a day later, unless its owner keeps it; and a new one comes first.
    async fn a_lost_factor_goes_a_day_later(site: Site) {
        let owner = site.log_in("alpha").await;
        let (member_id, cookie) = site.join(site.alpha, "member@example.com", Role::Member).await;
        assert_eq!(act(&site, &owner, "ask-factor-reset", member_id).await.status, StatusCode::CONFLICT, "there is none");
        let cookie = site.enrol(&cookie).await;
        let (_, peer) = site.join(site.alpha, "peer@example.com", Role::Member).await;
        assert_eq!(act(&site, &peer, "ask-factor-reset", member_id).await.status, StatusCode::FORBIDDEN);
        site.mailed().await;

        assert_eq!(act(&site, &owner, "ask-factor-reset", member_id).await.status, StatusCode::FOUND);
        assert_eq!(act(&site, &owner, "ask-factor-reset", member_id).await.status, StatusCode::CONFLICT);
        assert_eq!(site.mailed_link("member@example.com").await, "/account");
        assert!(site.get_as(&cookie, "/account").await.text.contains("An admin asked for it to be removed"));
        let kept = site.form(Some(&cookie), "/fn/people/keep-factor", "/account", &[]).await;
        assert_eq!((kept.status, kept.location()), (StatusCode::FOUND, "/account?factor=1"));
        site.set_clock("2026-11-23T22:00:01Z");
        factor_reset::carry_out(&site.platform).await.expect("carried out");
        assert_eq!(password(&site, "member@example.com").await.location(), "/login/code?next=/app", "it was kept");

        let owner = site.log_in("alpha").await;
        assert_eq!(act(&site, &owner, "ask-factor-reset", member_id).await.status, StatusCode::FOUND);
        site.set_clock("2026-11-24T21:59:00Z");
        factor_reset::carry_out(&site.platform).await.expect("carried out");
        assert_eq!(password(&site, "member@example.com").await.location(), "/login/code?next=/app", "not yet");
        site.set_clock("2026-11-24T22:00:02Z");
        join_all((0..3).map(|_| factor_reset::carry_out(&site.platform))).await.into_iter().for_each(|done| done.expect("carried out"));
        let again = password(&site, "member@example.com").await;
        assert_eq!(again.location(), "/login/set-up?next=/app", "a password alone still opens nothing");
        let told = site.mailed().await;
        assert_eq!(told.iter().filter(|letter| letter.to == "member@example.com" && letter.subject == "Your two-step login is off").count(), 1, "{told:?}");

        // Where it protects another organisation too, one admin doesn't decide.
        let (both_id, both) = site.join(site.alpha, "both@example.com", Role::Member).await;
        let org = NewOrg { slug: "second".to_owned(), name: "Second".to_owned(), zone: "Australia/Perth".to_owned(), ..NewOrg::default() };
        accounts::create_org(&site.platform, &org, both_id, &[]).await.expect("an organisation");
        let _goes_on = site.enrol(&both).await;
        let owner = site.log_in("alpha").await;
        assert_eq!(act(&site, &owner, "ask-factor-reset", both_id).await.status, StatusCode::CONFLICT);
    }

    /// An organisation that is closed, suspended, or asks more than they have done can't keep somebody from keeping their second
    /// factor; and whoever does nothing keeps it there, too.
    async fn a_shut_organisation_takes_no_factor_away(site: Site) {
        let owner = site.log_in("alpha").await;
        let mut theirs = Vec::new();
        for name in ["keeps", "sleeps"] {
            let (id, cookie) = site.join(site.alpha, &format!("{name}@example.com"), Role::Member).await;
            theirs.push((id, site.enrol(&cookie).await));
        }
        for shut in ["closes_at", "suspended_at"] {
            for (id, _) in &theirs {
                assert_eq!(act(&site, &owner, "ask-factor-reset", *id).await.status, StatusCode::FOUND, "{shut}");
            }
            shut_alpha(&site, shut, true).await;
            let (keeps, cookie) = &theirs[0];
            assert!(site.get_as(cookie, "/account").await.text.contains("An admin asked for it to be removed"), "{shut}");
            let kept = site.form(Some(cookie), "/fn/people/keep-factor", "/account", &[]).await;
            assert_eq!((kept.status, kept.location()), (StatusCode::FOUND, "/account?factor=1"), "{shut}");
            assert_eq!(factor_reset::due_for(&site.platform, *keeps).await.expect("an answer"), None, "{shut}");
            let again = site.form(Some(cookie), "/fn/people/keep-factor", "/account", &[]).await;
            assert_eq!(again.status, StatusCode::NOT_FOUND, "{shut}");
            due(&site).await;
            factor_reset::carry_out(&site.platform).await.expect("carried out");
            assert_eq!(factor_reset::due_for(&site.platform, theirs[1].0).await.expect("an answer"), None, "{shut}");
            shut_alpha(&site, shut, false).await;
            for name in ["keeps", "sleeps"] {
                assert_eq!(password(&site, &format!("{name}@example.com")).await.location(), "/login/code?next=/app", "{shut} {name}");
            }
            // The owner reads who kept it, and who didn't have to.
            let log = site.get_as(&owner, "/app/alpha/settings/audit").await.text;
            assert!(log.contains("kept their two-step login") && log.contains("cancelled removing the two-step login"), "{log}");
        }
        // And while it is suspended it isn't asked for in the first place.
        shut_alpha(&site, "suspended_at", true).await;
        let refused = act(&site, &owner, "ask-factor-reset", theirs[0].0).await;
        assert!(refused.status == StatusCode::CONFLICT && refused.text.contains("suspended"), "{refused:?}");
    }

    /// No organisation takes the second factor away from who runs the platform, nor from who came to run it since it was asked for.
    async fn who_runs_the_platform_keeps_their_factor(site: Site) {
        let owner = site.log_in("alpha").await;
        let (id, cookie) = site.join(site.alpha, "runs@example.com", Role::Member).await;
        let _enrolled = site.enrol(&cookie).await;
        assert_eq!(act(&site, &owner, "ask-factor-reset", id).await.status, StatusCode::FOUND);
        let mut tx = site.platform.begin(Access::Write).await.expect("a transaction");
        platform_sql!(exec, &mut tx, "UPDATE users SET platform_admin = TRUE WHERE id = $1", id).expect("they run it");
        tx.commit().await.expect("a commit");
        due(&site).await;
        factor_reset::carry_out(&site.platform).await.expect("carried out");
        assert_eq!(password(&site, "runs@example.com").await.location(), "/login/code?next=/app");
        assert_eq!(factor_reset::due_for(&site.platform, id).await.expect("an answer"), None);
        let (page, id_given) = (format!("/app/alpha/settings/people/{id}"), id.to_string());
        let fields = [("org", "alpha"), ("id", id_given.as_str())];
        let refused = site.form(Some(&owner), "/fn/people/ask-factor-reset", &page, &fields).await;
        assert!(refused.status == StatusCode::CONFLICT && refused.text.contains("They run this platform"), "{refused:?}");
        assert_eq!(factor_reset::due_for(&site.platform, id).await.expect("an answer"), None);
    }

    /// Who asks others for a second factor has one; the others are told, have their days, and then set one up before anything
    /// opens, whether they were logged in or not.
    async fn an_organisation_asks_for_a_second_factor(site: Site) {
        let owner = site.log_in("alpha").await;
        let (_, member) = site.join(site.alpha, "member@example.com", Role::Member).await;
        assert_eq!(policy(&site, &owner, "everyone", "7", "30").await.status, StatusCode::CONFLICT, "first oneself");
        let owner = site.enrol(&owner).await;
        site.mailed().await;
        for (bad_policy, grace, idle) in [("nobody", "7", "30"), ("everyone", "31", "30"), ("everyone", "-1", "30"), ("everyone", "x", "30"), ("everyone", "7", "4"), ("everyone", "7", "721"), ("everyone", "7", "")] {
            assert_eq!(policy(&site, &owner, bad_policy, grace, idle).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad_policy} {grace} {idle}");
        }
        assert_eq!(policy(&site, &owner, "everyone", "7", "30").await.status, StatusCode::FOUND);
        let told: Vec<String> = site.mailed().await.into_iter().map(|letter| letter.to).collect();
        assert_eq!(told, ["member@example.com"]);
        let page = site.get_as(&member, "/app/alpha/calendar").await;
        assert!(page.status == StatusCode::OK && page.text.contains("From 30 November 2026 on, two-step login is asked of you here."), "{}", page.text);

        // Asking the same again gives nobody more time.
        assert_eq!(policy(&site, &owner, "everyone", "30", "30").await.status, StatusCode::FOUND);
        site.set_clock("2026-11-29T21:59:59Z");
        let fresh = site.log_in_as("member@example.com").await;
        assert_eq!(site.get_as(&fresh, "/app/alpha/calendar").await.status, StatusCode::OK);
        site.set_clock("2026-11-29T22:00:00Z");
        let refused = site.get_as(&fresh, "/app/alpha/calendar").await;
        assert!(refused.status == StatusCode::FORBIDDEN && refused.text.contains("Set up two-step login first"), "{}", refused.text);
        assert_eq!(site.get_as(&fresh, "/api/v1/orgs/alpha/calendar/appointments").await.status, StatusCode::FORBIDDEN);
        assert_eq!(password(&site, "member@example.com").await.location(), "/login/set-up?next=/app");
        // With one they are in; and then it can't be taken away.
        let fresh = site.enrol(&fresh).await;
        assert_eq!(site.get_as(&fresh, "/app/alpha/calendar").await.status, StatusCode::OK);
        assert_eq!(site.form(Some(&fresh), "/fn/auth/remove-factor", "/account", &[]).await.status, StatusCode::CONFLICT);
    }

    /// Asked of admins alone, members aren't asked; who becomes one is.
    async fn admins_alone_can_be_asked(site: Site) {
        let owner = site.log_in("alpha").await;
        let (member_id, member) = site.join(site.alpha, "member@example.com", Role::Member).await;
        let owner = site.enrol(&owner).await;
        assert_eq!(policy(&site, &owner, "admins", "0", "30").await.status, StatusCode::FOUND);
        assert_eq!(site.get_as(&member, "/app/alpha/calendar").await.status, StatusCode::OK);
        // Lacking it is worth a warning only where it is asked for.
        let lacks = async |tone: &str| site.get_as(&owner, "/app/alpha/settings/people").await.text.contains(&format!("badge-{tone}\">No two-step login"));
        assert!(lacks("neutral").await && !lacks("warning").await);
        assert_eq!(change(&site, &owner, member_id, "admin", &[]).await.status, StatusCode::FOUND);
        assert!(lacks("warning").await && !lacks("neutral").await);
        assert_eq!(site.get_as(&member, "/app/alpha/calendar").await.status, StatusCode::FORBIDDEN);
        assert_eq!(policy(&site, &owner, "optional", "0", "30").await.status, StatusCode::FOUND);
        assert_eq!(site.get_as(&member, "/app/alpha/calendar").await.status, StatusCode::OK);
    }

    /// An idle screen is logged out after as long as the strictest of somebody's organisations says; at once where it is idle
    /// for longer already.
    async fn an_idle_session_ends_when_the_organisation_says(site: Site) {
        let owner = site.log_in("alpha").await;
        let (_, member) = site.join(site.alpha, "member@example.com", Role::Member).await;
        assert_eq!(policy(&site, &owner, "optional", "0", "5").await.status, StatusCode::FOUND);
        let fresh = site.log_in_as("member@example.com").await;
        site.set_clock("2026-11-22T22:04:59Z");
        assert_eq!(site.get_as(&fresh, "/account").await.status, StatusCode::OK);
        site.set_clock("2026-11-22T22:10:00Z");
        for cookie in [&member, &fresh, &owner] {
            assert_eq!(site.get_as(cookie, "/account").await.status, StatusCode::UNAUTHORIZED);
        }
        let beta = site.log_in("beta").await;
        site.set_clock("2026-11-22T22:39:00Z");
        assert_eq!(site.get_as(&beta, "/account").await.status, StatusCode::OK, "others keep their half hour");
    }
}

/// Alpha is about to be deleted or suspended, or isn't any more.
async fn shut_alpha(site: &Site, how: &str, shut: bool) {
    let now = site.platform.clock.now();
    let at = shut.then(|| now.plus_seconds(30 * 24 * 60 * 60));
    let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
    if how == "closes_at" {
        platform_sql!(exec, &mut tx, "UPDATE organisations SET closes_at = $2 WHERE id = $1", site.alpha, at)
    } else {
        let since = at.map(|_| now);
        platform_sql!(exec, &mut tx, "UPDATE organisations SET suspended_at = $2 WHERE id = $1", site.alpha, since)
    }
    .expect("it is so");
    tx.commit().await.expect("a commit");
}

/// Whatever was asked for is due by now, and those who are logged in still are.
async fn due(site: &Site) {
    let past = site.platform.clock.now().plus_seconds(-1);
    let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
    platform_sql!(exec, &mut tx, "UPDATE factor_resets SET due_at = $2 WHERE org_id = $1", site.alpha, past)
        .expect("it is due");
    tx.commit().await.expect("a commit");
}

async fn change(site: &Site, cookie: &str, user: UserId, role: &str, grants: &[&str]) -> Answer {
    let id = user.to_string();
    let mut fields = vec![("id", id.as_str()), ("role", role)];
    fields.extend(grants.iter().map(|grant| ("grants[]", *grant)));
    org_form(site, cookie, "change", &fields).await
}

async fn act(site: &Site, cookie: &str, what: &str, user: UserId) -> Answer {
    org_form(site, cookie, what, &[("id", &user.to_string())]).await
}

async fn policy(site: &Site, cookie: &str, policy: &str, grace: &str, idle: &str) -> Answer {
    org_form(site, cookie, "save-security", &[("policy", policy), ("grace_days", grace), ("idle_minutes", idle)]).await
}

async fn org_form(site: &Site, cookie: &str, what: &str, fields: &[(&str, &str)]) -> Answer {
    let mut all = vec![("org", "alpha")];
    all.extend(fields);
    site.form(Some(cookie), &format!("/fn/people/{what}"), PEOPLE, &all).await
}

async fn password(site: &Site, email: &str) -> Answer {
    site.form(None, "/fn/auth/log-in", "/login", &[("email", email), ("password", PASSWORD)]).await
}

async fn id_of(site: &Site, email: &str) -> UserId {
    members(site).await.into_iter().find_map(|(id, address, _)| (address == email).then_some(id)).expect("somebody")
}

async fn role_of(site: &Site, email: &str) -> Role {
    members(site).await.into_iter().find_map(|(_, address, role)| (address == email).then_some(role)).expect("somebody")
}

async fn members(site: &Site) -> Vec<(UserId, String, Role)> {
    let mut all = Vec::new();
    for org in [site.alpha, site.beta] {
        let actor = Actor::System("test");
        let mut tx = OrgTx::open(&site.platform, &actor, OrgRef::Id(org), &permissions::ENTER, Access::Read)
            .await
            .expect("open");
        let members = app::people::members::all(&mut tx).await.expect("members");
        all.extend(members.into_iter().map(|member| (member.user, member.email, member.role)));
    }
    all
}
