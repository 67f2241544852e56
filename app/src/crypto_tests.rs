use super::*;

const ORG: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001);
const OTHER_ORG: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0002);
const PLACE: Place =
    Place { table: "client", column: "email", row: Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_00aa) };

/// A keyring entry whose key is 32 times the same byte.
fn entry(kid: &str, byte: u8) -> String {
    format!("{kid}:{}", BASE64.encode([byte; KEY]))
}

fn ring(entries: &[String]) -> Keyring {
    Keyring::parse(&entries.join(",")).unwrap()
}

fn keys_of(owner: Uuid) -> DataKeys {
    let ring = ring(&[entry("k1", 1)]);
    let wrapped = ring.new_data_key(owner, 1);
    ring.unwrap(owner, &[(1, wrapped.0)]).unwrap()
}

// --- The cipher, against NIST's vectors ------------------------------------------------------------------------------

/// One case of a CAVP response file.
#[derive(Default)]
struct Case {
    fields: std::collections::BTreeMap<String, Vec<u8>>,
    fail: bool,
}

impl Case {
    fn get(&self, name: &str) -> &[u8] {
        &self.fields[name]
    }
}

fn hex(text: &str) -> Vec<u8> {
    assert!(text.len().is_multiple_of(2), "odd hex");
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

fn cases(file: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in file.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with(['#', '['])) {
        if line == "FAIL" {
            cases.last_mut().unwrap().fail = true;
            continue;
        }
        let (name, value) = line.split_once('=').unwrap();
        match name.trim() {
            "Count" => cases.push(Case::default()),
            name => {
                cases.last_mut().unwrap().fields.insert(name.to_owned(), hex(value.trim()));
            }
        }
    }
    cases
}

fn nist_cipher(case: &Case) -> (Aes256Gcm, [u8; NONCE]) {
    (cipher(case.get("Key").try_into().unwrap()), case.get("IV").try_into().unwrap())
}

#[test]
fn nist_encrypt_vectors() {
    let cases = cases(include_str!("testdata/nist_cavp_aes256gcm_encrypt.rsp"));
    assert_eq!(cases.len(), 375);
    for case in &cases {
        let (cipher, nonce) = nist_cipher(case);
        let expected = [case.get("CT"), case.get("Tag")].concat();
        let mut out = Vec::new();
        encrypt_onto(&cipher, &nonce, case.get("AAD"), case.get("PT"), &mut out);
        assert_eq!(out, expected);
        assert_eq!(decrypt(&cipher, &nonce, case.get("AAD"), &out).as_deref(), Some(case.get("PT")));
    }
}

#[test]
fn nist_decrypt_vectors() {
    let cases = cases(include_str!("testdata/nist_cavp_aes256gcm_decrypt.rsp"));
    assert_eq!(cases.len(), 375);
    assert_eq!(cases.iter().filter(|case| case.fail).count(), 191);
    for case in &cases {
        let (cipher, nonce) = nist_cipher(case);
        let opened = decrypt(&cipher, &nonce, case.get("AAD"), &[case.get("CT"), case.get("Tag")].concat());
        let expected = if case.fail { None } else { Some(case.get("PT")) };
        assert_eq!(opened.as_deref(), expected);
    }
}

/// RFC 5869 appendix A.3 (no salt) and RFC 4231 test case 2, so that the two other primitives are known answers too.
#[test]
fn hkdf_and_hmac_known_answers() {
    let mut okm = [0; 42];
    Hkdf::<Sha256>::new(None, &[0x0b; 22]).expand(&[], &mut okm).unwrap();
    assert_eq!(
        okm.as_slice(),
        hex("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8")
    );
    let mut key = [0; MAC_KEY];
    key[..4].copy_from_slice(b"Jefe");
    let mut mac = Hmac::<Sha256>::new((&key).into());
    mac.update(b"what do ya want for nothing?");
    assert_eq!(
        mac.finalize().into_bytes().as_slice(),
        hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    );
}

// --- Formats that stored data depends on -----------------------------------------------------------------------------

/// A value wrapped, sealed and indexed by the first release. If this fails, stored data no longer opens: add a version,
/// don't change this test.
#[test]
fn stored_formats_stay_readable() {
    let ring = ring(&[entry("k1", 1)]);
    let wrapped = hex(WRAPPED_V1);
    let keys = ring.unwrap(ORG, &[(1, wrapped)]).unwrap();
    assert_eq!(keys.open(PLACE, &hex(SEALED_V1)).unwrap(), "ada@example.com");
    assert_eq!(keys.blind_index("client", "email", "ada@example.com").as_slice(), hex(BLIND_V1));
}

