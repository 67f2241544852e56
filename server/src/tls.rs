//! TLS made by Devalo itself, for a server without a proxy: with certificates that it gets and renews (ACME), or with one in
//! files, which is read again when they change.

use std::{
    fs::DirBuilder,
    io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, RwLock, Weak},
    time::{Duration, SystemTime},
};

use app::meters;
use axum_server::accept::Accept;
use futures::{StreamExt as _, future::BoxFuture};
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use rustls_acme::{AcmeConfig, AcmeState, EventOk, acme::ACME_TLS_ALPN_NAME, caches::DirCache};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt as _},
    signal::unix::{Signal, SignalKind, signal},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use crate::config::{Tls, setting};

/// Whoever takes longer to agree on keys isn't waited for.
const AGREES_WITHIN: Duration = Duration::from_secs(10);
/// This often it is looked whether the files have changed; `SIGHUP` has it looked at once.
const LOOKS_EVERY: Duration = Duration::from_mins(1);

/// Makes TLS of the connections that come in. Cheap to clone.
#[derive(Clone)]
pub struct Keys(Arc<ServerConfig>);

impl Keys {
    /// By these settings. What has to go on meanwhile (asking for certificates, looking at files) goes on until the process ends.
    /// `folder` is where certificates and the account with whoever gives them out are kept.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn by(settings: &Tls, folder: PathBuf) -> Result<Self, String> {
        match settings {
            Tls::Acme { domain, email, directory, ca } => {
                let made = DirBuilder::new().recursive(true).mode(0o700).create(&folder);
                made.map_err(|error| format!("Certificates can’t be kept in {}: {error}.", folder.display()))?;
                let contact = email.iter().map(|email| format!("mailto:{email}"));
                let asks = match ca {
                    Some(ca) => {
                        let trusting =
                            trusting(ca).map_err(|why| format!("{} can’t be used: {why}.", setting::ACME_CA))?;
                        AcmeConfig::new_with_client_config([domain], trusting)
                    }
                    None => AcmeConfig::new([domain]),
                };
                let asks = asks.contact(contact).directory(directory).cache(DirCache::new(folder)).state();
                let keys = Self::with(asks.resolver())?;
                tokio::spawn(keep_asking(asks));
                Ok(keys)
            }
            Tls::Files { certificate, key } => {
                let files = FromFiles {
                    certificate: certificate.clone(),
                    key: key.clone(),
                    changed: changed(certificate, key),
                    asked: signal(SignalKind::hangup()).ok(),
                    current: Arc::new(Current(RwLock::new(Arc::new(
                        read(certificate, key)
                            .map_err(|why| format!("{} and its key can’t be used: {why}.", setting::TLS_CERT))?,
                    )))),
                };
                let keys = Self::with(Arc::clone(&files.current) as Arc<dyn ResolvesServerCert>)?;
                tokio::spawn(files.keep_looking());
                Ok(keys)
            }
        }
    }

    fn with(certificates: Arc<dyn ResolvesServerCert>) -> Result<Self, String> {
        let certificates = Arc::new(Watched { certificates, last: Mutex::default() });
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("TLS can’t be made: {error}."))?;
        let mut config = config.with_no_client_auth().with_cert_resolver(certificates);
        // The last is how whoever gives out certificates asks whether this name leads here.
        config.alpn_protocols = [b"h2".as_slice(), b"http/1.1", ACME_TLS_ALPN_NAME].map(<[u8]>::to_vec).into();
        Ok(Self(Arc::new(config)))
    }
}

impl<I, S> Accept<I, S> for Keys
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Send + 'static,
{
    type Stream = TlsStream<I>;
    type Service = S;
    type Future = BoxFuture<'static, io::Result<(TlsStream<I>, S)>>;

    fn accept(&self, stream: I, service: S) -> Self::Future {
        let acceptor = TlsAcceptor::from(Arc::clone(&self.0));
        Box::pin(async move {
            let agreed = tokio::time::timeout(AGREES_WITHIN, acceptor.accept(stream)).await;
            let mut stream = agreed.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
            if stream.get_ref().1.alpn_protocol() == Some(ACME_TLS_ALPN_NAME) {
                // That it came so far is the answer.
                stream.shutdown().await?;
                return Err(io::Error::from(io::ErrorKind::ConnectionAborted));
            }
            Ok((stream, service))
        })
    }
}

