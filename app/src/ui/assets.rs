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

/// Tells the server which zone the visitor is in, before anything is shown: where a page says (in a `devalo-zone` meta
/// element) that its times are in another, and the visitor hasn't chosen one, it is asked for once more.
#[component]
pub fn Zone() -> impl IntoView {
    let script = "try{const z=Intl.DateTimeFormat().resolvedOptions().timeZone,\
                  m=document.querySelector('meta[name=devalo-zone]');\
                  if(z&&/^[\\w+\\/-]+$/.test(z)&&!/(^|; )devalo_zone=/.test(document.cookie)){\
                  document.cookie='devalo_zone='+z+'; path=/; max-age=31536000; samesite=lax'+(location.protocol==='https:'?'; secure':'');\
                  if(m&&z!==m.content&&!/[?&]zone=/.test(location.search)&&/devalo_zone=/.test(document.cookie))location.reload()}}catch(e){}";
    view! { <script nonce=use_nonce() inner_html=script></script> }
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
