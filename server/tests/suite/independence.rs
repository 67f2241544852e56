//! Modules stand alone: no module names another, by path, table or address, and nothing outside `modules/` names any.
//! What one tells the rest goes through domain events.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::{Lit, LitStr};
use walkdir::WalkDir;

use super::statements::{ident, product_sources, punct, root};

/// Files that may name a module: the end of the path, the module, and why it must. It can only shrink: an entry that
/// nothing needs any more fails the test.
const EXCEPTIONS: &[(&str, &str, &str)] = &[];

const MODULES: &str = "app/src/modules/";

#[test]
fn no_module_is_named_outside_itself() {
    let problems = check_sources(&product_sources(), EXCEPTIONS);
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

#[test]
fn migrations_keep_to_their_modules_tables() {
    let modules = modules(&product_sources());
    let mut problems = Vec::new();
    for entry in WalkDir::new(root().join("migrations")).sort_by_file_name() {
        let path = entry.expect("a readable migrations folder").into_path();
        if path.extension().is_some_and(|extension| extension == "sql") {
            let text = fs::read_to_string(&path).expect("a readable migration");
            let owner = modules.iter().find(|module| path.components().any(|part| part.as_os_str() == module.as_str()));
            problems.extend(
                migration_problems(&text, owner.map(String::as_str), &modules)
                    .into_iter()
                    .map(|problem| format!("{}: {problem}", path.display())),
            );
        }
    }
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

/// Where a file names a module that it may not: the line, the module, and how it is named.
type Naming = (usize, String, String);

fn check_sources(sources: &[(String, String)], exceptions: &[(&str, &str, &str)]) -> Vec<String> {
    let modules = modules(sources);
    let mut needed = vec![false; exceptions.len()];
    let mut problems = Vec::new();
    for (path, source) in sources {
        for (line, module, what) in namings(path, source, &modules) {
            match exceptions.iter().position(|(file, name, _)| path.ends_with(file) && *name == module) {
                Some(entry) => needed[entry] = true,
                None => problems.push(format!("{path}:{line}: names {module}: {what}")),
            }
        }
    }
    for ((file, module, _), _) in exceptions.iter().zip(needed).filter(|(_, needed)| !needed) {
        problems.push(format!("EXCEPTIONS lists {module} in {file}, which nothing needs any more: remove it"));
    }
    problems
}

/// The folders of `modules/`.
fn modules(sources: &[(String, String)]) -> BTreeSet<String> {
    sources.iter().filter_map(|(path, _)| owner(path)).map(str::to_owned).collect()
}

/// The module whose folder a file is in.
fn owner(path: &str) -> Option<&str> {
    Some(path.strip_prefix(MODULES)?.split_once('/')?.0)
}

fn namings(path: &str, source: &str, modules: &BTreeSet<String>) -> Vec<Naming> {
    let owner = owner(path);
    let others: BTreeSet<&str> = modules.iter().map(String::as_str).filter(|module| Some(*module) != owner).collect();
    let Ok(stream) = source.parse::<TokenStream>() else {
        return vec![(1, "anything".to_owned(), "isn't Rust, so it can't be told".to_owned())];
    };
    let mut reader = Reader { in_module: owner.is_some(), others, namings: Vec::new() };
    reader.read(stream, None);
    reader.namings
}

/// Walks a file's tokens, macros' included.
struct Reader<'m> {
    /// In a module's folder the siblings can be reached by `super` too, and addresses count.
    in_module: bool,
    others: BTreeSet<&'m str>,
    namings: Vec<Naming>,
}

impl Reader<'_> {
    /// `prefix` is the segment before these tokens, if they are the group of a `use`.
    fn read(&mut self, stream: TokenStream, prefix: Option<&str>) {
        let tokens: Vec<TokenTree> = stream.into_iter().collect();
        for (i, token) in tokens.iter().enumerate() {
            let before =
                segment_before(&tokens, i).or_else(|| prefix.filter(|_| starts_item(&tokens, i)).map(str::to_owned));
            let line = token.span().start().line;
            match token {
                TokenTree::Ident(name) => {
                    let name = name.to_string();
                    if self.leads_to_modules(before.as_deref()) && self.others.contains(&*name) {
                        self.found(line, &name, format!("{}::{name}", before.unwrap_or_default()));
                    } else if self.leads_to_modules(Some(&name))
                        && ident(&tokens, i + 1).is_some_and(|next| next == "as")
                    {
                        self.found(line, "any", format!("{name} under another name"));
                    }
                }
                TokenTree::Punct(star) if star.as_char() == '*' && before.as_deref() == Some("modules") => {
                    self.found(line, "all", "modules::*".to_owned());
                }
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                    self.read(group.stream(), before.as_deref());
                }
                TokenTree::Group(group) => self.read(group.stream(), None),
                TokenTree::Literal(literal) if !is_documentation(&tokens, i) => {
                    if let Lit::Str(text) = Lit::new(literal.clone()) {
                        self.text(line, &text);
                    }
                }
                _ => {}
            }
        }
    }

    fn leads_to_modules(&self, segment: Option<&str>) -> bool {
        segment == Some("modules") || (self.in_module && segment == Some("super"))
    }

    fn text(&mut self, line: usize, text: &LitStr) {
        let text = text.value();
        for module in self.others.clone() {
            if let Some(table) = table_of(&text, module) {
                self.found(line, module, format!("the table {table}"));
            }
            if self.in_module && is_address_of(&text, module) {
                self.found(line, module, format!("the address {text}"));
            }
            if text.contains(&format!("../{module}/")) || text.contains(&format!("modules/{module}/")) {
                self.found(line, module, format!("the file {text}"));
            }
        }
    }

    fn found(&mut self, line: usize, module: &str, what: String) {
        self.namings.push((line, module.to_owned(), what));
    }
}

