//! Who takes letters out: Resend, or a folder on a machine of one's own.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use resend_rs::{
    ConfigBuilder, Error, Resend,
    types::{CreateEmailBaseOptions, ErrorKind},
};
use rustls::crypto::ring;
use tokio::io::AsyncWriteExt;

use super::{Letter, MailId};

/// A letter that isn't taken within this time is tried again.
const TAKEN_WITHIN: Duration = Duration::from_secs(20);

/// Why a letter wasn't taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Trying again would change nothing.
    pub for_good: bool,
    /// When to try again, where they said so.
    pub after_seconds: Option<i64>,
    /// For the operator. Holds no address and nothing that the letter says.
    pub why: String,
}

/// Who takes letters out.
#[derive(Debug, Clone)]
pub enum Postman {
    /// Resend (<https://resend.com/docs/api-reference/emails/send-email>), from this sender.
    Resend(Box<Resend>, String),
    /// A text file for each, in this folder: for a machine of one's own.
    Folder(PathBuf),
    /// Kept in memory, for tests.
    Kept(Arc<Mutex<Vec<Letter>>>),
}

impl Postman {
    /// Resend, with this key, from this sender; `base` is where its API is, if not where it usually is.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn resend(key: &str, from: &str, base: Option<&str>) -> Result<Self, String> {
        // The same provider as the database's connections have; whoever comes second finds it there.
        let _already = ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .timeout(TAKEN_WITHIN)
            .build()
            .map_err(|error| format!("no connection can be made: {error}"))?;
        let mut config = ConfigBuilder::new(key).client(client);
        if let Some(base) = base {
            config = config.base_url(base.parse().map_err(|_| "RESEND_API_BASE isn’t an address".to_owned())?);
        }
        Ok(Self::Resend(Box::new(Resend::with_config(config.build())), from.to_owned()))
    }

    /// Hands a letter over; the answer is the provider's own id for it.
    ///
    /// # Errors
    /// It wasn't taken.
    pub async fn post(&self, id: MailId, letter: &Letter) -> Result<Option<String>, Refusal> {
        match self {
            Self::Resend(resend, from) => {
                let mail = CreateEmailBaseOptions::new(from, [letter.to.as_str()], letter.subject.as_str())
                    .with_text(&letter.text())
                    .with_html(&letter.html())
                    .with_idempotency_key(&id.to_string());
                match resend.emails.send(mail).await {
                    Ok(taken) => Ok(Some(taken.id.to_string())),
                    Err(error) => Err(refusal(&error)),
                }
            }
            Self::Folder(folder) => {
                let path = folder.join(format!("{id}.txt"));
                let text = format!("To: {}\nSubject: {}\n\n{}", letter.to, letter.subject, letter.text());
                write(&path, &text).await.map_err(|error| Refusal {
                    for_good: false,
                    after_seconds: None,
                    why: format!("{}: {error}", path.display()),
                })?;
                tracing::info!(file = %path.display(), subject = letter.subject, "a letter, in a file: there is no RESEND_API_KEY");
                Ok(None)
            }
            Self::Kept(letters) => {
                if let Ok(mut letters) = letters.lock() {
                    letters.push(letter.clone());
                }
                Ok(None)
            }
        }
    }
}

/// Readable by nobody else: links in it open accounts.
async fn write(path: &std::path::Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        tokio::fs::create_dir_all(folder).await?;
    }
    let mut file = tokio::fs::OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(path).await?;
    file.write_all(text.as_bytes()).await?;
    file.flush().await
}

/// What Resend says of a letter that it doesn't take (<https://resend.com/docs/api-reference/errors>). What is the
/// operator's to mend (a key, a domain, a plan) is tried again; what is the letter's own fault is not.
fn refusal(error: &Error) -> Refusal {
    let again = |why: String| Refusal { for_good: false, after_seconds: None, why };
    match error {
        Error::RateLimit { ratelimit_reset, .. } => Refusal {
            for_good: false,
            after_seconds: ratelimit_reset.and_then(|seconds| i64::try_from(seconds).ok()),
            why: "Resend takes no more just now.".to_owned(),
        },
        Error::Resend(said) => {
            let for_good = said.status_code == 422 && said.kind() != ErrorKind::InvalidIdempotencyKey
                || said.kind() == ErrorKind::InvalidIdempotentRequest;
            // Their sentence may repeat the address.
            Refusal { for_good, after_seconds: None, why: format!("Resend: {} {}", said.status_code, said.name) }
        }
        Error::Http(error) if error.is_timeout() => again("Resend didn’t answer in time.".to_owned()),
        Error::Http(_) => again("Resend can’t be reached.".to_owned()),
        _ => again("Resend’s answer can’t be read.".to_owned()),
    }
}
