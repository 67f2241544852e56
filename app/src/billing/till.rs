//! What Stripe is told and asked on an organisation's own account: its clients pay there, and are paid back from there. The money is the
//! organisation's alone, and nothing of it is ours.

use stripe::{AccountId, Client, StripeError, StripeRequest};
use stripe_checkout::checkout_session::{
    CreateCheckoutSession, CreateCheckoutSessionAllowedPaymentMethodTypes as Method, CreateCheckoutSessionLineItems,
    CreateCheckoutSessionLineItemsPriceData, ExpireCheckoutSession, ProductData, RetrieveCheckoutSession,
};
use stripe_connect::{
    account::{CreateAccount, CreateAccountType, RetrieveAccount},
    account_link::{CreateAccountLink, CreateAccountLinkType},
};
use stripe_core::{
    charge::ListCharge,
    dispute::ListDispute,
    refund::{CreateRefund, ListRefund},
};
use stripe_shared::{
    CheckoutSession, CheckoutSessionMode, CheckoutSessionPaymentStatus, CheckoutSessionStatus, Refund,
};
use stripe_types::Currency;

use super::payments::{Payments, Trouble, is_settled, once_only, trouble};
use crate::clock::Instant;

/// More refunds of one payment than this are none.
const MOST: i64 = 100;
/// What a refund of ours is called, in its metadata at Stripe.
const OURS: &str = "devalo_refund";
/// The least that Stripe takes in one payment, in cents.
pub const LEAST_CENTS: i64 = 50;
/// The most.
pub const MOST_CENTS: i64 = 99_999_999;

/// Where an account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is there.
    There {
        /// Its clients can pay.
        charges_enabled: bool,
        /// Its owner said all that Stripe asked at first.
        details_submitted: bool,
    },
    /// It isn't ours to ask any more: its owner disconnected it at Stripe.
    Gone,
}

/// What a client pays for.
#[derive(Debug, Clone)]
pub struct Sale<'s> {
    /// `acct_…`: who is paid.
    pub account: &'s str,
    /// The same is one page, however often it is asked for.
    pub once: &'s str,
    /// What it is, as the page says.
    pub about: &'s str,
    /// Cents of Australian dollars.
    pub cents: i64,
    /// Whom Stripe sends the receipt to.
    pub email: &'s str,
    /// Nobody can pay on the page from then on.
    pub expires_at: Instant,
    /// Where they come back to once they have paid.
    pub paid: &'s str,
    /// Where they come back to otherwise.
    pub left: &'s str,
}

/// A page where a client pays, as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// `cs_…`
    pub id: String,
    /// Its address, while it can be paid on.
    pub url: Option<String>,
    /// What became of it.
    pub state: PageState,
    /// Which sale it says that it is for: to find it by, never to be believed.
    pub reference: Option<String>,
}

/// What became of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageState {
    /// It can be paid on.
    Open,
    /// Somebody did their part, and the money isn't there yet.
    Waits,
    /// It is paid: by this payment, so many cents of Australian dollars.
    Paid {
        /// `pi_…`
        intent: String,
        /// Cents.
        cents: i64,
    },
    /// Nobody paid, and nobody can any more.
    Over,
}

/// What was given back of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenBack {
    /// `re_…`
    pub id: String,
    /// Which of ours it is; `None`: it was made at Stripe.
    pub ours: Option<String>,
    /// Cents.
    pub cents: i64,
    /// It came to nothing.
    pub failed: bool,
    /// When it was made.
    pub made_at: Instant,
}

impl Payments {
    /// Makes an account for an organisation in Australia; the same `once` gives the same one.
    ///
    /// # Errors
    /// Stripe didn't.
    pub async fn own_account(&self, once: &str) -> Result<String, Trouble> {
        let _turn = self.turn().await?;
        let request = CreateAccount::new().type_(CreateAccountType::Standard).country("AU");
        let made = request.customize().request_strategy(once_only(&format!("account {once}"))).send(self.client()?);
        Ok(made.await.map_err(trouble)?.id.to_string())
    }

