//! Who takes letters out: Resend, a mail server, or a folder on a machine of one's own.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Attachment as Enclosed, Mailbox, MultiPart,
        header::{ContentType, HeaderName, HeaderValue},
    },
    transport::smtp,
};
use resend_rs::{
    ConfigBuilder, Error, Resend,
    types::{CreateAttachment, CreateEmailBaseOptions, ErrorKind},
};
use rustls::crypto::ring;
use tokio::io::AsyncWriteExt;

use super::{MailId, Mailing};

/// A letter that isn't taken within this time is tried again.
const TAKEN_WITHIN: Duration = Duration::from_secs(20);

/// Where a letter that comes again and again is stopped (RFC 2369), and that one request does it (RFC 8058).
const UNSUBSCRIBE: &str = "List-Unsubscribe";
const ONE_CLICK: (&str, &str) = ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click");

/// Of what a provider says, so many characters are kept.
const MOST_SAID: usize = 300;

/// Why a letter wasn't taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Trying again would change nothing.
    pub for_good: bool,
    /// It isn't about this letter: others are probably not taken either.
    pub any: bool,
    /// When to try again, where they said so.
    pub after_seconds: Option<i64>,
    /// For the operator. Holds no address and nothing that the letter says.
    pub why: String,
}

/// Who takes letters out.
#[derive(Debug, Clone)]
pub enum Postman {
    /// Resend (<https://resend.com/docs/api-reference/emails/send-email>), from this sender.
    Resend(Box<Sender>),
    /// A mail server, by SMTP.
    Smtp(Box<Smtp>),
    /// Two files for each, its text and its HTML, in this folder: for a machine of one's own.
    Folder(PathBuf),
    /// Kept in memory, for tests.
    Kept(Arc<Mutex<Vec<Mailing>>>),
}

/// Whose letters Resend takes, and who they come from.
#[derive(Clone)]
pub struct Sender {
    /// Holds the key.
    config: ConfigBuilder,
    from: String,
    /// Where answers go, where that isn’t there.
    reply_to: Option<String>,
}

/// A mail server, and who letters come from.
#[derive(Debug, Clone)]
pub struct Smtp {
    server: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    reply_to: Option<Mailbox>,
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
        // What the library can’t read of the environment ends the start, and not the outbox later on.
        let _tried = config.clone().build();
        Ok(Self::Resend(Box::new(Sender { config, from: from.to_owned(), reply_to: None })))
    }

    /// A mail server at an address like `smtps://user:password@host:465`, or `smtp://…?tls=required` for STARTTLS.
    ///
    /// # Errors
    /// A sentence for the operator, without the address: it holds a password.
    pub fn smtp(url: &str, from: &str) -> Result<Self, String> {
        let _already = ring::default_provider().install_default();
        let server = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|_| "it isn’t an address like smtps://user:password@host:465".to_owned())?
            .timeout(Some(TAKEN_WITHIN))
            .build();
        let from = from.parse().map_err(|_| "EMAIL_FROM isn’t an email address".to_owned())?;
        Ok(Self::Smtp(Box::new(Smtp { server, from, reply_to: None })))
    }

    /// Answers go to this address instead of the sender's, which often nobody reads.
    #[must_use]
    pub fn answered_at(mut self, address: Option<&str>) -> Self {
        match &mut self {
            Self::Resend(sender) => sender.reply_to = address.map(str::to_owned),
            Self::Smtp(smtp) => smtp.reply_to = address.and_then(|address| address.parse().ok()),
            Self::Folder(_) | Self::Kept(_) => {}
        }
        self
    }

    /// The address that letters come from, where it is known.
    pub fn address(&self) -> Option<String> {
        match self {
            Self::Resend(sender) => sender.from.parse::<Mailbox>().ok().map(|known| known.email.to_string()),
            Self::Smtp(smtp) => Some(smtp.from.email.to_string()),
            Self::Folder(_) | Self::Kept(_) => None,
        }
    }

    /// Hands a letter over; the answer is the provider's own id for it.
    ///
    /// # Errors
    /// It wasn't taken.
    pub async fn post(&self, id: MailId, mailing: &Mailing) -> Result<Option<String>, Refusal> {
        let letter = &mailing.letter;
        match self {
            Self::Resend(sender) => {
                let from = match (&mailing.sender, sender.from.parse::<Mailbox>()) {
                    (Some(name), Ok(known)) => Mailbox::new(Some(name.clone()), known.email).to_string(),
                    _ => sender.from.clone(),
                };
                let mut mail = CreateEmailBaseOptions::new(&from, [letter.to.as_str()], letter.subject.as_str())
                    .with_text(&mailing.text())
                    .with_html(&mailing.html());
                if let Some(address) = mailing.reply_to.as_ref().or(sender.reply_to.as_ref()) {
                    mail = mail.with_reply(address);
                }
                if let Some(address) = &mailing.unsubscribe {
                    mail = mail.with_header(UNSUBSCRIBE, &format!("<{address}>")).with_header(ONE_CLICK.0, ONE_CLICK.1);
                }
                for file in &mailing.attachments {
                    let enclosed = CreateAttachment::from_content(file.text.clone().into_bytes());
                    mail =
                        mail.with_attachment(enclosed.with_filename(&file.name).with_content_type(&file.content_type));
                }
                let mail = mail.with_idempotency_key(&id.to_string());
                // Each by a client of its own, over the same connections: the library’s client lets nine out, and then one in 1.1 seconds,
                // whatever Resend takes. How many leave is for `EMAILS_PER_SECOND` to say.
                match Resend::with_config(sender.config.clone().build()).emails.send(mail).await {
                    Ok(taken) => Ok(Some(taken.id.to_string())),
                    Err(error) => Err(refusal(&error)),
                }
            }
            Self::Smtp(smtp) => {
                let message = smtp.message(id, mailing)?;
                // Each word to the server has a limit of its own; all of them together have to be over before another tries.
                match tokio::time::timeout(TAKEN_WITHIN * 2, smtp.server.send(message)).await {
                    Ok(Ok(_)) => Ok(None),
                    Ok(Err(error)) => Err(smtp_refusal(&error)),
                    Err(_) => Err(again("The mail server didn’t answer in time.")),
                }
            }
            Self::Folder(folder) => {
                let failed = |path: &Path, error: std::io::Error| again(&format!("{}: {error}", path.display()));
                let (path, html) = (folder.join(format!("{id}.txt")), folder.join(format!("{id}.html")));
                let stop = mailing.unsubscribe.as_ref().map(|address| format!("{UNSUBSCRIBE}: <{address}>\n"));
                let head = format!("To: {}\nSubject: {}\n{}", letter.to, letter.subject, stop.unwrap_or_default());
                let text = format!("{head}\n{}", mailing.text());
                write(&html, &mailing.html()).await.map_err(|error| failed(&html, error))?;
                for (number, file) in mailing.attachments.iter().enumerate() {
                    let end = file.name.rsplit('.').next().filter(|end| end.bytes().all(|b| b.is_ascii_alphanumeric()));
                    let enclosed = folder.join(format!("{id}.{}.{}", number + 1, end.unwrap_or("bin")));
                    write(&enclosed, &file.text).await.map_err(|error| failed(&enclosed, error))?;
                }
                write(&path, &text).await.map_err(|error| failed(&path, error))?;
                tracing::info!(file = %path.display(), "a letter, in a file: there is neither RESEND_API_KEY nor SMTP_URL");
                Ok(None)
            }
            Self::Kept(letters) => {
                if let Ok(mut letters) = letters.lock() {
                    letters.push(mailing.clone());
                }
                Ok(None)
            }
        }
    }
}

