//! The documents keep their word: what they link to is there, and so is what they say to `make`.

use std::{collections::BTreeSet, fs, path::PathBuf};

use app::modules::MODULES;
use walkdir::WalkDir;

use super::statements::root;

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
