//! The gateway, the token, and what the gateway says of the other services.

use std::collections::BTreeMap;
use std::time::Duration;

use mosaic_client::{Client, ClientOptions, System};

use super::Patient;
use super::report::{Check, Report};
use crate::failure::Failure;

const TIMEOUT: Duration = Duration::from_secs(10);
const SERVICES: [&str; 5] = [
    "gateway",
    "agent-worker",
    "memory-indexer",
    "summarizer",
    "channel-bridge",
];

pub(super) async fn probe(patient: &Patient, report: &mut Report) {
    let target = match patient.context.target() {
        Ok(target) => target,
        Err(failure) => return report.add(check("gateway", failure, patient.local)),
    };
    let has_token = target.token.is_some();
    let options = ClientOptions {
        connect_timeout: TIMEOUT,
        request_timeout: TIMEOUT,
        ..ClientOptions::new(target.url, target.token)
    };
    let client = match Client::new(options) {
        Ok(client) => client,
        Err(error) => return report.add(check("gateway", error.into(), false)),
    };
    if let Err(error) = client.bootstrap_status().await {
        let is_ours = patient.local && patient.context.globals.url.is_none() && !patient.up;
        return report.add(check("gateway", error.into(), is_ours));
    }
    report.add(Check::ok("gateway", format!("answers at {}", client.url())));
    if !has_token {
        let remedy = "sign in with `mosaic login`, or set client.token in mosaic.toml or MOSAIC_CLIENT__TOKEN";
        return report.add(Check::fail("token", "there is none", remedy));
    }
    match client.me().await {
        Ok(me) => {
            let name = me.name.unwrap_or_else(|| me.user_id.to_string());
            let role = me.role.unwrap_or_default();
            report.add(Check::ok("token", format!("accepted: {name} ({role})")));
        }
        Err(error) => return report.add(check("token", error.into(), false)),
    }
    match client.system().await {
        Ok(system) => services(&system, report),
        Err(error) => report.add(check("services", error.into(), false)),
    }
}

/// A gateway that nobody started yet is no fault.
fn check(name: &str, failure: Failure, not_started: bool) -> Check {
    let Failure {
        message, remedy, ..
    } = failure;
    if not_started {
        return Check::warn(name, "it is not running", "`mosaic up` starts it");
    }
    Check::fail(
        name,
        message,
        remedy.as_deref().unwrap_or("look into the gateway's log"),
    )
}

fn services(system: &System, report: &mut Report) {
    for component in system.components.iter().filter(|component| !component.ok) {
        let told = format!(
            "the gateway cannot use {}: {}",
            component.name, component.detail
        );
        report.add(Check::fail(
            "services",
            told,
            "see above, and the gateway's log",
        ));
    }
    let mut found: BTreeMap<&str, usize> = SERVICES.into_iter().map(|name| (name, 0)).collect();
    for instance in &system.instances {
        *found.entry(&instance.service).or_default() += 1;
    }
    for (service, replicas) in found {
        report.add(match replicas {
            0 => Check::fail(
                "services",
                format!("no {service} is registered"),
                "start one, or look into its log",
            ),
            1 => Check::ok("services", format!("{service} is registered")),
            _ => Check::ok(
                "services",
                format!("{replicas} replicas of {service} are registered"),
            ),
        });
    }
}
