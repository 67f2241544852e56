use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::*;

const KEY: &str = "k1:9t1C0cXr0Zy6vGm5m8H1bq2yLx7E3oYwTn4sJfUaRkM=";
const FORMER_KEY: &str = "k0:Zp3vKq8sWm2xNc7dRf5tGh9jLb4aYe6uQi1oVwTzXyE=";
const SECRET: &str = "b7Qm2Xv9Lk4Rz8Tn1Wc6Yp3Hs5Jd0FgAeUiOoNqKrVw=";
/// The public half of a key that backups are made for.
const AGE_KEY: &str = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
const PASSWORD: &str = "gale-otter-thimble-41";

/// A production configuration that passes, changed by `changes`; an empty value unsets.
fn production(changes: &[(&str, &str)]) -> Source {
    let mut pairs = vec![
        (setting::ENV, "production"),
        (setting::DATABASE_URL, "sqlite:///var/lib/devalo/devalo.db"),
        (setting::ORIGIN, "https://bookings.harbour-physio.com.au"),
        (setting::ENCRYPTION_KEYS, KEY),
        (setting::SECRET, SECRET),
    ];
    pairs.extend_from_slice(changes);
    Source::from_pairs(pairs)
}

/// Asserts that the changes make exactly one problem, with this setting, and gives its text.
fn the_problem(name: &str, changes: &[(&str, &str)]) -> Problem {
    let mut problems = problems(&production(changes));
    assert_eq!(problems.len(), 1, "{changes:?}: {problems:#?}");
    let problem = problems.remove(0);
    assert_eq!(problem.setting, name, "{changes:?}: {problem}");
    problem
}

fn passes(changes: &[(&str, &str)]) {
    assert_eq!(problems(&production(changes)), [], "{changes:?}");
}

#[test]
fn good_production_settings_pass_and_boot() {
    passes(&[]);
    let full = [
        (setting::DATABASE_URL, "postgres://devalo:Vb9-kQ2@db.internal/devalo"),
        (setting::ORIGIN, "https://bookings.harbour-physio.com.au:8443/"),
        (setting::ADDR, "0.0.0.0:3000"),
        (setting::TRUSTED_PROXIES, "10.0.0.5,fd00::/8"),
        (setting::BOOTSTRAP_ADMIN_EMAIL, "jo@harbour-physio.com.au"),
        (setting::BOOTSTRAP_ADMIN_PASSWORD, PASSWORD),
    ];
    passes(&full);
    assert!(boot(&production(&full)).unwrap().mode.is_production());
    let rotated = format!("{KEY},{FORMER_KEY}");
    passes(&[(setting::ENCRYPTION_KEYS, &rotated)]);
}

#[test]
fn what_is_missing_is_told_with_its_mend() {
    let mends = [
        (setting::DATABASE_URL, "DATABASE_URL=sqlite:///var/lib"),
        (setting::ORIGIN, "DEVALO_ORIGIN=https://"),
        (setting::ENCRYPTION_KEYS, "devalo generate-keys"),
        (setting::SECRET, "devalo generate-keys"),
    ];
    for (name, mend) in mends {
        let problem = the_problem(name, &[(name, "")]);
        assert!(problem.what.starts_with("is not set"), "{problem}");
        assert!(problem.mend.contains(mend), "{problem}");
    }
    let problems = problems(&Source::from_pairs([(setting::ENV, "production")]));
    let named: Vec<_> = problems.iter().map(|problem| problem.setting.clone()).collect();
    assert_eq!(named, mends.map(|(name, _)| name));
}

#[test]
fn a_guessable_secret_is_refused() {
    let encode = |bytes: &[u8]| STANDARD.encode(bytes);
    let counting: Vec<u8> = (0..32).collect();
    let falling: Vec<u8> = (0..=31).map(|n| 200 - 3 * n).collect();
    let random = STANDARD.decode(SECRET).unwrap();
    let twice = [&*random, &*random].concat();
    let mut few = random.clone();
    for byte in &mut few {
        *byte &= 0x87;
    }
    let mut mostly_zero = random.repeat(3);
    mostly_zero.iter_mut().step_by(2).for_each(|byte| *byte = 0);
    let nearly_counting: Vec<u8> = (0..32).map(|n| if n % 5 == 0 { 255 - n } else { n }).collect();
    #[rustfmt::skip]
    let table: &[(String, &str)] = &[
        (encode(&[0; 32]), "repeats itself"),
        (encode(&[0x5a; 32]), "text"),
        (encode(&[0xe9; 32]), "repeats itself"),
        (encode(&[0x1b; 32]), "repeats itself"),
        (encode(&counting), "counts up or down"),
        (encode(&falling), "counts up or down"),
        (encode(&nearly_counting), "counts up or down"),
        (encode(&twice), "repeats itself"),
        (encode(&few), "too few different bytes"),
        (encode(&mostly_zero), "repeats itself"),
        (encode(b"correct horse battery staple, and then some"), "text"),
        (encode(b"change-me-change-me-change-me-change-me!"), "an example value"),
        ("ChangeMeChangeMeChangeMeChangeMeChangeMeChangeMe".into(), "example value"),
        ("thisisaverylongsigningkeythatnobodywouldguessxyz".into(), "looks like words"),
        ("3f9a0c71d2e84b56a7f013c9d8e26b4570fa91ce3d58b6247e0ac3f51d89b264".into(), "hexadecimal"),
    ];
    for (text, why) in table {
        for value in [text.clone(), format!("{SECRET},{text}")] {
            let problem = the_problem(setting::SECRET, &[(setting::SECRET, &value)]);
            assert!(problem.what.contains(why), "{text}: {problem}");
            assert!(problem.mend.contains("devalo generate-keys"), "{problem}");
        }
    }
    let weak = format!("{KEY},k0:{}", encode(&counting));
    let problem = the_problem(setting::ENCRYPTION_KEYS, &[(setting::ENCRYPTION_KEYS, &weak)]);
    assert!(problem.what.contains("the key k0"), "{problem}");
    assert!(problem.mend.contains("before anything is written with it"), "{problem}");
}

