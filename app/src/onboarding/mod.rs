//! How a business comes to an organisation of its own: by itself, or invited by whoever runs the platform or a partner of theirs. Each step can be left
//! and taken up again: the link in the letter, and later logging in, lead to the next one.

pub mod api;
pub mod invites;
pub mod partners;
pub mod partners_api;
pub mod pay;
pub mod trial;
pub mod views;

use std::collections::HashMap;

use uuid::Uuid;

use crate::{
    audit::{self, Detail},
    auth::{
        accounts::{self, NewOrg},
        log_in::{self, Admitted, Browser},
        password,
        secret_token::{Kind, SecretToken},
        session,
        standing::{LoggedIn, Standing},
        throttle::{self, Subject},
    },
    billing::{
        plans::{self, Plan, Plans},
        terms::{State, Terms},
        wire::Period,
    },
    clock::Instant,
    crypto::{DataKeys, Place, normalise_email},
    db::{Access, Tx},
    error::{AppError, Code, FieldErrors, Result},
    id,
    ids::{OrgId, UserId, batches},
    mail::{self, Letter},
    modules::MODULES,
    names,
    org::OrgTx,
    platform::{PLATFORM_OWNER, Platform, PlatformTx},
    platform_sql, slug,
    web::{check_name, check_own_name},
};

id!(
    /// A business on its way.
    SignupId
);

/// The link in the letter is good for a week; a sign-up that was begun is kept as long.
const LIFE_SECONDS: i64 = 7 * 24 * 60 * 60;
/// What lapsed is forgotten a month later.
const KEPT_SECONDS: i64 = 30 * 24 * 60 * 60;
/// What is said where signing up by oneself is a way on. Whoever is invited has a better one.
pub const BEGIN_AGAIN: &str = "You can begin again at any time.";
/// Numbers tried at the end of an address that is taken.
const TRIES: usize = 50;

/// A business on its way to an organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signup {
    /// Its id.
    pub id: SignupId,
    /// Whose it is.
    pub email: String,
    /// The plan's name.
    pub plan: String,
    /// Which version of it.
    pub plan_version: i64,
    /// How often is paid.
    pub period: Period,
    /// How many may belong; `None`: no limit.
    pub seats: Option<i64>,
    /// Another price than the plan's, cents a period.
    pub price: Option<i64>,
    /// Other modules than the plan's, with spaces between.
    pub modules: Option<String>,
    /// Days without a payment, for who was invited.
    pub free_days: Option<i64>,
    /// It is billed by hand: no card is asked for.
    pub by_hand: bool,
    /// Whoever runs the platform invited it, or a partner.
    pub invited: bool,
    /// The partner that invited it.
    pub partner: Option<OrgId>,
    /// What a partner called it.
    pub invited_as: Option<String>,
    /// The business's name, as far as it is known.
    pub business: Option<String>,
    /// The word in its address, once it was chosen.
    pub slug: Option<String>,
    /// IANA zone.
    pub zone: Option<String>,
    /// Public phone number.
    pub phone: Option<String>,
    /// The account that goes on with it.
    pub user: Option<UserId>,
    /// What Stripe knows it as.
    pub customer: Option<String>,
    /// The organisation that came of it.
    pub made: Option<OrgId>,
    /// It can be gone on with until then.
    pub until: Instant,
    /// When it was begun.
    pub begun_at: Instant,
    /// It was taken back.
    pub withdrawn: bool,
}

impl Signup {
    /// The plan, as it was when they chose it.
    pub fn plan<'p>(&self, plans: &'p Plans) -> Option<&'p Plan> {
        plans.find(&self.plan, self.plan_version)
    }
}

/// What somebody chooses on the first page.
#[derive(Debug, Clone, Default)]
pub struct Chosen {
    /// A plan's name.
    pub plan: String,
    /// `month` or `year`.
    pub period: String,
    /// How many may belong.
    pub seats: String,
    /// Their address.
    pub email: String,
}

/// What somebody says of themselves and their business.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// Their own name; for a new account.
    pub name: String,
    /// Their new password; for a new account.
    pub password: String,
    /// The business's name.
    pub business: String,
    /// The word in its address; empty: made from its name.
    pub slug: String,
    /// IANA zone.
    pub zone: String,
    /// Public phone number.
    pub phone: String,
}

