//! What is said of a payment: to its client, to the business, in letters.

use maud::html;

use super::{
    package_store::{self, Use},
    rules,
    settle::{self, client_gets, left},
    store::{self, Payment, Refund},
};
use crate::{
    clock::Instant,
    db::DbError,
    error::Result,
    modules::calendar::{
        availability::Viewer,
        format,
        ids::AppointmentId,
        public_words,
        store::Appointment,
        wire::{Fact, Status},
    },
    money::{self, dollars},
    org::OrgTx,
};

/// What was paid for an appointment, and paid back.
#[derive(Debug, Clone)]
pub struct Money {
    /// The payment.
    pub payment: Payment,
    /// Its refunds, the first one first.
    pub refunds: Vec<Refund>,
}

impl Money {
    /// Reads it; `None` where nothing was asked.
    ///
    /// # Errors
    /// The database is busy.
    pub async fn of(tx: &mut OrgTx, id: AppointmentId) -> Result<Option<Self>, DbError> {
        let Some(payment) = store::of_appointment(tx, id).await? else { return Ok(None) };
        let refunds = store::refunds(tx, payment.id).await?;
        Ok(Some(Self { payment, refunds }))
    }

    /// Cents that can still be paid back.
    pub fn left(&self) -> i64 {
        left(&self.payment, &self.refunds)
    }

    /// "$45.00 by card; $90.00 is still to pay", which nothing is of what is over. Empty where nothing was paid.
    pub fn paid(&self, appointment: &Appointment) -> String {
        if !self.payment.is_paid() {
            return String::new();
        }
        let price = if appointment.status() == Status::Booked { appointment.price_cents } else { 0 };
        let rest = price - self.payment.paid_cents;
        let paid = dollars(self.payment.paid_cents);
        if rest > 0 { public_words::paid_in_part(&paid, &dollars(rest)) } else { public_words::paid_by_card(&paid) }
    }

    /// "$45.00, to the card it was paid with; that takes 5 to 10 days". Empty where nothing goes back.
    pub fn refund(&self) -> String {
        let back: i64 = self.going_back().map(|refund| refund.cents).sum();
        if back == 0 {
            return String::new();
        }
        public_words::goes_back(&dollars(back))
    }

    /// "$45.00 couldn’t be paid to your card. Please contact Harbour Physio." Empty where all that was to go back does.
    pub fn failed(&self, business: &str) -> String {
        // What the business paid after one that failed is in its place.
        let failed =
            self.refunds.iter().fold(0, |failed, refund| match (refund.state.as_str(), refund.reason.as_str()) {
                ("failed", _) => failed + refund.cents,
                (_, "business" | "stripe") => (failed - refund.cents).max(0),
                _ => failed,
            });
        match failed.min(self.left()) {
            0 => String::new(),
            cents => public_words::could_not_be_paid_back(&dollars(cents), business),
        }
    }

    fn going_back(&self) -> impl Iterator<Item = &Refund> {
        self.refunds.iter().filter(|refund| refund.state != "failed")
    }

    /// What the client’s own page says of it.
    pub fn facts(&self, appointment: &Appointment, business: &str) -> Vec<Fact> {
        let fact = |term: &str, line: String| Fact { term: term.to_owned(), lines: vec![(line, String::new())] };
        // Of what is over it is said above them.
        let failed = if appointment.status() == Status::Cancelled { String::new() } else { self.failed(business) };
        let said = [
            (public_words::PAID, self.paid(appointment)),
            (public_words::REFUND, self.refund()),
            (public_words::NOT_PAID_BACK, failed),
        ];
        said.into_iter().filter(|(_, line)| !line.is_empty()).map(|(term, line)| fact(term, line)).collect()
    }

    /// What a client gets back who cancels now, said before they do.
    pub fn if_cancelled(&self, appointment: &Appointment, now: Instant) -> String {
        if !self.payment.is_paid() {
            return String::new();
        }
        let (paid, back) = (self.payment.paid_cents, client_gets(&self.payment, &self.refunds, appointment, now));
        match (back, paid - self.left()) {
            (0, 0) => public_words::nothing_comes_back(&dollars(paid)),
            (0, before) => public_words::no_more_comes_back(&dollars(before), &dollars(paid)),
            (back, 0) if back == paid => public_words::all_comes_back(&dollars(back)),
            (back, 0) => public_words::a_part_comes_back(&dollars(back), &dollars(paid)),
            (back, before) => public_words::more_comes_back(&dollars(back), &dollars(before), &dollars(paid)),
        }
    }

