//! Notes and comments: Markdown made into HTML that is safe to put into a page, into one line for previews, and who is mentioned in it.
//!
//! Nothing that somebody wrote is trusted: tags are written from a list, and what is written is cleaned once more before it is given out.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use ammonia::{Builder, UrlRelative};
use pulldown_cmark::{Alignment, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd};
use url::Url;

/// The most characters that are read of a text; what comes after them is left out.
pub const LONGEST: usize = 20_000;

/// So much HTML of texts is on a page, in bytes.
pub const MOST_ON_PAGE: usize = 200_000;
/// How deep quotes, lists and emphasis stand in one another; what is deeper is shown at this depth.
const DEEPEST: usize = 16;
/// Cells that a table’s short rows lack are made up; no more of them than this in a text.
const MOST_EMPTY_CELLS: usize = 1_000;
/// A link with a longer address, in bytes, is shown as text.
const LONGEST_ADDRESS: usize = 2_000;
/// Who mentions more people than this in one text doesn’t mention the others.
const MOST_MENTIONS: usize = 50;
/// In characters.
const LONGEST_NAME: usize = 80;
const TICKED: &str = r#"<input type="checkbox" disabled="" checked="" aria-label="Done"> "#;
const UNTICKED: &str = r#"<input type="checkbox" disabled="" aria-label="Not done"> "#;
/// Stands where code stood.
const SOMETHING: char = '\u{fffc}';

/// A text as HTML for the inside of a page: paragraphs, lists, boxes that can’t be ticked, tables, quotes, code, and links to addresses of
/// the web and of email. The highest heading is an `h3`, and those below it follow. A line break that was typed stays one.
///
/// Pictures become links to them. HTML in the text is shown as the text that it is. A link goes nowhere but to `http`, `https` or `mailto`,
/// has no `target`, and tells search engines and the other page nothing; any other is shown as its words. There are no ids.
pub fn html(text: &str) -> String {
    let events: Vec<Event<'_>> = events(text).collect();
    let highest = events.iter().filter_map(heading).min().unwrap_or(1);
    let mut writer = Writer { raised_by: highest.saturating_sub(1), ..Writer::default() };
    for event in events {
        writer.write(event);
    }
    writer.write_text();
    CLEANER.clean(&writer.out).to_string()
}

/// How much HTML of texts still fits on a page. It goes to those that ask first.
#[derive(Debug)]
pub struct Budget {
    left: usize,
    /// What doesn’t fit was work, too; there is no end of it otherwise.
    work: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { left: MOST_ON_PAGE, work: 2 * MOST_ON_PAGE }
    }
}

impl Budget {
    /// A text as [`html`]; `None` where it doesn’t fit any more.
    pub fn html(&mut self, text: &str) -> Option<String> {
        if text.is_empty() {
            return Some(String::new());
        }
        if text.len() > self.left || self.work == 0 {
            return None;
        }
        let html = html(text);
        self.work = self.work.saturating_sub(html.len());
        self.left = self.left.checked_sub(html.len())?;
        Some(html)
    }
}

/// A text on one line, without marks, for previews and emails: at most so many characters, the last of them "…" if there is more. It is
/// text and not HTML: who puts it into a page escapes it.
pub fn plain(text: &str, most: usize) -> String {
    let mut line = Line { text: String::new(), count: 0, gap: false, most };
    for event in events(text) {
        match event {
            Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => line.add(&text),
            Event::SoftBreak | Event::HardBreak | Event::Rule => line.gap = true,
            Event::Start(tag) if !is_inline(tag.to_end()) => line.gap = true,
            // Words of two cells or items are two words.
            Event::End(end) if !is_inline(end) => line.gap = true,
            _ => {}
        }
        if line.is_full() {
            break;
        }
    }
    line.cut()
}

/// A name, or other words of one line, as the Markdown that says just these: no mark in it is one.
pub fn escaped(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    let mut has_begun = false;
    for letter in words.chars() {
        // Once a letter stood there they begin nothing.
        let is_plain = has_begun && matches!(letter, '\'' | ',' | '.' | '-' | '(' | ')');
        if letter.is_ascii_punctuation() && !is_plain {
            out.push('\\');
        }
        out.push(letter);
        has_begun |= letter.is_alphabetic();
    }
    out
}

/// Who is mentioned: each `@word` and `@"Two Words"` outside code, once, in the order in which they stand there; fifty at most. A mention
/// stands at the beginning or after a space or an opening mark, so that an email address is none.
///
/// A word is made of letters and digits, with `.`, `-` and `_` between them. Who it is, and whether they may know of it, isn’t known here.
pub fn mentions(text: &str) -> Vec<String> {
    let (mut found, mut run, mut in_code) = (Vec::new(), String::new(), false);
    for event in events(text) {
        match event {
            Event::Text(_) if in_code => {}
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => run.push_str(&text),
            Event::Code(_) => run.push(SOMETHING),
            Event::SoftBreak | Event::HardBreak | Event::Rule => run.push('\n'),
            Event::Start(tag) if !is_inline(tag.to_end()) => {
                run.push('\n');
                in_code = matches!(tag, Tag::CodeBlock(_));
            }
            Event::End(end) if !is_inline(end) => {
                run.push('\n');
                in_code = false;
            }
            _ => {}
        }
    }
    let mut before = '\n';
    for (at, letter) in run.char_indices() {
        if letter == '@'
            && may_precede_mention(before)
            && let Some(name) = run.get(at..).and_then(name_at)
            && !found.contains(&name)
        {
            found.push(name);
            if found.len() == MOST_MENTIONS {
                break;
            }
        }
        before = letter;
    }
    found
}

