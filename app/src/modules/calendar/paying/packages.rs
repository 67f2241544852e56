//! Packages: several sessions of a service, paid for at once. Whoever bought one has a code, which takes a session when they book, in the
//! transaction of the booking; cancelled in time it is there again.

use jiff::{ToSpan, tz::TimeZone};
use rand::{RngExt, rand_core::UnwrapErr, rngs::SysRng};

use super::{
    package_store::{self as packages, Package, Purchase},
    settle::{self, PAGE_SECONDS},
    store::{self, NewPayment, Payment},
};
use crate::{
    audit::Detail,
    billing::own_account,
    clock::Instant,
    crypto::{DataKeys, Place, normalise_email},
    db::Access,
    error::{AppError, Code, FieldErrors, Result},
    ids::OrgId,
    links::{LinkError, Purpose},
    mail::{Letter, Mailing},
    modules::calendar::{
        asked,
        availability::Availability,
        booking::{self, Ending},
        card::Card,
        client::{self, Needs, Teller, Told},
        closures, directory, format,
        ids::{AppointmentId, ClientId, PackageId, PaymentId, PurchaseId, ServiceId},
        letters::kinds::{self, Any},
        permissions,
        store::{self as calendar, Appointment, Service},
    },
    money::dollars,
    org::{Actor, Org, OrgRef, OrgTx},
    platform::Platform,
    web::is_readable,
};

const TABLE: &str = "calendar_purchases";
/// The letters and digits of codes: none that looks like another.
const SIGNS: &[u8] = b"ABCDEFGHJKMNPQRSTUVWXYZ23456789";
/// Twelve of them: nobody guesses 59 bits.
const LENGTH: usize = 12;
/// The private link of what was bought works for six years: as long as any can be used, and one more.
const LINK_SECONDS: i64 = 6 * 366 * 24 * 60 * 60;
/// A business sells so many kinds at most.
const MOST: usize = 100;

/// What a business sells.
#[derive(Debug, Clone)]
pub struct Offer {
    /// The package.
    pub package: Package,
    /// The services that it is for: their words in addresses, and their names.
    pub services: Vec<(String, String)>,
}

/// `/b/{org}/packages`.
#[derive(Debug, Clone)]
pub struct OffersPage {
    /// The business.
    pub org: Org,
    /// What can be bought.
    pub offers: Vec<Offer>,
    /// What each form says of when it was made.
    pub made: Vec<String>,
    /// Clients can pay.
    pub ready: bool,
    /// Its whole address.
    pub address: String,
    /// That of the picture that goes along where it is shared.
    pub card: String,
}

/// `/package/{token}`.
#[derive(Debug, Clone)]
pub struct OwnPage {
    /// The business.
    pub org: Org,
    /// What was bought.
    pub purchase: Purchase,
    /// Its code, once it is paid.
    pub code: String,
    /// It can be used until then: "23 May 2027".
    pub until: String,
    /// The services that it is for.
    pub services: Vec<(String, String)>,
    /// It can still be paid.
    pub to_pay: bool,
    /// It can be used now.
    pub is_good: bool,
}

/// `/app/{org}/calendar/packages`.
#[derive(Debug, Clone)]
pub struct DeskPage {
    /// All of them.
    pub offers: Vec<Offer>,
    /// The services that there are: ids and names.
    pub services: Vec<(String, String)>,
    /// Where clients find them.
    pub address: String,
    /// Clients can pay.
    pub ready: bool,
    /// May set them up.
    pub may_set_up: bool,
    /// May sell them.
    pub may_sell: bool,
    /// What the next one that is sold is called, so that it is sold once.
    pub key: String,
}

/// What a package is to be, as it was typed.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    /// Its name.
    pub name: String,
    /// How many sessions.
    pub sessions: String,
    /// What it costs, in dollars.
    pub price: String,
    /// For how many months.
    pub months: String,
    /// For which services.
    pub services: Vec<String>,
}

/// What a client has: "Ten massages: 7 of 10 left, until 23 May 2027".
#[derive(Debug, Clone)]
pub struct Balance {
    /// In words.
    pub words: String,
    /// Its code, for whoever may change clients; empty where it can’t be used any more.
    pub code: String,
    /// By what the business ends it; empty where it can’t.
    pub ends: String,
}

