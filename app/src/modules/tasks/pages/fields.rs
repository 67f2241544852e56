//! `/app/{org}/tasks/lists/{id}/fields`: the fields of a list's own, which its tasks have beside what all tasks have. The server writes it alone.

use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::{
    error::AppError,
    modules::tasks::{
        api_time::{AddTaskField, MoveTaskField, SaveTaskField},
        fields::{self, Choice, Field, Kind},
        store::List,
    },
    pages::plain::written,
    request,
    ui::{
        Badge, Checkbox, DashboardShell, DoneNotice, Empty, Form, FormMessage, FormState, Icon, PageHeader, PageTitle,
        Post, PostForm, Select, SubmitButton, TextArea, given, org_of_address, step,
    },
};

const DONE: &[(&str, &str)] =
    &[("added", "Added. It stands on each of the list’s tasks now."), ("saved", "Saved."), ("moved", "Moved.")];

#[derive(Clone, Copy)]
struct Forms {
    add: Form,
    save: Form,
    place: Form,
}

/// The page, in the dashboard's frame.
#[component]
pub fn ListFieldsRoute() -> AnyView {
    let (org, params, query) = (org_of_address(), use_params_map(), use_query_map());
    let (id, chosen) = (given(&params, "id").unwrap_or_default(), given(&query, "field"));
    let forms = Forms {
        add: Form::of(Post::to::<AddTaskField>()),
        save: Form::of(Post::to::<SaveTaskField>()),
        place: Form::of(Post::to::<MoveTaskField>()),
    };
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let (list, fields) = fields::to_set_up(&platform, &actor, &slug, &id).await?;
        let chosen = match chosen {
            Some(id) => {
                let found = fields.iter().find(|field| field.id.to_string() == id).cloned();
                Some(found.ok_or_else(|| AppError::not_found("that field"))?)
            }
            None => None,
        };
        Ok((slug, list, fields, chosen))
    };
    let body = written(read, move |(org, list, fields, chosen)| match chosen {
        Some(field) => one(&org, &list, &field, forms.save),
        None => show(&org, &list, &fields, &forms),
    });
    view! {
        <Meta name="robots" content="noindex"/>
        <DashboardShell org=org><div class="settings">{body}</div></DashboardShell>
    }
    .into_any()
}

