//! The calls among services, for those who are none.

use std::time::Duration;

use mosaic_identity::{ServiceClaims, ServiceKeys};
use mosaic_runtime::clock;
use prost::Message as _;
use prost_types::FileDescriptorSet;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::timeout;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request};
use tonic_prost::ProstCodec;

use crate::fresh::unique;
use crate::stage::Stage;

/// What no contract of ours describes and every port has.
const STANDARD: [&str; 5] = [
    "/grpc.health.v1.Health/Check",
    "/grpc.health.v1.Health/Watch",
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    "/mosaic.unknown.v1.UnknownService/Do",
];

#[tokio::test(flavor = "multi_thread")]
async fn no_service_answers_who_is_none() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let (mut calls, mut faults) = (0, Vec::new());
    let rpcs = rpcs()?;
    for (service, address) in stage.grpc() {
        let channel = Endpoint::from_shared(address)?.connect().await?;
        for (who, credential) in wrong(&stage, service)? {
            for rpc in &rpcs {
                calls += 1;
                let code = call(&channel, rpc, credential.as_deref()).await?;
                let refused = match who {
                    "an unlisted service" => code == Some(Code::PermissionDenied),
                    _ => code == Some(Code::Unauthenticated),
                };
                if !refused {
                    faults.push(format!("{service} tells {who} {code:?} at {rpc}"));
                }
            }
        }
        let operator = signed(&stage.internal, "operator", service)?;
        let health = call(&channel, STANDARD[0], Some(&operator)).await?;
        anyhow::ensure!(
            health.is_none(),
            "{service} refuses an operator: {health:?}"
        );
    }
    anyhow::ensure!(
        faults.is_empty(),
        "{} of {calls}:\n{}",
        faults.len(),
        faults.join("\n")
    );
    Ok(())
}

/// The paths of every rpc of every contract, and of those that each port has.
fn rpcs() -> anyhow::Result<Vec<String>> {
    let contracts = FileDescriptorSet::decode(mosaic_proto::DESCRIPTORS)?;
    let mut found: Vec<String> = STANDARD.into_iter().map(str::to_owned).collect();
    for file in &contracts.file {
        for service in &file.service {
            let methods = service
                .method
                .iter()
                .map(|method| format!("/{}.{}/{}", file.package(), service.name(), method.name()));
            found.extend(methods);
        }
    }
    anyhow::ensure!(found.len() > STANDARD.len() + 10, "{found:?}");
    Ok(found)
}

/// Everything that is no credential here, with what it is.
fn wrong(stage: &Stage, service: &str) -> anyhow::Result<Vec<(&'static str, Option<String>)>> {
    let bearer = |token: &str| Some(format!("Bearer {token}"));
    let elsewhere = if service == "gateway" {
        "summarizer"
    } else {
        "gateway"
    };
    let foreign = SecretString::from(unique());
    Ok(vec![
        ("nobody", None),
        ("an empty token", Some("Bearer ".to_owned())),
        (
            "the owner of the home workspace",
            bearer(&stage.people.owner.token),
        ),
        (
            "the shared secret itself",
            bearer(stage.internal.expose_secret()),
        ),
        (
            "another installation",
            Some(signed(&foreign, "gateway", service)?),
        ),
        (
            "a token for another service",
            Some(signed(&stage.internal, "gateway", elsewhere)?),
        ),
        (
            "an unlisted service",
            Some(signed(&stage.internal, "intruder", service)?),
        ),
    ])
}

fn signed(secret: &SecretString, caller: &str, audience: &str) -> anyhow::Result<String> {
    let claims = ServiceClaims::new(caller, "test", audience, clock::now().timestamp());
    let token = ServiceKeys::new(secret, &[]).sign(&claims);
    let token = token.ok_or_else(|| anyhow::anyhow!("it cannot be signed"))?;
    Ok(format!("Bearer {token}"))
}

/// The code with which a call was refused; none if it was answered.
async fn call(
    channel: &Channel,
    rpc: &str,
    credential: Option<&str>,
) -> anyhow::Result<Option<Code>> {
    let mut request = Request::new(());
    if let Some(credential) = credential {
        request
            .metadata_mut()
            .insert("authorization", credential.parse()?);
    }
    let mut client = Grpc::new(channel.clone());
    client.ready().await?;
    let path = PathAndQuery::try_from(rpc)?;
    let answer = client.unary(request, path, ProstCodec::<(), ()>::default());
    // Who is watched answers and goes on.
    let answer = timeout(Duration::from_secs(2), answer).await;
    Ok(answer
        .ok()
        .and_then(Result::err)
        .map(|status| status.code()))
}