/// What is read of a text, as marks and words.
fn events(text: &str) -> Parser<'_> {
    let end = text.char_indices().nth(LONGEST).map_or(text.len(), |(at, _)| at);
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    Parser::new_ext(text.get(..end).unwrap_or_default(), options)
}

/// Which heading begins here: 1 to 6.
fn heading(event: &Event<'_>) -> Option<usize> {
    match event {
        Event::Start(Tag::Heading { level, .. }) => Some(level_of(*level)),
        _ => None,
    }
}

fn level_of(level: HeadingLevel) -> usize {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

/// Whether it stands within a line rather than beginning one.
fn is_inline(tag: TagEnd) -> bool {
    matches!(tag, TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link | TagEnd::Image)
}

/// Writes HTML.
#[derive(Default)]
struct Writer {
    out: String,
    /// What ends each mark that has begun; `None`: it isn’t written.
    open: Vec<Option<&'static str>>,
    /// How many of them are quotes, lists and emphasis that are written.
    depth: usize,
    /// The highest heading of the text becomes the first.
    raised_by: usize,
    /// Text that is not yet written: it comes in pieces, and an address may lie in several.
    text: String,
    /// Where the words of the link begin that is being written, and where it goes.
    link: Option<(usize, String)>,
    in_code: bool,
    /// How the columns of the table are aligned, which of them comes next, and whether in its head.
    alignments: Vec<Alignment>,
    column: usize,
    in_head: bool,
    /// Where the cell began, and where its words do.
    cell: (usize, usize),
    empty_cells: usize,
}

impl Writer {
    fn write(&mut self, event: Event<'_>) {
        if let Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) = &event {
            self.text.push_str(text);
            return;
        }
        self.write_text();
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(_) => self.end(),
            Event::Code(code) => {
                self.out.push_str("<code>");
                self.escape(&code);
                self.out.push_str("</code>");
            }
            Event::SoftBreak | Event::HardBreak => self.out.push_str("<br>"),
            Event::Rule => self.out.push_str("<hr>"),
            Event::TaskListMarker(done) => self.out.push_str(if done { TICKED } else { UNTICKED }),
            // What isn’t asked of the parser: mathematics and footnotes.
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph | Tag::HtmlBlock => self.tag("<p>", "</p>"),
            Tag::Heading { level, .. } => match level_of(level).saturating_sub(self.raised_by) {
                0 | 1 => self.tag("<h3>", "</h3>"),
                2 => self.tag("<h4>", "</h4>"),
                3 => self.tag("<h5>", "</h5>"),
                _ => self.tag("<h6>", "</h6>"),
            },
            Tag::CodeBlock(_) => {
                self.in_code = true;
                self.tag("<pre><code>", "</code></pre>");
            }
            Tag::BlockQuote(_) => self.nested("<blockquote>", "</blockquote>"),
            Tag::List(None) => self.nested("<ul>", "</ul>"),
            Tag::List(Some(1)) => self.nested("<ol>", "</ol>"),
            Tag::List(Some(first)) => self.nested(&format!("<ol start=\"{first}\">"), "</ol>"),
            Tag::Item => match self.open.last() {
                Some(Some(_)) => self.tag("<li>", "</li>"),
                _ => self.apart(),
            },
            Tag::Emphasis => self.nested("<em>", "</em>"),
            Tag::Strong => self.nested("<strong>", "</strong>"),
            Tag::Strikethrough => self.nested("<del>", "</del>"),
            Tag::Link { link_type: LinkType::Email, dest_url, .. } => self.link(&format!("mailto:{dest_url}")),
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => self.link(&dest_url),
            Tag::Table(alignments) => {
                self.alignments = alignments;
                self.tag("<table>", "</tbody></table>");
            }
            Tag::TableHead => {
                (self.column, self.in_head) = (0, true);
                self.tag("<thead><tr>", "</tr></thead><tbody>");
            }
            Tag::TableRow => {
                (self.column, self.in_head) = (0, false);
                self.tag("<tr>", "</tr>");
            }
            Tag::TableCell => self.cell(),
            _ => self.open.push(None),
        }
    }

    fn end(&mut self) {
        let Some(Some(end)) = self.open.pop() else { return };
        match end {
            "</a>" => {
                if let Some((from, address)) = self.link.take()
                    && self.out.len() == from
                {
                    // A link without words is shown as where it goes.
                    self.escape(&address);
                }
            }
            "</code></pre>" => self.in_code = false,
            "</td>" | "</th>" if self.out.len() == self.cell.1 => {
                self.empty_cells = self.empty_cells.saturating_add(1);
                if self.empty_cells > MOST_EMPTY_CELLS {
                    self.out.truncate(self.cell.0);
                    return;
                }
            }
            "</blockquote>" | "</ul>" | "</ol>" | "</em>" | "</strong>" | "</del>" => {
                self.depth = self.depth.saturating_sub(1);
            }
            _ => {}
        }
        self.out.push_str(end);
    }

    /// Begins a mark.
    fn tag(&mut self, start: &str, end: &'static str) {
        self.out.push_str(start);
        self.open.push(Some(end));
    }

    /// Begins a mark that others of its kind can stand in.
    fn nested(&mut self, start: &str, end: &'static str) {
        if self.depth >= DEEPEST {
            return self.apart();
        }
        self.depth = self.depth.saturating_add(1);
        self.tag(start, end);
    }

    /// A mark that isn’t written parts words all the same.
    fn apart(&mut self) {
        self.out.push(' ');
        self.open.push(None);
    }

    /// Begins a link, unless one has begun or it goes where none may.
    fn link(&mut self, address: &str) {
        let Some(address) = allowed(address).filter(|_| self.link.is_none()) else {
            self.open.push(None);
            return;
        };
        self.open_link(&address);
        self.open.push(Some("</a>"));
        self.link = Some((self.out.len(), address));
    }

    fn open_link(&mut self, address: &str) {
        self.out.push_str("<a href=\"");
        self.escape(address);
        self.out.push_str("\">");
    }

    fn cell(&mut self) {
        let from = self.out.len();
        let (start, end) = if self.in_head { ("<th", "</th>") } else { ("<td", "</td>") };
        self.out.push_str(start);
        self.out.push_str(match self.alignments.get(self.column) {
            Some(Alignment::Right) => r#" class="text-right">"#,
            Some(Alignment::Center) => r#" class="text-center">"#,
            _ => ">",
        });
        self.column = self.column.saturating_add(1);
        self.cell = (from, self.out.len());
        self.open.push(Some(end));
    }

    /// Writes the text that has come together; addresses in it become links.
    fn write_text(&mut self) {
        let text = std::mem::take(&mut self.text);
        let mut rest = text.as_str();
        if self.link.is_none() && !self.in_code {
            while let Some((before, address, after)) = split_at_address(rest) {
                self.escape(before);
                match allowed(address) {
                    Some(goes_to) => {
                        self.open_link(&goes_to);
                        self.escape(address);
                        self.out.push_str("</a>");
                    }
                    None => self.escape(address),
                }
                rest = after;
            }
        }
        self.escape(rest);
    }

    fn escape(&mut self, text: &str) {
        for letter in text.chars() {
            match letter {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' => self.out.push_str("&quot;"),
                '\0' => self.out.push('\u{fffd}'),
                _ => self.out.push(letter),
            }
        }
    }
}

