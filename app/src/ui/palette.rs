//! Getting around without a mouse: a palette that finds every page (Ctrl-K), and a list of the keys there are (`?`).
//!
//! A page says which key an element of its answers to with `aria-keyshortcuts`, one letter; pressing it is clicking it. Who is
//! disturbed by single keys turns them off in the list (WCAG 2.2 §2.1.4).

use leptos::{html, prelude::*};

use super::Icon;
use crate::settings::wire::Place;

/// The palette and the list of keys of an organisation’s pages, closed, and the button that opens the palette.
#[component]
pub fn Palette(
    /// The organisation's slug.
    org: String,
) -> AnyView {
    let (finder, help) = (NodeRef::<html::Dialog>::new(), NodeRef::<html::Dialog>::new());
    let input = NodeRef::<html::Input>::new();
    let (typed, at) = (RwSignal::new(String::new()), RwSignal::new(0_usize));
    let places = RwSignal::new(None::<Result<Vec<Place>, crate::error::AppError>>);
    let (keys, single) = (RwSignal::new(Vec::<(String, String)>::new()), RwSignal::new(true));
    let found = Memo::new(move |_| {
        let typed = typed.get();
        places.with(|places| match places {
            Some(Ok(places)) => matching(places, &typed),
            _ => Vec::new(),
        })
    });
    let going = RwSignal::new(false);
    let state = State { finder, help, input, typed, at, places, keys, single, going, found };
    #[cfg(feature = "hydrate")]
    browser::listen(state, org.clone());
    let open = {
        let org = org.clone();
        move |_| {
            #[cfg(feature = "hydrate")]
            browser::open(state, &org);
            #[cfg(not(feature = "hydrate"))]
            let _ = (&org, state);
        }
    };
    let on_input = move |event| {
        typed.set(event_target_value(&event));
        at.set(0);
        going.set(false);
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        #[cfg(feature = "hydrate")]
        browser::in_palette(state, &event);
        #[cfg(not(feature = "hydrate"))]
        let _ = event;
    };
    let close = move |_| close_both(state);
    let show_keys = move |_| {
        close_both(state);
        #[cfg(feature = "hydrate")]
        browser::show_help(state);
    };
    let options = move || {
        let found = found.get();
        let mut group = String::new();
        let mut views = Vec::with_capacity(found.len());
        for (index, place) in found.into_iter().enumerate() {
            let head = (place.group != group).then(|| place.group.clone());
            group.clone_from(&place.group);
            let chosen = move || (at.get() == index).then_some("true");
            // Another organisation’s page begins anew, so that nothing of this one stays.
            // The operator’s pages are the server’s alone.
            let external = (place.group == "Other organisations" || place.href == "/admin").then_some("external");
            let href = place.href.clone();
            let chosen_now = move |event: leptos::ev::MouseEvent| {
                close_both(state);
                #[cfg(feature = "hydrate")]
                browser::act(state, &href, &event);
                #[cfg(not(feature = "hydrate"))]
                let _ = (&href, event);
            };
            views.push(view! {
                {head.map(|head| view! { <p class="palette-group" role="presentation">{head}</p> })}
                <a role="option" id=format!("place-{index}") class="palette-place" tabindex="-1" href=place.href rel=external
                    aria-selected=move || chosen().unwrap_or("false") on:click=chosen_now>
                    {place.label}
                </a>
            });
        }
        views
    };
    let nothing = move || {
        let (text, error) = places.with(|places| match places {
            None => ("Looking…".to_owned(), false),
            Some(Err(error)) => (error.message.clone(), true),
            Some(Ok(_)) if found.with(Vec::is_empty) => ("Nothing here has that name.".to_owned(), false),
            Some(Ok(_)) => (String::new(), false),
        });
        (!text.is_empty()).then(|| view! { <p class="palette-none" class:is-error=error>{text}</p> })
    };
    let rows = move || {
        let rows =
            keys.get().into_iter().map(|(key, what)| view! { <div><dt><kbd>{key}</kbd></dt><dd>{what}</dd></div> });
        rows.collect_view()
    };
    let toggle = move |event| {
        let on = event_target_checked(&event);
        single.set(on);
        #[cfg(feature = "hydrate")]
        browser::remember(on);
    };
    view! {
        <button type="button" class="palette-open" on:click=open aria-keyshortcuts="Control+K">
            <Icon name="search"/><span>"Search"</span><kbd aria-hidden="true">"Ctrl K"</kbd>
        </button>
        <dialog class="palette" node_ref=finder aria-label="Search" on:keydown=on_key>
            <input type="text" class="palette-input" node_ref=input role="combobox" aria-expanded="true" aria-autocomplete="list"
                aria-controls="places" aria-label="Search" placeholder="Search"
                autocomplete="off" spellcheck="false" maxlength="100"
                aria-activedescendant=move || (!found.with(Vec::is_empty)).then(|| format!("place-{}", at.get()))
                prop:value=move || typed.get() on:input=on_input/>
            <div id="places" role="listbox" aria-label="Places" class="palette-places">{options}</div>
            <div aria-live="polite">{nothing}</div>
            <p class="palette-foot">
                <span>"Arrows choose, Enter goes there"</span>
                <button type="button" class="btn btn-quiet" on:click=show_keys>"Keyboard shortcuts"</button>
            </p>
        </dialog>
        <dialog class="dialog keys" node_ref=help aria-labelledby="keys-title">
            <div class="dialog-head">
                <h2 id="keys-title">"Keyboard shortcuts"</h2>
                <button type="button" class="btn-icon" aria-label="Close" on:click=close><Icon name="close"/></button>
            </div>
            <div class="dialog-body">
                <dl class="key-list">{rows}</dl>
                <label class="check">
                    <input type="checkbox" prop:checked=move || single.get() on:change=toggle/>
                    <span>"Single keys work on this device"</span>
                </label>
            </div>
        </dialog>
    }
    .into_any()
}