/// Who goes on with a sign-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum You {
    /// Whose it is, logged in.
    Theirs(LoggedIn),
    /// Somebody else, logged in.
    Another,
    /// Nobody is logged in; whose it is has an account.
    Known,
    /// Nobody is logged in; whose it is has no account yet.
    New,
}

/// What comes next.
#[derive(Debug)]
pub enum Next {
    /// Paying.
    Pay(SignupId),
    /// The organisation is there.
    There(String),
}

/// Takes down what somebody chose, and writes to them: whoever has the link reads mail at the address.
///
/// # Errors
/// 422 at `plan`, `period`, `seats` or `email`; 429 for too many; 404 where nobody can sign up by themselves.
pub async fn begin(platform: &Platform, chosen: &Chosen, browser: &Browser) -> Result<()> {
    if platform.payments().is_none() {
        return Err(AppError::not_found("that page"));
    }
    let mut errors = FieldErrors::default();
    let plan = platform.plans().sold().find(|plan| plan.name == chosen.plan);
    let paid = plans::choose(plan, &chosen.period, &chosen.seats, 0, &mut errors);
    let email = chosen.email.trim();
    if email.is_empty() {
        errors.add("email", "Enter your email address.");
    } else if !log_in::is_email(email) {
        errors.add("email", "Enter an email address like name@example.com.au.");
    }
    errors.finish()?;
    let Some((plan, (period, seats))) = plan.zip(paid) else { return Err(AppError::internal()) };
    count(platform, email, browser).await?;
    let fresh = Fresh {
        plan,
        period,
        seats: Some(seats),
        price: None,
        modules: None,
        free_days: None,
        by_hand: false,
        invited_by: None,
        partner: None,
        business: None,
    };
    let mut tx = platform.begin(Access::Write).await?;
    let (id, token) = insert(platform, &mut tx, email, &fresh).await?;
    tracing::info!(%id, "a business has begun to sign up");
    let letter = begun_letter(&platform.origin, email.to_owned(), &plan.title, &token.reveal());
    let until = platform.clock.now().plus_seconds(LIFE_SECONDS);
    mail::queue(platform, &mut tx, "onboarding.begun", &letter, Some(until)).await?;
    Ok(tx.commit().await?)
}

/// A sign-up by its link, and who looks at it. After its week the link leads on whose it is, logged in, and nobody else.
///
/// # Errors
/// 404 for a link that doesn't work; after its week 401 for who isn't logged in, and 403 for somebody else.
pub async fn look(platform: &Platform, standing: Standing, token: &str) -> Result<(Signup, You)> {
    let mut tx = platform.begin(Access::Read).await?;
    let signup = by_token(platform, &mut tx, token).await?;
    let keys = platform.data_keys(&mut tx, PLATFORM_OWNER).await?;
    let index = keys.blind_index("users", "email", &normalise_email(&signup.email)).to_vec();
    let account = platform_sql!(optional(UserId,), &mut tx, "SELECT id FROM users WHERE email_index = $1", index)?
        .map(|(id,)| id);
    tx.commit().await?;
    let you = match (standing.logged_in(), account) {
        (Ok(person), Some(user)) if person.user() == user => You::Theirs(person),
        (Ok(_), _) => You::Another,
        (Err(_), Some(_)) => You::Known,
        (Err(_), None) => You::New,
    };
    if signup.until > platform.clock.now() {
        return Ok((signup, you));
    }
    match you {
        You::Theirs(person) if signup.user == Some(person.user()) => Ok((signup, you)),
        You::Theirs(_) | You::Another => Err(not_theirs()),
        You::Known | You::New => Err(AppError::new(
            Code::Unauthenticated,
            "This link was good for a week. Log in with the account that you made with it, then go on.",
        )),
    }
}