/// The certificate and its key in these files.
///
/// # Errors
/// Half a sentence on why they can't be used.
pub fn read(certificate: &Path, key: &Path) -> Result<CertifiedKey, String> {
    let chain = certificates(certificate)?;
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| of(key, &error))?;
    CertifiedKey::from_der(chain, secret, &ring::default_provider()).map_err(|error| of(certificate, &error))
}

/// Believes those who can show that somebody in this file vouches for them, and nobody else.
///
/// # Errors
/// Half a sentence on why the file can't be used.
pub fn trusting(file: &Path) -> Result<Arc<ClientConfig>, String> {
    let mut roots = RootCertStore::empty();
    for one in certificates(file)? {
        roots.add(one).map_err(|error| of(file, &error))?;
    }
    if roots.is_empty() {
        return Err(of(file, &"there is no certificate in it"));
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| of(file, &error))?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    read.map_err(|error| of(file, &error))
}

fn of(file: &Path, why: &dyn std::fmt::Display) -> String {
    format!("{}: {why}", file.display())
}

/// Asks for a certificate, and for the next in time, for as long as the process lives.
async fn keep_asking(mut asks: AcmeState<io::Error, io::Error>) {
    while let Some(told) = asks.next().await {
        match told {
            Ok(EventOk::DeployedNewCert) => tracing::info!("a new certificate is in use"),
            Ok(EventOk::DeployedCachedCert) => tracing::info!("the certificate that was kept is in use"),
            Ok(EventOk::CertCacheStore | EventOk::AccountCacheStore) => {}
            Err(error) => tracing::error!(
                %error,
                "no certificate could be had, or kept; it is tried again, each time later: the name must lead to this server, \
                 and port 443 be open"
            ),
        }
    }
}

/// Says until when the certificate holds that is shown to browsers.
#[derive(Debug)]
struct Watched {
    certificates: Arc<dyn ResolvesServerCert>,
    last: Mutex<Weak<CertifiedKey>>,
}

impl ResolvesServerCert for Watched {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let asks = hello.alpn().is_some_and(|mut all| all.any(|protocol| protocol == ACME_TLS_ALPN_NAME));
        let shown = self.certificates.resolve(hello)?;
        if !asks
            && let Ok(mut last) = self.last.lock()
            && !std::ptr::eq(last.as_ptr(), Arc::as_ptr(&shown))
        {
            *last = Arc::downgrade(&shown);
            if let Some(end) = holds_until(&shown) {
                meters::CERTIFICATE_ENDS.set(&[], end);
            }
        }
        Some(shown)
    }
}

/// In seconds since 1970.
#[expect(clippy::cast_precision_loss, reason = "a day that has ten digits")]
fn holds_until(certificate: &CertifiedKey) -> Option<f64> {
    let (_, read) = x509_parser::parse_x509_certificate(certificate.cert.first()?).ok()?;
    Some(read.validity().not_after.timestamp() as f64)
}

/// The certificate that is in use.
#[derive(Debug)]
struct Current(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.0.read().ok().map(|current| Arc::clone(&current))
    }
}

/// A certificate in files.
struct FromFiles {
    certificate: PathBuf,
    key: PathBuf,
    /// When they were written that are in use.
    changed: [Option<SystemTime>; 2],
    /// Has it looked at once.
    asked: Option<Signal>,
    current: Arc<Current>,
}

impl FromFiles {
    /// Reads them again when they have changed. What can't be used isn't: what was read last stays.
    async fn keep_looking(mut self) {
        loop {
            match &mut self.asked {
                Some(asked) => {
                    let _asked_or_not = tokio::time::timeout(LOOKS_EVERY, asked.recv()).await;
                }
                None => tokio::time::sleep(LOOKS_EVERY).await,
            }
            let changed = changed(&self.certificate, &self.key);
            if changed == self.changed {
                continue;
            }
            match read(&self.certificate, &self.key) {
                Ok(read) => {
                    self.changed = changed;
                    if let Ok(mut current) = self.current.0.write() {
                        *current = Arc::new(read);
                    }
                    tracing::info!("the new certificate in the files is in use");
                }
                Err(why) => tracing::error!(
                    %why,
                    "the certificate in the files has changed and can’t be used; the last one stays"
                ),
            }
        }
    }
}

fn changed(certificate: &Path, key: &Path) -> [Option<SystemTime>; 2] {
    [certificate, key].map(|path| std::fs::metadata(path).and_then(|about| about.modified()).ok())
}