/// Where a link goes, as a browser would read it. `None`: it may not go there.
fn allowed(address: &str) -> Option<String> {
    if address.len() > LONGEST_ADDRESS {
        return None;
    }
    let url = Url::parse(address).ok()?;
    matches!(url.scheme(), "http" | "https" | "mailto").then(|| url.into())
}

/// What stands before the first address of the web, the address, and what stands after it. `None`: there is none.
fn split_at_address(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let at = from + text.get(from..)?.find("://")?;
        from = at + "://".len();
        let (before, after) = (text.get(..at)?, text.get(from..)?);
        let Some(scheme) = ["https", "http"].into_iter().find(|scheme| ends_with_word(before, scheme)) else {
            continue;
        };
        let length = length_of_address(after);
        if length > 0 {
            let start = at - scheme.len();
            let end = from + length;
            return Some((text.get(..start)?, text.get(start..end)?, text.get(end..)?));
        }
    }
}

/// Whether it ends with this word of small or large letters, and no letter or digit stands before that.
fn ends_with_word(text: &str, word: &str) -> bool {
    text.len().checked_sub(word.len()).and_then(|at| text.split_at_checked(at)).is_some_and(|(before, end)| {
        end.eq_ignore_ascii_case(word) && !before.chars().next_back().is_some_and(char::is_alphanumeric)
    })
}

/// How many bytes of what follows "https://" belong to the address: not the full stop that ends the sentence, nor the bracket around it.
fn length_of_address(after: &str) -> usize {
    let ends = |letter: char| letter.is_whitespace() || letter.is_control() || "<>\"`“”«»".contains(letter);
    let mut address = after.split(ends).next().unwrap_or_default();
    if !address.starts_with(char::is_alphanumeric) && !address.starts_with('[') {
        return 0;
    }
    let count = |bracket: char| address.chars().filter(|letter| *letter == bracket).count();
    let mut unopened = [(')', count(')'), count('(')), (']', count(']'), count('['))];
    while let Some(last) = address.chars().next_back() {
        let closing = unopened.iter_mut().find(|(bracket, ..)| *bracket == last);
        let drop = match closing {
            Some((_, closed, opened)) if *closed > *opened => {
                *closed -= 1;
                true
            }
            Some(_) => false,
            None => "?!.,:;*_~'’".contains(last),
        };
        if !drop {
            break;
        }
        address = address.get(..address.len() - last.len_utf8()).unwrap_or_default();
    }
    address.len()
}

