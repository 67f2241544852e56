//! Making people and organisations.

use std::collections::HashMap;

use jiff::tz::TimeZone;
use uuid::Uuid;

use super::{log_in, password};
use crate::{
    audit::{self, Detail},
    billing::terms::Terms,
    clock::Instant,
    crypto::{Place, normalise_email},
    db::{Access, DbError, Tx},
    error::{AppError, FieldErrors, Result},
    ids::{OrgId, UserId, batches},
    module::{Module, NavEntry},
    modules::MODULES,
    org::{ALL_MODULES, Audience, Role},
    platform::{PLATFORM_OWNER, Platform},
    platform_sql, slug,
    web::{check_name, check_own_name},
};

/// Words that would collide with the product's own addresses or mislead.
const RESERVED_SLUGS: [&str; 15] = [
    "account", "admin", "api", "app", "assets", "b", "devalo", "fn", "login", "manage", "pkg", "screen", "static",
    "support", "www",
];

/// A word of an organisation that was erased is nobody's for so long: links and habits that lead there lead to no stranger.
const WORD_RESERVED_SECONDS: i64 = 365 * 24 * 60 * 60;

/// A new organisation, as its founder gives it.
#[derive(Debug, Clone, Default)]
pub struct NewOrg {
    /// The word in its addresses: 2–63 of a–z, 0–9 and single hyphens inside.
    pub slug: String,
    /// Its trading name.
    pub name: String,
    /// What it does.
    pub description: String,
    /// Public phone number.
    pub phone: String,
    /// Street address in one line.
    pub address: String,
    /// IANA zone.
    pub zone: String,
    /// The state or territory that it is in: `NSW`. Empty: it isn’t said.
    pub state: String,
    /// The partner that it came by.
    pub invited_by: Option<OrgId>,
}

/// An organisation that somebody belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The word in its addresses.
    pub slug: String,
    /// Its trading name.
    pub name: String,
    /// Their role in it.
    pub role: Role,
    /// The modules of it that are on, are in its plan, and that they work with.
    pub modules: Vec<String>,
    /// Its owner wants it gone.
    pub closing: bool,
}

impl Membership {
    /// Where they begin: the first page of the first module that is theirs to see; where there is none, the page that says so.
    pub fn home(&self) -> String {
        if self.closing {
            return format!("/app/{}/closed", self.slug);
        }
        format!("/app/{}{}", self.slug, self.first().map_or("/nothing-on", |entry| entry.path))
    }

    /// There is a page of a module’s for them to begin on.
    pub fn has_something_on(&self) -> bool {
        self.closing || self.first().is_some()
    }

    fn first(&self) -> Option<&'static NavEntry> {
        let enabled = MODULES.iter().filter(|module| self.modules.iter().any(|name| name == module.name()));
        enabled
            .flat_map(|module| module.nav().iter().filter(|entry| module_allows(*module, entry.needs, self.role)))
            .next()
    }
}

/// Makes a person's account.
///
/// # Errors
/// 422 at the field that is wrong; 409 if the email has an account.
pub async fn create_user(platform: &Platform, email: &str, name: &str, password: &str) -> Result<UserId> {
    let mut errors = FieldErrors::default();
    if !log_in::is_email(email) {
        errors.add("email", "Enter an email address like name@example.com.au.");
    }
    let name = errors.take("name", check_name(name));
    errors.take("password", password::check_new(password, &[email, &name]));
    errors.finish()?;

    let hash = log_in::hashed(password).await?;
    let mut tx = platform.begin(Access::Write).await?;
    let user = insert_user(platform, &mut tx, email, &name, hash).await?;
    tx.commit().await?;
    Ok(user)
}

