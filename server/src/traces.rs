//! Traces, for whoever collects them with OpenTelemetry: requests, the texts of statements without their values, jobs, and what is
//! asked of others. They leave over HTTP, a batch at a time, from a thread of their own; where nobody takes them they are dropped.
//!
//! All of it is behind the feature `otlp`, which is on in what is released.

#[cfg(feature = "otlp")]
pub use with::{Traces, answered, asked, begin};
#[cfg(not(feature = "otlp"))]
pub use without::{Traces, answered, asked, begin};

#[cfg(feature = "otlp")]
mod with {
    use std::{
        collections::HashMap,
        sync::{Mutex, PoisonError},
        time::{Duration, Instant},
    };

    use app::asked::{trace_by, traces};
    use axum::http::{HeaderMap, HeaderValue};
    use opentelemetry::{KeyValue, propagation::TextMapPropagator as _, trace::TracerProvider as _};
    use opentelemetry_http::{Bytes, HeaderExtractor, HeaderInjector, HttpClient, HttpError, Request, Response};
    use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
    use opentelemetry_sdk::{
        Resource,
        propagation::TraceContextPropagator,
        trace::{Sampler, SdkTracerProvider},
    };
    use tokio::runtime::Handle;
    use tracing::Span;
    use tracing_opentelemetry::OpenTelemetrySpanExt as _;
    use tracing_subscriber::{Layer as _, Registry, filter::filter_fn};

    use crate::{
        config::{Source, setting},
        log::Part,
    };

    /// What isn’t taken within this time is dropped.
    const TAKEN_WITHIN: Duration = Duration::from_secs(10);
    /// A stop waits so long for what hasn’t left yet.
    const LAST_WITHIN: Duration = Duration::from_secs(3);
    /// That nobody takes them is said once in so long.
    const SAID_EVERY: Duration = Duration::from_mins(5);
    /// More isn’t read of what the collector answers.
    const LONGEST_ANSWER: usize = 64 * 1024;

    /// Where traces go, as long as the process lives.
    #[derive(Debug)]
    pub struct Traces(Option<SdkTracerProvider>);

