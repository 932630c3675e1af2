//! An OTLP receiver inside the process, for tests that look at what was exported.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_server::{
    MetricsService, MetricsServiceServer,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value};
use opentelemetry_proto::tonic::trace::v1::Span;
use tokio::net::TcpListener;
use tokio::time::Instant;
use tokio_stream::wrappers::TcpListenerStream;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use tonic::{Request, Response, Status};

/// A span as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectedSpan {
    /// The name of the span.
    pub name: String,
    /// The trace it belongs to, in hex.
    pub trace_id: String,
    /// Its own id, in hex.
    pub span_id: String,
    /// The id of its parent in hex, empty for a root.
    pub parent_span_id: String,
    /// The spans it is linked to, as (trace id, span id).
    pub links: Vec<(String, String)>,
    /// Its attributes, values as text.
    pub attributes: BTreeMap<String, String>,
    /// What happened in it: the name and attributes of each event, values as text.
    pub events: Vec<(String, BTreeMap<String, String>)>,
    /// `service.name` of the resource that sent it.
    pub service: String,
}

/// A running receiver. Dropping it stops it.
#[derive(Debug)]
pub struct Collector {
    addr: SocketAddr,
    store: Store,
    tasks: TaskTracker,
    stop: CancellationToken,
    #[expect(dead_code, reason = "held so that dropping the collector stops it")]
    stop_on_drop: DropGuard,
}

impl Collector {
    /// Starts on a free loopback port.
    pub async fn start() -> std::io::Result<Self> {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    /// Starts on this address, for a receiver that comes late or comes back.
    pub async fn start_at(addr: SocketAddr) -> std::io::Result<Self> {
        let listener = TcpListener::bind(addr).await?;
        let addr = listener.local_addr()?;
        let store = Store::default();
        let stop = CancellationToken::new();
        let tasks = TaskTracker::new();
        let server = tonic::transport::Server::builder()
            .add_service(TraceServiceServer::new(store.clone()))
            .add_service(MetricsServiceServer::new(store.clone()));
        let stopped = stop.clone().cancelled_owned();
        tasks.spawn(async move {
            let incoming = TcpListenerStream::new(listener);
            if let Err(error) = server.serve_with_incoming_shutdown(incoming, stopped).await {
                tracing::warn!(%error, "the test collector ended early");
            }
        });
        tasks.close();
        let stop_on_drop = stop.clone().drop_guard();
        Ok(Self {
            addr,
            store,
            tasks,
            stop,
            stop_on_drop,
        })
    }

    /// The address, for a collector that is to come back at the same place.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The endpoint to configure as `telemetry.otlp_endpoint`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// The spans received so far.
    #[must_use]
    pub fn spans(&self) -> Vec<CollectedSpan> {
        self.store.lock().spans.clone()
    }

    /// The names of the metrics received so far.
    #[must_use]
    pub fn metrics(&self) -> Vec<String> {
        self.store.lock().metrics.clone()
    }

    /// Waits until the spans received fulfil the condition; `None` when they do not in time.
    pub async fn wait_for(
        &self,
        timeout: Duration,
        condition: impl Fn(&[CollectedSpan]) -> bool,
    ) -> Option<Vec<CollectedSpan>> {
        let deadline = Instant::now() + timeout;
        loop {
            let spans = self.spans();
            if condition(&spans) {
                return Some(spans);
            }
            if Instant::now() > deadline {
                return None;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Stops receiving and waits until the port is free again.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tasks.wait().await;
    }
}

#[derive(Debug, Clone, Default)]
struct Store(Arc<Mutex<Received>>);

#[derive(Debug, Default)]
struct Received {
    spans: Vec<CollectedSpan>,
    metrics: Vec<String>,
}

impl Store {
    fn lock(&self) -> MutexGuard<'_, Received> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[tonic::async_trait]
impl TraceService for Store {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        for resource in request.into_inner().resource_spans {
            let about = resource
                .resource
                .map(|it| attributes(it.attributes))
                .unwrap_or_default();
            let service = about.get("service.name").cloned().unwrap_or_default();
            let spans = resource
                .scope_spans
                .into_iter()
                .flat_map(|scope| scope.spans);
            self.lock()
                .spans
                .extend(spans.map(|span| collected(span, &service)));
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl MetricsService for Store {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        let resources = request.into_inner().resource_metrics.into_iter();
        let scopes = resources.flat_map(|resource| resource.scope_metrics);
        let names = scopes
            .flat_map(|scope| scope.metrics)
            .map(|metric| metric.name);
        self.lock().metrics.extend(names);
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}

fn collected(span: Span, service: &str) -> CollectedSpan {
    let links = span
        .links
        .iter()
        .map(|link| (hex(&link.trace_id), hex(&link.span_id)))
        .collect();
    let events = span
        .events
        .into_iter()
        .map(|event| (event.name, attributes(event.attributes)));
    CollectedSpan {
        name: span.name,
        trace_id: hex(&span.trace_id),
        span_id: hex(&span.span_id),
        parent_span_id: hex(&span.parent_span_id),
        links,
        attributes: attributes(span.attributes),
        events: events.collect(),
        service: service.to_owned(),
    }
}

fn attributes(pairs: Vec<KeyValue>) -> BTreeMap<String, String> {
    pairs
        .into_iter()
        .map(|pair| (pair.key, text(pair.value.and_then(|it| it.value))))
        .collect()
}

fn text(value: Option<any_value::Value>) -> String {
    match value {
        Some(any_value::Value::StringValue(text)) => text,
        Some(any_value::Value::BoolValue(value)) => value.to_string(),
        Some(any_value::Value::IntValue(value)) => value.to_string(),
        Some(any_value::Value::DoubleValue(value)) => value.to_string(),
        other => format!("{other:?}"),
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
