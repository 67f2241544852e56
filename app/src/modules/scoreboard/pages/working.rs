//! On somebody's page: on which days of the week they work, and when they are away.

use jiff::civil::Date;
use leptos::prelude::*;

use super::people::span_words;
use crate::{
    clock::day_typed,
    modules::scoreboard::{people::Person, store::targets::Leave, views::Span},
    ui::{Checkboxes, Choice, DateField, Form, FormMessage, Kind, PostForm, SubmitButton},
};

const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// What can be said of it.
#[derive(Clone, Copy)]
pub struct Forms {
    /// On which days of the week they work.
    pub days: Form,
    /// They are away.
    pub away: Form,
    /// They weren't after all.
    pub back: Form,
}

impl Forms {
    /// One of them came back.
    pub fn is_refused(&self) -> bool {
        [self.days, self.away, self.back].iter().any(|form| form.state.message().with_untracked(Option::is_some))
    }
}

/// Both.
pub fn sections(org: &str, person: &Person, leave: Vec<Leave>, today: Date, forms: &Forms) -> AnyView {
    view! {
        {week(org, person, forms.days)}
        {away(org, person, leave, today, forms)}
    }
    .into_any()
}

fn week(org: &str, person: &Person, Form { post, state }: Form) -> AnyView {
    let options = (1..).zip(DAYS).zip(person.works);
    let options = options
        .map(|((number, day), works): ((i64, _), _)| Choice {
            value: number.to_string(),
            label: day.to_owned(),
            chosen: works,
        })
        .collect::<Vec<_>>();
    let (org, id, version) = (org.to_owned(), person.id.to_string(), person.version);
    view! {
        <section class="card stack" aria-labelledby="week">
            <h2 id="week">"When they work"</h2>
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="version" value=state.version(version)/>
                <Checkboxes form=state name="works" legend="Days of the week" hint="Their targets are spread over these days, but for public holidays and days closed." options=options/>
                <div class="form-actions"><SubmitButton form=state label="Save their days" busy="Saving…"/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

fn away(org: &str, person: &Person, leave: Vec<Leave>, today: Date, forms: &Forms) -> AnyView {
    let Form { post, state } = forms.away;
    let back = forms.back;
    let is_any = !leave.is_empty();
    let lines = leave.into_iter().filter_map(|one| line(org, &one, today, back)).collect_view();
    let body = if is_any {
        view! { <ul class="lines">{lines}</ul> }.into_any()
    } else {
        view! { <p class="soft">"Nothing noted."</p> }.into_any()
    };
    let (org, id) = (org.to_owned(), person.id.to_string());
    view! {
        <section class="card stack" aria-labelledby="away">
            <h2 id="away">"Away"</h2>
            <FormMessage form=back.state/>
            {body}
            <PostForm post=post class="stack">
                <FormMessage form=state/>
                <input type="hidden" name="org" value=org/>
                <input type="hidden" name="id" value=id/>
                <div class="fields-row">
                    <DateField form=state name="away_since" label="First day away" hint="Targets ask nothing of these days."/>
                    <DateField form=state name="away_until" label="Last day away" hint="Empty: only the first."/>
                </div>
                <div class="form-actions"><SubmitButton form=state label="Add time away" busy="Saving…" kind=Kind::Quiet/></div>
            </PostForm>
        </section>
    }
    .into_any()
}

fn line(org: &str, one: &Leave, today: Date, Form { post, .. }: Form) -> Option<AnyView> {
    let span = Span { first: day_typed(&one.since)?, last: Some(day_typed(&one.until)?) };
    let words = span_words(span, today);
    let (org, id, label) = (org.to_owned(), one.id.to_string(), format!("Take back: {words}"));
    Some(
        view! {
            <li class="line" data-away=one.since.clone()>
                <div class="line-text"><p class="line-title">{words}</p></div>
                <div class="line-end">
                    <PostForm post=post>
                        <input type="hidden" name="org" value=org/>
                        <input type="hidden" name="id" value=id/>
                        <button type="submit" class="btn btn-quiet" aria-label=label>"Take back"</button>
                    </PostForm>
                </div>
            </li>
        }
        .into_any(),
    )
}