/// Takes down what somebody says of themselves and their business, makes their account where they have none, and says what comes
/// next. Who was invited has their organisation at once.
///
/// # Errors
/// 404 for a link that doesn't work; 403 for somebody else's; 409 for an address that has an account; 422 at the field that is wrong.
pub async fn found(
    platform: &Platform,
    standing: Standing,
    token: &str,
    about: &About,
    browser: &Browser,
) -> Result<(Option<Admitted>, Next)> {
    let (signup, you) = look(platform, standing, token).await?;
    if signup.made.is_some() {
        return Err(gone());
    }
    let mut errors = FieldErrors::default();
    let business = if about.business.trim().is_empty() {
        errors.add("business", "Enter the business name.");
        String::new()
    } else {
        errors.take("business", check_name(&about.business))
    };
    let word = match about.slug.trim() {
        "" => slug::from_name(&names::composed(&about.business)),
        typed => typed.to_lowercase(),
    };
    // It is made of the name: without one there is nothing to say of it.
    if !word.is_empty() || !about.business.trim().is_empty() {
        errors.take("slug", accounts::check_slug(&word));
    }
    if jiff::tz::TimeZone::get(&about.zone).is_err() {
        errors.add("zone", "Choose a time zone.");
    }
    let phone = about.phone.trim();
    if phone.chars().count() > 40 || phone.chars().any(char::is_control) {
        errors.add("phone", "Enter a phone number of at most 40 characters, or nothing.");
    }
    let mut name = String::new();
    if you == You::New {
        name = errors.take("name", check_own_name(&about.name));
        let own = [about.name.trim(), &signup.email, about.business.trim()];
        errors.take("password", password::check_new(&about.password, &own));
    }
    errors.finish()?;
    if about.slug.trim().is_empty() {
        // Whoever chose no word gets one that is free when it comes to it.
    } else if is_taken(platform, &word).await? {
        return Err(AppError::field("slug", "That address is taken. Please choose another."));
    }
    let hash = match you {
        You::New => Some(log_in::hashed(&about.password).await?),
        You::Theirs(_) => None,
        You::Another => return Err(not_theirs()),
        You::Known => {
            return Err(AppError::conflict(
                "There is an account with this address already. Log in with it, then go on.",
            ));
        }
    };
    let mut tx = platform.begin_across_orgs(Access::Write).await?;
    // What is free stays free until this is done: one after the other.
    let mine = platform_sql!(
        exec,
        &mut tx,
        "UPDATE signups SET business = $2, slug = $3, zone = $4, phone = $5 WHERE id = $1 AND made_org IS NULL AND withdrawn_at IS NULL",
        signup.id,
        business.as_str(),
        word.as_str(),
        about.zone.as_str(),
        phone
    )?;
    if mine == 0 {
        return Err(gone());
    }
    let user = match (you, hash) {
        (You::Theirs(person), _) => person.user(),
        (_, Some(hash)) => {
            let user = accounts::insert_user(platform, &mut tx, &signup.email, &name, hash).await.map_err(|error| {
                if error.code == Code::Conflict {
                    AppError::conflict("There is an account with this address already. Log in with it, then go on.")
                } else {
                    error
                }
            })?;
            let now = platform.clock.now();
            platform_sql!(exec, &mut tx, "UPDATE users SET email_confirmed_at = $2 WHERE id = $1", user, now)?;
            user
        }
        (_, None) => return Err(AppError::internal()),
    };
    platform_sql!(exec, &mut tx, "UPDATE signups SET user_id = $2 WHERE id = $1", signup.id, user)?;
    let signup = read(platform, &mut tx, signup.id).await?;
    let next = if signup.invited {
        let now = platform.clock.now();
        let terms = agreed(platform, &signup, now);
        let (org, slug) = make(platform, &mut tx, &signup, user).await?;
        if signup.free_days.is_some() {
            trial::had(platform, &mut tx, user, &signup).await?;
        }
        settle(platform, tx, org, &terms).await?;
        Next::There(slug)
    } else {
        tx.commit().await?;
        Next::Pay(signup.id)
    };
    let admitted = if you == You::New {
        Some(log_in::first_time(platform, user, browser).await?)
    } else {
        session::set_idle(platform, user).await?;
        None
    };
    Ok((admitted, next))
}

/// A sign-up of somebody's own.
///
/// # Errors
/// 404 for one that isn't theirs, or has lapsed.
pub async fn mine(platform: &Platform, person: LoggedIn, id: SignupId) -> Result<Signup> {
    let mut tx = platform.begin(Access::Read).await?;
    let signup = read(platform, &mut tx, id).await?;
    tx.commit().await?;
    if signup.user == Some(person.user()) && is_open(platform, &signup) { Ok(signup) } else { Err(gone()) }
}

/// What somebody has begun and not paid for yet, and can go on with: the newest.
///
/// # Errors
/// The database is busy.
pub async fn begun_by(platform: &Platform, user: UserId) -> Result<Option<SignupId>> {
    let mut tx = platform.begin(Access::Read).await?;
    let found = platform_sql!(
        optional(SignupId,),
        &mut tx,
        "SELECT id FROM signups WHERE user_id = $1 AND made_org IS NULL AND withdrawn_at IS NULL AND (expires_at > $2 OR customer IS NOT NULL) ORDER BY created_at DESC LIMIT 1",
        user,
        platform.clock.now()
    )?;
    tx.commit().await?;
    Ok(found.map(|(id,)| id))
}