#[derive(Clone, Copy)]
#[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only the browser has keys"))]
struct State {
    finder: NodeRef<html::Dialog>,
    help: NodeRef<html::Dialog>,
    input: NodeRef<html::Input>,
    typed: RwSignal<String>,
    at: RwSignal<usize>,
    places: RwSignal<Option<Result<Vec<Place>, crate::error::AppError>>>,
    keys: RwSignal<Vec<(String, String)>>,
    single: RwSignal<bool>,
    /// Enter was pressed before there was anything to choose from.
    going: RwSignal<bool>,
    found: Memo<Vec<Place>>,
}

fn close_both(state: State) {
    for dialog in [state.finder, state.help] {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    }
}

/// Those whose name, group or other words have every word that was typed, in any order; those first whose name one sees it in.
pub(crate) fn matching(places: &[Place], typed: &str) -> Vec<Place> {
    let words: Vec<String> = typed.split_whitespace().map(str::to_lowercase).collect();
    // Looked through once for each rank: a sort would be more of a program than this is worth.
    let words = &words;
    (0..NO_MATCH).flat_map(|rank| places.iter().filter(move |place| rank_of(place, words) == rank)).cloned().collect()
}

/// What has none of it in its name, group or other words.
const NO_MATCH: u8 = 4;

/// 0 where the name begins with a word, 1 where a word of it does, 2 where it stands within one, 3 where it isn’t to be seen; of
/// several words the worst.
fn rank_of(place: &Place, words: &[String]) -> u8 {
    let name = place.label.to_lowercase();
    let ranks = words.iter().map(|word| match name.find(word.as_str()) {
        Some(0) => 0,
        Some(_) if name.contains(&format!(" {word}")) => 1,
        Some(_) => 2,
        None if format!("{} {}", place.group, place.also).to_lowercase().contains(word.as_str()) => 3,
        None => NO_MATCH,
    });
    ranks.max().unwrap_or(0)
}