const WRAPPED_V1: &str = "01026b314a91904d6fd2dd0c4e28f96c6d48329727465de2b1138b8cc51d3094236dc55f6e75a78ff020228693fbf7d47b70bdefa4e865cfd8ec54ca2f8dafde";
const SEALED_V1: &str =
    "0100000001f0192f9d6700620550f33085ddcb8489e38002339689196f208f861e8d91592c974afc53bffca7d01f7a95";
const BLIND_V1: &str = "249bed9b76b4874d6bf8ce876e3f6ce42db053fb5546c62044596263fa559656";

#[test]
fn the_layout_is_as_documented() {
    let ring = ring(&[entry("k1", 1)]);
    let wrapped = ring.new_data_key(ORG, 1).0;
    assert_eq!(&wrapped[..4], b"\x01\x02k1");
    assert_eq!(wrapped.len(), 4 + 12 + 32 + 16);
    let keys = ring.unwrap(ORG, &[(1, wrapped)]).unwrap();
    let sealed = keys.seal(PLACE, "text");
    assert_eq!(&sealed[..5], [1, 0, 0, 0, 1]);
    assert_eq!(sealed.len(), 5 + 12 + 4 + 16);
}

// --- Sealing and opening ---------------------------------------------------------------------------------------------

#[test]
fn round_trips() {
    let keys = keys_of(ORG);
    let long = "personal information ".repeat(500);
    assert!(long.len() > 10_000);
    for text in ["", "a", "ada@example.com", "Zoë 👩🏽‍⚕️🦘", "line\nbreak\0nul", &long] {
        assert_eq!(keys.open(PLACE, &keys.seal(PLACE, text)).unwrap(), text);
    }
}

#[test]
fn two_seals_differ() {
    let keys = keys_of(ORG);
    let seals: std::collections::HashSet<_> = (0..1000).map(|_| keys.seal(PLACE, "same")).collect();
    let nonces: std::collections::HashSet<_> = seals.iter().map(|s| s[5..17].to_vec()).collect();
    assert_eq!((seals.len(), nonces.len()), (1000, 1000));
}

#[test]
fn a_value_moved_elsewhere_is_refused() {
    let keys = keys_of(ORG);
    let sealed = keys.seal(PLACE, "secret");
    for place in [
        Place { row: Uuid::from_u128(7), ..PLACE },
        Place { column: "phone", ..PLACE },
        Place { table: "staff", ..PLACE },
        // The same letters, cut elsewhere.
        Place { table: "clien", column: "temail", ..PLACE },
        Place { table: "", column: "clientemail", ..PLACE },
    ] {
        assert_eq!(keys.open(place, &sealed), Err(CryptoError::Refused(place)));
    }
    assert_eq!(keys.open(PLACE, &sealed).unwrap(), "secret");
}

#[test]
fn a_value_moved_to_another_organisation_is_refused() {
    assert_eq!(keys_of(OTHER_ORG).open(PLACE, &keys_of(ORG).seal(PLACE, "x")), Err(CryptoError::Refused(PLACE)));

    // Even if both organisations had the very same data key.
    let ring = ring(&[entry("k1", 1)]);
    let same_key = |owner| {
        let wrapped = ring.wrap(owner, 1, &[9; KEY]);
        ring.unwrap(owner, &[(1, wrapped.0)]).unwrap()
    };
    let sealed = same_key(ORG).seal(PLACE, "x");
    assert!(same_key(ORG).open(PLACE, &sealed).is_ok());
    assert_eq!(same_key(OTHER_ORG).open(PLACE, &sealed), Err(CryptoError::Refused(PLACE)));

    // And by associated data alone, the derived cipher being the same.
    let (ours, mut theirs) = (same_key(ORG), same_key(ORG));
    theirs.owner = OTHER_ORG;
    assert_eq!(theirs.open(PLACE, &ours.seal(PLACE, "x")), Err(CryptoError::Refused(PLACE)));
}

