//! Pages that follow what happens in an organisation: one event stream, read by the browser alone.

use leptos::prelude::*;

/// What is known of the stream.
#[derive(Debug, Clone, Copy)]
pub struct LiveState {
    /// The organisation's sequence as far as it was heard.
    pub sequence: ReadSignal<i64>,
    /// The stream is open. True before it was ever tried, so that a page doesn't begin with an alarm.
    pub connected: ReadSignal<bool>,
    /// How often the stream came back after it was lost: what was read meanwhile may have failed, so read it again.
    pub resumed: ReadSignal<u32>,
}

/// Follows the stream at `path` from the sequence `after` on, as soon as that is known, until the page goes. The browser
/// reconnects by itself with the last id it saw; where it has given up we start anew, a little later each time. On the
/// server it does nothing.
pub fn use_live(path: impl Into<Signal<String>>, after: impl Into<Signal<Option<i64>>>) -> LiveState {
    let (sequence, set_sequence) = signal(0);
    let (connected, set_connected) = signal(true);
    let (resumed, set_resumed) = signal(0);
    #[cfg(feature = "hydrate")]
    browser::follow(path.into(), after.into(), set_sequence, set_connected, set_resumed);
    #[cfg(not(feature = "hydrate"))]
    {
        // Nothing listens here; the signals stay as they begin.
        let _: (Signal<String>, Signal<Option<i64>>) = (path.into(), after.into());
        let _ = (set_sequence, set_connected, set_resumed);
    }
    LiveState { sequence, connected, resumed }
}

/// Says whether the page is live; a change is announced politely.
#[component]
pub fn LiveBadge(
    /// From [`use_live`].
    live: LiveState,
) -> impl IntoView {
    let connected = live.connected;
    view! {
        <p class="live" class:is-off=move || !connected.get() role="status">
            <span class="live-dot" aria-hidden="true"></span>
            {move || if connected.get() { "Live" } else { "Reconnecting…" }}
        </p>
    }
}

#[cfg(feature = "hydrate")]
mod browser {
    use std::{
        cell::RefCell,
        rc::{Rc, Weak},
        time::Duration,
    };

    use leptos::{ev, prelude::*};
    use wasm_bindgen::{JsCast, closure::Closure};
    use web_sys::{EventSource, MessageEvent};

    use crate::ui::{attention, with_query};

    /// Seconds to wait before starting anew: after the first failure, the second, and so on.
    const BACKOFF: [u64; 4] = [1, 2, 5, 10];
    /// A page whose stream is over is loaded anew after this long.
    const ENDED_AFTER: Duration = Duration::from_millis(1_500);

    /// An open stream and what it calls; closing it drops both.
    struct Stream {
        source: EventSource,
        _on_open: Closure<dyn FnMut()>,
        _on_message: Closure<dyn FnMut(MessageEvent)>,
        _on_error: Closure<dyn FnMut()>,
        _on_ended: Closure<dyn FnMut()>,
    }

    impl Drop for Stream {
        fn drop(&mut self) {
            self.source.set_onopen(None);
            self.source.set_onmessage(None);
            self.source.set_onerror(None);
            self.source.close();
        }
    }

    /// One page's following of one stream, over as many connections as it takes.
    struct Follower {
        path: String,
        last: i64,
        failures: usize,
        stream: Option<Stream>,
        timer: Option<TimeoutHandle>,
        set_sequence: WriteSignal<i64>,
        set_connected: WriteSignal<bool>,
        set_resumed: WriteSignal<u32>,
        opened: bool,
    }

    impl Drop for Follower {
        fn drop(&mut self) {
            if let Some(timer) = self.timer.take() {
                timer.clear();
            }
        }
    }