#[test]
fn a_value_used_twice_is_refused_however_it_is_written() {
    let secret_bytes = STANDARD.decode(SECRET).unwrap();
    let otherwise = URL_SAFE_NO_PAD.encode(&secret_bytes);
    let key_of_secret = format!("{KEY},k0:{otherwise}");
    let secrets = format!("{SECRET},{otherwise}");
    let keys = format!("{KEY},k2:{}", &KEY[3..]);
    let email = (setting::BOOTSTRAP_ADMIN_EMAIL, "jo@harbour-physio.com.au");

    let within = the_problem(setting::SECRET, &[(setting::SECRET, &secrets)]);
    assert!(within.what.contains("the secret in entry 2 is also the current secret"), "{within}");
    the_problem(setting::ENCRYPTION_KEYS, &[(setting::ENCRYPTION_KEYS, &keys)]);
    let between = the_problem(setting::SECRET, &[(setting::ENCRYPTION_KEYS, &key_of_secret)]);
    assert!(between.what.contains("the key k0 of DEVALO_ENCRYPTION_KEYS"), "{between}");
    assert!(between.mend.contains("generate-keys"), "{between}");
    for password in [SECRET, &SECRET[..43], &KEY[3..]] {
        the_problem(setting::BOOTSTRAP_ADMIN_PASSWORD, &[email, (setting::BOOTSTRAP_ADMIN_PASSWORD, password)]);
    }
    the_problem(
        setting::BOOTSTRAP_ADMIN_PASSWORD,
        &[
            email,
            (setting::BOOTSTRAP_ADMIN_PASSWORD, PASSWORD),
            (setting::DATABASE_URL, "postgres://d:gale%2Dotter-thimble-41@db/devalo"),
        ],
    );
}

#[test]
fn an_origin_clients_cannot_reach_is_refused() {
    let table = [
        ("localhost", "the machine one sits at"),
        ("app.localhost:3000", "the machine one sits at"),
        ("lvh.me", "the machine one sits at"),
        ("devalo.test", "examples and tests"),
        ("app.example", "examples and tests"),
        ("app.invalid", "examples and tests"),
        ("example.com", "examples and tests"),
        ("app.EXAMPLE.net", "examples and tests"),
        ("a.b.example.org", "examples and tests"),
        ("app.example.com.au", "examples and tests"),
        ("printer.local", "local network"),
        ("devalo.internal", "local network"),
        ("devalo.lan", "local network"),
        ("devalo.home.arpa", "local network"),
        ("10-0-0-1.nip.io", "local network"),
        ("devalo", "single word"),
        ("127.0.0.1", "machine one sits at"),
        ("127.1:3000", "machine one sits at"),
        ("0x7f000001", "machine one sits at"),
        ("2130706433", "machine one sits at"),
        ("0.0.0.0", "no machine"),
        ("10.1.2.3", "local network"),
        ("172.16.0.1", "local network"),
        ("172.31.255.255", "local network"),
        ("192.168.1.1", "local network"),
        ("169.254.169.254", "one cable"),
        ("100.64.0.1", "provider's network"),
        ("100.127.255.255", "provider's network"),
        ("192.0.2.1", "examples"),
        ("198.51.100.7", "examples"),
        ("203.0.113.9", "examples"),
        ("198.19.0.1", "reserved"),
        ("224.0.0.1", "reserved"),
        ("255.255.255.255", "reserved"),
        ("[::]", "no machine"),
        ("[::1]", "machine one sits at"),
        ("[::ffff:10.0.0.1]", "local network"),
        ("[::7f00:1]", "reserved"),
        ("[fe80::1]", "one cable"),
        ("[fd12:3456::1]", "local network"),
        ("[fec0::1]", "local network"),
        ("[2001:db8::1]", "examples"),
        ("[3fff:123::1]", "examples"),
        ("[2002:a00:1::]", "reserved"),
        ("[64:ff9b::a00:1]", "reserved"),
        ("[ff02::1]", "reserved"),
    ];
    for (host, why) in table {
        let origin = format!("https://{host}");
        let problem = the_problem(setting::ORIGIN, &[(setting::ORIGIN, &origin)]);
        assert!(problem.what.contains(why), "{host}: {problem}");
        assert!(problem.mend.contains("a domain of your own"), "{problem}");
    }
    for host in [
        "salon.au",
        "xn--caf-dma.com.au",
        "café.com.au",
        "testing.com.au",
        "localhost.com.au",
        "myexample.com",
        "172.32.0.1",
        "100.128.0.1",
        "1.1.1.1",
        "[2606:4700:4700::1111]",
        "salon.au:8443",
    ] {
        passes(&[(setting::ORIGIN, &format!("https://{host}"))]);
    }
}

