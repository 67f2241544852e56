//! Forms that fail the same way with and without JavaScript.
//!
//! With it, the answer is the [`ServerAction`]'s value and the fields still hold what was typed. Without it, the server
//! renders the page again with a [`FailedForm`] in the context, which reaches hydration unchanged. [`FormState`] joins
//! the two.

use std::{borrow::Cow, collections::HashMap};

use leptos::{
    form::ActionForm,
    html,
    prelude::*,
    server_fn::{Http, ServerFn, client::Client, codec::PostUrl, request::ClientReq},
    wasm_bindgen::JsCast,
    web_sys::{FormData, HtmlElement},
};
use leptos_router::{hooks::use_url, location::Url};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{error_view::log_in_from, forgery::forgery_field, looking::fields, post::Post};
use crate::{
    error::{AppError, Code},
    packed::Packing,
};

/// A form that was sent without JavaScript and refused: the server provides it as context when it renders the page again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedForm {
    /// The server function's address, e.g. `/fn/calendar/book`.
    pub path: String,
    /// What was sent, in order; without passwords.
    pub values: Vec<(String, String)>,
    /// Why it was refused.
    pub error: AppError,
}

/// The answer to a form that was sent without JavaScript, shown this once: the server provides it as context when it
/// renders the page again.
#[derive(Debug, Clone)]
pub struct ShownOnce<T>(pub T);

/// What a form's server function answered, with and without JavaScript. Make it where the [`FormState`] is made. Without
/// JavaScript the function has to say so, with `request::show_once`.
pub fn answer_of<S>(action: ServerAction<S>) -> Signal<Option<S::Output>>
where
    S: ServerFn<Error = AppError> + Clone + Send + Sync + 'static,
    S::Output: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
{
    let done = SharedValue::new(|| use_context::<ShownOnce<S::Output>>().map(|shown| shown.0));
    let done = StoredValue::new(done.into_inner());
    let answer = action.value();
    Signal::derive(move || match answer.get() {
        Some(answer) => answer.ok(),
        None => done.try_get_value().flatten(),
    })
}

/// How often the form was accepted: what depends on it is read again, and what was typed stays after a refusal.
pub fn times_accepted<S>(action: ServerAction<S>) -> Memo<usize>
where
    S: ServerFn<Error = AppError> + Clone + Send + Sync + 'static,
    S::Output: Clone + Send + Sync + 'static,
{
    let answer = action.value();
    Memo::new(move |before: Option<&usize>| {
        let accepted = answer.with(|answer| matches!(answer, Some(Ok(_))));
        before.copied().unwrap_or(0) + usize::from(accepted)
    })
}

/// Where a form stands. Make it in the body of the route's component, not inside a `Suspense`: the server's part is
/// matched to the browser's by the order in which they are made.
#[derive(Clone, Copy)]
pub struct FormState {
    /// The server function's address.
    path: &'static str,
    failed: StoredValue<Option<FailedForm>>,
    /// What was typed since, so that it is there again when the form was away for a moment.
    typed: StoredValue<HashMap<Cow<'static, str>, Vec<String>>>,
    refusal: Signal<Option<AppError>>,
    pending: Signal<bool>,
    accepted: Signal<bool>,
}

impl FormState {
    /// The state of the form that sends this action.
    pub fn new<S>(action: ServerAction<S>) -> Self
    where
        S: ServerFn<Error = AppError> + Clone + Send + Sync + 'static,
        S::Output: Clone + Send + Sync + 'static,
    {
        let (answer, pending) = (action.value(), action.pending());
        let answer = Signal::derive(move || {
            answer.with(|answer| answer.as_ref().map(|answer| answer.as_ref().map(|_| ()).map_err(Clone::clone)))
        });
        Self::of(S::url(), answer, Signal::derive(move || pending.get()))
    }

    /// The state of a form that is sent as it is.
    pub fn of_post(post: Post) -> Self {
        Self::of(post.path, post.answer.into(), post.pending.into())
    }

