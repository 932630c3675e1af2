//! Metrics: instruments from OpenTelemetry meters, read as Prometheus text and sent over OTLP.
//!
//! A component takes a [`Meter`] and declares its instruments with the functions here, so that every one has a help text.
//! Names are dotted, `<layer>.<thing>.<what>`; Prometheus shows them with underscores, unit and `_total`.

mod process;

use std::sync::OnceLock;

pub use opentelemetry::KeyValue;
use opentelemetry::global;
use opentelemetry::metrics::MeterProvider as _;
pub use opentelemetry::metrics::{Counter, Gauge, Histogram, Meter, UpDownCounter};
use opentelemetry_otlp::MetricExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider};
use prometheus::{Registry, TextEncoder};

/// The content type of [`render`].
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Bounds in seconds that tell a fast database call from a slow model call.
const SECONDS: [f64; 15] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0, 120.0,
];

static METRICS: OnceLock<Metrics> = OnceLock::new();

struct Metrics {
    provider: SdkMeterProvider,
    registry: Registry,
}

impl Metrics {
    fn new(
        resource: Resource,
        otlp: Option<PeriodicReader<MetricExporter>>,
    ) -> Result<Self, OTelSdkError> {
        let registry = Registry::new();
        let exporter = opentelemetry_prometheus::exporter()
            .with_registry(registry.clone())
            .build()?;
        let mut builder = SdkMeterProvider::builder()
            .with_resource(resource)
            .with_reader(exporter);
        if let Some(reader) = otlp {
            builder = builder.with_reader(reader);
        }
        let provider = builder.build();
        process::observe(&provider.meter("process"));
        Ok(Self { provider, registry })
    }
}

/// Sets metrics up; the first call of the process counts.
pub(crate) fn install(
    resource: Resource,
    otlp: Option<PeriodicReader<MetricExporter>>,
) -> Result<(), OTelSdkError> {
    if METRICS.get().is_none() {
        let made = Metrics::new(resource, otlp)?;
        global::set_meter_provider(made.provider.clone());
        // Whoever came first in a race stays.
        drop(METRICS.set(made));
    }
    Ok(())
}

pub(crate) fn flush() -> OTelSdkResult {
    METRICS
        .get()
        .map_or(Ok(()), |metrics| metrics.provider.force_flush())
}

pub(crate) fn shutdown() -> OTelSdkResult {
    // The registry must stay readable for whoever scrapes a stopping process, so the provider is only flushed.
    flush()
}

/// The meter of a component. Before [`crate::init`] its instruments count into nothing.
#[must_use]
pub fn meter(component: &'static str) -> Meter {
    global::meter(component)
}

/// The Prometheus registry, for collectors that are not OpenTelemetry instruments.
#[must_use]
pub fn registry() -> Option<&'static Registry> {
    METRICS.get().map(|metrics| &metrics.registry)
}

/// Everything measured so far as Prometheus text.
#[must_use]
pub fn render() -> String {
    let Some(registry) = registry() else {
        return String::new();
    };
    let mut text = String::new();
    if let Err(error) = TextEncoder::new().encode_utf8(&registry.gather(), &mut text) {
        tracing::warn!(%error, "metrics could not be rendered");
    }
    text
}

/// Counts things that happen.
#[must_use]
pub fn counter(meter: &Meter, name: &'static str, help: &'static str) -> Counter<u64> {
    meter.u64_counter(name).with_description(help).build()
}

/// Follows a number that goes up and down by steps, such as things in hand.
#[must_use]
pub fn up_down(meter: &Meter, name: &'static str, help: &'static str) -> UpDownCounter<i64> {
    meter
        .i64_up_down_counter(name)
        .with_description(help)
        .build()
}

/// Shows the latest value of something that is measured from time to time.
#[must_use]
pub fn gauge(meter: &Meter, name: &'static str, help: &'static str) -> Gauge<f64> {
    meter.f64_gauge(name).with_description(help).build()
}

/// Distributes durations in seconds, from half a millisecond to two minutes.
#[must_use]
pub fn seconds(meter: &Meter, name: &'static str, help: &'static str) -> Histogram<f64> {
    histogram(meter, name, help, "s", &SECONDS)
}

/// Distributes values of any unit (UCUM: `By`, `s`, `1`) over the given bounds.
#[must_use]
pub fn histogram(
    meter: &Meter,
    name: &'static str,
    help: &'static str,
    unit: &'static str,
    bounds: &[f64],
) -> Histogram<f64> {
    let histogram = meter
        .f64_histogram(name)
        .with_description(help)
        .with_unit(unit);
    histogram.with_boundaries(bounds.to_vec()).build()
}
