//! How data travels between our own server and our own pages: packed, not as JSON. It is a third of the size in each page,
//! and reading it takes a few kilobytes of program in place of tens. Both ends must be built from the same sources, so
//! every message begins with a mark of them; a page that was left open while the server was brought up to date loads anew.

use std::{cell::Cell, sync::Arc};

use base64::{Engine as _, prelude::BASE64_STANDARD_NO_PAD};
use bytes::Bytes;
use leptos::{
    prelude::{Resource, codee},
    server_fn::{ContentType, Decodes, Encodes, Format, FormatType, codec::Post},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};

/// The encoding, for [`Resource`]s and what server functions answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packing;

/// `#[server(output = Packed)]`: a server function that answers packed.
pub type Packed = Post<Packing>;

/// Markup that the server wrote and that no script of ours looks into. In a page it stands once, as a part of the page
/// itself; only the answer to a script carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inert(Option<Arc<str>>);

impl Inert {
    /// This markup.
    pub fn new(markup: String) -> Self {
        Self(Some(markup.into()))
    }

    /// There is none of it.
    #[cfg(feature = "ssr")]
    pub fn is_empty(&self) -> bool {
        self.0.as_deref().is_none_or(str::is_empty)
    }

    /// The markup; if it came with the page, what the element with this id has in it.
    pub fn within(&self, id: &str) -> Arc<str> {
        self.0.clone().unwrap_or_else(|| standing_in(id).into())
    }
}

impl Serialize for Inert {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.as_deref().filter(|_| !INTO_A_PAGE.get()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Inert {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::<String>::deserialize(deserializer).map(|markup| Self(markup.map(Arc::from)))
    }
}

thread_local! {
    /// What is being packed goes into a page, beside its markup.
    static INTO_A_PAGE: Cell<bool> = const { Cell::new(false) };
}

/// Why it can't be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// The other end was built from other sources.
    #[error("this page is from another version; please load it again")]
    OtherVersion,
    /// Not ours.
    #[error("not packed as it should be")]
    Broken,
}

/// The first bytes of every message.
const MARK: [u8; 4] = mark(env!("DEVALO_SOURCES")).to_le_bytes();

/// Reads a page's data: on the server at once and into the page, in the browser from there, and again whenever `source`
/// changes.
pub fn page_data<S, T, Fut>(
    source: impl Fn() -> S + Send + Sync + 'static,
    fetch: impl Fn(S) -> Fut + Send + Sync + 'static,
) -> Resource<T, Packing>
where
    S: PartialEq + Clone + Send + Sync + 'static,
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
    Fut: Future<Output = T> + Send + 'static,
{
    // On the server the address stays as it is; watching it would outlive a visitor who goes away, and find it gone.
    #[cfg(feature = "ssr")]
    let source = {
        let source = leptos::prelude::untrack(source);
        move || source.clone()
    };
    // On the heap at once: what the library does with it moves it from hand to hand, and it is kilobytes of state.
    Resource::new_with_options(source, move |asked| Box::pin(fetch(asked)), true)
}

impl ContentType for Packing {
    const CONTENT_TYPE: &'static str = "application/octet-stream";
}

impl FormatType for Packing {
    const FORMAT_TYPE: Format = Format::Binary;
}

impl<T: Serialize> Encodes<T> for Packing {
    type Error = Unreadable;

    fn encode(value: &T) -> Result<Bytes, Unreadable> {
        pack(value).map(Bytes::from)
    }
}

impl<T: DeserializeOwned> Decodes<T> for Packing {
    type Error = Unreadable;

    fn decode(bytes: Bytes) -> Result<T, Unreadable> {
        let read = unpack(&bytes);
        #[cfg(feature = "hydrate")]
        if matches!(read, Err(Unreadable::OtherVersion)) {
            browser::load_again();
        }
        read
    }
}

impl<T: Serialize> codee::Encoder<T> for Packing {
    type Error = Unreadable;
    type Encoded = String;

    fn encode(value: &T) -> Result<String, Unreadable> {
        INTO_A_PAGE.set(true);
        let packed = pack(value);
        INTO_A_PAGE.set(false);
        Ok(BASE64_STANDARD_NO_PAD.encode(packed?))
    }
}

