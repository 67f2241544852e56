//! A list that people put in order.

use leptos::prelude::*;

use super::{
    icon::Icon,
    post::{Post, PostForm},
};

/// A button that moves one by one place in a list.
pub fn step(org: &str, id: &str, label: String, icon: &'static str, earlier: bool, end: bool, place: Post) -> AnyView {
    // A step that leads nowhere keeps its room, so that the others don't jump under the finger.
    if end {
        return view! { <span class="btn-icon is-off" aria-hidden="true"></span> }.into_any();
    }
    let (org, id) = (org.to_owned(), id.to_owned());
    view! {
        <PostForm post=place>
            <input type="hidden" name="org" value=org/>
            <input type="hidden" name="id" value=id/>
            <input type="hidden" name="earlier" value=earlier.to_string()/>
            <button type="submit" class="btn-icon" aria-label=label><Icon name=icon/></button>
        </PostForm>
    }
    .into_any()
}