impl std::fmt::Debug for Sender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sender").field("from", &self.from).finish_non_exhaustive()
    }
}

impl Smtp {
    /// The letter as it goes over the wire. Its id and its time are the outbox’s, so that a letter which is sent twice, because a server
    /// took it and died before it said so, is known for one.
    fn message(&self, id: MailId, mailing: &Mailing) -> Result<Message, Refusal> {
        let never = |why: &str| Refusal { for_good: true, any: false, after_seconds: None, why: why.to_owned() };
        let letter = &mailing.letter;
        let to: Address = letter.to.parse().map_err(|_| never("The address isn’t one."))?;
        let reply_to = match &mailing.reply_to {
            Some(address) => Some(address.parse().map_err(|_| never("The address for answers isn’t one."))?),
            None => self.reply_to.clone(),
        };
        let (seconds, nanos) = id.0.get_timestamp().map(|at| at.to_unix()).unwrap_or_default();
        let builder = match reply_to {
            Some(address) => Message::builder().reply_to(address),
            None => Message::builder(),
        };
        let name = mailing.sender.clone().or_else(|| self.from.name.clone());
        let builder = builder
            .from(Mailbox::new(name, self.from.email.clone()))
            .to(Mailbox::new(None, to))
            .subject(letter.subject.as_str())
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            .date(SystemTime::UNIX_EPOCH + Duration::new(seconds, nanos));
        let builder = match &mailing.unsubscribe {
            Some(address) => builder
                .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str(UNSUBSCRIBE), format!("<{address}>")))
                .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str(ONE_CLICK.0), ONE_CLICK.1.to_owned())),
            None => builder,
        };
        let words = MultiPart::alternative_plain_html(mailing.text(), mailing.html());
        let mut whole = None;
        for file in &mailing.attachments {
            let kind =
                ContentType::parse(&file.content_type).map_err(|_| never("What comes with it is of no kind."))?;
            let enclosed = Enclosed::new(file.name.clone()).body(file.text.clone(), kind);
            let before = whole.unwrap_or_else(|| MultiPart::mixed().multipart(words.clone()));
            whole = Some(before.singlepart(enclosed));
        }
        builder.multipart(whole.unwrap_or(words)).map_err(|_| never("It can’t be written as an email."))
    }
}

