//! Line icons and the logo, inline: no request, and they take the text's colour.

use leptos::prelude::*;

/// An icon by name; an unknown name gives a plain dot, so that a module's new icon can't break a page.
#[component]
pub fn Icon(
    /// One of the names below.
    #[prop(into)]
    name: String,
) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d=outline(&name)></path>
        </svg>
    }
}

/// The path of an icon on a 24 by 24 grid, drawn with a stroke.
pub(super) fn outline(name: &str) -> &'static str {
    match name {
        "calendar" => "M5 5.5h14v14H5zM5 10h14M8.5 3.5v4M15.5 3.5v4",
        "chart" => "M5 19.5V13M10 19.5V8M15 19.5v-5M20 19.5V4.5M3 19.5h18",
        "tasks" | "list" => "M4 6.5l1.5 1.5L8 5M11 6.5h9M4 12.5l1.5 1.5L8 11M11 12.5h9M4 18.5l1.5 1.5L8 17M11 18.5h9",
        "settings" => "M4 7h9M17 7h3M4 17h3M11 17h9M13 4.5v5M7 14.5v5",
        "users" | "user" => "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5c.6-4 3.6-6 7.5-6s6.9 2 7.5 6",
        "search" => "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l4.5 4.5",
        "clock" => "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3.5 2",
        "pin" => {
            "M12 21.5c4.5-4.5 7-8 7-11.5a7 7 0 1 0-14 0c0 3.5 2.5 7 7 11.5zM12 12.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z"
        }
        "phone" => {
            "M6 3.5h3.5l1.5 5-2.5 1.5c1 2.5 3 4.5 5.5 5.5l1.5-2.5 5 1.5V18c0 1.5-1 2.5-2.5 2.5C10.5 20.5 3.5 13.5 3.5 6 3.5 4.5 4.5 3.5 6 3.5z"
        }
        "mail" => "M3.5 6h17v12.5h-17zM3.5 7l8.5 6.5L20.5 7",
        "note" => "M6 3.5h9l4 4v13H6zM9.5 11h6M9.5 15h6",
        "left" => "M14.5 5.5L8 12l6.5 6.5",
        "right" => "M9.5 5.5L16 12l-6.5 6.5",
        "down" => "M5.5 9.5L12 16l6.5-6.5",
        "back" => "M19.5 12h-15M10.5 6l-6 6 6 6",
        "check" => "M5 12.5l4.5 4.5L19 7.5",
        "alert" => "M12 4l9 16H3zM12 10v4.5M12 17v.2",
        "flag" => "M6 21V4M6 5h11l-2.5 4L17 13H6",
        "info" => "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5.5M12 7.5v.2",
        "close" => "M6 6l12 12M18 6L6 18",
        "plus" => "M12 5v14M5 12h14",
        "globe" => {
            "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM3 12h18M12 3c3 3 3.5 6 3.5 9s-.5 6-3.5 9c-3-3-3.5-6-3.5-9s.5-6 3.5-9z"
        }
        "log-out" => "M10 4H5v16h5M15.5 8l4 4-4 4M19.5 12H9.5",
        "card" => "M3.5 6h17v12.5h-17zM3.5 10h17M7 15h4",
        "copy" => "M9 8.5h10.5V20H9zM6 15.5H4.5V4H15v1.5",
        "key" => "M8 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 12h9v3.5M17 12v2.5",
        "up" => "M5.5 14.5L12 8l6.5 6.5",
        "circle" => "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16z",
        "eye" => {
            "M2.5 12c2-4 5.5-6.5 9.5-6.5s7.5 2.5 9.5 6.5c-2 4-5.5 6.5-9.5 6.5S4.5 16 2.5 12zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z"
        }
        "eye-off" => {
            "M4 4l16 16M9.5 5.8A9 9 0 0 1 21.5 12a14 14 0 0 1-2.6 3.4M6.5 7.6A14 14 0 0 0 2.5 12c2 4 5.5 6.5 9.5 6.5 1.5 0 3-.4 4.3-1"
        }
        "star" => "M12 4l2.4 5 5.6.7-4.1 3.9 1.1 5.6-5-2.8-5 2.8 1.1-5.6L4 9.7 9.6 9z",
        "trophy" | "scoreboard" => {
            "M8 4h8v5a4 4 0 0 1-8 0zM8 5.5H4.5c0 3 1.5 4.5 3.8 4.7M16 5.5h3.5c0 3-1.5 4.5-3.8 4.7M12 13v3.5M8.5 20l.5-3.5h6l.5 3.5z"
        }
        "flame" => "M12 3c.5 3.5 5 5.5 5 10.5a5 5 0 0 1-10 0c0-2.5 1.5-4 2.5-5 .2 1.5 1 2.5 2 2.5 1.2-2 .5-5 .5-8z",
        "shop" => "M4 9.5V20h16V9.5M3 9.5L5 4h14l2 5.5zM9.5 20v-6h5v6",
        "screen" => "M3.5 5h17v11.5h-17zM8.5 20.5h7M12 16.5v4",
        "lock" => "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
        "server" => "M4 4.5h16V11H4zM4 13h16v6.5H4zM7.5 7.7v.1M7.5 16.2v.1",
        _ => "M12 13.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3z",
    }
}

/// The path of the mark, on a 32 by 32 grid.
pub(super) const LOGO: &str = "M8 6.5h7.5a9.5 9.5 0 0 1 0 19H8zM12 21.5c5.6.4 8.8-3.4 8.4-11-5.6.4-8.8 4.6-8.4 11z";

/// The mark, a D whose opening is a gum leaf, and the name beside it.
#[component]
pub fn Logo() -> impl IntoView {
    view! {
        <span class="logo">
            <svg class="logo-mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
                <rect width="32" height="32" rx="8"></rect>
                <path fill-rule="evenodd" d=LOGO></path>
            </svg>
            <span class="logo-word">"Devalo"</span>
        </span>
    }
}
