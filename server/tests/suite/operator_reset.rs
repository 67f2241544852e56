//! `devalo reset-operator`: whoever runs the platform has lost their phone and their recovery codes.

use std::{
    io::Write as _,
    process::{Command, Output, Stdio},
};

use app::{auth::accounts, clock::Clock, db::Access, platform_sql};
use axum::http::StatusCode;
use base64::{Engine as _, prelude::BASE64_STANDARD};

use crate::{
    admin::operator,
    on_both,
    support::{ORIGIN, PASSWORD, Site},
};

const EMAIL: &str = "operator@platform.example.com";
const FRESH: &str = "three unrelated quokkas";

on_both! {
    /// It asks first; then the password, the second factor, the recovery codes and every session are gone, a link alone sets another password once, and
    /// two-step login is set up anew. It stands in the platform's log, and its person is mailed.
    async fn whoever_lost_everything_gets_back_in(site: Site) {
        let cookie = operator(&site).await;
        assert_eq!(site.get_as(&cookie, "/admin").await.status, StatusCode::OK);
        site.mailed().await;
        for said in ["", "no\n", "y\n"] {
            let output = run(&site, &["--email", EMAIL], said).await;
            assert!(!output.status.success() && err(&output).contains("Nothing was changed."), "{output:?}");
            assert!(out(&output).contains("Olly Operator <operator@platform.example.com>"), "{output:?}");
        }
        assert_eq!(site.get_as(&cookie, "/admin").await.status, StatusCode::OK, "until it is meant");
        let output = run(&site, &["--email", "OPERATOR@platform.example.com"], "yes\n").await;
        assert!(output.status.success(), "{output:?}");
        let said = out(&output);
        let link = said.lines().find(|line| line.contains("/login/reset/")).unwrap_or_else(|| panic!("no link: {said}"));
        let token = link.rsplit('/').next().expect("a token").to_owned();
        assert_eq!(link, format!("{ORIGIN}/login/reset/{token}"));
        assert_eq!(site.get_as(&cookie, "/admin").await.status, StatusCode::UNAUTHORIZED, "logged out");
        let (has_factor, codes) = left(&site).await;
        assert!(!has_factor && codes == 0, "{has_factor} {codes}");
        // The program goes by the clock of the machine.
        site.platform.clock.set(Clock::system().now().timestamp());
        let letters = site.mailed().await;
        let letter = letters.iter().find(|letter| letter.to == EMAIL).expect("a letter");
        assert_eq!(letter.subject, "Your account was reset on the server");
        assert!(!letter.text().contains(&token), "the link is shown on the server alone");
        assert!(actions(&site).await.contains(&"auth.operator_reset".to_owned()));
        let fields = [("email", EMAIL), ("password", PASSWORD)];
        let before = site.form(None, "/fn/auth/log-in", "/login", &fields).await;
        assert_eq!(before.status, StatusCode::UNAUTHORIZED, "the old password is good no longer: {}", before.text);
        assert!(before.cookie().is_none(), "{before:?}");
        let fields = [("token", token.as_str()), ("password", FRESH)];
        let reset = site.form(None, "/fn/auth/reset", "/login/forgot", &fields).await;
        assert_eq!(reset.status, StatusCode::FOUND, "{}", reset.text);
        let again = site.form(None, "/fn/auth/reset", "/login/forgot", &fields).await;
        assert_eq!(again.status, StatusCode::NOT_FOUND, "once");
        let fields = [("email", EMAIL), ("password", FRESH)];
        let inside = site.form(None, "/fn/auth/log-in", "/login", &fields).await;
        let half = inside.cookie().expect("a session");
        assert_ne!(site.get_as(&half, "/admin").await.status, StatusCode::OK, "not before two-step login is set up");
    }

    /// After 30 minutes the link is good no longer.
    async fn its_link_is_good_for_half_an_hour(site: Site) {
        operator(&site).await;
        let output = run(&site, &["--email", EMAIL, "--yes"], "").await;
        assert!(output.status.success(), "{output:?}");
        let said = out(&output);
        let token = said.lines().find_map(|line| line.split_once("/login/reset/")).expect("a link").1.to_owned();
        site.platform.clock.set(Clock::system().now().plus_seconds(31 * 60).timestamp());
        let fields = [("token", token.as_str()), ("password", FRESH)];
        assert_eq!(site.form(None, "/fn/auth/reset", "/login/forgot", &fields).await.status, StatusCode::NOT_FOUND);
    }

    /// Nobody else is reset by it, and whether they have an account isn't told.
    async fn nobody_else_is_reset(site: Site) {
        operator(&site).await;
        accounts::create_user(&site.platform, "plain@example.com", "Plain Person", PASSWORD).await.expect("a user");
        let cookie = site.log_in_as("plain@example.com").await;
        let said: Vec<String> = {
            let mut said = Vec::new();
            for email in ["plain@example.com", "owner@alpha.example.com", "nobody@example.com", "", "not an address"] {
                let output = run(&site, &["--email", email, "--yes"], "").await;
                assert!(!output.status.success(), "{email}: {output:?}");
                assert!(!out(&output).contains("/login/reset/"), "{email}: {output:?}");
                said.push(err(&output));
            }
            said
        };
        assert!(said.iter().all(|words| words.contains("anybody with this address who runs the platform")), "{said:?}");
        assert_eq!(site.get_as(&cookie, "/account").await.status, StatusCode::OK, "still logged in");
        let missing = run(&site, &[], "").await;
        assert!(!missing.status.success() && err(&missing).contains("--email"), "{missing:?}");
    }
}

/// Runs the program on the site's own database.
async fn run(site: &Site, args: &[&str], said: &str) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_devalo"));
    command
        .arg("reset-operator")
        .args(args)
        .current_dir(folder.path())
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("DATABASE_URL", &site.url)
        .env("DEVALO_ORIGIN", ORIGIN)
        .env("DEVALO_ENCRYPTION_KEYS", "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
        .env("DEVALO_SECRET", BASE64_STANDARD.encode("a secret of the tests, 32 bytes long or more"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let said = said.to_owned();
    tokio::task::spawn_blocking(move || {
        let mut child = command.spawn().expect("it starts");
        // One that refuses reads nothing.
        let _unread = child.stdin.take().expect("its input").write_all(said.as_bytes());
        let output = child.wait_with_output().expect("it ends");
        drop(folder);
        output
    })
    .await
    .expect("it runs")
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Whether the operator has a second factor, and how many recovery codes there are.
async fn left(site: &Site) -> (bool, i64) {
    let mut tx = site.platform.begin(Access::Read).await.expect("a transaction");
    let left = platform_sql!(
        one(bool, i64),
        &mut tx,
        "SELECT second_factor_at IS NOT NULL, (SELECT COUNT(*) FROM recovery_codes AS c WHERE c.user_id = users.id) FROM users WHERE platform_admin"
    );
    tx.commit().await.expect("an end");
    left.expect("the operator")
}

async fn actions(site: &Site) -> Vec<String> {
    let mut tx = site.platform.begin(Access::Read).await.expect("a transaction");
    let rows = platform_sql!(all(String,), &mut tx, "SELECT action FROM platform_log ORDER BY number").expect("rows");
    tx.commit().await.expect("an end");
    rows.into_iter().map(|(action,)| action).collect()
}
