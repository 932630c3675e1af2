//! Which service a task works for.
//!
//! Several services may share a process, and then the resource of the exported traces names only the process. Tasks
//! therefore carry the name of their service, and every span that starts in them is stamped with it.

use std::future::Future;
use std::time::Duration;

use opentelemetry::trace::Span as _;
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};

/// The attribute that names the service on every span.
pub const ATTRIBUTE: &str = "mosaic.service";

tokio::task_local! {
    static SERVICE: &'static str;
}

/// Runs the future on behalf of a service. No async function itself: that would hold the future twice, and some are large.
pub fn scope<F: Future>(service: &'static str, future: F) -> impl Future<Output = F::Output> {
    SERVICE.scope(service, future)
}

/// The service the current task works for.
#[must_use]
pub fn current() -> Option<&'static str> {
    SERVICE.try_with(|service| *service).ok()
}

/// Stamps spans with the service of the task that starts them.
#[derive(Debug)]
pub(crate) struct Stamp;

impl SpanProcessor for Stamp {
    fn on_start(&self, span: &mut Span, _context: &Context) {
        if let Some(service) = current() {
            span.set_attribute(KeyValue::new(ATTRIBUTE, service));
        }
    }

    fn on_end(&self, _span: SpanData) {}

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn set_resource(&mut self, _resource: &Resource) {}
}
