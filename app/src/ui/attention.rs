//! Whether anybody is at a page that follows what happens by itself. What it reads while nobody is doesn't keep a session from
//! ending: a diary that was left open is closed after the time that its organisation says.

/// The header of what a page asks for while nobody is at it.
pub const HEADER: &str = "x-unattended";

#[cfg(feature = "hydrate")]
pub(crate) use browser::{is_away, watch};

#[cfg(feature = "hydrate")]
mod browser {
    use std::cell::Cell;

    use js_sys::Date;
    use leptos::{ev, prelude::*};

    /// Who hasn't moved anything for a minute is away.
    const AWAY_MILLISECONDS: f64 = 60_000.0;

    thread_local! {
        /// When somebody last moved, touched or typed something; `None` where the page doesn't follow anything.
        static LAST: Cell<Option<f64>> = const { Cell::new(None) };
    }

    /// From now on it is known whether anybody is there.
    pub fn watch() {
        let watched = LAST.replace(Some(Date::now())).is_some();
        if watched {
            return;
        }
        let here = || LAST.set(Some(Date::now()));
        // For as long as the page is there.
        let _pointer = window_event_listener(ev::pointermove, move |_| here());
        let _press = window_event_listener(ev::pointerdown, move |_| here());
        let _key = window_event_listener(ev::keydown, move |_| here());
        let _wheel = window_event_listener(ev::wheel, move |_| here());
        let _scroll = window_event_listener(ev::touchmove, move |_| here());
    }

    /// Nobody has been at this page for a while.
    pub fn is_away() -> bool {
        LAST.get().is_some_and(|last| Date::now() - last > AWAY_MILLISECONDS)
    }
}
