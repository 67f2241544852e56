//! Text as Vikunja keeps it, in HTML, as Markdown; and mail that is HTML alone. It isn’t made safe here: whatever shows Markdown does that.

/// Reads text with tags; text without any stays as it is.
pub fn unmarked(html: &str) -> String {
    if !["<p", "<br", "<ul", "<ol", "<h", "<a ", "<strong", "<em", "<blockquote", "<pre"]
        .iter()
        .any(|tag| html.contains(tag))
    {
        return html.to_owned();
    }
    read(html, false)
}

/// Reads mail, which is HTML whatever is in it: of it what people see.
pub fn of_mail(html: &str) -> String {
    // Where its lines end is of no matter in HTML.
    let text = read(&seen(html).split_whitespace().collect::<Vec<_>>().join(" "), true);
    // Tables and empty lines are how mail is laid out.
    let mut lines: Vec<&str> = Vec::new();
    for line in text.lines().map(str::trim) {
        if !line.is_empty() || lines.last().is_some_and(|last| !last.is_empty()) {
            lines.push(line);
        }
    }
    lines.join("\n").trim().to_owned()
}

/// Without comments, and without what is there for programs alone.
fn seen(html: &str) -> String {
    let lower = html.to_ascii_lowercase();
    let (mut seen, mut at) = (String::with_capacity(html.len()), 0);
    while let Some(found) = lower.get(at..).and_then(|rest| rest.find('<')) {
        let from = at.saturating_add(found);
        seen.push_str(html.get(at..from).unwrap_or_default());
        let rest = lower.get(from..).unwrap_or_default();
        let until = if rest.starts_with("<!--") {
            Some("-->".to_owned())
        } else {
            let name: String = rest.chars().skip(1).take_while(char::is_ascii_alphanumeric).take(12).collect();
            ["style", "script", "title"].contains(&name.as_str()).then(|| format!("</{name}"))
        };
        let Some(until) = until else {
            seen.push('<');
            at = from.saturating_add(1);
            continue;
        };
        // What has no end hides all that follows, as in a browser.
        let Some(end) = rest.find(&until) else { return seen };
        at = from.saturating_add(end).saturating_add(until.len());
        if until != "-->" {
            at = lower
                .get(at..)
                .and_then(|rest| rest.find('>'))
                .map_or(html.len(), |end| at.saturating_add(end).saturating_add(1));
        }
    }
    seen.push_str(html.get(at..).unwrap_or_default());
    seen
}

/// `lays_out`: tables and boxes are lines, as in mail.
fn read(html: &str, lays_out: bool) -> String {
    let mut text = String::with_capacity(html.len());
    // Where the link that is open leads.
    let mut link: Option<String> = None;
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('<') {
        let Some((tag, after)) = after.split_once('>') else { break };
        text.push_str(&named(before));
        rest = after;
        let name: String = tag.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '/').take(12).collect();
        match name.to_ascii_lowercase().as_str() {
            "br" | "br/" => text.push('\n'),
            "div" | "/div" | "tr" | "/tr" | "p" if lays_out => line(&mut text),
            "td" | "th" if lays_out => text.push(' '),
            "/p" | "/ul" | "/ol" | "/blockquote" | "/pre" | "/h1" | "/h2" | "/h3" | "/h4" | "/h5" | "/h6" => {
                end(&mut text, 2);
            }
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => text.push_str("## "),
            "/li" => end(&mut text, 1),
            "li" => {
                if !text.is_empty() && !text.ends_with('\n') {
                    text.push('\n');
                }
                text.push_str(match attribute(tag, "data-checked").as_deref() {
                    Some("true") => "- [x] ",
                    Some(_) => "- [ ] ",
                    None => "- ",
                });
            }
            "strong" | "/strong" | "b" | "/b" => text.push_str("**"),
            "em" | "/em" | "i" | "/i" => text.push('*'),
            "a" => {
                link = attribute(tag, "href");
                if link.is_some() {
                    text.push('[');
                }
            }
            "/a" => {
                if let Some(link) = link.take() {
                    text.push_str("](");
                    text.push_str(&link);
                    text.push(')');
                }
            }
            _ => {}
        }
    }
    text.push_str(&named(rest));
    text.trim().to_owned()
}

