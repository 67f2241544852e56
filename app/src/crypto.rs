//! Encryption of personal information, field by field.
//!
//! Three layers of keys, each with one job:
//!
//! 1. A **master key** comes from the environment (`DEVALO_ENCRYPTION_KEYS`), never from the database, and only wraps
//!    data keys.
//! 2. A **data key** belongs to one organisation and lies in the database, wrapped. Destroying its row erases, in every
//!    backup too, all that was sealed under it.
//! 3. **Subkeys**, derived from a data key with HKDF-SHA256 (RFC 5869), do the work: one encrypts fields with
//!    AES-256-GCM (NIST SP 800-38D), one makes the blind indexes that equality look-ups go through. No key is ever used
//!    for two purposes.
//!
//! Every ciphertext is bound to the place it was written for: table, column, row and organisation are associated data,
//! so that a value copied anywhere else doesn't open.
//!
//! Nonces are 96 random bits, drawn here and nowhere else. A repeated nonce breaks GCM altogether, so no caller may
//! supply the generator: a seeded one, harmless elsewhere, would be fatal here. SP 800-38D section 8.3 allows 2^32
//! seals with random nonces for each key; an organisation would have to write a hundred fields a second for more than
//! a year to come near it, and a new generation starts a new count.

use std::fmt;

use aes_gcm::{Aes256Gcm, KeyInit, aead::AeadInOut};
use base64::{Engine, engine::general_purpose::STANDARD_PAD_INDIFFERENT as BASE64};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use rand::{Rng, rand_core::UnwrapErr, rngs::SysRng};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use uuid::Uuid;
use zeroize::Zeroizing;

/// The number of every owner's first data key. Generations count up from it, and its row is never deleted while the
/// owner lives: the blind index is derived from it.
pub const FIRST_GENERATION: u32 = 1;

const KEY: usize = 32;
const NONCE: usize = 12;
const TAG: usize = 16;
/// HMAC-SHA256 keys are derived at SHA-256's block length, the length at which HMAC uses a key as it is (RFC 2104).
const MAC_KEY: usize = 64;

// ---------------------------------------------------------------------------------------------------------------------
// Master keys

/// The master keys, by kid. The first is current: it wraps new data keys. The others only unwrap, so that a key can be
/// replaced while rows wrapped under it still exist.
///
/// The key bytes themselves aren't kept, only the expanded wrapping ciphers, which are wiped when dropped.
pub struct Keyring {
    keys: Vec<MasterKey>,
}

struct MasterKey {
    kid: String,
    wrapping: Aes256Gcm,
}

impl Keyring {
    /// Reads `kid:base64(32 bytes)`, comma-separated, the first current. A kid is 1 to 32 characters of `A–Z a–z 0–9 _
    /// -` and unique; a key is 32 bytes in standard base64, padded or not, not all zero, and not given twice under two
    /// names. White space around entries is ignored.
    ///
    /// The error says which entry and why, and never repeats any of the key.
    pub fn parse(text: &str) -> Result<Self, KeyringError> {
        if text.trim().is_empty() {
            return Err(KeyringError::Empty);
        }
        let mut keys: Vec<MasterKey> = Vec::new();
        let mut seen: Vec<Zeroizing<[u8; KEY]>> = Vec::new();
        for (index, entry) in text.split(',').map(str::trim).enumerate() {
            let refuse =
                |kid: Option<&str>, why| KeyringError::Entry { number: index + 1, kid: kid.map(str::to_owned), why };
            if entry.is_empty() {
                return Err(refuse(None, "it is empty (a stray comma?)"));
            }
            let (kid, encoded) =
                entry.split_once(':').ok_or_else(|| refuse(None, "it has no colon between its kid and its key"))?;
            // A kid that breaks the rule isn't repeated: with the halves swapped it would be the key.
            if !is_kid(kid) {
                return Err(refuse(None, "its kid must be 1 to 32 characters of A-Z, a-z, 0-9, _ and -"));
            }
            let refuse = |why| refuse(Some(kid), why);
            if keys.iter().any(|k| k.kid == kid) {
                return Err(refuse("an earlier entry has the same kid"));
            }
            let decoded =
                BASE64.decode(encoded).map(Zeroizing::new).map_err(|_| refuse("its key isn't standard base64"))?;
            let key = <[u8; KEY]>::try_from(decoded.as_slice())
                .map(Zeroizing::new)
                .map_err(|_| refuse("its key must be exactly 32 bytes before base64"))?;
            if bool::from(key.ct_eq(&[0; KEY])) {
                return Err(refuse("its key is all zeros: a placeholder, not a key"));
            }
            if seen.iter().any(|earlier| bool::from(earlier.ct_eq(&*key))) {
                return Err(refuse("an earlier entry has the same key under another kid"));
            }
            keys.push(MasterKey { kid: kid.to_owned(), wrapping: cipher(&derive(&*key, &[b"devalo/v1/wrap"])) });
            seen.push(key);
        }
        Ok(Self { keys })
    }

