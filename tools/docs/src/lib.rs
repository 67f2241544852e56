//! Reads the documentation, `docs/site`, and makes the pages of `/docs` of it. What doesn’t hold together (a link that leads nowhere, an anchor
//! that isn’t there, a page without a title) is told all at once, with the file that it stands in.
//!
//! A folder is a section, and its `index.md` the section’s own page. Each file begins with what is said of it, between two lines of `---`:
//! `title`, `summary`, `order`, and where they are wanted `short` (its name in the list of pages) and `include` (another document that the page
//! is made of, which stays where it is). Links lead to files, as in any folder of Markdown; one to a file of ours that is no page is shown as
//! its words.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs,
    path::{Path, PathBuf},
};

use pulldown_cmark::{Alignment, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// Where the pages are, in the folder of the project.
const SITE: &str = "docs/site";
/// What may be said of a page.
const FIELDS: [&str; 5] = ["title", "short", "summary", "order", "include"];

/// The documentation.
#[derive(Debug)]
pub struct Docs {
    /// The page at `/docs`.
    pub front: Page,
    /// The sections, in their order.
    pub sections: Vec<Section>,
    /// The pictures that pages show and that have been taken, by name.
    pub pictures: BTreeMap<String, PathBuf>,
    /// The pictures that pages show and that haven’t been taken yet.
    pub missing: BTreeSet<String>,
}

/// A section: its own page, and those below it in their order.
#[derive(Debug)]
pub struct Section {
    /// Its own page.
    pub own: Page,
    /// Those below it.
    pub pages: Vec<Page>,
}

/// A page.
#[derive(Debug)]
pub struct Page {
    /// Its address: `/docs/owners/team`.
    pub address: String,
    /// Its title.
    pub title: String,
    /// Its name in the list of pages.
    pub short: String,
    /// What it is about, in a sentence.
    pub summary: String,
    /// Its text.
    pub html: String,
    /// Its parts: the id of each, and what it is called.
    pub parts: Vec<(String, String)>,
}

/// Reads the documentation of the project in this folder.
///
/// # Errors
/// All that is wrong with it.
pub fn read(root: &Path) -> Result<Docs, Vec<String>> {
    let mut reader = Reader { root: root.to_owned(), ..Reader::default() };
    let sources = reader.sources();
    let map = reader.map(&sources);
    let mut made: Vec<(String, i64, Page)> = Vec::new();
    for source in &sources {
        let page = reader.page(source, &map);
        made.push((source.section.clone(), source.order, page));
    }
    made.sort_by(|(_, a, one), (_, b, other)| (a, &one.address).cmp(&(b, &other.address)));
    let mut front = None;
    let mut sections: BTreeMap<String, Shelf> = BTreeMap::new();
    for (section, order, page) in made {
        if page.address == "/docs" {
            front = Some(page);
        } else if page.address == format!("/docs/{section}") {
            sections.entry(section).or_default().own = Some((order, page));
        } else {
            sections.entry(section).or_default().pages.push(page);
        }
    }
    let mut ordered = Vec::new();
    for (section, Shelf { own, pages }) in sections {
        match own {
            Some((order, own)) => ordered.push((order, Section { own, pages })),
            None => reader.problems.push(format!("{SITE}/{section}: there is no index.md")),
        }
    }
    ordered.sort_by_key(|(order, _)| *order);
    let sections = ordered.into_iter().map(|(_, section)| section).collect();
    let Some(front) = front else {
        reader.problems.push(format!("{SITE}: there is no index.md"));
        return Err(reader.problems);
    };
    if !reader.problems.is_empty() {
        return Err(reader.problems);
    }
    Ok(Docs { front, sections, pictures: reader.pictures, missing: reader.missing })
}

/// What was found of a section: its own page with its place, and those below it.
#[derive(Default)]
struct Shelf {
    own: Option<(i64, Page)>,
    pages: Vec<Page>,
}

/// A file of the site, before it is made a page of.
struct Source {
    /// The file that says what the page is, in the project.
    file: PathBuf,
    /// The file that its text is in: the same, or the document that it includes.
    text_in: PathBuf,
    section: String,
    address: String,
    order: i64,
    fields: BTreeMap<String, String>,
    text: String,
}

/// Where pages are: by the files that they are made of, and the anchors of each.
struct Map {
    addresses: HashMap<PathBuf, String>,
    anchors: HashMap<String, BTreeSet<String>>,
}

#[derive(Default)]
struct Reader {
    root: PathBuf,
    problems: Vec<String>,
    pictures: BTreeMap<String, PathBuf>,
    missing: BTreeSet<String>,
}

impl Reader {
    /// Every file of the site, with the text of its page.
    fn sources(&mut self) -> Vec<Source> {
        let mut files = Vec::new();
        let site = self.root.join(SITE);
        for (folder, section) in folders(&site) {
            for file in entries(&folder) {
                if file.extension().is_some_and(|extension| extension == "md") {
                    files.push((file, section.clone()));
                }
            }
        }
        files.into_iter().filter_map(|(file, section)| self.source(file, section)).collect()
    }

    fn source(&mut self, file: PathBuf, section: String) -> Option<Source> {
        let whole = self.text_of(&file)?;
        let Some((fields, own)) = head(&whole) else {
            self.wrong(&file, "it doesn’t begin with what is said of it, between two lines of “---”");
            return None;
        };
        for (name, value) in &fields {
            if !FIELDS.contains(&name.as_str()) || value.is_empty() {
                self.wrong(&file, &format!("“{name}” isn’t known, or is empty"));
            }
        }
        for needed in ["title", "summary", "order"] {
            if !fields.contains_key(needed) {
                self.wrong(&file, &format!("“{needed}” is missing"));
            }
        }
        let order = fields.get("order").and_then(|order| order.parse().ok()).unwrap_or(i64::MAX);
        let word = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let address = match (section.as_str(), word) {
            ("", _) => "/docs".to_owned(),
            (section, "index") => format!("/docs/{section}"),
            (section, word) => format!("/docs/{section}/{word}"),
        };
        let included = fields.get("include").map(|path| file.with_file_name(path));
        let text_in = included.clone().unwrap_or_else(|| file.clone());
        let text = match included {
            Some(document) => self.text_of(&document)?,
            None => own.to_owned(),
        };
        Some(Source { file, text_in, section, address, order, fields, text })
    }

    fn text_of(&mut self, file: &Path) -> Option<String> {
        match fs::read_to_string(file) {
            Ok(text) => Some(text),
            Err(error) => {
                self.wrong(file, &error.to_string());
                None
            }
        }
    }

    /// Where each page is, and which anchors it has.
    fn map(&mut self, sources: &[Source]) -> Map {
        let mut map = Map { addresses: HashMap::new(), anchors: HashMap::new() };
        for source in sources {
            for file in [&source.file, &source.text_in] {
                if let Ok(file) = fs::canonicalize(file) {
                    map.addresses.insert(file, source.address.clone());
                }
            }
            let all = parts(&source.text);
            // The title isn’t one of them.
            let title = usize::from(all.first().is_some_and(|part| part.level == 1));
            let ids = all.into_iter().skip(title).map(|part| part.id).collect();
            if map.anchors.insert(source.address.clone(), ids).is_some() {
                self.wrong(&source.file, "there is another page at its address");
            }
        }
        map
    }

    fn page(&mut self, source: &Source, map: &Map) -> Page {
        let all = parts(&source.text);
        let includes = source.fields.contains_key("include");
        let highest = all.iter().filter(|part| part.level == 1).count();
        if !includes && highest > 0 {
            self.wrong(&source.file, "its title is what is said of it: no heading with one “#” stands below");
        }
        // A document of its own has its title as the first heading; where it has several of that rank, all move down by one.
        let lowered = usize::from(highest > 1);
        let mut headings = all.iter().enumerate();
        let mut events = Vec::new();
        let mut parser = Parser::new_ext(&source.text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH);
        // Whether each link that has begun is written.
        let mut links = Vec::new();
        while let Some(event) = parser.next() {
            match event {
                Event::Start(Tag::Heading { .. }) => {
                    let Some((at, part)) = headings.next() else { continue };
                    if at == 0 && part.level == 1 {
                        for event in parser.by_ref() {
                            if matches!(event, Event::End(TagEnd::Heading(_))) {
                                break;
                            }
                        }
                        continue;
                    }
                    let level = level_of(part.level + lowered);
                    let id = Some(CowStr::from(part.id.clone()));
                    events.push(Event::Start(Tag::Heading { level, id, classes: Vec::new(), attrs: Vec::new() }));
                }
                Event::End(TagEnd::Heading(level)) => {
                    events.push(Event::End(TagEnd::Heading(level_of(rank(level) + lowered))));
                }
                Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                    let to = self.target(source, map, &dest_url);
                    links.push(to.is_some());
                    if let Some(to) = to {
                        events.push(Event::Start(Tag::Link { link_type, dest_url: to.into(), title, id }));
                    }
                }
                Event::End(TagEnd::Link) => {
                    if links.pop().unwrap_or(true) {
                        events.push(Event::End(TagEnd::Link));
                    }
                }
                Event::Start(Tag::Image { dest_url, .. }) => {
                    let mut alt = String::new();
                    for event in parser.by_ref().take_while(|event| !matches!(event, Event::End(TagEnd::Image))) {
                        if let Event::Text(text) | Event::Code(text) = event {
                            alt.push_str(&text);
                        }
                    }
                    // It stands by itself, and a paragraph can’t be around it.
                    let alone = matches!(events.last(), Some(Event::Start(Tag::Paragraph)))
                        && matches!(parser.next(), Some(Event::End(TagEnd::Paragraph)));
                    if alone {
                        events.pop();
                        let picture = self.picture(source, &dest_url, &alt);
                        events.push(Event::Html(picture.into()));
                    } else {
                        self.wrong(
                            &source.text_in,
                            &format!("the picture {dest_url} doesn’t stand in a paragraph of its own"),
                        );
                    }
                }
                // What doesn’t fit is moved sideways, by the keyboard too; how columns are aligned would be a style of each cell’s own.
                Event::Start(Tag::Table(columns)) => {
                    events.push(Event::Html(
                        r#"<div class="docs-table" role="group" aria-label="Table" tabindex="0">"#.into(),
                    ));
                    events.push(Event::Start(Tag::Table(vec![Alignment::None; columns.len()])));
                }
                Event::End(TagEnd::Table) => {
                    events.push(Event::End(TagEnd::Table));
                    events.push(Event::Html("</div>\n".into()));
                }
                Event::Start(Tag::CodeBlock(_)) => events.push(Event::Html("<pre tabindex=\"0\"><code>".into())),
                Event::End(TagEnd::CodeBlock) => events.push(Event::Html("</code></pre>\n".into())),
                Event::Code(text) => events.push(Event::InlineHtml(code(&text).into())),
                // Shown as the text that it is.
                Event::Html(text) | Event::InlineHtml(text) => events.push(Event::Text(text)),
                other => events.push(other),
            }
        }
        let mut html = String::new();
        html::push_html(&mut html, events.into_iter());
        let field = |name: &str| source.fields.get(name).cloned().unwrap_or_default();
        let title = field("title");
        let short = source.fields.get("short").cloned().unwrap_or_else(|| title.clone());
        let title_first = usize::from(all.first().is_some_and(|part| part.level == 1));
        let named = all.into_iter().skip(title_first).filter(|part| part.level + lowered == 2);
        let parts = named.map(|part| (part.id, part.words)).collect();
        Page { address: source.address.clone(), title, short, summary: field("summary"), html, parts }
    }

    /// Where a link leads on the site; `None` where it is shown as its words.
    fn target(&mut self, source: &Source, map: &Map, to: &str) -> Option<String> {
        if to.contains("://") || to.starts_with("mailto:") {
            return Some(to.to_owned());
        }
        // An address of the server’s own. Whether it is there is seen where it runs.
        if to.starts_with('/') {
            if to == "/docs" || to.starts_with("/docs/") {
                self.wrong(&source.text_in, &format!("{to} is a page: name its file instead"));
            }
            return Some(to.to_owned());
        }
        let (path, anchor) = to.split_once('#').map_or((to, None), |(path, anchor)| (path, Some(anchor)));
        let address = if path.is_empty() {
            source.address.clone()
        } else {
            let Ok(file) = fs::canonicalize(source.text_in.with_file_name(path)) else {
                self.wrong(&source.text_in, &format!("nothing is at {to}"));
                return None;
            };
            map.addresses.get(&file)?.clone()
        };
        let Some(anchor) = anchor else { return Some(address) };
        if !map.anchors.get(&address).is_some_and(|ids| ids.contains(anchor)) {
            self.wrong(&source.text_in, &format!("nothing on {address} is called #{anchor}"));
        }
        Some(if path.is_empty() { format!("#{anchor}") } else { format!("{address}#{anchor}") })
    }

    /// A picture; nothing where it hasn’t been taken yet.
    fn picture(&mut self, source: &Source, to: &str, alt: &str) -> String {
        let file = source.text_in.with_file_name(to);
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if !is_name(&name) || file.parent().and_then(Path::file_name).is_none_or(|folder| folder != "images") {
            self.wrong(&source.text_in, &format!("{to}: pictures are images/….webp, in small letters"));
            return String::new();
        }
        if alt.trim().is_empty() {
            self.wrong(&source.text_in, &format!("{to} has no words for who doesn’t see it"));
        }
        if !file.is_file() {
            self.missing.insert(name);
            return String::new();
        }
        let Ok(size) = imagesize::size(&file) else {
            self.wrong(&file, "it isn’t a picture");
            return String::new();
        };
        self.pictures.insert(name.clone(), file);
        let phone = if size.width < 600 { " is-phone" } else { "" };
        format!(
            "<figure class=\"docs-picture{phone}\"><img src=\"/docs/images/{name}\" width=\"{}\" height=\"{}\" loading=\"lazy\" decoding=\"async\" alt=\"{}\"></figure>\n",
            size.width,
            size.height,
            alt.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
        )
    }

    fn wrong(&mut self, file: &Path, what: &str) {
        let file = file.strip_prefix(&self.root).unwrap_or(file);
        self.problems.push(format!("{}: {what}", file.display()));
    }
}

