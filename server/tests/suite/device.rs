//! A device that keeps a passkey, as people have them, and the browser around it.

use passkey::{
    authenticator::{Authenticator, UiHint, UserCheck, UserValidationMethod},
    client::{Client, DefaultClientData},
    crypto::rust_crypto::RustCryptoBackend,
    types::{
        Passkey,
        ctap2::{Aaguid, Ctap2Error},
        webauthn::{CredentialCreationOptions, CredentialRequestOptions},
    },
};
use serde_json::{Value, json};

use app::auth::wire::Ceremony;

use crate::support::{Answer, ORIGIN, Site};

/// A device with one passkey at most.
#[derive(Debug, Clone, Default)]
pub struct Device {
    /// The passkey.
    pub kept: Option<Passkey>,
    /// Whoever holds it isn't checked.
    pub careless: bool,
    /// The page that it is asked by; ours, unless told.
    pub origin: Option<&'static str>,
}

impl Device {
    /// Makes a passkey for what the site asks, and gives what the browser would send.
    pub async fn make(&mut self, options: &str) -> String {
        let options: CredentialCreationOptions =
            serde_json::from_value(json!({ "publicKey": self.asked(options) })).expect("options to make a passkey");
        let mut client = Client::new(self.authenticator()).allows_insecure_localhost(true);
        let made = client.register(self.page(), options, DefaultClientData).await.expect("a passkey");
        self.kept.clone_from(client.authenticator().store());
        serde_json::to_string(&made).expect("JSON")
    }

    /// Signs what the site asks, and gives what the browser would send.
    pub async fn sign(&mut self, options: &str) -> String {
        let options: CredentialRequestOptions =
            serde_json::from_value(json!({ "publicKey": self.asked(options) })).expect("options to sign");
        let mut client = Client::new(self.authenticator()).allows_insecure_localhost(true);
        let signed = client.authenticate(self.page(), options, DefaultClientData).await.expect("a signature");
        self.kept.clone_from(client.authenticator().store());
        serde_json::to_string(&signed).expect("JSON")
    }

    /// Everything on it is on the other one, too.
    pub fn copy(&self) -> Self {
        self.clone()
    }

    fn authenticator(&self) -> Authenticator<Option<Passkey>, Holder, RustCryptoBackend> {
        let holder = Holder { checked: !self.careless };
        let mut authenticator = Authenticator::new(Aaguid::new_empty(), self.kept.clone(), holder, RustCryptoBackend);
        authenticator.set_make_credentials_with_signature_counter(true);
        authenticator
    }

    fn page(&self) -> url::Url {
        self.origin.unwrap_or(ORIGIN).parse().expect("an address")
    }

    /// What the page hands to the device: a page of somebody else’s says that it is for itself.
    fn asked(&self, options: &str) -> Value {
        let mut options: Value = serde_json::from_str(options).expect("JSON");
        if self.careless {
            for at in ["/userVerification", "/authenticatorSelection/userVerification"] {
                if let Some(wanted) = options.pointer_mut(at) {
                    *wanted = json!("discouraged");
                }
            }
        }
        if self.origin.is_some() {
            let name = self.page().domain().expect("a name").to_owned();
            for at in ["/rpId", "/rp/id"] {
                if let Some(id) = options.pointer_mut(at) {
                    *id = json!(name);
                }
            }
        }
        options
    }
}

/// What the site asks a device to sign.
pub async fn ceremony(site: &Site, cookie: Option<&str>, purpose: &str) -> Result<Ceremony, Answer> {
    site.packed(cookie, "/fn/auth/passkey-begin", &[("purpose", purpose)]).await
}

/// Makes a passkey for somebody logged in who has just shown who they are; what the site answers.
pub async fn add(site: &Site, cookie: &str, device: &mut Device, name: &str) -> Answer {
    match ceremony(site, Some(cookie), "add").await {
        Ok(Ceremony { token, options }) => {
            let answer = device.make(&options).await;
            let fields = [("token", token.as_str()), ("answer", &answer), ("name", name)];
            site.form(Some(cookie), "/fn/auth/passkey-add", "/account/passkey", &fields).await
        }
        Err(answer) => answer,
    }
}

/// Shows the passkey for `log_in`, `code` or `again`; what the site answers.
pub async fn show(site: &Site, cookie: Option<&str>, device: &mut Device, purpose: &str) -> Answer {
    match ceremony(site, cookie, purpose).await {
        Ok(Ceremony { token, options }) => send(site, cookie, purpose, &token, &device.sign(&options).await).await,
        Err(answer) => answer,
    }
}

/// Sends what a device signed.
pub async fn send(site: &Site, cookie: Option<&str>, purpose: &str, token: &str, answer: &str) -> Answer {
    let path = format!("/fn/auth/passkey-{}", purpose.replace('_', "-"));
    site.form(cookie, &path, "/login", &[("token", token), ("answer", answer)]).await
}

/// The same answer, with another signature.
pub fn forged(answer: &str) -> String {
    let mut answer: Value = serde_json::from_str(answer).expect("JSON");
    let signature = answer.pointer_mut("/response/signature").expect("a signature");
    let text = signature.as_str().expect("text").to_owned();
    let middle = text.len() / 2;
    let other = if text.as_bytes()[middle] == b'A' { "B" } else { "A" };
    *signature = json!(format!("{}{other}{}", &text[..middle], &text[middle + 1..]));
    answer.to_string()
}

/// Whoever holds the device.
struct Holder {
    checked: bool,
}

#[async_trait::async_trait]
impl UserValidationMethod for Holder {
    type PasskeyItem = Passkey;

    async fn check_user<'a>(
        &self,
        _: UiHint<'a, Passkey>,
        presence: bool,
        verification: bool,
    ) -> Result<UserCheck, Ctap2Error> {
        Ok(UserCheck { presence, verification: verification && self.checked })
    }

    fn is_presence_enabled(&self) -> bool {
        true
    }

    fn is_verification_enabled(&self) -> Option<bool> {
        Some(true)
    }
}