/// Makes a person's account, in a transaction of more.
///
/// # Errors
/// 409 if the email has an account.
pub(crate) async fn insert_user(
    platform: &Platform,
    tx: &mut Tx,
    email: &str,
    name: &str,
    hash: String,
) -> Result<UserId> {
    let now = platform.clock.now();
    let user = UserId::new(now);
    let keys = platform.data_keys(tx, PLATFORM_OWNER).await?;
    let place = |column| Place { table: "users", column, row: user.0 };
    let inserted = platform_sql!(
        exec,
        tx,
        "INSERT INTO users (id, email, email_index, name, password_hash, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        user,
        keys.seal(place("email"), email.trim()),
        keys.blind_index("users", "email", &normalise_email(email)).to_vec(),
        keys.seal(place("name"), name.trim()),
        hash,
        now
    );
    match inserted {
        Err(DbError::Unique) => return Err(AppError::conflict("There is an account with that email already.")),
        other => other?,
    };
    Ok(user)
}

/// Gives a person another name. That it changed is on record; neither name is.
///
/// # Errors
/// 422 at `name`.
pub async fn rename(platform: &Platform, user: UserId, name: &str) -> Result<()> {
    if name.trim().is_empty() {
        return Err(AppError::field("name", "Enter your name."));
    }
    let mut tx = platform.begin(Access::Write).await?;
    let (runs,) =
        platform_sql!(one(i64,), &mut tx, "SELECT COUNT(*) FROM users WHERE id = $1 AND platform_admin", user)?;
    let check = if runs > 0 { check_name } else { check_own_name };
    let name = check(name).map_err(|message| AppError::field("name", message))?;
    let keys = platform.data_keys(&mut tx, PLATFORM_OWNER).await?;
    let sealed = keys.seal(Place { table: "users", column: "name", row: user.0 }, &name);
    platform_sql!(exec, &mut tx, "UPDATE users SET name = $2, must_name = FALSE WHERE id = $1", user, sealed)?;
    log_in::log(platform, &mut tx, user, "auth.renamed").await?;
    Ok(tx.commit().await?)
}

/// From now on this person can't be logged in without a second factor: they set one up at their next log-in, if they have
/// none.
///
/// # Errors
/// 404 if nobody has this email.
pub async fn require_factor(platform: &Platform, email: &str) -> Result<()> {
    let mut tx = platform.begin(Access::Write).await?;
    let keys = platform.data_keys(&mut tx, PLATFORM_OWNER).await?;
    let index = keys.blind_index("users", "email", &normalise_email(email)).to_vec();
    let found = platform_sql!(exec, &mut tx, "UPDATE users SET must_enrol = TRUE WHERE email_index = $1", index)?;
    if found == 0 {
        return Err(AppError::not_found("that person"));
    }
    Ok(tx.commit().await?)
}

/// Makes an organisation with its own data key, its owner and its modules.
///
/// # Errors
/// 422 at the field that is wrong; 409 if the address is taken.
pub async fn create_org(platform: &Platform, new: &NewOrg, owner: UserId, modules: &[&str]) -> Result<OrgId> {
    let mut errors = FieldErrors::default();
    errors.take("slug", check_slug(&new.slug));
    let name = errors.take("name", check_name(&new.name));
    if TimeZone::get(&new.zone).is_err() {
        errors.add("zone", "Choose a time zone like Australia/Sydney.");
    }
    errors.finish()?;

    let mut tx = platform.begin_across_orgs(Access::Write).await?;
    let new = NewOrg { name, ..new.clone() };
    let org = insert_org(platform, &mut tx, &new, owner, modules).await?;
    tx.commit().await?;
    Ok(org)
}

