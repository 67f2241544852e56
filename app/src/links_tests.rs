use super::*;

const NOW: i64 = 1_790_000_000;
const ORG: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001);
const SUBJECT: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0002);
const PURPOSE: Purpose = Purpose::ManageAppointment;

fn signer() -> LinkSigner {
    LinkSigner::new(&[1; 32]).unwrap()
}

/// A token made of any payload, properly signed: what a later version of this program might issue.
fn signed(change: impl FnOnce(&mut [u8])) -> String {
    let mut payload = URL_SAFE_NO_PAD.decode(signer().sign(PURPOSE, ORG, SUBJECT, NOW + 1)).unwrap();
    payload.truncate(PAYLOAD);
    change(&mut payload);
    let mac = truncated_mac(&signer().keys[0], &payload);
    URL_SAFE_NO_PAD.encode([payload.as_slice(), &mac].concat())
}

#[test]
fn what_waits_is_sealed_for_one_person() {
    let [own]: [String; 1] = signer().shelf_keys(SUBJECT).try_into().unwrap();
    assert_eq!(URL_SAFE_NO_PAD.decode(&own).unwrap().len(), 32);
    assert_ne!(signer().shelf_keys(ORG), std::slice::from_ref(&own));
    assert_ne!(signer().forgery_token(SUBJECT), own);
    let replaced = LinkSigner::new(&[2; 32]).unwrap().also_accepting(&[1; 32]).unwrap();
    let keys = replaced.shelf_keys(SUBJECT);
    assert!(keys.len() == 2 && keys[0] != own && keys[1] == own, "what was sealed before can be opened");
}

#[test]
fn a_link_says_what_was_signed() {
    for expires in [NOW + 1, NOW + 86_400 * 365, i64::MAX] {
        let token = signer().sign(PURPOSE, ORG, SUBJECT, expires);
        assert_eq!(token.len(), 78);
        assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        assert_eq!(signer().verify(PURPOSE, &token, NOW), Ok(Link { org: ORG, subject: SUBJECT, expires }));
    }
}

/// A link signed by the first release, which may be in somebody's inbox. If this fails, add a version; don't change the
/// test.
#[test]
fn sent_links_stay_valid() {
    assert_eq!(signer().sign(PURPOSE, ORG, SUBJECT, NOW), LINK_V1);
    assert!(signer().verify(PURPOSE, LINK_V1, NOW - 1).is_ok());
}

const LINK_V1: &str = "AQEBkAAAAABwAIAAAAAAAAABAZAAAAAAcACAAAAAAAAAAgAAAABqsTuAxojM76X9KMDeBMtsahVvvg";

#[test]
fn it_expires_on_the_second() {
    let token = signer().sign(PURPOSE, ORG, SUBJECT, NOW);
    assert!(signer().verify(PURPOSE, &token, NOW - 1).is_ok());
    assert_eq!(signer().verify(PURPOSE, &token, NOW), Err(LinkError::Expired));
    assert_eq!(signer().verify(PURPOSE, &token, i64::MAX), Err(LinkError::Expired));
    let ancient = signer().sign(PURPOSE, ORG, SUBJECT, i64::MIN);
    assert_eq!(signer().verify(PURPOSE, &ancient, i64::MIN), Err(LinkError::Expired));
}

#[test]
fn any_flipped_bit_breaks_the_signature() {
    let bytes = URL_SAFE_NO_PAD.decode(signer().sign(PURPOSE, ORG, SUBJECT, NOW + 1)).unwrap();
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let token = URL_SAFE_NO_PAD.encode(changed);
        assert_eq!(signer().verify(PURPOSE, &token, NOW), Err(LinkError::BadSignature), "bit {bit}");
    }
}

#[test]
fn the_signature_is_judged_first() {
    // Expired, for something else, of another version: without a good signature none of that is told.
    let bytes = URL_SAFE_NO_PAD.decode(signer().sign(PURPOSE, ORG, SUBJECT, NOW - 5)).unwrap();
    for (index, value) in [(0, 9), (1, 9), (41, 9)] {
        let mut changed = bytes.clone();
        changed[index] = value;
        let token = URL_SAFE_NO_PAD.encode(changed);
        assert_eq!(signer().verify(PURPOSE, &token, NOW), Err(LinkError::BadSignature));
    }
}