    /// The address of the page where its owner tells Stripe who they are. It is good once and for minutes.
    ///
    /// # Errors
    /// Stripe made none.
    pub async fn onboarding(&self, account: &str, again: &str, back: &str) -> Result<String, Trouble> {
        let _turn = self.turn().await?;
        let request = CreateAccountLink::new(account, CreateAccountLinkType::AccountOnboarding)
            .refresh_url(again)
            .return_url(back);
        Ok(request.send(self.client()?).await.map_err(trouble)?.url)
    }

    /// Where an account stands.
    ///
    /// # Errors
    /// Stripe didn't say.
    pub async fn standing(&self, account: &str) -> Result<Standing, Trouble> {
        let _turn = self.turn().await?;
        match RetrieveAccount::new(account).send(self.client()?).await {
            Ok(found) => Ok(Standing::There {
                charges_enabled: found.charges_enabled.unwrap_or(false),
                details_submitted: found.details_submitted.unwrap_or(false),
            }),
            Err(error) if is_gone(&error) => Ok(Standing::Gone),
            Err(error) => Err(own_trouble(error)),
        }
    }

    /// The page where a client pays for something. The same sale is the same page.
    ///
    /// # Errors
    /// Stripe made none: an account that is gone, an end that is less than half an hour away.
    pub async fn sell(&self, sale: &Sale<'_>) -> Result<Page, Trouble> {
        let _turn = self.turn().await?;
        let mut price = CreateCheckoutSessionLineItemsPriceData::new(Currency::AUD);
        price.product_data = Some(ProductData::new(sale.about));
        price.unit_amount = Some(sale.cents);
        let mut line = CreateCheckoutSessionLineItems::new();
        line.price_data = Some(price);
        line.quantity = Some(1);
        let mut request = CreateCheckoutSession::new()
            .mode(CheckoutSessionMode::Payment)
            // What is paid by other means may take days, and a time isn't kept for days.
            .allowed_payment_method_types(vec![Method::Card])
            .line_items(vec![line])
            .client_reference_id(sale.once)
            .expires_at(sale.expires_at.timestamp().as_second())
            .success_url(sale.paid)
            .cancel_url(sale.left);
        if !sale.email.is_empty() {
            request = request.customer_email(sale.email);
        }
        let once = once_only(&format!("sale {}", sale.once));
        let request = request.customize().request_strategy(once).account_id(AccountId::from(sale.account));
        Ok(page(request.send(self.client()?).await.map_err(own_trouble)?))
    }

    /// How a page stands.
    ///
    /// # Errors
    /// Stripe didn't say.
    pub async fn page(&self, account: &str, session: &str) -> Result<Page, Trouble> {
        let _turn = self.turn().await?;
        let request = RetrieveCheckoutSession::new(session).customize().account_id(AccountId::from(account));
        Ok(page(request.send(self.client()?).await.map_err(own_trouble)?))
    }

    /// Closes a page, so that nobody can pay on it any more, and says what became of it: who paid a moment before has paid.
    ///
    /// # Errors
    /// Stripe didn't.
    pub async fn close_page(&self, account: &str, session: &str) -> Result<Page, Trouble> {
        {
            let _turn = self.turn().await?;
            let request = ExpireCheckoutSession::new(session).customize().account_id(AccountId::from(account));
            match request.send(self.client()?).await {
                Ok(closed) => return Ok(page(closed)),
                // It is paid or over already.
                Err(StripeError::Stripe(_, 400)) => {}
                Err(error) => return Err(own_trouble(error)),
            }
        }
        self.page(account, session).await
    }

    /// What was given back of a payment: all of it, or nothing is said.
    ///
    /// # Errors
    /// Stripe didn't say.
    pub async fn given_back(&self, account: &str, intent: &str) -> Result<Vec<GivenBack>, Trouble> {
        let _turn = self.turn().await?;
        let request =
            ListRefund::new().payment_intent(intent).limit(MOST).customize().account_id(AccountId::from(account));
        let refunds = request.send(self.client()?).await.map_err(own_trouble)?;
        if refunds.has_more {
            return Err(Trouble { passes: true, why: format!("a payment has more than {MOST} refunds") });
        }
        Ok(refunds.data.into_iter().map(given_back).collect())
    }

