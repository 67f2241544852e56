//! What every verb on the server needs, passed in at start: the database, the clock, the keys, the live hub.

use std::{
    any::{Any, TypeId},
    collections::{HashMap, hash_map::Entry},
    ops::{Deref, DerefMut},
    sync::{
        Arc, Mutex, OnceLock, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64},
    },
    time::Duration,
};

use tokio::sync::{Notify, Semaphore, SemaphorePermit, watch};
use uuid::Uuid;

use crate::{
    answers::Answers,
    attacks::Attacks,
    audit::Readings,
    billing::{invoices::Seller, payments::Payments, plans::Plans},
    clock::{Clock, Instant},
    crypto::{DataKeys, FIRST_GENERATION, Keyring},
    db::{Access, Db, DbError, Tx},
    error::{AppError, Result},
    fetch::{Allowance, FetchRefusal, Fetcher},
    jobs::Pulse,
    kept_files::KeptFiles,
    links::LinkSigner,
    live::LiveHub,
    mail::{Mail, inbound::Inbound},
    others::News,
    page_cache::PageCache,
    platform_sql,
    settings::pictures::Pictures,
    shared_limits::SharedLimits,
    texts::TextMessages,
    webhooks::Webhooks,
};

/// The owner of the platform's own data key: what belongs to no organisation (people's names and emails).
pub const PLATFORM_OWNER: Uuid = Uuid::nil();
/// More than there are loops that work in the background.
const MOST_AT_WORK: u16 = 1_024;

/// Data keys that are kept hold for so long after it was last looked whether any are being renewed; then they are read again each time, so that nobody
/// meets a value sealed with a key that they don't know yet.
pub const KEYS_HOLD: Duration = Duration::from_secs(45);

/// What every verb on the server needs. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Platform(Arc<Parts>);

/// The parts of a [`Platform`].
#[derive(Debug)]
pub struct Parts {
    /// The database.
    pub db: Db,
    /// The clock.
    pub clock: Clock,
    /// Wraps the data keys.
    pub keyring: Keyring,
    /// Signs private links.
    pub links: LinkSigner,
    /// Carries events to open pages.
    pub live: LiveHub,
    /// The way out for mail.
    pub mail: Mail,
    /// Rings when organisations' own addresses are to be told something.
    pub webhooks: Webhooks,
    /// Who sends text messages.
    text_messages: OnceLock<Box<dyn TextMessages>>,
    /// What organisations can buy.
    plans: OnceLock<Plans>,
    /// How they pay for it.
    payments: OnceLock<Payments>,
    /// Who sells them, as invoices say.
    seller: OnceLock<Seller>,
    support_email: OnceLock<String>,
    /// Where the source code of what runs here is.
    source_code: OnceLock<String>,
    /// Fetches from addresses that people give; `None`: it can’t.
    fetcher: OnceLock<Option<Fetcher>>,
    /// Where mail comes in; `None`: nowhere.
    inbound: OnceLock<Inbound>,
    /// Rings when Stripe has told something.
    pub events: Notify,
    /// Which readings of clients' details were written down lately.
    pub readings: Readings,
    /// Files that are kept on disk.
    pub files: KeptFiles,
    /// The queue of pictures to be read.
    pub pictures: Pictures,
    /// Public pages, kept until something that they show changes.
    pub pages: PageCache,
    /// What other processes have yet to be told.
    pub news: News,
    /// What was let through of the limits on floods, here and in other processes.
    pub shared_limits: Arc<SharedLimits>,
    /// The front page leads to the demo business: it is there.
    pub shows_demo: AtomicBool,
    /// How many requests were answered in the last hour.
    pub answers: Answers,
    /// Which businesses are under attack.
    pub attacks: Attacks,
    /// Whether background work goes on.
    pub pulse: Pulse,
    /// How many webhooks that Stripe didn't sign came since the last that it did, or the start.
    pub unsigned_payments: AtomicU64,
    /// The same of Resend.
    pub unsigned_mail: AtomicU64,
    /// Since when this process is there.
    pub started_at: Instant,
    /// The public origin, without a slash at the end: `https://app.example.com.au`.
    pub origin: String,
    /// Whether this process stops.
    stopping: watch::Sender<bool>,
    /// Who is at work in the background has one of these.
    work: Semaphore,
    /// What modules keep in memory, each its own.
    kept: Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
    /// Unwrapped data keys by owner: unwrapping costs a read and a decryption. `None`: of an owner who was erased, and never kept
    /// again, whoever still reads them from how things were before.
    data_keys: RwLock<HashMap<Uuid, Option<Arc<DataKeys>>>>,
    /// When it was last looked whether data keys are being renewed; `None`: this process doesn't look, for it ends soon.
    looked: RwLock<Option<std::time::Instant>>,
}