#[test]
fn genuine_but_for_something_else_or_of_a_later_version() {
    assert!(signer().verify(PURPOSE, &signed(|_| {}), NOW).is_ok());
    assert_eq!(signer().verify(PURPOSE, &signed(|p| p[1] = 2), NOW), Err(LinkError::WrongPurpose));
    assert_eq!(signer().verify(PURPOSE, &signed(|p| p[0] = 2), NOW), Err(LinkError::Malformed));
}

#[test]
fn only_one_spelling_is_accepted() {
    // 58 bytes leave four unused bits in the last character; all but one of its sixteen spellings are refused.
    let token = signer().sign(PURPOSE, ORG, SUBJECT, NOW + 1);
    let accepted = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_="
        .iter()
        .map(|last| format!("{}{}", &token[..77], char::from(*last)))
        .filter(|changed| signer().verify(PURPOSE, changed, NOW).is_ok())
        .collect::<Vec<_>>();
    assert_eq!(accepted, std::slice::from_ref(&token));

    for malformed in [
        String::new(),
        "x".into(),
        "!".repeat(78),
        format!("{token}="),
        format!("{token}=="),
        format!("{token}A"),
        format!("{token}\n"),
        format!(" {token}"),
        token[..77].into(),
        token[1..].into(),
        token.replacen('A', "é", 1),
        format!("+/{}", &token[2..]),
        "A".repeat(100_000),
    ] {
        assert_eq!(signer().verify(PURPOSE, &malformed, NOW), Err(LinkError::Malformed), "{malformed:.100}");
    }
}

#[test]
fn secrets_rotate() {
    let old = signer();
    let token = old.sign(PURPOSE, ORG, SUBJECT, NOW + 1);
    let both = LinkSigner::new(&[2; 32]).unwrap().also_accepting(&[1; 32]).unwrap();
    let new = LinkSigner::new(&[2; 32]).unwrap();
    assert!(both.verify(PURPOSE, &token, NOW).is_ok());
    assert_eq!(new.verify(PURPOSE, &token, NOW), Err(LinkError::BadSignature));
    let fresh = both.sign(PURPOSE, ORG, SUBJECT, NOW + 1);
    assert!(new.verify(PURPOSE, &fresh, NOW).is_ok());
    assert_eq!(old.verify(PURPOSE, &fresh, NOW), Err(LinkError::BadSignature));
}

#[test]
fn short_secrets_are_refused_and_none_are_shown() {
    assert_eq!(LinkSigner::new(&[1; 31]).unwrap_err(), ShortSecret);
    assert_eq!(signer().also_accepting(b"").unwrap_err(), ShortSecret);
    assert_eq!(ShortSecret.to_string(), "the secret must be at least 32 random bytes");
    assert_eq!(format!("{:?}", signer()), "LinkSigner { secrets: 1, .. }");
}

/// A challenge is for one thing of one organisation, also after the secret was replaced.
#[test]
fn a_challenge_is_for_what_it_was_given_out() {
    let signature = signer().sign_challenge(ORG, "c0ffee", "massage");
    assert!(signer().is_challenge(ORG, "c0ffee", "massage", &signature));
    for (org, challenge, what) in [
        (SUBJECT, "c0ffee", "massage"),
        (ORG, "c0ffe", "massage"),
        (ORG, "c0ffee", "facial"),
        (ORG, "c0ffe", "emassage"),
    ] {
        assert!(!signer().is_challenge(org, challenge, what, &signature), "{challenge} {what}");
    }
    for wrong in ["", "x", &signature[1..], &format!("{signature}=")] {
        assert!(!signer().is_challenge(ORG, "c0ffee", "massage", wrong), "{wrong}");
    }
    let both = LinkSigner::new(&[2; 32]).unwrap().also_accepting(&[1; 32]).unwrap();
    assert!(both.is_challenge(ORG, "c0ffee", "massage", &signature));
    assert!(!LinkSigner::new(&[2; 32]).unwrap().is_challenge(ORG, "c0ffee", "massage", &signature));
}
