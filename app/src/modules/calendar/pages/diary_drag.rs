//! Appointments are dragged to another time, day or person, and made longer or shorter at their lower edge, with a mouse or a pen.
//! Whoever has neither does the same with the form on the appointment's page (WCAG 2.2 §2.5.7).

use leptos::ev;
#[cfg(feature = "hydrate")]
use leptos::prelude::*;

/// Where an appointment was let go of, or where somebody pressed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dropped {
    /// Which; empty where nothing was dragged.
    pub id: String,
    /// `2026-11-23`.
    pub date: String,
    /// Whose column, by their id; empty: everybody's.
    pub with: String,
    /// Minutes after midnight.
    pub from_minute: i64,
    /// Length in minutes.
    pub minutes: i64,
    /// Something else of theirs is there.
    pub clash: bool,
}

/// What is being dragged, if anything is.
#[derive(Clone, Copy)]
pub struct Dragging {
    #[cfg(feature = "hydrate")]
    drag: StoredValue<Option<browser::Drag>, LocalStorage>,
    /// The press that ends a drag isn’t one on what lies below.
    #[cfg(feature = "hydrate")]
    was_dragged: StoredValue<bool>,
}

#[cfg_attr(not(feature = "hydrate"), expect(clippy::unused_self, reason = "only the browser has a mouse"))]
impl Dragging {
    /// Nothing is.
    pub fn new() -> Self {
        Self {
            #[cfg(feature = "hydrate")]
            drag: StoredValue::new_local(None),
            #[cfg(feature = "hydrate")]
            was_dragged: StoredValue::new(false),
        }
    }

    /// A button was pressed: perhaps to drag what is there.
    pub fn begin(self, event: &ev::PointerEvent) {
        #[cfg(feature = "hydrate")]
        {
            self.was_dragged.set_value(false);
            if let Some(drag) = browser::Drag::begin(event) {
                self.drag.set_value(Some(drag));
            }
        }
        #[cfg(not(feature = "hydrate"))]
        let _ = event;
    }

    /// The pointer went on, over a grid that begins at a minute and goes on for so many.
    pub fn go(self, event: &ev::PointerEvent, first: i64, span: i64) {
        #[cfg(feature = "hydrate")]
        self.drag.update_value(|drag| {
            if let Some(drag) = drag {
                drag.go(event, first, span);
            }
        });
        #[cfg(not(feature = "hydrate"))]
        let _ = (event, first, span);
    }

    /// It was let go of. What was dragged is shown where it goes until the diary is read anew, or it is put back.
    pub fn end(self) -> Option<Dropped> {
        #[cfg(feature = "hydrate")]
        {
            let dropped = self.drag.with_value(|drag| drag.as_ref().and_then(browser::Drag::dropped));
            self.was_dragged.set_value(dropped.is_some());
            if dropped.is_none() {
                self.put_back();
            }
            self.drag.update_value(|drag| {
                if let Some(drag) = drag {
                    drag.settle();
                }
            });
            dropped
        }
        #[cfg(not(feature = "hydrate"))]
        None
    }

    /// It is where it was.
    pub fn put_back(self) {
        #[cfg(feature = "hydrate")]
        if let Some(drag) = self.drag.try_update_value(Option::take).flatten() {
            drag.put_back();
        }
    }

    /// Somebody pressed where nothing is; the press that ends a drag is none, and doesn’t get any further.
    pub fn pressed(self, event: &ev::MouseEvent, first: i64, span: i64) -> Option<Dropped> {
        #[cfg(feature = "hydrate")]
        {
            if self.was_dragged.get_value() {
                self.was_dragged.set_value(false);
                event.prevent_default();
                event.stop_propagation();
                return None;
            }
            browser::pressed(event, first, span)
        }
        #[cfg(not(feature = "hydrate"))]
        {
            let _ = (event, first, span);
            None
        }
    }
}

/// "9:15 am".
pub fn clock(minute: i64) -> String {
    let (hour, minute) = (minute.div_euclid(60).rem_euclid(24), minute.rem_euclid(60));
    let half = if hour < 12 { "am" } else { "pm" };
    let hour = if hour % 12 == 0 { 12 } else { hour % 12 };
    format!("{hour}:{minute:02} {half}")
}