fn show(org: &str, list: &List, fields: &[Field], forms: &Forms) -> AnyView {
    let back = format!("/app/{org}/tasks/lists/{}/settings", list.id);
    let (used, away): (Vec<&Field>, Vec<&Field>) = fields.iter().partition(|field| !field.archived);
    let refused = [forms.add, forms.place].iter().any(|form| form.state.message().with_untracked(Option::is_some));
    let done = (!refused).then(|| view! { <DoneNotice words=DONE/> });
    let body = if used.is_empty() {
        view! {
            <Empty title="No fields yet" icon="list">
                <p>"What every task of this list should say: a client’s number, a budget, an address, which room."</p>
            </Empty>
        }
        .into_any()
    } else {
        lines(org, list, &used, Some(forms.place))
    };
    let away = (!away.is_empty()).then(|| {
        view! {
            <section class="card stack" aria-labelledby="away">
                <h2 id="away">"Archived"</h2>
                <p class="soft">"What tasks have in them is kept, and isn’t shown."</p>
                {lines(org, list, &away, None)}
            </section>
        }
    });
    let (state, org_field, id) = (forms.add.state, org.to_owned(), list.id.to_string());
    let kinds = Kind::ALL.iter().map(|kind| (kind.as_str().to_owned(), kind.label().to_owned())).collect();
    view! {
        <PageTitle text=format!("Fields of {}", list.name)/>
        <a class="back" href=back><Icon name="back"/>{list.name.clone()}</a>
        <PageHeader title="Fields" about="Details that only tasks of this list have."/>
        {done}
        <FormMessage form=forms.place.state/>
        <section class="card stack" aria-labelledby="used">
            <h2 id="used">"In use"</h2>
            {body}
        </section>
        {away}
        <section class="card stack" aria-labelledby="add">
            <h2 id="add">"Add a field"</h2>
            <PostForm post=forms.add.post class="stack field-form">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org_field/>
                <input type="hidden" name="list" value=id/>
                <crate::ui::Field form=state name="name" label="Name" autocomplete="off" maxlength=60/>
                <Select form=state name="kind" label="Type" options=kinds value="text"/>
                <div class="field-choices">
                    <TextArea form=state name="more" label="Choices" hint="One on each line. Only for one of a few choices." optional=true rows=4/>
                </div>
                <Checkbox form=state name="on_cards" label="Show it on cards"/>
                <div class="form-actions"><SubmitButton form=state label="Add" busy="Adding…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

fn lines(org: &str, list: &List, fields: &[&Field], place: Option<Form>) -> AnyView {
    let end = fields.len().saturating_sub(1);
    let lines = fields
        .iter()
        .enumerate()
        .map(|(at, field)| {
            let id = field.id.to_string();
            let href = format!("/app/{org}/tasks/lists/{}/fields?field={id}", list.id);
            let on_cards = field.on_cards.then(|| view! { " " <Badge label="On cards"/> });
            let words = match field.kind {
                Kind::Choice => {
                    let names: Vec<&str> = field.choices.iter().map(|choice| choice.name.as_str()).collect();
                    names.join(", ")
                }
                kind => kind.label().to_owned(),
            };
            let (up, down) = (format!("Move {} up", field.name), format!("Move {} down", field.name));
            let steps = place.map(|form| {
                view! {
                    <div class="line-end">
                        {step(org, &id, up, "up", true, at == 0, form.post)}
                        {step(org, &id, down, "down", false, at == end, form.post)}
                    </div>
                }
            });
            view! {
                <li class="line" data-field=id.clone()>
                    <div class="line-text">
                        <p class="line-title"><a href=href>{field.name.clone()}</a>{on_cards}</p>
                        <p class="soft">{words}</p>
                    </div>
                    {steps}
                </li>
            }
        })
        .collect_view();
    view! { <ul class="lines">{lines}</ul> }.into_any()
}

fn one(org: &str, list: &List, field: &Field, Form { post, state }: Form) -> AnyView {
    let back = format!("/app/{org}/tasks/lists/{}/fields", list.id);
    let (org, id, version) = (org.to_owned(), field.id.to_string(), field.version);
    let (name, kind) = (field.name.clone(), field.kind.as_str());
    let choices = (field.kind == Kind::Choice).then(|| {
        let there = field.choices.iter().enumerate().map(|(at, choice)| choice_line(at, choice, state)).collect_view();
        view! {
            <fieldset class="field">
                <legend>"Choices"</legend>
                <p class="field-hint">"Empty one, and it isn’t offered any more."</p>
                <div class="stack">{there}</div>
            </fieldset>
            <TextArea form=state name="more" label="More choices" hint="One on each line." optional=true/>
        }
    });
    let (on_cards, archived) = (field.on_cards, field.archived);
    view! {
        <PageTitle text=field.name.clone()/>
        <a class="back" href=back><Icon name="back"/>"Fields"</a>
        <PageHeader title=field.name.clone() about=field.kind.label()/>
        <section class="card stack">
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="version" value=state.version(version)/>
                <input type="hidden" name="kind" value=kind/>
                <crate::ui::Field form=state name="name" label="Name" autocomplete="off" maxlength=60 value=name/>
                {choices}
                <Checkbox form=state name="on_cards" label="Show it on cards" value=on_cards/>
                <Checkbox form=state name="archived" label="Archived" hint="What tasks have in it is kept, and isn’t shown. Untick this to restore it." value=archived/>
                <div class="form-actions"><SubmitButton form=state label="Save" busy="Saving…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

/// A choice that is there: its id goes with its name, so that it stays the same when it is called something else.
fn choice_line(at: usize, choice: &Choice, state: FormState) -> AnyView {
    let typed = state.values("choice_names[]").and_then(|names| names.get(at).cloned());
    let name = typed.unwrap_or_else(|| choice.name.clone());
    let (id, label) = (choice.id.to_string(), format!("Name of “{}”", choice.name));
    view! {
        <div>
            <input type="hidden" name="choice_ids[]" value=id/>
            <input class="input" type="text" name="choice_names[]" value=name aria-label=label autocomplete="off" maxlength="100"/>
        </div>
    }
    .into_any()
}
