//! The form by which a picture is sent. It is sent as a file, so that it doesn’t come back with what was chosen: why a picture isn’t taken
//! stands in the address that the form leads back to.

use leptos::prelude::*;

use super::forgery::forgery_field;

/// Said where the session is another than the page’s: that is no fault of the file’s.
pub const SENT_TOO_LATE: &str =
    "You logged in again since this page was opened, so nothing was done. Please send it again.";

const REFUSED: &[(&str, &str)] = &[
    (
        "large",
        "That picture is too large: at most 512 KB, 2,048 pixels each way, and 16 MB unpacked. A smaller copy of it will do.",
    ),
    ("picture", "That is no PNG, JPEG or WebP picture that we can read."),
    ("none", "Choose a file first."),
];

/// Why the picture that was sent isn’t taken.
#[derive(Debug)]
pub struct RefusedPicture {
    /// For people.
    pub words: &'static str,
    /// What its file is called; empty where that isn’t known.
    pub file: String,
}

impl RefusedPicture {
    /// Reads it from what the address says.
    pub fn read(why: Option<&str>, file: Option<String>) -> Option<Self> {
        let (name, words) = REFUSED.iter().find(|(name, _)| Some(*name) == why)?;
        // What holds nothing was hardly chosen.
        Some(Self { words, file: file.filter(|_| *name != "none").unwrap_or_default() })
    }
}

/// What a form for a picture says.
#[derive(Debug)]
pub struct PictureForm {
    /// Where it goes.
    pub to: String,
    /// What the module that takes it reads beside the file; empty: nothing.
    pub kind: String,
    /// The field’s name.
    pub name: &'static str,
    /// What the picture is.
    pub label: &'static str,
    /// Where it is shown.
    pub shown: &'static str,
    /// The button’s class.
    pub button: &'static str,
}

/// The form. As with every form that fails, what is wrong is said at the field, which has the focus, and read out from the top of the form.
/// A browser never gives a file back, so what it was called is told.
pub fn picture_form(form: PictureForm, refused: Option<RefusedPicture>) -> AnyView {
    let PictureForm { to, kind, name, label, shown, button } = form;
    let id = format!("field-{name}");
    let [hint_id, error_id] = ["hint", "error"].map(|part| format!("{id}-{part}"));
    let is_wrong = refused.is_some();
    let described = if is_wrong { format!("{error_id} {hint_id}") } else { hint_id.clone() };
    let (summary, error) = refused
        .map(|RefusedPicture { words, file }| {
            let at_field = if file.is_empty() { words.to_owned() } else { format!("You chose “{file}”. {words}") };
            (
                view! { <div class="notice notice-error" role="alert"><p>{words}</p></div> },
                view! { <p class="field-error wrap-anywhere" id=error_id>{at_field}</p> },
            )
        })
        .unzip();
    let kind = (!kind.is_empty()).then(|| view! { <input type="hidden" name="kind" value=kind/> });
    let hint = format!("PNG, JPEG or WebP, up to 512 KB and 2,048 pixels each way. {shown}");
    view! {
        <form action=to method="post" enctype="multipart/form-data" class="stack">
            {summary}
            {forgery_field()}
            {kind}
            <div class="field" class:has-error=is_wrong>
                <label class="field-label" for=id.clone()>{label}</label>
                <p class="field-hint" id=hint_id>{hint}</p>
                <input id=id class="input" type="file" name=name accept="image/png,image/jpeg,image/webp" autofocus=is_wrong aria-invalid=is_wrong.then_some("true") aria-describedby=described/>
                {error}
            </div>
            <div class="form-actions"><button type="submit" class=button>"Use this picture"</button></div>
        </form>
    }
    .into_any()
}