#[test]
fn an_origin_without_tls_is_refused() {
    let problem = the_problem(setting::ORIGIN, &[(setting::ORIGIN, "http://salon.au")]);
    assert!(problem.what.contains("not https"), "{problem}");
    // And both faults of this one are told.
    let found = problems(&production(&[(setting::ORIGIN, "http://localhost:3000")]));
    assert_eq!(found.len(), 2, "{found:#?}");
}

#[test]
fn a_development_database_is_refused_unless_allowed() {
    let table = [
        ("", "is not set"),
        ("sqlite://data/devalo.db", "development default"),
        ("sqlite:devalo.db", "relative path"),
        ("sqlite://./devalo.db?mode=rwc", "relative path"),
        ("sqlite:///var/lib/../../tmp/devalo.db", "relative path"),
        ("sqlite::memory:", "in memory"),
        ("sqlite://:memory:", "in memory"),
        ("sqlite:///var/lib/x.db?cache=shared&mode=memory", "in memory"),
        ("sqlite:///tmp/devalo.db", "emptied"),
        ("sqlite:///%74mp/devalo.db", "emptied"),
        ("sqlite:///var/tmp/x/devalo.db", "emptied"),
        ("sqlite:///dev/shm/devalo.db", "emptied"),
        ("postgres://devalo@db/devalo", "no password"),
        ("postgres://devalo:@db/devalo", "no password"),
        ("postgres://jo:postgres@localhost/devalo", "an example"),
        ("postgresql://jo:Password@db/devalo", "an example"),
        ("postgres://jo:dev%61lo@db:5432/devalo", "an example"),
        ("postgres://jo:changeme123@db/devalo", "an example"),
        ("postgres://jo.b:jo.b@db/devalo", "user's own name"),
        ("postgres://db/devalo?user=jo&password=secret", "an example"),
        ("postgres://jo@127.0.0.1/devalo?host=db", "no password"),
    ];
    for (url, why) in table {
        let change = (setting::DATABASE_URL, url);
        let problem = the_problem(setting::DATABASE_URL, &[change]);
        assert!(problem.what.contains(why), "{url}: {problem}");
        assert!(problem.mend.contains("DEVALO_ALLOW_DEVELOPMENT=database"), "{problem}");
        passes(&[change, (setting::ALLOW_DEVELOPMENT, "database")]);
        the_problem(setting::DATABASE_URL, &[change, (setting::ALLOW_DEVELOPMENT, "listen")]);
    }
    for url in [
        "postgres:///devalo?host=/var/run/postgresql",
        "postgres://devalo@%2Fvar%2Frun%2Fpostgresql/devalo",
        "postgres:///devalo",
        "postgres://devalo:Vb9-kQ2@db/devalo",
        "sqlite:/srv/devalo.db",
        "sqlite:///tmpfiles/devalo.db",
    ] {
        passes(&[(setting::DATABASE_URL, url)]);
    }
}

#[test]
fn a_server_open_without_tls_is_refused_unless_allowed() {
    for addr in ["0.0.0.0:3000", "[::]:3000", "[::ffff:0.0.0.0]:3000", "203.0.113.4:80", "127.0.0.1:0"] {
        let change = (setting::ADDR, addr);
        let problem = the_problem(setting::ADDR, &[change]);
        assert!(problem.mend.contains("DEVALO_ADDR=127.0.0.1:3000"), "{problem}");
        assert!(problem.mend.contains("DEVALO_ALLOW_DEVELOPMENT=listen"), "{problem}");
        passes(&[change, (setting::ALLOW_DEVELOPMENT, "database,listen")]);
    }
    for addr in ["127.0.0.1:3000", "[::1]:80", "[::ffff:127.0.0.1]:80"] {
        passes(&[(setting::ADDR, addr)]);
    }
    passes(&[(setting::ADDR, "0.0.0.0:80"), (setting::TRUSTED_PROXIES, "10.0.0.5")]);
}

#[test]
fn trusting_everyone_is_refused() {
    for nets in ["0.0.0.0/0", "::/0", "10.0.0.0/8,1.2.3.4/0", "0.0.0.0/1,128.0.0.0/1", "::ffff:0:0/96", "::/1"] {
        let change = (setting::TRUSTED_PROXIES, nets);
        let problem = the_problem(setting::TRUSTED_PROXIES, &[change]);
        assert!(problem.mend.contains("127.0.0.1/32"), "{problem}");
        // Not even an override helps.
        the_problem(setting::TRUSTED_PROXIES, &[change, (setting::ALLOW_DEVELOPMENT, "database,listen")]);
    }
    passes(&[(setting::TRUSTED_PROXIES, "127.0.0.1/32,::1/128,173.245.48.0/20")]);
}