    pub(super) fn follow(
        path: Signal<String>,
        after: Signal<Option<i64>>,
        set_sequence: WriteSignal<i64>,
        set_connected: WriteSignal<bool>,
        set_resumed: WriteSignal<u32>,
    ) {
        attention::watch();
        let following = StoredValue::new_local(None::<Rc<RefCell<Follower>>>);
        // Begins once, when the page's own data says where; and again if the organisation changes.
        Effect::new(move |begun: Option<Option<String>>| {
            let path = path.get();
            let begun = begun.flatten();
            if begun.as_ref() == Some(&path) {
                return begun;
            }
            let after = after.get()?;
            let follower = Follower {
                path: path.clone(),
                last: after,
                failures: 0,
                stream: None,
                timer: None,
                set_sequence,
                set_connected,
                set_resumed,
                opened: false,
            };
            let follower = Rc::new(RefCell::new(follower));
            connect(&follower);
            following.set_value(Some(follower));
            Some(path)
        });
        // A stream may outlive a network that was gone for a while, and then says nothing of it.
        let online = window_event_listener(ev::online, move |_| {
            if let Some(follower) = following.try_get_value().flatten() {
                connect(&follower);
            }
        });
        on_cleanup(move || online.remove());
        // Dropping the follower closes the stream and stops the timer.
        on_cleanup(move || {
            let _ = following.try_update_value(Option::take);
        });
    }

    fn connect(follower: &Rc<RefCell<Follower>>) {
        let address = {
            let follower = follower.borrow();
            with_query(&follower.path, &[("after", &follower.last.to_string())])
        };
        let Ok(source) = EventSource::new(&address) else { return };
        // The closures belong to the follower: they must not keep it alive.
        let weak = Rc::downgrade(follower);
        let on_open = Closure::<dyn FnMut()>::new(move || {
            if let Some(follower) = weak.upgrade() {
                let mut follower = follower.borrow_mut();
                follower.failures = 0;
                let _ = follower.set_connected.try_set(true);
                if std::mem::replace(&mut follower.opened, true) {
                    let _ = follower.set_resumed.try_update(|times| *times += 1);
                }
            }
        });
        let weak = Rc::downgrade(follower);
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if let (Some(follower), Ok(sequence)) = (weak.upgrade(), event.last_event_id().parse::<i64>()) {
                let mut follower = follower.borrow_mut();
                follower.last = follower.last.max(sequence);
                let _ = follower.set_sequence.try_set(follower.last);
            }
        });
        let weak = Rc::downgrade(follower);
        let failed = source.clone();
        let on_error = Closure::<dyn FnMut()>::new(move || {
            if let Some(follower) = weak.upgrade() {
                let _ = follower.borrow().set_connected.try_set(false);
                if failed.ready_state() == EventSource::CLOSED {
                    start_anew(&follower);
                }
            }
        });
        let weak = Rc::downgrade(follower);
        let on_ended = Closure::<dyn FnMut()>::new(move || {
            let weak = Weak::clone(&weak);
            // Whoever has just logged out here is on their way elsewhere: only a page that stays is loaded anew.
            set_timeout(
                move || {
                    if weak.upgrade().is_some() {
                        let _ = window().location().reload();
                    }
                },
                ENDED_AFTER,
            );
        });
        let ended = source.add_event_listener_with_callback("ended", on_ended.as_ref().unchecked_ref());
        debug_assert!(ended.is_ok());
        source.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        source.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        source.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        follower.borrow_mut().stream = Some(Stream {
            source,
            _on_open: on_open,
            _on_message: on_message,
            _on_error: on_error,
            _on_ended: on_ended,
        });
    }

    fn start_anew(follower: &Rc<RefCell<Follower>>) {
        let wait = {
            let mut follower = follower.borrow_mut();
            let wait = BACKOFF[follower.failures.min(BACKOFF.len() - 1)];
            follower.failures += 1;
            wait
        };
        let weak = Rc::downgrade(follower);
        let timer = set_timeout_with_handle(
            move || {
                if let Some(follower) = weak.upgrade() {
                    connect(&follower);
                }
            },
            Duration::from_secs(wait),
        );
        follower.borrow_mut().timer = timer.ok();
    }
}
