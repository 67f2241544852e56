use super::*;

const KEY: &str = "k1:9t1C0cXr0Zy6vGm5m8H1bq2yLx7E3oYwTn4sJfUaRkM=";
const FORMER_KEY: &str = "k0:Zp3vKq8sWm2xNc7dRf5tGh9jLb4aYe6uQi1oVwTzXyE=";
const SECRET: &str = "b7Qm2Xv9Lk4Rz8Tn1Wc6Yp3Hs5Jd0FgAeUiOoNqKrVw=";
const PASSWORD: &str = "gale-otter-thimble-41";

/// What development reads, changed by `changes`; an empty value unsets.
fn source(changes: &[(&str, &str)]) -> Source {
    let mut pairs = vec![(setting::ENCRYPTION_KEYS, KEY), (setting::SECRET, SECRET)];
    pairs.extend_from_slice(changes);
    Source::from_pairs(pairs)
}

fn load(changes: &[(&str, &str)]) -> Config {
    Config::load(&source(changes)).unwrap()
}

fn refused(changes: &[(&str, &str)]) -> Vec<Problem> {
    Config::load(&source(changes)).unwrap_err()
}

#[test]
fn the_defaults_are_those_of_the_design() {
    let config = load(&[]);
    assert_eq!(config.mode, Mode::Development);
    assert_eq!(config.database.url(), "sqlite://data/devalo.db");
    assert_eq!(config.addr.to_string(), "127.0.0.1:3000");
    assert_eq!(config.origin.as_str(), "http://localhost:3000");
    assert!(config.trusted_proxies.is_empty());
    assert!(config.bootstrap.is_none());
}

/// The source code is at an address that a browser can open.
#[test]
fn the_source_code_is_at_an_address() {
    let address = "https://code.harbour-physio.com.au/devalo";
    assert_eq!(load(&[(setting::SOURCE_URL, address)]).source_url.as_deref(), Some(address));
    for wrong in ["javascript:alert(1)", "code.harbour-physio.com.au", "ask us"] {
        let refused = refused(&[(setting::SOURCE_URL, wrong)]);
        assert!(refused.len() == 1 && refused[0].setting == setting::SOURCE_URL, "{wrong}: {refused:?}");
    }
}

/// While secrets are exchanged there are several; a list that only grows makes more links believed than anybody knows of.
#[test]
fn too_many_secrets_are_refused() {
    let secrets = |many: u8| {
        let one = |number: u8| format!("{}{}", char::from(b'a' + number), &SECRET[1..]);
        (0..many).map(one).collect::<Vec<_>>().join(",")
    };
    assert_eq!(load(&[(setting::SECRET, &secrets(5))]).secrets.iter().count(), MOST_SECRETS);
    let refused = refused(&[(setting::SECRET, &secrets(6))]);
    assert!(refused.len() == 1 && refused[0].what.contains("holds 6 secrets"), "{refused:?}");
}

#[test]
fn every_setting_is_read() {
    let config = load(&[
        (setting::ENV, "production"),
        (setting::DATABASE_URL, "postgres://devalo:hunter2@db/devalo"),
        (setting::ORIGIN, "HTTPS://Bookings.Harbour-Physio.com.au:443/"),
        (setting::ADDR, " [::1]:8080 "),
        (setting::ENCRYPTION_KEYS, &format!("{KEY}, {FORMER_KEY},")),
        (setting::SECRET, &format!("{SECRET},{}", &FORMER_KEY[3..])),
        (setting::TRUSTED_PROXIES, "10.1.2.3/8, ::1"),
        (setting::BOOTSTRAP_ADMIN_EMAIL, "jo@harbour-physio.com.au"),
        (setting::BOOTSTRAP_ADMIN_PASSWORD, PASSWORD),
        (setting::BOOTSTRAP_ADMIN_NAME, "Jo Hart"),
        (setting::BOOTSTRAP_ORG_NAME, "Harbour Physio"),
    ]);
    assert!(config.mode.is_production());
    assert!(matches!(config.database, Database::Postgres(_)));
    assert_eq!(config.origin.as_str(), "https://bookings.harbour-physio.com.au");
    assert_eq!(config.origin.link("/b/x"), "https://bookings.harbour-physio.com.au/b/x");
    assert!(config.origin.is_https());
    assert_eq!(config.addr.to_string(), "[::1]:8080");
    assert_eq!(config.encryption_keys.current().id, "k1");
    let ids: Vec<_> = config.encryption_keys.iter().map(|key| &*key.id).collect();
    assert_eq!(ids, ["k1", "k0"]);
    assert_eq!(config.encryption_keys.current().bytes.expose_secret().len(), 32);
    assert_eq!(config.secrets.iter().count(), 2);
    let proxies: Vec<_> = config.trusted_proxies.iter().map(IpNet::to_string).collect();
    assert_eq!(proxies, ["10.0.0.0/8", "::1/128"]);
    let bootstrap = config.bootstrap.unwrap();
    assert_eq!(bootstrap.email, "jo@harbour-physio.com.au");
    assert_eq!(bootstrap.password.expose_secret(), PASSWORD);
    assert_eq!(bootstrap.org_name.as_deref(), Some("Harbour Physio"));
}