#[test]
fn cut_short_or_lengthened_anywhere_is_refused() {
    let keys = keys_of(ORG);
    let sealed = keys.seal(PLACE, "some words");
    for length in 0..sealed.len() {
        assert!(keys.open(PLACE, &sealed[..length]).is_err(), "opened at {length} bytes");
        assert!(keys.open(PLACE, &sealed[sealed.len() - length..]).is_err());
    }
    assert!(keys.open(PLACE, &[sealed.as_slice(), &[0]].concat()).is_err());
}

#[test]
fn any_flipped_bit_is_refused() {
    let ring = ring(&[entry("k1", 1), entry("k2", 2)]);
    let wrapped = ring.new_data_key(ORG, 1).0;
    let keys = ring.unwrap(ORG, &[(1, wrapped.clone())]).unwrap();
    let sealed = keys.seal(PLACE, "some words");
    for bit in 0..sealed.len() * 8 {
        let mut changed = sealed.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(keys.open(PLACE, &changed).is_err(), "opened with bit {bit} flipped");
    }
    for bit in 0..wrapped.len() * 8 {
        let mut changed = wrapped.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(ring.unwrap(ORG, &[(1, changed)]).is_err(), "unwrapped with bit {bit} flipped");
    }
    for length in 0..wrapped.len() {
        assert!(ring.unwrap(ORG, &[(1, wrapped[..length].to_vec())]).is_err());
    }
}

// --- Rotation --------------------------------------------------------------------------------------------------------

#[test]
fn an_old_master_key_still_unwraps_until_it_is_removed() {
    let before = ring(&[entry("old", 1)]);
    let wrapped = before.new_data_key(ORG, 1).0;
    let sealed = before.unwrap(ORG, &[(1, wrapped.clone())]).unwrap().seal(PLACE, "kept");

    let during = ring(&[entry("new", 2), entry("old", 1)]);
    assert_eq!(during.unwrap(ORG, &[(1, wrapped.clone())]).unwrap().open(PLACE, &sealed).unwrap(), "kept");
    let rewrapped = during.rewrap(ORG, 1, &wrapped).unwrap().unwrap().0;
    assert_eq!(during.rewrap(ORG, 1, &rewrapped).unwrap(), None, "already under the current key");

    let after = ring(&[entry("new", 2)]);
    assert_eq!(after.unwrap(ORG, &[(1, rewrapped)]).unwrap().open(PLACE, &sealed).unwrap(), "kept");
    let error = after.unwrap(ORG, &[(1, wrapped.clone())]).unwrap_err();
    assert_eq!(error, CryptoError::MasterKeyMissing { owner: ORG, generation: 1, kid: "old".into() });
    assert!(error.to_string().contains("\"old\", which is not in the keyring"), "{error}");
    assert_eq!(after.rewrap(ORG, 1, &wrapped), Err(error));

    // Another key under the old name isn't mistaken for it.
    let impostor = ring(&[entry("old", 3)]);
    let error = impostor.unwrap(ORG, &[(1, wrapped)]).unwrap_err();
    assert_eq!(error, CryptoError::WrappedRefused { owner: ORG, generation: 1 });
}

#[test]
fn an_old_generation_still_opens_and_the_newest_seals() {
    let ring = ring(&[entry("k1", 1)]);
    let first = ring.new_data_key(ORG, 1).0;
    let one = ring.unwrap(ORG, &[(1, first.clone())]).unwrap();
    let sealed = one.seal(PLACE, "kept");
    let index = one.blind_index("client", "email", "ada@example.com");
    assert!(one.is_current(&sealed));

    let second = ring.new_data_key(ORG, 2).0;
    let both = ring.unwrap(ORG, &[(2, second.clone()), (1, first)]).unwrap();
    assert_eq!((one.generation(), both.generation(), both.owner()), (1, 2, ORG));
    assert_eq!(both.open(PLACE, &sealed).unwrap(), "kept");
    assert_eq!(both.blind_index("client", "email", "ada@example.com"), index);
    assert!(!both.is_current(&sealed));
    let renewed = both.seal(PLACE, "kept");
    assert!(both.is_current(&renewed));
    assert_eq!(renewed[..5], [1, 0, 0, 0, 2]);

    assert_eq!(one.open(PLACE, &renewed), Err(CryptoError::GenerationMissing { place: PLACE, generation: 2 }));
    assert_eq!(
        ring.unwrap(ORG, &[(2, second)]).unwrap_err(),
        CryptoError::FirstGenerationMissing { owner: ORG },
        "without the first generation the blind index would silently change"
    );
}

