//! What Stripe is told and asked, in our own types. Nothing else speaks its API.
//!
//! Prices are made from our plans the first time that somebody buys them, under a name that says the plan, its version, the
//! period and the cents (Stripe's `lookup_key`), so that what a subscription is for can be read from it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use sha2::{Digest, Sha256};
use stripe::{Client, ClientBuilder, IdempotencyKey, RequestStrategy, StripeError, StripeRequest};
use stripe_billing::{
    billing_portal_session::CreateBillingPortalSession,
    invoice::{
        CreatePreviewInvoice, CreatePreviewInvoiceSubscriptionDetails, CreatePreviewInvoiceSubscriptionDetailsItems,
        CreatePreviewInvoiceSubscriptionDetailsItemsPriceData,
        CreatePreviewInvoiceSubscriptionDetailsItemsPriceDataRecurring,
        CreatePreviewInvoiceSubscriptionDetailsItemsPriceDataRecurringInterval as PreviewInterval,
        CreatePreviewInvoiceSubscriptionDetailsItemsPriceDataTaxBehavior as PreviewTax,
        CreatePreviewInvoiceSubscriptionDetailsProrationBehavior, ListInvoice,
    },
    invoice_line_item::ListInvoiceInvoiceLineItem,
    invoice_payment::{ListInvoicePayment, ListInvoicePaymentPayment, ListInvoicePaymentPaymentType},
    subscription::{
        CancelSubscription, ListSubscription, ListSubscriptionStatus, UpdateSubscription, UpdateSubscriptionItems,
        UpdateSubscriptionPaymentBehavior, UpdateSubscriptionProrationBehavior,
    },
    tax_id::{CreateCustomerTaxId, CreateCustomerTaxIdType, DeleteCustomerTaxId, ListCustomerTaxId},
};
use stripe_checkout::checkout_session::{
    CreateCheckoutSession, CreateCheckoutSessionLineItems, CreateCheckoutSessionSubscriptionData,
    ExpireCheckoutSession, ListCheckoutSession,
};
use stripe_core::{
    charge::{ListCharge, RetrieveCharge},
    customer::CreateCustomer,
    dispute::ListDispute,
    refund::ListRefund,
};
use stripe_product::{
    price::{CreatePrice, CreatePriceRecurring, CreatePriceRecurringInterval, ListPrice},
    product::CreateProduct,
};
use stripe_shared::{
    ApiErrorsType, CheckoutSessionMode, CheckoutSessionStatus, DisputeStatus, Price, PriceTaxBehavior, TaxIdType,
};
use stripe_types::Currency;

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::{
    asks::{Ask, Asks},
    plans::Plan,
    wire::Period,
};
use crate::{
    clock::Instant,
    error::{AppError, Code},
    mail::post::without_addresses,
    meters::{self, Often},
};

/// Stripe answers within this time, or is asked again later.
const ANSWERS_WITHIN: Duration = Duration::from_secs(20);
/// So many ask Stripe at once; the others wait for their turn, and no longer than this.
const AT_ONCE: usize = 8;
const TURN_WITHIN: Duration = Duration::from_secs(5);
/// Why nobody was asked, for the operator.
pub(super) const BUSY: &str = "Too many asked Stripe at once.";
/// More subscriptions or invoices than this are on no page of ours.
const MOST: i64 = 100;
/// Where operators see to their account.
const DASHBOARD: &str = "https://dashboard.stripe.com";
/// What a page to pay on is for, in its metadata.
const ORDER: &str = "order";
/// In the name of a price that was agreed on without a limit to the seats.
const NO_LIMIT: &str = "any";
/// All of ours begin with it, in an account that may sell other things too.
const PREFIX: &str = "devalo";

/// Why Stripe didn't do it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Trying again later may help.
    pub passes: bool,
    /// For the operator: nothing that a client or a card's owner wrote.
    pub why: String,
}

/// A turn to ask Stripe. It is over when this is dropped.
#[derive(Debug)]
pub struct Turn {
    _permit: OwnedSemaphorePermit,
    begun: Option<std::time::Instant>,
    /// In a trace, where one is kept.
    _span: tracing::Span,
}

impl Drop for Turn {
    fn drop(&mut self) {
        static TAKES: Often = Often::new(meters::STRIPE_SECONDS, &[]);
        TAKES.since(self.begun);
    }
}

/// How payments are taken: by Stripe; or by nobody, and the operator sets plans by hand.
#[derive(Clone)]
pub struct Payments {
    way: Way,
    /// The prices that are known to be there, by name.
    prices: Arc<Mutex<HashMap<String, String>>>,
    /// Where its pages are, for the policy of the pages whose forms lead there.
    pages: Vec<String>,
    /// Where the operator sees to it.
    dashboard: &'static str,
    secrets: Vec<String>,
    turns: Arc<Semaphore>,
    asks: Arc<Asks>,
}

#[derive(Clone)]
enum Way {
    Stripe(Box<Client>),
    /// For tests: what it would answer when it is asked about a customer.
    Told(Answers),
}

/// What a test's Stripe answers.
pub type Answers = Arc<dyn Fn(&str) -> Result<Account, Trouble> + Send + Sync>;

impl std::fmt::Debug for Payments {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Payments").finish_non_exhaustive()
    }
}

