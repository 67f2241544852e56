//! `/app/{org}/calendar/clients/{id}/erase`: what erasing somebody does, before it is done. The server writes it alone.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{client::about, given, sections::Form};
use crate::{
    modules::calendar::{
        clients_api::EraseClient,
        directory,
        erasing::{self, Preview, WORD},
        format,
    },
    money,
    pages::plain::written,
    request,
    ui::{
        Checkbox, Field, FormMessage, Kind, LinkButton, Notice, Post, PostForm, SettingsFrame, SettingsHead,
        SubmitButton, Tone, org_of_address,
    },
};

/// The page, in the dashboard’s frame.
#[component]
pub fn EraseClientRoute() -> AnyView {
    let (org, params) = (org_of_address(), use_params_map());
    let id = given(&params, "id").unwrap_or_default();
    let form = Form::of(Post::to::<EraseClient>());
    let (platform, actor, slug) = (request::platform(), request::actor(), org.get_untracked());
    let read = async move || {
        let preview = erasing::preview(&platform, &actor, &slug, directory::client_id(&id)?).await?;
        Ok((slug, preview))
    };
    view! { <SettingsFrame org=org>{written(read, move |(slug, preview)| show(&slug, preview, form))}</SettingsFrame> }
        .into_any()
}

fn show(org: &str, preview: Preview, form: Form) -> AnyView {
    let Preview { client, counts, kept, unused, others } = preview;
    let page = format!("/app/{org}/calendar/clients/{}", client.id);
    let sums: Vec<String> =
        kept.iter().filter(|(_, cents)| *cents > 0).map(|(currency, cents)| format::price(*cents, currency)).collect();
    let sums = if sums.is_empty() { String::new() } else { format!(", {} in all", sums.join(" and ")) };
    let past = counts.all_of_them - counts.upcoming;
    let of = if past == 0 {
        "their appointments".to_owned()
    } else {
        format!("their {}{sums}", money::counted(past, "past appointment", "past appointments"))
    };
    let stays = format!(
        "Of {of}, the time, the service and the price are kept, without a name. The tax office asks you to keep records of what you were paid for five years."
    );
    let upcoming = (counts.upcoming > 0).then(|| {
        let label = match counts.upcoming {
            1 => "Cancel their appointment that is still to come".to_owned(),
            more => format!("Cancel their {more} appointments that are still to come"),
        };
        view! {
            <Checkbox form=form.state name="cancels" label=label hint="Nothing is erased while something is booked. They hear of it from you: no email goes out once they are erased."/>
        }
    });
    let others = others.then(|| {
        let twice = format!("/app/{org}/calendar/clients/duplicates");
        view! {
            <Notice tone=Tone::Warning>
                <p>"Somebody else on your list has the same email or phone, and stays. If it is the same person, "
                    <a href=twice>"merge them"</a>" first."</p>
            </Notice>
        }
    });
    let unused = (!unused.is_empty()).then(|| {
        let lines = unused.into_iter().map(|line| view! { <li>{line}</li> }).collect_view();
        view! {
            <Notice tone=Tone::Warning>
                <p>"They have paid for sessions that they haven’t used. These can’t be used any more, and aren’t paid back by themselves: see to that first."</p>
                <ul class="bullets">{lines}</ul>
            </Notice>
        }
    });
    let file = format!("{page}/everything.zip");
    let about = about(org, &client, form.state);
    view! {
        <SettingsHead title=format!("Erase {}", client.name) back=page.clone() back_label="Back to their page"/>
        {others}
        {unused}
        <section class="card stack" aria-labelledby="erase">
            <h2 id="erase">"What happens"</h2>
            <ul class="bullets">
                <li>"Their name, email, phone, notes, tags and answers are erased, here and on every appointment they had."</li>
                <li>"Emails waiting to go to them aren’t sent, and their private links stop working."</li>
                <li>{stays}</li>
                <li>"It can’t be undone, not by us either. If they asked for a copy of what you hold about them, "
                    <a href=file rel="external" download="">"download it"</a>" first."</li>
            </ul>
            <PostForm post=form.post class="stack">
                <FormMessage form=form.state/>
                {about}
                {upcoming}
                <Field form=form.state name="typed" label=format!("Type {WORD} to go on") autocomplete="off" maxlength=20/>
                <div class="form-actions">
                    <SubmitButton form=form.state label="Erase them for good" busy="Erasing…" kind=Kind::Danger/>
                    <LinkButton href=page kind=Kind::Quiet>"No, keep them"</LinkButton>
                </div>
            </PostForm>
        </section>
    }
    .into_any()
}