/// What can be bought.
///
/// # Errors
/// 404 for an unknown business.
pub async fn offers(platform: &Platform, actor: &Actor, org: &str) -> Result<OffersPage> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::BROWSE, Access::Read).await?;
    let services = crate::modules::calendar::views::listed(&mut tx).await?;
    let offers = on_sale(&mut tx, &services).await?;
    let ready = own_account::ready(&mut tx).await?.is_some();
    let (org, now) = (tx.org().clone(), tx.now());
    tx.rollback().await?;
    let made = offers.iter().map(|offer| asked::made_of(platform, org.id, offer.package.id.0, now)).collect();
    let address = format!("{}/b/{}/packages", platform.origin, org.slug);
    let card = Card::of_business(&org).address(&format!("{}/b/{}", platform.origin, org.slug));
    Ok(OffersPage { org, offers, made, ready, address, card })
}

/// What a business sells, each with those of the services on its page that it is for.
///
/// # Errors
/// The database is busy.
pub async fn on_sale(tx: &mut OrgTx, listed: &[Service]) -> Result<Vec<Offer>> {
    let mut offers = all(tx, listed).await?;
    offers.retain(|offer| offer.package.active && !offer.services.is_empty());
    Ok(offers)
}

/// Somebody buys a package; gives the token of its private link, under which it is paid.
///
/// # Errors
/// 422 at each field that is wrong; 409 where it can’t be bought, or nobody can pay; 429 with when to come back for a place on the network
/// that does this again and again.
pub async fn buy(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    package: PackageId,
    (name, email): (&str, &str),
    form: (OrgId, ServiceId),
) -> Result<String> {
    let mut errors = FieldErrors::default();
    let details = client::check(Told { name, email, ..Told::default() }, Needs::Email, &mut errors);
    errors.finish()?;
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::BOOK, Access::Write).await?;
    if form != (tx.id(), ServiceId(package.0)) {
        return Err(asked::by_a_program());
    }
    let found = packages::package(&mut tx, package).await?.filter(|package| package.active);
    let Some(package) = found else {
        return Err(AppError::conflict("This package isn’t sold any more. Please choose another."));
    };
    let Some(account) = own_account::ready(&mut tx).await? else {
        return Err(AppError::conflict("It can’t be paid online at the moment. Please ask the business."));
    };
    let now = tx.now();
    let keys = tx.keys().await?;
    let payment = PaymentId::new(now);
    if let Some(address) = booking::origin(&tx, &keys) {
        booking::check_origin(&mut tx, &address, 1).await?;
        calendar::insert_origin(&mut tx, payment.0, &address, 1).await?;
    }
    let client = client::find_or_add(&mut tx, &keys, &details, false, Teller::Anybody).await?;
    let until = now.plus_seconds(PAGE_SECONDS);
    let new = NewPayment {
        id: payment,
        appointment: None,
        account: &account,
        about: &package.name,
        cents: package.price_cents,
        link_until: link_until(now),
        rules: "[]",
        expires_at: until,
        next_at: until,
    };
    store::insert(&mut tx, &new).await?;
    let fresh = PurchaseId::new(now);
    let purchase = insert(&mut tx, &keys, (fresh, &package), (client, &details.email), Some(payment)).await?;
    let token = link(tx.platform(), tx.id(), purchase.id, purchase.created_at);
    tx.emit("calendar.package_ordered", purchase.id.0).await?;
    tx.commit().await?;
    Ok(token)
}