    fn of(path: &'static str, answer: Signal<Option<Result<(), AppError>>>, pending: Signal<bool>) -> Self {
        let failed = SharedValue::<_, Packing>::new_with_encoding(|| {
            use_context::<FailedForm>().filter(|failed| failed.path == path)
        });
        let failed = StoredValue::new(failed.into_inner());
        let refusal = Signal::derive(move || match answer.get() {
            Some(answer) => answer.err(),
            None => failed.try_with_value(|failed| failed.as_ref().map(|failed| failed.error.clone())).flatten(),
        });
        let accepted = Signal::derive(move || answer.with(|answer| matches!(answer, Some(Ok(())))));
        let typed = StoredValue::new(HashMap::new());
        // What was accepted is done with: the form's next use begins empty.
        Effect::new(move || {
            if accepted.get() {
                typed.update_value(HashMap::clear);
            }
        });
        Self { path, failed, typed, refusal, pending, accepted }
    }

    /// What was typed in this field, or was sent where the server rendered the page again after refusing it.
    pub fn value(&self, name: &str) -> Option<String> {
        self.values(name).and_then(|values| values.into_iter().next())
    }

    /// Remembers what is in this field.
    pub fn remember(&self, name: impl Into<Cow<'static, str>>, value: String) {
        self.remember_all(name, vec![value]);
    }

    /// Remembers all that is chosen under this name.
    pub fn remember_all(&self, name: impl Into<Cow<'static, str>>, values: Vec<String>) {
        // The form may be gone already: then there is nothing to remember it for.
        let _ = self.typed.try_update_value(|typed| typed.insert(name.into(), values));
    }

    /// All that was chosen under this name, or was sent, in order, where the server rendered the page again after refusing it.
    pub fn values(&self, name: &str) -> Option<Vec<String>> {
        if let Some(typed) = self.typed.try_with_value(|typed| typed.get(name).cloned()).flatten() {
            return Some(typed);
        }
        let find = |failed: &Option<FailedForm>| {
            let values = failed.as_ref()?.values.iter();
            Some(values.filter(|(field, _)| field == name).map(|(_, value)| value.clone()).collect())
        };
        self.failed.try_with_value(find).flatten()
    }

    /// The version to send: the one that was read; or, after a refusal that told what holds now, that one, so that
    /// sending it again is a decision. What was refused for another reason keeps the version that it was typed from: the page that
    /// comes back is read anew, and may be newer.
    pub fn version(&self, read: i64) -> Signal<String> {
        let (refusal, sent) = (self.refusal, self.value("version"));
        Signal::derive(move || {
            refusal.with(|error| match error {
                Some(AppError { version: Some(told), .. }) => told.to_string(),
                Some(_) => sent.clone().unwrap_or_else(|| read.to_string()),
                None => read.to_string(),
            })
        })
    }

    /// What is wrong with this field.
    pub fn error(&self, name: impl Into<Cow<'static, str>>) -> Signal<Option<String>> {
        let (refusal, name) = (self.refusal, name.into());
        Signal::derive(move || {
            refusal.with(|refusal| refusal.as_ref().and_then(|error| error.field_message(&name)).map(ToOwned::to_owned))
        })
    }

    /// This field is all that is wrong: the page begins there.
    pub(super) fn is_only_at(&self, name: &str) -> bool {
        self.refusal.with_untracked(|refusal| refusal.as_ref().and_then(only_field) == Some(name))
    }

    /// Why the form was refused.
    pub fn message(&self) -> Signal<Option<AppError>> {
        self.refusal
    }

    /// The answer is awaited.
    pub fn pending(&self) -> bool {
        self.pending.get()
    }

    /// The answer is awaited, or was yes and leads to another page: nothing is left to press.
    pub fn busy(&self) -> bool {
        self.pending.get() || self.accepted.get()
    }

    /// The same form where a yes doesn't lead away: it can be sent again.
    #[must_use]
    pub fn staying(self) -> Self {
        Self { accepted: Signal::stored(false), ..self }
    }
}