/// Forgets sign-ups that came to nothing, a month after their time.
///
/// # Errors
/// The database is busy.
pub async fn sweep(platform: &Platform) -> Result<()> {
    let before = platform.clock.now().plus_seconds(-KEPT_SECONDS);
    let mut tx = platform.begin(Access::Write).await?;
    platform_sql!(exec, &mut tx, "DELETE FROM signups WHERE expires_at < $1 AND made_org IS NULL", before)?;
    trial::sweep(&mut tx, before).await?;
    Ok(tx.commit().await?)
}

/// Forgets the sign-up of an organisation that is being erased, with all that somebody said of themselves and their business.
///
/// # Errors
/// The database is busy.
pub(crate) async fn forget(tx: &mut Tx, org: OrgId) -> Result<()> {
    platform_sql!(exec, tx, "DELETE FROM signups WHERE made_org = $1", org)?;
    Ok(())
}

/// What a new sign-up begins with.
struct Fresh<'f> {
    plan: &'f Plan,
    period: Period,
    seats: Option<i64>,
    price: Option<i64>,
    modules: Option<String>,
    free_days: Option<i64>,
    by_hand: bool,
    invited_by: Option<UserId>,
    partner: Option<OrgId>,
    business: Option<String>,
}

async fn insert(platform: &Platform, tx: &mut Tx, email: &str, fresh: &Fresh<'_>) -> Result<(SignupId, SecretToken)> {
    let now = platform.clock.now();
    let (id, token) = (SignupId::new(now), SecretToken::generate(Kind::Mailed));
    let keys = platform.data_keys(tx, PLATFORM_OWNER).await?;
    platform_sql!(
        exec,
        tx,
        "INSERT INTO signups (id, email, email_index, token_hash, plan, plan_version, period, seats, price, modules, free_days, invited_by, business, created_at, expires_at, partner_org, invited_as, by_hand)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
        id,
        keys.seal(place(id), email),
        keys.blind_index("users", "email", &normalise_email(email)).to_vec(),
        token.hash().to_vec(),
        fresh.plan.name.as_str(),
        fresh.plan.version,
        fresh.period.as_str(),
        fresh.seats,
        fresh.price,
        fresh.modules.as_deref(),
        fresh.free_days,
        fresh.invited_by,
        fresh.business.as_deref(),
        now,
        now.plus_seconds(LIFE_SECONDS),
        fresh.partner,
        fresh.partner.and(fresh.business.as_deref()),
        fresh.by_hand
    )?;
    Ok((id, token))
}

#[derive(sqlx::FromRow)]
struct Row {
    id: SignupId,
    email: Vec<u8>,
    plan: String,
    plan_version: i64,
    period: String,
    seats: Option<i64>,
    price: Option<i64>,
    modules: Option<String>,
    free_days: Option<i64>,
    by_hand: bool,
    invited_by: Option<UserId>,
    partner_org: Option<OrgId>,
    invited_as: Option<String>,
    business: Option<String>,
    slug: Option<String>,
    zone: Option<String>,
    phone: Option<String>,
    user_id: Option<UserId>,
    customer: Option<String>,
    made_org: Option<OrgId>,
    created_at: Instant,
    expires_at: Instant,
    withdrawn_at: Option<Instant>,
}

impl Row {
    fn opened(self, keys: &DataKeys) -> Result<Signup> {
        let email = keys.open(place(self.id), &self.email).map_err(|error| {
            tracing::error!(%error, id = %self.id, "a sign-up can’t be read");
            AppError::internal()
        })?;
        Ok(Signup {
            id: self.id,
            email,
            plan: self.plan,
            plan_version: self.plan_version,
            period: Period::parse(&self.period).unwrap_or(Period::Month),
            seats: self.seats,
            price: self.price,
            modules: self.modules,
            free_days: self.free_days,
            by_hand: self.by_hand,
            invited: self.invited_by.is_some(),
            partner: self.partner_org,
            invited_as: self.invited_as,
            business: self.business,
            slug: self.slug,
            zone: self.zone,
            phone: self.phone,
            user: self.user_id,
            customer: self.customer,
            made: self.made_org,
            until: self.expires_at,
            begun_at: self.created_at,
            withdrawn: self.withdrawn_at.is_some(),
        })
    }
}

