//! The documents keep their word: what they link to is there, and so is what they say to `make`. So does the documentation at `/docs`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use app::modules::MODULES;
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use server::docs::addresses;
use walkdir::WalkDir;

use super::statements::root;
use crate::support::{ORIGIN, Site};

/// Anybody can read the documentation. Each page has a title, says in a sentence what it is about, and has one heading above all others; and what it leads to on this
/// site is there, with the part that is named.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_documentation_holds_together() {
    let site = Site::sqlite().await;
    let map = site.get("/sitemap.xml").await.text;
    let mut pages = BTreeMap::new();
    for address in addresses() {
        let page = site.get(address).await;
        assert_eq!(page.status, StatusCode::OK, "{address}");
        assert_eq!(page.headers[header::CONTENT_TYPE], "text/html; charset=utf-8", "{address}");
        assert!(map.contains(&format!("<loc>{ORIGIN}{address}</loc>")), "{address} isn’t in the site map");
        let canonical = format!("<link rel=\"canonical\" href=\"{ORIGIN}{address}\">");
        for once in ["<title>", "<meta name=\"description\"", "<h1>", canonical.as_str()] {
            assert_eq!(page.text.matches(once).count(), 1, "{address}: {once}");
        }
        for never in ["<script", " style=\"", "name=\"robots\""] {
            assert!(!page.text.contains(never), "{address}: {never}");
        }
        assert!(pages.insert(address, page.text).is_none(), "{address} is there twice");
    }
    assert!(pages.len() > 30, "{}", pages.len());
    let mut others = BTreeSet::new();
    for (address, text) in &pages {
        let (_, body) = text.split_once("<body>").expect("a body");
        let links = ["href", "src"].into_iter().flat_map(|name| attributes(body, name));
        for link in links.filter(|link| !link.contains("://") && !link.starts_with("mailto:")) {
            let (path, part) = link.split_once('#').map_or((link, None), |(path, part)| (path, Some(part)));
            let path = if path.is_empty() { *address } else { path };
            match (pages.get(path), part) {
                (Some(there), Some(part)) => {
                    assert!(there.contains(&format!("id=\"{part}\"")), "{address} leads to {link}");
                }
                (Some(_), None) => {}
                (None, _) => {
                    others.insert(path.to_owned());
                }
            }
        }
    }
    assert!(others.contains("/api/v1/openapi.json") && others.contains("/about"), "{others:?}");
    for path in others {
        assert_eq!(site.get(&path).await.status, StatusCode::OK, "{path}");
    }
}

/// A page is sent once to a browser that keeps it, the same to whoever is logged in, and compressed to who takes that. What isn’t there is a 404 with the way on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_documentation_is_quick() {
    const PAGE: &str = "/docs/owners/team";
    let site = Site::sqlite().await;
    let ask = |name: header::HeaderName, value: &str| {
        Request::get(PAGE).header(name, value).body(Body::empty()).expect("a request")
    };
    let first = site.get(PAGE).await;
    let mark = first.headers[header::ETAG].to_str().expect("text").to_owned();
    let again = site.send(ask(header::IF_NONE_MATCH, &mark)).await;
    assert_eq!((again.status, again.text.as_str()), (StatusCode::NOT_MODIFIED, ""));
    assert_eq!(again.headers[header::ETAG], mark);
    let packed = site.send(ask(header::ACCEPT_ENCODING, "gzip, br")).await;
    assert_eq!(packed.headers[header::CONTENT_ENCODING], "br");
    let cookie = site.log_in("alpha").await;
    let inside = site.get_as(&cookie, PAGE).await;
    assert_eq!(
        (&inside.text, &inside.headers[header::CACHE_CONTROL]),
        (&first.text, &first.headers[header::CACHE_CONTROL])
    );
    assert_eq!(inside.headers[header::CACHE_CONTROL], "public, max-age=300");
    assert!(!inside.headers.contains_key(header::SET_COOKIE));
    for missing in [
        "/docs/nobody",
        "/docs/owners/nobody",
        "/docs/owners/team/more",
        "/docs/images/nobody.webp",
        "/docs/images/%ff",
        "/docs/images",
    ] {
        let answer = site.get(missing).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{missing}");
        assert!(answer.text.contains("<h1"), "{missing}: {}", answer.text);
        assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store", "{missing}");
    }
}