/// What Stripe knows of one customer of ours.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// Its subscriptions, whatever has become of them.
    pub subscriptions: Vec<Subscription>,
    /// Its invoices, the newest first.
    pub invoices: Vec<Invoice>,
    /// What was given back, or is disputed.
    pub returns: Vec<Returned>,
}

/// A subscription of theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// `sub_…`
    pub id: String,
    /// Stripe's word: `trialing`, `active`, `past_due`, `unpaid`, `canceled`, `incomplete`, `incomplete_expired`, `paused`.
    pub status: String,
    /// When it was made.
    pub made_at: Instant,
    /// What it is for.
    pub items: Vec<Item>,
    /// It isn't taken up again after what was paid for.
    pub cancels_at: Option<Instant>,
    /// It is over since then.
    pub ended_at: Option<Instant>,
    /// Until then nothing is paid.
    pub trial_until: Option<Instant>,
    /// What is paid for ends then.
    pub paid_until: Instant,
}

/// A part of what a subscription is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// `si_…`
    pub id: String,
    /// The name of its price.
    pub price: String,
    /// Cents for one.
    pub cents: i64,
    /// How many.
    pub quantity: i64,
    /// Lower case: `aud`.
    pub currency: String,
}

/// An invoice to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    /// `in_…`
    pub id: String,
    /// As it stands on it.
    pub number: String,
    /// Stripe's word: `open`, `paid`, `void`, `uncollectible`.
    pub status: String,
    /// Cents, including GST.
    pub total: i64,
    /// The GST in it, cents.
    pub gst: i64,
    /// When it was made.
    pub made_at: Instant,
    /// When it was paid.
    pub paid_at: Option<Instant>,
    /// Taking the money was tried.
    pub tried: bool,
    /// Where it can be looked at and paid.
    pub page: Option<String>,
    /// What it is for. They add up to the total, unless a discount was given on all of it.
    pub lines: Vec<Line>,
    /// Cents of it that came off a credit from before: nobody was charged for them.
    pub from_credit: i64,
    /// Cents of credit that were left after it, for what comes.
    pub credit_left: i64,
    /// Cents credited before it was paid.
    pub credited_before: i64,
    /// Cents credited after it was paid; what was given back of it is among them.
    pub credited_after: i64,
}

/// A line of an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// "1 × Devalo Team (at $59.00 / month)"
    pub about: String,
    /// How many.
    pub quantity: i64,
    /// Cents for them all, including GST; below zero for what is taken off.
    pub amount: i64,
    /// What it is for begins then.
    pub starts_at: Instant,
    /// And ends then.
    pub ends_at: Instant,
}

/// A payment that was given back, in full or in part, or that a bank disputes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    /// `ch_…`
    pub id: String,
    /// Cents.
    pub amount: i64,
    /// Cents given back.
    pub refunded: i64,
    /// Their bank disputes it, or took it back; not where that came to nothing.
    pub disputed: bool,
    /// When it was made.
    pub made_at: Instant,
    /// The invoice that it paid.
    pub invoice: Option<String>,
    /// When some of it was last given back.
    pub returned_at: Option<Instant>,
}

/// What somebody buys.
#[derive(Debug, Clone, Copy)]
pub struct Order<'o> {
    /// The plan, in a version.
    pub plan: &'o Plan,
    /// How often is paid.
    pub period: Period,
    /// How many may belong; `None`: no limit.
    pub seats: Option<i64>,
    /// Another price than the plan's for it all, cents a period.
    pub price: Option<i64>,
}

impl Order<'_> {
    /// Cents for each period.
    pub fn cents(&self) -> i64 {
        names(self).iter().map(|(_, cents, quantity)| cents * i64::try_from(*quantity).unwrap_or(0)).sum()
    }

    /// This subscription is for it already.
    pub fn is_of(&self, subscription: &Subscription) -> bool {
        let wanted = names(self);
        wanted.len() == subscription.items.len()
            && wanted.iter().zip(&subscription.items).all(|((name, _, quantity), item)| {
                *name == item.price && i64::try_from(*quantity).is_ok_and(|quantity| quantity == item.quantity)
            })
    }
}

/// A way to the page where somebody pays.
#[derive(Debug, Clone)]
pub struct Checkout<'c> {
    /// `cus_…`
    pub customer: &'c str,
    /// What is bought.
    pub order: Order<'c>,
    /// Days before the first payment; `None`: at once.
    pub trial_days: Option<u32>,
    /// When the first payment is, where that was agreed; two days from now at least.
    pub trial_until: Option<Instant>,
    /// Where they come back to once they have paid.
    pub paid: String,
    /// Where they come back to otherwise.
    pub left: String,
}

/// A change of what is paid, as it would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preview {
    /// Cents due at once (including GST), after what was credited before; below zero: a credit for what comes.
    pub now: i64,
    /// Cents of a credit from before that come off it.
    pub credit: i64,
    /// The second that this was reckoned for: the change is made for the same one.
    pub at: i64,
}