/// Makes the platform's first account, its operator's, with an organisation of theirs that has every module; they set up a
/// second factor at their first log-in. Where there is anybody already, nothing is done, whatever is asked for: `None`.
///
/// All or nothing, and once, however many processes start at the same time.
///
/// # Errors
/// 422 at what can't be taken.
pub async fn bootstrap(
    platform: &Platform,
    email: &str,
    password: &str,
    org_name: &str,
    own_name: Option<&str>,
) -> Result<Option<String>> {
    if any_users(platform).await? {
        return Ok(None);
    }
    let mut errors = FieldErrors::default();
    if !log_in::is_email(email) {
        errors.add("email", "Enter an email address like name@example.com.au.");
    }
    errors.take("password", password::check_new(password, &[email, org_name, own_name.unwrap_or_default()]));
    let own_name = own_name.map(|name| errors.take("own_name", check_name(name)));
    let org_name = errors.take("name", check_name(org_name));
    errors.finish()?;
    let word = slug::from_name(&org_name);
    let slug = if check_slug(&word).is_ok() { word } else { "first".to_owned() };
    // They say who they are once they are in.
    let must_name = own_name.is_none();
    let name = own_name.unwrap_or_else(|| email.split('@').next().unwrap_or_default().to_owned());
    let hash = log_in::hashed(password).await?;

    let mut tx = platform.begin_across_orgs(Access::Write).await?;
    // One process after the other: the platform's own key is there before anybody is.
    platform_sql!(exec, &mut tx, "UPDATE data_keys SET created_at = created_at WHERE owner_id = $1", PLATFORM_OWNER)?;
    if platform_sql!(optional(UserId,), &mut tx, "SELECT id FROM users LIMIT 1")?.is_some() {
        return Ok(None);
    }
    let user = insert_user(platform, &mut tx, email, &name, hash).await?;
    platform_sql!(
        exec,
        &mut tx,
        "UPDATE users SET must_enrol = TRUE, platform_admin = TRUE, must_name = $2 WHERE id = $1",
        user,
        must_name
    )?;
    let org = NewOrg { slug: slug.clone(), name: org_name, zone: "Australia/Sydney".to_owned(), ..NewOrg::default() };
    let modules: Vec<&str> = MODULES.iter().map(|module| module.name()).collect();
    let made = insert_org(platform, &mut tx, &org, user, &modules).await?;
    audit::log(platform, &mut tx, None, "platform.bootstrapped", Some(made.0), &Detail::default()).await?;
    tx.commit().await?;
    Ok(Some(slug))
}

/// Makes an organisation, in a transaction of more.
///
/// # Errors
/// 409 if the address is taken.
pub(crate) async fn insert_org(
    platform: &Platform,
    tx: &mut Tx,
    new: &NewOrg,
    owner: UserId,
    modules: &[&str],
) -> Result<OrgId> {
    let now = platform.clock.now();
    let taken = || AppError::conflict("That address is taken. Please choose another.");
    if is_word_taken(platform, tx, &new.slug).await? {
        return Err(taken());
    }
    let org = OrgId::new(now);
    platform.new_data_key(tx, org.0).await?;
    let inserted = platform_sql!(
        exec,
        tx,
        "INSERT INTO organisations (id, slug, name, description, phone, address, zone, sequence, created_at, invited_by_org, state) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9, $10)",
        org,
        new.slug.as_str(),
        new.name.trim(),
        new.description.as_str(),
        new.phone.as_str(),
        new.address.as_str(),
        new.zone.as_str(),
        now,
        new.invited_by,
        new.state.as_str()
    );
    match inserted {
        Err(DbError::Unique) => return Err(taken()),
        other => other?,
    };
    platform_sql!(
        exec,
        tx,
        "INSERT INTO memberships (org_id, user_id, role, created_at) VALUES ($1, $2, $3, $4)",
        org,
        owner,
        Role::Owner.as_str(),
        now
    )?;
    for module in modules {
        platform_sql!(
            exec,
            tx,
            "INSERT INTO org_modules (org_id, module, enabled_at) VALUES ($1, $2, $3)",
            org,
            *module,
            now
        )?;
    }
    Ok(org)
}

/// An organisation has this word in its addresses, or one had that was erased less than a year ago.
///
/// # Errors
/// The database is busy.
pub(crate) async fn is_word_taken(platform: &Platform, tx: &mut Tx, word: &str) -> Result<bool> {
    let index = word_index(platform, tx, word).await?;
    let (taken,) = platform_sql!(
        one(bool,),
        tx,
        "SELECT EXISTS (SELECT 1 FROM organisations WHERE slug = $1) OR EXISTS (SELECT 1 FROM reserved_words WHERE word_index = $2 AND until > $3)",
        word,
        index,
        platform.clock.now()
    )?;
    Ok(taken)
}