#[test]
fn a_guessable_first_account_is_refused() {
    let email = setting::BOOTSTRAP_ADMIN_EMAIL;
    let password = setting::BOOTSTRAP_ADMIN_PASSWORD;
    for guess in [
        "changeme12345",
        "Password12345!",
        "P4ssw0rd!P4ssw0rd!",
        "devalo-admin-2026",
        "correct horse battery staple",
        "qwertyuiop12",
        "aaaaaaaaaaaaaaa",
        "jo.harris@salon.au",
        "jo.harris-2026",
        // As README.md has it, and as somebody copies it.
        "four or five unrelated words",
        "123456789012",
        app::demo::PASSWORD,
    ] {
        let problem = the_problem(password, &[(email, "jo.harris@salon.au"), (password, guess)]);
        assert!(problem.mend.contains("openssl rand"), "{problem}");
    }
    for good in [PASSWORD, "482913745620", "Vq3<k{9}-TzP+w/1", "my admin eats blue mangoes"] {
        passes(&[(email, "jo@salon.au"), (password, good)]);
    }
    for address in ["admin@example.com", "root@devalo.local", "jo@app.localhost"] {
        let problem = the_problem(email, &[(email, address), (password, PASSWORD)]);
        assert!(problem.what.contains("would never arrive"), "{problem}");
    }
}

#[test]
fn all_problems_are_told_at_once_and_unreadable_settings_hide_none() {
    let source = production(&[
        (setting::ENV, "prod"),
        (setting::DATABASE_URL, "sqlite::memory:"),
        (setting::ORIGIN, "http://localhost:3000"),
        (setting::ADDR, "0.0.0.0:3000"),
        (setting::ENCRYPTION_KEYS, "k1:AAAA"),
        (setting::SECRET, ""),
        (setting::TRUSTED_PROXIES, "proxy"),
        (setting::BOOTSTRAP_ADMIN_EMAIL, "admin@example.com"),
        (setting::BOOTSTRAP_ADMIN_PASSWORD, "password1234"),
        (setting::ALLOW_DEVELOPMENT, "everything"),
    ]);
    let found = problems(&source);
    let named: Vec<_> = found.iter().map(|problem| problem.setting.clone()).collect();
    assert_eq!(
        named,
        [
            setting::ENV,
            setting::DATABASE_URL,
            setting::ORIGIN,
            setting::ORIGIN,
            setting::ADDR,
            setting::ENCRYPTION_KEYS,
            setting::SECRET,
            setting::TRUSTED_PROXIES,
            setting::BOOTSTRAP_ADMIN_EMAIL,
            setting::BOOTSTRAP_ADMIN_PASSWORD,
            setting::ALLOW_DEVELOPMENT,
        ]
    );
    assert_eq!(boot(&source).unwrap_err(), found);
    let text = report(&found);
    assert!(text.starts_with("11 things need mending"), "{text}");
    for problem in &found {
        assert!(problem.mend.len() > 10 && text.contains(&problem.to_string()));
    }
    assert_eq!(report(&[]), "The settings are fine.\n");
}

#[test]
fn development_refuses_only_what_cannot_be_read() {
    let development = |changes: &[(&str, &str)]| {
        let mut pairs = vec![(setting::ENV, "development")];
        pairs.extend_from_slice(changes);
        problems(&Source::from_pairs(pairs))
    };
    assert_eq!(development(&[]), []);
    let weak = format!("k1:{}", STANDARD.encode([0; 32]));
    let lax = [
        (setting::ORIGIN, "http://localhost:3000"),
        (setting::ADDR, "0.0.0.0:0"),
        (setting::DATABASE_URL, "sqlite::memory:"),
        (setting::ENCRYPTION_KEYS, &weak),
        (setting::SECRET, &weak[3..]),
        (setting::TRUSTED_PROXIES, "0.0.0.0/0"),
        (setting::BOOTSTRAP_ADMIN_EMAIL, "admin@example.com"),
        (setting::BOOTSTRAP_ADMIN_PASSWORD, "admin-of-harbour"),
    ];
    assert_eq!(development(&lax), []);
    // No account could be made with it, and that is better said before.
    let common = [(setting::BOOTSTRAP_ADMIN_EMAIL, "jo@salon.au"), (setting::BOOTSTRAP_ADMIN_PASSWORD, "password1234")];
    assert_eq!(development(&common).first().map(|problem| problem.code), Some(Code::WeakBootstrap));
    assert_eq!(development(&[(setting::ADDR, "here"), (setting::SECRET, "??")]).len(), 2);
    // To start without keys does not work in development either; serve makes them first.
    assert_eq!(boot(&Source::from_pairs::<&str, &str>([])).unwrap_err().len(), 2);
}