impl Platform {
    /// Puts the parts together.
    pub fn new(db: Db, clock: Clock, keyring: Keyring, links: LinkSigner, origin: String) -> Self {
        let origin = origin.trim_end_matches('/').to_owned();
        // On SQLite this process is the only one that writes; on PostgreSQL it first has to listen for the others.
        let pages = PageCache::new(!db.is_postgres());
        let started_at = clock.now();
        Self(Arc::new(Parts {
            db,
            clock,
            keyring,
            links,
            live: LiveHub::default(),
            mail: Mail::default(),
            webhooks: Webhooks::default(),
            text_messages: OnceLock::new(),
            plans: OnceLock::new(),
            payments: OnceLock::new(),
            seller: OnceLock::new(),
            support_email: OnceLock::new(),
            source_code: OnceLock::new(),
            fetcher: OnceLock::new(),
            inbound: OnceLock::new(),
            events: Notify::new(),
            readings: Readings::default(),
            files: KeptFiles::default(),
            pictures: Pictures::default(),
            pages,
            news: News::new(Uuid::from_u128(rand::random())),
            shared_limits: Arc::default(),
            shows_demo: AtomicBool::new(false),
            answers: Answers::default(),
            attacks: Attacks::default(),
            pulse: Pulse::default(),
            unsigned_payments: AtomicU64::new(0),
            unsigned_mail: AtomicU64::new(0),
            started_at,
            origin,
            stopping: watch::Sender::new(false),
            work: Semaphore::new(usize::from(MOST_AT_WORK)),
            kept: Mutex::default(),
            data_keys: RwLock::default(),
            looked: RwLock::default(),
        }))
    }