#[test]
fn each_unreadable_setting_is_refused_and_its_mend_told() {
    let short = &KEY[..19];
    let no_id = &KEY[3..];
    let twice = format!("{KEY},k1:{}", &FORMER_KEY[3..]);
    let second = format!("{SECRET},dGlueQ==");
    #[rustfmt::skip]
    let table: &[(&str, &str, &str, &str)] = &[
        (setting::ENV, "prod", "neither `development` nor `production`", "DEVALO_ENV=production"),
        (setting::ENV, "Production", "neither", "DEVALO_ENV=production"),
        (setting::DATABASE_URL, "mysql://x/y", "not the URL", "DATABASE_URL=sqlite:///"),
        (setting::DATABASE_URL, "sqlite:", "not the URL", "DATABASE_URL=sqlite:///"),
        (setting::DATABASE_URL, "/var/lib/devalo.db", "not the URL", "DATABASE_URL=sqlite:///"),
        (setting::ORIGIN, "bookings.salon.au", "not a web address", "DEVALO_ORIGIN=https://"),
        (setting::ORIGIN, "https:salon.au", "not a web address", "DEVALO_ORIGIN=https://"),
        (setting::ORIGIN, "https://", "not a web address", "DEVALO_ORIGIN=https://"),
        (setting::ORIGIN, "https://sa lon.au", "not a web address", "DEVALO_ORIGIN=https://"),
        (setting::ORIGIN, "https://salon.au:99999", "not a web address", "DEVALO_ORIGIN=https://"),
        (setting::ORIGIN, "ftp://salon.au", "neither https nor http", "DEVALO_ORIGIN=https://"),
        (setting::ORIGIN, "https://salon.au/app", "path", "DEVALO_ORIGIN=https://"),
        (setting::ORIGIN, "https://salon.au//", "path", "DEVALO_ORIGIN=https://"),
        (setting::ORIGIN, "https://salon.au?", "query", "DEVALO_ORIGIN=https://"),
        (setting::ORIGIN, "https://salon.au/#", "fragment", "DEVALO_ORIGIN=https://"),
        (setting::ORIGIN, "https://jo:pw@salon.au", "user name", "DEVALO_ORIGIN=https://"),
        (setting::ORIGIN, "https://@salon.au", "user name", "DEVALO_ORIGIN=https://"),
        (setting::ORIGIN, "https://salon.au.", "not a plain name", "DEVALO_ORIGIN=https://"),
        (setting::ORIGIN, "https://*.salon.au", "not a plain name", "DEVALO_ORIGIN=https://"),
        (setting::ADDR, "localhost:3000", "not an IP address and a port", "DEVALO_ADDR=127.0.0.1:3000"),
        (setting::ADDR, "3000", "not an IP address and a port", "DEVALO_ADDR=127.0.0.1:3000"),
        (setting::ENCRYPTION_KEYS, "", "is not set", "devalo generate-keys"),
        (setting::ENCRYPTION_KEYS, " , ", "is not set", "devalo generate-keys"),
        (setting::ENCRYPTION_KEYS, "CHANGE-ME", "example value", "devalo generate-keys"),
        (setting::ENCRYPTION_KEYS, no_id, "no key id", "devalo generate-keys"),
        (setting::ENCRYPTION_KEYS, "k 1:AAAA", "key id in entry 1 that is not", "devalo generate-keys"),
        (setting::ENCRYPTION_KEYS, ":AAAA", "key id in entry 1 that is not", "devalo generate-keys"),
        (setting::ENCRYPTION_KEYS, short, "bytes in the key k1", "devalo generate-keys"),
        (setting::ENCRYPTION_KEYS, "k1:****", "not base64", "devalo generate-keys"),
        (setting::ENCRYPTION_KEYS, &twice, "key id k1 twice", "devalo generate-keys"),
        (setting::SECRET, "", "is not set", "devalo generate-keys"),
        (setting::SECRET, "change_me", "example value", "devalo generate-keys"),
        (setting::SECRET, "!!!!", "not base64 in entry 1", "devalo generate-keys"),
        (setting::SECRET, &second, "too short in entry 2: 4 bytes", "devalo generate-keys"),
        (setting::TRUSTED_PROXIES, "::1,proxy", "in entry 2", "DEVALO_TRUSTED_PROXIES="),
        (setting::TRUSTED_PROXIES, "10.0.0.0/33", "in entry 1", "DEVALO_TRUSTED_PROXIES="),
        (setting::METRICS_TOKEN, "a-short-one", "could be guessed", "openssl rand -hex 24"),
        (setting::LOG_FORMAT, "xml", "neither `json` nor `text`", "JSON in production"),
        (setting::LOG_ADDRESSES, "yes", "neither `none` nor", "for none"),
        (setting::SMTP_URL, "smtps://jo:1#2@mail.salon.au", "not the address of a mail server", "%23"),
        (setting::EMAILS_PER_SECOND, "0", "no number from 1 to 1000", "which is what Resend takes"),
        (setting::RESEND_API_KEY, "123456789", "begin with re_", "RESEND_API_KEY=re_"),
        (setting::SMTP_URL, "mail.salon.au", "not the address of a mail server", "smtps://"),
        (setting::SMTP_URL, "smtp://mail.salon.au?tls=perhaps", "not the address of a mail server", "smtps://"),
        (setting::RESEND_WEBHOOK_SECRET, "whsec_!", "entry 1", "whsec_"),
        (setting::RESEND_WEBHOOK_SECRET, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw, MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "entry 2", "whsec_"),
        (setting::RESEND_WEBHOOK_SECRET, ",", "there is none in it", "whsec_"),
        (setting::ALLOW_DEVELOPMENT, "database,all", "neither `database` nor", "`database,listen`"),
    ];
    for (name, value, what, mend) in table {
        let problems = refused(&[(name, value)]);
        assert!(
            problems
                .iter()
                .any(|problem| problem.setting == *name && problem.what.contains(what) && problem.mend.contains(mend)),
            "{name}={value}: {problems:#?}"
        );
    }
}