    /// A new keyring entry with a fresh key from the operating system, in the form that [`Keyring::parse`] reads. For
    /// `devalo generate-keys`.
    pub fn fresh_entry(kid: &str) -> Result<Zeroizing<String>, KeyringError> {
        if !is_kid(kid) {
            return Err(KeyringError::Kid);
        }
        let key = Zeroizing::new(fresh_bytes::<KEY>());
        Ok(Zeroizing::new(format!("{kid}:{}", *Zeroizing::new(BASE64.encode(*key)))))
    }

    /// The names of the keys, the current one first.
    pub fn kids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| key.kid.as_str())
    }

    /// Makes a fresh data key for `owner` from the operating system's generator and wraps it under the current master
    /// key. The first generation is [`FIRST_GENERATION`], each later one a number higher.
    ///
    /// # Panics
    /// If the operating system can't give random bytes: better to stop than to go on with a guessable key.
    pub fn new_data_key(&self, owner: Uuid, generation: u32) -> WrappedKey {
        self.wrap(owner, generation, &Zeroizing::new(fresh_bytes::<KEY>()))
    }

    /// Unwraps **all** of an owner's data keys, in any order. Refuses a set without [`FIRST_GENERATION`], because the
    /// blind index would silently change, and one with a generation twice.
    pub fn unwrap(&self, owner: Uuid, wrapped: &[(u32, Vec<u8>)]) -> Result<DataKeys, CryptoError> {
        let mut keys = wrapped
            .iter()
            .map(|(generation, bytes)| Ok((*generation, self.unwrap_one(owner, *generation, bytes)?.key)))
            .collect::<Result<Vec<_>, CryptoError>>()?;
        keys.sort_unstable_by_key(|(generation, _)| *generation);
        if let Some(pair) = keys.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(CryptoError::GenerationTwice { owner, generation: pair[0].0 });
        }
        let Some((FIRST_GENERATION, oldest)) = keys.first() else {
            return Err(CryptoError::FirstGenerationMissing { owner });
        };
        let blind = derive(&**oldest, &[b"devalo/v1/blind-index", owner.as_bytes()]);
        let generations = keys
            .iter()
            .map(|(number, key)| Generation {
                number: *number,
                cipher: cipher(&derive(&**key, &[b"devalo/v1/field", owner.as_bytes()])),
            })
            .collect();
        let current = keys.len() - 1;
        Ok(DataKeys { owner, generations, current, blind })
    }

    /// Whether it has the master key of this name.
    pub fn has(&self, kid: &str) -> bool {
        self.kids().any(|known| known == kid)
    }

    /// Wraps an owner's data key again under the current master key; `None` if it already is. The data key itself
    /// stays the same, so no field has to be sealed again.
    pub fn rewrap(&self, owner: Uuid, generation: u32, wrapped: &[u8]) -> Result<Option<WrappedKey>, CryptoError> {
        let unwrapped = self.unwrap_one(owner, generation, wrapped)?;
        let current = self.keys.first().is_some_and(|current| current.kid == unwrapped.kid);
        Ok(if current { None } else { Some(self.wrap(owner, generation, &unwrapped.key)) })
    }

    /// Version byte, kid's length, kid, nonce, ciphertext and tag.
    fn wrap(&self, owner: Uuid, generation: u32, key: &[u8; KEY]) -> WrappedKey {
        // `parse` never makes an empty keyring, and it is the only constructor.
        let current = &self.keys[0];
        let mut out = Vec::with_capacity(2 + current.kid.len() + NONCE + KEY + TAG);
        out.push(WRAPPED_VERSION);
        out.push(u8::try_from(current.kid.len()).unwrap_or(u8::MAX));
        out.extend_from_slice(current.kid.as_bytes());
        let associated = wrap_associated(&out, owner, generation);
        seal_onto(&current.wrapping, &associated, key, &mut out);
        WrappedKey(out)
    }

    fn unwrap_one<'w>(&self, owner: Uuid, generation: u32, wrapped: &'w [u8]) -> Result<Unwrapped<'w>, CryptoError> {
        let malformed = || CryptoError::WrappedMalformed { owner, generation };
        let [WRAPPED_VERSION, kid_length, rest @ ..] = wrapped else { return Err(malformed()) };
        let (kid, sealed) = rest.split_at_checked(usize::from(*kid_length)).ok_or_else(malformed)?;
        let kid = std::str::from_utf8(kid).ok().filter(|kid| is_kid(kid)).ok_or_else(malformed)?;
        let master = self.keys.iter().find(|key| key.kid == kid).ok_or_else(|| CryptoError::MasterKeyMissing {
            owner,
            generation,
            kid: kid.to_owned(),
        })?;
        let header = &wrapped[..wrapped.len() - sealed.len()];
        let (nonce, ciphertext) = sealed.split_first_chunk::<NONCE>().ok_or_else(malformed)?;
        let opened = decrypt(&master.wrapping, nonce, &wrap_associated(header, owner, generation), ciphertext)
            .map(Zeroizing::new)
            .ok_or(CryptoError::WrappedRefused { owner, generation })?;
        let key = <[u8; KEY]>::try_from(opened.as_slice()).map(Zeroizing::new).map_err(|_| malformed())?;
        Ok(Unwrapped { kid, key })
    }
}

