//! Makes the pages of `/docs` of `docs/site`. What doesn’t hold together there stops the build, all of it at once.
#![expect(clippy::disallowed_methods, reason = "a build script reads what cargo tells it from the environment")]

use std::{
    env,
    error::Error,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use docs::{Docs, Page};

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("..").canonicalize()?;
    println!("cargo::rerun-if-changed={}", root.join("docs").display());
    let docs = docs::read(&root).map_err(|problems| format!("the documentation: {}", problems.join("; ")))?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join("docs.rs"), table(&docs)?)?;
    Ok(())
}

/// What `docs.rs` takes in.
fn table(docs: &Docs) -> Result<String, Box<dyn Error>> {
    let mut out = String::new();
    writeln!(out, "static FRONT: Page = {};", page(&docs.front))?;
    writeln!(out, "static SECTIONS: &[Section] = &[")?;
    for section in &docs.sections {
        let pages: Vec<String> = section.pages.iter().map(page).collect();
        writeln!(out, "    Section {{ own: {}, pages: &[{}] }},", page(&section.own), pages.join(", "))?;
    }
    writeln!(out, "];\nstatic PICTURES: &[(&str, &[u8])] = &[")?;
    for (name, file) in &docs.pictures {
        writeln!(out, "    ({name:?}, include_bytes!({:?}).as_slice()),", file.canonicalize()?.display().to_string())?;
    }
    writeln!(out, "];")?;
    Ok(out)
}

fn page(page: &Page) -> String {
    let Page { address, title, short, summary, html, parts } = page;
    format!(
        "Page {{ address: {address:?}, title: {title:?}, short: {short:?}, summary: {summary:?}, html: {html:?}, parts: &{parts:?} }}"
    )
}