/// Mail goes out one way, from somebody.
#[test]
fn mail_goes_out_one_way() {
    const FROM: (&str, &str) = (setting::EMAIL_FROM, "Salon <hello@salon.au>");
    let (resend, smtp) =
        ((setting::RESEND_API_KEY, "re_1"), (setting::SMTP_URL, "smtps://jo:p%40ss@mail.salon.au:465"));
    assert!(matches!(load(&[resend, FROM]).mail.unwrap().by, By::Resend { .. }));
    let mail = load(&[smtp, FROM]).mail.unwrap();
    assert!(matches!(&mail.by, By::Smtp(url) if url.expose_secret() == smtp.1));
    assert!(!format!("{mail:?}").contains("p%40ss"));
    assert!(load(&[FROM]).mail.is_none());
    for way in [resend, smtp] {
        let problems = refused(&[way]);
        assert!(problems[0].setting == setting::EMAIL_FROM && problems[0].what.contains(way.0), "{problems:?}");
    }
    let problems = refused(&[resend, smtp, FROM]);
    assert_eq!((problems.len(), problems[0].code), (1, Code::TwoWaysOut), "{problems:?}");
}

#[test]
fn the_first_account_is_whole_or_absent() {
    let email = setting::BOOTSTRAP_ADMIN_EMAIL;
    let password = setting::BOOTSTRAP_ADMIN_PASSWORD;
    let told = |changes: &[(&str, &str)]| refused(changes).remove(0);

    assert_eq!(told(&[(email, "jo@salon.au")]).setting, password);
    assert_eq!(told(&[(password, PASSWORD)]).setting, email);
    let short = told(&[(email, "jo@salon.au"), (password, "elevenchars")]);
    assert!(short.what.contains("shorter than 12"), "{short}");
    assert!(short.mend.contains("openssl rand"), "{short}");
    for odd in ["jo", "@salon.au", "jo@salon", "jo@@salon.au", "j o@salon.au", "jo@salon..au"] {
        let problem = told(&[(email, odd), (password, PASSWORD)]);
        assert_eq!(problem.setting, email, "{odd}");
    }
    // Twelve characters, not twelve bytes.
    load(&[(email, "jo@salon.au"), (password, "naïve-otters")]);
}