/// A name or an address as it is typed. A long one goes on in the next line of a phone where a part of it ends, rather than in the middle of one.
fn code(text: &str) -> String {
    const LONG: usize = 18;
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let mut out = "<code>".to_owned();
    for word in escaped.split_inclusive(' ') {
        let is_long = word.trim_end().chars().count() > LONG;
        let mut before = ' ';
        let mut left = word.chars().peekable();
        while let Some(c) = left.next() {
            out.push(c);
            let ends = is_long && before.is_alphanumeric() && matches!(c, '_' | '/' | '.' | ',' | '=');
            if ends && left.peek().is_some_and(|next| next.is_alphanumeric()) {
                out.push_str("<wbr>");
            }
            before = c;
        }
    }
    out.push_str("</code>");
    out
}

/// A heading.
struct Part {
    level: usize,
    id: String,
    words: String,
}

/// The headings of a text, with ids as other places that show Markdown make them.
fn parts(text: &str) -> Vec<Part> {
    let (mut found, mut level, mut words, mut seen) = (Vec::new(), None, String::new(), HashMap::new());
    for event in Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        match event {
            Event::Start(Tag::Heading { level: begins, .. }) => level = Some(rank(begins)),
            Event::End(TagEnd::Heading(_)) => {
                let words = std::mem::take(&mut words);
                let id = id_of(&words);
                let before = seen.entry(id.clone()).or_insert(0_usize);
                let id = if *before == 0 { id } else { format!("{id}-{before}") };
                *before += 1;
                found.push(Part { level: level.take().unwrap_or(1), id, words });
            }
            Event::Text(text) | Event::Code(text) if level.is_some() => words.push_str(&text),
            _ => {}
        }
    }
    found
}

