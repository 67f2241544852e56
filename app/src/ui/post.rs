//! Forms that the browser sends on as they are, without a program that knows their fields: an
//! [`ActionForm`](leptos::form::ActionForm) brings a reader and a writer of its own for each, which the public pages would
//! make every visitor load.

use leptos::{ev::SubmitEvent, prelude::*, server_fn::ServerFn};

#[cfg(feature = "ssr")]
use super::form::FormState;
use super::{forgery::forgery_field, looking::fields};
use crate::error::AppError;

/// A form whose acceptance leads to another page: where it is sent, and what came of it.
#[derive(Debug, Clone, Copy)]
pub struct Post {
    /// The server function's address.
    pub(super) path: &'static str,
    pub(super) pending: RwSignal<bool>,
    pub(super) answer: RwSignal<Option<Result<(), AppError>>>,
    accepted: RwSignal<usize>,
}

impl Post {
    /// A form for this server function; its fields are the function's arguments.
    pub fn to<S: ServerFn<Output = (), Error = AppError>>() -> Self {
        Self { path: S::url(), pending: RwSignal::new(false), answer: RwSignal::new(None), accepted: RwSignal::new(0) }
    }

    /// How often it was accepted: what depends on it is read again.
    pub fn times_accepted(self) -> usize {
        self.accepted.get()
    }

    /// Sends the form that is being submitted, with the button that was pressed, if it is this one: for markup that the server wrote, in
    /// which no program looks after each form.
    pub fn submit(self, event: SubmitEvent) {
        #[cfg(feature = "hydrate")]
        if browser::is_for(self, &event) {
            event.prevent_default();
            browser::submit(self, &event);
        }
        #[cfg(not(feature = "hydrate"))]
        let _ = event;
    }

    /// Forgets what came of it.
    pub fn forget(self) {
        self.answer.set(None);
    }
}

/// A form of a page that the server writes alone: where it goes, and where it stands.
#[cfg(feature = "ssr")]
#[derive(Clone, Copy)]
pub struct Form {
    /// Where it goes.
    pub post: Post,
    /// Where it stands.
    pub state: FormState,
}

#[cfg(feature = "ssr")]
impl Form {
    /// A form that goes there.
    pub fn of(post: Post) -> Self {
        Self { post, state: FormState::of_post(post) }
    }
}

/// The form itself. Without JavaScript the browser sends it.
#[component]
pub fn PostForm(
    /// Where it goes.
    post: Post,
    /// Its classes.
    #[prop(optional, into)]
    class: Option<&'static str>,
    /// Its fields; all are checked by the server, so that the messages are ours.
    children: Children,
) -> AnyView {
    view! {
        <form action=post.path method="post" class=class novalidate=true on:submit=move |event| post.submit(event)>
            {forgery_field()}
            {fields(children)}
        </form>
    }
    .into_any()
}

#[cfg(feature = "hydrate")]
mod browser {
    use gloo_net::http::Request;
    use leptos::{
        ev::SubmitEvent,
        prelude::{FromServerFnError, GetUntracked, Set, Update},
        server_fn::{
            Decodes,
            error::ServerFnErrorErr,
            redirect::{REDIRECT_HEADER, call_redirect_hook},
        },
        task::spawn_local,
        wasm_bindgen::JsCast,
        web_sys::{FormData, HtmlFormElement, UrlSearchParams},
    };

    use super::Post;
    use crate::{error::AppError, packed::Packing, ui::forgery};

    /// Sends the form, unless it is under way already.
    pub(super) fn submit(post: Post, event: &SubmitEvent) {
        if post.pending.get_untracked() {
            return;
        }
        let fields = fields(event);
        post.pending.set(true);
        spawn_local(async move {
            let answer = match fields {
                Some(fields) => send(post.path, fields).await,
                None => Err(AppError::bad_request("We couldn’t read that form. Please load the page again.")),
            };
            // The page may be another by now: then nobody waits for the answer.
            post.pending.try_set(false);
            if answer.is_ok() {
                post.accepted.try_update(|accepted| *accepted += 1);
            }
            post.answer.try_set(Some(answer));
        });
    }

    /// The form goes where this one does.
    pub(super) fn is_for(post: Post, event: &SubmitEvent) -> bool {
        form(event).and_then(|form| form.get_attribute("action")).is_some_and(|action| action == post.path)
    }

    fn form(event: &SubmitEvent) -> Option<HtmlFormElement> {
        event.target()?.dyn_into().ok()
    }

    /// What the form holds, as it would be sent without a script.
    fn fields(event: &SubmitEvent) -> Option<UrlSearchParams> {
        let data = FormData::new_with_form(&form(event)?).ok()?;
        if let Some(pressed) = event.submitter()
            && let (Some(name), Some(value)) = (pressed.get_attribute("name"), pressed.get_attribute("value"))
        {
            data.append_with_str(&name, &value).ok()?;
        }
        UrlSearchParams::new_with_str_sequence_sequence(&data).ok()
    }

    /// Sends it, and goes where the answer leads.
    async fn send(path: &str, fields: UrlSearchParams) -> Result<(), AppError> {
        let lost =
            |error: gloo_net::Error| AppError::from_server_fn_error(ServerFnErrorErr::Request(error.to_string()));
        let mut request = Request::post(path).header("accept", "application/octet-stream");
        if let Some(token) = forgery::token() {
            request = request.header(forgery::HEADER, &token);
        }
        let request = request.body(fields).map_err(lost)?;
        let response = request.send().await.map_err(lost)?;
        let leads_to = response.headers().get(REDIRECT_HEADER).and_then(|_| response.headers().get("location"));
        let body = response.binary().await.map_err(lost)?.into();
        if response.ok() {
            <Packing as Decodes<()>>::decode(body)
                .map_err(|error| AppError::from_server_fn_error(ServerFnErrorErr::Response(error.to_string())))?;
        } else {
            return Err(<Packing as Decodes<AppError>>::decode(body).unwrap_or_else(|error| {
                AppError::from_server_fn_error(ServerFnErrorErr::Response(error.to_string()))
            }));
        }
        if let Some(leads_to) = leads_to {
            call_redirect_hook(&leads_to);
        }
        Ok(())
    }
}