/// Keeps the word of an organisation that is being erased from everybody, for a year. Which word it is can't be read from what is kept.
///
/// # Errors
/// The database is busy.
pub(crate) async fn reserve_word(platform: &Platform, tx: &mut Tx, word: &str) -> Result<()> {
    let index = word_index(platform, tx, word).await?;
    let until = platform.clock.now().plus_seconds(WORD_RESERVED_SECONDS);
    platform_sql!(
        exec,
        tx,
        "INSERT INTO reserved_words (word_index, until) VALUES ($1, $2) ON CONFLICT (word_index) DO UPDATE SET until = $2",
        index,
        until
    )?;
    Ok(())
}

/// Gives back the words whose year is over.
///
/// # Errors
/// The database is busy.
pub async fn sweep_words(platform: &Platform) -> Result<()> {
    let mut tx = platform.begin(Access::Write).await?;
    platform_sql!(exec, &mut tx, "DELETE FROM reserved_words WHERE until <= $1", platform.clock.now())?;
    Ok(tx.commit().await?)
}

async fn word_index(platform: &Platform, tx: &mut Tx, word: &str) -> Result<Vec<u8>> {
    let keys = platform.data_keys(tx, PLATFORM_OWNER).await?;
    Ok(keys.blind_index("organisations", "slug", word).to_vec())
}

/// The organisations that a person belongs to, by name.
///
/// # Errors
/// The database is busy.
pub async fn orgs_of(platform: &Platform, user: UserId) -> Result<Vec<Membership>> {
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let rows = platform_sql!(
        all Belongs,
        &mut tx,
        "SELECT organisations.slug, organisations.name, memberships.role, memberships.modules AS theirs,
           coalesce((SELECT string_agg(m.module, ' ') FROM org_modules AS m WHERE m.org_id = organisations.id), '') AS modules, organisations.closes_at,
           plan, plan_version, plan_period, plan_seats, plan_price, plan_modules, billed_by, billing_state, billing_since, billing_until, suspended_at, plan_over_since
         FROM memberships JOIN organisations ON organisations.id = memberships.org_id
         WHERE memberships.user_id = $1 ORDER BY organisations.name, organisations.slug",
        user
    )?;
    tx.commit().await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let role = Role::parse(&row.role)?;
            let all = role >= Role::Admin || row.theirs == ALL_MODULES;
            let works_with = |name: &&str| all || row.theirs.split(' ').any(|one| one == *name);
            let in_plan = |name: &&str| row.terms.has_module(platform.plans(), name);
            let modules = row.modules.split(' ').filter(works_with).filter(in_plan).map(str::to_owned).collect();
            Some(Membership { slug: row.slug, name: row.name, role, modules, closing: row.closes_at.is_some() })
        })
        .collect())
}

#[derive(sqlx::FromRow)]
struct Belongs {
    slug: String,
    name: String,
    role: String,
    theirs: String,
    modules: String,
    closes_at: Option<Instant>,
    #[sqlx(flatten)]
    terms: Terms,
}

/// The clock that a person lives by, as far as we know: that of the organisation that they joined first.
///
/// # Errors
/// The database is busy.
pub(crate) async fn zone_in(platform: &Platform, tx: &mut Tx, user: UserId) -> Result<Option<TimeZone>> {
    platform.see_across_orgs(tx).await?;
    let zone = platform_sql!(
        optional(String,),
        tx,
        "SELECT organisations.zone FROM memberships JOIN organisations ON organisations.id = memberships.org_id
         WHERE memberships.user_id = $1 ORDER BY memberships.created_at, organisations.slug LIMIT 1",
        user
    )?;
    Ok(zone.and_then(|(zone,)| TimeZone::get(&zone).ok()))
}

/// Where most people live whose clock we don’t know.
pub(crate) fn usual_zone() -> TimeZone {
    TimeZone::get("Australia/Sydney").unwrap_or(TimeZone::UTC)
}

/// The addresses of the organisations that have a module, for the public site map.
///
/// # Errors
/// The database is busy.
pub async fn orgs_with(platform: &Platform, module: &str) -> Result<Vec<String>> {
    let mut tx = platform.begin_across_orgs(Access::Read).await?;
    let rows = platform_sql!(
        all(String,),
        &mut tx,
        "SELECT organisations.slug FROM organisations JOIN org_modules ON org_modules.org_id = organisations.id WHERE org_modules.module = $1 ORDER BY organisations.slug",
        module
    )?;
    tx.commit().await?;
    Ok(rows.into_iter().map(|(slug,)| slug).collect())
}

