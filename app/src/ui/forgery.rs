//! Every form of somebody who is logged in carries a token that only our own pages know, beside what the browser says of where
//! it comes from: a form of another site’s can be sent, but not with it.
//!
//! Without JavaScript it is a field of the form. With it, a header, from a cookie that only our own pages can read.

use leptos::{
    prelude::*,
    server_fn::{
        Bytes,
        client::{Client, browser::BrowserClient},
        error::FromServerFnError,
        request::browser::BrowserRequest,
        response::browser::BrowserResponse,
    },
};

/// The field of a form that carries the token.
pub const FIELD: &str = "csrf";
/// The header that carries it.
pub const HEADER: &str = "x-csrf-token";
/// The cookie that our pages read it from; the first over https, where a name can be kept to this host.
pub const COOKIES: [&str; 2] = ["__Host-devalo-csrf", "devalo_csrf"];

/// The token, in a form. Empty for who isn’t logged in, and where a program sends the form with the header.
pub fn forgery_field() -> impl IntoView {
    #[cfg(feature = "ssr")]
    let token = crate::request::forgery_token();
    #[cfg(not(feature = "ssr"))]
    let token = "";
    view! { <input type="hidden" name=FIELD value=token/> }
}

/// Sends what changes something, with the token; and says so where a page asks for something by itself.
pub struct Sender;

impl<E, I, O> Client<E, I, O> for Sender
where
    BrowserClient: Client<E, I, O, Request = BrowserRequest, Response = BrowserResponse>,
    E: FromServerFnError,
{
    type Request = BrowserRequest;
    type Response = BrowserResponse;

    fn send(request: BrowserRequest) -> impl Future<Output = Result<BrowserResponse, E>> + Send {
        #[cfg(feature = "hydrate")]
        if let Some(token) = token() {
            request.headers().set(HEADER, &token);
        }
        #[cfg(feature = "hydrate")]
        if super::attention::is_away() {
            request.headers().set(super::attention::HEADER, "1");
        }
        <BrowserClient as Client<E, I, O>>::send(request)
    }

    fn open_websocket(
        path: &str,
    ) -> impl Future<
        Output = Result<
            (
                impl futures::Stream<Item = Result<Bytes, Bytes>> + Send + 'static,
                impl futures::Sink<Bytes> + Send + 'static,
            ),
            E,
        >,
    > + Send {
        <BrowserClient as Client<E, I, O>>::open_websocket(path)
    }

    fn spawn(future: impl Future<Output = ()> + Send + 'static) {
        <BrowserClient as Client<E, I, O>>::spawn(future);
    }
}

/// The token that this browser was given.
#[cfg(feature = "hydrate")]
pub(super) fn token() -> Option<String> {
    use leptos::{wasm_bindgen::JsCast, web_sys::HtmlDocument};
    let cookies = document().dyn_into::<HtmlDocument>().ok()?.cookie().ok()?;
    let mut pairs = cookies.split("; ").filter_map(|pair| pair.split_once('='));
    pairs.find(|(name, _)| COOKIES.contains(name)).map(|(_, token)| token.to_owned())
}