/// The business sells one that is paid at the counter: it can be used at once, and its client is written to. The same `key` sells one,
/// however often it is sent.
///
/// # Errors
/// 422 at each field that is wrong; 404 for a package that isn’t this organisation’s; 409 for a key that sold something else.
pub async fn sell(
    platform: &Platform,
    actor: &Actor,
    org: &str,
    package: &str,
    (name, email): (&str, &str),
    key: &str,
) -> Result<PurchaseId> {
    let need = &permissions::CHANGE_APPOINTMENTS;
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), need, Access::Write).await?;
    let mut errors = FieldErrors::default();
    let details = client::check(Told { name, email, ..Told::default() }, Needs::Email, &mut errors);
    if package.is_empty() {
        errors.add("package", "Choose a package.");
    }
    // The page has other forms with a name.
    errors.finish().map_err(|error| error.rename_field("name", "client"))?;
    let package = packages::package(&mut tx, package_id(package)?).await?.ok_or_else(gone)?;
    let keys = tx.keys().await?;
    let id = key.parse().unwrap_or_else(|_| PurchaseId::new(tx.now()));
    if let Some(sold) = packages::purchase(&mut tx, id).await? {
        tx.rollback().await?;
        if sold.package_id == package.id && sold.email_index == Some(email_index(&keys, &details.email)) {
            return Ok(id);
        }
        return Err(AppError::conflict("This form sold something before. Please reload the page to sell another."));
    }
    let client = client::find_or_add(&mut tx, &keys, &details, false, Teller::Business).await?;
    let purchase = insert(&mut tx, &keys, (id, &package), (client, &details.email), None).await?;
    tx.audit("calendar.package_sold", purchase.id.0, &Detail::default().with("price", dollars(package.price_cents)))
        .await?;
    tx.emit("calendar.package_sold", purchase.id.0).await?;
    write(&mut tx, &purchase).await?;
    tx.commit().await?;
    Ok(purchase.id)
}

/// The business ends what it sold at the counter, as by mistake: it can’t be used any more. What was booked with it stays.
///
/// # Errors
/// 404 for what isn’t this organisation’s; 409 for what was paid by card, or has ended.
pub async fn stop(platform: &Platform, actor: &Actor, org: &str, id: &str) -> Result<ClientId> {
    let need = &permissions::CHANGE_APPOINTMENTS;
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), need, Access::Write).await?;
    let id: PurchaseId = id.parse().map_err(|_| gone())?;
    let purchase = packages::purchase(&mut tx, id).await?.ok_or_else(gone)?;
    if purchase.payment_id.is_some() {
        let words = "It was paid by card: pay it back in your Stripe dashboard, and it ends by itself.";
        return Err(AppError::conflict(words));
    }
    if purchase.state != "active" {
        return Err(AppError::conflict("It has ended already."));
    }
    packages::end(&mut tx, id, "void").await?;
    tx.emit("calendar.package_ended", id.0).await?;
    tx.commit().await?;
    Ok(purchase.client_id)
}

/// What somebody bought, by its private link.
///
/// # Errors
/// 404 for a token that isn’t ours; 410 for one that has expired.
pub async fn own(platform: &Platform, token: &str) -> Result<OwnPage> {
    let (mut tx, id) = open_own(platform, token).await?;
    let purchase = packages::purchase(&mut tx, id).await?.ok_or_else(gone)?;
    let code = if purchase.state == "active" { code_of(&mut tx, &purchase).await? } else { String::new() };
    let services = services_of(&mut tx, purchase.package_id).await?;
    let payment = payment_of(&mut tx, &purchase).await?;
    let (org, now) = (tx.org().clone(), tx.now());
    tx.rollback().await?;
    let to_pay = payment.is_some_and(|payment| payment.is_open() && now < payment.expires_at);
    let until = day(&org, purchase.expires_at);
    Ok(OwnPage { org, code, until, services, to_pay, is_good: purchase.is_good(now), purchase })
}

/// Opens the organisation that a package’s private link belongs to, to read.
///
/// # Errors
/// 404 for a token that isn’t ours; 410 for one that has expired.
pub async fn open_own(platform: &Platform, token: &str) -> Result<(OrgTx, PurchaseId)> {
    let now = platform.clock.now().timestamp().as_second();
    let link = platform.links.verify(Purpose::Package, token, now).map_err(|error| match error {
        LinkError::Expired => AppError::new(Code::Gone, "This link has expired. Please contact the business."),
        _ => gone(),
    })?;
    let org = OrgRef::Id(OrgId(link.org));
    let tx = OrgTx::open(platform, &Actor::Link(link), org, &permissions::MANAGE_OWN, Access::Read).await?;
    Ok((tx, PurchaseId(link.subject)))
}