/// Every picture that the documentation names has been taken, is small, and no other is kept. Before any has been, pages do without: `make docs-pictures` takes them.
#[test]
fn the_documentation_has_its_pictures() {
    const LARGEST: u64 = 60 * 1024;
    let docs = ::docs::read(&root()).unwrap_or_else(|problems| panic!("\n{}\n", problems.join("\n")));
    if docs.pictures.is_empty() {
        eprintln!("{} pictures of the documentation haven’t been taken yet: make docs-pictures", docs.missing.len());
        return;
    }
    assert!(docs.missing.is_empty(), "not taken yet (make docs-pictures): {:?}", docs.missing);
    for (name, file) in &docs.pictures {
        let size = fs::metadata(file).expect("a file").len();
        assert!(size <= LARGEST, "{name} has {size} bytes");
    }
    let kept = fs::read_dir(root().join("docs/site/images")).expect("the folder").flatten();
    let kept: BTreeSet<String> = kept.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    let unseen: Vec<&String> =
        kept.iter().filter(|name| is_picture(name) && !docs.pictures.contains_key(*name)).collect();
    assert!(unseen.is_empty(), "no page shows these: {unseen:?}");
}

fn is_picture(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "webp")
}

/// The values of an attribute, wherever it stands in a page.
fn attributes<'t>(html: &'t str, name: &str) -> Vec<&'t str> {
    html.split(&format!(" {name}=\"")).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn links_lead_somewhere() {
    let problems: Vec<String> = documents()
        .iter()
        .flat_map(|(path, text)| {
            let folder = path.parent().expect("a file in a folder").to_owned();
            links(text)
                .filter(move |link| !folder.join(link).exists())
                .map(|link| format!("{}: nothing at {link}", path.display()))
        })
        .collect();
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

#[test]
fn make_commands_exist() {
    let makefile = fs::read_to_string(root().join("Makefile")).expect("a Makefile");
    let problems: Vec<String> = documents()
        .iter()
        .flat_map(|(path, text)| {
            make_targets(text)
                .filter(|target| !has_target(&makefile, target))
                .map(|target| format!("{}: the Makefile has no {target}", path.display()))
        })
        .collect();
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

/// What SECURITY.md says is seen in a test, is: the test is there.
#[test]
fn tests_that_are_named_exist() {
    let security = fs::read_to_string(root().join("SECURITY.md")).expect("it is there");
    let named = security.split('`').skip(1).step_by(2).filter_map(|code| code.split_once("::"));
    let mut count = 0;
    for (file, test) in named.filter(|(file, _)| *file != "file") {
        let places = [format!("server/tests/suite/{file}.rs"), format!("server/src/{file}.rs")];
        let found = places.iter().any(|place| {
            fs::read_to_string(root().join(place)).is_ok_and(|text| text.contains(&format!("fn {test}(")))
        });
        assert!(found, "there is no {file}::{test}");
        count += 1;
    }
    assert!(count > 50, "{count}");
}

/// What addresses can be told is all in docs/webhooks.md, and nothing else is. `…_moved` stands for what is called so in place of the last part of the whole
/// name before it.
#[test]
fn every_event_is_described() {
    let text = fs::read_to_string(root().join("docs/webhooks.md")).expect("it is there");
    let mut described = BTreeSet::new();
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
    for row in rows.filter(|row| row.contains('.')) {
        let mut before = "";
        for name in row.trim_end_matches('`').split("`, `") {
            if let Some(rest) = name.strip_prefix('…') {
                described.insert(format!("{before}{rest}"));
            } else {
                before = name.rsplit_once('_').map_or(name, |(before, _)| before);
                described.insert(name.to_owned());
            }
        }
    }
    let events = MODULES.iter().flat_map(|module| module.events()).map(|event| event.name.to_owned());
    let all: BTreeSet<String> = events.chain(["webhook.test".to_owned()]).collect();
    let (missing, other) = (all.difference(&described), described.difference(&all));
    assert_eq!((missing.collect::<Vec<_>>(), other.collect::<Vec<_>>()), (vec![], vec![]), "missing, and not there");
}

/// What events say to be filled in elsewhere is the same wherever it is called the same.
#[test]
fn what_events_say_has_one_name() {
    let said: BTreeSet<(&str, &str, &str)> = MODULES
        .iter()
        .flat_map(|module| module.events().iter().flat_map(move |event| module.event_fields(event.name)))
        .map(|field| (field.name, field.label, field.kind.as_str()))
        .collect();
    let names: BTreeSet<&str> = said.iter().map(|(name, ..)| *name).collect();
    assert!(names.contains("day") && names.len() == said.len(), "{said:?}");
}

/// The Markdown files at the top, and those in the folders that explain themselves.
fn documents() -> Vec<(PathBuf, String)> {
    let top = WalkDir::new(root()).max_depth(1);
    let folders = ["deploy", "benches"].into_iter().map(|folder| WalkDir::new(root().join(folder)));
    let found: Vec<_> = std::iter::once(top)
        .chain(folders)
        .flat_map(WalkDir::into_iter)
        .map(|entry| entry.expect("a readable folder").into_path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .filter(|path| !path.components().any(|part| part.as_os_str() == "node_modules"))
        .map(|path| (path.clone(), fs::read_to_string(&path).expect("a readable document")))
        .collect();
    assert!(found.iter().any(|(path, _)| path.ends_with("README.md")), "no README.md was found");
    found
}

/// The relative targets of `[text](target)` and `[text]: target` outside fences and code, without their anchors.
fn links(text: &str) -> impl Iterator<Item = &str> {
    lines(text).filter(|(fenced, _)| !fenced).flat_map(|(_, line)| {
        let reference = line.trim_start().starts_with('[').then(|| line.split_once("]: ")).flatten();
        let reference = reference.filter(|(label, _)| !label.contains("](")).map(|(_, target)| target);
        // Every other piece between backticks is code.
        let inline = line.split('`').step_by(2).flat_map(|piece| piece.split("](").skip(1));
        let inline = inline.filter_map(|rest| rest.split(')').next());
        reference.into_iter().chain(inline).filter_map(relative)
    })
}

/// The path of a link into this repository; none for one that leaves it, or stays on its page.
fn relative(target: &str) -> Option<&str> {
    let target = target.split_whitespace().next()?.trim_matches(['<', '>']);
    let path = target.split(['#', '?']).next()?;
    let leaves = target.contains("://") || target.starts_with("mailto:") || target.starts_with("//");
    (!leaves && !path.is_empty()).then_some(path)
}

/// What fenced blocks tell to `make`.
fn make_targets(text: &str) -> impl Iterator<Item = &str> {
    lines(text)
        .filter(|(fenced, _)| *fenced)
        .flat_map(|(_, line)| line.split('#').next().unwrap_or_default().split(['&', ';', '|']))
        .filter_map(|command| command.trim().trim_start_matches("$ ").trim_start().strip_prefix("make "))
        .flat_map(|arguments| arguments.split_whitespace().filter(|word| !word.starts_with('-') && !word.contains('=')))
}

fn has_target(makefile: &str, target: &str) -> bool {
    makefile
        .lines()
        .filter(|line| !line.starts_with(['\t', '#', '.', ' ']))
        .filter_map(|line| line.split_once(':'))
        .any(|(targets, rest)| !rest.starts_with('=') && targets.split_whitespace().any(|name| name == target))
}

/// The lines, and whether each is inside a fence; the fences themselves are left out.
fn lines(text: &str) -> impl Iterator<Item = (bool, &str)> {
    let mut fenced = false;
    text.lines().filter_map(move |line| {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            return None;
        }
        Some((fenced, line))
    })
}

#[test]
fn links_and_commands_are_seen() {
    let text = "\
See [a](a.md#part), [b](./b/ \"B\"), [out](https://example.com), [here](#x) and `[code](code.md)`.
[ref]: c.md
![image](<d.png>)
```sh
$ make serve PORT=1 # make nothing
[fenced](e.md)
cd x && make -j2 test bench
```
make prose";
    assert_eq!(links(text).collect::<Vec<_>>(), ["a.md", "./b/", "c.md", "d.png"]);
    assert_eq!(make_targets(text).collect::<Vec<_>>(), ["serve", "test", "bench"]);

    let makefile = ".PHONY: phony\nX := y\nserve test: build\n\tmake: recipe\n";
    assert!(has_target(makefile, "serve") && has_target(makefile, "test"));
    assert!(!["phony", "X", "make", "build"].iter().any(|target| has_target(makefile, target)));
}