/// "09:15".
pub fn at_clock(minute: i64) -> String {
    format!("{:02}:{:02}", minute.div_euclid(60).rem_euclid(24), minute.rem_euclid(60))
}

#[cfg(feature = "hydrate")]
mod browser {
    use leptos::{
        ev,
        prelude::window,
        wasm_bindgen::JsCast,
        web_sys::{Element, EventTarget, HtmlElement, Node, NodeList},
    };

    use super::{Dropped, clock};

    /// So many pixels make a press a drag.
    const BEGINS: i32 = 5;
    /// So many pixels from its lower edge on it is made longer.
    const EDGE: f64 = 9.0;
    /// Times are moved in steps of so many minutes.
    const STEP: f64 = 15.0;

    /// Something that is dragged, or may be.
    pub(super) struct Drag {
        element: HtmlElement,
        /// What goes with the pointer, once it has begun.
        ghost: Option<HtmlElement>,
        track: HtmlElement,
        began: (i32, i32),
        /// How far below its top it was taken hold of.
        grabbed: f64,
        /// Its lower edge was.
        longer: bool,
        /// It has been let go of.
        settled: bool,
        with: String,
        at: Dropped,
    }

    impl Drag {
        pub(super) fn begin(event: &ev::PointerEvent) -> Option<Self> {
            if event.button() != 0 || event.pointer_type() == "touch" || !is_grid() {
                return None;
            }
            let element =
                element_of(event.target()?)?.closest("[data-movable]").ok()??.dyn_into::<HtmlElement>().ok()?;
            let track = element.closest(".diary-track").ok()??.dyn_into::<HtmlElement>().ok()?;
            let place = element.get_bounding_client_rect();
            let y = f64::from(event.client_y());
            let at = Dropped {
                id: told(&element, "data-appointment"),
                date: told(&track, "data-date"),
                with: told(&track, "data-with"),
                from_minute: told(&element, "data-from").parse().ok()?,
                minutes: told(&element, "data-minutes").parse().ok()?,
                clash: false,
            };
            Some(Self {
                with: told(&element, "data-with"),
                longer: y > place.bottom() - EDGE && place.height() > 3.0 * EDGE,
                grabbed: y - place.top(),
                began: (event.client_x(), event.client_y()),
                ghost: None,
                settled: false,
                element,
                track,
                at,
            })
        }

        pub(super) fn go(&mut self, event: &ev::PointerEvent, first: i64, span: i64) {
            let far = |from: i32, to: i32| (to - from).abs() >= BEGINS;
            if self.settled
                || (self.ghost.is_none()
                    && !far(self.began.0, event.client_x())
                    && !far(self.began.1, event.client_y()))
            {
                return;
            }
            event.prevent_default();
            let Some(ghost) = self.ghost(event) else { return };
            if !self.longer
                && let Some(track) = track_at(&self.track, f64::from(event.client_x()))
            {
                self.track = track;
            }
            let place = self.track.get_bounding_client_rect();
            let minute_at = |y: f64| as_minutes(first, (y - place.top()) / place.height() * as_f64(span));
            let y = f64::from(event.client_y());
            if self.longer {
                self.at.minutes = (minute_at(y) - self.at.from_minute).clamp(15, 24 * 60 - self.at.from_minute);
            } else {
                let last = (first + span - self.at.minutes).max(first);
                self.at.from_minute = minute_at(y - self.grabbed).clamp(first, last);
            }
            self.at.date = told(&self.track, "data-date");
            self.at.with = told(&self.track, "data-with");
            self.at.clash = self.clashes();
            self.show(&ghost);
        }

        /// What goes with the pointer, made when it begins to move.
        fn ghost(&mut self, event: &ev::PointerEvent) -> Option<HtmlElement> {
            if let Some(ghost) = &self.ghost {
                return Some(ghost.clone());
            }
            let ghost = self.element.clone_node_with_deep(true).ok()?.dyn_into::<HtmlElement>().ok()?;
            for name in ["href", "data-appointment", "data-movable", "data-from"] {
                let _ = ghost.remove_attribute(name);
            }
            let _ = ghost.class_list().add_1("is-ghost");
            let _ = ghost.set_attribute("aria-hidden", "true");
            let _ = self.element.class_list().add_1("is-dragged");
            if let Some(grid) = self.track.closest(".diary").ok().flatten() {
                // Where it can’t be had, what is outside the grid isn’t followed.
                let _ = grid.set_pointer_capture(event.pointer_id());
            }
            self.ghost = Some(ghost.clone());
            Some(ghost)
        }