/// The desk’s page.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn desk(platform: &Platform, actor: &Actor, org: &str) -> Result<DeskPage> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::VIEW_APPOINTMENTS, Access::Read).await?;
    let services = calendar::services(&mut tx).await?;
    let offers = all(&mut tx, &services).await?;
    let ready = own_account::ready(&mut tx).await?.is_some();
    let active = services.into_iter().filter(|service| service.active);
    let page = DeskPage {
        offers,
        services: active.map(|service| (service.id.to_string(), service.name)).collect(),
        address: format!("{}/b/{org}/packages", platform.origin),
        ready,
        may_set_up: tx.allows(&permissions::SET_UP),
        may_sell: tx.allows(&permissions::CHANGE_APPOINTMENTS),
        key: PurchaseId::new(tx.now()).to_string(),
    };
    tx.rollback().await?;
    Ok(page)
}

/// Adds a package as it was typed. What it is stays as it is: whoever wants it otherwise makes another.
///
/// # Errors
/// 422 at each field that is wrong.
pub async fn add(platform: &Platform, actor: &Actor, org: &str, typed: &Typed) -> Result<PackageId> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::SET_UP, Access::Write).await?;
    let mut errors = FieldErrors::default();
    let name = typed.name.trim();
    if name.is_empty() || name.chars().count() > 100 || !is_readable(name) {
        errors.add("name", "Enter a name of up to 100 characters.");
    }
    let number = |text: &str, most: i64| text.trim().parse::<i64>().ok().filter(|number| (1..=most).contains(number));
    let sessions = errors.take("sessions", number(&typed.sessions, 500).ok_or("Enter 1 to 500 sessions."));
    let months = errors.take("months", number(&typed.months, 60).ok_or("Enter 1 to 60 months."));
    let price = crate::modules::calendar::typed::price(&typed.price);
    let price = price.and_then(|cents| {
        let fits = (crate::billing::till::LEAST_CENTS..=crate::billing::till::MOST_CENTS).contains(&cents);
        if fits { Ok(cents) } else { Err("Enter a price from $0.50 to $999,999.99.".to_owned()) }
    });
    let price_cents = errors.take("price", price);
    let known = calendar::services(&mut tx).await?;
    let chosen: Vec<ServiceId> = typed.services.iter().filter_map(|id| id.parse().ok()).collect();
    let all_known = chosen.iter().all(|id| known.iter().any(|service| service.id == *id));
    if chosen.is_empty() || chosen.len() != typed.services.len() || !all_known {
        errors.add("services", "Choose what it is for.");
    }
    if packages::packages(&mut tx).await?.len() >= MOST {
        errors.add("name", "There are 100 packages, and no more fit.");
    }
    errors.finish()?;
    let id = PackageId::new(tx.now());
    let package = Package { id, name: name.to_owned(), sessions, price_cents, months, active: true, version: 1 };
    packages::insert(&mut tx, &package).await?;
    for service in chosen.into_iter().collect::<std::collections::BTreeSet<_>>() {
        packages::add_service(&mut tx, id, service).await?;
    }
    tx.emit("calendar.package_saved", id.0).await?;
    tx.commit().await?;
    Ok(id)
}

/// Sells a package no more, or again, if it is unchanged since `version`. What was bought stays good.
///
/// # Errors
/// 404 for one that isn’t this organisation’s; 409 when it has changed.
pub async fn offer(platform: &Platform, actor: &Actor, org: &str, id: &str, version: i64, active: bool) -> Result<()> {
    let mut tx = OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::SET_UP, Access::Write).await?;
    let id = package_id(id)?;
    packages::package(&mut tx, id).await?.ok_or_else(gone)?;
    if packages::set_active(&mut tx, id, version, active).await? == 0 {
        return Err(AppError::conflict("Somebody else changed it meanwhile. Please look at it again."));
    }
    tx.emit("calendar.package_saved", id.0).await?;
    tx.commit().await
}