impl Payments {
    /// By Stripe, with this secret key. `base` is where its API is, if not where it usually is; `secrets` are those of its
    /// webhooks, several while they change.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn stripe(key: &str, secrets: Vec<String>, base: Option<&str>) -> Result<Self, String> {
        // The same provider as the database's connections have; whoever comes second finds it there.
        let _already = rustls::crypto::ring::default_provider().install_default();
        let mut client = ClientBuilder::new(key).timeout(ANSWERS_WITHIN);
        let hosts = ["checkout", "billing", "connect"];
        let mut pages: Vec<String> = hosts.iter().map(|host| format!("https://{host}.stripe.com")).collect();
        if let Some(base) = base {
            client = client.url(format!("{}/", base.trim_end_matches('/')));
            pages = vec![base.trim_end_matches('/').to_owned()];
        }
        let client = client.build().map_err(|error| format!("no connection can be made: {error}"))?;
        let dashboard = if key.contains("_test_") { "https://dashboard.stripe.com/test" } else { DASHBOARD };
        Ok(Self { pages, dashboard, ..Self::by(Way::Stripe(Box::new(client)), secrets) })
    }

    /// A Stripe that tells what a test has it tell.
    pub fn told(answers: Answers, secrets: Vec<String>) -> Self {
        Self::by(Way::Told(answers), secrets)
    }

    fn by(way: Way, secrets: Vec<String>) -> Self {
        let turns = Arc::new(Semaphore::new(AT_ONCE));
        let (prices, pages) = (Arc::default(), Vec::new());
        Self { way, prices, pages, dashboard: DASHBOARD, secrets, turns, asks: Arc::default() }
    }

    /// The secrets of its webhooks.
    pub fn secrets(&self) -> &[String] {
        &self.secrets
    }

    /// Where its pages are.
    pub fn pages(&self) -> &[String] {
        &self.pages
    }

    /// Where the operator sees a customer at Stripe.
    pub fn customer_page(&self, customer: &str) -> String {
        format!("{}/customers/{customer}", self.dashboard)
    }

    pub(super) fn client(&self) -> Result<&Client, Trouble> {
        match &self.way {
            Way::Stripe(client) => Ok(client.as_ref()),
            Way::Told(_) => Err(Trouble { passes: false, why: "this Stripe only tells".to_owned() }),
        }
    }

    /// A page may ask this about a customer now; and it is counted.
    pub fn may_ask(&self, ask: Ask, customer: &str, now: Instant) -> bool {
        self.asks.may(ask, customer, now)
    }

    /// A turn to ask Stripe, until it is dropped: however many pages are opened, no more than some ask at once.
    ///
    /// # Errors
    /// It didn't come in time.
    pub async fn turn(&self) -> Result<Turn, Trouble> {
        let busy = || Trouble { passes: true, why: BUSY.to_owned() };
        let turn = timeout(TURN_WITHIN, Arc::clone(&self.turns).acquire_owned()).await;
        let turn = turn.map_err(|_| busy())?.map_err(|_| busy())?;
        let span = tracing::debug_span!(target: "devalo::trace", "stripe", otel.kind = "client");
        Ok(Turn { _permit: turn, begun: meters::now(), _span: span })
    }

    /// Makes a customer; the same `once` gives the same one, as long as the name and the address are the same too.
    ///
    /// # Errors
    /// Stripe didn't.
    pub async fn customer(&self, name: &str, email: &str, once: &str) -> Result<String, Trouble> {
        let _turn = self.turn().await?;
        let request = CreateCustomer::new().name(name).email(email).preferred_locales(vec!["en-AU".to_owned()]);
        // Stripe refuses a key that it knows with anything else in it.
        let said = Sha256::digest(format!("{name}\0{email}"));
        let said = said.iter().take(8).fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        let once = once_only(&format!("customer {once} {said}"));
        let made = request.customize().request_strategy(once).send(self.client()?);
        Ok(made.await.map_err(trouble)?.id.to_string())
    }

    /// A customer's ABN is this one alone from now on, and stands on what Stripe sends them; `None`: it has none. The same again changes
    /// nothing.
    ///
    /// # Errors
    /// Stripe didn't.
    pub async fn set_abn(&self, customer: &str, abn: Option<&str>) -> Result<(), Trouble> {
        let _turn = self.turn().await?;
        let client = self.client()?;
        let known = ListCustomerTaxId::new(customer).limit(MOST).send(client).await.map_err(trouble)?.data;
        let digits = |value: &str| value.chars().filter(char::is_ascii_digit).collect::<String>();
        let mut is_there = false;
        for one in known.into_iter().filter(|one| one.type_ == TaxIdType::AuAbn) {
            if abn == Some(digits(&one.value).as_str()) && !is_there {
                is_there = true;
            } else {
                DeleteCustomerTaxId::new(customer, one.id.to_string()).send(client).await.map_err(trouble)?;
            }
        }
        if let Some(abn) = abn.filter(|_| !is_there) {
            let request = CreateCustomerTaxId::new(customer, CreateCustomerTaxIdType::AuAbn, abn);
            request.send(client).await.map_err(trouble)?;
        }
        Ok(())
    }

    /// Everything that it knows of a customer.
    ///
    /// # Errors
    /// Stripe didn't say.
    pub async fn account(&self, customer: &str) -> Result<Account, Trouble> {
        match &self.way {
            // Stripe's objects are large, and lie on no stack while it is asked.
            Way::Stripe(client) => {
                let _turn = self.turn().await?;
                Box::pin(all_of(client, customer)).await
            }
            Way::Told(answers) => answers(customer),
        }
    }

    /// Whose payment a charge is.
    ///
    /// # Errors
    /// Stripe didn't say.
    pub async fn payer(&self, charge: &str) -> Result<Option<String>, Trouble> {
        let _turn = self.turn().await?;
        let charge = RetrieveCharge::new(charge).send(self.client()?).await.map_err(trouble)?;
        Ok(charge.customer.map(|customer| customer.id().to_string()))
    }

    /// The address of the page where somebody pays. A customer has one such page that is open: asked for the same again, it is the
    /// same page; one for anything else is closed first, so that nobody pays on two.
    ///
    /// # Errors
    /// Stripe didn't make one.
    pub async fn checkout(&self, checkout: &Checkout<'_>) -> Result<String, Trouble> {
        let _turn = self.turn().await?;
        let client = self.client()?;
        let lines = self.lines(&checkout.order).await?;
        let mut order: Vec<String> = lines.iter().map(|(price, quantity)| format!("{quantity} {price}")).collect();
        order.extend(checkout.trial_days.map(|days| format!("{days} days free")));
        let trial_end = checkout.trial_until.map(|until| until.timestamp().as_second());
        order.extend(trial_end.map(|until| format!("free until {until}")));
        let order = order.join(", ");
        let before = ListCheckoutSession::new().customer(checkout.customer).limit(MOST).send(client).await;
        let before = before.map_err(trouble)?.data;
        let last = before.first().map_or_else(|| "none".to_owned(), |session| session.id.to_string());
        for session in before.into_iter().filter(|session| session.status == Some(CheckoutSessionStatus::Open)) {
            let said = session.metadata.as_ref().and_then(|said| said.get(ORDER));
            let same = said == Some(&order) && session.success_url.as_deref() == Some(checkout.paid.as_str());
            match session.url.filter(|_| same) {
                Some(page) => return Ok(page),
                None => {
                    ExpireCheckoutSession::new(session.id).send(client).await.map_err(trouble)?;
                }
            }
        }
        let lines = lines
            .into_iter()
            .map(|(price, quantity)| {
                let mut line = CreateCheckoutSessionLineItems::new();
                line.price = Some(price);
                line.quantity = Some(quantity);
                line
            })
            .collect::<Vec<_>>();
        let mut subscription = CreateCheckoutSessionSubscriptionData::new();
        subscription.trial_period_days = checkout.trial_days;
        subscription.trial_end = trial_end;
        let request = CreateCheckoutSession::new()
            .mode(CheckoutSessionMode::Subscription)
            .customer(checkout.customer)
            .line_items(lines)
            .subscription_data(subscription)
            .success_url(checkout.paid.as_str())
            .cancel_url(checkout.left.as_str())
            .metadata([(ORDER.to_owned(), order.clone())]);
        // Two who ask at once, with the same before them, get the same page.
        let once = once_only(&format!("checkout {} {order} after {last}", checkout.customer));
        let session = request.customize().request_strategy(once).send(client).await.map_err(trouble)?;
        session.url.ok_or_else(|| Trouble { passes: false, why: "Stripe made no page to pay on".to_owned() })
    }

    /// Closes the pages that a customer could still pay on.
    ///
    /// # Errors
    /// Stripe didn't.
    pub async fn close_pages(&self, customer: &str) -> Result<(), Trouble> {
        let _turn = self.turn().await?;
        let client = self.client()?;
        let pages = ListCheckoutSession::new().customer(customer).limit(MOST).send(client).await.map_err(trouble)?.data;
        for page in pages.into_iter().filter(|page| page.status == Some(CheckoutSessionStatus::Open)) {
            ExpireCheckoutSession::new(page.id).send(client).await.map_err(trouble)?;
        }
        Ok(())
    }

    /// The address of the page where a customer sees to their card and their invoices.
    ///
    /// # Errors
    /// Stripe didn't make one.
    pub async fn portal(&self, customer: &str, back: &str) -> Result<String, Trouble> {
        let _turn = self.turn().await?;
        let request = CreateBillingPortalSession::new().customer(customer).return_url(back);
        Ok(request.send(self.client()?).await.map_err(trouble)?.url)
    }

    /// What a change of a subscription would cost at once. Nothing is made at Stripe by asking: a price that nobody has bought yet is only
    /// described.
    ///
    /// # Errors
    /// Stripe didn't say.
    pub async fn preview(
        &self,
        customer: &str,
        subscription: &Subscription,
        order: &Order<'_>,
        at: i64,
    ) -> Result<Preview, Trouble> {
        let _turn = self.turn().await?;
        let mut lines = Vec::new();
        for (name, cents, quantity) in names(order) {
            let known = self.find_price(&name).await?;
            lines.push((known.map_or(Priced::NotYet(cents), Priced::Known), quantity));
        }
        let mut items = Vec::new();
        for change in changes(subscription, lines) {
            let mut item = CreatePreviewInvoiceSubscriptionDetailsItems::new();
            (item.id, item.quantity) = (change.id, change.quantity);
            match change.price {
                Some(Priced::Known(price)) => item.price = Some(price),
                Some(Priced::NotYet(cents)) => {
                    item.price_data = Some(self.described(subscription, order.period, cents).await?);
                }
                None => {}
            }
            item.deleted = change.deleted.then_some(true);
            items.push(item);
        }
        let mut details = CreatePreviewInvoiceSubscriptionDetails::new();
        details.items = Some(items);
        details.proration_behavior = Some(CreatePreviewInvoiceSubscriptionDetailsProrationBehavior::AlwaysInvoice);
        details.proration_date = Some(at);
        let request = CreatePreviewInvoice::new()
            .customer(customer)
            .subscription(subscription.id.as_str())
            .subscription_details(details);
        let preview = request.send(self.client()?).await.map_err(trouble)?;
        let (now, credit) = due(preview.total, preview.amount_due);
        Ok(Preview { now, credit, at })
    }

    /// Changes a subscription; what is due for the rest of the period is taken at once, and where it can't be taken nothing
    /// changes.
    ///
    /// # Errors
    /// Stripe didn't; a card that was refused doesn't pass.
    pub async fn change(
        &self,
        subscription: &Subscription,
        order: &Order<'_>,
        at: i64,
        once: &str,
    ) -> Result<(), Trouble> {
        let _turn = self.turn().await?;
        let mut items = Vec::new();
        for change in changes(subscription, self.lines(order).await?) {
            let mut item = UpdateSubscriptionItems::new();
            (item.id, item.price, item.quantity) = (change.id, change.price, change.quantity);
            item.deleted = change.deleted.then_some(true);
            items.push(item);
        }
        let request = UpdateSubscription::new(subscription.id.as_str())
            .items(items)
            .proration_behavior(UpdateSubscriptionProrationBehavior::AlwaysInvoice)
            .proration_date(at)
            .payment_behavior(UpdateSubscriptionPaymentBehavior::ErrorIfIncomplete);
        let once = once_only(&format!("change {once}"));
        request.customize().request_strategy(once).send(self.client()?).await.map_err(trouble)?;
        Ok(())
    }

    /// Lets a subscription end after what was paid for, or takes that back.
    ///
    /// # Errors
    /// Stripe didn't.
    pub async fn let_end(&self, subscription: &str, ends: bool) -> Result<(), Trouble> {
        let _turn = self.turn().await?;
        let request = UpdateSubscription::new(subscription).cancel_at_period_end(ends);
        request.send(self.client()?).await.map_err(trouble)?;
        Ok(())
    }

    /// Ends a subscription at once. One that has ended stays as it is.
    ///
    /// # Errors
    /// Stripe didn't.
    pub async fn end(&self, subscription: &str) -> Result<(), Trouble> {
        let _turn = self.turn().await?;
        CancelSubscription::new(subscription).send(self.client()?).await.map_err(trouble)?;
        Ok(())
    }

    /// What an order is made of: prices and how many of each.
    async fn lines(&self, order: &Order<'_>) -> Result<Vec<(String, u64)>, Trouble> {
        let mut lines = Vec::new();
        for (name, cents, quantity) in names(order) {
            lines.push((self.price(order, &name, cents).await?, quantity));
        }
        Ok(lines)
    }

    /// The price with this name, made if it isn't there yet.
    async fn price(&self, order: &Order<'_>, name: &str, cents: i64) -> Result<String, Trouble> {
        if let Some(id) = self.find_price(name).await? {
            return Ok(id);
        }
        let id = self.make_price(self.client()?, order, name, cents).await?;
        self.remember(name, &id);
        Ok(id)
    }

    /// The price with this name, if it is there.
    async fn find_price(&self, name: &str) -> Result<Option<String>, Trouble> {
        let known = self.prices.lock().ok().and_then(|prices| prices.get(name).cloned());
        if known.is_some() {
            return Ok(known);
        }
        let found = self.look_up(name, true).await?.map(|price| price.id.to_string());
        if let Some(id) = &found {
            self.remember(name, id);
        }
        Ok(found)
    }

    fn remember(&self, name: &str, id: &str) {
        if let Ok(mut prices) = self.prices.lock() {
            prices.insert(name.to_owned(), id.to_owned());
        }
    }

    async fn look_up(&self, name: &str, on_sale: bool) -> Result<Option<Price>, Trouble> {
        let mut request = ListPrice::new().lookup_keys(vec![name.to_owned()]).limit(1);
        if on_sale {
            request = request.active(true);
        }
        Ok(request.send(self.client()?).await.map_err(trouble)?.data.into_iter().next())
    }

    /// What a price would be that isn't there yet. What it would be for makes no difference to what is due, so it is for what they have.
    async fn described(
        &self,
        subscription: &Subscription,
        period: Period,
        cents: i64,
    ) -> Result<CreatePreviewInvoiceSubscriptionDetailsItemsPriceData, Trouble> {
        let unknown = || Trouble { passes: false, why: "a subscription’s price isn’t known at Stripe".to_owned() };
        let has = subscription.items.first().ok_or_else(unknown)?;
        let price = self.look_up(&has.price, false).await?.ok_or_else(unknown)?;
        let interval = match period {
            Period::Month => PreviewInterval::Month,
            Period::Year => PreviewInterval::Year,
        };
        let mut described = CreatePreviewInvoiceSubscriptionDetailsItemsPriceData::new(
            Currency::AUD,
            price.product.id().to_string(),
            CreatePreviewInvoiceSubscriptionDetailsItemsPriceDataRecurring::new(interval),
        );
        described.unit_amount = Some(cents);
        described.tax_behavior = Some(PreviewTax::Inclusive);
        Ok(described)
    }

    async fn make_price(&self, client: &Client, order: &Order<'_>, name: &str, cents: i64) -> Result<String, Trouble> {
        let seat = name.split('.').any(|part| part == "seat");
        let of = if seat { "_seat" } else { "" };
        let product = format!("{PREFIX}_{}_{}{of}", order.plan.name, order.plan.version);
        let title = if seat {
            format!("Devalo {}, one more seat", order.plan.title)
        } else {
            format!("Devalo {}", order.plan.title)
        };
        match CreateProduct::new(title).id(product.as_str()).send(client).await {
            Ok(_) => {}
            Err(StripeError::Stripe(error, 400))
                if error.code == Some(stripe_shared::ApiErrorsCode::ResourceAlreadyExists) => {}
            Err(error) => return Err(trouble(error)),
        }
        let interval = match order.period {
            Period::Month => CreatePriceRecurringInterval::Month,
            Period::Year => CreatePriceRecurringInterval::Year,
        };
        let request = CreatePrice::new(Currency::AUD)
            .product(product.as_str())
            .lookup_key(name)
            .unit_amount(cents)
            .recurring(CreatePriceRecurring::new(interval))
            // All our prices include GST.
            .tax_behavior(PriceTaxBehavior::Inclusive);
        let once = once_only(&format!("price {name}"));
        Ok(request.customize().request_strategy(once).send(client).await.map_err(trouble)?.id.to_string())
    }
}

