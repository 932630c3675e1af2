//! `mosaic version`.

use serde_json::json;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::render::text::printable;

pub(crate) async fn run(context: &Context) -> Outcome {
    let program = env!("CARGO_PKG_VERSION");
    let gateway = match context.client() {
        Ok(client) => client.system().await.ok().map(|system| system.version),
        Err(_) => None,
    };
    let output = context.output;
    if output.json {
        output.document(&json!({"mosaic": program, "gateway": gateway}))?;
        return Ok(Exit::Done);
    }
    output.line(&format!("mosaic {program}"))?;
    if let Some(gateway) = gateway {
        output.line(&format!("gateway {}", printable(&gateway)))?;
    }
    Ok(Exit::Done)
}
