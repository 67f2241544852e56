//! Addresses with a query, written the same on the server and in the browser.

use std::fmt::Write as _;

use leptos::prelude::*;
use leptos_router::{hooks::use_url, params::ParamsMap};

/// `path?name=value&…`, percent-encoded, leaving out pairs without a value. A fragment in the path stays at the end.
pub fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    let (path, fragment) = path.split_once('#').map_or((path, None), |(path, fragment)| (path, Some(fragment)));
    let mut out = path.to_owned();
    let mut joiner = '?';
    for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        out.push(joiner);
        joiner = '&';
        out.push_str(name);
        out.push('=');
        encode(value, &mut out);
    }
    if let Some(fragment) = fragment {
        out.push('#');
        out.push_str(fragment);
    }
    out
}

/// The address of a file that holds this text.
pub fn text_file(text: &str) -> String {
    let mut out = "data:text/plain;charset=utf-8,".to_owned();
    encode(text, &mut out);
    out
}

/// A part of the path or a parameter of the query, if it says anything.
pub fn given(map: &Memo<ParamsMap>, name: &str) -> Option<String> {
    // On the server it is gone once the visitor is, while the page may still be in the making.
    map.try_with(|map| map.get(name)).flatten().filter(|value| !value.is_empty())
}

/// Where the address says that one goes on to (`next`), exactly as it was put there; empty where it says nothing, or leads off this site.
pub fn next_of_address() -> impl Fn() -> String + Copy + Send + Sync + 'static {
    let address = use_url();
    // On the server it is gone once the visitor is, while the page may still be in the making.
    move || address.try_with(|address| next_in(address.search())).unwrap_or_default()
}

/// The same, of a query.
pub fn next_in(query: &str) -> String {
    of_query(query, "next").filter(|next| is_local_path(next)).unwrap_or_default()
}

/// What a query says under a name, the last where it says several. The library's own map takes the encoding off twice, and of an address within an
/// address its own goes with it.
fn of_query(query: &str, name: &str) -> Option<String> {
    query.trim_start_matches('?').split('&').rev().find_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(&key.replace('+', " ")) == name).then(|| decode(&value.replace('+', " ")))
    })
}

/// A path on this site, and not a way to another: it begins with a slash, has no two in a row before its query, no backslash, nothing
/// unprintable, and no part that a browser would take out again (`/./` and `/../`), which could leave two. What is encoded in it counts as what it
/// stands for: whoever takes the encoding off once too often isn't led elsewhere either.
pub fn is_local_path(path: &str) -> bool {
    let parts = decode(path.split(['?', '#']).next().unwrap_or_default());
    path.starts_with('/')
        && !parts.contains("//")
        && !parts.contains(|c: char| c == '\\' || c.is_control())
        && !parts.split('/').any(|part| matches!(part, "." | ".."))
        && path.len() <= 2048
        && path.bytes().all(|b| (0x21..0x7f).contains(&b) && b != b'\\')
}

/// Without what stands for other characters (`%20`). What stands for none stays as it is.
fn decode(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let code = after.get(..2).filter(|code| byte == b'%' && code.iter().all(u8::is_ascii_hexdigit));
        let code =
            code.and_then(|code| std::str::from_utf8(code).ok()).and_then(|code| u8::from_str_radix(code, 16).ok());
        out.push(code.unwrap_or(byte));
        rest = if code.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Everything but unreserved characters, and `/` and `:`, which a query may hold as they are.
fn encode(value: &str, out: &mut String) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/:".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String doesn't fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is put into an address under `next` is read from it exactly, whatever it says itself.
    #[test]
    fn an_address_within_an_address_is_read_as_it_was_put_there() {
        for next in [
            "/app",
            "/app/alpha/tasks?q=due%20today",
            "/app/alpha/tasks?q=%22front%20desk%22&by=person",
            "/app/alpha/tasks?q=a+b%2Bc",
            "/app/alpha/tasks?q=100%25%20done",
            "/app/alpha/tasks?q=caf%C3%A9%20%F0%9F%8E%89",
            "/app/alpha/tasks?q=%2F%2Fevil.example&back=https%3A%2F%2Fevil.example",
            "/app/alpha/tasks?q=%E9%",
            "/app/alpha/tasks/lists/x?next=/app%3Fq%3D%2520#here",
        ] {
            let address = with_query("/login", &[("next", next)]);
            let (_, query) = address.split_once('?').unwrap_or_default();
            assert_eq!(next_in(query), next, "{address}");
            assert_eq!(next_in(&format!("?a=b&{query}")), next);
        }
        assert_eq!(of_query("a=1&a=2&b", "a").as_deref(), Some("2"));
        assert_eq!(of_query("a=x+y%2Bz&b", "a").as_deref(), Some("x y+z"));
        assert_eq!(of_query("a=1&b", "b").as_deref(), Some(""));
        assert_eq!((of_query("", "a"), next_in("other=/app")), (None, String::new()));
    }

    /// What leads off this site, or could, is no path on it.
    #[test]
    fn no_path_leads_elsewhere() {
        for path in [
            "",
            "app",
            "https://evil.example",
            "https:/evil.example",
            "https:evil.example",
            "javascript:alert(1)",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "/app\r\nSet-Cookie:a=b",
            "/%2f%2fevil.example",
            "/%2F/evil.example",
            "//%2fevil.example",
            "/%5cevil.example",
            "/%5C%5Cevil.example",
            "/%09/evil.example",
            "/%0d%0aSet-Cookie:a=b",
            "/app%00",
            "/.//evil.example",
            "/app/..//evil.example",
            "/%2e%2e//evil.example",
            "/app/%2E./evil",
            "/app/..%2f%2fevil.example",
            "/app?q=due today",
            "/app?q=\"a\"\\",
            "/café",
            " /app",
            "/app ",
            "/app?q=\u{7f}",
        ] {
            assert!(!is_local_path(path), "{path:?}");
            assert_eq!(
                next_in(with_query("/login", &[("next", path)]).split_once('?').unwrap_or_default().1),
                "",
                "{path:?}"
            );
        }
        assert!(!is_local_path(&format!("/{}", "a".repeat(2048))));
        for path in [
            "/",
            "/app",
            "/app/a.b/..c",
            "/app/a%20b%2fc",
            "/app?next=//here/../there",
            "/app?q=%0d%0a%5c",
            "/app#//x",
            "/b/a%C3%A9",
            "/app/100%",
        ] {
            assert!(is_local_path(path), "{path}");
        }
    }
}
