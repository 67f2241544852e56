//! The design system: the few parts that every page is made of. Colours and sizes are in `style/tokens.css`.

#[cfg(feature = "ssr")]
pub mod asking;
#[cfg(feature = "ssr")]
pub mod assets;
pub mod attention;
#[cfg(feature = "ssr")]
pub mod chart;
mod choices;
#[cfg(feature = "ssr")]
mod confirm;
mod controls;
mod copy;
mod dialog;
mod error_view;
mod fields;
pub mod forgery;
mod form;
mod icon;
mod live;
mod looking;
#[cfg(feature = "ssr")]
mod markup;
#[cfg(feature = "dashboard")]
mod palette;
#[cfg(feature = "ssr")]
mod picture;
mod post;
mod settings;
mod shell;
#[cfg(feature = "ssr")]
mod step;
mod surfaces;
mod title;
mod toasts;
mod url;

pub use choices::{Checkbox, Checkboxes, Choice, GroupedSelect, radio_cards};
#[cfg(feature = "ssr")]
pub use choices::{periods, plan_cards};
#[cfg(feature = "ssr")]
pub use confirm::{confirmed_by, folded_by};
pub use controls::{Button, Kind, LinkButton, SubmitButton};
pub use copy::{CopyField, copying};
pub use dialog::Dialog;
#[cfg(feature = "ssr")]
pub use error_view::runs_platform;
pub use error_view::{ErrorView, LogInFirst};
#[cfg(feature = "ssr")]
pub use fields::DateField;
#[cfg(feature = "ssr")]
pub(crate) use fields::as_text;
pub use fields::{Field, Select, TextArea};
pub use forgery::Sender;
pub use form::{ActForm, FailedForm, FormMessage, FormState, OrgForm, ShownOnce, answer_of, times_accepted};
pub use icon::{Icon, Logo};
pub use live::{LiveBadge, LiveState, use_live};
#[cfg(feature = "ssr")]
pub use markup::{empty_markup, empty_with, icon_markup, logo_markup};
#[cfg(feature = "ssr")]
pub(crate) use palette::matching;
#[cfg(feature = "ssr")]
pub use picture::{PictureForm, RefusedPicture, SENT_TOO_LATE, picture_form};
#[cfg(feature = "ssr")]
pub use post::Form;
pub use post::{Post, PostForm};
pub use settings::{DoneNotice, SettingsFrame, SettingsHead, org_of_address, secret_shown_once, settings_page};
pub use shell::{AccountFrame, DashboardShell, NarrowFrame, PublicFrame};
#[cfg(feature = "ssr")]
pub use step::step;
pub use surfaces::{Badge, Card, Empty, Notice, PageHeader, Skeleton, Table, Tone, Waiting, awaited};
pub use title::PageTitle;
pub use toasts::{ToastRack, Toasts};
pub use url::{given, is_local_path, next_in, next_of_address, text_file, with_query};

use leptos::prelude::*;

/// A page's program was led to an address that it doesn't know: the server is asked for it, which knows more. `false` while the
/// browser is still taking over what the server wrote.
#[cfg(feature = "hydrate")]
pub fn ask_server() -> bool {
    if !document().document_element().is_some_and(|root| root.has_attribute("data-hydrated")) {
        return false;
    }
    // The browser's own address, once the router has set it: after a form's answer led here the router's is still that of the form.
    set_timeout(
        || {
            // Where it can't be left, the page stays empty.
            let _ = window().location().reload();
        },
        std::time::Duration::ZERO,
    );
    true
}

/// Marks the document once the browser has taken over: tests wait for `data-hydrated`, and styles may tell it apart.
#[component]
pub fn Hydrated() -> impl IntoView {
    Effect::new(|| {
        if let Some(root) = document().document_element() {
            // A page that can't be marked still works.
            let _ = root.set_attribute("data-hydrated", "true");
        }
    });
}