/// What comes is on a line of its own, except behind the mark of a list.
fn line(text: &mut String) {
    if text.ends_with("- ") {
        return;
    }
    text.truncate(text.trim_end_matches(' ').len());
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
}

/// So many line feeds and no more.
fn end(text: &mut String, feeds: usize) {
    text.truncate(text.trim_end().len());
    if !text.is_empty() {
        text.extend(std::iter::repeat_n('\n', feeds));
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(name)?;
    let value = rest.strip_prefix("=\"")?.split('"').next()?;
    Some(named(value))
}

/// Signs that have names: `&amp;`.
fn named(text: &str) -> String {
    let signs = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#34;", "\""), ("&#39;", "'"), ("&nbsp;", " ")];
    let mut text = text.to_owned();
    if text.contains('&') {
        for (name, sign) in signs {
            text = text.replace(name, sign);
        }
        // Last, or what it stands before would be read twice.
        text = text.replace("&amp;", "&");
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{of_mail, unmarked};

    #[test]
    fn of_mail_what_people_see_is_read() {
        let html = "<!DOCTYPE html><html><HEAD><style>p { color: red }</style><title>x</title></HEAD><body><!-- a <b>note</b> -->\
            <div>Please order paper.</div><div><br></div><div>Two &amp; a half boxes</div><script>alert('1 < 2')</script>\
            <table><tr><td>A4</td></tr><tr><td>A3</td></tr></table><p>Thanks</p><STYLE type=\"text/css\">td { }</STYLE >Sam</body></html>";
        assert_eq!(of_mail(html), "Please order paper.\n\nTwo & a half boxes\nA4\nA3\nThanks\n\nSam");
        assert_eq!(of_mail("<div>One</div>\r\n  <div>Two\r\nwords</div>"), "One\nTwo words");
        assert_eq!(of_mail("<ul><li><p>One</p></li><li>Two</li></ul>Text<p>Three</p>"), "- One\n- Two\n\nText\nThree");
        assert_eq!(of_mail("<span>No lines &lt; here</span>"), "No lines < here");
        assert_eq!(of_mail("Seen<style>hidden"), "Seen");
        assert_eq!(of_mail("<header>Kept</header>"), "Kept");
        assert_eq!(
            of_mail("<html><head><meta charset=utf-8><title>x</title><body>Kept</body></html>"),
            "Kept",
            "a head needs no end"
        );
    }

    #[test]
    fn tags_become_markdown() {
        let html = "<h2>Plan</h2><p>Call <strong>Priya</strong> &amp; ask<br>twice</p><ul><li><p>One</p></li><li data-checked=\"true\"><p>Two</p></li></ul><p><a href=\"https://a.example/?x=1&amp;y=2\">Here</a></p>";
        let text = "## Plan\n\nCall **Priya** & ask\ntwice\n\n- One\n- [x] Two\n\n[Here](https://a.example/?x=1&y=2)";
        assert_eq!(unmarked(html), text);
        assert_eq!(unmarked("<ul><li data-checked=\"true\"><div><p>One</p></div></li></ul>"), "- [x] One");
        assert_eq!(unmarked("5 < 6 & 7 > 6"), "5 < 6 & 7 > 6");
        assert_eq!(unmarked("<p>&amp;lt;</p>"), "&lt;");
        assert_eq!(unmarked("<p>5 < 6"), "5 < 6");
    }

    proptest! {
        #[test]
        fn no_text_is_too_much(text in "(<p>|<|>|&amp;|<a href=\"|</a>|<li|<!--|-->|<style|</style>|\\PC){0,60}") {
            let _ = (unmarked(&text), of_mail(&text));
        }
    }
}