#[test]
fn a_newer_generation_opens_before_it_seals() {
    let ring = ring(&[entry("k1", 1)]);
    let keys = [(1, ring.new_data_key(ORG, 1).0), (2, ring.new_data_key(ORG, 2).0)];
    let before = ring.unwrap(ORG, &keys).unwrap().sealing_under(1);
    let after = ring.unwrap(ORG, &keys).unwrap().sealing_under(2);
    assert_eq!((before.generation(), before.newest(), after.generation()), (1, 2, 2));
    let old = before.seal(PLACE, "kept");
    assert!(old.starts_with(&before.header()) && before.is_current(&old) && !after.is_current(&old));
    let new = after.reseal(PLACE, &old).unwrap().unwrap();
    assert_eq!(before.open(PLACE, &new).unwrap(), "kept");
    assert_eq!(after.reseal(PLACE, &new).unwrap(), None, "it is as it should be");
    assert!(after.reseal(PLACE, &old[..20]).is_err());
}

#[test]
fn a_stored_key_says_what_it_is_wrapped_under() {
    let wrapped = ring(&[entry("k-2026", 1)]).new_data_key(ORG, 1).0;
    assert_eq!(kid_of(&wrapped), Some("k-2026"));
    assert_eq!(kid_of(&wrapped[..8]), Some("k-2026"), "its beginning is enough");
    for broken in [&wrapped[..7], &wrapped[1..], &[]] {
        assert_eq!(kid_of(broken), None);
    }
}

#[test]
fn data_keys_belong_to_their_owner_and_generation() {
    let ring = ring(&[entry("k1", 1)]);
    let wrapped = ring.new_data_key(ORG, 1).0;
    assert_eq!(
        ring.unwrap(OTHER_ORG, &[(1, wrapped.clone())]).unwrap_err(),
        CryptoError::WrappedRefused { owner: OTHER_ORG, generation: 1 }
    );
    assert_eq!(
        ring.unwrap(ORG, &[(2, wrapped.clone())]).unwrap_err(),
        CryptoError::WrappedRefused { owner: ORG, generation: 2 }
    );
    assert_eq!(
        ring.unwrap(ORG, &[(1, wrapped.clone()), (1, wrapped)]).unwrap_err(),
        CryptoError::GenerationTwice { owner: ORG, generation: 1 }
    );
    assert_eq!(ring.unwrap(ORG, &[]).unwrap_err(), CryptoError::FirstGenerationMissing { owner: ORG });
}

// --- The keyring's text ----------------------------------------------------------------------------------------------

#[test]
fn keyrings_that_parse() {
    let ring = Keyring::parse(&format!(" {} ,\n{}\n", entry("2026-07_b", 1), entry("A", 2))).unwrap();
    assert_eq!(ring.kids().collect::<Vec<_>>(), ["2026-07_b", "A"]);
    let unpadded = entry("k", 1).trim_end_matches('=').to_owned();
    assert!(Keyring::parse(&unpadded).is_ok());
    let fresh = Keyring::fresh_entry("k").unwrap();
    assert!(Keyring::parse(&fresh).is_ok());
    assert_ne!(*fresh, *Keyring::fresh_entry("k").unwrap());
    assert_eq!(Keyring::fresh_entry("no spaces").unwrap_err(), KeyringError::Kid);
}