    /// What the business reads: what is asked, paid and paid back, each on a line.
    pub fn lines(&self, appointment: &Appointment) -> Vec<String> {
        let mut lines = vec![match (self.payment.state.as_str(), settle::waits(appointment)) {
            ("paid", _) => self.paid(appointment),
            ("open", true) => format!("{} asked for; not paid yet", dollars(self.payment.cents)),
            ("open", false) => format!("{} asked for; the page to pay on is being closed", dollars(self.payment.cents)),
            _ => format!("{} asked for; never paid", dollars(self.payment.cents)),
        }];
        if self.payment.disputed {
            lines.push("The client’s bank disputes the payment. Answer it in your Stripe dashboard.".to_owned());
        }
        lines.extend(self.refunds.iter().map(|refund| {
            let cents = dollars(refund.cents);
            match (refund.state.as_str(), refund.reason.as_str()) {
                ("asked", _) => format!("{cents} is being paid back"),
                ("failed", _) => format!("{cents} couldn’t be paid back: see your Stripe dashboard"),
                (_, "stripe") => format!("{cents} paid back, in your Stripe dashboard"),
                (_, "late") => format!("{cents} paid back: it was paid when the time wasn’t kept any more"),
                (_, "client") => format!("{cents} paid back, as the client cancelled"),
                _ => format!("{cents} paid back"),
            }
        }));
        lines
    }
}

/// What clients have paid for and have still to get, or to get back.
///
/// # Errors
/// The database is busy.
pub async fn owed(tx: &mut OrgTx) -> Result<Vec<String>> {
    // What can’t be paid back for days keeps nobody.
    let lately = tx.now().plus_seconds(-settle::LONG_SECONDS);
    let (to_come, going_back) = (store::paid_to_come(tx).await?, store::going_back(tx, lately).await?);
    let (unused, being_bought) = package_store::unused(tx).await?;
    let counted = |count, one: &str, more: &str| (count > 0).then(|| money::counted(count, one, more));
    let owed = [
        counted(to_come, "paid appointment is still to come", "paid appointments are still to come"),
        counted(going_back, "payment is being paid back", "payments are being paid back"),
        counted(
            unused,
            "package that a client bought has sessions left",
            "packages that clients bought have sessions left",
        ),
        counted(being_bought, "package is just being paid for", "packages are just being paid for"),
    ];
    Ok(owed.into_iter().flatten().collect())
}

/// What a client reads before they book: what they pay now, and what comes back if they cancel.
pub fn before_booking(due: &rules::Due) -> [(String, String); 2] {
    let now = match due.price_cents - due.cents {
        0 => public_words::pay_all(&dollars(due.cents)),
        rest => public_words::pay_a_part(&dollars(due.cents), &dollars(rest)),
    };
    [(public_words::TO_PAY_NOW.to_owned(), now), (public_words::IF_YOU_CANCEL.to_owned(), rules::in_words(&due.rules))]
}

/// That a package pays for it.
pub fn by_package(taken: Option<&Use>) -> Option<Fact> {
    let Use { name, sessions, given_back_at, .. } = taken?;
    let taken = public_words::sessions_of(*sessions, name);
    let line = if given_back_at.is_some() { public_words::had_again(&taken) } else { taken };
    Some(Fact { term: public_words::PACKAGE.to_owned(), lines: vec![(line, String::new())] })
}

/// The heading and the words of a booking that waits for its payment.
pub fn waits(appointment: &Appointment, viewer: &Viewer) -> Option<(String, String)> {
    let until = appointment.unpaid_until.filter(|_| settle::waits(appointment))?;
    let until = until.timestamp().to_zoned(viewer.tz.clone());
    Some((public_words::PAY_TO_BOOK.to_owned(), public_words::kept_until(&format::time(until.time()))))
}

/// The way to pay, for a page that the client’s program takes as it is. Empty where there is nothing to pay.
pub fn way_to_pay(money: Option<&Money>, appointment: &Appointment, token: &str) -> String {
    let Some(money) = money.filter(|money| money.payment.is_open() && settle::waits(appointment)) else {
        return String::new();
    };
    let rules = rules::in_words(&rules::read(&money.payment.rules));
    html! {
        div class="stack" {
            p { a class="btn btn-primary" href=(format!("/manage/{token}/pay")) rel="external" { (public_words::pay_amount_now(&dollars(money.payment.cents))) } }
            p class="soft" { (public_words::how_one_pays(&rules)) }
        }
    }
    .into_string()
}

/// What became of the money of a booking that is over, for its client; empty where nothing was paid.
pub fn after(money: Option<&Money>, appointment: &Appointment, business: &str) -> String {
    let Some(money) = money.filter(|money| money.payment.is_paid()) else { return String::new() };
    if appointment.status() != Status::Cancelled {
        return String::new();
    }
    match (money.refund(), money.failed(business)) {
        (refund, failed) if refund.is_empty() && failed.is_empty() => {
            public_words::nothing_comes_back(&dollars(money.payment.paid_cents))
        }
        (refund, failed) if refund.is_empty() => failed,
        (refund, failed) => format!("{} {failed}", public_words::you_get_back(&refund)).trim_end().to_owned(),
    }
}