async fn by_token(platform: &Platform, tx: &mut Tx, token: &str) -> Result<Signup> {
    let hash = SecretToken::parse(Kind::Mailed, token).map_err(|_| gone())?.hash().to_vec();
    let found =
        platform_sql!(optional(SignupId,), &mut *tx, "SELECT id FROM signups WHERE token_hash = $1", hash.clone())?;
    let Some((id,)) = found else { return Err(replaced(platform, tx, hash).await?) };
    let signup = read(platform, tx, id).await?;
    match signup {
        signup if signup.made.is_some() || is_open(platform, &signup) => Ok(signup),
        Signup { withdrawn: true, .. } => Err(gone()),
        Signup { invited: true, .. } => Err(AppError::new(
            Code::Gone,
            "This invitation was good for a week, and has expired. Ask whoever sent it to send it again. If you have an account already, log in.",
        )),
        Signup { .. } => Err(AppError::new(
            Code::Gone,
            format!("This link was good for a week, and has expired. Nothing was charged. {BEGIN_AGAIN}"),
        )),
    }
}

/// Who has a link of before a newer one was mailed is told so; any other that isn’t known is no longer good.
async fn replaced(platform: &Platform, tx: &mut Tx, hash: Vec<u8>) -> Result<AppError> {
    let found = platform_sql!(
        optional(SignupId,),
        &mut *tx,
        "SELECT signup_id FROM replaced_signup_links WHERE token_hash = $1",
        hash
    )?;
    let Some((id,)) = found else { return Ok(gone()) };
    let signup = read(platform, tx, id).await?;
    Ok(if signup.withdrawn {
        gone()
    } else if signup.made.is_some() {
        AppError::new(Code::Gone, "This invitation was taken up with a newer link. If that was you, log in.")
    } else {
        AppError::new(
            Code::Gone,
            "This invitation was sent again since, and only the newest link is good. Look for a newer email with it, and open that.",
        )
    })
}

/// Gives an invitation another link, once it is sure that it is open. The one before is kept: who opens it is told of the newer one.
async fn replace_link(tx: &mut Tx, id: SignupId, token: &SecretToken) -> Result<()> {
    let found = platform_sql!(optional Hash, &mut *tx, "SELECT token_hash FROM signups WHERE id = $1", id)?;
    let (before,) = found.ok_or_else(gone)?;
    platform_sql!(
        exec,
        &mut *tx,
        "INSERT INTO replaced_signup_links (token_hash, signup_id) VALUES ($1, $2)",
        before,
        id
    )?;
    platform_sql!(exec, tx, "UPDATE signups SET token_hash = $2 WHERE id = $1", id, token.hash().to_vec())?;
    Ok(())
}

/// The hash of a link.
type Hash = (Vec<u8>,);

async fn by_customer(platform: &Platform, customer: &str) -> Result<Option<Signup>> {
    let mut tx = platform.begin(Access::Read).await?;
    let found = platform_sql!(optional(SignupId,), &mut tx, "SELECT id FROM signups WHERE customer = $1", customer)?;
    let signup = match found {
        Some((id,)) => Some(read(platform, &mut tx, id).await?),
        None => None,
    };
    tx.commit().await?;
    Ok(signup)
}

/// What a business is called that was invited.
pub(crate) struct Names {
    /// The partner that invited it, where one did.
    pub(crate) partner: Option<OrgId>,
    /// What whoever invited it called it.
    pub(crate) then: Option<String>,
    /// What it calls itself.
    pub(crate) now: Option<String>,
}

/// What businesses are called whose invitations are still known, by those’ ids.
///
/// # Errors
/// The database is busy.
pub(crate) async fn names_of_invited(tx: &mut Tx, ids: impl IntoIterator<Item = Uuid>) -> Result<HashMap<Uuid, Names>> {
    let mut names = HashMap::new();
    for ids in batches::<25>(ids) {
        let found = platform_sql!(
            all(SignupId, Option<OrgId>, Option<String>, Option<String>),
            &mut *tx,
            "SELECT id, partner_org, invited_as, business FROM signups WHERE id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)",
            ids[0],
            ids[1],
            ids[2],
            ids[3],
            ids[4],
            ids[5],
            ids[6],
            ids[7],
            ids[8],
            ids[9],
            ids[10],
            ids[11],
            ids[12],
            ids[13],
            ids[14],
            ids[15],
            ids[16],
            ids[17],
            ids[18],
            ids[19],
            ids[20],
            ids[21],
            ids[22],
            ids[23],
            ids[24]
        )?;
        let invited = |(id, partner, then, now): (SignupId, _, _, _)| (id.0, Names { partner, then, now });
        names.extend(found.into_iter().map(invited));
    }
    Ok(names)
}

