//! `mosaic whoami`: who one is, where, and with what.

use mosaic_client::{Client, ClientOptions, Me};

use crate::connect::{Source, Target};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::render::facts::facts;

pub(crate) async fn run(context: &Context) -> Outcome {
    // Says what is missing where nothing is there.
    context.client()?;
    let Target { url, token, source } = context.target()?;
    let client = Client::new(ClientOptions::new(url, token))?;
    let me = client.me().await?;
    let output = context.output;
    if output.json {
        let failed = |error: serde_json::Error| {
            Failure::new(Exit::Failed, format!("cannot be written as JSON: {error}"))
        };
        let mut document = serde_json::to_value(&me).map_err(failed)?;
        document["gateway"] = client.url().into();
        document["tokenFrom"] = source.name().into();
        output.document(&document)?;
    } else {
        output.raw(&shown(&me, client.url(), &source))?;
    }
    Ok(Exit::Done)
}

fn shown(me: &Me, gateway: &str, source: &Source) -> String {
    let or_id = |name: &Option<String>, id: &dyn std::fmt::Display| {
        Some(name.clone().unwrap_or_else(|| id.to_string()))
    };
    let email = me.email.as_ref().map(|email| {
        let aside = if me.email_verified {
            ""
        } else {
            " (not verified)"
        };
        format!("{email}{aside}")
    });
    let workspace = or_id(&me.workspace, &me.workspace_id);
    let home = if me.home {
        ", from where all is looked after"
    } else {
        ""
    };
    facts(&[
        ("name", or_id(&me.name, &me.user_id)),
        ("email", email),
        ("user", Some(me.user_id.to_string())),
        ("workspace", workspace.map(|name| format!("{name}{home}"))),
        ("role", me.role.clone()),
        ("gateway", Some(gateway.to_owned())),
        ("credential", credential(me)),
        ("comes from", Some(source.to_string())),
        ("may", Some(me.may.join(", ")).filter(|may| !may.is_empty())),
    ])
}

fn credential(me: &Me) -> Option<String> {
    let kind = me.credential.clone()?;
    let scopes = me.scopes.as_deref().unwrap_or_default();
    Some(match (&me.method, scopes) {
        (Some(method), _) => format!("{kind}, begun with {method}"),
        (None, []) => kind,
        (None, scopes) => format!("{kind} for {}", scopes.join(", ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_one_is_stands_in_lines() {
        let id = "01890000-0000-7000-8000-000000000001";
        let me: Me = serde_json::from_value(serde_json::json!({"userId": id, "name": "Ada",
            "email": "ada@example.org", "workspaceId": id, "workspace": "Lab", "role": "owner", "home": true,
            "credential": "token", "scopes": ["read", "converse"], "may": ["read", "converse"]}))
        .unwrap();
        let source = Source::Credentials("/home/ada/.config/mosaic/credentials.json".into());
        insta::assert_snapshot!(shown(&me, "https://mosaic.example", &source), @r"
        name        Ada
        email       ada@example.org (not verified)
        user        01890000-0000-7000-8000-000000000001
        workspace   Lab, from where all is looked after
        role        owner
        gateway     https://mosaic.example
        credential  token for read, converse
        comes from  mosaic login, in /home/ada/.config/mosaic/credentials.json
        may         read, converse
        ");
    }
}
