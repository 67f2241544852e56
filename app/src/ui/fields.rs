//! Labelled fields: what was typed stays after a failure, and the error stands at the field.

use std::borrow::Cow;

use leptos::prelude::*;

use super::{
    form::{FormState, focus_at_first},
    icon::Icon,
};

/// The ids of a field's parts, from its form and name.
#[derive(Clone)]
pub(super) struct Ids {
    pub(super) field: String,
    pub(super) hint: String,
    pub(super) error: String,
}

impl Ids {
    pub(super) fn new(name: &str) -> Self {
        Self {
            field: format!("field-{name}"),
            hint: format!("field-{name}-hint"),
            error: format!("field-{name}-error"),
        }
    }

    /// For `aria-describedby`: the error first, since it is the news.
    pub(super) fn described_by(&self, has_hint: bool, has_error: bool) -> Option<String> {
        match (has_error, has_hint) {
            (true, true) => Some(format!("{} {}", self.error, self.hint)),
            (true, false) => Some(self.error.clone()),
            (false, true) => Some(self.hint.clone()),
            (false, false) => None,
        }
    }
}

/// What a field is called where it is sent: `answers.pets` is one of a list under `pets` of `answers`, whatever there is of it.
pub(super) fn sent(name: &str) -> Cow<'static, str> {
    match name.split_once('.') {
        Some((all, one)) => format!("{all}[{one}][]").into(),
        None => name.to_owned().into(),
    }
}

/// Label above, hint under it, the control, the error below.
pub(super) fn wrap(
    ids: &Ids,
    label: String,
    hint: String,
    optional: bool,
    error: Signal<Option<String>>,
    control: AnyView,
) -> AnyView {
    let hint = (!hint.is_empty()).then(|| view! { <p class="field-hint" id=ids.hint.clone()>{hint}</p> });
    view! {
        <div class="field" class:has-error=move || error.with(Option::is_some)>
            <label for=ids.field.clone()>
                {label} {optional.then(|| view! { <span class="field-optional">" (optional)"</span> })}
            </label>
            {hint}
            {control}
            {what_is_wrong(ids.error.clone(), error)}
        </div>
    }
    .into_any()
}

/// What is wrong, at its field.
pub(super) fn what_is_wrong(id: String, error: Signal<Option<String>>) -> AnyView {
    (move || error.get().map(|message| view! { <p class="field-error" id=id.clone()>{message}</p> })).into_any()
}

/// A one-line field.
#[component]
pub fn Field(
    /// The form that it is in.
    form: FormState,
    /// The argument of the server function.
    #[prop(into)]
    name: Cow<'static, str>,
    /// What it asks for.
    #[prop(into)]
    label: String,
    /// Helps to fill it in.
    #[prop(optional, into)]
    hint: String,
    /// The input's `type`.
    #[prop(default = "text")]
    type_: &'static str,
    /// For the browser's own suggestions.
    #[prop(optional, into)]
    autocomplete: Option<&'static str>,
    /// The keyboard that a phone offers.
    #[prop(optional, into)]
    inputmode: Option<&'static str>,
    /// May be left empty: the label says so.
    #[prop(optional)]
    optional: bool,
    /// The longest value that is taken.
    #[prop(default = 200)]
    maxlength: u16,
    /// What it holds before anybody typed.
    #[prop(optional, into)]
    value: String,
    /// Pale words for what is taken if it stays empty.
    #[prop(optional, into)]
    placeholder: MaybeProp<String>,
    /// It is what one came to the page for, and has the focus from the start.
    #[prop(optional)]
    autofocus: bool,
) -> impl IntoView {
    let ids = Ids::new(&name);
    if autofocus {
        focus_at_first(ids.field.clone());
    }
    let sent = sent(&name);
    let error = form.error(name.clone());
    // A password is typed again rather than sent back.
    let value = if type_ == "password" { value } else { form.value(&sent).unwrap_or(value) };
    let has_hint = !hint.is_empty();
    let describe = ids.clone();
    let remembered = sent.clone();
    let shown = RwSignal::new(false);
    let control = view! {
        <input
            class="input"
            id=ids.field.clone()
            name=sent.to_string()
            type=move || if shown.get() { "text" } else { type_ }
            value=value
            placeholder=move || placeholder.get()
            autocomplete=autocomplete
            inputmode=inputmode
            maxlength=maxlength.to_string()
            required=!optional
            autofocus=autofocus && form.message().with_untracked(Option::is_none) || form.is_only_at(&name)
            aria-invalid=move || error.with(Option::is_some).then_some("true")
            aria-describedby=move || describe.described_by(has_hint, error.with(Option::is_some))
            on:input=move |event| {
                if type_ != "password" {
                    form.remember(remembered.clone(), event_target_value(&event));
                }
            }
        />
    }
    .into_any();
    let control = if type_ == "password" { with_eye(control, shown) } else { control };
    wrap(&ids, label, hint, optional, error, control)
}