/// Readable by nobody else: links in it open accounts.
async fn write(path: &Path, text: &str) -> std::io::Result<()> {
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
    match error {
        Error::RateLimit { ratelimit_reset, .. } => Refusal {
            for_good: false,
            any: true,
            after_seconds: ratelimit_reset.and_then(|seconds| i64::try_from(seconds).ok()),
            why: "Resend takes no more just now.".to_owned(),
        },
        Error::Resend(said) => {
            let for_good = said.status_code == 422 && said.kind() != ErrorKind::InvalidIdempotencyKey
                || said.kind() == ErrorKind::InvalidIdempotentRequest;
            let any = matches!(said.status_code, 401 | 429 | 500..);
            let why = format!("Resend: {} {}: {}", said.status_code, said.name, without_addresses(&said.message));
            Refusal { for_good, any, after_seconds: None, why }
        }
        Error::Http(error) if error.is_timeout() => again("Resend didn’t answer in time."),
        Error::Http(_) => again("Resend can’t be reached."),
        _ => again("Resend’s answer can’t be read."),
    }
}

/// What a mail server says of a letter that it doesn't take (RFC 5321 §4.2.1): 5yz is for good, all else is tried again. So is 53z
/// (RFC 4954 §6), which is about the password and for the operator to mend.
fn smtp_refusal(error: &smtp::Error) -> Refusal {
    // Their sentence may repeat the address.
    match error.status().map(|code| code.to_string()) {
        Some(code) => Refusal {
            for_good: error.is_permanent() && !code.starts_with("53"),
            any: code == "421" || code.starts_with("53"),
            after_seconds: None,
            why: format!("The mail server: {code}"),
        },
        None if error.is_timeout() => again("The mail server didn’t answer in time."),
        None if error.is_tls() => again("The mail server’s TLS isn’t right."),
        None if error.is_response() => again("The mail server’s answer can’t be read."),
        None if error.is_client() => again("The mail server can’t do what SMTP_URL asks of it."),
        None => again("The mail server can’t be reached."),
    }
}

/// What a provider said, for the operator: in one line that isn't long, with no email address in it.
pub(crate) fn without_addresses(said: &str) -> String {
    let words = said.split_whitespace().map(|word| {
        // However it is written: in angle brackets, quoted, or percent-encoded.
        if word.contains('@') || word.to_ascii_lowercase().contains("%40") { "(an address)" } else { word }
    });
    words.collect::<Vec<_>>().join(" ").chars().take(MOST_SAID).collect()
}

fn again(why: &str) -> Refusal {
    Refusal { for_good: false, any: true, after_seconds: None, why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Attachment, Letter, MailId, Mailing},
        Postman, without_addresses,
    };

    /// The business's name stands before our address, and what comes with the letter is a part of its own.
    #[tokio::test]
    async fn a_letter_of_a_business_has_its_name_and_what_comes_with_it() {
        let postman = Postman::smtp("smtp://localhost:2525", "Devalo <post@example.com.au>").unwrap();
        let Postman::Smtp(smtp) = postman else { panic!("a mail server") };
        let letter = Letter {
            to: "casey@example.com".to_owned(),
            subject: "Booked".to_owned(),
            paragraphs: vec!["Hello".to_owned()],
            action: None,
            closing: Vec::new(),
        };
        let file = Attachment {
            name: "booking.ics".to_owned(),
            content_type: "text/calendar; method=REQUEST; charset=utf-8".to_owned(),
            text: "BEGIN:VCALENDAR".to_owned(),
        };
        let mailing = Mailing {
            sender: Some("Harbour Physio".to_owned()),
            reply_to: Some("hello@harbour.example.com".to_owned()),
            unsubscribe: Some("https://app.example.com/digest/token/stop".to_owned()),
            attachments: vec![file],
            ..Mailing::from(letter)
        };
        let id = MailId::new(crate::clock::Instant::from_unix(1_800_000_000));
        let message = String::from_utf8(smtp.message(id, &mailing).unwrap().formatted()).unwrap();
        for part in [
            "From: \"Harbour Physio\" <post@example.com.au>",
            "Reply-To: hello@harbour.example.com",
            "List-Unsubscribe: <https://app.example.com/digest/token/stop>",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
            "multipart/mixed",
            "Content-Type: text/calendar; method=REQUEST; charset=utf-8",
            "filename=\"booking.ics\"",
            "BEGIN:VCALENDAR",
        ] {
            assert!(message.contains(part), "{part}: {message}");
        }
    }

    /// What is wrong is kept, and whom it was for is not.
    #[test]
    fn what_a_provider_says_names_nobody() {
        let domain =
            "The salon.com.au domain is not verified. Please, add and verify your domain on https://resend.com/domains";
        assert_eq!(without_addresses(domain), domain);
        assert_eq!(
            without_addresses("Invalid `to` field:\n <Casey@Example.com> won\u{2019}t do"),
            "Invalid `to` field: (an address) won\u{2019}t do"
        );
        assert_eq!(without_addresses("no a%40b.example"), "no (an address)");
        assert_eq!(without_addresses(&"x".repeat(5_000)).len(), 300);
    }
}
