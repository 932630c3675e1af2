//! The tool `clock`: what time it is, anywhere.

use async_trait::async_trait;
use chrono::SecondsFormat;
use chrono_tz::Tz;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Tool, ToolContext, ToolError, ToolSpec, arguments};

/// Tells the date and time in a time zone.
#[derive(Debug, Clone, Copy)]
pub struct Clock;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    timezone: Option<String>,
}

#[async_trait]
impl Tool for Clock {
    fn spec(&self) -> ToolSpec {
        ToolSpec {
            name: "clock",
            description: "Tells the current date, weekday and time. Use it whenever an answer depends on now.",
            parameters: json!({
                "type": "object",
                "properties": {
                    "timezone": {
                        "type": "string",
                        "description": "IANA name such as Europe/Vienna, or its city alone. Without it: UTC."
                    }
                },
                "additionalProperties": false
            }),
            idempotent: true,
        }
    }

    async fn call(&self, value: Value, context: ToolContext) -> Result<String, ToolError> {
        let Arguments { timezone } = arguments(value)?;
        let Some(name) = timezone.filter(|name| !name.is_empty()) else {
            let now = context.now;
            let day = now.format("%A");
            return Ok(format!(
                "{day}, {} (UTC)",
                now.to_rfc3339_opts(SecondsFormat::Secs, true)
            ));
        };
        let zone = zone(&name).ok_or_else(|| {
            ToolError::Failed(format!(
                "{name:?} is not a time zone; use an IANA name such as Europe/Vienna"
            ))
        })?;
        let now = context.now.with_timezone::<Tz>(&zone);
        Ok(format!(
            "{}, {} ({zone})",
            now.format("%A"),
            now.to_rfc3339_opts(SecondsFormat::Secs, true)
        ))
    }
}

/// The zone of this name, or of this city where only one zone is named after it.
fn zone(name: &str) -> Option<Tz> {
    let wanted = name.trim().replace(' ', "_");
    if let Ok(zone) = wanted.parse() {
        return Some(zone);
    }
    let city = |zone: &&Tz| {
        let city = zone.name().rsplit('/').next().unwrap_or_default();
        city.eq_ignore_ascii_case(&wanted)
    };
    let mut found = chrono_tz::TZ_VARIANTS.iter().filter(city);
    let first = found.next()?;
    found.next().is_none().then_some(*first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toolbox::Toolbox;
    use chrono::DateTime;
    use mosaic_domain::{Fence, InstanceId, RunId, Scope, UserId, WorkspaceId};
    use uuid::Uuid;

    fn context() -> ToolContext {
        ToolContext {
            scope: Scope {
                workspace_id: WorkspaceId::new(Uuid::nil()),
                user_id: UserId::new(Uuid::nil()),
            },
            fence: Fence {
                run_id: RunId::new(Uuid::nil()),
                epoch: 1,
                worker_id: InstanceId::new(Uuid::nil()),
            },
            step: 2,
            now: DateTime::from_timestamp(1_795_219_200, 0).unwrap(),
        }
    }

    #[tokio::test]
    async fn the_clock_tells_the_time_of_a_zone() {
        let told = Toolbox::built_in()
            .call("clock", json!({"timezone": "Asia/Tokyo"}), context())
            .await
            .unwrap();
        assert_eq!(told, "Saturday, 2026-11-21T09:00:00+09:00 (Asia/Tokyo)");
        for (name, zone) in [("new york", "America/New_York"), ("Tokyo", "Asia/Tokyo")] {
            let told = Clock
                .call(json!({"timezone": name}), context())
                .await
                .unwrap();
            assert!(told.ends_with(&format!("({zone})")), "{told}");
        }
        let told = Clock.call(json!({}), context()).await.unwrap();
        assert_eq!(told, "Saturday, 2026-11-21T00:00:00Z (UTC)");
    }

    #[tokio::test]
    async fn a_zone_that_does_not_exist_is_refused_with_an_example() {
        let refusal = Clock
            .call(json!({"timezone": "Mars/Olympus"}), context())
            .await
            .unwrap_err();
        assert!(refusal.to_string().contains("Europe/Vienna"), "{refusal}");
        let refusal = Clock
            .call(json!({"zone": "UTC"}), context())
            .await
            .unwrap_err();
        assert!(matches!(refusal, ToolError::Arguments(_)), "{refusal}");
    }

    #[tokio::test]
    async fn a_tool_that_does_not_exist_is_refused_with_those_that_do() {
        let refusal = Toolbox::built_in()
            .call("shell", json!({}), context())
            .await
            .unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "there is no tool \"shell\"; the tools are calculator, clock"
        );
    }
}