/// What a client has bought.
///
/// # Errors
/// The database is busy, or a key isn’t there.
pub async fn balances(tx: &mut OrgTx, client: ClientId, with_codes: bool) -> Result<Vec<Balance>> {
    let (org, now) = (tx.org().clone(), tx.now());
    let mut balances = Vec::new();
    for purchase in packages::of_client(tx, client).await? {
        let until = day(&org, purchase.expires_at);
        let words = match (purchase.state.as_str(), purchase.is_good(now)) {
            (_, true) => left_of(&org, &purchase),
            ("active", false) => format!("{}: ran out on {until}, with {} left", purchase.name, purchase.left()),
            _ => format!("{}: paid back, or can’t be used any more", purchase.name),
        };
        let code = if with_codes && purchase.is_good(now) { code_of(tx, &purchase).await? } else { String::new() };
        let can_end = with_codes && purchase.is_good(now) && purchase.payment_id.is_none();
        let ends = if can_end { purchase.id.to_string() } else { String::new() };
        balances.push(Balance { words, code, ends });
    }
    Ok(balances)
}

/// What a client has bought and not used up, in words.
///
/// # Errors
/// The database is busy.
pub async fn unused(tx: &mut OrgTx, client: ClientId) -> Result<Vec<String>> {
    let (org, now) = (tx.org().clone(), tx.now());
    let mut bought = packages::of_client(tx, client).await?;
    bought.retain(|purchase| purchase.is_good(now) && purchase.left() > 0);
    Ok(bought.iter().map(|purchase| left_of(&org, purchase)).collect())
}

/// "Ten massages: 7 of 10 left, until 23 May 2027"
fn left_of(org: &Org, purchase: &Purchase) -> String {
    let until = day(org, purchase.expires_at);
    format!("{}: {} of {} left, until {until}", purchase.name, purchase.left(), purchase.sessions)
}

/// Takes sessions of a package for an appointment that is being booked, in its transaction: as many as it has seats. A session is as long
/// as the service is: other lengths cost other prices, and aren’t paid by it.
///
/// # Errors
/// 422 at `package` for a code that wasn’t sent to this address, or isn’t for this, or where not enough is left, or while the bank of who
/// paid for it disputes that.
pub async fn take(
    tx: &mut OrgTx,
    keys: &DataKeys,
    (typed, email): (&str, &str),
    free: &Availability,
    appointment: AppointmentId,
) -> Result<()> {
    let unknown = || {
        AppError::field(
            "package",
            "We don’t know this code with this email. Enter both as they are in the package’s email.",
        )
    };
    let purchase = packages::by_code(tx, index(keys, typed)).await?.ok_or_else(unknown)?;
    let theirs = email_of(tx, keys, &purchase).await?;
    let is_theirs = !theirs.is_empty() && normalise_email(&theirs) == normalise_email(email);
    let bought_with = purchase.email_index.as_ref().is_some_and(|index| *index == email_index(keys, email));
    if !(bought_with || is_theirs) {
        return Err(unknown());
    }
    if !packages::is_for(tx, purchase.package_id, free.service.id).await? {
        return Err(AppError::field("package", "This package is for something else."));
    }
    if free.minutes != free.service.duration_minutes {
        let usual = format::duration(free.service.duration_minutes);
        return Err(AppError::field(
            "package",
            format!("This package is for {usual} each. Choose that, or book without it."),
        ));
    }
    if payment_of(tx, &purchase).await?.is_some_and(|payment| payment.disputed) {
        return Err(AppError::field("package", "This package can’t be used just now. Please contact the business."));
    }
    let seats = free.seats;
    if packages::take(tx, purchase.id, seats).await? == 0 {
        let org = tx.org().clone();
        let words = match (purchase.state.as_str(), purchase.is_good(tx.now())) {
            ("active", false) => format!("This package ran out on {}.", day(&org, purchase.expires_at)),
            ("active", true) if purchase.left() == 0 => "All sessions of this package are used.".to_owned(),
            ("active", true) => format!("This package has {} left, and you need {seats}.", purchase.left()),
            _ => "This package can’t be used.".to_owned(),
        };
        return Err(AppError::field("package", words));
    }
    packages::insert_use(tx, appointment, purchase.id, seats).await?;
    Ok(())
}

