//! Finding a page, a setting or a person without the palette’s program.

use app::org::Role;
use axum::http::StatusCode;

use crate::on_both;

const PAGE: &str = "/app/alpha/search";

on_both! {
    /// The page finds what the palette finds, by the same words and in the same order, and only what whoever asks may open.
    async fn the_page_finds_what_the_palette_does(site: Site) {
        let owner = site.log_in("alpha").await;
        let (_, member) = site.join(site.alpha, "member@alpha.example.com", Role::Member).await;
        let all = site.get_as(&owner, PAGE).await;
        assert_eq!(all.status, StatusCode::OK);
        for part in ["href=\"/app/alpha/calendar\"", "Log-in rules", "Owner of Alpha Clinic", "Invite somebody", "href=\"/account\""] {
            assert!(listed(&all.text).contains(part), "{part}: {}", all.text);
        }
        assert!(!listed(&all.text).contains("href=\"#"), "what takes a program isn’t offered: {}", all.text);
        let found = site.get_as(&owner, &format!("{PAGE}?q=INVITE%20team")).await;
        assert!(found.text.contains("value=\"INVITE team\"") && listed(&found.text).contains("/app/alpha/settings/invite"), "{}", found.text);
        assert!(!listed(&found.text).contains("Log-in rules"), "{}", found.text);
        let theirs = site.get_as(&member, PAGE).await;
        assert_eq!(theirs.status, StatusCode::OK);
        assert!(!listed(&theirs.text).contains("Log-in rules") && !listed(&theirs.text).contains("Owner of Alpha Clinic"), "{}", theirs.text);
        assert!(listed(&theirs.text).contains("/app/alpha/calendar"), "{}", theirs.text);
    }

    /// What was typed is shown as it was, and never more than that; nothing found is said.
    async fn what_was_typed_is_text(site: Site) {
        let owner = site.log_in("alpha").await;
        let page = site.get_as(&owner, &format!("{PAGE}?q=%3Cscript%3Ealert(1)%3C/script%3E%22%20autofocus")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(!page.text.contains("<script>alert") && page.text.contains("Nothing here has the name"), "{}", page.text);
        let long = site.get_as(&owner, &format!("{PAGE}?q={}", "z".repeat(500))).await;
        assert!(long.status == StatusCode::OK && long.text.contains(&"z".repeat(100)), "{}", long.text);
        assert!(!long.text.contains(&"z".repeat(101)), "it is cut off");
    }

    /// A stranger and another organisation’s owner find nothing.
    async fn others_find_nothing(site: Site) {
        let beta = site.log_in("beta").await;
        let refused = site.get_as(&beta, PAGE).await;
        assert!(refused.status == StatusCode::NOT_FOUND && !refused.text.contains("Alpha Clinic"), "{}", refused.text);
        assert_eq!(site.get(PAGE).await.status, StatusCode::UNAUTHORIZED);
    }

    /// Pages that the server writes alone lead to it from their frame, with no button that does nothing; the others have the palette.
    async fn plain_pages_lead_to_it(site: Site) {
        let owner = site.log_in("alpha").await;
        for path in ["/app/alpha/settings/support", "/app/alpha/settings/modules", PAGE] {
            let page = site.get_as(&owner, path).await.text;
            assert!(page.contains("href=\"/app/alpha/search\"") && page.contains("devalo-single-keys"), "{path}: {page}");
            assert!(!page.contains("<dialog"), "{path}: {page}");
        }
        let page = site.get_as(&owner, "/app/alpha/settings/details").await.text;
        assert!(page.contains("palette-open") && !page.contains("href=\"/app/alpha/search\""), "{page}");
    }
}

/// What a page of the search lists, without its frame.
fn listed(page: &str) -> &str {
    page.split_once("role=\"search\"").map_or("", |(_, rest)| rest)
}