        fn show(&self, ghost: &HtmlElement) {
            if !self.track.contains(Some(ghost.unchecked_ref::<Node>())) {
                let _ = self.track.append_child(ghost);
            }
            let (from, length) = (self.at.from_minute, self.at.minutes);
            let style = ghost.style();
            for (name, value) in [
                ("--at-hour", from / 60),
                ("--at-minute", from % 60),
                ("--for-hours", length / 60),
                ("--for-minutes", length % 60),
                ("--lane", 0),
                ("--lanes", 1),
            ] {
                let _ = style.set_property(name, &value.to_string());
            }
            let _ = ghost.class_list().toggle_with_force("is-clash", self.at.clash);
            if let Ok(Some(label)) = ghost.query_selector(".appt-time") {
                label.set_text_content(Some(&format!("{} – {}", clock(from), clock(from + length))));
            }
        }

        fn clashes(&self) -> bool {
            let others = self.track.query_selector_all("[data-from]:not(.is-dragged):not(.is-off)");
            let (from, until) = (self.at.from_minute, self.at.from_minute + self.at.minutes);
            let whose = if self.at.with.is_empty() { &self.with } else { &self.at.with };
            others.is_ok_and(|others| {
                elements(&others).any(|other| {
                    let number = |name| told(&other, name).parse::<i64>().unwrap_or_default();
                    let begins = number("data-from");
                    let shares = told(&other, "data-with").split(' ').any(|one| whose.split(' ').any(|who| who == one));
                    shares && begins < until && begins + number("data-minutes") > from
                })
            })
        }

        pub(super) fn dropped(&self) -> Option<Dropped> {
            (self.ghost.is_some() && !self.settled).then(|| self.at.clone())
        }

        pub(super) const fn settle(&mut self) {
            self.settled = true;
        }

        pub(super) fn put_back(self) {
            let _ = self.element.class_list().remove_1("is-dragged");
            if let Some(ghost) = self.ghost {
                ghost.remove();
            }
        }
    }

    /// Where in a column somebody pressed, if nothing is there.
    pub(super) fn pressed(event: &ev::MouseEvent, first: i64, span: i64) -> Option<Dropped> {
        let track = element_of(event.target()?)?;
        if !track.class_list().contains("diary-track") || !is_grid() {
            return None;
        }
        let place = track.get_bounding_client_rect();
        let y = f64::from(event.client_y()) - place.top();
        // The step that holds it, not the one beside.
        let minute = as_minutes(first, y / place.height() * as_f64(span) - STEP / 2.0);
        Some(Dropped {
            date: told(&track, "data-date"),
            with: told(&track, "data-with"),
            from_minute: minute,
            ..Dropped::default()
        })
    }

    /// The days stand beside each other, and not one below the other as on a phone.
    fn is_grid() -> bool {
        window().match_media("(width >= 64rem)").ok().flatten().is_some_and(|query| query.matches())
    }

    fn track_at(track: &HtmlElement, x: f64) -> Option<HtmlElement> {
        let tracks = track.closest(".diary").ok()??.query_selector_all(".diary-track").ok()?;
        let found = elements(&tracks).find(|track| {
            let place = track.get_bounding_client_rect();
            (place.left()..place.right()).contains(&x)
        });
        found.and_then(|track| track.dyn_into().ok())
    }

    fn elements(list: &NodeList) -> impl Iterator<Item = Element> + '_ {
        (0..list.length()).filter_map(|at| list.item(at)).filter_map(|node| node.dyn_into().ok())
    }

    fn element_of(target: EventTarget) -> Option<Element> {
        target.dyn_into().ok()
    }

    fn told(element: &Element, name: &str) -> String {
        element.get_attribute(name).unwrap_or_default()
    }

    #[expect(clippy::cast_precision_loss, reason = "minutes of a day")]
    const fn as_f64(minutes: i64) -> f64 {
        minutes as f64
    }

    #[expect(clippy::cast_possible_truncation, reason = "minutes of a day")]
    fn as_minutes(first: i64, below: f64) -> i64 {
        first + ((below / STEP).round() * STEP) as i64
    }
}