#[cfg(feature = "hydrate")]
mod browser {
    use leptos::{
        ev,
        prelude::*,
        task::spawn_local,
        wasm_bindgen::JsCast,
        web_sys::{Element, HtmlElement, KeyboardEvent, MouseEvent},
    };

    use super::{State, close_both};
    use crate::settings::api::places;

    const SINGLE_KEYS: &str = "devalo-single-keys";
    /// Where somebody types. What is in a dialog that was closed keeps the focus until the browser draws the page again, but isn’t.
    const FIELDS: &str = ":is(input, textarea, select, [contenteditable]):not(dialog:not([open]) *)";

    /// Listens for keys for as long as the frame is there.
    pub(super) fn listen(state: State, org: String) {
        Effect::new(move || {
            state.single.set(setting().as_deref() != Some("off"));
            let org = org.clone();
            let listener = window_event_listener(ev::keydown, move |event| {
                if (event.ctrl_key() || event.meta_key()) && event.key().eq_ignore_ascii_case("k") {
                    event.prevent_default();
                    open(state, &org);
                } else if state.single.get_untracked() && is_single(&event) {
                    if event.key() == "?" {
                        event.prevent_default();
                        show_help(state);
                    } else if let Some(element) = element_of(&event.key()) {
                        event.prevent_default();
                        element.click();
                    }
                }
            });
            on_cleanup(move || listener.remove());
        });
    }

    /// Opens the palette, and reads where one can go.
    pub(super) fn open(state: State, org: &str) {
        let Some(finder) = state.finder.get_untracked() else { return };
        if finder.open() {
            return;
        }
        state.typed.set(String::new());
        state.at.set(0);
        state.going.set(false);
        close_both(state);
        // A dialog that can't be shown leaves the page as it was.
        if finder.show_modal().is_err() {
            return;
        }
        if let Some(input) = state.input.get_untracked() {
            let _ = input.focus();
        }
        let org = org.to_owned();
        spawn_local(async move {
            let read = places(org).await;
            // The page may be another by now.
            state.places.try_set(Some(read));
            if state.going.try_get_untracked() == Some(true) {
                request_animation_frame(move || go(state));
            }
        });
    }

    /// The arrows choose, Enter goes there; Escape is the dialog’s own.
    pub(super) fn in_palette(state: State, event: &KeyboardEvent) {
        let count = state.found.with_untracked(Vec::len);
        let at = state.at.get_untracked();
        let to = match event.key().as_str() {
            "ArrowDown" if count > 0 => (at + 1) % count,
            "ArrowUp" if count > 0 => (at + count - 1) % count,
            "Enter" => {
                event.prevent_default();
                go(state);
                return;
            }
            _ => return,
        };
        event.prevent_default();
        state.at.set(to);
        if let Some(place) = element(&format!("place-{to}")) {
            place.scroll_into_view_with_bool(false);
        }
    }

    /// Goes to the place that is chosen; once they are read, where they aren’t yet.
    fn go(state: State) {
        let at = state.at.get_untracked();
        match element(&format!("place-{at}")) {
            Some(place) => place.click(),
            None => state.going.set(state.places.with_untracked(Option::is_none)),
        }
    }

    /// Does what has no address of its own.
    pub(super) fn act(state: State, href: &str, event: &MouseEvent) {
        match href {
            "#keys" => show_help(state),
            "#log-out" => {
                if let Ok(Some(button)) = document().query_selector(".menu-panel form button") {
                    button.unchecked_into::<HtmlElement>().click();
                }
            }
            _ => return,
        }
        event.prevent_default();
    }

    /// Keeps whether single keys work, on this device.
    pub(super) fn remember(on: bool) {
        if let Ok(Some(storage)) = window().local_storage() {
            // Where nothing can be kept it holds for this page.
            let _ = storage.set_item(SINGLE_KEYS, if on { "on" } else { "off" });
        }
    }