fn id_of(words: &str) -> String {
    let kept = words
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .collect::<String>();
    kept.replace(' ', "-")
}

fn rank(level: HeadingLevel) -> usize {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

fn level_of(level: usize) -> HeadingLevel {
    HeadingLevel::try_from(level.clamp(1, 6)).unwrap_or(HeadingLevel::H6)
}

/// What is said of a page, and what follows.
fn head(whole: &str) -> Option<(BTreeMap<String, String>, &str)> {
    let (head, text) = whole.strip_prefix("---\n")?.split_once("\n---\n")?;
    let fields = head.lines().map(|line| {
        let (name, value) = line.split_once(':')?;
        Some((name.trim().to_owned(), value.trim().to_owned()))
    });
    Some((fields.collect::<Option<_>>()?, text))
}

/// The site’s folder and those in it that are sections.
fn folders(site: &Path) -> Vec<(PathBuf, String)> {
    let below = entries(site).into_iter().filter(|path| path.is_dir()).filter_map(|path| {
        let name = path.file_name()?.to_str()?.to_owned();
        (name != "images").then_some((path, name))
    });
    std::iter::once((site.to_owned(), String::new())).chain(below).collect()
}

/// What is in a folder, by name.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    all.sort();
    all
}

fn is_name(name: &str) -> bool {
    let stem = name.strip_suffix(".webp").unwrap_or_default();
    !stem.is_empty() && stem.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRONT: &str = "---\ntitle: Help\nsummary: All of it.\norder: 0\n---\n[To the team](owners/team.md#who)\n";
    const OWN: &str = "---\ntitle: Owners\nsummary: For owners.\norder: 1\n---\nHello.\n";

    /// Such a project: the text of `owners/team.md`, of a document `docs/deploy.md`, and whatever stands beside.
    fn project(team: &str, deploy: &str) -> Result<Docs, Vec<String>> {
        let folder = tempfile::tempdir().expect("a folder");
        let site = folder.path().join(SITE);
        fs::create_dir_all(site.join("owners")).expect("a folder");
        fs::create_dir_all(site.join("operators")).expect("a folder");
        for (file, text) in [
            ("index.md", FRONT),
            ("owners/index.md", OWN),
            ("owners/team.md", team),
            ("operators/index.md", "---\ntitle: Operators\nsummary: For operators.\norder: 2\n---\n"),
            ("operators/deploy.md", "---\ntitle: Install\nsummary: How.\norder: 1\ninclude: ../../deploy.md\n---\n"),
            ("../deploy.md", deploy),
        ] {
            fs::write(site.join(file), text).expect("written");
        }
        read(folder.path())
    }

    fn team(text: &str) -> String {
        format!("---\ntitle: Your team\nsummary: Who.\norder: 1\n---\n## Who\n\n{text}\n")
    }

    #[test]
    fn links_to_files_become_addresses() {
        let text = team(
            "[a](index.md), [b](../operators/deploy.md#the-end), [c](#who), [d](../../deploy.md), [e](/login), [f](https://example.com), [g](../../../docs)",
        );
        let docs = project(&text, "# Deploy\n\n## The end\n\n[t](site/owners/team.md)\n").expect("it holds together");
        let html = &docs.sections[0].pages[0].html;
        for part in [
            "<a href=\"/docs/owners\">a</a>",
            "<a href=\"/docs/operators/deploy#the-end\">b</a>",
            "<a href=\"#who\">c</a>",
            "<a href=\"/docs/operators/deploy\">d</a>",
            "<a href=\"/login\">e</a>",
            "<a href=\"https://example.com\">f</a>, g</p>",
            "<h2 id=\"who\">Who</h2>",
        ] {
            assert!(html.contains(part), "{part}: {html}");
        }
        let deploy = &docs.sections[1].pages[0];
        assert_eq!((deploy.title.as_str(), deploy.html.matches("<h1").count()), ("Install", 0));
        assert!(deploy.html.contains("<a href=\"/docs/owners/team\">t</a>"), "{}", deploy.html);
    }

    #[test]
    fn what_leads_nowhere_is_told() {
        let text = team("[a](nobody.md) [b](#nothing) [c](/docs/owners) ![](../images/x.webp)\n\n# Another title");
        let problems = project(&text, "# Deploy\n").expect_err("it doesn’t hold together").join("\n");
        for part in
            ["nothing is at nobody.md", "#nothing", "/docs/owners is a page", "paragraph of its own", "no heading"]
        {
            assert!(problems.contains(part), "{part}: {problems}");
        }
        let problems = project("# No head\n", "# Deploy\n").expect_err("it doesn’t either").join("\n");
        assert!(problems.contains("docs/site/owners/team.md"), "{problems}");
    }

    #[test]
    fn a_picture_that_was_not_taken_is_left_out() {
        let docs = project(&team("![The team](../images/team.webp)"), "# Deploy\n").expect("it holds together");
        assert!(docs.missing.contains("team.webp") && docs.pictures.is_empty());
        assert!(!docs.sections[0].pages[0].html.contains("<img"));
    }

    #[test]
    fn documents_of_several_parts_move_down() {
        let docs = project(&team(""), "# Runbook\n\n# Alerts\n\n## One\n\n## One\n\n| a |\n|--:|\n| `<b>` <i> `SHORT_NAME` `BACKUP_KEEP_MONTHLY` |\n")
            .expect("it holds together");
        let page = &docs.sections[1].pages[0];
        for part in [
            "<h2 id=\"alerts\">",
            "<h3 id=\"one\">",
            "<h3 id=\"one-1\">",
            "<td><code>&lt;b&gt;</code> &lt;i&gt; <code>SHORT_NAME</code> <code>BACKUP_<wbr>KEEP_<wbr>MONTHLY</code></td>",
        ] {
            assert!(page.html.contains(part), "{part}: {}", page.html);
        }
        assert!(!page.html.contains("style="), "{}", page.html);
        assert_eq!(page.parts, [("alerts".to_owned(), "Alerts".to_owned())]);
    }
}