/// A price, as a preview names it.
enum Priced {
    /// By its id.
    Known(String),
    /// By its cents: nobody has bought it yet.
    NotYet(i64),
}

struct Change<P> {
    id: Option<String>,
    price: Option<P>,
    quantity: Option<u64>,
    deleted: bool,
}

/// How a subscription's items become those wanted: each a price and how many of it.
fn changes<P>(subscription: &Subscription, wanted: Vec<(P, u64)>) -> Vec<Change<P>> {
    let mut changes: Vec<Change<P>> = Vec::new();
    let (mut there, mut wanted) = (subscription.items.iter(), wanted.into_iter());
    loop {
        match (there.next(), wanted.next()) {
            (None, None) => return changes,
            (item, Some((price, quantity))) => changes.push(Change {
                id: item.map(|item| item.id.clone()),
                price: Some(price),
                quantity: Some(quantity),
                deleted: false,
            }),
            (Some(item), None) => {
                changes.push(Change { id: Some(item.id.clone()), price: None, quantity: None, deleted: true });
            }
        }
    }
}

/// What an order's parts are called, what one of each costs, and how many there are: `devalo.team.1.month.5900`, and more seats
/// than come with it as `devalo.team.1.month.seat.900`.
fn names(order: &Order<'_>) -> Vec<(String, i64, u64)> {
    let Order { plan, period, seats, price } = order;
    let of = format!("{PREFIX}.{}.{}.{}", plan.name, plan.version, period.as_str());
    let (base, each) = match period {
        Period::Month => (plan.month, plan.seat_month),
        Period::Year => (plan.year, plan.seat_year),
    };
    if let Some(agreed) = price {
        let seats = seats.map_or_else(|| NO_LIMIT.to_owned(), |seats| seats.to_string());
        return vec![(format!("{of}.agreed.{seats}.{agreed}"), *agreed, 1)];
    }
    let mut names = vec![(format!("{of}.{base}"), base, 1)];
    let more = plan.seats.zip(*seats).map_or(0, |(with, seats)| (seats - with).max(0));
    if more > 0 {
        names.push((format!("{of}.seat.{each}"), each, u64::try_from(more).unwrap_or(0)));
    }
    names
}

