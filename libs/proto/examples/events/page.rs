//! The catalogue as Markdown.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::contract::{Contracts, Event, Field, Kind};

/// Says that the page is generated; stands where the template has its first place.
const NOTE: &str = "<!-- Generated from proto/ and libs/proto/examples/events/events.md.in by `cargo xtask gen events`. -->";

/// Puts what is generated into its places of the template, each of which must be there once.
pub(crate) fn fill(template: &str, contracts: &Contracts) -> Result<String, String> {
    let places = [
        ("{{note}}", NOTE.to_owned()),
        ("{{log overview}}", overview(&contracts.log)),
        ("{{log events}}", events(&contracts.log)),
        ("{{log values}}", values(contracts, &contracts.log)),
        ("{{envelope}}", table("field", &contracts.envelope)),
        ("{{bus overview}}", bus_overview(&contracts.bus)),
        ("{{bus events}}", events(&contracts.bus)),
        ("{{bus values}}", values(contracts, &contracts.bus)),
    ];
    let mut page = template.to_owned();
    for (place, text) in places {
        if page.matches(place).count() != 1 {
            return Err(format!("the template must have the place {place} once"));
        }
        page = page.replace(place, text.trim_end());
    }
    // Places that turned out empty leave no holes.
    while page.contains("\n\n\n") {
        page = page.replace("\n\n\n", "\n\n");
    }
    Ok(format!("{}\n", page.trim_end()))
}

fn overview(events: &[Event]) -> String {
    let mut text = "| type | when |\n|---|---|\n".to_owned();
    for event in events {
        let Event {
            type_name, when, ..
        } = event;
        line(&mut text, &[&link(type_name), first_sentence(when)]);
    }
    text
}

fn bus_overview(events: &[Event]) -> String {
    let mut text = "| type | stream | when |\n|---|---|---|\n".to_owned();
    for event in events {
        let Event {
            type_name, when, ..
        } = event;
        let domain = type_name.split('.').next().unwrap_or_default();
        let stream = format!("`mosaic:v1:{{ev:{domain}}}`");
        line(
            &mut text,
            &[&link(type_name), &stream, first_sentence(when)],
        );
    }
    text
}

/// To the section of an event, as viewers of Markdown name it.
fn link(type_name: &str) -> String {
    format!("[`{type_name}`](#{})", anchor(type_name))
}

fn anchor(heading: &str) -> String {
    let kept = heading
        .chars()
        .filter(|c| c.is_alphanumeric() || *c == '-' || *c == '_');
    kept.flat_map(char::to_lowercase).collect()
}

fn events(events: &[Event]) -> String {
    let mut text = String::new();
    for event in events {
        let when = capitalised(&event.when);
        // Writing to a String cannot fail.
        let _ = write!(text, "### `{}`\n\n{when}\n\n", event.type_name);
        if event.fields.is_empty() {
            text.push_str("No fields.\n\n");
        } else {
            text.push_str(&table("field of `data`", &event.fields));
            text.push('\n');
        }
    }
    text
}

fn table(first: &str, fields: &[Field]) -> String {
    let mut text = format!("| {first} | type | meaning |\n|---|---|---|\n");
    for field in fields {
        let kind = match &field.kind {
            Kind::Plain(word) => (*word).to_owned(),
            Kind::Named(name) => {
                let short = short(name);
                format!("[{short}](#{})", anchor(short))
            }
        };
        let kind = if field.list {
            format!("list of {kind}")
        } else {
            kind
        };
        line(
            &mut text,
            &[&format!("`{}`", field.name), &kind, &field.comment],
        );
    }
    text
}

/// The messages and enumerations that fields of these events hold, and the fields of those.
fn values(contracts: &Contracts, events: &[Event]) -> String {
    let mut names = BTreeSet::new();
    let mut open: Vec<&Field> = events.iter().flat_map(|event| &event.fields).collect();
    while let Some(field) = open.pop() {
        if let Kind::Named(name) = &field.kind
            && names.insert(name)
        {
            open.extend(contracts.messages.get(name).into_iter().flatten());
        }
    }
    let mut text = String::new();
    for name in names {
        let _ = write!(text, "### {}\n\n", short(name));
        if let Some(fields) = contracts.messages.get(name) {
            text.push_str(&table("field", fields));
        }
        if let Some(values) = contracts.enums.get(name) {
            text.push_str("| value | meaning |\n|---|---|\n");
            for (value, comment) in values {
                line(&mut text, &[&format!("`{value}`"), comment]);
            }
        }
        text.push('\n');
    }
    text
}

/// The last part of a full name.
fn short(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

fn line(text: &mut String, cells: &[&str]) {
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    let _ = writeln!(text, "| {} |", cells.join(" | "));
}

/// Up to the first full stop that ends a sentence.
fn first_sentence(text: &str) -> &str {
    text.split_once(". ")
        .map_or(text, |(first, _)| first)
        .trim_end_matches('.')
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}
