//! Secrets and signatures, as Standard Webhooks has them
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>).

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use rand::{Rng, rand_core::UnwrapErr, rngs::SysRng};
use sha2::Sha256;
use zeroize::Zeroizing;

/// Before each secret, so that whoever finds one knows what it is.
const PREFIX: &str = "whsec_";
/// Of a secret: the specification asks for 24 to 64.
const BYTES: usize = 32;

/// A new secret: `whsec_` and then base64.
pub fn fresh() -> Zeroizing<String> {
    let mut bytes = Zeroizing::new([0; BYTES]);
    UnwrapErr(SysRng).fill_bytes(&mut *bytes);
    Zeroizing::new(format!("{PREFIX}{}", BASE64_STANDARD.encode(*bytes)))
}

/// The value of `webhook-signature`: one signature for each secret, with spaces between. `None` for what isn't a secret.
pub fn signatures(secrets: &[&str], id: &str, timestamp: i64, body: &str) -> Option<String> {
    let one = |secret: &&str| {
        let key = Zeroizing::new(BASE64_STANDARD.decode(secret.strip_prefix(PREFIX)?).ok()?);
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
        for part in [id, ".", &timestamp.to_string(), ".", body] {
            mac.update(part.as_bytes());
        }
        Some(format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes())))
    };
    let signatures = secrets.iter().map(one).collect::<Option<Vec<_>>>()?;
    Some(signatures.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's libraries.
    #[test]
    fn it_signs_as_the_specification_says() {
        let signed = signatures(
            &["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            "{\"test\": 2432232314}",
        );
        assert_eq!(signed.as_deref(), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
    }

    #[test]
    fn each_secret_signs() {
        let (new, old) = (fresh(), fresh());
        assert_ne!(*new, *old);
        let both = signatures(&[new.as_str(), old.as_str()], "msg_1", 1, "{}").expect("two secrets");
        let (first, second) = both.split_once(' ').expect("two signatures");
        assert_eq!(signatures(&[new.as_str()], "msg_1", 1, "{}").as_deref(), Some(first));
        assert_eq!(signatures(&[old.as_str()], "msg_1", 1, "{}").as_deref(), Some(second));
    }

    #[test]
    fn what_is_no_secret_signs_nothing() {
        for bad in ["", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_%", "whsec"] {
            assert_eq!(signatures(&[bad], "msg_1", 1, "{}"), None, "{bad}");
        }
    }
}
