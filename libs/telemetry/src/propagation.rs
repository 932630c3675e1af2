//! Trace context across process borders, as W3C `traceparent`.
//!
//! A request continues the caller's trace ([`set_parent_from_http`], [`set_parent_from_grpc`]). A consumed message does
//! not: it may be handled long after its producer was done, so it begins a trace of its own that is *linked* to the
//! producer's span ([`link_from`]).

use http::HeaderMap;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::TraceContextExt;
use opentelemetry::{Context, trace::SpanContext};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tonic::metadata::{MetadataKey, MetadataMap};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

const TRACEPARENT: &str = "traceparent";

/// The `traceparent` of the current span, to travel with a message. `None` outside of any trace.
#[must_use]
pub fn inject() -> Option<String> {
    let context = Span::current().context();
    let span = context.span();
    let ids = span.span_context();
    ids.is_valid().then(|| {
        format!(
            "00-{}-{}-{:02x}",
            ids.trace_id(),
            ids.span_id(),
            ids.trace_flags().to_u8()
        )
    })
}

/// Links the current span to the span that `traceparent` names. What is no `traceparent` is ignored.
pub fn link_from(traceparent: &str) {
    link(&Span::current(), traceparent);
}

/// Links a span to the span that `traceparent` names, so that a consumer's span carries its producer from the start.
pub fn link(span: &Span, traceparent: &str) {
    if let Some(producer) = parse(traceparent) {
        span.add_link(producer);
    }
}

/// Makes a span the child of the caller that sent these headers. Must happen before the span is entered.
pub fn set_parent_from_http(span: &Span, headers: &HeaderMap) {
    set_parent(span, &Headers(headers));
}

/// Makes a span the child of the caller that sent this metadata. Must happen before the span is entered.
pub fn set_parent_from_grpc(span: &Span, metadata: &MetadataMap) {
    set_parent(span, &Metadata(metadata));
}

/// Adds the current span's context to the headers of an outgoing HTTP request.
pub fn inject_http(headers: &mut HeaderMap) {
    let context = Span::current().context();
    TraceContextPropagator::new().inject_context(&context, &mut HeadersMut(headers));
}

/// Adds the current span's context to an outgoing gRPC request; fits `with_interceptor` of a generated client.
pub fn inject_grpc<T>(mut request: tonic::Request<T>) -> Result<tonic::Request<T>, tonic::Status> {
    let context = Span::current().context();
    TraceContextPropagator::new()
        .inject_context(&context, &mut MetadataMut(request.metadata_mut()));
    Ok(request)
}

fn parse(traceparent: &str) -> Option<SpanContext> {
    let context =
        TraceContextPropagator::new().extract_with_context(&Context::new(), &One(traceparent));
    let ids = context.span().span_context().clone();
    ids.is_valid().then_some(ids)
}

fn set_parent(span: &Span, carrier: &dyn Extractor) {
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), carrier);
    if !context.span().span_context().is_valid() {
        return;
    }
    if let Err(error) = span.set_parent(context) {
        tracing::debug!(%error, "the caller's trace is not continued");
    }
}

/// A single `traceparent`, as messages carry it.
struct One<'a>(&'a str);

impl Extractor for One<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        (key == TRACEPARENT).then_some(self.0)
    }

    fn keys(&self) -> Vec<&str> {
        vec![TRACEPARENT]
    }
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(http::HeaderName::as_str).collect()
    }
}

struct HeadersMut<'a>(&'a mut HeaderMap);

impl Injector for HeadersMut<'_> {
    fn set(&mut self, key: &str, value: String) {
        let name = http::HeaderName::from_bytes(key.as_bytes());
        if let (Ok(name), Ok(value)) = (name, http::HeaderValue::from_str(&value)) {
            self.0.insert(name, value);
        }
    }
}

struct Metadata<'a>(&'a MetadataMap);

impl Extractor for Metadata<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        vec![TRACEPARENT, "tracestate"]
    }
}

struct MetadataMut<'a>(&'a mut MetadataMap);

impl Injector for MetadataMut<'_> {
    fn set(&mut self, key: &str, value: String) {
        let name = MetadataKey::from_bytes(key.as_bytes());
        if let (Ok(name), Ok(value)) = (name, value.parse()) {
            self.0.insert(name, value);
        }
    }
}
