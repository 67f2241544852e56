//! The field for a new password, with how hard it would be to guess.

use leptos::{prelude::*, task::spawn_local};
use std::time::Duration;

use crate::{
    auth::{api::measure_password, wire::Measure},
    ui::{Field, FormState},
};

/// While somebody types, this long without another key is waited for.
const PAUSE: Duration = Duration::from_millis(350);

/// The field, and under it how hard what is typed would be to guess. Without JavaScript the form's answer says so.
pub fn new_password(form: FormState, token: String) -> AnyView {
    let measured = RwSignal::new(None::<Measure>);
    let keys = StoredValue::new(0_usize);
    let measure = move |typed: String, token: String| {
        spawn_local(async move {
            let answer = if typed.is_empty() { None } else { measure_password(typed, token).await.ok() };
            // The page may be another by now.
            measured.try_set(answer);
        });
    };
    let on_input = move |event| {
        let (typed, token) = (event_target_value(&event), token.clone());
        keys.update_value(|keys| *keys += 1);
        let key = keys.get_value();
        set_timeout(
            move || {
                if keys.try_get_value() == Some(key) {
                    measure(typed, token);
                }
            },
            PAUSE,
        );
    };
    // What was refused says at the field what is wrong.
    let refused = form.error("password");
    view! {
        <div on:input=on_input>
            <Field
                form=form
                name="password"
                label="New password"
                hint="At least 12 characters. Three or four unrelated words work well."
                type_="password"
                autocomplete="new-password"
                maxlength=1024
            />
        </div>
        <div class="strength" role="status">
            {move || measured.get().map(|Measure { score, advice }| {
                let word = ["Weak: very easy to guess", "Weak: easy to guess", "Could be better", "Good", "Very good"]
                    .get(usize::from(score))
                    .copied()
                    .unwrap_or_default();
                let bars = (0..4).map(|at| view! { <span class="strength-bar" class:is-on=at < score.max(1)></span> }).collect_view();
                view! {
                    <p class=format!("strength-bars strength-{score}") aria-hidden="true">{bars}</p>
                    <p class="field-hint">
                        <strong class=format!("strength-{score}")>{word}</strong>
                        {move || (!advice.is_empty() && refused.with(Option::is_none)).then(|| format!(". {advice}"))}
                    </p>
                }
            })}
        </div>
    }
    .into_any()
}
