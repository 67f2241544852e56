//! What a task has in the fields of its list, on the task's page.

use leptos::prelude::*;

use crate::{
    modules::tasks::{
        api_time::SetTaskValues,
        fields::{self, Field, Kind, Sheet},
    },
    pages::plain::written,
    request,
    ui::{self, DoneNotice, Form, FormMessage, FormState, Post, PostForm, SubmitButton},
};

const DONE: &[(&str, &str)] = &[("filled", "Saved.")];

/// What a task has in the fields of its list; nothing where the list has none.
#[component]
pub fn FieldsPart(
    /// The word in the organisation's addresses.
    #[prop(into)]
    org: String,
    /// The task's id or number.
    #[prop(into)]
    task: String,
) -> AnyView {
    let form = Form::of(Post::to::<SetTaskValues>());
    let (platform, actor) = (request::platform(), request::actor());
    let read = async move || {
        let sheet = fields::sheet(&platform, &actor, &org, &task).await?;
        Ok((org, sheet))
    };
    written(read, move |(org, sheet)| show(&org, &sheet, form))
}

fn show(org: &str, sheet: &Sheet, Form { post, state }: Form) -> AnyView {
    if sheet.fields.is_empty() {
        return ().into_any();
    }
    let (org, task, version) = (org.to_owned(), sheet.task.id.to_string(), sheet.task.version);
    let inputs = sheet.fields.iter().map(|field| input(field, sheet, state)).collect_view();
    view! {
        <section class="card stack" aria-labelledby="fields">
            <h2 id="fields">"Fields"</h2>
            <DoneNotice words=DONE/>
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="task" value=task/>
                <input type="hidden" name="version" value=state.version(version)/>
                <div class="task-fields">{inputs}</div>
                <div class="form-actions"><SubmitButton form=state label="Save" busy="Saving…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

fn input(field: &Field, sheet: &Sheet, state: FormState) -> AnyView {
    let (name, sent) = (format!("values.f-{}", field.id), format!("values[f-{}][]", field.id));
    let id = format!("field-{name}");
    let there = sheet.values.get(&field.id).map(|value| field.as_typed(value)).unwrap_or_default();
    let value = state.value(&sent).unwrap_or(there);
    let error = state.error(name).get_untracked();
    let wrong = error.is_some();
    let described = wrong.then(|| format!("{id}-error"));
    let message = error.map(|message| view! { <p class="field-error" id=format!("{id}-error")>{message}</p> });
    let invalid = wrong.then_some("true");
    let line = |kind: &'static str, inputmode: Option<&'static str>, longest: &'static str| {
        view! {
            <input
                class="input" id=id.clone() name=sent.clone() type=kind value=value.clone() inputmode=inputmode maxlength=longest
                autocomplete="off" aria-invalid=invalid aria-describedby=described.clone()
            />
        }
        .into_any()
    };
    let control = match field.kind {
        Kind::Text => view! {
            <textarea class="input" id=id.clone() name=sent.clone() rows="2" maxlength="1000" aria-invalid=invalid aria-describedby=described.clone()>
                {ui::as_text(value.clone())}
            </textarea>
        }
        .into_any(),
        Kind::Number | Kind::Money => line("text", Some("decimal"), "40"),
        Kind::Date => line("date", None, "10"),
        Kind::Choice | Kind::Person => {
            let options: Vec<(String, String)> = if field.kind == Kind::Choice {
                field.choices.iter().map(|choice| (choice.id.to_string(), choice.name.clone())).collect()
            } else {
                sheet.people.iter().map(|one| (one.id.to_string(), one.name.clone())).collect()
            };
            // Whoever left stays until somebody else is chosen.
            let gone = !value.is_empty() && !options.iter().any(|(id, _)| *id == value);
            let gone = gone.then(|| {
                view! { <option value=value.clone() selected=true>"Not there any more"</option> }
            });
            let options = options
                .into_iter()
                .map(|(id, label)| {
                    let selected = id == value;
                    view! { <option value=id selected=selected>{label}</option> }
                })
                .collect_view();
            view! {
                <select class="input" id=id.clone() name=sent.clone() aria-invalid=invalid aria-describedby=described.clone()>
                    <option value="">"–"</option>
                    {gone}
                    {options}
                </select>
            }
            .into_any()
        }
    };
    view! {
        <div class="field" class:has-error=wrong data-field=field.id.to_string()>
            <label for=id.clone()>{field.name.clone()}</label>
            {control}
            {message}
        </div>
    }
    .into_any()
}
