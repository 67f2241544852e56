//! Text as Vikunja keeps it, in HTML, as Markdown. It isn’t made safe here: whatever shows Markdown does that.

/// Reads text with tags; text without any stays as it is.
pub fn unmarked(html: &str) -> String {
    if !["<p", "<br", "<ul", "<ol", "<h", "<a ", "<strong", "<em", "<blockquote", "<pre"]
        .iter()
        .any(|tag| html.contains(tag))
    {
        return html.to_owned();
    }
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

    use super::unmarked;

    #[test]
    fn tags_become_markdown() {
        let html = "<h2>Plan</h2><p>Call <strong>Priya</strong> &amp; ask<br>twice</p><ul><li><p>One</p></li><li data-checked=\"true\"><p>Two</p></li></ul><p><a href=\"https://a.example/?x=1&amp;y=2\">Here</a></p>";
        let text = "## Plan\n\nCall **Priya** & ask\ntwice\n\n- One\n- [x] Two\n\n[Here](https://a.example/?x=1&y=2)";
        assert_eq!(unmarked(html), text);
        assert_eq!(unmarked("5 < 6 & 7 > 6"), "5 < 6 & 7 > 6");
        assert_eq!(unmarked("<p>&amp;lt;</p>"), "&lt;");
        assert_eq!(unmarked("<p>5 < 6"), "5 < 6");
    }

    proptest! {
        #[test]
        fn no_text_is_too_much(text in "(<p>|<|>|&amp;|<a href=\"|</a>|<li|\\PC){0,60}") {
            let _ = unmarked(&text);
        }
    }
}
