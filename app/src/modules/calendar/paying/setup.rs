//! `/app/{org}/calendar/payments`: whether clients can pay when they book, and to which account.

use crate::{
    billing::own_account::{self, OwnAccount},
    db::Access,
    error::Result,
    modules::calendar::{options::ServiceOptions, permissions, store},
    org::{Actor, OrgRef, OrgTx},
    permissions::TAKE_PAYMENTS,
    platform::Platform,
};

/// What the page shows.
#[derive(Debug, Clone)]
pub struct PaymentsPage {
    /// Where it stands.
    pub state: State,
    /// Whoever looks may connect an account, and stop.
    pub may_connect: bool,
    /// Services for which clients pay when they book: their names.
    pub services: Vec<String>,
}

/// Where an organisation stands with payments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Whoever runs the platform takes no payments.
    Off,
    /// No account is connected.
    None,
    /// One is, and Stripe has still to be told something.
    Unfinished,
    /// Stripe was told all that it asked, and hasn't said yes yet.
    Checked,
    /// Clients can pay.
    Ready,
    /// They could, and the owner takes no payments for now.
    Stopped,
}

impl State {
    fn of(own: Option<&OwnAccount>) -> Self {
        match own {
            None => Self::None,
            Some(own) if own.stopped_at.is_some() => Self::Stopped,
            Some(own) if own.charges_enabled => Self::Ready,
            Some(own) if own.details_submitted => Self::Checked,
            Some(_) => Self::Unfinished,
        }
    }
}

/// Reads it; Stripe is asked where the account stands, as often as a page may.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn page(platform: &Platform, actor: &Actor, org: &str) -> Result<PaymentsPage> {
    let mut tx = open(platform, actor, org).await?;
    let (id, may_connect) = (tx.id(), tx.allows(&TAKE_PAYMENTS));
    let known = own_account::current(&mut tx).await?;
    let services = services(&mut tx).await?;
    tx.rollback().await?;
    if platform.payments().is_none() {
        return Ok(PaymentsPage { state: State::Off, may_connect, services });
    }
    let Some(known) = known else { return Ok(PaymentsPage { state: State::None, may_connect, services }) };
    own_account::look_again(platform, id, &known.account).await?;
    let mut tx = open(platform, actor, org).await?;
    let own = own_account::current(&mut tx).await?;
    tx.rollback().await?;
    Ok(PaymentsPage { state: State::of(own.as_ref()), may_connect, services })
}

/// The names of the services for which clients pay when they book.
async fn services(tx: &mut OrgTx) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for service in store::active_services(tx).await? {
        if ServiceOptions::read(&service.options)?.payment.is_some() {
            names.push(service.name);
        }
    }
    Ok(names)
}

async fn open(platform: &Platform, actor: &Actor, org: &str) -> Result<OrgTx> {
    OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::SET_UP, Access::Read).await
}