#[test]
fn the_environment_template_is_refused_as_it_is() {
    let template = include_str!("../../deploy/devalo.env.example");
    let source = Source::from_pairs::<&str, &str>([]).under_env_file(template).unwrap();
    let named: Vec<_> = problems(&source).iter().map(|problem| problem.setting.clone()).collect();
    assert_eq!(named, [setting::DATABASE_URL, setting::ORIGIN, setting::ENCRYPTION_KEYS, setting::SECRET,]);
    // It names every setting there is.
    for name in setting::ALL.iter().filter(|name| name.contains('_')) {
        assert!(template.contains(&format!("\n{name}=")), "{name}");
    }
}

#[test]
fn no_problem_shows_a_secret() {
    let secret = "b7Qm2Xv9";
    let password = "password1234";
    let source = production(&[
        (setting::DATABASE_URL, "postgres://secretuser:changeme-hunter2@db/devalo"),
        (setting::SECRET, &format!("{SECRET},{SECRET}")),
        (setting::BOOTSTRAP_ADMIN_EMAIL, "jo@salon.au"),
        (setting::BOOTSTRAP_ADMIN_PASSWORD, password),
    ]);
    let text = report(&problems(&source));
    for hidden in [secret, password, "hunter2", "secretuser"] {
        assert!(!text.contains(hidden), "{text}");
    }
}

/// A setting that nobody reads is named, with the one that was probably meant; in development it stops nothing.
#[test]
fn a_mistyped_setting_is_named() {
    let source = production(&[("DEVALO_TRUSTED_PROXY", "10.0.0.1"), ("BOOTSTRAP_ADMIN_MAIL", "a@b.example")]);
    let found = problems(&source);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().any(|p| p.setting == "DEVALO_TRUSTED_PROXY" && p.mend.contains("DEVALO_TRUSTED_PROXIES")));
    assert!(found.iter().any(|p| p.setting == "BOOTSTRAP_ADMIN_MAIL" && p.mend.contains("BOOTSTRAP_ADMIN_EMAIL")));
    assert!(problems(&Source::from_pairs([("DEVALO_WHATEVER", "1")])).is_empty());
    for (mistyped, meant) in [
        ("BILLNG", setting::BILLING),
        ("SELLER_ABM", setting::SELLER_ABN),
        ("STRIPE_KEY", setting::STRIPE_SECRET_KEY),
        ("SMPT_URL", setting::SMTP_URL),
        ("RESEND_KEY", setting::RESEND_API_KEY),
    ] {
        let problem = the_problem(mistyped, &[(mistyped, "x")]);
        assert!(problem.code == Code::Unknown && problem.mend.contains(&format!("Did you mean {meant}?")), "{problem}");
    }
    // What others read of the environment is none of ours; in our own file everything is.
    let others = [
        ("PATH", "/bin"),
        ("LANG", "C.UTF-8"),
        ("TZ", "UTC"),
        ("STRIPE_DEVICE_NAME", "x"),
        ("OTEL_SDK_DISABLED", "true"),
    ];
    passes(&others);
    for (name, mend) in [("LANG", "deploy/devalo.env.example"), ("PAYMENTS", "deploy/devalo.env.example")] {
        let found = problems(&production(&[]).under_env_file(&format!("{name}=x\n")).unwrap());
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].setting == name && found[0].code == Code::Unknown && found[0].mend.contains(mend),
            "{found:?}"
        );
    }
}

/// Without a mode a public address isn't served by the rules of development.
#[test]
fn a_forgotten_mode_is_told() {
    let found = problems(&Source::from_pairs([("DEVALO_ORIGIN", "https://book.harbour-physio.com.au")]));
    assert!(found.iter().any(|p| p.setting == setting::ENV && p.mend.contains("DEVALO_ENV=production")), "{found:?}");
}

