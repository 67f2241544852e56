//! A letter as text and as HTML. The HTML is plain on purpose: mail programs know little of it, and people trust what looks
//! like a letter. Its colours are those that hold in the dark, too.

use maud::{DOCTYPE, Markup, html};

use super::Letter;
use crate::names::without_links;

/// What stands before the address at which whoever gets it again and again stops it.
const STOP: &str = "Change or stop these emails:";

pub(super) fn text(letter: &Letter, stop: Option<&str>) -> String {
    let action = letter.action.as_ref().map(|(label, address)| format!("{label}:\n{address}"));
    let written = |part: &String| without_links(part);
    let stop = stop.map(|address| format!("{STOP}\n{address}"));
    let before = letter.paragraphs.iter().map(written).chain(action);
    let parts: Vec<String> = before.chain(letter.closing.iter().map(written)).chain(stop).collect();
    format!("{}\n", parts.join("\n\n"))
}

pub(super) fn html(letter: &Letter, stop: Option<&str>) -> String {
    html! {
        (DOCTYPE)
        html lang="en-AU" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (letter.subject) }
            }
            body style="margin:0;padding:24px;font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:16px;line-height:1.5" {
                div style="max-width:34em;margin:0 auto" {
                    @for paragraph in &letter.paragraphs {
                        p style="margin:0 0 16px" { (lines(paragraph)) }
                    }
                    @if let Some((label, address)) = &letter.action {
                        p style="margin:24px 0" {
                            a href=(address) style="display:inline-block;padding:12px 20px;border-radius:8px;background:#1f5c4d;color:#ffffff;text-decoration:none;font-weight:600" { (label) }
                        }
                        p style="margin:0 0 16px;font-size:14px" {
                            "If the button does nothing, open this address:" br;
                            a href=(address) style="word-break:break-all" { (address) }
                        }
                    }
                    @for paragraph in &letter.closing {
                        p style="margin:0 0 16px;font-size:14px" { (lines(paragraph)) }
                    }
                    @if let Some(address) = stop {
                        p style="margin:0 0 16px;font-size:14px" {
                            (STOP) br;
                            a href=(address) style="word-break:break-all" { (address) }
                        }
                    }
                }
            }
        }
    }
    .into_string()
}

/// A paragraph, with the ends of its lines as they are.
fn lines(paragraph: &str) -> Markup {
    html! {
        @for (number, line) in paragraph.lines().enumerate() {
            @if number > 0 { br; }
            (without_links(line))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_we_write_is_a_link() {
        let letter = Letter {
            to: "casey@example.com".to_owned(),
            subject: "Hello".to_owned(),
            paragraphs: vec!["Dr.Click invites you to X.COM.".to_owned()],
            action: Some(("Look".to_owned(), "https://app.example.com/x".to_owned())),
            closing: vec!["T.CO".to_owned()],
        };
        let stop = "https://app.example.com/tasks/letters/token/stop";
        for written in [text(&letter, Some(stop)), html(&letter, Some(stop))] {
            for part in
                ["Dr.\u{2060}Click invites you to X.\u{2060}COM.", "https://app.example.com/x", "T.\u{2060}CO", stop]
            {
                assert!(written.contains(part), "{part}: {written}");
            }
        }
        assert!(html(&letter, Some(stop)).contains(&format!("href=\"{stop}\"")), "it can be pressed");
        assert!(
            !text(&letter, None).contains(STOP) && !html(&letter, None).contains(STOP),
            "what comes once can’t be stopped"
        );
    }

    #[test]
    fn what_it_says_is_never_markup() {
        let letter = Letter {
            to: "casey@example.com".to_owned(),
            subject: "<b>Hello</b>".to_owned(),
            paragraphs: vec!["Somebody called <script>alert(1)</script> wrote to you.".to_owned()],
            action: Some(("Open".to_owned(), "https://app.example.com/x?a=1&b=\"2\"".to_owned())),
            closing: vec!["Bye.".to_owned()],
        };
        let html = html(&letter, None);
        assert!(!html.contains("<script") && !html.contains("<b>"), "{html}");
        assert!(html.contains("href=\"https://app.example.com/x?a=1&amp;b=&quot;2&quot;\""), "{html}");
        assert_eq!(
            text(&letter, None),
            "Somebody called <script>alert(1)</script> wrote to you.\n\nOpen:\nhttps://app.example.com/x?a=1&b=\"2\"\n\nBye.\n"
        );
    }
}
