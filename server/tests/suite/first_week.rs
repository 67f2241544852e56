//! What a business sees and shows in its first week: an empty diary, and hours that nobody has yet.

use app::{
    db::Access,
    ids::OrgId,
    modules::calendar::{ids as calendar_ids, store},
    org::{Actor, OrgRef, OrgTx, Role},
    permissions, platform_sql,
};
use axum::http::StatusCode;

use crate::{
    on_both,
    support::{Site, booking},
};

const CALENDAR: &str = "/app/alpha/calendar";

/// The demo’s appointments are gone.
async fn nobody_has_booked(site: &Site, org: OrgId) {
    let mut tx = site.platform.begin_across_orgs(Access::Write).await.expect("a transaction");
    platform_sql!(exec, &mut tx, "DELETE FROM calendar_appointments WHERE org_id = $1", org).expect("they are gone");
    tx.commit().await.expect("a commit");
}

on_both! {
    /// Where nobody has booked yet, the diary leads whoever can set something up to what is left of it.
    async fn a_new_diary_leads_to_what_is_left(site: Site) {
        for org in [site.alpha, site.beta] {
            nobody_has_booked(&site, org).await;
        }
        let owner = site.log_in("alpha").await;
        let (_, member) = site.join(site.alpha, "member@example.com", Role::Member).await;
        for (view, title) in [("week", "Nothing booked this week"), ("day", "Nothing booked on this day")] {
            let page = site.get_as(&owner, &format!("{CALENDAR}?view={view}")).await.text;
            for part in [title, "Nobody has booked yet.", "href=\"/app/alpha/welcome\"", "See what is left to set up"] {
                assert!(page.contains(part), "{part}: {page}");
            }
        }
        assert!(!site.get_as(&member, CALENDAR).await.text.contains("/app/alpha/welcome"), "a page that wouldn’t open");
    }

    /// An empty week names the next booking, and leads there; after the last one it says that there is none. What another
    /// organisation has isn’t in it.
    async fn an_empty_week_names_the_next_booking(site: Site) {
        for org in [site.alpha, site.beta] {
            nobody_has_booked(&site, org).await;
        }
        let owner = site.log_in("alpha").await;
        let start = site.slots("alpha", "follow-up").await[0].clone();
        let made = site.book("alpha", "an-empty-week-key", &booking("follow-up", &start)).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        // In the past it is still the next one, from now.
        for before in ["date=2026-11-09", "date=2026-10-06&view=day"] {
            let page = site.get_as(&owner, &format!("{CALENDAR}?{before}")).await.text;
            for part in ["Next: ", "November, ", " — ", " with ", "date=2026-11-2", "open="] {
                assert!(page.contains(part), "{before}: {part}: {page}");
            }
            assert!(!page.contains("/app/alpha/welcome"), "{page}");
        }
        let after = site.get_as(&owner, &format!("{CALENDAR}?date=2027-03-01")).await.text;
        assert!(after.contains("Nothing is booked later either.") && !after.contains("Next: "), "{after}");
        let beta = site.log_in("beta").await;
        let theirs = site.get_as(&beta, "/app/beta/calendar?date=2026-11-09").await.text;
        assert!(theirs.contains("Nobody has booked yet.") && !theirs.contains("Next: "), "{theirs}");
    }

    /// A business whose people have no hours yet isn’t closed all week.
    async fn no_hours_yet_is_not_closed(site: Site) {
        assert!(site.get("/b/alpha").await.text.contains("Closed"), "on Sundays");
        let (actor, org) = (Actor::System("a test"), OrgRef::Slug("alpha"));
        let mut tx = OrgTx::open(&site.platform, &actor, org, &permissions::ENTER, Access::Write).await.expect("open");
        for person in store::staff(&mut tx).await.expect("staff") {
            store::clear_hours(&mut tx, calendar_ids::ScheduleId(person.id.0)).await.expect("no hours");
        }
        // What is kept of the page goes with an event.
        let id = tx.id().0;
        tx.emit("platform.details_saved", id).await.expect("an event");
        tx.commit().await.expect("an end");
        let page = site.get("/b/alpha").await.text;
        assert!(page.contains("No opening hours yet") && !page.contains("Closed"), "{page}");
        assert!(!page.contains("openingHoursSpecification"), "{page}");
    }
}