/// Only the kids.
impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyring")?;
        f.debug_list().entries(self.kids()).finish()
    }
}

/// An owner's data key as it is stored: encrypted under a master key, bound to its owner and generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedKey(pub Vec<u8>);

struct Unwrapped<'w> {
    kid: &'w str,
    key: Zeroizing<[u8; KEY]>,
}

/// The name of the master key that a stored data key is wrapped under; `None` where that can't be read. Its first 34 bytes
/// are enough.
pub fn kid_of(wrapped: &[u8]) -> Option<&str> {
    let [WRAPPED_VERSION, length, rest @ ..] = wrapped else { return None };
    let kid = std::str::from_utf8(rest.get(..usize::from(*length))?).ok()?;
    is_kid(kid).then_some(kid)
}

const WRAPPED_VERSION: u8 = 1;

fn wrap_associated(header: &[u8], owner: Uuid, generation: u32) -> Vec<u8> {
    bind(&[b"devalo/data-key", header, owner.as_bytes(), &generation.to_be_bytes()])
}

fn is_kid(kid: &str) -> bool {
    (1..=32).contains(&kid.len()) && kid.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

// ---------------------------------------------------------------------------------------------------------------------
// Data keys

/// One owner's data keys, ready for use: what seals and opens an organisation's personal information and makes its
/// blind indexes. Made by [`Keyring::unwrap`]; wiped when dropped. Share it in an `Arc`.
pub struct DataKeys {
    owner: Uuid,
    /// Ascending and never empty.
    generations: Vec<Generation>,
    /// Which of them seals: the last, unless it is only known so far.
    current: usize,
    blind: Zeroizing<[u8; MAC_KEY]>,
}

/// A data key's expanded field cipher. Expanding costs more than sealing a short field, so it is done once.
struct Generation {
    number: u32,
    cipher: Aes256Gcm,
}

/// Where a sealed value is stored. A value opens only in the place it was sealed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The table's name, as in the schema.
    pub table: &'static str,
    /// The column's name, as in the schema.
    pub column: &'static str,
    /// The row's id.
    pub row: Uuid,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{} of {}", self.table, self.column, self.row)
    }
}