/// Each finding about the settings comes with its code; errors keep Devalo from starting, warnings don't.
#[test]
fn each_finding_has_its_code() {
    let codes = |changes: &[(&str, &str)]| -> Vec<Code> {
        let source = production(changes);
        problems(&source).into_iter().chain(warnings(&source)).map(|problem| problem.code).collect()
    };
    let good = [
        (setting::RESEND_API_KEY, "re_9t1C0cXr0Zy6vGm5m8H1bq2y"),
        (setting::SUPPORT_EMAIL, "help@harbour-physio.com.au"),
        (setting::EMAIL_FROM, "Harbour Physio <hello@harbour-physio.com.au>"),
        (setting::RESEND_WEBHOOK_SECRET, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
        (setting::TRUSTED_PROXIES, "127.0.0.1/32"),
        (setting::SELLER_NAME, "Harbour Physio Pty Ltd"),
        (setting::SELLER_ABN, "51 824 753 556"),
        (setting::SELLER_ADDRESS, "1 Harbour Street, Sydney NSW 2000"),
    ];
    let smtp = |url: &'static str| vec![(setting::RESEND_API_KEY, ""), (setting::SMTP_URL, url)];
    let paid = |key: &'static str, base: &'static str| {
        vec![
            (setting::STRIPE_SECRET_KEY, key),
            (setting::STRIPE_WEBHOOK_SECRET, "whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH"),
            (setting::STRIPE_API_BASE, base),
        ]
    };
    assert_eq!(codes(&good), []);
    let of = |changes: &[(&'static str, &'static str)]| codes(&[&good, changes].concat());
    let reused = format!("k1:{SECRET}");
    let reused: &'static str = Box::leak(reused.into_boxed_str());
    for (changes, code) in [
        (vec![(setting::ADDR, "3000")], Code::Unreadable),
        (vec![(setting::SECRET, "")], Code::Missing),
        (vec![("DEVALO_SECRETS", "x")], Code::Unknown),
        (vec![(setting::DATABASE_URL, "sqlite://devalo.db")], Code::WeakDatabase),
        (vec![(setting::ORIGIN, "http://bookings.harbour-physio.com.au")], Code::WeakOrigin),
        (vec![(setting::ADDR, "0.0.0.0:3000"), (setting::TRUSTED_PROXIES, "")], Code::OpenListener),
        (vec![(setting::TRUSTED_PROXIES, "0.0.0.0/0")], Code::ProxiesTrustAll),
        (vec![(setting::SECRET, "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=")], Code::WeakSecret),
        (
            vec![
                (setting::BOOTSTRAP_ADMIN_EMAIL, "jo@harbour-physio.com.au"),
                (setting::BOOTSTRAP_ADMIN_PASSWORD, "password1234"),
            ],
            Code::WeakBootstrap,
        ),
        (vec![(setting::ENCRYPTION_KEYS, reused)], Code::ReusedSecret),
        (vec![(setting::RESEND_API_KEY, ""), (setting::EMAIL_FROM, "")], Code::NoMail),
        (vec![(setting::SMTP_URL, "smtps://u:p@mail.harbour-physio.com.au")], Code::TwoWaysOut),
        (smtp("smtp://u:p@mail.harbour-physio.com.au"), Code::OpenMail),
        (smtp("smtp://u:p@mail.harbour-physio.com.au?tls=opportunistic"), Code::OpenMail),
        (smtp("smtp://192.0.2.7:25"), Code::OpenMail),
        (smtp("http://mail.harbour-physio.com.au"), Code::Unreadable),
        (vec![(setting::RESEND_WEBHOOK_SECRET, "")], Code::DeafToMail),
        (vec![(setting::SUPPORT_EMAIL, "")], Code::NoSupportAddress),
        (vec![(setting::SUPPORT_EMAIL, "ring us")], Code::Unreadable),
        (vec![(setting::RESEND_WEBHOOK_SECRET, "whsec_****")], Code::Unreadable),
        (vec![(setting::RESEND_API_KEY, "123456789")], Code::Unreadable),
        (smtp("smtps://u:12#p@mail.harbour-physio.com.au:465"), Code::Unreadable),
        (smtp("smtps://u:12/p@mail.harbour-physio.com.au:465"), Code::Unreadable),
        (vec![(setting::EMAIL_FROM, "Your business <no-reply@your-business.com.au>")], Code::ExampleSender),
        (vec![(setting::EMAIL_FROM, "no-reply@mail.example.com")], Code::ExampleSender),
        (
            [
                paid("sk_live_4eC39HqLyjWDarjtT1zdp7dc", ""),
                vec![(setting::STRIPE_WEBHOOK_SECRET, "whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH,we_123")],
            ]
            .concat(),
            Code::Unreadable,
        ),
        (paid("sk_live_4eC39HqLyjWDarjtT1zdp7dc", "http://127.0.0.1:4280"), Code::StandInPayments),
        (paid("sk_test_4eC39HqLyjWDarjtT1zdp7dc", ""), Code::TestPayments),
        (paid("pk_live_4eC39HqLyjWDarjtT1zdp7dc", ""), Code::Unreadable),
        (vec![(setting::STRIPE_SECRET_KEY, "sk_live_4eC39HqLyjWDarjtT1zdp7dc")], Code::Unreadable),
        ([paid("sk_live_4eC39HqLyjWDarjtT1zdp7dc", ""), vec![(setting::SELLER_ABN, "")]].concat(), Code::SellerUnnamed),
        (
            [
                paid("sk_live_4eC39HqLyjWDarjtT1zdp7dc", ""),
                vec![(setting::SELLER_NAME, ""), (setting::SELLER_ADDRESS, "")],
            ]
            .concat(),
            Code::SellerUnnamed,
        ),
        (vec![(setting::SELLER_ABN, "51 824 753 557")], Code::Unreadable),
        (vec![(setting::BILLING, "stripe")], Code::Unreadable),
        (vec![(setting::BILLING, "cash")], Code::Unreadable),
        (vec![(setting::TRUSTED_PROXIES, "")], Code::NoProxyNamed),
        (vec![(setting::TRUSTED_PROXIES, "64.0.0.0/4")], Code::WideProxies),
        (vec![(setting::TRUSTED_PROXIES, "2000::/4")], Code::WideProxies),
        (vec![(setting::ALLOW_DEVELOPMENT, "database")], Code::RuleSetAside),
        (vec![(setting::ORIGIN, "https://1.1.1.1")], Code::OriginIsNumber),
        (vec![(setting::BACKUP_TO, "/mnt/backups")], Code::BackupUnfit),
        (vec![(setting::BACKUP_TO, "backups"), (setting::BACKUP_RECIPIENT, AGE_KEY)], Code::BackupUnfit),
        (vec![(setting::BACKUP_TO, "s3://bucket/devalo"), (setting::BACKUP_RECIPIENT, AGE_KEY)], Code::BackupUnfit),
        (
            vec![
                (setting::BACKUP_TO, "/mnt/backups"),
                (setting::BACKUP_RECIPIENT, AGE_KEY),
                (setting::BACKUP_KEEP_DAYS, "a month"),
            ],
            Code::BackupUnfit,
        ),
        (vec![(setting::TLS, "on")], Code::Unreadable),
        (vec![(setting::ACME_EMAIL, "jo@harbour-physio.com.au")], Code::Unreadable),
        (vec![(setting::TLS, "acme"), (setting::ACME_EMAIL, "jo")], Code::Unreadable),
        (vec![(setting::TLS, "acme"), (setting::ACME_DIRECTORY, "http://ca.internal")], Code::Unreadable),
        (vec![(setting::TLS, "acme"), (setting::TLS_KEY, "/etc/devalo/key.pem")], Code::Unreadable),
        (
            vec![
                (setting::TLS, "files"),
                (setting::TLS_CERT, "/etc/devalo/certificate.pem"),
                (setting::TLS_KEY, "/etc/devalo/key.pem"),
                (setting::ACME_CA, "/etc/devalo/ca.pem"),
            ],
            Code::Unreadable,
        ),
        (vec![(setting::TLS, "acme"), (setting::ORIGIN, "https://b.harbour-physio.com.au:8443")], Code::Unreadable),
        (vec![(setting::TLS, "acme"), (setting::ACME_DIRECTORY, "staging")], Code::TrialCertificates),
        (vec![(setting::TLS, "files"), (setting::TLS_KEY, "/etc/devalo/key.pem")], Code::Missing),
    ] {
        assert_eq!(of(&changes), [code], "{changes:?}");
    }
    for url in [
        "smtps://u:p@mail.harbour-physio.com.au:465",
        "smtp://mail.harbour-physio.com.au:587?tls=required",
        "smtp://localhost:25",
        "smtp://[::1]:25",
    ] {
        assert_eq!(of(&smtp(url)), [], "{url}");
    }
    let backed_up = [(setting::BACKUP_TO, "/mnt/backups"), (setting::BACKUP_RECIPIENT, AGE_KEY)];
    assert_eq!(of(&backed_up), []);
    // What one mistake hides of another, nobody mends.
    let half = [
        (setting::STRIPE_SECRET_KEY, "pk_live_4eC39HqLyjWDarjtT1zdp7dc"),
        (setting::STRIPE_WEBHOOK_SECRET, "whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH"),
        (setting::STRIPE_API_BASE, "http://127.0.0.1:4280"),
        (setting::RESEND_API_KEY, "123456789"),
        (setting::EMAIL_FROM, "no-reply@mail.example.com"),
    ];
    let found = of(&half);
    assert!(found.contains(&Code::StandInPayments) && found.contains(&Code::ExampleSender), "{found:?}");
    // With TLS of its own it may listen for everybody, and no proxy has to be named.
    let alone = [(setting::ADDR, "[::]:443"), (setting::TRUSTED_PROXIES, ""), (setting::TLS, "acme")];
    assert_eq!(of(&alone), []);
    // Where nothing is paid here, nobody has to say who sells.
    let nobody = [(setting::SELLER_NAME, ""), (setting::SELLER_ABN, ""), (setting::SELLER_ADDRESS, "")];
    assert_eq!(of(&nobody), []);
    let by_hand = [&*paid("sk_live_4eC39HqLyjWDarjtT1zdp7dc", ""), &[(setting::BILLING, "manual")], &nobody].concat();
    assert_eq!(of(&by_hand), []);
    // Ranges of one's own, and those that large networks publish, are no cause for worry.
    for proxies in ["10.0.0.0/8,fd00::/8", "104.16.0.0/13,2400:cb00::/32"] {
        assert_eq!(codes(&[&good[..4], &[(setting::TRUSTED_PROXIES, proxies)]].concat()), []);
    }
    assert!(stops(&[Problem::new("X", "", "")]) && !stops(&[Problem::new("X", "", "").of(Code::NoMail)]));
}

/// Where little room is left, it is told.
#[test]
fn little_room_is_told() {
    assert_eq!(little_room(LITTLE_ROOM), None);
    let found = little_room(4_200_000).unwrap();
    assert!(found.code == Code::LittleRoom && found.what.contains("4.2 MB"), "{found:?}");
}

/// What a move takes from the environment is no mistake there; in the file of the settings nobody would read it.
#[test]
fn what_a_move_is_given_is_no_mistake() {
    let [from, _] = setting::OF_A_MOVE;
    assert_eq!(problems(&production(&[(from, "sqlite:///srv/devalo.db")])), []);
}

/// A certificate that can't be used keeps the server from starting.
#[test]
fn a_certificate_that_can_not_be_used_is_told() {
    let source = production(&[
        (setting::TLS, "files"),
        (setting::TLS_CERT, "/nowhere/certificate.pem"),
        (setting::TLS_KEY, "/nowhere/key.pem"),
    ]);
    let found = files(&source, None);
    assert_eq!(found.iter().map(|problem| problem.code).collect::<Vec<_>>(), [Code::CertificateUnfit]);
    assert!(stops(&found) && found[0].what.contains("/nowhere/certificate.pem"), "{found:?}");

    // Nor does an authority that nobody vouches for.
    for (file, why) in [("/nowhere/ca.pem", "/nowhere/ca.pem"), ("/dev/null", "there is no certificate in it")] {
        let found = files(&production(&[(setting::TLS, "acme"), (setting::ACME_CA, file)]), None);
        assert_eq!(found.iter().map(|problem| problem.code).collect::<Vec<_>>(), [Code::CertificateUnfit], "{file}");
        assert!(found[0].what.contains(why), "{found:?}");
    }
}

/// In development nothing is warned of.
#[test]
fn development_is_not_warned() {
    let source = Source::from_pairs([(setting::ENV, "development"), (setting::ALLOW_DEVELOPMENT, "database")]);
    assert_eq!(warnings(&source), []);
    assert_eq!(files(&source, Some(Path::new("/etc/passwd"))), []);
}

/// Codes are unique and in order, their table in the docs is the one in the code, and each is found in a test.
#[test]
fn the_table_in_the_docs_is_the_one_in_the_code() {
    let codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert!(codes.windows(2).all(|pair| pair[0] < pair[1]), "{codes:?}");
    assert!(
        include_str!("../../docs/checks.md") == crate::findings::table(),
        "docs/checks.md is of another version: `devalo check --explain > docs/checks.md`"
    );
    let tests = [include_str!("check_tests.rs"), include_str!("../tests/suite/checks.rs")].concat();
    for code in Code::ALL {
        assert!(tests.contains(&format!("Code::{code:?}")), "no test finds {code:?}");
    }
}

/// A server for real people doesn't start without its pages' styles and programs.
#[test]
fn a_site_that_is_not_there_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let toml = include_str!("../../Leptos.toml").replace("target/site", folder.path().to_str().unwrap());
    let source = production(&[]).under_leptos_toml(&toml).unwrap();
    let problem = site(&source).unwrap();
    assert_eq!((problem.code, &*problem.setting), (Code::SiteMissing, "LEPTOS_SITE_ROOT"));
    std::fs::create_dir(folder.path().join("pkg")).unwrap();
    std::fs::write(folder.path().join("pkg/devalo.css"), "").unwrap();
    assert_eq!(site(&source), None);
    assert_eq!(site(&Source::from_pairs([(setting::ENV, "development")])), None);
}