/// What the name of a price says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The plan's name.
    pub plan: String,
    /// Its version.
    pub version: i64,
    /// How often is paid.
    pub period: Period,
    /// It is for seats more.
    pub seat: bool,
    /// The seats, where they were agreed on with the price.
    pub seats: Option<i64>,
    /// It was agreed with the price that there is no limit to them.
    pub no_limit: bool,
}

/// Reads the name of a price; `None` for one that isn't ours.
pub fn read_name(name: &str) -> Option<Named> {
    let mut parts = name.split('.');
    if parts.next()? != PREFIX {
        return None;
    }
    let (plan, version, period) =
        (parts.next()?.to_owned(), parts.next()?.parse().ok()?, Period::parse(parts.next()?)?);
    let (mut seat, mut seats, mut no_limit) = (false, None, false);
    match parts.next()? {
        "seat" => seat = true,
        "agreed" => match parts.next()? {
            NO_LIMIT => no_limit = true,
            text => seats = Some(text.parse().ok()?),
        },
        _ => {}
    }
    Some(Named { plan, version, period, seat, seats, no_limit })
}

impl From<stripe_shared::Subscription> for Subscription {
    fn from(from: stripe_shared::Subscription) -> Self {
        let paid_until = from.items.data.iter().map(|item| item.current_period_end).max().unwrap_or(from.created);
        let cancels_at = from.cancel_at.or_else(|| from.cancel_at_period_end.then_some(paid_until));
        Self {
            id: from.id.to_string(),
            status: from.status.as_str().to_owned(),
            made_at: Instant::from_unix(from.created),
            items: from
                .items
                .data
                .into_iter()
                .map(|item| Item {
                    id: item.id.to_string(),
                    price: item.price.lookup_key.unwrap_or_default(),
                    cents: item.price.unit_amount.unwrap_or(0),
                    quantity: item.quantity.and_then(|many| i64::try_from(many).ok()).unwrap_or(1),
                    currency: item.price.currency.to_string(),
                })
                .collect(),
            cancels_at: cancels_at.map(Instant::from_unix),
            ended_at: from.ended_at.map(Instant::from_unix),
            trial_until: from.trial_end.map(Instant::from_unix),
            paid_until: Instant::from_unix(paid_until),
        }
    }
}