    /// Begins to trace, where somebody collects: what is to become of the log’s spans is the second.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn begin(source: &Source) -> Result<(Traces, Option<Part>), String> {
        let off = source.get("OTEL_SDK_DISABLED").is_some_and(|off| off.eq_ignore_ascii_case("true"));
        let Some(endpoint) = source.get(setting::OTLP_ENDPOINT).filter(|_| !off) else {
            return Ok((Traces(None), None));
        };
        // The same provider as the database's connections have; whoever comes second finds it there.
        let _already = rustls::crypto::ring::default_provider().install_default();
        let failed = |why: String| format!("{}: {why}", setting::OTLP_ENDPOINT);
        let client =
            reqwest::Client::builder().timeout(TAKEN_WITHIN).build().map_err(|error| failed(error.to_string()))?;
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Collector { client, runtime: Handle::current() })
            .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
            .with_protocol(Protocol::HttpBinary)
            .with_timeout(TAKEN_WITHIN)
            .with_headers(pairs(source.get(setting::OTLP_HEADERS)).collect::<HashMap<_, _>>())
            .build()
            .map_err(|error| failed(error.to_string()))?;
        let resource = Resource::builder()
            .with_service_name(source.get(setting::SERVICE_NAME).unwrap_or("devalo").to_owned())
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .with_attributes(
                pairs(source.get(setting::RESOURCE_ATTRIBUTES)).map(|(name, value)| KeyValue::new(name, value)),
            )
            .build();
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_sampler(sampler(source))
            .with_resource(resource)
            .build();
        let layer = tracing_opentelemetry::layer::<Registry>()
            .with_tracer(provider.tracer("devalo"))
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            // What the log says stays in the log.
            .with_filter(filter_fn(|what| {
                what.is_span() && (what.target() == "devalo::trace" || what.name() == "request")
            }));
        trace_by(traceparent);
        Ok((Traces(Some(provider)), Some(layer.boxed())))
    }

    impl Traces {
        /// Says that it traces.
        pub fn tell(&self) {
            if self.0.is_some() {
                tracing::info!("traces are sent to {}", setting::OTLP_ENDPOINT);
            }
        }

        /// Sends what hasn’t left yet, if somebody takes it soon.
        pub async fn end(self) {
            let Some(provider) = self.0 else { return };
            let ended = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(LAST_WITHIN));
            if !matches!(ended.await, Ok(Ok(()))) {
                tracing::warn!("the last traces were taken by nobody");
            }
        }
    }

    /// A request comes. Which trace it belongs to is believed from proxies that the operator trusts.
    pub fn asked(span: &Span, headers: &HeaderMap, trusted: bool, method: &'static str, route: &str) {
        if span.is_disabled() || !traces() {
            return;
        }
        if trusted {
            let parent = TraceContextPropagator::new().extract(&HeaderExtractor(headers));
            let _untraced = span.set_parent(parent);
        }
        span.record("otel.name", format!("{method} {route}"));
        span.record("otel.kind", "server");
        span.set_attribute("http.request.method", method);
        span.set_attribute("http.route", route.to_owned());
    }

    /// It was answered.
    pub fn answered(span: &Span, status: u16) {
        if !span.is_disabled() && traces() {
            span.set_attribute("http.response.status_code", i64::from(status));
        }
    }

    fn traceparent() -> Option<HeaderValue> {
        let mut headers = HeaderMap::new();
        let here = Span::current().context();
        TraceContextPropagator::new().inject_context(&here, &mut HeaderInjector(&mut headers));
        headers.remove("traceparent")
    }

    fn sampler(source: &Source) -> Sampler {
        let ratio = source.get(setting::TRACES_SAMPLER_ARG).and_then(|ratio| ratio.parse::<f64>().ok()).unwrap_or(1.0);
        let parent = |root: Sampler| Sampler::ParentBased(Box::new(root));
        match source.get(setting::TRACES_SAMPLER).unwrap_or("parentbased_always_on") {
            "always_on" => Sampler::AlwaysOn,
            "always_off" => Sampler::AlwaysOff,
            "traceidratio" => Sampler::TraceIdRatioBased(ratio),
            "parentbased_always_off" => parent(Sampler::AlwaysOff),
            "parentbased_traceidratio" => parent(Sampler::TraceIdRatioBased(ratio)),
            _ => parent(Sampler::AlwaysOn),
        }
    }

    /// `name=value`, with commas between.
    fn pairs(list: Option<&str>) -> impl Iterator<Item = (String, String)> {
        let entries = list.unwrap_or_default().split(',').filter_map(|entry| entry.split_once('='));
        entries.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
    }

    /// Whoever collects, by the client that everything else here uses. It is called from a thread outside the runtime.
    #[derive(Debug)]
    struct Collector {
        client: reqwest::Client,
        runtime: Handle,
    }

    #[async_trait::async_trait]
    impl HttpClient for Collector {
        async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
            let client = self.client.clone();
            let sent = self.runtime.spawn(async move {
                let (parts, body) = request.into_parts();
                let mut answer = client
                    .request(parts.method, parts.uri.to_string())
                    .headers(parts.headers)
                    .body(body)
                    .send()
                    .await?;
                let status = answer.status();
                let mut text = Vec::new();
                while let Some(part) = answer.chunk().await? {
                    if text.len() + part.len() > LONGEST_ANSWER {
                        break;
                    }
                    text.extend_from_slice(&part);
                }
                Ok::<_, reqwest::Error>((status, text))
            });
            let sent = sent.await?;
            match &sent {
                Ok((status, _)) if !status.is_success() => not_taken(&format!("it answered {status}")),
                Err(error) => not_taken(&error.to_string()),
                Ok(_) => {}
            }
            let (status, text) = sent?;
            Ok(Response::builder().status(status).body(Bytes::from(text))?)
        }
    }

    fn not_taken(why: &str) {
        static SAID: Mutex<Option<Instant>> = Mutex::new(None);
        let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
        if said.is_none_or(|last| last.elapsed() >= SAID_EVERY) {
            *said = Some(Instant::now());
            tracing::warn!(why, "nobody takes the traces; they are dropped");
        }
    }
}

#[cfg(not(feature = "otlp"))]
mod without {
    use std::future::{Ready, ready};

    use axum::http::HeaderMap;
    use tracing::Span;

    use crate::{
        config::{Source, setting},
        log::Part,
    };

    /// Where traces go: nowhere.
    #[derive(Debug)]
    pub struct Traces {
        wanted: bool,
    }

    /// This program traces nothing.
    ///
    /// # Errors
    /// None.
    pub fn begin(source: &Source) -> Result<(Traces, Option<Part>), String> {
        Ok((Traces { wanted: source.get(setting::OTLP_ENDPOINT).is_some() }, None))
    }

    impl Traces {
        /// Says that it can’t trace, where that is wanted.
        pub fn tell(&self) {
            if self.wanted {
                tracing::warn!(
                    "{} is set, but this program was built without traces: build it with `--features otlp`",
                    setting::OTLP_ENDPOINT
                );
            }
        }

        /// There is nothing to send.
        pub fn end(self) -> Ready<()> {
            ready(())
        }
    }

    /// A request comes.
    pub fn asked(_: &Span, _: &HeaderMap, _: bool, _: &'static str, _: &str) {}

    /// It was answered.
    pub fn answered(_: &Span, _: u16) {}
}