/// A person's name, decrypted.
///
/// # Errors
/// 404 if there is no such person.
pub async fn name_of(platform: &Platform, user: UserId) -> Result<String> {
    Ok(person(platform, user).await?.name)
}

/// A person's email address, decrypted.
///
/// # Errors
/// 404 if there is no such person.
pub async fn email_of(platform: &Platform, user: UserId) -> Result<String> {
    Ok(person(platform, user).await?.email)
}

/// A person, decrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Their name.
    pub name: String,
    /// Their email address, as they wrote it.
    pub email: String,
}

/// A person, decrypted.
///
/// # Errors
/// 404 if there is no such person.
pub async fn person(platform: &Platform, user: UserId) -> Result<Person> {
    let mut tx = platform.begin(Access::Read).await?;
    let person = person_in(platform, &mut tx, user).await?;
    tx.commit().await?;
    Ok(person)
}

/// A person, decrypted, as a transaction sees them.
///
/// # Errors
/// 404 if there is no such person.
pub async fn person_in(platform: &Platform, tx: &mut Tx, user: UserId) -> Result<Person> {
    let keys = platform.data_keys(tx, PLATFORM_OWNER).await?;
    let (name, email) =
        platform_sql!(optional(Vec<u8>, Vec<u8>), tx, "SELECT name, email FROM users WHERE id = $1", user)?
            .ok_or_else(|| AppError::not_found("that person"))?;
    let open = |column, sealed: &[u8]| {
        keys.open(Place { table: "users", column, row: user.0 }, sealed).map_err(|error| {
            tracing::error!(%error, %user, column, "a person’s details can’t be read");
            AppError::internal()
        })
    };
    Ok(Person { name: open("name", &name)?, email: open("email", &email)? })
}

/// The names of people who have an account, decrypted.
///
/// # Errors
/// The database is busy.
pub async fn names_in(
    platform: &Platform,
    tx: &mut Tx,
    users: impl IntoIterator<Item = Uuid>,
) -> Result<HashMap<Uuid, String>> {
    let keys = platform.data_keys(tx, PLATFORM_OWNER).await?;
    let mut names = HashMap::new();
    for ids in batches::<25>(users) {
        let found = platform_sql!(
            all(UserId, Vec<u8>),
            &mut *tx,
            "SELECT id, name FROM users WHERE id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)",
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
        for (user, sealed) in found {
            let place = Place { table: "users", column: "name", row: user.0 };
            let name = keys.open(place, &sealed).map_err(|error| {
                tracing::error!(%error, %user, "a person’s name can’t be read");
                AppError::internal()
            })?;
            names.insert(user.0, name);
        }
    }
    Ok(names)
}

/// Is there anybody yet?
///
/// # Errors
/// The database is busy.
pub async fn any_users(platform: &Platform) -> Result<bool> {
    let mut tx = platform.begin(Access::Read).await?;
    let found = platform_sql!(optional(UserId,), &mut tx, "SELECT id FROM users LIMIT 1")?;
    tx.commit().await?;
    Ok(found.is_some())
}

fn module_allows(module: &dyn Module, permission: &str, role: Role) -> bool {
    module
        .permissions()
        .iter()
        .any(|one| one.name == permission && matches!(one.audience, Audience::Members(least) if role >= least))
}

/// A word that can be an organisation's address.
pub(crate) fn check_slug(slug: &str) -> Result<(), &'static str> {
    let well_formed = (2..=63).contains(&slug.len())
        && slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !slug.starts_with('-')
        && !slug.ends_with('-')
        && !slug.contains("--");
    if !well_formed {
        return Err("Use 2 to 63 small letters, digits and single hyphens.");
    }
    if RESERVED_SLUGS.contains(&slug) {
        return Err("That word is reserved. Please choose another.");
    }
    Ok(())
}