/// An appointment came to its end: the sessions that it took are there again, unless its client cancelled late.
///
/// # Errors
/// The database is busy.
pub async fn ended(tx: &mut OrgTx, appointment: &Appointment, ending: Ending) -> Result<()> {
    if ending == Ending::ClientLate {
        return Ok(());
    }
    let Some(taken) = packages::use_of(tx, appointment.id).await? else { return Ok(()) };
    if packages::give_back(tx, appointment.id).await? == 1 {
        packages::untake(tx, taken.purchase_id, taken.sessions).await?;
    }
    Ok(())
}

/// The payment of a package is there: it can be used from now on, and its client is written to. Where less came in than was asked, or it
/// can’t be had any more, it goes back.
///
/// # Errors
/// The database is busy.
pub(super) async fn paid(mut tx: OrgTx, payment: &Payment, cents: i64) -> Result<()> {
    let Some(purchase) = packages::of_payment(&mut tx, payment.id).await? else { return tx.commit().await };
    let can_be_had = settle::can_be_had(&mut tx).await?;
    if cents < payment.cents || purchase.state == "void" || !can_be_had {
        settle::give_back(&mut tx, payment, cents, "late").await?;
        // It was paid for, so its page says that it was paid back; where that comes to nothing, it can be used after all.
        packages::end(&mut tx, purchase.id, "void").await?;
        return tx.commit().await;
    }
    let package = packages::package(&mut tx, purchase.package_id).await?;
    let months = package.map_or(12, |package| package.months);
    let until = after(tx.org(), tx.now(), months);
    packages::activate(&mut tx, purchase.id, until).await?;
    tx.emit("calendar.package_sold", purchase.id.0).await?;
    write(&mut tx, &Purchase { expires_at: until, state: "active".to_owned(), ..purchase }).await?;
    tx.commit().await
}

/// Nobody paid for a package.
///
/// # Errors
/// The database is busy.
pub(super) async fn lapsed(tx: &mut OrgTx, payment: PaymentId) -> Result<()> {
    if let Some(purchase) = packages::of_payment(tx, payment).await?.filter(|purchase| purchase.state == "open") {
        packages::end(tx, purchase.id, "lapsed").await?;
    }
    Ok(())
}

/// Something was paid back of a package: once all of it was, it can’t be used any more; but again where that came to nothing.
///
/// # Errors
/// The database is busy.
pub(super) async fn paid_back(tx: &mut OrgTx, payment: &Payment) -> Result<()> {
    let refunds = store::refunds(tx, payment.id).await?;
    let is_paid = settle::left(payment, &refunds) > 0;
    let Some(purchase) = packages::of_payment(tx, payment.id).await? else { return Ok(()) };
    match (purchase.state.as_str(), is_paid) {
        ("active", false) => {
            packages::end(tx, purchase.id, "void").await?;
            tx.emit("calendar.package_ended", purchase.id.0).await
        }
        ("void", true) => {
            let keys = tx.keys().await?;
            // What was an erased client’s is nobody’s, and what was paid for less than it costs was never sold.
            if email_of(tx, &keys, &purchase).await?.is_empty() || payment.paid_cents < payment.cents {
                return Ok(());
            }
            packages::end(tx, purchase.id, "active").await?;
            tx.emit("calendar.package_sold", purchase.id.0).await
        }
        _ => Ok(()),
    }
}

/// Where whoever bought it sees it: `/package/{token}`; with the address that it was bought with.
///
/// # Errors
/// The database is busy, or a key isn’t there.
pub(super) async fn own_path(tx: &mut OrgTx, payment: &Payment) -> Result<Option<(String, String)>> {
    let Some(purchase) = packages::of_payment(tx, payment.id).await? else { return Ok(None) };
    let token = link(tx.platform(), tx.id(), purchase.id, purchase.created_at);
    let keys = tx.keys().await?;
    let email = email_of(tx, &keys, &purchase).await?;
    Ok(Some((format!("/package/{token}"), email)))
}

/// Where whoever bought it is written to; empty where nobody knows any more.
async fn email_of(tx: &mut OrgTx, keys: &DataKeys, purchase: &Purchase) -> Result<String> {
    match calendar::known_client(tx, purchase.client_id).await? {
        Some(row) => Ok(directory::open_known(keys, &row)?.email),
        None => Ok(String::new()),
    }
}