const SEALED_VERSION: u8 = 1;
/// Version and generation.
const SEALED_HEADER: usize = 1 + 4;

impl DataKeys {
    /// Encrypts a value for its place under the current generation.
    ///
    /// The result is a version byte, the generation (big-endian `u32`: the key id), a random 96-bit nonce, and the
    /// AES-256-GCM ciphertext with its 128-bit tag: 33 bytes longer than the text, whose length it therefore shows.
    /// Sealing the same text twice gives two different results.
    pub fn seal(&self, place: Place, plaintext: &str) -> Vec<u8> {
        self.seal_bytes(place, plaintext.as_bytes())
    }

    /// The same for what isn't text.
    pub fn seal_bytes(&self, place: Place, plaintext: &[u8]) -> Vec<u8> {
        // Whatever is sealed somewhere that the catalogue doesn't know would stay behind when keys are renewed.
        #[cfg(all(debug_assertions, not(test)))]
        assert!(
            crate::sealed::is_known(place.table, place.column),
            "{}.{} is sealed, and in no list of what is: app/src/sealed.rs, or Module::sealed",
            place.table,
            place.column
        );
        let current = &self.generations[self.current];
        let mut out = Vec::with_capacity(SEALED_HEADER + NONCE + plaintext.len() + TAG);
        out.push(SEALED_VERSION);
        out.extend_from_slice(&current.number.to_be_bytes());
        let associated = self.field_associated(&out, place);
        seal_onto(&current.cipher, &associated, plaintext, &mut out);
        out
    }

    /// Decrypts what [`DataKeys::seal`] made for the same place, under whichever generation it names. Anything else is
    /// refused: a value moved to another row, column, table or organisation, or changed in any bit.
    pub fn open(&self, place: Place, sealed: &[u8]) -> Result<String, CryptoError> {
        // The error would carry the text; it stays behind.
        String::from_utf8(self.open_bytes(place, sealed)?).map_err(|_| CryptoError::Refused(place))
    }

    /// The same for what isn't text.
    pub fn open_bytes(&self, place: Place, sealed: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let malformed = || CryptoError::Malformed(place);
        let (header, rest) = sealed.split_first_chunk::<SEALED_HEADER>().ok_or_else(malformed)?;
        let (nonce, ciphertext) = rest.split_first_chunk::<NONCE>().ok_or_else(malformed)?;
        let [SEALED_VERSION, generation @ ..] = *header else { return Err(malformed()) };
        let number = u32::from_be_bytes(generation);
        // A handful at most, and nearly always the newest.
        let generation = self
            .generations
            .iter()
            .rfind(|generation| generation.number == number)
            .ok_or(CryptoError::GenerationMissing { place, generation: number })?;
        decrypt(&generation.cipher, nonce, &self.field_associated(header, place), ciphertext)
            .ok_or(CryptoError::Refused(place))
    }

    /// Whether a sealed value names the current generation; one that doesn't should be sealed again. It says nothing
    /// about whether the value opens.
    pub fn is_current(&self, sealed: &[u8]) -> bool {
        sealed.starts_with(&self.header())
    }

    /// What every value begins with that is sealed under the current generation: version and generation.
    pub fn header(&self) -> [u8; SEALED_HEADER] {
        let mut header = [SEALED_VERSION; SEALED_HEADER];
        header[1..].copy_from_slice(&self.generation().to_be_bytes());
        header
    }

    /// The value sealed anew for its place under the current generation; `None` if it already is.
    pub fn reseal(&self, place: Place, sealed: &[u8]) -> Result<Option<Vec<u8>>, CryptoError> {
        if self.is_current(sealed) {
            return Ok(None);
        }
        let plaintext = Zeroizing::new(self.open_bytes(place, sealed)?);
        Ok(Some(self.seal_bytes(place, &plaintext)))
    }

    /// The same keys, of which the newest that seal are no newer than this generation: a newer one opens already, and
    /// seals once every process knows it.
    #[must_use]
    pub fn sealing_under(mut self, generation: u32) -> Self {
        let known = self.generations.iter().rposition(|known| known.number <= generation);
        self.current = known.unwrap_or(0);
        self
    }

