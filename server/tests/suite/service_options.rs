//! What a service is set to beyond what every one has, on the pages of its owner.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{Answer, Site},
};

const SERVICES: &str = "/app/alpha/calendar/services";

async fn service(site: &Site, owner: &str) -> Value {
    let all = site.get_as(owner, "/api/v1/orgs/alpha/calendar/setup/services").await.json();
    all.as_array().expect("services").iter().find(|one| one["slug"] == "sports-massage").expect("it").clone()
}

/// Sends a section’s form as its page does, with the version that holds.
async fn save(site: &Site, owner: &str, section: &str, fields: &[(&str, &str)]) -> Answer {
    let now = service(site, owner).await;
    let (id, version) = (now["id"].as_str().expect("an id").to_owned(), now["version"].to_string());
    send(site, Some(owner), "alpha", &id, section, &version, fields).await
}

async fn send(
    site: &Site,
    who: Option<&str>,
    org: &str,
    id: &str,
    section: &str,
    version: &str,
    fields: &[(&str, &str)],
) -> Answer {
    let names: Vec<String> = fields.iter().map(|(name, _)| format!("options[{name}][]")).collect();
    let pairs = names.iter().map(String::as_str).zip(fields.iter().map(|(_, value)| *value));
    let all: Vec<_> = [("org", org), ("id", id), ("version", version)].into_iter().chain(pairs).collect();
    site.form(who, &format!("/fn/calendar/setup/save-{section}"), &format!("{SERVICES}/{id}/{section}"), &all).await
}

