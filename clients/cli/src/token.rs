//! `mosaic token`.

use clap::{Args, Subcommand};
use mosaic_client::{MadeToken, NewToken, Token};
use mosaic_domain::TokenId;
use serde_json::json;

use crate::confirm::agreed;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::named::{Named, meant};
use crate::output::Output;
use crate::pages::print;
use crate::render::table::table;
use crate::render::text::{flat, local_time, one_line, time_or};

/// Longer names are cut.
const NAME: usize = 40;

/// Arguments of `token`.
#[derive(Debug, Args)]
pub struct TokenArgs {
    #[command(subcommand)]
    command: Option<TokenCommand>,
}

/// What to do with your tokens.
#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// List them (the default). What is secret of them is never shown again.
    Ls,
    /// Make one. It goes to standard output, this once.
    Create {
        /// What it is for.
        name: String,
        /// What it may do: read, converse, operate or admin. Several times for several. Without it: converse, which looks and talks.
        #[arg(long = "scope", value_name = "SCOPE")]
        scopes: Vec<String>,
        /// After how many days it ends. Without it: when it is revoked.
        #[arg(long, value_name = "DAYS")]
        expires_in_days: Option<u32>,
    },
    /// Revoke one. Whatever uses it stops working at once.
    Revoke {
        /// Which one, by its id or name.
        #[arg(value_name = "TOKEN")]
        which: String,
        /// Do not ask.
        #[arg(long, short)]
        yes: bool,
    },
}

impl Named for Token {
    const KIND: &'static str = "token";
    const LISTED_BY: &'static str = "mosaic token ls";

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn name(&self) -> &str {
        &self.name
    }
}

pub(crate) async fn run(context: &Context, args: TokenArgs) -> Outcome {
    let (client, output) = (context.client()?, context.output);
    match args.command.unwrap_or(TokenCommand::Ls) {
        TokenCommand::Ls => print(output, &client.tokens().await?.items, "no tokens", shown)?,
        TokenCommand::Create {
            name,
            scopes,
            expires_in_days,
        } => {
            let new = NewToken {
                name,
                scopes,
                expires_in_days,
            };
            tell(output, &client.create_token(&new).await?)?;
        }
        TokenCommand::Revoke { which, yes } => {
            let token = meant(client.tokens().await?.items, &which)?;
            let question = format!("Revoke {}?", told(&token));
            agreed(
                output,
                yes,
                &question,
                "whatever uses a token stops working",
            )?;
            client.revoke_token(token.id).await?;
            revoked(output, token.id, &token.name)?;
        }
    }
    Ok(Exit::Done)
}

fn told(token: &Token) -> String {
    let name = flat(&token.name);
    if token.current {
        format!("the token {name}, which is the one that this command uses")
    } else {
        format!("the token {name}")
    }
}

fn tell(output: Output, made: &MadeToken) -> Result<(), Failure> {
    if output.json {
        output.document(made)?;
        return Ok(());
    }
    output.line(&flat(made.token.expose()))?;
    let about = &made.about;
    let scopes = flat(&about.scopes.join(", "));
    let end = about.expires_at.map_or_else(
        || "until it is revoked".to_owned(),
        |end| format!("until {}", local_time(end)),
    );
    output.say(&format!(
        "{}: for {scopes}, {end}. It is not shown again.",
        flat(&about.name)
    ));
    Ok(())
}

fn revoked(output: Output, id: TokenId, name: &str) -> Result<(), Failure> {
    if output.json {
        output.document(&json!({"id": id, "revoked": true}))?;
    } else {
        output.say(&format!("revoked {}", flat(name)));
    }
    Ok(())
}

fn shown(tokens: &[Token]) -> String {
    let rows: Vec<Vec<String>> = tokens
        .iter()
        .map(|token| {
            let mark = if token.current { "this one" } else { "" };
            vec![
                token.id.to_string(),
                one_line(&token.name, NAME),
                token.scopes.join(","),
                token.hint.clone(),
                local_time(token.created_at),
                time_or(token.last_used_at, "never"),
                time_or(token.expires_at, "-"),
                mark.to_owned(),
            ]
        })
        .collect();
    let header = [
        "TOKEN",
        "NAME",
        "MAY",
        "HINT",
        "MADE",
        "LAST USED",
        "ENDS",
        "",
    ];
    table(&header, &rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_a_table() {
        let id = "01890000-0000-7000-8000-000000000001";
        let time = "2026-01-02T03:04:05Z";
        let tokens = serde_json::json!([
            {"id": id, "name": "ci\nof the garden", "scopes": ["read", "converse"], "hint": "mos_ab…", "createdAt": time,
                "lastUsedAt": time, "expiresAt": time},
            {"id": id, "name": "mosaic on tower", "scopes": ["admin"], "createdAt": time, "current": true},
        ]);
        let tokens: Vec<Token> = serde_json::from_value(tokens).unwrap();
        let text =
            shown(&tokens).replace(&local_time(time.parse().unwrap()), "<a time of the day>");
        insta::assert_snapshot!(text, @r"
        TOKEN                                 NAME              MAY            HINT     MADE                 LAST USED            ENDS
        01890000-0000-7000-8000-000000000001  ci of the garden  read,converse  mos_ab…  <a time of the day>  <a time of the day>  <a time of the day>
        01890000-0000-7000-8000-000000000001  mosaic on tower   admin                   <a time of the day>  never                -                    this one
        ");
    }
}
