//! Discovers the modules: every folder `src/modules/<name>/` with a `mod.rs` is in the registry, and its migrations with
//! it. No list anywhere names a module.
#![expect(clippy::disallowed_methods, reason = "a build script reads what cargo tells it from the environment")]

use std::{collections::BTreeMap, env, error::Error, fmt::Write as _, fs, path::Path, process::Command};

fn main() -> Result<(), Box<dyn Error>> {
    let root = env::var("CARGO_MANIFEST_DIR")?;
    let modules_dir = Path::new(&root).join("src/modules");
    let migrations_dir = Path::new(&root).join("../migrations").canonicalize()?;
    println!("cargo::rerun-if-changed={}", modules_dir.display());
    println!("cargo::rerun-if-changed={}", migrations_dir.display());

    // What both ends of the wire are built from: a page of another version is told from a broken message by it.
    println!("cargo::rerun-if-changed={root}/src");
    println!("cargo::rustc-env=DEVALO_SOURCES={:08x}", hash_of(&Path::new(&root).join("src"))?);

    say_how_it_is_built()?;

    let mut modules = Vec::new();
    for entry in fs::read_dir(&modules_dir)? {
        let path = entry?.path();
        if path.join("mod.rs").is_file()
            && let Some(name) = path.file_name().and_then(|name| name.to_str())
        {
            println!("cargo::rerun-if-changed={}", path.display());
            modules.push(name.to_owned());
        }
    }
    modules.sort();

    let mut out = String::new();
    for name in &modules {
        writeln!(out, "#[path = {:?}]\npub mod {name};", modules_dir.join(name).join("mod.rs").display().to_string())?;
    }
    writeln!(out, "/// Every module, in alphabetical order.\npub static MODULES: &[&dyn crate::module::Module] = &[")?;
    for name in &modules {
        writeln!(out, "    &{name}::MODULE,")?;
    }
    writeln!(out, "];")?;
    write_migrations(&mut out, &migrations_dir, &modules)?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join("modules.rs"), out)?;
    Ok(())
}

/// For `built.rs`. The commit is said by whoever packs a release: were git asked for it here, all would be built again after each.
fn say_how_it_is_built() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed=DEVALO_COMMIT");
    let commit = env::var("DEVALO_COMMIT").ok().filter(|commit| !commit.is_empty());
    println!("cargo::rustc-env=DEVALO_COMMIT={}", commit.as_deref().unwrap_or("unknown"));
    println!("cargo::rustc-env=DEVALO_PROFILE={}", env::var("PROFILE")?);
    println!("cargo::rustc-env=DEVALO_TARGET={}", env::var("TARGET")?);
    let compiler = Command::new(env::var("RUSTC")?).arg("--version").output()?;
    println!("cargo::rustc-env=DEVALO_RUSTC={}", String::from_utf8(compiler.stdout)?.trim());
    Ok(())
}

/// A hash of all the files below a folder, whatever the order in which they are listed (FNV-1a).
fn hash_of(folder: &Path) -> Result<u32, Box<dyn Error>> {
    let mut entries = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    let mut hash = 0x811c_9dc5_u32;
    for entry in entries {
        let content = if entry.path().is_dir() {
            hash_of(&entry.path())?.to_le_bytes().to_vec()
        } else {
            fs::read(entry.path())?
        };
        for byte in entry.file_name().as_encoded_bytes().iter().chain(&content) {
            hash = (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
        }
    }
    Ok(hash)
}

/// The platform's migrations and each module's, in one history: version numbers order them over all owners.
fn write_migrations(out: &mut String, dir: &Path, modules: &[String]) -> Result<(), Box<dyn Error>> {
    let mut history = BTreeMap::new();
    for owner in std::iter::once("platform").chain(modules.iter().map(String::as_str)) {
        let folder = dir.join(owner).join("sqlite");
        if !folder.is_dir() {
            continue;
        }
        for entry in fs::read_dir(&folder)? {
            let sqlite = entry?.path();
            let file = sqlite.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
            let postgres = dir.join(owner).join("postgres").join(&file);
            if !postgres.is_file() {
                return Err(format!("{owner}/{file} has no twin for postgres").into());
            }
            let (version, name) = file
                .strip_suffix(".sql")
                .and_then(|stem| stem.split_once('_'))
                .and_then(|(version, name)| Some((version.parse::<i64>().ok()?, name.replace('_', " "))))
                .ok_or_else(|| format!("{owner}/{file} isn’t named NNNN_what_it_does.sql"))?;
            if let Some((other, ..)) = history.insert(version, (owner.to_owned(), name, sqlite, postgres)) {
                return Err(format!("{other} and {owner} both have a migration {version}").into());
            }
        }
    }
    writeln!(out, "/// The whole history of the schema.\n#[cfg(feature = \"ssr\")]")?;
    writeln!(out, "pub static MIGRATIONS: &[crate::db::Migration] = &[")?;
    for (version, (owner, name, sqlite, postgres)) in history {
        writeln!(
            out,
            "    crate::db::Migration {{ owner: {owner:?}, version: {version}, name: {name:?}, sqlite: include_str!({:?}), postgres: include_str!({:?}) }},",
            sqlite.display().to_string(),
            postgres.display().to_string()
        )?;
    }
    writeln!(out, "];")?;
    Ok(())
}
