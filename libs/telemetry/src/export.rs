//! Sending over OTLP.

use std::time::Duration;

use mosaic_config::TelemetryConfig;
use opentelemetry::KeyValue;
use opentelemetry_otlp::{ExporterBuildError, MetricExporter, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::PeriodicReader;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider,
};

use crate::service::Stamp;

/// A collector that does not answer within this time costs the batch.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long spans wait for others to share a request with.
const BATCH_DELAY: Duration = Duration::from_secs(1);
/// Spans beyond this many waiting ones are dropped rather than held in memory.
const QUEUE: usize = 16_384;

/// What the process says about itself to a collector.
pub(crate) fn resource(service: &'static str) -> Resource {
    Resource::builder_empty()
        .with_service_name(service)
        .with_attributes([
            KeyValue::new("service.namespace", "mosaic"),
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            KeyValue::new("process.pid", i64::from(std::process::id())),
        ])
        .build()
}

/// The tracer provider. Without an endpoint ids are made and passed on, but nothing is recorded.
pub(crate) fn tracer_provider(
    config: &TelemetryConfig,
    resource: Resource,
) -> Result<SdkTracerProvider, ExporterBuildError> {
    let builder = SdkTracerProvider::builder().with_resource(resource);
    let Some(endpoint) = &config.otlp_endpoint else {
        return Ok(builder.with_sampler(Sampler::AlwaysOff).build());
    };
    let exporter = SpanExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint.expose())
        .with_timeout(EXPORT_TIMEOUT)
        .build()?;
    let batch = BatchConfigBuilder::default()
        .with_scheduled_delay(BATCH_DELAY)
        .with_max_queue_size(QUEUE)
        .build();
    let ratio = Sampler::TraceIdRatioBased(config.trace_sample_ratio);
    Ok(builder
        .with_sampler(Sampler::ParentBased(Box::new(ratio)))
        .with_span_processor(Stamp)
        .with_span_processor(
            BatchSpanProcessor::builder(exporter)
                .with_batch_config(batch)
                .build(),
        )
        .build())
}

/// The reader that sends metrics, when there is somewhere to send them.
pub(crate) fn metric_reader(
    config: &TelemetryConfig,
) -> Result<Option<PeriodicReader<MetricExporter>>, ExporterBuildError> {
    let Some(endpoint) = &config.otlp_endpoint else {
        return Ok(None);
    };
    let exporter = MetricExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint.expose())
        .with_timeout(EXPORT_TIMEOUT)
        .build()?;
    let reader = PeriodicReader::builder(exporter).with_interval(config.metrics_interval());
    Ok(Some(reader.build()))
}
