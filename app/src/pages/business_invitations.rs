//! What the pages of those who invite businesses have in common: whoever runs the platform, and their partners.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    error::AppError,
    ui::{Badge, DoneNotice, Empty, Field, FormMessage, FormState, Kind, Post, PostForm, Select, SubmitButton, Tone},
};

const DONE: &[(&str, &str)] = &[
    ("invited", "Invited. The email is on its way."),
    ("again", "Sent again, with a new link."),
    ("withdrawn", "Withdrawn. Its link works no longer."),
];

/// Inviting, sending again and taking back.
#[derive(Clone, Copy)]
pub struct Forms {
    invite: Post,
    /// What came of inviting.
    pub inviting: FormState,
    again: Post,
    sending: FormState,
    withdraw: Post,
    withdrawing: FormState,
}

/// An invitation in the list.
pub struct Row {
    /// Its name.
    pub business: String,
    /// Whom it was mailed to, what was offered, and who did.
    pub about: Vec<String>,
    /// How it stands.
    pub state: String,
    /// The same at a glance.
    pub tone: Tone,
    /// It can be sent again.
    pub again: bool,
    /// It can be taken back.
    pub withdraw: bool,
    /// What the forms send along that say which it is.
    pub hidden: Vec<(&'static str, String)>,
}

impl Forms {
    /// For these server functions.
    pub fn to<Invite, Again, Withdraw>() -> Self
    where
        Invite: ServerFn<Output = (), Error = AppError>,
        Again: ServerFn<Output = (), Error = AppError>,
        Withdraw: ServerFn<Output = (), Error = AppError>,
    {
        let (invite, again, withdraw) = (Post::to::<Invite>(), Post::to::<Again>(), Post::to::<Withdraw>());
        Self {
            invite,
            inviting: FormState::of_post(invite),
            again,
            sending: FormState::of_post(again),
            withdraw,
            withdrawing: FormState::of_post(withdraw),
        }
    }

    /// The form for a new one: whom it is for, the plan, and then what differs between who invites.
    pub fn new_one(
        self,
        plans: Vec<(String, String)>,
        plan: String,
        hidden: Vec<(&'static str, String)>,
        rest: AnyView,
    ) -> AnyView {
        let form = self.inviting;
        let periods = vec![("month".to_owned(), "Each month".to_owned()), ("year".to_owned(), "Each year".to_owned())];
        view! {
            <PostForm post=self.invite class="stack">
                <FormMessage form=form/>
                {inputs(hidden)}
                <div class="fields-row">
                    <Field form=form name="business" label="Business name" maxlength=200/>
                    <Field form=form name="email" label="Email" type_="email" autocomplete="off" inputmode="email" maxlength=254/>
                </div>
                <div class="fields-row">
                    <Select form=form name="plan" label="Plan" options=plans value=plan/>
                    <Select form=form name="period" label="Paid" options=periods value="month".to_owned()/>
                </div>
                {rest}
                <div class="form-actions"><SubmitButton form=form label="Invite" busy="Inviting…"/></div>
            </PostForm>
        }
        .into_any()
    }

    /// What was done, the card for a new one, and those that there are.
    pub fn page(self, title: &'static str, new_one: AnyView, nobody: &'static str, rows: Vec<Row>) -> AnyView {
        let list = if rows.is_empty() {
            view! { <Empty title=nobody icon="users"><p>"A business that you invite needs no card until its free time ends."</p></Empty> }.into_any()
        } else {
            let rows = rows.into_iter().map(|row| self.row(row)).collect_view();
            view! { <ul class="lines">{rows}</ul> }.into_any()
        };
        view! {
            <DoneNotice words=DONE/>
            <section class="card stack" aria-labelledby="invite"><h2 id="invite">{title}</h2>{new_one}</section>
            <section class="stack" aria-labelledby="invited">
                <h2 id="invited">"Invited so far"</h2>
                <FormMessage form=self.sending/>
                <FormMessage form=self.withdrawing/>
                {list}
            </section>
        }
        .into_any()
    }

    fn row(self, row: Row) -> AnyView {
        let Row { business, about, state, tone, again, withdraw, hidden } = row;
        let again = again.then(|| button(self.again, self.sending, &hidden, "Send again", "Sending…"));
        let withdraw = withdraw.then(|| button(self.withdraw, self.withdrawing, &hidden, "Withdraw", "Withdrawing…"));
        let about = about.into_iter().map(|line| view! { <p class="soft">{line}</p> }).collect_view();
        view! {
            <li class="line">
                <div class="line-text"><p class="line-title">{business}</p>{about}</div>
                <div class="line-end"><Badge tone=tone label=state/>{again}{withdraw}</div>
            </li>
        }
        .into_any()
    }
}

fn button(
    post: Post,
    form: FormState,
    hidden: &[(&'static str, String)],
    label: &'static str,
    busy: &'static str,
) -> AnyView {
    let hidden = inputs(hidden.to_vec());
    view! { <PostForm post=post>{hidden}<SubmitButton form=form label=label busy=busy kind=Kind::Quiet/></PostForm> }
        .into_any()
}

fn inputs(hidden: Vec<(&'static str, String)>) -> AnyView {
    hidden
        .into_iter()
        .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
        .collect_view()
        .into_any()
}
