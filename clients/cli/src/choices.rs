//! `mosaic agents`, `mosaic models`: what can be chosen for a conversation.

use mosaic_client::{Agent, Model};

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::render::table::table;
use crate::render::text::one_line;

pub(crate) async fn agents(context: &Context) -> Outcome {
    let agents = context.client()?.agents().await?.items;
    let output = context.output;
    if output.json {
        for agent in &agents {
            output.document(agent)?;
        }
        return Ok(Exit::Done);
    }
    let rows = agents.iter().map(|agent| {
        let Agent {
            name,
            description,
            model,
            default,
        } = agent;
        vec![
            one_line(name, 64),
            mark(*default),
            one_line(model.as_deref().unwrap_or("-"), 60),
            one_line(description, 100),
        ]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    output.raw(&table(&["AGENT", "USUAL", "MODEL", "WHAT FOR"], &rows))?;
    Ok(Exit::Done)
}

pub(crate) async fn models(context: &Context) -> Outcome {
    let models = context.client()?.models().await?.items;
    let output = context.output;
    if output.json {
        for model in &models {
            output.document(model)?;
        }
        return Ok(Exit::Done);
    }
    let rows = models.iter().map(|model| {
        let Model {
            id,
            provider: _,
            context_window,
            default,
            available,
        } = model;
        let answers = if *available { "yes" } else { "no" };
        vec![
            one_line(id, 100),
            mark(*default),
            context_window.to_string(),
            answers.to_owned(),
        ]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    output.raw(&table(&["MODEL", "USUAL", "WINDOW", "ANSWERS"], &rows))?;
    Ok(Exit::Done)
}

fn mark(usual: bool) -> String {
    if usual { "yes" } else { "" }.to_owned()
}