/// `modules` for the `x` of `modules::x`.
fn segment_before(tokens: &[TokenTree], i: usize) -> Option<String> {
    let follows_path = i >= 3 && punct(tokens, i - 1, ':') && punct(tokens, i - 2, ':');
    follows_path.then(|| ident(tokens, i - 3).map(ToString::to_string)).flatten()
}

/// The first of a group, or right after one of its commas.
fn starts_item(tokens: &[TokenTree], i: usize) -> bool {
    i == 0 || punct(tokens, i - 1, ',')
}

/// `#[doc = "…"]`, which is what a doc comment is.
fn is_documentation(tokens: &[TokenTree], i: usize) -> bool {
    i >= 2 && punct(tokens, i - 1, '=') && ident(tokens, i - 2).is_some_and(|name| name == "doc")
}

/// The module's table that a text names, if the text is SQL or nothing but that name.
fn table_of<'t>(text: &'t str, module: &str) -> Option<&'t str> {
    let is_sql =
        words(text).any(|word| ["SELECT", "INSERT", "UPDATE", "DELETE", "FROM", "JOIN", "INTO"].contains(&word));
    let table = words(text).find(|word| is_table_of(word, module))?;
    (is_sql || table == text).then_some(table)
}

fn is_table_of(word: &str, module: &str) -> bool {
    word.to_lowercase().strip_prefix(module).is_some_and(|rest| rest.starts_with('_'))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|char: char| !char.is_alphanumeric() && char != '_').filter(|word| !word.is_empty())
}

/// `/app/…/module/…` and `/api/…/module/…`.
fn is_address_of(text: &str, module: &str) -> bool {
    let mut segments = text.split(['/', '?', '#']).skip_while(|segment| !["app", "api"].contains(segment)).skip(1);
    (text.contains("/app/") || text.contains("/api/")) && segments.any(|segment| segment == module)
}