async fn all_of(client: &Client, customer: &str) -> Result<Account, Trouble> {
    let subscriptions = ListSubscription::new().customer(customer).status(ListSubscriptionStatus::All).limit(MOST);
    let subscriptions = subscriptions.send(client).await.map_err(trouble)?;
    let invoices = ListInvoice::new().customer(customer).limit(MOST).send(client).await.map_err(trouble)?;
    let charges = ListCharge::new().customer(customer).limit(MOST).send(client).await.map_err(trouble)?;
    let mut account = Account {
        subscriptions: subscriptions.data.into_iter().map(Subscription::from).collect(),
        ..Account::default()
    };
    for mut invoice in invoices.data {
        if let Some(id) = invoice.id.clone().filter(|_| invoice.lines.has_more) {
            let lines = ListInvoiceInvoiceLineItem::new(id).limit(MOST);
            invoice.lines = lines.send(client).await.map_err(trouble)?;
        }
        account.invoices.extend(read_invoice(invoice));
    }
    for charge in charges.data.into_iter().filter(|charge| charge.amount_refunded > 0 || charge.disputed) {
        account.returns.push(Box::pin(read_return(client, charge)).await?);
    }
    Ok(account)
}

/// What a change with this total takes now, and how much of it comes off a credit from before. What gives something back takes nothing:
/// it is below zero as it stands.
fn due(total: i64, amount_due: i64) -> (i64, i64) {
    if total > 0 { (amount_due, (total - amount_due).max(0)) } else { (total, 0) }
}