    fn setting() -> Option<String> {
        window().local_storage().ok()??.get_item(SINGLE_KEYS).ok()?
    }

    /// Lists the keys that the page has.
    pub(super) fn show_help(state: State) {
        let mut keys = vec![("Ctrl K".to_owned(), "Go to a page, a setting or a person, or do something".to_owned())];
        for element in all_with_keys() {
            let key = element.get_attribute("aria-keyshortcuts").unwrap_or_default();
            let label = element.get_attribute("aria-label").or_else(|| element.text_content()).unwrap_or_default();
            if key.len() == 1 {
                keys.push((key, label));
            }
        }
        keys.push(("?".to_owned(), "These keys".to_owned()));
        keys.push(("Esc".to_owned(), "Close what is open".to_owned()));
        state.keys.set(keys);
        if let Some(help) = state.help.get_untracked().filter(|help| !help.open()) {
            // A dialog that can't be shown leaves the page as it was.
            let _ = help.show_modal();
        }
    }

    /// One key by itself, not typed into a field and not under a dialog.
    fn is_single(event: &KeyboardEvent) -> bool {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let typing = target.is_some_and(|target| target.matches(FIELDS).unwrap_or(false));
        let under_dialog = document().query_selector("dialog[open]").ok().flatten().is_some();
        let with_others = event.ctrl_key() || event.meta_key() || event.alt_key() || event.is_composing();
        !typing && !under_dialog && !with_others && !event.repeat() && event.key().chars().count() == 1
    }

    fn element_of(key: &str) -> Option<HtmlElement> {
        let asked = key.to_lowercase();
        all_with_keys()
            .into_iter()
            .find(|element| element.get_attribute("aria-keyshortcuts").is_some_and(|own| own.to_lowercase() == asked))
    }

    fn all_with_keys() -> Vec<HtmlElement> {
        let Ok(found) = document().query_selector_all("[aria-keyshortcuts]") else { return Vec::new() };
        (0..found.length()).filter_map(|at| found.get(at)?.dyn_into().ok()).collect()
    }

    fn element(id: &str) -> Option<HtmlElement> {
        document().get_element_by_id(id)?.dyn_into().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_counts_in_any_order_and_any_case() {
        let place = |group: &str, label: &str| Place {
            group: group.to_owned(),
            label: label.to_owned(),
            also: "roster".to_owned(),
            href: "/".to_owned(),
        };
        let places = [place("Pages", "Calendar"), place("Settings", "Staff and hours"), place("People", "Ada Álvarez")];
        let found = |typed| matching(&places, typed).into_iter().map(|place| place.label).collect::<Vec<_>>();
        assert_eq!(found(""), ["Calendar", "Staff and hours", "Ada Álvarez"]);
        assert_eq!(found("HOURS staff"), ["Staff and hours"]);
        assert_eq!(found("roster calendar"), ["Calendar"]);
        assert_eq!(found("  people ál "), ["Ada Álvarez"]);
        assert!(found("hours calendar").is_empty());
        assert!(found("\0\u{202e}").is_empty());
    }

    #[test]
    fn what_is_seen_in_a_name_comes_before_other_words() {
        let place = |group: &str, label: &str, also: &str| Place {
            group: group.to_owned(),
            label: label.to_owned(),
            also: also.to_owned(),
            href: "/".to_owned(),
        };
        let places = [
            place("Settings", "Business details", "log address"),
            place("Settings", "Dialogues", ""),
            place("Settings", "Audit log", ""),
            place("Do", "Log out", "sign out leave"),
        ];
        let found = |typed| matching(&places, typed).into_iter().map(|place| place.label).collect::<Vec<_>>();
        assert_eq!(found("log"), ["Log out", "Audit log", "Dialogues", "Business details"]);
        assert_eq!(found("sign out"), ["Log out"]);
        assert_eq!(found(""), ["Business details", "Dialogues", "Audit log", "Log out"]);
    }
}