on_both! {
    /// Lengths, places and seats are set on their page, show there again, and are what clients find.
    async fn what_clients_choose_is_set_on_its_page(site: Site) {
        let owner = site.log_in("alpha").await;
        let saved = save(&site, &owner, "choices", &[
            ("category", "Massage"), ("lengths.0.minutes", "1 h 30 min"), ("lengths.0.price_cents", "150"), ("lengths.2.minutes", "30"), ("lengths.2.price_cents", "60.50"),
            ("capacity", "4"), ("most_seats", "2"), ("locations.0.kind", "on_site"), ("locations.0.label", "At the clinic"), ("locations.0.detail", ""),
            ("locations.1.kind", "at_client"), ("locations.1.travel_minutes", "20 min"), ("locations.2.kind", ""), ("locations.2.label", ""),
        ]).await;
        assert_eq!(saved.status, StatusCode::FOUND, "{}", saved.text);
        let options = service(&site, &owner).await["options"].clone();
        assert_eq!(options["lengths"], json!([{ "minutes": 90, "price_cents": 15000 }, { "minutes": 30, "price_cents": 6050 }]));
        assert_eq!((&options["capacity"], &options["most_seats"], &options["category"]), (&json!(4), &json!(2), &json!("Massage")));
        assert_eq!(options["locations"][1]["travel_minutes"], json!(20));
        assert_eq!((&options["locations"][0]["id"], &options["locations"][1]["id"]), (&json!("at-the-clinic"), &json!("at-client")));
        let id = service(&site, &owner).await["id"].as_str().expect("an id").to_owned();
        let page = site.get_as(&owner, &format!("{SERVICES}/{id}/choices")).await;
        for shown in ["1 h 30 min", "60.50", "At the clinic", "20 min", "Massage"] {
            assert!(page.text.contains(shown), "{shown}: {}", page.text);
        }
        assert!(site.get("/b/alpha/sports-massage").await.text.contains("$150.00"));
        // A place that is renamed is still the same one, for those who have booked it.
        let renamed = save(&site, &owner, "choices", &[
            ("capacity", "4"), ("most_seats", "2"), ("locations.0.id", "at-the-clinic"), ("locations.0.kind", "on_site"), ("locations.0.label", "In our rooms"),
        ]).await;
        assert_eq!(renamed.status, StatusCode::FOUND, "{}", renamed.text);
        let options = service(&site, &owner).await["options"].clone();
        assert_eq!(options["locations"], json!([{ "id": "at-the-clinic", "kind": "on_site", "label": "In our rooms", "detail": "", "travel_minutes": 0 }]));
        assert!(options.get("lengths").is_none_or(|lengths| lengths == &json!([])), "what was emptied is away");
    }

    /// What is wrong is said at its field, in the row that it was typed in, and all that was typed is still there.
    async fn what_is_wrong_is_said_at_its_row(site: Site) {
        let owner = site.log_in("alpha").await;
        for (section, field, value, more, why) in [
            ("choices", "lengths.1.minutes", "soon", ("lengths.1.price_cents", "10"), "Enter a length of time"),
            ("choices", "lengths.1.minutes", "3", ("lengths.1.price_cents", "10"), "Enter 5 to 1,440 minutes"),
            ("choices", "lengths.1.price_cents", "cheap", ("lengths.1.minutes", "20"), "Enter dollars"),
            ("choices", "locations.0.kind", "", ("locations.0.label", "Somewhere"), "Choose how you meet"),
            ("choices", "locations.0.detail", "http://meet", ("locations.0.kind", "video"), "beginning with https"),
            ("choices", "most_seats", "7", ("capacity", "2"), "can’t take more seats"),
            ("choices", "capacity", "many", ("most_seats", "1"), "whole number"),
            ("questions", "questions.0.label", "", ("questions.0.hint", "A hint"), "Enter the question"),
            ("questions", "questions.0.choices", "Only one", ("questions.0.kind", "choice"), "2 to 30 choices"),
            ("rules", "confirmation.hours", "1000", ("assignment.rule", "fewest"), "1 to 336"),
            ("rules", "recurring.most", "1", ("assignment.rule", "fewest"), "2 to 52"),
            ("rules", "window.until", "2026-01-01", ("window.from", "2026-02-01"), "comes before"),
            ("rules", "limits.per_day", "0", ("assignment.rule", "fewest"), "1 to 10,000"),
            ("rules", "limits.minutes_per_day", "2 days", ("assignment.rule", "fewest"), "no more than there are"),
        ] {
            let refused = save(&site, &owner, section, &[(field, value), more]).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{field} {value}: {}", refused.text);
            assert!(refused.text.contains(why) && refused.text.contains(&format!("id=\"field-options.{field}-error\"")), "{field} {value}: {}", refused.text);
            assert!(refused.text.contains(more.1), "{field}: {} is still there", more.1);
        }
        let options = service(&site, &owner).await["options"].clone();
        assert_eq!(options, json!({}), "nothing of it was kept");
    }

    /// Questions and rules are set on theirs; each section leaves the others as they are.
    async fn questions_and_rules_are_set_on_their_pages(site: Site) {
        let owner = site.log_in("alpha").await;
        let asked = save(&site, &owner, "questions", &[
            ("questions.0.label", "Any pets?"), ("questions.0.kind", "choice"), ("questions.0.choices", "Cat\r\nDog\r\n"), ("questions.0.required", "true"),
            ("questions.1.label", "Any pets?"), ("questions.1.kind", "long"), ("terms", "Be on time."),
        ]).await;
        assert_eq!(asked.status, StatusCode::FOUND, "{}", asked.text);
        let ruled = save(&site, &owner, "rules", &[
            ("assignment.rule", "round_robin"), ("assignment.choice", "true"), ("confirmation.hours", "24"), ("recurring.most", "8"), ("changes.move_hours", "48"),
            ("changes.late_hours", "24"), ("changes.no_late_cancel", "true"), ("window.from", "2026-11-25"), ("window.business_days", "30"), ("offset_minutes", "10"),
            ("optimise", "true"), ("limits.per_day", "3"), ("client_limits.minutes_per_week", "2 h"), ("secret", "true"),
        ]).await;
        assert_eq!(ruled.status, StatusCode::FOUND, "{}", ruled.text);
        let options = service(&site, &owner).await["options"].clone();
        assert_eq!((&options["questions"][0]["id"], &options["questions"][1]["id"]), (&json!("any-pets"), &json!("any-pets-2")));
        assert_eq!((&options["questions"][0]["choices"], &options["terms"]), (&json!(["Cat", "Dog"]), &json!("Be on time.")));
        assert_eq!((&options["confirmation"], &options["recurring"]), (&json!({ "hours": 24 }), &json!({ "most": 8 })));
        assert_eq!((&options["limits"]["per_day"], &options["client_limits"]["minutes_per_week"]), (&json!(3), &json!(120)));
        assert_eq!(options["assignment"]["rule"], json!("round_robin"));
        let word = options["secret"].as_str().expect("a word").to_owned();
        assert_eq!(word.len(), 32);
        assert_eq!(site.get("/b/alpha/sports-massage").await.status, StatusCode::NOT_FOUND);
        let page = site.get_as(&owner, &format!("{SERVICES}/{}/rules", service(&site, &owner).await["id"].as_str().expect("an id"))).await.text;
        assert!(page.contains(&format!("/b/alpha/sports-massage?key={word}")), "{page}");
        assert_eq!(site.get(&format!("/b/alpha/sports-massage?key={word}")).await.status, StatusCode::OK);
        let again = save(&site, &owner, "rules", &[("assignment.rule", "fewest"), ("secret", "true")]).await;
        assert_eq!(again.status, StatusCode::FOUND);
        let options = service(&site, &owner).await["options"].clone();
        assert_eq!((&options["secret"], &options["terms"]), (&json!(word), &json!("Be on time.")), "the word stays, and the other sections do");
        assert!(options.get("confirmation").is_none());
        save(&site, &owner, "rules", &[("assignment.rule", "fewest")]).await;
        assert_eq!(site.get("/b/alpha/sports-massage").await.status, StatusCode::OK);
    }

    /// A stranger, somebody of another organisation and an old page change nothing.
    async fn nobody_else_sets_it(site: Site) {
        let owner = site.log_in("alpha").await;
        let beta = site.log_in("beta").await;
        let now = service(&site, &owner).await;
        let (id, version) = (now["id"].as_str().expect("an id").to_owned(), now["version"].to_string());
        for section in ["choices", "questions", "rules"] {
            let fields = [("capacity", "3"), ("most_seats", "1")];
            assert_eq!(send(&site, None, "alpha", &id, section, &version, &fields).await.status, StatusCode::UNAUTHORIZED);
            assert_eq!(send(&site, Some(&beta), "alpha", &id, section, &version, &fields).await.status, StatusCode::NOT_FOUND);
            assert_eq!(send(&site, Some(&beta), "beta", &id, section, &version, &fields).await.status, StatusCode::NOT_FOUND);
            assert_eq!(site.get_as(&beta, &format!("{SERVICES}/{id}/{section}")).await.status, StatusCode::NOT_FOUND);
        }
        assert_eq!(save(&site, &owner, "choices", &[("capacity", "3"), ("most_seats", "1")]).await.status, StatusCode::FOUND);
        let old = send(&site, Some(&owner), "alpha", &id, "choices", &version, &[("capacity", "9"), ("most_seats", "1"), ("category", "Typed")]).await;
        assert_eq!(old.status, StatusCode::CONFLICT);
        assert!(old.text.contains("value=\"Typed\"") && old.text.contains("value=\"9\""), "what was typed is still there");
        assert_eq!(service(&site, &owner).await["options"]["capacity"], json!(3));
    }
}