/// Why the form was refused, on top of it. Of several fields it links to each, and takes the focus; a single one takes it
/// itself, and says there what is wrong. Whoever was logged out meanwhile logs in beside it, and loses nothing.
#[component]
pub fn FormMessage(
    /// The form's state.
    form: FormState,
) -> impl IntoView {
    let message = form.message();
    let summary = NodeRef::<html::Div>::new();
    let url = use_url();
    Effect::new(move || {
        if message.with(Option::is_some)
            && let Some(summary) = summary.get()
        {
            let field = message.with(|error| error.as_ref().and_then(only_field).map(id_of));
            if !field.is_some_and(|id| focus(&id)) {
                // If it can't be focused it is still announced.
                let _ = summary.focus();
            }
        }
    });
    move || {
        message.get().map(|error| {
            let at_field = only_field(&error).is_some();
            let links = (error.fields.len() > 1).then(|| {
                let links = error
                    .fields
                    .into_iter()
                    .map(|field| {
                        let id = id_of(&field.field);
                        let href = format!("#{id}");
                        let go = move |_| {
                            focus(&id);
                        };
                        view! { <li><a href=href on:click=go>{field.message}</a></li> }
                    })
                    .collect_view();
                view! { <ul>{links}</ul> }
            });
            let ended = error.code == Code::Unauthenticated;
            let log_in = ended.then(|| url.with_untracked(|url| beside(form, url))).flatten();
            view! {
                <div class="notice notice-error" role="alert" tabindex="-1" autofocus=!at_field node_ref=summary>
                    <p>{error.message}</p>
                    {log_in.map(|log_in| view! {
                        <p><a href=log_in target="_blank">"Log in in a new tab"</a>", then send this again. What you typed stays here."</p>
                    })}
                    {links}
                </div>
            }
        })
    }
}

/// The log-in, for a form that isn’t itself about who one is.
fn beside(form: FormState, url: &Url) -> Option<String> {
    let itself = url.path().starts_with("/login") || form.path.starts_with("/fn/auth/passkey");
    (!itself).then(|| log_in_from(url))
}

/// The field that all of it is about.
fn only_field(error: &AppError) -> Option<&str> {
    if let [field] = error.fields.as_slice() { Some(&field.field) } else { None }
}

fn id_of(field: &str) -> String {
    format!("field-{field}")
}

/// Focuses it, and says whether it could. The router takes a click on a link to it for itself, and moves the page but not
/// the focus.
fn focus(id: &str) -> bool {
    let field = document().get_element_by_id(id).and_then(|field| field.dyn_into::<HtmlElement>().ok());
    field.is_some_and(|field| field.focus().is_ok())
}

/// Focuses this field once it is in the page, unless somebody is at something already.
pub(super) fn focus_at_first(id: String) {
    Effect::new(move || {
        let id = id.clone();
        request_animation_frame(move || {
            if document().active_element().is_none_or(|at| at.tag_name() == "BODY") {
                focus(&id);
            }
        });
    });
}

/// An [`ActionForm`] of ours: what is typed is checked by the server, so that the messages are ours, and it carries the token
/// against forged requests.
#[component]
pub fn ActForm<ServFn, OutputProtocol>(
    /// What it sends.
    action: ServerAction<ServFn>,
    /// Its classes.
    #[prop(optional)]
    class: &'static str,
    /// It is about whoever sends it, and for who only looks, too.
    #[prop(optional)]
    own: bool,
    /// The rest of the form.
    children: Children,
) -> impl IntoView
where
    ServFn: DeserializeOwned + ServerFn<Protocol = Http<PostUrl, OutputProtocol>> + Clone + Send + Sync + 'static,
    <<ServFn::Client as Client<ServFn::Error>>::Request as ClientReq<ServFn::Error>>::FormData: From<FormData>,
    <ServFn as ServerFn>::Client: Client<<ServFn as ServerFn>::Error>,
    ServFn::Output: Send + Sync + 'static,
    ServFn::Error: Send + Sync + 'static,
    OutputProtocol: 'static,
{
    view! {
        <ActionForm action=action attr:class=class attr:novalidate=true>
            {forgery_field()}
            {if own { children().into_any() } else { fields(children) }}
        </ActionForm>
    }
}

/// An [`ActForm`] in the dashboard: it says which organisation is meant, so that two tabs can't be mixed up.
#[component]
pub fn OrgForm<ServFn, OutputProtocol>(
    /// What it sends.
    action: ServerAction<ServFn>,
    /// The organisation's slug.
    #[prop(into)]
    org: String,
    /// The rest of the form.
    children: Children,
) -> impl IntoView
where
    ServFn: DeserializeOwned + ServerFn<Protocol = Http<PostUrl, OutputProtocol>> + Clone + Send + Sync + 'static,
    <<ServFn::Client as Client<ServFn::Error>>::Request as ClientReq<ServFn::Error>>::FormData: From<FormData>,
    <ServFn as ServerFn>::Client: Client<<ServFn as ServerFn>::Error>,
    ServFn::Output: Send + Sync + 'static,
    ServFn::Error: Send + Sync + 'static,
    OutputProtocol: 'static,
{
    view! {
        <ActForm action=action>
            <input type="hidden" name="org" value=org/>
            {children()}
        </ActForm>
    }
}
