//! Log lines as JSON, one object a line, with the ids that join them to traces.

use std::collections::BTreeMap;
use std::fmt;

use opentelemetry::trace::{SpanContext, TraceContextExt};
use serde_json::{Map, Value};
use tracing::dispatcher;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

use crate::service;

/// Formats an event as `{"timestamp","level","target","message",…fields,"service","span","spans","trace_id","span_id"}`.
pub(crate) struct JsonLines;

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = Map::new();
        let mut time = String::new();
        SystemTime.format_time(&mut Writer::new(&mut time))?;
        line.insert("timestamp".to_owned(), time.into());
        line.insert("level".to_owned(), event.metadata().level().as_str().into());
        line.insert("target".to_owned(), event.metadata().target().into());
        if let Some(service) = service::current() {
            line.insert("service".to_owned(), service.into());
        }
        add_spans(context, event, &mut line);
        let mut fields = Fields::default();
        event.record(&mut fields);
        for (name, value) in fields.0 {
            // A field must not overwrite what identifies the line.
            let key = if line.contains_key(name) {
                format!("field.{name}")
            } else {
                name.to_owned()
            };
            line.insert(key, value);
        }
        writeln!(writer, "{}", Value::Object(line))
    }
}

fn add_spans<S, N>(context: &FmtContext<'_, S, N>, event: &Event<'_>, line: &mut Map<String, Value>)
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    let Some(innermost) = context.event_scope().or_else(|| {
        event
            .parent()
            .and_then(|id| context.span(id))
            .map(|span| span.scope())
    }) else {
        return;
    };
    let mut spans = Vec::new();
    let mut ids: Option<SpanContext> = None;
    for span in innermost {
        let fields = span
            .extensions()
            .get::<FormattedFields<N>>()
            .map(|it| it.fields.clone());
        let fields = fields.filter(|fields| !fields.is_empty());
        spans.push(Value::String(match fields {
            Some(fields) => format!("{}{{{fields}}}", span.name()),
            None => span.name().to_owned(),
        }));
        let id = span.id();
        ids = ids.or_else(|| dispatcher::get_default(|dispatch| span_context(&id, dispatch)));
    }
    spans.reverse();
    line.insert("spans".to_owned(), Value::Array(spans));
    if let Some(ids) = ids {
        line.insert("trace_id".to_owned(), ids.trace_id().to_string().into());
        line.insert("span_id".to_owned(), ids.span_id().to_string().into());
    }
}

fn span_context(id: &tracing::span::Id, dispatch: &tracing::Dispatch) -> Option<SpanContext> {
    let context = tracing_opentelemetry::get_otel_context(id, dispatch)?;
    let ids = context.span().span_context().clone();
    ids.is_valid().then_some(ids)
}

/// Collects the fields of an event, numbers as numbers.
#[derive(Default)]
struct Fields(BTreeMap<&'static str, Value>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name(), value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.0.insert(field.name(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name(), value.into());
    }
}