/// A day to choose. A browser without such fields shows a line to type it in, and the server reads what people type.
#[cfg(feature = "ssr")]
#[component]
pub fn DateField(
    /// The form that it is in.
    form: FormState,
    /// The argument of the server function.
    #[prop(into)]
    name: Cow<'static, str>,
    /// What it asks for.
    #[prop(into)]
    label: String,
    /// Helps to fill it in.
    #[prop(optional, into)]
    hint: String,
    /// The first day that can be meant.
    #[prop(optional, into)]
    min: Option<String>,
    /// The last.
    #[prop(optional, into)]
    max: Option<String>,
    /// What it holds before anybody chose.
    #[prop(optional, into)]
    value: String,
) -> impl IntoView {
    let ids = Ids::new(&name);
    let sent = sent(&name);
    let error = form.error(name.clone());
    let value = form.value(&sent).unwrap_or(value);
    let describe = ids.described_by(!hint.is_empty(), error.with_untracked(Option::is_some));
    let control = view! {
        <input
            class="input"
            id=ids.field.clone()
            name=sent.to_string()
            type="date"
            min=min
            max=max
            value=value
            autofocus=form.is_only_at(&name)
            aria-invalid=move || error.with(Option::is_some).then_some("true")
            aria-describedby=describe
        />
    }
    .into_any();
    wrap(&ids, label, hint, false, error, control)
}

/// A password's field with a button that shows what is typed, or hides it again.
fn with_eye(field: AnyView, shown: RwSignal<bool>) -> AnyView {
    #[cfg(feature = "ssr")]
    if super::assets::is_plain_page() {
        return view! { <div class="password-field">{field}<super::assets::Eye/></div> }.into_any();
    }
    view! {
        <div class="password-field">
            {field}
            <button
                type="button"
                class="btn-icon needs-js"
                aria-label="Show password"
                aria-pressed=move || if shown.get() { "true" } else { "false" }
                on:click=move |_| shown.update(|shown| *shown = !*shown)
            >
                <Icon name="eye"/>
            </button>
        </div>
    }
    .into_any()
}

/// A field of several lines.
#[component]
pub fn TextArea(
    /// The form that it is in.
    form: FormState,
    /// The argument of the server function.
    #[prop(into)]
    name: Cow<'static, str>,
    /// What it asks for.
    #[prop(into)]
    label: String,
    /// Helps to fill it in.
    #[prop(optional, into)]
    hint: String,
    /// May be left empty: the label says so.
    #[prop(optional)]
    optional: bool,
    /// How many lines it shows.
    #[prop(default = 3)]
    rows: u8,
    /// The longest value that is taken.
    #[prop(default = 2000)]
    maxlength: u16,
    /// What it holds before anybody typed.
    #[prop(optional, into)]
    value: String,
) -> impl IntoView {
    let ids = Ids::new(&name);
    let sent = sent(&name);
    let error = form.error(name.clone());
    let has_hint = !hint.is_empty();
    let describe = ids.clone();
    let typed = sent.clone();
    let control = view! {
        <textarea
            class="input"
            id=ids.field.clone()
            name=sent.to_string()
            rows=rows.to_string()
            maxlength=maxlength.to_string()
            required=!optional
            autofocus=form.is_only_at(&name)
            aria-invalid=move || error.with(Option::is_some).then_some("true")
            aria-describedby=move || describe.described_by(has_hint, error.with(Option::is_some))
            on:input=move |event| form.remember(typed.clone(), event_target_value(&event))
        >
            {as_text(form.value(&sent).unwrap_or(value))}
        </textarea>
    };
    wrap(&ids, label, hint, optional, error, control.into_any())
}

/// The text of a `textarea` as the server has to write it: the framework leaves it as it is, so a `</textarea>` in it
/// would end the field and begin whatever follows.
#[cfg(feature = "ssr")]
pub(crate) fn as_text(text: String) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// In the browser it is text already.
#[cfg(not(feature = "ssr"))]
fn as_text(text: String) -> String {
    text
}

/// A choice among a few.
#[component]
pub fn Select(
    /// The form that it is in.
    form: FormState,
    /// The argument of the server function.
    #[prop(into)]
    name: Cow<'static, str>,
    /// What it asks for.
    #[prop(into)]
    label: String,
    /// Helps to choose.
    #[prop(optional, into)]
    hint: String,
    /// Value and label of each choice.
    options: Vec<(String, String)>,
    /// The value chosen before anybody chose.
    #[prop(optional, into)]
    value: String,
) -> impl IntoView {
    let ids = Ids::new(&name);
    let sent = sent(&name);
    let error = form.error(name.clone());
    let chosen = form.value(&sent).unwrap_or(value);
    let has_hint = !hint.is_empty();
    let describe = ids.clone();
    let typed = sent.clone();
    let options = options
        .into_iter()
        .map(|(value, label)| {
            let selected = value == chosen;
            view! { <option value=value selected=selected>{label}</option> }
        })
        .collect_view();
    let control = view! {
        <select
            class="input"
            id=ids.field.clone()
            name=sent.to_string()
            autofocus=form.is_only_at(&name)
            aria-invalid=move || error.with(Option::is_some).then_some("true")
            aria-describedby=move || describe.described_by(has_hint, error.with(Option::is_some))
            on:change=move |event| form.remember(typed.clone(), event_target_value(&event))
        >
            {options}
        </select>
    };
    wrap(&ids, label, hint, false, error, control.into_any())
}