    /// The number of the current generation: the one that seals.
    pub fn generation(&self) -> u32 {
        self.generations[self.current].number
    }

    /// The number of the newest generation, whether it seals yet or only opens.
    pub fn newest(&self) -> u32 {
        self.generations[self.generations.len() - 1].number
    }

    /// Whose keys these are.
    pub fn owner(&self) -> Uuid {
        self.owner
    }

    /// The keyed fingerprint under which a value can be looked up for equality without storing it: HMAC-SHA256 over
    /// table, column, owner and the value in its normal form (for an email, [`normalise_email`]).
    ///
    /// Its key comes from the **oldest** generation, so that a new data key doesn't orphan the indexes already
    /// stored. It follows that renewing a data key renews the encryption and not the blind index.
    ///
    /// Within one column equal values have equal fingerprints: that is its purpose, and all that it shows to someone
    /// without the key. Across columns, tables and owners nothing matches.
    pub fn blind_index(&self, table: &str, column: &str, normalised: &str) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new((&*self.blind).into());
        for part in [b"devalo/blind-index/v1", table.as_bytes(), column.as_bytes(), self.owner.as_bytes()] {
            mac.update(&length(part));
            mac.update(part);
        }
        mac.update(normalised.as_bytes());
        mac.finalize().into_bytes().into()
    }

    fn field_associated(&self, header: &[u8], place: Place) -> Vec<u8> {
        bind(&[header, place.table.as_bytes(), place.column.as_bytes(), place.row.as_bytes(), self.owner.as_bytes()])
    }
}

/// Only the owner and the generations' numbers.
impl fmt::Debug for DataKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<u32> = self.generations.iter().map(|generation| generation.number).collect();
        f.debug_struct("DataKeys").field("owner", &self.owner).field("generations", &numbers).finish_non_exhaustive()
    }
}

/// The form of an email address that look-ups compare: trimmed and lower-case. Mailbox names may in theory differ by
/// case (RFC 5321 section 2.4); no provider in use tells them apart, and people type them either way.
pub fn normalise_email(email: &str) -> String {
    email.trim().to_lowercase()
}

// ---------------------------------------------------------------------------------------------------------------------
// Errors

/// Why a keyring can't be read. Never contains any of a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// There is nothing in it.
    #[error("the keyring is empty: it needs at least one kid:base64(32 bytes)")]
    Empty,
    /// One entry breaks the rules.
    #[error("entry {number} of the keyring{}: {why}", .kid.as_ref().map(|kid| format!(" ({kid})")).unwrap_or_default())]
    Entry {
        /// Which entry, counting from 1.
        number: usize,
        /// Its kid, if that much could be read.
        kid: Option<String>,
        /// The rule it breaks.
        why: &'static str,
    },
    /// The name asked for a new key breaks the rule for kids.
    #[error("a kid must be 1 to 32 characters of A-Z, a-z, 0-9, _ and -")]
    Kid,
}

