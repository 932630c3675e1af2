//! `mosaic session`.

use clap::{Args, Subcommand};
use mosaic_client::Session;
use mosaic_domain::SessionId;
use serde_json::json;

use crate::confirm::agreed;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::pages::print;
use crate::render::table::table;
use crate::render::text::{local_time, one_line, time_or};

/// Arguments of `session`.
#[derive(Debug, Args)]
pub struct SessionArgs {
    #[command(subcommand)]
    command: Option<SessionCommand>,
}

/// What to do with your sessions: the browsers in which you are signed in.
#[derive(Debug, Subcommand)]
pub(crate) enum SessionCommand {
    /// List them (the default).
    Ls,
    /// End one.
    End {
        /// Which one.
        id: SessionId,
    },
    /// End all of them. Tokens stay; `mosaic logout --everywhere` ends those as well.
    EndAll {
        /// Do not ask.
        #[arg(long, short)]
        yes: bool,
    },
}

pub(crate) async fn run(context: &Context, args: SessionArgs) -> Outcome {
    let (client, output) = (context.client()?, context.output);
    match args.command.unwrap_or(SessionCommand::Ls) {
        SessionCommand::Ls => {
            let sessions = client.sessions().await?.items;
            print(output, &sessions, "you are signed in in no browser", shown)?;
        }
        SessionCommand::End { id } => {
            client.end_one_session(id).await?;
            if output.json {
                output.document(&json!({"id": id, "ended": true}))?;
            } else {
                output.say(&format!("ended session {id}"));
            }
        }
        SessionCommand::EndAll { yes } => {
            let question = "Sign out of every browser?";
            agreed(output, yes, question, "every page has to sign in again")?;
            let ended = client.end_sessions(false).await?;
            if output.json {
                output.document(&ended)?;
            } else {
                output.say(&format!(
                    "ended sessions: {}; tokens stay good",
                    ended.ended
                ));
            }
        }
    }
    Ok(Exit::Done)
}

fn shown(sessions: &[Session]) -> String {
    let rows: Vec<Vec<String>> = sessions
        .iter()
        .map(|session| {
            let browser = match session.browser.as_str() {
                "" => "-".to_owned(),
                name => one_line(name, 30),
            };
            vec![
                session.id.to_string(),
                browser,
                session.address.clone().unwrap_or_else(|| "-".to_owned()),
                session.method.clone(),
                local_time(session.created_at),
                time_or(session.last_used_at, "-"),
                time_or(session.expires_at, "-"),
            ]
        })
        .collect();
    let header = [
        "SESSION",
        "BROWSER",
        "FROM",
        "BEGUN WITH",
        "BEGUN",
        "LAST USED",
        "ENDS",
    ];
    table(&header, &rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_are_a_table() {
        let id = "01890000-0000-7000-8000-000000000001";
        let time = "2026-01-02T03:04:05Z";
        let sessions = serde_json::json!([
            {"id": id, "method": "password", "browser": "Firefox on Linux", "address": "127.0.0.1",
                "createdAt": time, "lastUsedAt": time, "expiresAt": time},
            {"id": id, "method": "oidc", "createdAt": time, "lastUsedAt": time},
        ]);
        let sessions: Vec<Session> = serde_json::from_value(sessions).unwrap();
        let text =
            shown(&sessions).replace(&local_time(time.parse().unwrap()), "<a time of the day>");
        insta::assert_snapshot!(text, @r"
        SESSION                               BROWSER           FROM       BEGUN WITH  BEGUN                LAST USED            ENDS
        01890000-0000-7000-8000-000000000001  Firefox on Linux  127.0.0.1  password    <a time of the day>  <a time of the day>  <a time of the day>
        01890000-0000-7000-8000-000000000001  -                 -          oidc        <a time of the day>  <a time of the day>  -
        ");
    }
}