#[test]
fn all_problems_come_at_once_in_the_order_of_the_settings() {
    let problems = refused(&[
        (setting::SECRET, "dGlueQ==,!!!!"),
        (setting::ENCRYPTION_KEYS, ""),
        (setting::TRUSTED_PROXIES, "proxy"),
        (setting::ADDR, "here"),
        (setting::ORIGIN, "there"),
        (setting::DATABASE_URL, "nowhere"),
        (setting::ENV, "staging"),
    ]);
    let named: Vec<_> = problems.iter().map(|problem| problem.setting.clone()).collect();
    assert_eq!(
        named,
        [
            setting::ENV,
            setting::DATABASE_URL,
            setting::ORIGIN,
            setting::ADDR,
            setting::ENCRYPTION_KEYS,
            setting::SECRET,
            setting::SECRET,
            setting::TRUSTED_PROXIES,
        ]
    );
}

#[test]
fn a_problem_is_two_lines() {
    let shown = Problem::new(setting::ADDR, "is wrong.", "Mend it.").to_string();
    assert_eq!(shown, "DV001 DEVALO_ADDR is wrong.\n    Mend it.");
}

#[test]
fn nothing_printed_shows_a_secret() {
    let source = source(&[
        (setting::DATABASE_URL, "postgres://devalo:hunter2@db/devalo"),
        (setting::BOOTSTRAP_ADMIN_EMAIL, "jo@salon.au"),
        (setting::BOOTSTRAP_ADMIN_PASSWORD, PASSWORD),
    ]);
    let draft = Draft::read(&source);
    let config = Config::load(&source).unwrap();
    let raw = format!("{:?}", decode(SECRET).unwrap().expose_secret());
    let raw_key = format!("{:?}", decode(&KEY[3..]).unwrap().expose_secret());
    for shown in [format!("{source:?}"), format!("{draft:?}"), format!("{config:?}"), format!("{config:#?}")] {
        for secret in [&KEY[3..], SECRET, PASSWORD, "hunter2", &raw, &raw_key] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
    }
}

#[test]
fn no_problem_repeats_what_could_not_be_read() {
    let stray = "sekrit-Zp3vKq8sWm2x";
    for name in setting::ALL {
        if let Err(problems) = Config::load(&source(&[(name, stray)])) {
            for problem in problems {
                assert!(!problem.to_string().contains("sekrit"), "{problem}");
            }
        }
    }
    let file = format!("{} {stray} = {stray}\nDEVALO_SECRET={stray} #\n", setting::SECRET);
    for problem in source(&[]).under_env_file(&file).unwrap_err() {
        assert!(!problem.to_string().contains("sekrit"), "{problem}");
    }
}

#[test]
fn the_real_environment_wins_over_the_file_unless_it_is_empty() {
    let real = Source::from_pairs([("A", "real"), ("B", ""), ("C", "  ")]);
    let merged = real.under_env_file("A=file\nB=file\nC=file\nD=file\n").unwrap();
    let values = ["A", "B", "C", "D", "E"].map(|name| merged.get(name));
    assert_eq!(values, [Some("real"), Some("file"), Some("file"), Some("file"), None]);
}

#[test]
fn an_env_file_means_one_thing_only() {
    let read = |line: &str| {
        let merged = Source::from_pairs::<&str, &str>([]).under_env_file(line);
        merged.map(|source| source.get("A").map(str::to_owned))
    };
    for (line, value) in [
        ("\u{feff}A=b", Some("b")),
        ("  # A=b\r\nA=c\r\n", Some("c")),
        ("A=", None),
        ("A=k1:ab+/==,k2:cd", Some("k1:ab+/==,k2:cd")),
        ("A='two words'", Some("two words")),
        ("A=\"Jane's Salon\"", Some("Jane's Salon")),
        ("A='pa$$ # \"word\"'", Some("pa$$ # \"word\"")),
    ] {
        assert_eq!(read(line).unwrap().as_deref(), value, "{line}");
    }
    for line in [
        "A",
        "A = b",
        "A=two words",
        "A=pa$word",
        "A=b # comment",
        "A='b' # comment",
        "A='it's'",
        "A=\"$HOME\"",
        "A=b\\",
        "A='",
        "1A=b",
        "export A=b",
        "A=b&c",
        "A=b\nA=c",
    ] {
        let problems = read(line).unwrap_err();
        assert_eq!(problems[0].setting, setting::ENV_FILE, "{line}");
    }
    assert_eq!(read("A=a b\nB=c d\n").unwrap_err().len(), 2);
    // What helps is said: single quotes don't, where there is an apostrophe.
    for (line, mend) in [
        ("A='Jane's Salon'", "stands in double quotes: A=\""),
        ("A=Jane's", "stands in double quotes: A=\""),
        ("A=two words", "stands in single quotes: A='"),
        ("A='b' # comment", "stands in single quotes: A='"),
    ] {
        let problems = read(line).unwrap_err();
        assert!(problems[0].mend.contains(mend), "{line}: {problems:?}");
    }
}