fn migration_problems(text: &str, owner: Option<&str>, modules: &BTreeSet<String>) -> Vec<String> {
    let text: String =
        text.lines().map(|line| line.split("--").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
    let mut problems: BTreeMap<String, String> = BTreeMap::new();
    let others = modules.iter().filter(|module| Some(module.as_str()) != owner);
    for module in others {
        for word in words(&text).filter(|word| is_table_of(word, module)) {
            problems.insert(word.to_owned(), format!("names {word}, which is {module}'s"));
        }
    }
    if let Some(owner) = owner {
        let words: Vec<&str> = words(&text).collect();
        for (i, _) in words.windows(2).enumerate().filter(|(_, pair)| pair[0] == "CREATE" && pair[1] == "TABLE") {
            let name = words[i + 2..].iter().find(|word| !["IF", "NOT", "EXISTS"].contains(word));
            if let Some(name) = name.filter(|name| !is_table_of(name, owner)) {
                problems.insert((*name).to_owned(), format!("creates {name}: a module's tables begin with its name"));
            }
        }
    }
    problems.into_values().collect()
}

mod tests {
    use super::*;

    fn problems(path: &str, source: &str) -> Vec<String> {
        let sources = [
            ("app/src/modules/calendar/mod.rs".to_owned(), String::new()),
            ("app/src/modules/tasks/mod.rs".to_owned(), String::new()),
            (path.to_owned(), source.to_owned()),
        ];
        check_sources(&sources, &[])
    }

    #[test]
    fn another_module_is_seen() {
        for source in [
            "use crate::modules::tasks::Task;",
            "use crate::modules::{self, tasks};",
            "use crate::{db, modules::{calendar::x, tasks::{self, Task}}};",
            "fn f() { let x = app::modules::tasks::f(); }",
            "use super::super::tasks;",
            "use super::{ids, super::{tasks}};",
            "use crate::modules::*;",
            "use crate::modules as rooms;",
            "use super::super as rooms;",
            "fn f() { view! { <A>{crate::modules::tasks::f()}</A> } }",
            "fn f() { sql!(all Row, tx, \"SELECT id FROM tasks_lists WHERE org_id = $1\") }",
            "fn f() { sql!(exec, tx, r#\"UPDATE calendar_slots SET a = (SELECT 1 FROM \"tasks_lists\")\"#) }",
            "const TABLE: &str = \"tasks_lists\";",
            "fn f() { format!(\"/app/{org}/tasks\") }",
            "fn f() { view! { <a href=\"/app/demo/tasks/lists?x=1\">x</a> } }",
            "fn f() { get(\"/api/v1/orgs/tasks\") }",
            "#[path = \"../tasks/store.rs\"] mod store;",
            "fn f() {",
        ] {
            let found = problems("app/src/modules/calendar/pages/day.rs", source);
            assert_eq!(found.len(), 1, "{source}: {found:?}");
        }
    }

    #[test]
    fn modules_are_not_named_outside() {
        for source in [
            "use crate::modules::tasks::Task;",
            "use app::{modules::{calendar}};",
            "fn f() { app::modules::calendar::f() }",
            "fn f() { platform_sql!(exec, tx, \"DELETE FROM calendar_slots WHERE id = $1\", id) }",
        ] {
            for path in ["app/src/lib.rs", "app/src/modules/mod.rs", "server/src/main.rs"] {
                let found = problems(path, source);
                assert_eq!(found.len(), 1, "{source}: {found:?}");
            }
        }
    }

    #[test]
    fn what_is_its_own_or_only_sounds_alike_passes() {
        for (path, source) in [
            (
                "app/src/modules/calendar/store.rs",
                "use crate::modules::calendar::ids; use super::{ids, pages}; use super::*;",
            ),
            (
                "app/src/modules/calendar/store.rs",
                "fn f() { sql!(exec, tx, \"DELETE FROM calendar_slots WHERE org_id = $1\") }",
            ),
            ("app/src/modules/calendar/store.rs", "fn f() { let tasks = spawn(tasks); tasks.len(); tokio::tasks(); }"),
            (
                "app/src/modules/calendar/store.rs",
                "use crate::ui::{icons, tasks}; /// SELECT from tasks_lists is theirs.\nstruct A;",
            ),
            (
                "app/src/modules/calendar/store.rs",
                "const A: [&str; 4] = [\"tasks\", \"the tasks_ prefix\", \"/app/{org}/calendar\", \"/b/x/tasks\"];",
            ),
            ("app/src/lib.rs", "use crate::modules::{self, MODULES}; use super::tasks; use crate::ui::calendar;"),
            (
                "app/src/lib.rs",
                "fn f() { sql!(exec, tx, \"DELETE FROM org_modules WHERE org_id = $1 AND module = 'tasks'\") }",
            ),
        ] {
            assert_eq!(problems(path, source), [""; 0], "{path}: {source}");
        }
    }

    #[test]
    fn exceptions_can_only_shrink() {
        let sources = [
            ("app/src/modules/calendar/mod.rs".to_owned(), String::new()),
            ("app/src/lib.rs".to_owned(), "use crate::modules::calendar;".to_owned()),
        ];
        assert_eq!(check_sources(&sources, &[("src/lib.rs", "calendar", "for a test")]), [""; 0]);
        assert_eq!(check_sources(&sources, &[("src/lib.rs", "tasks", "")]).len(), 2);
    }

    #[test]
    fn migrations_are_seen() {
        let modules = ["calendar".to_owned(), "tasks".to_owned()].into();
        let text = "-- tasks_lists are theirs\nCREATE TABLE IF NOT EXISTS calendar_slots (id BLOB REFERENCES tasks_lists (id));\n\
                    CREATE TABLE slots (id BLOB);";
        assert_eq!(migration_problems(text, Some("calendar"), &modules).len(), 2);
        assert_eq!(migration_problems(text, None, &modules).len(), 2);
        assert_eq!(migration_problems("CREATE TABLE users (id BLOB);", None, &modules), [""; 0]);
        assert_eq!(migration_problems("CREATE TABLE calendar_slots (id BLOB);", Some("calendar"), &modules), [""; 0]);
    }
}