    /// What a module keeps in the memory of this process: one of each type, made when it is first asked for.
    pub fn kept<T: Any + Default + Send + Sync>(&self) -> Arc<T> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let one = kept.entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(T::default()));
        Arc::clone(one).downcast().unwrap_or_default()
    }

    /// From now on this process stops: what would go on for as long as somebody listens ends, so that nobody waits for it.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Whether this process stops.
    pub fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Says that a piece of work in the background begins, for as long as the answer is kept: a stop waits for it. `None`: this process
    /// stops, and what there is to do is for the next one.
    pub fn take_up(&self) -> Option<SemaphorePermit<'_>> {
        if self.is_stopping() { None } else { self.work.try_acquire().ok() }
    }

    /// Waits until no work in the background is under way any more.
    pub async fn at_rest(&self) {
        let _everybody = self.work.acquire_many(u32::from(MOST_AT_WORK)).await;
    }

    /// Comes true once this process stops.
    pub fn stopping(&self) -> watch::Receiver<bool> {
        self.stopping.subscribe()
    }

    /// What organisations can buy: Devalo's own plans, unless the operator set others.
    pub fn plans(&self) -> &Plans {
        self.plans.get_or_init(Plans::shipped)
    }

    /// From now on these are what organisations can buy. The first ones stay.
    pub fn sell(&self, plans: Plans) {
        let _first_stay = self.plans.set(plans);
    }

    /// Who sends text messages; `None`: nobody, and none are offered.
    pub fn text_messages(&self) -> Option<&dyn TextMessages> {
        self.text_messages.get().map(AsRef::as_ref)
    }

    /// From now on they send text messages. The first ones stay.
    pub fn send_texts_by(&self, messages: impl TextMessages + 'static) {
        let _first_stay = self.text_messages.set(Box::new(messages));
    }

    /// How organisations pay; `None`: the operator sets plans by hand.
    pub fn payments(&self) -> Option<&Payments> {
        self.payments.get()
    }

    /// From now on organisations pay this way. The first one stays.
    pub fn take_payments(&self, payments: Payments) {
        let _first_stays = self.payments.set(payments);
    }

    /// Whom to write to, as texts say it after "write to": "whoever runs this platform (help@example.com.au)".
    pub fn whom_to_write_to(&self) -> String {
        match self.support_email.get() {
            Some(address) => format!("whoever runs this platform ({address})"),
            None => "whoever runs this platform".to_owned(),
        }
    }

    /// From now on people write to whoever runs the platform there. The first one stays.
    pub fn support_at(&self, address: String) {
        let _first_stays = self.support_email.set(address);
    }

    /// Where the source code of what runs here is to be had; `None`: nobody has said.
    pub fn source_code(&self) -> Option<&str> {
        self.source_code.get().map(String::as_str)
    }

    /// From now on the source code is to be had there. The first one stays.
    pub fn source_code_at(&self, address: String) {
        let _first_stays = self.source_code.set(address);
    }

    /// What fetches from addresses that people give, and sends to them: from the internet alone, unless it was said otherwise for development or a test.
    ///
    /// # Errors
    /// The machine has no certificates to trust.
    pub fn fetcher(&self) -> std::result::Result<&Fetcher, FetchRefusal> {
        let fetcher = self.fetcher.get_or_init(|| Fetcher::new(Allowance::none()).ok());
        fetcher.as_ref().ok_or(FetchRefusal::Ours)
    }

    /// From now on this fetches. The first one stays.
    pub fn fetch_by(&self, fetcher: Fetcher) {
        let _first_stays = self.fetcher.set(Some(fetcher));
    }

    /// Where mail comes in; `None`: nowhere.
    pub fn inbound(&self) -> Option<&Inbound> {
        self.inbound.get()
    }

    /// From now on mail comes in there. The first one stays.
    pub fn take_mail_at(&self, inbound: Inbound) {
        let _first_stays = self.inbound.set(inbound);
    }

    /// Who sells the plans, as invoices say; `None`: the operator hasn't said.
    pub fn seller(&self) -> Option<&Seller> {
        self.seller.get()
    }

    /// From now on they are who sells. The first ones stay.
    pub fn sell_as(&self, seller: Seller) {
        let _first_stay = self.seller.set(seller);
    }

    /// Cookies must be `Secure` and carry the `__Host-` prefix: the origin is https.
    pub fn is_https(&self) -> bool {
        self.origin.starts_with("https://")
    }

    /// A transaction on the platform's own tables. On PostgreSQL it sees no organisation's rows.
    ///
    /// # Errors
    /// The database is busy.
    pub async fn begin(&self, access: Access) -> Result<PlatformTx> {
        Ok(PlatformTx(self.db.begin(access).await?))
    }

    /// A transaction that may also see rows of all organisations, for the few statements that must (which organisations
    /// a person belongs to; making a new one). Each such statement is listed in the statement test with its reason.
    ///
    /// # Errors
    /// The database is busy.
    pub async fn begin_across_orgs(&self, access: Access) -> Result<PlatformTx> {
        let mut tx = self.begin(access).await?;
        self.see_across_orgs(&mut tx).await?;
        Ok(tx)
    }

    /// From here on to its end a transaction may see rows of all organisations, as one that was begun so.
    pub(crate) async fn see_across_orgs(&self, tx: &mut Tx) -> Result<()> {
        if self.db.is_postgres() {
            platform_sql!(one(String,), tx, "SELECT set_config('devalo.across_orgs', 'on', TRUE)")?;
        }
        Ok(())
    }

    /// The data keys of an organisation, or of the platform itself.
    pub(crate) async fn data_keys(&self, tx: &mut Tx, owner: Uuid) -> Result<Arc<DataKeys>> {
        if self.kept_keys_hold()
            && let Ok(known) = self.data_keys.read()
            && let Some(Some(keys)) = known.get(&owner)
        {
            return Ok(Arc::clone(keys));
        }
        let stored = platform_sql!(
            all(i64, Vec<u8>, Option<Instant>),
            tx,
            "SELECT generation, wrapped, current_from FROM data_keys WHERE owner_id = $1 ORDER BY generation",
            owner
        )?;
        let now = self.clock.now();
        let seals = |from: Option<Instant>| from.is_none_or(|from| from <= now);
        let sealing =
            stored.iter().filter(|(_, _, from)| seals(*from)).filter_map(|(number, ..)| u32::try_from(*number).ok());
        let sealing = sealing.max().unwrap_or(FIRST_GENERATION);
        let wrapped: Vec<(u32, Vec<u8>)> = stored
            .into_iter()
            .filter_map(|(generation, key, _)| Some((u32::try_from(generation).ok()?, key)))
            .collect();
        let keys = self.keyring.unwrap(owner, &wrapped).map_err(|error| {
            tracing::error!(%error, %owner, "a data key can’t be unwrapped");
            AppError::internal()
        })?;
        let keys = Arc::new(keys.sealing_under(sealing));
        if let Ok(mut known) = self.data_keys.write() {
            match known.entry(owner) {
                Entry::Vacant(free) => {
                    free.insert(Some(Arc::clone(&keys)));
                }
                // Whoever reads from how things were before knows fewer.
                Entry::Occupied(mut kept) => {
                    let newer =
                        |kept: &Arc<DataKeys>| (kept.newest(), kept.generation()) <= (keys.newest(), keys.generation());
                    if kept.get().as_ref().is_some_and(newer) {
                        kept.insert(Some(Arc::clone(&keys)));
                    }
                }
            }
        }
        Ok(keys)
    }

    /// It was looked, at this moment, whose data keys are being renewed: theirs are read again.
    pub(crate) fn keys_looked_at(&self, at: std::time::Instant, renewed: &[Uuid]) {
        for owner in renewed {
            self.read_keys_again(*owner);
        }
        if let Ok(mut looked) = self.looked.write() {
            *looked = Some(at);
        }
    }

    /// Has the data keys of an owner read again when they are next needed.
    pub(crate) fn read_keys_again(&self, owner: Uuid) {
        if let Ok(mut known) = self.data_keys.write()
            && known.get(&owner).is_some_and(Option::is_some)
        {
            known.remove(&owner);
        }
    }

    fn kept_keys_hold(&self) -> bool {
        self.looked.read().is_ok_and(|looked| looked.is_none_or(|at| at.elapsed() < KEYS_HOLD))
    }

    /// Forgets the data keys of an owner who was erased. Nothing of theirs opens from now on.
    pub(crate) fn forget_keys(&self, owner: Uuid) {
        // A poisoned lock keeps nothing from being read either: there is no way on from there.
        if let Ok(mut known) = self.data_keys.write() {
            known.insert(owner, None);
        }
    }

    /// Forgets whatever data keys are kept, but for who was erased: it may have been missed that somebody was.
    pub(crate) fn forget_all_keys(&self) {
        if let Ok(mut known) = self.data_keys.write() {
            known.retain(|_, keys| keys.is_none());
        }
    }

    /// Makes and stores the first data key of an organisation or of the platform.
    pub(crate) async fn new_data_key(&self, tx: &mut Tx, owner: Uuid) -> Result<()> {
        let wrapped = self.keyring.new_data_key(owner, FIRST_GENERATION);
        platform_sql!(
            exec,
            tx,
            "INSERT INTO data_keys (owner_id, generation, wrapped, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (owner_id, generation) DO NOTHING",
            owner,
            i64::from(FIRST_GENERATION),
            wrapped.0,
            self.clock.now()
        )?;
        Ok(())
    }

    /// The platform's own data keys, made on first use.
    ///
    /// # Errors
    /// The database is busy, or the keyring doesn't hold the key that wrapped them.
    pub async fn ensure_platform_key(&self) -> Result<()> {
        let mut tx = self.begin(Access::Write).await?;
        self.new_data_key(&mut tx, PLATFORM_OWNER).await?;
        self.data_keys(&mut tx, PLATFORM_OWNER).await?;
        Ok(tx.0.commit().await?)
    }
}

impl Deref for Platform {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// A transaction on the platform's own tables.
#[derive(Debug)]
pub struct PlatformTx(Tx);

impl PlatformTx {
    /// What goes on inside an organisation that it has made.
    pub(crate) fn into_inner(self) -> Tx {
        self.0
    }

    /// Makes the work durable.
    ///
    /// # Errors
    /// The work is undone.
    pub async fn commit(self) -> Result<(), DbError> {
        self.0.commit().await
    }

    /// Undoes the work now rather than when dropped.
    ///
    /// # Errors
    /// The connection was lost; the work is undone all the same.
    pub async fn rollback(self) -> Result<(), DbError> {
        self.0.rollback().await
    }
}

impl Deref for PlatformTx {
    type Target = Tx;
    fn deref(&self) -> &Tx {
        &self.0
    }
}

impl DerefMut for PlatformTx {
    fn deref_mut(&mut self) -> &mut Tx {
        &mut self.0
    }
}
