//! What a new organisation sets up first: how far it has come is told in words, and the list goes once it is done.

use app::{org::Role, settings::wire::SettingsGroup};
use axum::http::StatusCode;

use crate::{
    on_both,
    support::{Answer, Site},
    tasks_support::Office,
};

const PAGE: &str = "/app/alpha/welcome";

on_both! {
    /// Each step says in words whether it is done, and how long it takes while it isn’t. There is nothing to finish before what clients need
    /// is there.
    async fn steps_say_how_far_they_are(site: Site) {
        let owner = site.log_in("alpha").await;
        let page = site.get_as(&owner, PAGE).await;
        assert_eq!(page.status, StatusCode::OK);
        for part in ["What clients read about you", "Your logo and colour", ">To do<", "Takes 2 minutes.", "Your first service", ">Done<"] {
            assert!(page.text.contains(part), "{part}: {}", page.text);
        }
        assert!(!page.text.contains("/fn/settings/finish-welcome"), "{}", page.text);
        let refused = finish(&site, Some(&owner), "alpha").await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text);
        assert!(listed(&site, &owner).await);
    }

    /// Once all of it is done the page says so, and “Done” takes it away for good, from the settings and from what is found, too.
    async fn the_list_goes_for_good(site: Site) {
        let owner = site.log_in("alpha").await;
        let (_, member) = site.join(site.alpha, "member@alpha.example.com", Role::Member).await;
        describe(&site, &owner).await;
        let coloured = [("org", "alpha"), ("accent", "#1b5470")];
        assert_eq!(site.form(Some(&owner), "/fn/settings/save-accent", "/app/alpha/settings/look", &coloured).await.status, StatusCode::FOUND);
        let _list = Office::alpha(&site).await;
        let page = site.get_as(&owner, PAGE).await.text;
        assert!(page.contains("All of it is set up.") && page.contains("/fn/settings/finish-welcome") && !page.contains(">To do<"), "{page}");
        assert!(listed(&site, &owner).await);
        assert_eq!(finish(&site, Some(&member), "alpha").await.status, StatusCode::FORBIDDEN);
        assert_eq!(finish(&site, None, "alpha").await.status, StatusCode::UNAUTHORIZED);
        let beta = site.log_in("beta").await;
        assert_eq!(finish(&site, Some(&beta), "alpha").await.status, StatusCode::NOT_FOUND);
        assert_eq!(site.get_as(&owner, PAGE).await.status, StatusCode::OK, "it is still there");
        for _ in 0..2 {
            let done = finish(&site, Some(&owner), "alpha").await;
            assert_eq!((done.status, done.location()), (StatusCode::FOUND, "/app/alpha"), "{}", done.text);
        }
        let led = site.open(Some(&owner), PAGE).await;
        assert_eq!((led.status, led.location()), (StatusCode::FOUND, "/app/alpha"));
        assert!(!listed(&site, &owner).await);
        let found = site.get_as(&owner, "/app/alpha/search?q=getting%20started").await.text;
        assert!(found.contains("Nothing here has the name"), "{found}");
        // Another organisation’s is its own.
        assert_eq!(site.get_as(&beta, "/app/beta/welcome").await.status, StatusCode::OK);
    }

    /// Nobody has to be invited, to have a logo or a list of tasks: who works alone is ready without.
    async fn a_team_can_wait(site: Site) {
        let owner = site.log_in("alpha").await;
        describe(&site, &owner).await;
        let page = site.get_as(&owner, PAGE).await.text;
        assert!(page.contains("What is left can wait until it suits you.") && page.contains("Takes a minute for each."), "{page}");
        assert_eq!(finish(&site, Some(&owner), "alpha").await.status, StatusCode::FOUND);
    }
}

async fn describe(site: &Site, cookie: &str) {
    let fields = [
        ("org", "alpha"),
        ("version", "1"),
        ("name", "Alpha Clinic"),
        ("description", "Two rooms at the harbour."),
        ("phone", ""),
        ("address", "1 Quay St"),
        ("zone", "Australia/Sydney"),
    ];
    let saved = site.form(Some(cookie), "/fn/settings/save-details", "/app/alpha/settings/details", &fields).await;
    assert_eq!(saved.status, StatusCode::FOUND, "{}", saved.text);
}

async fn finish(site: &Site, cookie: Option<&str>, org: &str) -> Answer {
    site.form(cookie, "/fn/settings/finish-welcome", PAGE, &[("org", org)]).await
}

/// The way to the list is among the settings.
async fn listed(site: &Site, cookie: &str) -> bool {
    let groups: Vec<SettingsGroup> = site.read(cookie, "/fn/settings/hub?org=alpha").await.expect("the settings");
    groups.iter().flat_map(|group| &group.pages).any(|page| page.label == "Getting started")
}