/// Lets through what [`Writer`] writes, and nothing else: should a mark slip through it, it ends here.
static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let tags = "a blockquote br code del em h3 h4 h5 h6 hr input li ol p pre strong table tbody td th thead tr ul";
    let aligned = || HashSet::from(["text-right", "text-center"]);
    let in_box = HashMap::from([
        ("type", HashSet::from(["checkbox"])),
        ("disabled", HashSet::from([""])),
        ("checked", HashSet::from([""])),
        ("aria-label", HashSet::from(["Done", "Not done"])),
    ]);
    let mut cleaner = Builder::empty();
    cleaner
        .tags(tags.split(' ').collect())
        .clean_content_tags(HashSet::from(["script", "style"]))
        .tag_attributes(HashMap::from([("a", HashSet::from(["href"])), ("ol", HashSet::from(["start"]))]))
        .tag_attribute_values(HashMap::from([("input", in_box)]))
        // Whatever box there is can’t be filled in.
        .set_tag_attribute_value("input", "type", "checkbox")
        .set_tag_attribute_value("input", "disabled", "")
        .allowed_classes(HashMap::from([("th", aligned()), ("td", aligned())]))
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow"))
        .strip_comments(true);
    cleaner
});

/// Text that becomes one line.
struct Line {
    text: String,
    /// In characters.
    count: usize,
    /// A space is due before the next word.
    gap: bool,
    most: usize,
}

impl Line {
    fn add(&mut self, text: &str) {
        for letter in text.chars() {
            match letter {
                // These turn the rest of a line around.
                '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
                _ if letter.is_whitespace() || letter.is_control() => self.gap = true,
                _ => {
                    if std::mem::take(&mut self.gap) && !self.text.is_empty() {
                        self.text.push(' ');
                        self.count = self.count.saturating_add(1);
                    }
                    self.text.push(letter);
                    self.count = self.count.saturating_add(1);
                }
            }
            if self.is_full() {
                break;
            }
        }
    }

    fn is_full(&self) -> bool {
        self.count > self.most
    }

    fn cut(mut self) -> String {
        if self.is_full() {
            let Some(kept) = self.most.checked_sub(1) else { return String::new() };
            let end = self.text.char_indices().nth(kept).map_or(self.text.len(), |(at, _)| at);
            self.text.truncate(end);
            self.text.truncate(self.text.trim_end().len());
            self.text.push('…');
        }
        self.text
    }
}

fn may_precede_mention(letter: char) -> bool {
    letter.is_whitespace() || "([{\"'“‘«,;:!?—–…*_~>|".contains(letter)
}