/// A draft has no number yet, and may still change.
fn read_invoice(from: stripe_shared::Invoice) -> Option<Invoice> {
    let status = from.status.as_ref().map(|status| status.as_str().to_owned())?;
    if status == "draft" {
        return None;
    }
    // Where the account doesn't reckon tax itself: GST is one eleventh of a price that includes it.
    let gst = match from.total_taxes.as_deref() {
        None | Some([]) => (from.total + 5).div_euclid(11),
        Some(taxes) => taxes.iter().map(|tax| tax.amount).sum(),
    };
    // Below zero is what they have too much; above it is what they owe.
    let credit = |balance: i64| (-balance).max(0);
    let credit_left = from.ending_balance.map_or(0, credit);
    let used = from.ending_balance.map_or(0, |_| credit(from.starting_balance) - credit_left);
    Some(Invoice {
        id: from.id?.to_string(),
        number: from.number.unwrap_or_default(),
        status,
        total: from.total,
        gst,
        made_at: Instant::from_unix(from.created),
        paid_at: from.status_transitions.paid_at.map(Instant::from_unix),
        tried: from.attempted,
        page: from.hosted_invoice_url,
        lines: from
            .lines
            .data
            .into_iter()
            .map(|line| Line {
                about: line.description.unwrap_or_default(),
                quantity: line.quantity.and_then(|many| i64::try_from(many).ok()).unwrap_or(1),
                amount: line.amount,
                starts_at: Instant::from_unix(line.period.start),
                ends_at: Instant::from_unix(line.period.end),
            })
            .collect(),
        from_credit: used.max(0),
        credit_left,
        credited_before: from.pre_payment_credit_notes_amount,
        credited_after: from.post_payment_credit_notes_amount,
    })
}

/// Which invoice it was for, when it was given back, and what became of a dispute, Stripe only says when it is asked.
async fn read_return(client: &Client, from: stripe_shared::Charge) -> Result<Returned, Trouble> {
    let mut invoice = None;
    if let Some(intent) = &from.payment_intent {
        let mut by = ListInvoicePaymentPayment::new(ListInvoicePaymentPaymentType::PaymentIntent);
        by.payment_intent = Some(intent.id().to_string());
        let paid = ListInvoicePayment::new().payment(by).limit(1).send(client).await.map_err(trouble)?;
        invoice = paid.data.first().and_then(|paid| paid.invoice.id().as_ref()).map(ToString::to_string);
    }
    let mut returned_at = None;
    if from.amount_refunded > 0 {
        let refunds = ListRefund::new().charge(from.id.as_str()).limit(MOST).send(client).await.map_err(trouble)?;
        returned_at = refunds.data.iter().map(|refund| refund.created).max();
    }
    let mut disputed = false;
    if from.disputed {
        let all = ListDispute::new().charge(from.id.as_str()).limit(MOST).send(client).await.map_err(trouble)?;
        disputed = all.data.iter().any(|dispute| !is_settled(&dispute.status));
    }
    Ok(Returned {
        id: from.id.to_string(),
        amount: from.amount,
        refunded: from.amount_refunded,
        disputed,
        made_at: Instant::from_unix(from.created),
        invoice,
        returned_at: returned_at.map(Instant::from_unix),
    })
}