#[test]
fn keyrings_that_do_not_parse_say_which_entry_and_why_and_no_more() {
    let good = entry("ok", 1);
    let key = BASE64.encode([0xa5; KEY]);
    for (text, expected) in [
        (String::new(), "is empty"),
        ("  \n".into(), "is empty"),
        (format!("{good},"), "entry 2 of the keyring: it is empty"),
        (format!("{good},{key}"), "entry 2 of the keyring: it has no colon"),
        (format!("{key}:k2"), "entry 1 of the keyring: its kid must be"),
        (format!(":{key}"), "entry 1 of the keyring: its kid must be"),
        (format!("{}:{key}", "k".repeat(33)), "entry 1 of the keyring: its kid must be"),
        (format!("k 2:{key}"), "entry 1 of the keyring: its kid must be"),
        (format!("kéy:{key}"), "entry 1 of the keyring: its kid must be"),
        (format!("{good},k2:{key}!"), "entry 2 of the keyring (k2): its key isn't standard base64"),
        (format!("k2:{}", key.replace('p', "-")), "entry 1 of the keyring (k2): its key isn't standard base64"),
        (format!("k2:{}", BASE64.encode([0xa5; 31])), "entry 1 of the keyring (k2): its key must be exactly 32 bytes"),
        (format!("k2:{}", BASE64.encode([0xa5; 33])), "entry 1 of the keyring (k2): its key must be exactly 32 bytes"),
        ("k2:".into(), "entry 1 of the keyring (k2): its key must be exactly 32 bytes"),
        (entry("k2", 0), "entry 1 of the keyring (k2): its key is all zeros"),
        (format!("{good},{}", entry("ok", 2)), "entry 2 of the keyring (ok): an earlier entry has the same kid"),
        (format!("{good},{}", entry("ko", 1)), "entry 2 of the keyring (ko): an earlier entry has the same key"),
    ] {
        let error = Keyring::parse(&text).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(error.to_string().contains(expected), "{error} should say: {expected}");
        assert!(!shown.contains(&key[..8]), "the error repeats the key: {shown}");
    }
}

// --- Blind index -----------------------------------------------------------------------------------------------------

#[test]
fn the_blind_index_matches_equal_emails_in_one_column_of_one_owner_only() {
    let ring = ring(&[entry("k1", 1)]);
    let wrapped = ring.new_data_key(ORG, 1).0;
    let keys = ring.unwrap(ORG, &[(1, wrapped.clone())]).unwrap();
    let again = ring.unwrap(ORG, &[(1, wrapped)]).unwrap();
    let email = |text| normalise_email(text);
    let index = keys.blind_index("client", "email", &email("ada@example.com"));

    assert_eq!(index, again.blind_index("client", "email", &email(" Ada@EXAMPLE.com\n")));
    assert_ne!(index, keys.blind_index("client", "email", &email("ada@example.org")));
    assert_ne!(index, keys.blind_index("client", "email", ""));
    assert_ne!(index, keys.blind_index("client", "other_email", "ada@example.com"));
    assert_ne!(index, keys.blind_index("staff", "email", "ada@example.com"));
    assert_ne!(index, keys.blind_index("clien", "temail", "ada@example.com"));
    assert_ne!(index, keys_of(OTHER_ORG).blind_index("client", "email", "ada@example.com"));

    let mut other = again;
    other.owner = OTHER_ORG;
    assert_ne!(index, other.blind_index("client", "email", "ada@example.com"), "the owner is in the input too");
}

#[test]
fn emails_are_trimmed_and_lower_cased() {
    assert_eq!(normalise_email("  Zoë.O'Neil+Shop@Example.COM.au\t"), "zoë.o'neil+shop@example.com.au");
    assert_eq!(normalise_email(""), "");
}

/// Holds only while aes-gcm's feature `zeroize` is on.
#[test]
fn expanded_ciphers_are_wiped_when_dropped() {
    fn wiped<T: zeroize::ZeroizeOnDrop>() {}
    wiped::<Aes256Gcm>();
}

// --- Nothing leaks ---------------------------------------------------------------------------------------------------

#[test]
fn debug_and_errors_never_show_keys_or_plaintext() {
    let ring = ring(&[entry("k1", 1), entry("k2", 2)]);
    assert_eq!(format!("{ring:?}"), r#"Keyring["k1", "k2"]"#);
    let wrapped = ring.wrap(ORG, 1, &[7; KEY]);
    let keys = ring.unwrap(ORG, &[(1, wrapped.0)]).unwrap();
    assert_eq!(format!("{keys:?}"), format!("DataKeys {{ owner: {ORG:?}, generations: [1], .. }}"));

    let mut sealed = keys.seal(PLACE, "Very private");
    sealed[20] ^= 1;
    let error = keys.open(PLACE, &sealed).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("private"));
    assert_eq!(
        error.to_string(),
        format!("the sealed value in client.email of {} was changed or belongs elsewhere", PLACE.row)
    );

    // A value that authenticates but isn't text can only come from another program with the key; still no contents.
    let mut not_text = vec![SEALED_VERSION, 0, 0, 0, 1];
    let associated = keys.field_associated(&not_text, PLACE);
    seal_onto(&keys.generations[0].cipher, &associated, b"private\xff", &mut not_text);
    assert_eq!(keys.open(PLACE, &not_text), Err(CryptoError::Refused(PLACE)));
}
