//! The page's scripts and the addresses of its files. On the server only: the browser never renders these.

use std::sync::OnceLock;

use leptos::{nonce::use_nonce, prelude::*};

static VERSION: OnceLock<String> = OnceLock::new();

/// Sets what changes whenever the site's files do; the first call counts.
pub fn set_version(version: &str) {
    VERSION.get_or_init(|| version.to_owned());
}

/// A file's address, which changes with the file, so that browsers may keep it for ever.
pub fn path(file: &str) -> String {
    format!("/{file}?v={}", VERSION.get().map_or("0", String::as_str))
}

/// Loads the app once the page is there and idle: everything works before, and without.
#[component]
pub fn Scripts() -> impl IntoView {
    let (js, wasm) = (path("pkg/devalo.js"), path("pkg/devalo_bg.wasm"));
    let script = format!(
        "const go=()=>import('{js}').then(m=>m.default({{module_or_path:'{wasm}'}}).then(()=>m.hydrate()));\
         const idle=()=>'requestIdleCallback'in window?requestIdleCallback(go,{{timeout:2000}}):setTimeout(go,1);\
         document.readyState==='complete'?idle():addEventListener('load',idle)"
    );
    view! { <script type="module" nonce=use_nonce() inner_html=script></script> }
}
