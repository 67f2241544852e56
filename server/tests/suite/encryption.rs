//! What is personal is nowhere in the clear: not in the database's files, not in what they are dumped to.

use axum::http::StatusCode;
use serde_json::json;

use crate::on_both;

on_both! {
    /// A canary name, email, phone and note are in no byte of the database; nor are the people who log in.
    async fn a_copy_of_the_database_tells_no_names(site: Site) {
        let start = site.slots("alpha", "follow-up").await[0].clone();
        let body = json!({
            "service": "follow-up", "start": start, "name": "Canary Quetzalcoatl", "email": "canary.quetzal@example.org",
            "phone": "0499 111 222 333", "notes": "zanzibar-note",
        });
        assert_eq!(site.book("alpha", "canary-key-1", &body).await.status, StatusCode::CREATED);
        site.log_in("alpha").await;
        let dump = site.raw_dump().await;
        assert!(dump.len() > 10_000, "the dump has something in it");
        let holds = |needle: &str| dump.windows(needle.len()).any(|window| window.eq_ignore_ascii_case(needle.as_bytes()));
        assert!(holds("Alpha Clinic"), "the dump is readable: the business's public name is in it");
        for canary in ["Quetzalcoatl", "canary.quetzal", "0499 111 222", "zanzibar-note", "owner@alpha", "Owner of Alpha"] {
            assert!(!holds(canary), "{canary} is in the clear");
            let hex = canary.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
            assert!(!holds(&hex), "{canary} is in the clear, as hex");
        }
    }

    /// A ciphertext moved to another row is refused rather than shown as somebody else's.
    async fn a_moved_ciphertext_is_refused(site: Site) {
        use app::{crypto::Place, db::Access, modules::calendar::permissions, org::{Actor, OrgRef, OrgTx}};
        let mut alpha = OrgTx::open(&site.platform, &Actor::System("test"), OrgRef::Id(site.alpha), &permissions::BROWSE, Access::Read).await.expect("open");
        let mut beta = OrgTx::open(&site.platform, &Actor::System("test"), OrgRef::Id(site.beta), &permissions::BROWSE, Access::Read).await.expect("open");
        let (ours, theirs) = (alpha.keys().await.expect("keys"), beta.keys().await.expect("keys"));
        let place = |column, row| Place { table: "calendar_appointments", column, row };
        let (one, two) = (app::ids::fresh(site.platform.clock.now()), app::ids::fresh(site.platform.clock.now()));
        let sealed = ours.seal(place("client_name", one), "Casey");
        assert_eq!(ours.open(place("client_name", one), &sealed).expect("its own place"), "Casey");
        assert!(ours.open(place("client_name", two), &sealed).is_err());
        assert!(ours.open(place("client_phone", one), &sealed).is_err());
        assert!(theirs.open(place("client_name", one), &sealed).is_err());
    }
}