async fn read(platform: &Platform, tx: &mut Tx, id: SignupId) -> Result<Signup> {
    let row = platform_sql!(
        optional Row,
        &mut *tx,
        "SELECT id, email, plan, plan_version, period, seats, price, modules, free_days, by_hand, invited_by, partner_org, invited_as, business, slug, zone, phone, user_id, customer, made_org, created_at, expires_at, withdrawn_at
         FROM signups WHERE id = $1",
        id
    )?
    .ok_or_else(gone)?;
    row.opened(&*platform.data_keys(tx, PLATFORM_OWNER).await?)
}

/// Those that were invited, by whoever runs the platform or by a partner, the newest first.
async fn invited(platform: &Platform, tx: &mut Tx, most: i64) -> Result<Vec<Signup>> {
    let rows = platform_sql!(
        all Row,
        &mut *tx,
        "SELECT id, email, plan, plan_version, period, seats, price, modules, free_days, by_hand, invited_by, partner_org, invited_as, business, slug, zone, phone, user_id, customer, made_org, created_at, expires_at, withdrawn_at
         FROM signups WHERE invited_by IS NOT NULL ORDER BY created_at DESC LIMIT $1",
        most
    )?;
    let keys = platform.data_keys(tx, PLATFORM_OWNER).await?;
    rows.into_iter().map(|row| row.opened(&keys)).collect()
}

/// Those that a partner invited, the newest first.
async fn invited_by(platform: &Platform, tx: &mut Tx, partner: OrgId, most: i64) -> Result<Vec<Signup>> {
    let rows = platform_sql!(
        all Row,
        &mut *tx,
        "SELECT id, email, plan, plan_version, period, seats, price, modules, free_days, by_hand, invited_by, partner_org, invited_as, business, slug, zone, phone, user_id, customer, made_org, created_at, expires_at, withdrawn_at
         FROM signups WHERE partner_org = $1 ORDER BY created_at DESC LIMIT $2",
        partner,
        most
    )?;
    let keys = platform.data_keys(tx, PLATFORM_OWNER).await?;
    rows.into_iter().map(|row| row.opened(&keys)).collect()
}

/// It can be gone on with. Who has begun to pay can come back for as long as it is kept.
fn is_open(platform: &Platform, signup: &Signup) -> bool {
    !signup.withdrawn && (signup.until > platform.clock.now() || signup.customer.is_some())
}

/// Makes the organisation of a sign-up, once: with the word that they chose, or the next that is free.
async fn make(platform: &Platform, tx: &mut Tx, signup: &Signup, owner: UserId) -> Result<(OrgId, String)> {
    let business = signup.business.clone().unwrap_or_else(|| "My business".to_owned());
    let chosen = signup.slug.clone().unwrap_or_else(|| slug::from_name(&business));
    let mut word = chosen.clone();
    for number in 2..TRIES {
        if !accounts::is_word_taken(platform, tx, &word).await? {
            break;
        }
        word = format!("{}-{number}", chosen.chars().take(58).collect::<String>().trim_end_matches('-'));
    }
    let new = NewOrg {
        slug: word.clone(),
        name: business,
        phone: signup.phone.clone().unwrap_or_default(),
        zone: signup.zone.clone().unwrap_or_else(|| "Australia/Sydney".to_owned()),
        invited_by: signup.partner,
        ..NewOrg::default()
    };
    // All are on: what the plan doesn’t include stays closed, and is there when another plan includes it.
    let modules: Vec<&str> = MODULES.iter().map(|module| module.name()).collect();
    let org = accounts::insert_org(platform, tx, &new, owner, &modules).await?;
    let once =
        platform_sql!(exec, tx, "UPDATE signups SET made_org = $2 WHERE id = $1 AND made_org IS NULL", signup.id, org)?;
    if once == 0 {
        return Err(gone());
    }
    audit::log(platform, tx, Some(owner), "onboarding.made", Some(org.0), &Detail::default()).await?;
    Ok((org, word))
}

