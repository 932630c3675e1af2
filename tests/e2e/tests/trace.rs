//! One trace from the HTTP request, and one from the job it caused, linked to each other.

use mosaic_e2e::{PATIENCE, Scene, World};
use mosaic_telemetry::collector::{CollectedSpan, Collector};
use mosaic_testkit::model_server::Script;
use serde_json::json;

fn named<'a>(spans: &'a [CollectedSpan], name: &str) -> Option<&'a CollectedSpan> {
    spans.iter().find(|span| span.name == name)
}

#[tokio::test]
async fn a_request_leads_to_its_model_call_over_the_link_of_its_job() -> anyhow::Result<()> {
    let collector = Collector::start().await?;
    let endpoint = (
        "MOSAIC_TELEMETRY__OTLP_ENDPOINT".to_owned(),
        collector.endpoint(),
    );
    let script = Script::echo()
        .when("go")
        .tool_call("probe", json!({}))
        .then_text("done");
    let world = World::start(Scene {
        script: Some(script),
        variables: vec![endpoint],
        ..Scene::default()
    })
    .await?;
    let (_gateway, url) = world.gateway().await?;
    let _worker = world.worker().await?;
    let run_id = world.send(&url, "go").await?;
    world.watch(&[&url], run_id)?.to_the_end().await?;

    let wanted = ["worker.run.execute", "agent.model.call", "agent.tool.call"];
    let spans = collector
        .wait_for(PATIENCE, |spans| {
            wanted.iter().all(|name| named(spans, name).is_some())
                && spans.iter().any(|span| span.name.contains("/messages"))
        })
        .await;
    let spans = spans.unwrap_or_else(|| collector.spans());
    let request = spans
        .iter()
        .find(|span| span.name.contains("/messages"))
        .unwrap();
    let run = named(&spans, "worker.run.execute").unwrap();
    assert_eq!(request.service, "gateway");
    assert_eq!(run.service, "agent-worker");
    assert_ne!(
        run.trace_id, request.trace_id,
        "a job begins a trace of its own"
    );
    let linked = run
        .links
        .iter()
        .any(|(trace, _)| *trace == request.trace_id);
    assert!(linked, "{run:?} is not linked to {request:?}");
    for name in ["agent.model.call", "agent.tool.call"] {
        assert_eq!(
            named(&spans, name).unwrap().trace_id,
            run.trace_id,
            "{name}"
        );
    }
    Ok(())
}
