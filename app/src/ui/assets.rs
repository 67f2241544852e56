//! The page's scripts and the addresses of its files. On the server only: the browser never renders these.

use std::sync::OnceLock;

use leptos::{nonce::use_nonce, prelude::*};

use crate::modules::MODULES;
use crate::pages::{ABOUT, LOGGED_OUT, RESET_SENT};

/// What is known of the site's files.
#[derive(Debug)]
pub struct Site {
    /// Changes whenever the files do.
    pub version: String,
    /// The public pages have a smaller program of their own. A quick build for development leaves it out.
    pub has_public: bool,
    /// The notices of what others made are there. A quick build for development leaves them out.
    pub has_notices: bool,
}

/// Where the notices of what others made are.
pub const NOTICES: &str = "third-party-notices.txt";

static SITE: OnceLock<Site> = OnceLock::new();

/// Says what the site's files are; the first call counts.
pub fn set_site(site: Site) {
    SITE.get_or_init(|| site);
}

/// Whether the notices of what others made can be led to.
pub fn has_notices() -> bool {
    SITE.get().is_some_and(|site| site.has_notices)
}

/// A file's address, which changes with the file, so that browsers may keep it for ever.
pub fn path(file: &str) -> String {
    format!("/{file}?v={}", SITE.get().map_or("0", |site| site.version.as_str()))
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

/// Loads the program once the page is there and idle: everything works before, and without. Those who only book don't
/// load the dashboard's.
#[component]
pub fn Scripts() -> impl IntoView {
    let path_asked = use_context::<axum::http::request::Parts>().map(|request| request.uri.path().to_owned());
    if path_asked.as_deref().is_some_and(is_plain) {
        return None;
    }
    let public = path_asked.is_some_and(|path| !is_dashboard(&path));
    let name = if public && SITE.get().is_some_and(|site| site.has_public) { "public" } else { "devalo" };
    let (js, wasm) = (path(&format!("pkg/{name}.js")), path(&format!("pkg/{name}_bg.wasm")));
    let script = format!(
        "const go=()=>import('{js}').then(m=>m.default({{module_or_path:'{wasm}'}}).then(()=>m.hydrate()));\
         const idle=()=>'requestIdleCallback'in window?requestIdleCallback(go,{{timeout:2000}}):setTimeout(go,1);\
         document.readyState==='complete'?idle():addEventListener('load',idle)"
    );
    Some(view! { <script type="module" nonce=use_nonce() inner_html=script></script> })
}

/// Those of them that are an organisation's, after `/app/{org}/`, and what is below them.
const OF_ORGS: [&str; 13] = [
    "welcome",
    "closed",
    "nothing-on",
    "search",
    "settings/audit",
    "settings/billing",
    "settings/businesses",
    "settings/data",
    "settings/invitations",
    "settings/look",
    "settings/modules",
    "settings/support",
    "settings/webhooks",
];

/// The page that is being written needs no program, and gets none.
pub fn is_plain_page() -> bool {
    use_context::<axum::http::request::Parts>().is_some_and(|request| is_plain(request.uri.path()))
}

/// Finds what is looked for from a page without a program: Ctrl-K, and `/` where single keys work on this device, lead to the page that
/// searches, and on it to its field.
#[component]
pub fn SearchKeys() -> impl IntoView {
    let script = "addEventListener('keydown',e=>{let one=true;try{one=localStorage.getItem('devalo-single-keys')!=='off'}catch(_){}\
                  const more=e.ctrlKey||e.metaKey,typing=e.target.closest&&e.target.closest('input,textarea,select,[contenteditable]');\
                  if(!(more&&e.key.toLowerCase()==='k'||one&&!more&&!e.altKey&&!e.repeat&&!typing&&e.key==='/'))return;\
                  const field=document.getElementById('search-for'),link=document.querySelector('a.palette-open');\
                  if(field||link)e.preventDefault();if(field){field.focus();field.select()}else if(link)link.click()})";
    view! { <script nonce=use_nonce() inner_html=script></script> }
}

/// The button that shows a password that is typed, or hides it again, where no program does.
#[component]
pub fn Eye() -> impl IntoView {
    let script = "(b=>{const f=b.previousElementSibling;b.hidden=false;b.addEventListener('click',()=>{\
                  const on=f.type==='password';f.type=on?'text':'password';b.setAttribute('aria-pressed',on)})})\
                  (document.currentScript.previousElementSibling)";
    view! {
        <button type="button" class="btn-icon" aria-label="Show password" aria-pressed="false" hidden=true>
            <super::icon::Icon name="eye"/>
        </button>
        <script nonce=use_nonce() inner_html=script></script>
    }
}

/// Prints the page that it is on. Without scripts, words say how to.
#[component]
pub fn PrintButton() -> impl IntoView {
    let script = "(b=>{b.hidden=false;b.addEventListener('click',()=>print())})(document.getElementById('print-page'))";
    view! {
        <button type="button" class="btn btn-quiet" id="print-page" hidden=true>"Print or save as PDF"</button>
        <script nonce=use_nonce() inner_html=script></script>
        <noscript><p class="soft no-print">"To keep it or hand it on, print this page, or save it as a PDF from your browser’s print window."</p></noscript>
    }
}

/// The pages that the server writes alone: nothing in them needs a program. Links to them are `external`.
fn is_plain(path: &str) -> bool {
    let of_org = path.strip_prefix("/app/").and_then(|rest| rest.split_once('/')).map(|(_, below)| below);
    let of_modules = || MODULES.iter().flat_map(|module| module.plain_paths().iter().copied()).collect::<Vec<_>>();
    is_under(path, &["/admin", "/start", ABOUT, LOGGED_OUT, RESET_SENT])
        || MODULES.iter().any(|module| module.is_plain_public(path))
        || of_org.is_some_and(|below| is_under(below, &OF_ORGS) || is_under(below, &of_modules()))
}

/// The pages that the small program doesn't know.
fn is_dashboard(path: &str) -> bool {
    is_under(path, &["/app", "/account", "/login"])
}

/// One of these, or below one of them: `/app` and `/app/harbour-physio`, and not `/apple`.
pub fn is_under(path: &str, prefixes: &[&str]) -> bool {
    prefixes.iter().any(|prefix| path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}
