//! `/about`: whose program this is, and where its source code is to be had, for everybody who uses it. The server writes it alone.

use leptos::prelude::*;
use leptos_meta::Meta;

use crate::{
    request,
    ui::{NarrowFrame, assets},
};

/// Where it is.
pub const ABOUT: &str = "/about";

/// Its page: the licence wants whoever uses the program over a network to be offered the source code of what runs there.
#[component]
pub fn AboutRoute() -> AnyView {
    let platform = request::platform();
    let source = if let Some(address) = platform.source_code() {
        let address = address.to_owned();
        view! { <p><a href=address rel="external">"The source code of what runs here"</a></p> }.into_any()
    } else {
        let ask = format!("For the source code of what runs here, write to {}.", platform.whom_to_write_to());
        view! { <p>{ask}</p> }.into_any()
    };
    let notices = assets::has_notices().then(|| {
        let address = format!("/{}", assets::NOTICES);
        view! { <p><a href=address rel="external">"Software by others that is part of it, and its licences"</a></p> }
    });
    view! {
        <Meta name="robots" content="noindex"/>
        <NarrowFrame title="About Devalo">
            <div class="card stack">
                <h1>"About Devalo"</h1>
                <p>"Devalo is free software by its authors. You may use it, look into it, change it and hand it on, under the GNU Affero General Public License, version 3 or any later version. It comes without any warranty."</p>
                {source}
                <p><a href="https://www.gnu.org/licenses/agpl-3.0.html" rel="external">"The licence"</a></p>
                {notices}
            </div>
        </NarrowFrame>
    }
    .into_any()
}