/// What a business that was invited agrees to. Where cards are taken, and nothing else was said, the first payment is due at once, with the
/// grace that every payment has.
fn agreed(platform: &Platform, signup: &Signup, now: Instant) -> Terms {
    let until = signup.free_days.map(|days| now.plus_seconds(days * 24 * 60 * 60));
    let state = match until {
        Some(_) => State::Trial,
        None if platform.payments().is_some() && !signup.by_hand => State::PastDue,
        None => State::Active,
    };
    let terms = Terms {
        plan: signup.plan.clone(),
        plan_version: signup.plan_version,
        plan_period: signup.period.as_str().to_owned(),
        plan_seats: signup.seats,
        plan_price: signup.price,
        plan_modules: signup.modules.clone(),
        billing_until: until,
        billing_state: state.as_str().to_owned(),
        ..Terms::custom(now)
    };
    // What is free is never late.
    if terms.awaits_payment() && terms.price(platform.plans()) == 0 {
        return Terms { billing_state: State::Active.as_str().to_owned(), ..terms };
    }
    terms
}

/// Writes down what an organisation that was just made has agreed to, in its own log too: both hold, or neither does.
async fn settle(platform: &Platform, tx: PlatformTx, org: OrgId, terms: &Terms) -> Result<()> {
    let mut tx = OrgTx::of_new(platform, tx, org, "signing up").await?;
    // What an organisation has before it has agreed to anything is no news to anybody.
    let detail = crate::billing::terms::difference(&tx, terms, terms);
    crate::billing::terms::agree(&mut tx, terms, "platform.plan_started", &detail).await?;
    tx.commit().await
}

/// The index of an address, as an account has it.
async fn index_of(platform: &Platform, tx: &mut Tx, email: &str) -> Result<Vec<u8>> {
    let keys = platform.data_keys(tx, PLATFORM_OWNER).await?;
    Ok(keys.blind_index("users", "email", &normalise_email(email)).to_vec())
}

async fn is_taken(platform: &Platform, word: &str) -> Result<bool> {
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let taken = accounts::is_word_taken(platform, &mut tx, word).await?;
    tx.commit().await?;
    Ok(taken)
}

/// Letters go to strangers: a few to an address, more from a place on the network, and then slower.
async fn count(platform: &Platform, email: &str, browser: &Browser) -> Result<()> {
    let _stays_counted = throttle::count(platform, counted(platform, email, browser).await?).await?;
    Ok(())
}

/// Under what beginning to sign up is counted: the address, and where it comes from.
///
/// # Errors
/// The database is busy.
pub async fn counted(platform: &Platform, email: &str, browser: &Browser) -> Result<Vec<Subject>> {
    let mut tx = platform.begin(Access::Read).await?;
    let keys = platform.data_keys(&mut tx, PLATFORM_OWNER).await?;
    tx.commit().await?;
    let account = Subject::new(&keys, throttle::Kind::Account, &format!("start {}", normalise_email(email)));
    let place = Subject::new(&keys, throttle::Kind::Address, &format!("start {}", browser.address));
    Ok(if browser.address.is_empty() { vec![account] } else { vec![account, place] })
}

/// The way on for who has begun to sign up.
pub(crate) fn begun_letter(origin: &str, to: String, plan: &str, token: &str) -> Letter {
    Letter {
        to,
        subject: "Continue with Devalo".to_owned(),
        paragraphs: vec![
            "Hello,".to_owned(),
            format!(
                "You have chosen {plan}. The next step is your account and your business’s name; it takes two minutes."
            ),
        ],
        action: Some(("Continue".to_owned(), address(origin, token))),
        closing: vec![
            "The link is good for a week, and you can leave at any step and come back with it.".to_owned(),
            "It wasn’t you? Then do nothing: there is no account without it.".to_owned(),
        ],
    }
}

fn address(origin: &str, token: &str) -> String {
    format!("{origin}/start/business/{token}")
}

fn gone() -> AppError {
    AppError::new(
        Code::NotFound,
        format!("This link is no longer good: it was taken back, or is from long ago. {BEGIN_AGAIN}"),
    )
}

fn not_theirs() -> AppError {
    AppError::new(Code::Forbidden, "This is for somebody else. Log in with the address that it was sent to.")
}

fn place(id: SignupId) -> Place {
    Place { table: "signups", column: "email", row: id.0 }
}