/// The payment of what was bought.
///
/// # Errors
/// The database is busy.
pub(super) async fn payment_of(tx: &mut OrgTx, purchase: &Purchase) -> Result<Option<Payment>> {
    match purchase.payment_id {
        Some(payment) => Ok(store::payment(tx, payment).await?),
        None => Ok(None),
    }
}

async fn insert(
    tx: &mut OrgTx,
    keys: &DataKeys,
    (id, package): (PurchaseId, &Package),
    (client, email): (ClientId, &str),
    payment: Option<PaymentId>,
) -> Result<Purchase> {
    let now = tx.now();
    let code = fresh_code();
    let purchase = Purchase {
        id,
        package_id: package.id,
        client_id: client,
        payment_id: payment,
        name: package.name.clone(),
        sessions: package.sessions,
        used: 0,
        price_cents: package.price_cents,
        code: keys.seal(place(id), &code),
        email_index: Some(email_index(keys, email)),
        state: if payment.is_some() { "open" } else { "active" }.to_owned(),
        expires_at: after(tx.org(), now, package.months),
        created_at: now,
    };
    packages::insert_purchase(tx, &purchase, index(keys, &code)).await?;
    Ok(purchase)
}

/// Writes to whoever bought it.
async fn write(tx: &mut OrgTx, purchase: &Purchase) -> Result<()> {
    let keys = tx.keys().await?;
    let Some(row) = calendar::known_client(tx, purchase.client_id).await? else { return Ok(()) };
    let client = directory::open_known(&keys, &row)?;
    if client.email.is_empty() {
        return Ok(());
    }
    let (calendar, _) = closures::options(tx).await?;
    let services = services_of(tx, purchase.package_id).await?;
    let code = code_of(tx, purchase).await?;
    let (org, origin) = (tx.org().clone(), tx.platform().origin.clone());
    let letter = letter(
        client.email,
        &Facts {
            client: &crate::modules::calendar::letters::template::tame(&client.name),
            business: &org.name,
            package: &purchase.name,
            sessions: purchase.sessions,
            code: &code,
            until: &day(&org, purchase.expires_at),
            services: &services.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(", "),
            link: format!("{origin}/package/{}", link(tx.platform(), tx.id(), purchase.id, purchase.created_at)),
            contact: [&org.name, &org.address, &org.phone].map(String::as_str),
        },
    );
    let mailing = Mailing {
        sender: Some(org.name),
        reply_to: Some(calendar.letters.reply_to).filter(|address| !address.is_empty()),
        ..Mailing::from(letter)
    };
    kinds::queue(tx, Any::Package, &mailing, None).await?;
    Ok(())
}

/// What the letter says.
pub(crate) struct Facts<'f> {
    pub client: &'f str,
    pub business: &'f str,
    pub package: &'f str,
    pub sessions: i64,
    pub code: &'f str,
    pub until: &'f str,
    pub services: &'f str,
    pub link: String,
    pub contact: [&'f str; 3],
}

/// The letter to whoever bought a package.
pub(crate) fn letter(to: String, facts: &Facts<'_>) -> Letter {
    let Facts { client, business, package, sessions, code, until, services, link, contact } = facts;
    let contact: Vec<&str> = contact.iter().copied().filter(|line| !line.is_empty()).collect();
    Letter {
        to,
        subject: format!("Your package with {business}: {package}"),
        paragraphs: vec![
            format!("Hello {client},"),
            format!("Your package with {business} is ready."),
            format!("{package}\nSessions: {sessions}\nFor: {services}\nGood until {until}"),
            format!("Your code: {code}"),
            "When you book, enter the code and this email address. Each booking takes a session; one that you cancel in time is there again."
                .to_owned(),
        ],
        action: Some(("See what is left".to_owned(), link.clone())),
        closing: vec![contact.join("\n")],
    }
}

/// All packages, each with those of these services that it is for.
async fn all(tx: &mut OrgTx, services: &[Service]) -> Result<Vec<Offer>> {
    let known = packages::packages(tx).await?;
    // Most businesses have none, and their page asks.
    if known.is_empty() {
        return Ok(Vec::new());
    }
    let links = packages::services(tx).await?;
    let named = |id: &ServiceId| {
        let service = services.iter().find(|service| service.id == *id)?;
        Some((service.slug.clone(), service.name.clone()))
    };
    let offer = |package: Package| {
        let services = links.iter().filter(|(id, _)| *id == package.id);
        let services = services.filter_map(|(_, service)| named(service)).collect();
        Offer { package, services }
    };
    Ok(known.into_iter().map(offer).collect())
}

