//! What letters look like, against what they looked like before: a change is looked at, and taken with `cargo insta review`, or with
//! `INSTA_UPDATE=always`.

use std::{collections::BTreeSet, fs, path::Path};

use app::mail::examples;
use syn::{Expr, ExprCall, ExprLit, Lit, visit::Visit};
use walkdir::WalkDir;

/// Where the kind of a letter is in the arguments of `mail::queue`.
const KIND: usize = 2;
/// The files where it comes from a table of their own, and how the kinds in it begin.
const TABLES: [(&str, &str); 2] = [("auth/notices.rs", "auth."), ("calendar/letters/kinds.rs", "calendar.")];
/// Who the examples are about.
const PEOPLE: [&str; 6] = ["Priya", "Casey", "Alex", "Olly", "Tom Whitlock", "Mei-Lin"];

#[test]
fn letters_look_as_they_did() {
    for example in examples::all("https://app.example.com.au") {
        let name = format!("{} {}", example.kind, example.variant);
        let name: String = name.trim().chars().map(|c| if c == ' ' { '-' } else { c }).collect();
        let letter = example.letter;
        // A line for each element, so that a difference can be read.
        let html = letter.html().replace("><", ">\n<");
        let whole = format!("To: {}\nSubject: {}\n\n{}\n{html}\n", letter.to, letter.subject, letter.text());
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name, whole);
        });
    }
}

/// A subject is read on locked screens, and kept by whoever carries the letter: it names no person.
#[test]
fn subjects_name_nobody() {
    for example in examples::all("") {
        let named = PEOPLE.iter().find(|name| example.letter.subject.contains(**name));
        assert_eq!(named, None, "{}: {}", example.kind, example.letter.subject);
    }
}

/// Every kind that is sent anywhere has an example and words, and every example is of a kind that is sent.
#[test]
fn every_kind_has_an_example() {
    let mut sent = Kinds::default();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../app/src");
    for file in WalkDir::new(&source).into_iter().filter_map(Result::ok) {
        if file.path().extension().is_none_or(|end| end != "rs") {
            continue;
        }
        let text = fs::read_to_string(file.path()).expect("a source");
        let table = TABLES.iter().find(|(end, _)| file.path().ends_with(end));
        sent.named_here = table.is_some();
        sent.visit_file(&syn::parse_file(&text).expect("Rust"));
        if let Some((_, begin)) = table {
            let names = text.split('"').filter(|text| text.starts_with(begin));
            sent.kinds.extend(names.map(str::to_owned));
        }
    }
    assert!(sent.kinds.len() >= 20, "{:?}: is the source still read?", sent.kinds);
    let shown: BTreeSet<String> = examples::all("").into_iter().map(|example| example.kind.to_owned()).collect();
    assert_eq!(sent.kinds, shown, "sent, and shown");
    for kind in &shown {
        assert!(examples::words(kind).starts_with(char::is_uppercase), "{kind} has no words");
    }
}

#[derive(Default)]
struct Kinds {
    kinds: BTreeSet<String>,
    named_here: bool,
}

impl<'ast> Visit<'ast> for Kinds {
    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        if let Expr::Path(path) = &*call.func {
            let path: Vec<String> = path.path.segments.iter().map(|part| part.ident.to_string()).collect();
            let is_queue = |name: &str| path.ends_with(&["mail".to_owned(), name.to_owned()]);
            if is_queue("queue") || is_queue("queue_mailing") {
                match call.args.get(KIND) {
                    Some(Expr::Lit(ExprLit { lit: Lit::Str(kind), .. })) => {
                        self.kinds.insert(kind.value());
                    }
                    _ => assert!(self.named_here, "a letter of a kind that can’t be read from the source"),
                }
            }
        }
        syn::visit::visit_expr_call(self, call);
    }
}