/// What others on the machine can read is told, unless its folder keeps them out.
#[test]
fn files_that_others_can_read_are_told() {
    use std::{fs, os::unix::fs::PermissionsExt as _};
    let folder = tempfile::tempdir().unwrap();
    let set = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let (env, database) = (folder.path().join("env"), folder.path().join("devalo.db"));
    let wal = folder.path().join("devalo.db-wal");
    for file in [&env, &database, &wal] {
        fs::write(file, "").unwrap();
        set(file, 0o600);
    }
    let url = format!("sqlite://{}", database.display());
    let source = production(&[(setting::DATABASE_URL, &url)]);
    let found = || {
        files(&source, Some(&env))
            .into_iter()
            .map(|problem| (problem.code, problem.setting.into_owned()))
            .collect::<Vec<_>>()
    };
    set(folder.path(), 0o755);
    assert_eq!(found(), []);
    for mode in [0o604, 0o644, 0o602] {
        set(&env, mode);
        assert_eq!(found(), [(Code::OpenEnvironmentFile, env.display().to_string())], "{mode:o}");
    }
    set(&env, 0o640);
    set(&database, 0o644);
    set(&wal, 0o606);
    let both = [&database, &wal].map(|path| (Code::OpenDatabaseFile, path.display().to_string()));
    assert_eq!(found(), both);
    set(folder.path(), 0o700);
    assert_eq!(found(), [], "nobody else gets that far");
    set(folder.path(), 0o757);
    assert_eq!(found().len(), 3, "the folder, too");
}

/// Where backups are set up, it is told that there is none, or that the last one is too old.
#[test]
fn a_backup_that_is_too_old_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("devalo.db").display());
    let found = |to: &str| -> Vec<Code> {
        let source = production(&[(setting::DATABASE_URL, &url), (setting::BACKUP_TO, to)]);
        files(&source, None).into_iter().map(|problem| problem.code).collect()
    };
    assert_eq!(found(""), []);
    assert_eq!(found("/mnt/backups"), [Code::BackupOld]);
    std::fs::create_dir(folder.path().join("files")).unwrap();
    for (hours, expected) in [(25, &[][..]), (27, &[Code::BackupOld][..])] {
        let at = Clock::system().now().plus_seconds(-hours * 3600);
        std::fs::write(folder.path().join("files/last-backup"), format!("{at} /mnt/backups/devalo\n")).unwrap();
        assert_eq!(found("/mnt/backups"), expected, "{hours}");
    }
}