#[test]
fn files_that_are_named_must_be_there() {
    let nowhere = Path::new("/nowhere/at/all");
    let problems = Source::gather(Some(nowhere), Some(nowhere)).unwrap_err();
    let named: Vec<_> = problems.iter().map(|problem| problem.setting.clone()).collect();
    assert_eq!(named, [setting::ENV_FILE, setting::LEPTOS_TOML]);
    assert!(Source::gather(None, None).is_ok());
}

#[test]
fn leptos_toml_gives_the_defaults_and_the_environment_wins() {
    let text = include_str!("../../Leptos.toml");
    let moved = text.replace("127.0.0.1:3000", "127.0.0.1:4000");
    let config = Config::load(&source(&[]).under_leptos_toml(&moved).unwrap()).unwrap();
    assert_eq!(config.addr.port(), 4000);
    let config = source(&[
        (setting::ADDR, "127.0.0.1:5000"),
        (setting::ENV, "production"),
        (setting::ORIGIN, "https://salon.au"),
    ]);
    let config = Config::load(&config.under_leptos_toml(&moved).unwrap()).unwrap();
    let options = config.leptos_options();
    assert_eq!(options.site_addr.port(), 5000);
    assert_eq!(options.env, leptos_config::Env::PROD);

    let problem = source(&[]).under_leptos_toml("[package]\n").unwrap_err();
    assert_eq!(problem.setting, setting::LEPTOS_TOML);
}

#[test]
fn the_repositorys_leptos_toml_is_what_leptos_reads_and_what_is_built_in() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../Leptos.toml");
    let file = leptos_config::get_configuration(Some(path)).unwrap();
    let (file, built_in) = (file.leptos_options, built_in_site());
    assert_eq!(&*file.output_name, "devalo");
    assert_eq!(&*file.site_root, "target/site");
    assert_eq!(&*file.site_pkg_dir, "pkg");
    assert_eq!(file.site_addr.to_string(), "127.0.0.1:3000");
    assert_eq!(file.env, leptos_config::Env::DEV);
    assert_eq!(format!("{file:?}"), format!("{built_in:?}"));
}

#[test]
fn in_development_the_origin_is_where_we_listen() {
    for (addr, origin) in [
        ("127.0.0.1:8080", "http://localhost:8080"),
        ("[::1]:8080", "http://localhost:8080"),
        ("192.0.2.7:8080", "http://192.0.2.7:8080"),
        ("0.0.0.0:8080", "http://localhost:8080"),
        ("[::]:80", "http://localhost"),
    ] {
        assert_eq!(load(&[(setting::ADDR, addr)]).origin.as_str(), origin);
    }
}

#[test]
fn percent_escapes_are_read_as_sqlx_reads_them() {
    for (text, decoded) in [("%2Ftmp", "/tmp"), ("100%", "100%"), ("%zz", "%zz"), ("%é", "%é")] {
        assert_eq!(percent_decoded(text), decoded);
    }
}

#[test]
fn plans_come_from_a_file_of_ones_own() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plans.toml");
    let path = file.to_str().unwrap();
    let why_not = |text: &str| {
        fs::write(&file, text).unwrap();
        let problems = refused(&[(setting::PLANS, path)]);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert_eq!(problems[0].setting, setting::PLANS);
        problems[0].what.clone()
    };
    assert!(why_not("").contains("missing field"));
    assert!(why_not("plan = 5").contains("line 1"));
    let custom =
        "[[plan]]\nname = \"custom\"\nversion = 1\ntitle = \"Custom\"\nabout = \"As agreed.\"\nmodules = [\"*\"]\n";
    assert!(why_not(&format!("{custom}{custom}")).contains("twice"));
    assert!(why_not(&custom.replace("custom", "other")).contains("custom"));
    assert!(why_not(&format!("{custom}colour = 1\n")).contains("colour"));
    fs::write(&file, custom).unwrap();
    assert_eq!(load(&[(setting::PLANS, path)]).plans.map(|plans| plans.all().len()), Some(1));
    let missing = refused(&[(setting::PLANS, "/nonexistent/plans.toml")]);
    assert!(missing[0].what.contains("can't be read"), "{missing:?}");
}