/// Why a data key can't be unwrapped or a value can't be opened. Never contains a plaintext or any of a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CryptoError {
    /// A stored data key isn't in a form this version knows.
    #[error("the stored data key of {owner}, generation {generation}, is cut short or of an unknown version")]
    WrappedMalformed {
        /// Whose.
        owner: Uuid,
        /// Which.
        generation: u32,
    },
    /// The master key that a data key was wrapped under is no longer in the keyring.
    #[error(
        "the data key of {owner}, generation {generation}, is wrapped under the master key \"{kid}\", which is not in \
         the keyring: put it back"
    )]
    MasterKeyMissing {
        /// Whose.
        owner: Uuid,
        /// Which.
        generation: u32,
        /// The missing master key's name.
        kid: String,
    },
    /// A stored data key doesn't authenticate: changed, moved from another owner or generation, or the keyring has
    /// another key under the same kid.
    #[error("the stored data key of {owner}, generation {generation}, was changed or belongs elsewhere")]
    WrappedRefused {
        /// Whose.
        owner: Uuid,
        /// Which.
        generation: u32,
    },
    /// The owner's first data key isn't there: either none is (the owner was erased), or not all were given.
    #[error("the first data key of {owner} is missing")]
    FirstGenerationMissing {
        /// Whose.
        owner: Uuid,
    },
    /// Two data keys have the same number.
    #[error("{owner} has two data keys of generation {generation}")]
    GenerationTwice {
        /// Whose.
        owner: Uuid,
        /// Which.
        generation: u32,
    },
    /// A sealed value isn't in a form this version knows.
    #[error("the sealed value in {0} is cut short or of an unknown version")]
    Malformed(Place),
    /// A sealed value names a data key that the owner doesn't have.
    #[error("the sealed value in {place} is under data key generation {generation}, which its owner doesn't have")]
    GenerationMissing {
        /// Where it is stored.
        place: Place,
        /// The key it names.
        generation: u32,
    },
    /// A sealed value doesn't authenticate: changed, or moved from another place or owner.
    #[error("the sealed value in {0} was changed or belongs elsewhere")]
    Refused(Place),
}

// ---------------------------------------------------------------------------------------------------------------------
// The few primitives that everything above is made of

/// HKDF-SHA256 (RFC 5869), without a salt because the input is already uniformly random or at least secret and long,
/// and with the parts of the context length-prefixed.
pub(crate) fn derive<const N: usize>(key: &[u8], context: &[&[u8]]) -> Zeroizing<[u8; N]> {
    const { assert!(N <= 255 * 32, "RFC 5869 section 2.3: at most 255 blocks") };
    let mut out = Zeroizing::new([0; N]);
    let Ok(()) = Hkdf::<Sha256>::new(None, key).expand(&bind(context), &mut *out) else {
        unreachable!("the length was checked when this was compiled")
    };
    out
}

/// Bytes for a key, straight from the operating system.
fn fresh_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    UnwrapErr(SysRng).fill_bytes(&mut bytes);
    bytes
}

/// The parts one after the other, each behind its length, so that no two lists of parts give the same bytes.
fn bind(parts: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::with_capacity(parts.iter().map(|part| 8 + part.len()).sum());
    for part in parts {
        out.extend_from_slice(&length(part));
        out.extend_from_slice(part);
    }
    out
}

fn length(part: &[u8]) -> [u8; 8] {
    (part.len() as u64).to_be_bytes()
}

fn cipher(key: &[u8; KEY]) -> Aes256Gcm {
    Aes256Gcm::new(key.into())
}

/// Appends a fresh nonce, the ciphertext and the tag.
fn seal_onto(cipher: &Aes256Gcm, associated: &[u8], plaintext: &[u8], out: &mut Vec<u8>) {
    // The thread's generator is a ChaCha stream seeded and reseeded by the operating system, far cheaper than a
    // system call for each field.
    let mut nonce = [0; NONCE];
    rand::rng().fill_bytes(&mut nonce);
    out.extend_from_slice(&nonce);
    encrypt_onto(cipher, &nonce, associated, plaintext, out);
}

/// Appends the ciphertext and the tag.
fn encrypt_onto(cipher: &Aes256Gcm, nonce: &[u8; NONCE], associated: &[u8], plaintext: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(plaintext);
    let text = &mut out[start..];
    let Ok(tag) = cipher.encrypt_inout_detached(nonce.into(), associated, text.into()) else {
        unreachable!("AES-GCM refuses only texts of 64 GiB and more, which no request can carry")
    };
    out.extend_from_slice(&tag);
}

/// The text, if the tag at the end holds for all of it.
fn decrypt(cipher: &Aes256Gcm, nonce: &[u8; NONCE], associated: &[u8], ciphertext: &[u8]) -> Option<Vec<u8>> {
    let (text, tag) = ciphertext.split_last_chunk::<TAG>()?;
    let mut text = text.to_vec();
    cipher.decrypt_inout_detached(nonce.into(), associated, text.as_mut_slice().into(), tag.into()).ok()?;
    Some(text)
}

#[cfg(test)]
#[path = "crypto_tests.rs"]
mod tests;