/// A dispute that came to nothing.
pub(super) fn is_settled(status: &DisputeStatus) -> bool {
    matches!(status, DisputeStatus::Won | DisputeStatus::WarningClosed | DisputeStatus::Prevented)
}

pub(super) fn once_only(key: &str) -> RequestStrategy {
    IdempotencyKey::new(key).map_or(RequestStrategy::Once, RequestStrategy::Idempotent)
}

/// What was wrong with what we asked for is told in Stripe's words, unless it is with what a person wrote; of a card only the codes are.
pub(super) fn trouble(error: StripeError) -> Trouble {
    let trouble = trouble_of(error);
    meters::STRIPE_ERRORS.count(&[if trouble.passes { "yes" } else { "no" }]);
    trouble
}

fn trouble_of(error: StripeError) -> Trouble {
    match error {
        StripeError::Stripe(error, status) => {
            let code = error.code.as_ref().map(|code| format!(" {}", code.as_str())).unwrap_or_default();
            let param = error.param.map(|param| format!(" ({param})")).unwrap_or_default();
            let ours = error.type_ == ApiErrorsType::InvalidRequestError
                && !["(name", "(email", "(phone", "(address"].iter().any(|begin| param.trim().starts_with(begin));
            let said = error.message.filter(|_| ours).map(|said| format!(": {}", without_addresses(&said)));
            Trouble {
                passes: status == 409 || status == 429 || status >= 500,
                why: format!("Stripe: {status} {}{code}{param}{}", error.type_.as_str(), said.unwrap_or_default()),
            }
        }
        StripeError::Timeout => Trouble { passes: true, why: "Stripe didn’t answer in time.".to_owned() },
        StripeError::ClientError(_) => Trouble { passes: true, why: "Stripe can’t be reached.".to_owned() },
        StripeError::JSONDeserialize(_) => {
            Trouble { passes: true, why: "Stripe’s answer can’t be read.".to_owned() }
        }
        StripeError::ConfigError(why) => Trouble { passes: false, why },
    }
}

impl From<Trouble> for AppError {
    fn from(trouble: Trouble) -> Self {
        tracing::error!(why = trouble.why, "a payment’s step failed");
        if trouble.why.contains("card_error") {
            return Self::new(
                Code::PaymentNeeded,
                "Your card was refused, so nothing has changed. See to your card under “Manage card”, then try again.",
            );
        }
        if trouble.why == BUSY {
            return Self {
                retry_after: Some(5),
                ..Self::new(
                    Code::Unavailable,
                    "Many people are at their payments just now. Nothing was charged. Please try again in a moment.",
                )
            };
        }
        if !trouble.passes {
            return Self::new(
                Code::Internal,
                "That didn’t work, and trying again won’t help: whoever runs this platform has to look into it. Nothing was charged.",
            );
        }
        Self {
            retry_after: Some(60),
            ..Self::new(
                Code::Unavailable,
                "Payments can’t be reached at the moment. Nothing was charged. Please try again in a few minutes.",
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use stripe::StripeError;
    use stripe_shared::{ApiErrors, ApiErrorsCode, ApiErrorsType};

    use super::{Code, due, trouble};
    use crate::error::AppError;

    #[test]
    fn a_credit_comes_off_what_is_due() {
        for (total, amount_due, is) in [
            (17_100, 17_100, (17_100, 0)),
            (17_100, 600, (600, 16_500)),
            (17_100, 0, (0, 17_100)),
            // They owe something from before: it is taken with it.
            (17_100, 18_000, (18_000, 0)),
            (0, 0, (0, 0)),
            (-16_500, 0, (-16_500, 0)),
        ] {
            assert_eq!(due(total, amount_due), is, "{total} {amount_due}");
        }
    }

    /// The operator reads what Stripe has against what we asked for, and nothing that a person wrote; who pays isn't told to try again
    /// where that changes nothing.
    #[test]
    fn what_stripe_says_is_told_to_the_operator() {
        let refused = |param: &str, message: &str| {
            let error = ApiErrors {
                advice_code: None,
                charge: None,
                code: Some(ApiErrorsCode::ResourceMissing),
                decline_code: None,
                doc_url: None,
                message: Some(message.to_owned()),
                network_advice_code: None,
                network_decline_code: None,
                param: Some(param.to_owned()),
                payment_intent: None,
                payment_method: None,
                payment_method_type: None,
                request_log_url: None,
                setup_intent: None,
                source: None,
                type_: ApiErrorsType::InvalidRequestError,
            };
            trouble(StripeError::Stripe(Box::new(error), 400))
        };
        let missing = refused("customer", "No such customer: 'cus_1' of casey@example.com");
        assert_eq!(
            missing.why,
            "Stripe: 400 invalid_request_error resource_missing (customer): No such customer: 'cus_1' of (an address)"
        );
        let told = AppError::from(missing);
        assert_eq!((told.code, told.retry_after), (Code::Internal, None));
        assert!(told.message.contains("Nothing was charged"), "{told:?}");
        let named = refused("name", "Invalid string: Casey Client");
        assert_eq!(named.why, "Stripe: 400 invalid_request_error resource_missing (name)");
        let passes = AppError::from(trouble(StripeError::Timeout));
        assert_eq!((passes.code, passes.retry_after), (Code::Unavailable, Some(60)));
    }
}
