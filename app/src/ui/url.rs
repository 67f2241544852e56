//! Addresses with a query, written the same on the server and in the browser.

use std::fmt::Write as _;

use leptos::prelude::*;
use leptos_router::params::ParamsMap;

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
