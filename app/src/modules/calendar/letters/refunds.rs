//! The letter to the owners when a refund came to nothing: the money is still with them, and their client waits for it.

use super::{
    kinds::{self, Any},
    template,
};
use crate::{
    error::Result,
    mail::{Letter, Mailing},
    modules::calendar::{
        booking, directory,
        paying::{package_store, store::Payment},
        store,
    },
    money::dollars,
    org::OrgTx,
    people::members,
};

/// What the letter tells.
#[derive(Debug)]
pub struct Facts<'f> {
    /// The owner’s name.
    pub name: &'f str,
    /// The client’s.
    pub client: &'f str,
    /// What was paid for.
    pub about: &'f str,
    /// How much didn’t go back.
    pub amount: &'f str,
    /// Where they are shown: the appointment, or of a package the client.
    pub page: String,
    /// It was a package.
    pub is_package: bool,
    /// The payer’s bank disputes it.
    pub disputed: bool,
}

/// Tells the owners that so many cents of a payment couldn’t be paid back.
///
/// # Errors
/// The database is busy, or a key isn’t there.
pub async fn tell_failed(tx: &mut OrgTx, payment: &Payment, cents: i64, disputed: bool) -> Result<()> {
    let keys = tx.keys().await?;
    let diary = format!("{}/app/{}/calendar", tx.platform().origin, tx.org().slug);
    let (client, page) = if let Some(id) = payment.appointment_id {
        let Some(appointment) = store::appointment(tx, id).await? else { return Ok(()) };
        let client = booking::unseal(&keys, id, "client_name", &appointment.client_name)?;
        (client, format!("{diary}/appointments/{id}"))
    } else {
        let Some(purchase) = package_store::of_payment(tx, payment.id).await? else { return Ok(()) };
        let Some(row) = store::known_client(tx, purchase.client_id).await? else { return Ok(()) };
        (directory::open_known(&keys, &row)?.name, format!("{diary}/clients/{}", row.id))
    };
    let client = template::tame(&client);
    for owner in members::owners(tx).await? {
        let facts = Facts {
            name: &owner.name,
            client: &client,
            about: &payment.about,
            amount: &dollars(cents),
            page: page.clone(),
            is_package: payment.appointment_id.is_none(),
            disputed,
        };
        let mailing = Mailing::from(letter(owner.email.clone(), &facts));
        kinds::queue(tx, Any::RefundFailed, &mailing, None).await?;
    }
    Ok(())
}

/// The letter.
pub fn letter(to: String, facts: &Facts<'_>) -> Letter {
    let Facts { name, client, about, amount, page, is_package, disputed } = facts;
    let where_it_is = if *disputed {
        "Their bank disputes the payment, and while it does nothing can be paid back: answer it in your Stripe dashboard."
    } else {
        "The money is still in your Stripe account."
    };
    let what_to_do = if *is_package {
        "Your Stripe dashboard says why: often the account has too little in it, or the card was cancelled. You can pay it back there once more, or another way."
    } else {
        "Your Stripe dashboard says why: often the account has too little in it, or the card was cancelled. You can try again on the page below, or pay them another way."
    };
    let mut paragraphs = vec![
        format!("Hello {name},"),
        format!("Stripe couldn’t pay back {amount} to the card of {client}. {where_it_is}"),
        format!("{client}\n{about}"),
    ];
    paragraphs.extend((!disputed).then(|| what_to_do.to_owned()));
    paragraphs.extend((!is_package).then(|| {
        format!("On their own page {client} reads that it couldn’t be paid to their card, and is asked to contact you.")
    }));
    Letter {
        to,
        subject: format!("{amount} couldn’t be paid back"),
        paragraphs,
        action: Some(("Look at it".to_owned(), page.clone())),
        closing: Vec::new(),
    }
}
