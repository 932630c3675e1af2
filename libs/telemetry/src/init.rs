//! Switching telemetry on, once per process, and off again without losing what was recorded.

use std::io::IsTerminal;
use std::sync::{Mutex, OnceLock, PoisonError};

use mosaic_config::{LogFormat, TelemetryConfig};
use opentelemetry::global;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::level_filters::LevelFilter;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt};

use crate::{export, json, metrics};

/// Crates whose spans would make the exporter trace itself.
const NOT_EXPORTED: [&str; 8] = [
    "h2",
    "hyper",
    "hyper_util",
    "tower",
    "tonic",
    "reqwest",
    "rustls",
    "opentelemetry",
];

/// Why telemetry could not be switched on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The filter of log lines cannot be parsed.
    #[error(
        "telemetry.log_level `{filter}` is not a filter: {source}; use a level such as `info`, or `info,mosaic_bus=debug`"
    )]
    Filter {
        /// The filter as configured.
        filter: String,
        /// What is wrong with it.
        source: tracing_subscriber::filter::ParseError,
    },
    /// The exporter refused its endpoint.
    #[error("telemetry.otlp_endpoint cannot be used: {0}; write it like http://127.0.0.1:4317")]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
    /// The Prometheus exporter could not be registered.
    #[error("metrics cannot be set up: {0}")]
    Metrics(#[from] opentelemetry_sdk::error::OTelSdkError),
    /// Another library installed a subscriber before.
    #[error("another log subscriber is installed in this process already")]
    Subscriber(#[from] tracing::subscriber::SetGlobalDefaultError),
}

/// What the first [`init`] of the process set up.
static TRACES: OnceLock<SdkTracerProvider> = OnceLock::new();
/// Two services that start at the same moment must not both set up.
static SETUP: Mutex<()> = Mutex::new(());

/// Keeps telemetry running; [`Guard::shutdown`] sends what is still waiting.
#[derive(Debug)]
#[must_use = "without a shutdown the last spans are lost"]
pub struct Guard {
    traces: SdkTracerProvider,
    owner: bool,
}

/// Switches telemetry on for this process, or joins what is on already (the first caller's settings stay).
///
/// Must be called inside the Tokio runtime: the OTLP connection lives there. Inside one process the exported resource is
/// named after the first caller; [`crate::service`] tells the services apart.
pub fn init(config: &TelemetryConfig, service: &'static str) -> Result<Guard, Error> {
    let _alone = SETUP.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(traces) = TRACES.get() {
        return Ok(Guard {
            traces: traces.clone(),
            owner: false,
        });
    }
    let filter = EnvFilter::try_new(&config.log_level).map_err(|source| Error::Filter {
        filter: config.log_level.clone(),
        source,
    })?;
    let resource = export::resource(service);
    let traces = export::tracer_provider(config, resource.clone())?;
    metrics::install(resource, export::metric_reader(config)?)?;
    global::set_text_map_propagator(TraceContextPropagator::new());
    global::set_tracer_provider(traces.clone());
    let spans = tracing_opentelemetry::layer()
        .with_tracer(traces.tracer("mosaic"))
        .with_location(false)
        .with_threads(false)
        .with_filter(filter_fn(is_exported));
    let subscriber = Registry::default()
        .with(spans)
        .with(lines(config.log_format).with_filter(filter));
    tracing::subscriber::set_global_default(subscriber)?;
    let traces = TRACES.get_or_init(|| traces).clone();
    Ok(Guard {
        traces,
        owner: true,
    })
}

fn is_exported(metadata: &Metadata<'_>) -> bool {
    let root = metadata.target().split("::").next().unwrap_or_default();
    *metadata.level() <= LevelFilter::INFO && !NOT_EXPORTED.contains(&root)
}

fn lines<S>(format: LogFormat) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let lines = fmt::layer().with_writer(std::io::stderr);
    match format {
        LogFormat::Json => lines.event_format(json::JsonLines).boxed(),
        LogFormat::Text => {
            let colour = std::io::stderr().is_terminal() && !mosaic_config::environment::no_color();
            lines.with_ansi(colour).boxed()
        }
    }
}

impl Guard {
    /// Sends what is waiting. Telemetry stays on.
    pub async fn flush(&self) {
        let traces = self.traces.clone();
        off_the_runtime(move || {
            let flushed = traces.force_flush();
            (flushed, metrics::flush())
        })
        .await;
    }

    /// Sends what is waiting and, when this guard's [`init`] switched telemetry on, switches it off.
    pub async fn shutdown(self) {
        if !self.owner {
            return self.flush().await;
        }
        off_the_runtime(move || {
            let stopped = self.traces.shutdown();
            (stopped, metrics::shutdown())
        })
        .await;
    }
}

/// The exporter answers on the runtime's threads, so waiting for it on one of them could wait for ever.
async fn off_the_runtime<E: std::fmt::Display + Send + 'static>(
    work: impl FnOnce() -> (Result<(), E>, Result<(), E>) + Send + 'static,
) {
    match tokio::task::spawn_blocking(work).await {
        Ok((traces, metrics)) => {
            for (what, result) in [("traces", traces), ("metrics", metrics)] {
                if let Err(error) = result {
                    tracing::warn!(what, %error, "telemetry was not sent in full");
                }
            }
        }
        Err(error) => tracing::warn!(%error, "sending telemetry ended early"),
    }
}