/// The name after an "@" that a text begins with.
fn name_at(text: &str) -> Option<String> {
    let text = text.strip_prefix('@')?;
    if let Some(quoted) = text.strip_prefix(['"', '“']) {
        // One more than a name has, for the mark that ends it.
        let end =
            quoted.char_indices().take(LONGEST_NAME + 1).find(|(_, letter)| matches!(letter, '"' | '”' | '\n'))?;
        let name = quoted.get(..end.0).filter(|_| end.1 != '\n')?;
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        return name.chars().any(char::is_alphanumeric).then_some(name);
    }
    let belongs = |letter: char| letter.is_alphanumeric() || matches!(letter, '.' | '-' | '_');
    let end = text.char_indices().take(LONGEST_NAME + 1).find(|(_, letter)| !belongs(*letter));
    let end = end.map_or_else(|| text.len(), |(at, _)| at);
    let name = text.get(..end)?.trim_end_matches(|letter: char| !letter.is_alphanumeric());
    let fits = name.starts_with(char::is_alphanumeric) && name.chars().count() <= LONGEST_NAME;
    fits.then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::{collection::vec, prelude::*, sample::select};

    use super::*;

    const REL: &str = r#" rel="noopener noreferrer nofollow""#;

    #[test]
    fn a_page_holds_so_much() {
        let mut budget = Budget::default();
        let hostile = "[x](https://a.b) ".repeat(1_176);
        let taken: usize = (0..1_000).filter_map(|_| budget.html(&hostile)).map(|html| html.len()).sum();
        assert!(taken > MOST_ON_PAGE / 2 && taken <= MOST_ON_PAGE, "{taken}");
        assert_eq!(budget.work, 0, "no more is tried once enough was");
        assert_eq!((budget.html("short"), budget.html("")), (None, Some(String::new())));
        let mut other = Budget::default();
        assert_eq!(other.html("*short*").as_deref(), Some(&*html("*short*")));
    }

    /// Whether a page may hold this: read anew, letter by letter, by rules of its own. Only tags that are on the list, each with
    /// attributes and values that are on it, every "<" begins one, and they are nested as they should be.
    fn check(html: &str) -> Result<(), String> {
        let mut open: Vec<&str> = Vec::new();
        for (at, piece) in html.split('<').enumerate() {
            if at == 0 {
                continue;
            }
            let (tag, text) = piece.split_once('>').ok_or_else(|| format!("not closed: {piece}"))?;
            if text.contains('>') {
                return Err(format!("bare: {text}"));
            }
            if let Some(name) = tag.strip_prefix('/') {
                if open.pop() != Some(name) {
                    return Err(format!("ends without having begun: {name}"));
                }
                continue;
            }
            let (name, mut attributes) = tag.split_once(' ').unwrap_or((tag, ""));
            let names =
                "a blockquote br code del em h3 h4 h5 h6 hr input li ol p pre strong table tbody td th thead tr ul";
            if !names.split(' ').any(|known| known == name) {
                return Err(format!("tag: {tag}"));
            }
            while !attributes.trim().is_empty() {
                let (attribute, rest) = attributes.trim_start().split_once("=\"").ok_or(tag)?;
                let (value, rest) = rest.split_once('"').ok_or(tag)?;
                let fine = match (name, attribute) {
                    ("a", "href") => ["http:", "https:", "mailto:"].iter().any(|scheme| value.starts_with(scheme)),
                    ("a", "rel") => value == "noopener noreferrer nofollow",
                    ("ol", "start") => value.parse::<u32>().is_ok(),
                    ("td" | "th", "class") => matches!(value, "text-right" | "text-center"),
                    ("input", "type") => value == "checkbox",
                    ("input", "disabled" | "checked") => value.is_empty(),
                    ("input", "aria-label") => matches!(value, "Done" | "Not done"),
                    _ => false,
                };
                if !fine {
                    return Err(format!("attribute: {tag}"));
                }
                attributes = rest;
            }
            if name == "a" && (open.contains(&"a") || !tag.contains("rel="))
                || name == "input" && !tag.contains("disabled")
            {
                return Err(format!("not as it should be: {tag}"));
            }
            if !matches!(name, "br" | "hr" | "input") {
                open.push(name);
            }
        }
        if open.is_empty() { Ok(()) } else { Err(format!("{open:?} left open")) }
    }

    #[test]
    fn markdown_becomes_html() {
        let link = |address: &str, words: &str| format!("<a href=\"{address}\"{REL}>{words}</a>");
        for (text, expected) in [
            ("", String::new()),
            ("  \n\n ", String::new()),
            ("Hi *Sam*, **call** ~~now~~ `later`", "<p>Hi <em>Sam</em>, <strong>call</strong> <del>now</del> <code>later</code></p>".into()),
            ("one\ntwo", "<p>one<br>two</p>".into()),
            ("# A\n## B\n###### C", "<h3>A</h3><h4>B</h4><h6>C</h6>".into()),
            ("### B\n## A", "<h4>B</h4><h3>A</h3>".into()),
            ("> said", "<blockquote><p>said</p></blockquote>".into()),
            ("- a\n- b", "<ul><li>a</li><li>b</li></ul>".into()),
            ("3. a\n4. b", "<ol start=\"3\"><li>a</li><li>b</li></ol>".into()),
            ("1. a", "<ol><li>a</li></ol>".into()),
            ("***", "<hr>".into()),
            ("```rust\nlet a = \"<b>\";\n```", "<pre><code>let a = \"&lt;b&gt;\";\n</code></pre>".into()),
            ("| a | b |\n|---|--:|\n| 1 | 2 |", "<table><thead><tr><th>a</th><th class=\"text-right\">b</th></tr></thead><tbody><tr><td>1</td><td class=\"text-right\">2</td></tr></tbody></table>".into()),
            ("[the form](https://example.com/a?b=1&c=2)", format!("<p>{}</p>", link("https://example.com/a?b=1&amp;c=2", "the form"))),
            ("[write](mailto:sam@example.com)", format!("<p>{}</p>", link("mailto:sam@example.com", "write"))),
            ("<sam@example.com>", format!("<p>{}</p>", link("mailto:sam@example.com", "sam@example.com"))),
            ("[titled](https://example.com \"x\")", format!("<p>{}</p>", link("https://example.com/", "titled"))),
            ("[](https://example.com/a)", format!("<p>{}</p>", link("https://example.com/a", "https://example.com/a"))),
            ("[home](/settings) [file](file:///etc/passwd) [js](JaVaScRiPt:alert(1))", "<p>home file js</p>".into()),
            ("![a plan](https://example.com/p.png)", format!("<p>{}</p>", link("https://example.com/p.png", "a plan"))),
            ("![](https://example.com/p.png)", format!("<p>{}</p>", link("https://example.com/p.png", "https://example.com/p.png"))),
            ("[![a plan](https://example.com/p.png)](https://example.com/)", format!("<p>{}</p>", link("https://example.com/", "a plan"))),
            ("![a plan](p.png)", "<p>a plan</p>".into()),
            ("a <b>bold</b> <!-- c -->", "<p>a &lt;b&gt;bold&lt;/b&gt; &lt;!-- c --&gt;</p>".into()),
            ("5 < 6 &amp; 7", "<p>5 &lt; 6 &amp; 7</p>".into()),
        ] {
            assert_eq!(html(text), expected, "{text}");
            check(&expected).unwrap();
        }
    }

    #[test]
    fn boxes_cannot_be_ticked() {
        let expected = "<ul><li><input type=\"checkbox\" disabled=\"\" checked=\"\" aria-label=\"Done\"> a</li>\
                        <li><input type=\"checkbox\" disabled=\"\" aria-label=\"Not done\"> b</li></ul>";
        let made = html("- [x] a\n- [ ] b");
        // The order of attributes is the cleaner’s.
        let sorted = |html: &str| {
            let mut words: Vec<String> = html.split([' ', '<', '>']).map(str::to_owned).collect();
            words.sort();
            words
        };
        assert_eq!(sorted(&made), sorted(expected), "{made}");
        check(&made).unwrap();
    }

    #[test]
    fn bare_addresses_become_links() {
        for (text, address, rest) in [
            ("see https://example.com/a_b_c?d=1&e=2.", "https://example.com/a_b_c?d=1&amp;e=2", "."),
            ("(https://example.com/a_(b))", "https://example.com/a_(b)", ")"),
            ("HTTPS://example.com/x, then", "HTTPS://example.com/x", ", then"),
            ("http://example.com/!?)]", "http://example.com/", "!?)]"),
            ("“https://example.com/x”", "https://example.com/x", "”"),
            ("https://example.com/*.txt", "https://example.com/*.txt", ""),
            ("<https://example.com/>", "https://example.com/", ""),
        ] {
            let made = html(text);
            assert!(made.contains(&format!("{REL}>{address}</a>{rest}</p>")), "{text}: {made}");
            check(&made).unwrap();
        }
        for text in [
            "xhttps://example.com",
            "`https://example.com`",
            "    https://example.com",
            "https://",
            "https:// x",
            "ftp://example.com",
            "https://.",
            "www.example.com",
        ] {
            assert!(!html(text).contains("<a"), "{text}");
        }
        assert_eq!(html("[https://example.com/](https://example.org/)").matches("<a").count(), 1);
        assert_eq!(html("https://a.example https://b.example/://c http://d.example").matches("<a").count(), 3);
    }

    const ATTACKS: &[&str] = &[
        "<script>alert(1)</script>",
        "<scr<script>ipt>alert(1)</scr</script>ipt>",
        "<img src=x onerror=alert(1)>",
        "<img src=\"javascript:alert(1)\">",
        "<svg onload=alert(1)>",
        "<svg><script>alert(1)</script></svg>",
        "<svg><style><img src=x onerror=alert(1)></style></svg>",
        "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
        "<math><mi//xlink:href=\"data:x,<script>alert(4)</script>\">",
        "<iframe src=javascript:alert(1)></iframe>",
        "<iframe srcdoc=\"<script>alert(1)</script>\">",
        "<object data=\"data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==\">",
        "<embed src=javascript:alert(1)>",
        "<base href=//evil.example>",
        "<meta http-equiv=refresh content=\"0;url=javascript:alert(1)\">",
        "<link rel=stylesheet href=//evil.example/x.css>",
        "<form action=//evil.example><button formaction=javascript:alert(1)>x</button>",
        "<input onfocus=alert(1) autofocus>",
        "<details open ontoggle=alert(1)>",
        "<a href=\"javascript:alert(1)\">x</a>",
        "<a href=\"&#106;avascript:alert(1)\">x</a>",
        "<div style=\"background:url(javascript:alert(1))\">",
        "<p id=__proto__ name=x class=admin>x</p>",
        "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
        "<template><script>alert(1)</script></template>",
        "<!--><img src=x onerror=alert(1)>-->",
        "<![CDATA[<img src=x onerror=alert(1)>]]>",
        "<?php echo 1 ?><script>alert(1)</script>",
        "</p></blockquote></div></body><script>alert(1)</script>",
        "<<img src=x onerror=alert(1)//<",
        "<a\tonmouseover=alert(1)>x",
        "<xss/onclick=alert(1)>",
        "\0<script\0>alert(1)</script>",
        "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
        "\u{ff1c}script\u{ff1e}alert(1)",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "&#60;script&#62;alert(1)",
        "[x](javascript:alert(1))",
        "[x](JAVASCRIPT:alert(1))",
        "[x](java\tscript:alert(1))",
        "[x](<java\nscript:alert(1)>)",
        "[x](&#106;avascript:alert(1))",
        "[x](&#x01;javascript:alert(1))",
        "[x]( javascript:alert(1))",
        "[x](javascript&colon;alert(1))",
        "[x](javascript://example.com/%0aalert(1))",
        "[x](vbscript:msgbox(1))",
        "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
        "[x](//evil.example)",
        "[x](\\\\evil.example)",
        "[x](https://example.com/\"onmouseover=\"alert(1))",
        "[x](https://example.com/'onmouseover='alert(1))",
        "[x](<https://example.com/\"><script>alert(1)</script>>)",
        "[x](https://example.com \"\\\" onmouseover=alert(1) x=\\\"\")",
        "[x](mailto:a@b.example?subject=<script>)",
        "[x](blob:https://example.com/1)",
        "[x](view-source:https://example.com)",
        "[x][1]\n\n[1]: javascript:alert(1)",
        "[x]: data:text/html,<script>\n\n[x]",
        "![x](javascript:alert(1))",
        "![\"onerror=alert(1) x=\"](x)",
        "![x](https://example.com/a.png\"onerror=\"alert(1))",
        "![x](data:image/svg+xml,<svg/onload=alert(1)>)",
        "<javascript:alert(1)>",
        "<javascript://example.com/%0aalert(1)>",
        "<https://example.com/\"onclick=\"alert(1)>",
        "https://example.com/\"onclick=\"alert(1)",
        "https://example.com/<script>alert(1)</script>",
        "https://example.com/`<img src=x onerror=alert(1)>`",
        "https://[::1]/<x>",
        "```\"><script>alert(1)</script>\nx\n```",
        "``` x\" onload=\"alert(1)\n```",
        "`<script>alert(1)</script>`",
        "    <script>alert(1)</script>",
        "# <script>alert(1)</script> {#id .class onclick=alert(1)}",
        "| <script> | b |\n|---|---|\n| <img src=x onerror=alert(1)> | </td></table><script> |",
        "- [x] <input type=text>",
        "[^1]\n\n[^1]: <script>alert(1)</script>",
        "$<script>alert(1)</script>$",
        "<b>*<i>*</b>*</i>",
    ];

    #[test]
    fn no_attack_comes_through() {
        for attack in ATTACKS {
            for text in [
                (*attack).to_owned(),
                format!("a {attack} b"),
                format!("> - {attack}\n\n*{attack}*"),
                format!("[{attack}](https://example.com)"),
            ] {
                let made = html(&text);
                check(&made).unwrap_or_else(|wrong| panic!("{text}: {wrong}: {made}"));
                assert!(!made.contains("<a href=\"javascript"), "{text}: {made}");
                assert_eq!(CLEANER.clean(&made).to_string(), made, "{text}");
            }
        }
    }

    /// Should the writer ever let a mark through, the cleaner is there.
    #[test]
    fn the_cleaner_alone_stops_attacks() {
        for attack in ATTACKS {
            let made = CLEANER.clean(attack).to_string();
            let without_links = made.replace(&format!("<a{REL}>"), "").replace("</a>", "");
            check(&without_links).unwrap_or_else(|wrong| panic!("{attack}: {wrong}: {made}"));
        }
    }

    #[test]
    fn hostile_texts_take_a_bounded_time_and_room() {
        let wide = format!("{}\n{}\n{}", "|a".repeat(3_000), "|-".repeat(3_000), "a\n".repeat(4_000));
        let rows = format!("{}\n{}\n{}", "|a".repeat(100), "|-".repeat(100), "|\n".repeat(9_000));
        let references = format!("[a]: https://example.com/{}\n\n{}", "x".repeat(1_900), "[a] ".repeat(4_500));
        let long_reference = format!("[a]: https://example.com/{}\n\n{}", "x".repeat(9_000), "[a]".repeat(3_000));
        let mut texts = vec![wide, rows, references, long_reference, "- ".repeat(5_000) + &"\n".repeat(10_000)];
        for piece in [
            ">",
            "[",
            "]",
            "![",
            "> ",
            "- ",
            "1. ",
            "*",
            "**",
            "*a ",
            "**a ",
            "_a_",
            "*a**b",
            "~~a ",
            "`",
            "`a``",
            "<",
            "<a ",
            "<!--",
            "<?",
            "<![CDATA[",
            "<a href=\"",
            "[a](",
            "[a](<b",
            "[a]: b\n",
            "&",
            "&#",
            "\\",
            "(",
            "https://",
            "https://a.b ",
            "https://a(",
            "https://a)",
            "://",
            "@",
            "@\"",
            "@a ",
            "@\"a b\" ",
            "|",
            "|a|\n|-|\n",
            "```\n",
            "# ",
            "#\n",
            ">\n",
            "> \n- ",
            "-\n\n",
            "a\n=\n",
            "\t",
            "\0",
            "\u{202e}",
            "[x](https://a.b) ",
            "<a@b.c>",
            "![a](b) ",
            "a@",
            "- [ ] a\n",
            "[^a]",
            "$$",
            "]: ",
            "\r",
            "**a*",
            "[a][",
            "[[a]",
            "*[",
            "_*",
            "<b>",
            "</b>",
        ] {
            texts.push(piece.repeat(20_000 / piece.chars().count()));
            texts.push(piece.repeat(5_000 / piece.chars().count()) + &"a]>*)".repeat(2_000));
        }
        texts.push("x".repeat(10_000_000));
        for text in texts {
            let start: String = text.chars().take(30).collect();
            let now = Instant::now();
            let made = html(&text);
            let took = now.elapsed();
            assert!(took < Duration::from_secs(10), "{start}: {took:?}");
            assert!(made.len() < 4_000_000, "{start}: {}", made.len());
            check(&made).unwrap_or_else(|wrong| panic!("{start}: {wrong}"));
            let now = Instant::now();
            assert!(mentions(&text).len() <= MOST_MENTIONS);
            assert!(plain(&text, 100).chars().count() <= 100);
            plain(&text, usize::MAX);
            assert!(now.elapsed() < Duration::from_secs(10), "{start}");
        }
    }

    #[test]
    fn deep_marks_are_shown_flat() {
        let deep = html(&format!("{} a\n\nb", ">".repeat(10_000)));
        assert_eq!(deep.matches("<blockquote>").count(), DEEPEST);
        assert!(deep.contains("<p>a</p>") && deep.ends_with("<p>b</p>"), "{deep}");
        let list: Vec<String> = (0..40).map(|depth| format!("{}- item{depth}", "  ".repeat(depth))).collect();
        let made = html(&list.join("\n"));
        assert!((0..40).all(|depth| made.contains(&format!("item{depth}"))), "{made}");
        assert_eq!(made.matches("<ul>").count(), DEEPEST);
        assert!(made.contains(" item38 "), "{made}");
    }

    #[test]
    fn what_is_too_long_is_left_out() {
        let text = "é".repeat(LONGEST) + "the end";
        assert_eq!(html(&text), format!("<p>{}</p>", "é".repeat(LONGEST)));
        assert!(mentions(&("é ".repeat(LONGEST / 2) + "@sam")).is_empty());
    }

    #[test]
    fn a_preview_is_one_line_of_words() {
        for (text, most, expected) in [
            ("", 10, ""),
            (
                "# Call *Sam*\n\n- one\n- two\n\n> `x`\n***\n| a | b |\n|-|-|\n| 1 | 2 |",
                99,
                "Call Sam one two x a b 1 2",
            ),
            ("[the form](https://example.com) ![plan](x)", 99, "the form plan"),
            ("one\ntwo  \nthree\\\nfour", 99, "one two three four"),
            ("in**side** a word", 99, "inside a word"),
            ("- [x] bought", 99, "bought"),
            ("5 &lt; 6 <b>x</b>", 99, "5 < 6 <b>x</b>"),
            ("abcdef", 6, "abcdef"),
            ("abcdef", 5, "abcd…"),
            ("abc def", 5, "abc…"),
            ("abcdef", 1, "…"),
            ("abcdef", 0, ""),
            ("a\u{202e}b\u{7}c", 9, "ab c"),
        ] {
            assert_eq!(plain(text, most), expected, "{text}");
        }
    }

    #[test]
    fn mentions_are_found_outside_code() {
        let found = |text: &str| mentions(text).join("|");
        for (text, expected) in [
            ("@sam and @Priya.", "sam|Priya"),
            ("@sam @sam", "sam"),
            ("@\"Sam Lee\" @“Priya  Das”, (@jo_b)", "Sam Lee|Priya Das|jo_b"),
            ("**@sam** _@priya_ [@jo](https://example.com)", "sam|priya|jo"),
            ("@sam.lee-b: hi", "sam.lee-b"),
            ("@Łukasz, @李雷", "Łukasz|李雷"),
            ("- @sam\n- @jo\n\n> @al", "sam|jo|al"),
            ("`@sam` @jo `x`@al\n\n    @code\n\n```\n@code\n```\n@ed", "jo|ed"),
            ("mail sam@example.com https://x.example/@sam a@b @ @. @\"\" @\"  \" @\"Sam\nLee\" @\"Sam", ""),
            ("@\"...\" @-x", ""),
            ("@clinic’s", "clinic"),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
        let long = "x".repeat(LONGEST_NAME);
        assert_eq!(found(&format!("@{long} @\"{long}\" @{long}x @\"{long}x\" @{long}.")), long);
        let many: Vec<String> = (0..99).map(|each| format!("@p{each}")).collect();
        assert_eq!(mentions(&many.join(" ")).len(), MOST_MENTIONS);
    }

    fn texts() -> impl Strategy<Value = String> {
        let marks = vec![
            "*",
            "**",
            "_",
            "~~",
            "`",
            "```\n",
            "> ",
            "- ",
            "1. ",
            "- [x] ",
            "# ",
            "\n",
            "\n\n",
            "    ",
            "|",
            "\n|-|-|\n",
            "[",
            "](",
            ")",
            "![",
            "<",
            ">",
            "\"",
            "'",
            "&",
            "&lt;",
            "&#106;",
            "\\",
            "\0",
            "javascript:",
            "https://",
            "https://a.example/",
            "mailto:",
            "data:",
            "<script>",
            "</script>",
            "<img src=x onerror=alert(1)>",
            "<!--",
            "-->",
            "<svg>",
            "<math>",
            "<style>",
            "<table>",
            "<td>",
            "</p>",
            "<a href=\"",
            "[a]: ",
            "[a]",
            "@",
            "@\"",
            "é",
            "\u{2028}",
            "\r",
            "a",
            "b c",
            "x=1",
            ":",
            "(",
            "<input>",
            "<noscript>",
            "<plaintext>",
            "<select>",
            "<template>",
        ];
        let piece = prop_oneof![
            8 => select(marks).prop_map(str::to_owned),
            2 => select(ATTACKS).prop_map(str::to_owned),
            1 => any::<String>(),
        ];
        vec(piece, 0..40).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn only_what_is_on_the_list_comes_out(text in texts()) {
            let made = html(&text);
            prop_assert_eq!(check(&made), Ok(()), "{}", made);
            prop_assert_eq!(CLEANER.clean(&made).to_string(), made);
        }

        #[test]
        fn a_preview_is_one_line_of_at_most_so_many_characters(text in texts(), most in 0_usize..60) {
            let line = plain(&text, most);
            prop_assert!(line.chars().count() <= most);
            prop_assert!(!line.chars().any(char::is_control));
            prop_assert_eq!(line.trim(), &line);
            let whole = plain(&text, usize::MAX);
            prop_assert!(whole == line || whole.starts_with(line.trim_end_matches('…')));
            prop_assert_eq!(whole == line, whole.chars().count() <= most);
        }

        #[test]
        fn whoever_is_mentioned_stands_in_the_text(text in texts()) {
            for name in mentions(&text) {
                prop_assert!(name.chars().count() <= LONGEST_NAME && name.chars().any(char::is_alphanumeric));
                prop_assert!(text.contains('@'));
            }
        }
    }
}
