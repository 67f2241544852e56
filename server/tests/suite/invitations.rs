//! Inviting people: who can be invited by whom, to what, and that an invitation is good once, for whom it is for.

use app::{
    billing::terms::Terms,
    db::Access,
    org::Role,
    people::{
        invitations,
        wire::{InvitationPage, PeoplePage, Way},
    },
    platform_sql,
};
use axum::http::StatusCode;
use futures::future::join_all;

use crate::{
    on_both,
    support::{Answer, PASSWORD, Site},
};

const NEW: &str = "casey@new.example";
const ANOTHER: &str = "owner@beta.example.com";

on_both! {
    /// Somebody without an account gets a letter, makes one with its link, and is in. Their address needs no other proof.
    async fn somebody_new_joins(site: Site) {
        let owner = site.log_in("alpha").await;
        let invited = invite(&site, &owner, NEW, "manager").await;
        assert_eq!((invited.status, invited.location()), (StatusCode::FOUND, "/app/alpha/settings/people?invited=1"));
        let link = site.mailed_link(NEW).await;
        let page = site.get(&link).await;
        assert_eq!(page.status, StatusCode::OK);
        for part in ["Alpha Clinic", "Owner of Alpha Clinic", NEW, "as a manager", "Your name"] {
            assert!(page.text.contains(part), "{part}: {}", page.text);
        }
        assert_eq!(page.headers["cache-control"], "no-store");
        assert_eq!(page.headers["x-robots-tag"], "noindex, nofollow");
        let token = token(&link);
        for (name, password, field) in [("", PASSWORD, "name"), ("Casey", "short", "password"), ("Ca\u{202e}sey", PASSWORD, "name")] {
            let refused = join(&site, &token, name, password).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
            assert!(refused.cookie().is_none());
        }
        let joined = join(&site, &token, "Casey New", PASSWORD).await;
        assert_eq!(joined.status, StatusCode::FOUND, "{}", joined.text);
        let cookie = joined.cookie().expect("they are logged in");
        assert_eq!(site.get_as(&cookie, "/app/alpha/calendar").await.status, StatusCode::OK);
        assert!(site.get_as(&cookie, "/account").await.text.contains("Casey New"));
        assert!(!site.get_as(&cookie, "/account").await.text.contains("Confirm your email address"));
        let people = people(&site, &owner).await;
        assert!(people.invited.is_empty());
        let casey = people.people.iter().find(|person| person.email == NEW).expect("they belong");
        assert_eq!(casey.role, "manager");
        let used = site.get(&link).await;
        assert_eq!(used.status, StatusCode::GONE, "it is good once");
        for part in ["This invitation to Alpha Clinic was used already.", "please tell Owner of Alpha Clinic", "href=\"/login\""] {
            assert!(used.text.contains(part), "{part}: {}", used.text);
        }
        assert!(!used.text.contains(NEW) && !used.text.contains("Casey"), "whom it was for isn’t told: {}", used.text);
        assert_eq!(join(&site, &token, "Casey Again", PASSWORD).await.status, StatusCode::GONE);
    }

    /// The letter’s subject says what it is about; who invites stands inside, for anybody may call themselves what they like.
    async fn the_letter_says_what_it_is_about(site: Site) {
        let owner = site.log_in("alpha").await;
        let renamed = site.form(Some(&owner), "/fn/auth/change-name", "/account/name", &[("name", "Your account is locked")]).await;
        assert_eq!(renamed.status, StatusCode::FOUND);
        invite(&site, &owner, NEW, "manager").await;
        let letter = site.mailed().await.into_iter().find(|letter| letter.to == NEW).expect("a letter");
        assert_eq!(letter.subject, "Your invitation to Alpha Clinic");
        assert!(letter.paragraphs[1].starts_with("Your account is locked invites you to work with Alpha Clinic"), "{letter:?}");
    }

    /// Who has an account logs in and joins with it; nobody else can, whoever they are logged in as.
    async fn an_invitation_is_for_one_address(site: Site) {
        let owner = site.log_in("alpha").await;
        invite(&site, &owner, "Owner@Beta.Example.com", "member").await;
        let link = site.mailed_link("Owner@Beta.Example.com").await;
        let token = token(&link);
        assert_eq!(look(&site, "", &link).await.way, Way::LogIn);
        assert_eq!(join(&site, &token, "Somebody", PASSWORD).await.status, StatusCode::CONFLICT, "there is an account");
        let (_, thief) = site.join(site.beta, "thief@example.com", Role::Admin).await;
        assert_eq!(look(&site, &thief, &link).await.way, Way::LogOut);
        assert_eq!(accept(&site, Some(&thief), &token).await.status, StatusCode::FORBIDDEN);
        assert_eq!(accept(&site, None, &token).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(site.get_as(&thief, "/app/alpha/calendar").await.status, StatusCode::NOT_FOUND);
        let beta = site.log_in("beta").await;
        assert_eq!(look(&site, &beta, &link).await.way, Way::Join);
        let accepted = accept(&site, Some(&beta), &token).await;
        assert_eq!((accepted.status, accepted.location()), (StatusCode::FOUND, "/app/alpha/calendar"));
        assert_eq!(site.get_as(&beta, "/app/alpha/calendar").await.status, StatusCode::OK);
        assert_eq!(accept(&site, Some(&beta), &token).await.status, StatusCode::GONE);
    }

    /// The last seat is taken once, however many want it at the same moment; the others' invitations stay.
    async fn the_last_seat_is_taken_once(site: Site) {
        let owner = site.log_in("alpha").await;
        let mut tokens = Vec::new();
        for n in 0..20 {
            let email = format!("person{n}@new.example");
            assert_eq!(invite(&site, &owner, &email, "member").await.status, StatusCode::FOUND);
            tokens.push(token(&site.mailed_link(&email).await));
        }
        let terms = Terms { plan_seats: Some(2), ..Terms::custom(site.platform.clock.now()) };
        site.agree(site.alpha, &terms).await;
        let answers = join_all(tokens.iter().map(|token| join(&site, token, "Somebody", PASSWORD))).await;
        let count = |status: StatusCode| answers.iter().filter(|answer| answer.status == status).count();
        assert_eq!((count(StatusCode::FOUND), count(StatusCode::CONFLICT)), (1, 19), "{answers:?}");
        let page = people(&site, &owner).await;
        assert_eq!((page.people.len(), page.invited.len()), (2, 19));
        assert!(!page.seat_free && page.seats.contains("2 of 2"));
        assert_eq!(invite(&site, &owner, NEW, "member").await.status, StatusCode::CONFLICT, "and nobody is invited");
        // Nobody was left with an account and no seat.
        let mut tx = site.platform.begin(Access::Read).await.expect("a transaction");
        let (users,) = platform_sql!(one(i64,), &mut tx, "SELECT COUNT(*) FROM users").expect("a count");
        tx.commit().await.expect("an end");
        assert_eq!(users, 3);
        // A seat more, and the next one fits.
        site.agree(site.alpha, &Terms { plan_seats: Some(3), ..terms }).await;
        let waiting = answers.iter().position(|answer| answer.status == StatusCode::CONFLICT).expect("somebody waits");
        assert_eq!(join(&site, &tokens[waiting], "Somebody", PASSWORD).await.status, StatusCode::FOUND);
    }

    /// Where no seat is free the invitation says so at once, and asks for nothing; with a seat more it goes on.
    async fn a_full_organisation_asks_to_wait(site: Site) {
        let owner = site.log_in("alpha").await;
        invite(&site, &owner, NEW, "member").await;
        let link = site.mailed_link(NEW).await;
        invite(&site, &owner, ANOTHER, "member").await;
        let other = site.mailed_link(ANOTHER).await;
        let beta = site.log_in("beta").await;
        let terms = Terms { plan_seats: Some(1), ..Terms::custom(site.platform.clock.now()) };
        site.agree(site.alpha, &terms).await;
        let full = site.get(&link).await;
        assert_eq!(full.status, StatusCode::OK);
        assert!(full.text.contains("Every seat of Alpha Clinic is taken at the moment. Ask Owner of Alpha Clinic to make room"), "{}", full.text);
        assert!(!full.text.contains("Your name"), "{}", full.text);
        assert_eq!(look(&site, &beta, &other).await.way, Way::Wait);
        assert_eq!(look(&site, &beta, &link).await.way, Way::LogOut, "it isn’t theirs");
        site.agree(site.alpha, &Terms { plan_seats: Some(2), ..terms }).await;
        assert!(site.get(&link).await.text.contains("Your name"));
        assert_eq!(look(&site, &beta, &other).await.way, Way::Join);
    }

    /// The same link at once, by one person in many tabs: one joins.
    async fn a_link_is_taken_once(site: Site) {
        let owner = site.log_in("alpha").await;
        invite(&site, &owner, ANOTHER, "member").await;
        let token = token(&site.mailed_link(ANOTHER).await);
        let beta = site.log_in("beta").await;
        let answers = join_all((0..10).map(|_| accept(&site, Some(&beta), &token))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == StatusCode::FOUND).count(), 1, "{answers:?}");
        assert_eq!(people(&site, &owner).await.people.len(), 2);
    }

    /// Admins invite up to their own role; members, managers and others don't invite at all, and it takes having shown again
    /// who one is.
    async fn who_may_invite(site: Site) {
        let (_, admin) = site.join(site.alpha, "admin@example.com", Role::Admin).await;
        assert_eq!(invite(&site, &admin, NEW, "admin").await.status, StatusCode::FOUND);
        for role in [Role::Manager, Role::Member] {
            let (_, cookie) = site.join(site.alpha, &format!("{}@example.com", role.as_str()), role).await;
            assert_eq!(invite(&site, &cookie, "x@new.example", "member").await.status, StatusCode::FORBIDDEN);
            assert_eq!(site.get_as(&cookie, "/app/alpha/settings/invite").await.status, StatusCode::FORBIDDEN);
        }
        assert_eq!(invite(&site, &site.log_in("beta").await, "x@new.example", "member").await.status, StatusCode::NOT_FOUND);
        for role in ["owner", "", "king"] {
            assert_eq!(invite(&site, &admin, "x@new.example", role).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{role}");
        }
        for email in ["", "x", "x@", "admin@example.com", NEW, &format!("{}@example.com", "x".repeat(300)), "x@new.example\u{0}"] {
            assert_eq!(invite(&site, &admin, email, "member").await.status, StatusCode::UNPROCESSABLE_ENTITY, "{email}");
        }
        let bad = [("org", "alpha"), ("email", "x@new.example"), ("role", "member"), ("modules[0]", "no-such-module")];
        assert_eq!(site.form(Some(&admin), "/fn/people/invite", "/app/alpha/settings/invite", &bad).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        site.set_clock("2026-11-22T22:11:00Z");
        assert_eq!(invite(&site, &admin, "x@new.example", "member").await.status, StatusCode::FORBIDDEN);
        assert!(site.get_as(&admin, "/app/alpha/settings/invite").await.text.contains("Confirm that it is you"));
    }

    /// An invitation can be sent again and withdrawn; the links before are good no longer, and neither is one that is a week old,
    /// or from somebody who couldn't invite any more.
    async fn an_invitation_ends(site: Site) {
        let owner = site.log_in("alpha").await;
        let (admin_id, admin) = site.join(site.alpha, "admin@example.com", Role::Admin).await;
        invite(&site, &admin, NEW, "member").await;
        let first = site.mailed_link(NEW).await;
        let id = people(&site, &owner).await.invited[0].id.clone();
        assert_eq!(act(&site, &site.log_in("beta").await, "invite-again", "beta", &id).await.status, StatusCode::NOT_FOUND, "another organisation's");
        assert_eq!(act(&site, &owner, "invite-again", "alpha", &id).await.status, StatusCode::FOUND);
        let second = site.mailed_link(NEW).await;
        assert_eq!(site.get(&first).await.status, StatusCode::GONE);
        assert_eq!(site.get(&second).await.status, StatusCode::OK);
        assert_eq!(act(&site, &owner, "withdraw-invitation", "alpha", &id).await.status, StatusCode::FOUND);
        assert_eq!(site.get(&first).await.status, StatusCode::NOT_FOUND, "there is no newer one any more");
        assert_eq!(act(&site, &owner, "withdraw-invitation", "alpha", &id).await.status, StatusCode::NOT_FOUND);
        assert_eq!(site.get(&second).await.status, StatusCode::NOT_FOUND);
        // Whoever invited can't any more.
        invite(&site, &admin, NEW, "member").await;
        let third = site.mailed_link(NEW).await;
        let fields = [("org", "alpha"), ("id", &admin_id.to_string()), ("role", "member")];
        assert_eq!(site.form(Some(&owner), "/fn/people/change", "/app/alpha/settings/people", &fields).await.status, StatusCode::FOUND);
        assert_eq!(join(&site, &token(&third), "Casey", PASSWORD).await.status, StatusCode::NOT_FOUND);
        // A week later.
        let id = people(&site, &owner).await.invited[0].id.clone();
        assert_eq!(act(&site, &owner, "invite-again", "alpha", &id).await.status, StatusCode::FOUND);
        let fourth = site.mailed_link(NEW).await;
        site.set_clock("2026-11-29T22:00:00Z");
        let late = site.get(&fourth).await;
        assert_eq!(late.status, StatusCode::GONE);
        for part in ["This invitation to Alpha Clinic was good for a week, and has expired.", "to send it again", "href=\"/login\""] {
            assert!(late.text.contains(part), "{part}: {}", late.text);
        }
        let owner = site.log_in("alpha").await;
        assert!(people(&site, &owner).await.invited[0].lapsed);
        assert_eq!(invite(&site, &owner, NEW, "member").await.status, StatusCode::FOUND, "one that lapsed makes room");
        site.set_clock("2027-01-15T22:00:00Z");
        invitations::sweep(&site.platform).await.expect("a sweep");
        assert!(people(&site, &site.log_in("alpha").await).await.invited.is_empty());
    }

    /// Who opens a letter of before, however many were sent since, reads that a newer one is on its way; once the invitation is taken up,
    /// withdrawn or sent elsewhere, nobody is told so.
    async fn a_link_of_before_tells_of_the_newer_one(site: Site) {
        let owner = site.log_in("alpha").await;
        invite(&site, &owner, NEW, "member").await;
        let id = people(&site, &owner).await.invited[0].id.clone();
        let mut links = vec![site.mailed_link(NEW).await];
        for _ in 0..2 {
            assert_eq!(act(&site, &owner, "invite-again", "alpha", &id).await.status, StatusCode::FOUND);
            links.push(site.mailed_link(NEW).await);
        }
        let newest = links.pop().expect("the newest");
        for link in &links {
            let ended = site.get(link).await;
            assert_eq!(ended.status, StatusCode::GONE, "{}", ended.text);
            assert!(ended.text.contains("This invitation to Alpha Clinic was sent again since, and only the newest link is good."), "{}", ended.text);
            assert!(!ended.text.contains("withdrawn") && !ended.text.contains(NEW), "{}", ended.text);
            assert_eq!(join(&site, &token(link), "Casey", PASSWORD).await.status, StatusCode::GONE);
        }
        assert_eq!(join(&site, &token(&newest), "Casey", PASSWORD).await.status, StatusCode::FOUND);
        for link in &links {
            let ended = site.get(link).await;
            assert_eq!(ended.status, StatusCode::NOT_FOUND, "{}", ended.text);
            assert!(!ended.text.contains("Alpha Clinic"), "{}", ended.text);
        }
    }

    /// A letter that came back is told at its invitation, which can be sent again, or to another address: what it offers stays, and the link
    /// before is good no longer.
    async fn what_was_not_delivered_is_sent_elsewhere(site: Site) {
        let owner = site.log_in("alpha").await;
        let (_, member) = site.join(site.alpha, "member@alpha.example.com", Role::Member).await;
        invite(&site, &owner, NEW, "manager").await;
        let before = site.mailed_link(NEW).await;
        let page = people(&site, &owner).await;
        assert_eq!(page.invited[0].no_mail, None);
        came_back(&site).await;
        let page = people(&site, &owner).await;
        let told = page.invited[0].no_mail.clone().expect("it is told");
        assert!(told.starts_with("The email couldn’t be delivered to that address."), "{told}");
        let id = page.invited[0].id.clone();
        let there = format!("/app/alpha/settings/invitations/{id}");
        let shown = site.get_as(&owner, "/app/alpha/settings/people").await.text;
        for part in [told.as_str(), "Send again", "Change address", &there] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        let form = site.get_as(&owner, &there).await;
        assert!(form.status == StatusCode::OK && form.text.contains(NEW) && form.text.contains(&told), "{}", form.text);
        // Sent again it is on its way, and nothing is told until that comes back, too.
        site.set_clock("2026-11-22T22:01:00Z");
        assert_eq!(act(&site, &owner, "invite-again", "alpha", &id).await.status, StatusCode::FOUND);
        assert_eq!(people(&site, &owner).await.invited[0].no_mail, None);
        site.mailed().await;
        came_back(&site).await;

        let readdress = async |cookie: &str, org: &str, email: &str| {
            let fields = [("org", org), ("id", id.as_str()), ("email", email)];
            site.form(Some(cookie), "/fn/people/readdress-invitation", &there, &fields).await
        };
        invite(&site, &owner, "waits@new.example", "member").await;
        for wrong in ["", "nobody", "MEMBER@alpha.example.com", "Waits@new.example"] {
            let refused = readdress(&owner, "alpha", wrong).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}: {}", refused.text);
            assert!(refused.text.contains("id=\"field-email-error\""), "{wrong}: {}", refused.text);
        }
        let beta = site.log_in("beta").await;
        assert_eq!(readdress(&member, "alpha", "casey@right.example").await.status, StatusCode::FORBIDDEN);
        assert_eq!(readdress(&beta, "alpha", "casey@right.example").await.status, StatusCode::NOT_FOUND);
        assert_eq!(readdress(&beta, "beta", "casey@right.example").await.status, StatusCode::NOT_FOUND, "an id doesn’t reach across");
        assert_eq!(site.get_as(&member, &there).await.status, StatusCode::FORBIDDEN);
        assert_eq!(site.get_as(&beta, &there).await.status, StatusCode::NOT_FOUND);
        assert_eq!(site.get(&there).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(site.get_as(&owner, "/app/alpha/settings/invitations/nothing").await.status, StatusCode::NOT_FOUND);

        let sent = readdress(&owner, "alpha", " casey@right.example ").await;
        assert_eq!((sent.status, sent.location()), (StatusCode::FOUND, "/app/alpha/settings/people?invited=1"), "{}", sent.text);
        let page = people(&site, &owner).await;
        let same = page.invited.iter().find(|line| line.id == id).expect("it is the same");
        assert_eq!((same.email.as_str(), same.role.as_str(), &same.no_mail), ("casey@right.example", "manager", &None));
        assert_eq!(site.get(&before).await.status, StatusCode::NOT_FOUND, "the link before");
        let link = site.mailed_link("casey@right.example").await;
        assert_eq!(join(&site, &token(&link), "Casey New", PASSWORD).await.status, StatusCode::FOUND);
        assert!(people(&site, &owner).await.people.iter().any(|person| person.email == "casey@right.example" && person.role == "manager"));
    }

    /// Neither the address nor the link stands readable in the database.
    async fn invitations_are_sealed(site: Site) {
        let owner = site.log_in("alpha").await;
        invite(&site, &owner, "quillfeather@canary.example", "member").await;
        let token = token(&site.mailed_link("quillfeather@canary.example").await);
        let dump = site.raw_dump().await;
        for secret in ["quillfeather", token.as_str()] {
            assert!(!dump.windows(secret.len()).any(|bytes| bytes == secret.as_bytes()), "{secret}");
        }
    }
}

/// The mail server sends back what was sent so far.
async fn came_back(site: &Site) {
    let mut tx = site.platform.begin(Access::Write).await.expect("a transaction");
    let now = site.platform.clock.now();
    platform_sql!(
        exec,
        &mut tx,
        "UPDATE mails SET bounced_at = $1 WHERE kind = 'people.invited' AND sent_at IS NOT NULL",
        now
    )
    .expect("changed");
    tx.commit().await.expect("a commit");
}

async fn invite(site: &Site, cookie: &str, email: &str, role: &str) -> Answer {
    let fields = [("org", "alpha"), ("email", email), ("role", role)];
    site.form(Some(cookie), "/fn/people/invite", "/app/alpha/settings/invite", &fields).await
}

async fn act(site: &Site, cookie: &str, what: &str, org: &str, id: &str) -> Answer {
    let path = format!("/fn/people/{what}");
    site.form(Some(cookie), &path, "/app/alpha/settings/people", &[("org", org), ("id", id)]).await
}

async fn join(site: &Site, token: &str, name: &str, password: &str) -> Answer {
    let fields = [("token", token), ("name", name), ("password", password)];
    site.form(None, "/fn/auth/join", "/login/invitation/x", &fields).await
}

async fn accept(site: &Site, cookie: Option<&str>, token: &str) -> Answer {
    site.form(cookie, "/fn/auth/accept-invitation", "/login/invitation/x", &[("token", token)]).await
}

async fn look(site: &Site, cookie: &str, link: &str) -> InvitationPage {
    site.read(cookie, &format!("/fn/auth/invitation?token={}", token(link))).await.expect("the invitation")
}

async fn people(site: &Site, cookie: &str) -> PeoplePage {
    site.read(cookie, "/fn/people/all?org=alpha").await.expect("the people")
}

fn token(link: &str) -> String {
    link.rsplit('/').next().expect("a token").to_owned()
}