impl<T: DeserializeOwned> codee::Decoder<T> for Packing {
    type Error = Unreadable;
    type Encoded = str;

    fn decode(text: &str) -> Result<T, Unreadable> {
        unpack(&BASE64_STANDARD_NO_PAD.decode(text).map_err(|_| Unreadable::Broken)?)
    }
}

fn pack<T: Serialize>(value: &T) -> Result<Vec<u8>, Unreadable> {
    postcard::to_extend(value, MARK.to_vec()).map_err(|_| Unreadable::Broken)
}

fn unpack<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Unreadable> {
    let packed = bytes.strip_prefix(&MARK).ok_or(Unreadable::OtherVersion)?;
    postcard::from_bytes(packed).map_err(|_| Unreadable::Broken)
}

/// What an element of the page has in it.
fn standing_in(id: &str) -> String {
    #[cfg(feature = "hydrate")]
    return leptos::prelude::document().get_element_by_id(id).map(|element| element.inner_html()).unwrap_or_default();
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = id;
        String::new()
    }
}

const fn mark(hexadecimal: &str) -> u32 {
    match u32::from_str_radix(hexadecimal, 16) {
        Ok(mark) => mark,
        Err(_) => 0,
    }
}

#[cfg(feature = "hydrate")]
mod browser {
    use leptos::prelude::window;

    /// A page that is younger than this was loaded from the server as it is now: loading it again would change nothing.
    const YOUNG_MILLISECONDS: f64 = 10_000.0;

    pub(super) fn load_again() {
        if window().performance().is_some_and(|performance| performance.now() > YOUNG_MILLISECONDS) {
            // If that fails, the error that is shown asks for it.
            let _ = window().location().reload();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{AppError, Code};

    #[test]
    fn what_was_packed_is_read_again() {
        let values: [Result<Vec<Option<String>>, AppError>; 3] = [
            Ok(vec![None, Some("Mon 23 Nov".to_owned())]),
            Err(AppError::field("name", "Enter your name.")),
            Err(AppError { retry_after: Some(5), ..AppError::new(Code::TooMany, "Later.") }),
        ];
        for value in values {
            let bytes = <Packing as Encodes<_>>::encode(&value).unwrap();
            assert_eq!(<Packing as Decodes<Result<Vec<Option<String>>, AppError>>>::decode(bytes).unwrap(), value);
            let text = <Packing as codee::Encoder<_>>::encode(&value).unwrap();
            assert_eq!(
                <Packing as codee::Decoder<Result<Vec<Option<String>>, AppError>>>::decode(&text).unwrap(),
                value
            );
        }
    }

    #[test]
    fn inert_markup_is_in_a_page_once_and_in_an_answer() {
        let value = ("about", Inert::new("<p>Times</p>".to_owned()), 7_u8);
        let answer = <Packing as Encodes<_>>::encode(&value).unwrap();
        let read = <Packing as Decodes<(String, Inert, u8)>>::decode(answer.clone()).unwrap();
        assert_eq!((read.0.as_str(), &*read.1.within("times"), read.2), ("about", "<p>Times</p>", 7));
        let in_page = <Packing as codee::Encoder<_>>::encode(&value).unwrap();
        let read = <Packing as codee::Decoder<(String, Inert, u8)>>::decode(&in_page).unwrap();
        assert_eq!((read.0.as_str(), &*read.1.within("times"), read.2), ("about", "", 7));
        // And the next answer has it again.
        assert_eq!(<Packing as Encodes<_>>::encode(&value).unwrap(), answer);
    }

    #[test]
    fn another_version_is_told_from_rubbish() {
        let bytes = pack(&"text".to_owned()).unwrap();
        let mut other = bytes.clone();
        other[0] ^= 1;
        assert!(matches!(unpack::<String>(&other), Err(Unreadable::OtherVersion)));
        assert!(matches!(unpack::<String>(&bytes[..5]), Err(Unreadable::Broken)));
        assert!(matches!(unpack::<String>(b""), Err(Unreadable::OtherVersion)));
        assert_ne!(MARK, [0; 4]);
    }
}