async fn services_of(tx: &mut OrgTx, package: PackageId) -> Result<Vec<(String, String)>> {
    let links = packages::services(tx).await?;
    let services = calendar::active_services(tx).await?.into_iter();
    let is_for = |id: ServiceId| links.contains(&(package, id));
    Ok(services.filter(|service| is_for(service.id)).map(|service| (service.slug, service.name)).collect())
}

async fn code_of(tx: &mut OrgTx, purchase: &Purchase) -> Result<String> {
    let keys = tx.keys().await?;
    open_code(&keys, purchase.id, &purchase.code)
}

/// Opens a code that is sealed.
///
/// # Errors
/// The key that sealed it isn’t there.
pub fn open_code(keys: &DataKeys, id: PurchaseId, sealed: &[u8]) -> Result<String> {
    keys.open(place(id), sealed).map_err(|error| {
        tracing::error!(%error, %id, "a package’s code can’t be read");
        AppError::internal()
    })
}

/// The token of the private link of what was bought.
fn link(platform: &Platform, org: OrgId, id: PurchaseId, created_at: Instant) -> String {
    platform.links.sign(Purpose::Package, org.0, id.0, link_until(created_at))
}

fn link_until(created_at: Instant) -> i64 {
    created_at.plus_seconds(LINK_SECONDS).timestamp().as_second()
}

fn place(id: PurchaseId) -> Place {
    Place { table: TABLE, column: "code", row: id.0 }
}

/// By what a code is found, however it is typed.
fn index(keys: &DataKeys, typed: &str) -> Vec<u8> {
    let plain: String = typed.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase();
    keys.blind_index(TABLE, "code_index", &plain).to_vec()
}

/// By what it is known whether an address is the one that a package was bought with.
fn email_index(keys: &DataKeys, email: &str) -> Vec<u8> {
    keys.blind_index(TABLE, "email_index", &normalise_email(email)).to_vec()
}

/// "K7QF-9M2X-4TDN"
fn fresh_code() -> String {
    let mut random = UnwrapErr(SysRng);
    let mut code = String::with_capacity(LENGTH + 2);
    for place in 0..LENGTH {
        if place > 0 && place % 4 == 0 {
            code.push('-');
        }
        let sign = SIGNS.get(random.random_range(0..SIGNS.len())).copied().unwrap_or(b'A');
        code.push(char::from(sign));
    }
    code
}

/// So many months later, at the end of that day on the business’s calendar.
fn after(org: &Org, now: Instant, months: i64) -> Instant {
    let tz = TimeZone::get(&org.zone).unwrap_or(TimeZone::UTC);
    let day = now.timestamp().to_zoned(tz.clone()).date().saturating_add(months.months());
    let end = day.saturating_add(1.day()).to_zoned(tz).map(|at| at.timestamp());
    end.map_or_else(|_| now.plus_seconds(months * 30 * 24 * 60 * 60), Instant::from_timestamp)
}

/// The last day on which it can be used.
fn day(org: &Org, expires_at: Instant) -> String {
    let tz = TimeZone::get(&org.zone).unwrap_or(TimeZone::UTC);
    format::day_and_year(expires_at.plus_seconds(-1).timestamp().to_zoned(tz).date())
}

/// Reads a package’s id.
///
/// # Errors
/// 404: an id that can’t be read is one that nobody has.
pub fn package_id(text: &str) -> Result<PackageId> {
    text.parse().map_err(|_| gone())
}

fn gone() -> AppError {
    AppError::not_found("that package")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_of_signs_that_nobody_mixes_up() {
        let code = fresh_code();
        assert_eq!((code.len(), code.matches('-').count()), (14, 2), "{code}");
        assert!(!code.contains(['0', 'O', '1', 'I', 'L']), "{code}");
        assert_ne!(code, fresh_code());
    }
}