    /// The payer's bank disputes a payment, or took it back; not where that came to nothing. `None`: our key may not know.
    ///
    /// # Errors
    /// Stripe didn't say.
    pub async fn is_disputed(&self, account: &str, intent: &str) -> Result<Option<bool>, Trouble> {
        let _turn = self.turn().await?;
        match Box::pin(is_disputed(self.client()?, account, intent)).await {
            Ok(disputed) => Ok(Some(disputed)),
            Err(error) if is_denied(&error) => {
                tracing::error!("the key for Stripe may not read charges and disputes on connected accounts");
                Ok(None)
            }
            Err(error) => Err(own_trouble(error)),
        }
    }

    /// Gives cents of a payment back. The same `ours` gives back once, however often it is asked for within a day; after that Stripe has
    /// forgotten that it was, so what it lists is looked at before.
    ///
    /// # Errors
    /// Stripe didn't: what passes may have come about all the same.
    pub async fn give_back(&self, account: &str, intent: &str, cents: i64, ours: &str) -> Result<GivenBack, Trouble> {
        let _turn = self.turn().await?;
        let request =
            CreateRefund::new().payment_intent(intent).amount(cents).metadata([(OURS.to_owned(), ours.to_owned())]);
        let once = once_only(&format!("refund {ours} {cents}"));
        let request = request.customize().request_strategy(once).account_id(AccountId::from(account));
        Ok(given_back(request.send(self.client()?).await.map_err(own_trouble)?))
    }
}

async fn is_disputed(client: &Client, account: &str, intent: &str) -> Result<bool, StripeError> {
    let id = || AccountId::from(account);
    let charges = ListCharge::new().payment_intent(intent).limit(MOST).customize().account_id(id());
    for charge in charges.send(client).await?.data.into_iter().filter(|charge| charge.disputed) {
        let all = ListDispute::new().charge(charge.id.as_str()).limit(MOST).customize().account_id(id());
        if all.send(client).await?.data.iter().any(|dispute| !is_settled(&dispute.status)) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn given_back(from: Refund) -> GivenBack {
    GivenBack {
        id: from.id.to_string(),
        ours: from.metadata.as_ref().and_then(|said| said.get(OURS)).cloned(),
        cents: from.amount,
        failed: matches!(from.status.as_deref(), Some("failed" | "canceled")),
        made_at: Instant::from_unix(from.created),
    }
}

fn page(from: CheckoutSession) -> Page {
    let cents = from.amount_total.filter(|_| from.currency == Some(Currency::AUD)).unwrap_or(0);
    let intent = from.payment_intent.as_ref().map(|intent| intent.id().to_string());
    let state = match (from.status, from.payment_status) {
        (Some(CheckoutSessionStatus::Complete), CheckoutSessionPaymentStatus::Paid) => match intent {
            Some(intent) => PageState::Paid { intent, cents },
            None => PageState::Waits,
        },
        (Some(CheckoutSessionStatus::Expired), _) => PageState::Over,
        (Some(CheckoutSessionStatus::Complete), _) => PageState::Waits,
        _ => PageState::Open,
    };
    let url = from.url.filter(|_| state == PageState::Open);
    Page { id: from.id.to_string(), url, state, reference: from.client_reference_id }
}

/// On an organisation's own account what our key may not do passes: the operator mends the key, and nothing is given up meanwhile. What is
/// for good is an account that was disconnected.
fn own_trouble(error: StripeError) -> Trouble {
    let denied = is_denied(&error);
    let trouble = trouble(error);
    Trouble { passes: trouble.passes || denied, ..trouble }
}

/// Our key is wrong, or may not do that.
fn is_denied(error: &StripeError) -> bool {
    matches!(error, StripeError::Stripe(_, 401 | 403)) && !is_gone(error)
}

/// Stripe's words for an account that was disconnected, or isn't there.
fn is_gone(error: &StripeError) -> bool {
    match error {
        StripeError::Stripe(error, _) => error.code.as_ref().is_some_and(|code| code.as_str() == "account_invalid"),
        _ => false,
    }
}
