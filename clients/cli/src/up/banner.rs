//! What is said when everything is up.

use std::path::PathBuf;

use mosaic_config::{ExposeSecret as _, ProviderKind, ProvidersConfig, SecretString, environment};

use crate::output::{Output, Tone};
use crate::render::text::printable;

/// What there is to know.
#[derive(Debug)]
pub(super) struct Banner {
    pub(super) url: String,
    pub(super) data: PathBuf,
    pub(super) provider: Answering,
    pub(super) new_token: Option<SecretString>,
    /// How this program is called from a shell.
    pub(super) program: String,
}

/// How this program is called from a shell: by name if that finds it, else by its path.
pub(super) fn program() -> String {
    let usual = "mosaic".to_owned();
    let Ok(here) = std::env::current_exe() else {
        return usual;
    };
    let mut found = environment::search_path()
        .into_iter()
        .map(|folder| folder.join(&usual));
    let by_name = found
        .find_map(|path| path.canonicalize().ok())
        .is_some_and(|path| here.canonicalize().is_ok_and(|here| here == path));
    if by_name {
        return usual;
    }
    let folder = std::env::current_dir().unwrap_or_default();
    here.strip_prefix(folder)
        .unwrap_or(&here)
        .display()
        .to_string()
}

/// Who answers.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answering {
    /// Rules instead of a model.
    Offline,
    /// This provider.
    Provider {
        name: String,
        kind: String,
        model: Option<String>,
    },
}

impl Answering {
    pub(super) fn of(config: &ProvidersConfig) -> Self {
        match config.chosen() {
            Some((name, provider)) if provider.kind != ProviderKind::Offline => Self::Provider {
                name: name.to_owned(),
                kind: provider.kind.to_string(),
                model: provider.default_model.clone(),
            },
            _ => Self::Offline,
        }
    }

    fn line(&self) -> String {
        match self {
            Self::Offline => "the offline assistant: it follows rules and is no model".to_owned(),
            Self::Provider { name, kind, model } => {
                let kind = if name == kind {
                    String::new()
                } else {
                    format!(" ({kind})")
                };
                let model = model
                    .as_ref()
                    .map(|model| format!(", {model}"))
                    .unwrap_or_default();
                format!("{name}{kind}{model}")
            }
        }
    }
}

const CONFIGURE: &str = "\
For a real model set ANTHROPIC_API_KEY, OPENAI_API_KEY or OLLAMA_HOST and start again,
or write a provider into mosaic.toml in the data folder.";

impl Banner {
    pub(super) fn render(&self, output: Output) -> String {
        let Self {
            url,
            data,
            provider,
            new_token,
            program,
        } = self;
        let mut lines = vec![
            ("Gateway", url.clone()),
            ("API", format!("{url}/api/docs")),
            ("Answers", provider.line()),
            ("Data", data.display().to_string()),
        ];
        let shown = new_token.as_ref().filter(|_| output.talk_is_terminal);
        match (shown, new_token) {
            (Some(token), _) => lines.push(("Token", token.expose_secret().to_owned())),
            // What is not read by a person may be kept: a log must not hold it.
            (None, Some(_)) => {
                let file = data.join("token");
                lines.push(("Token", format!("stored in {}", file.display())));
            }
            (None, None) => {}
        }
        let line = |(name, value): (&str, String)| {
            format!(
                "  {} {}\n",
                output.paint(Tone::Dim, &format!("{name:<8}")),
                printable(&value)
            )
        };
        let mut text = format!("\n{}\n", output.paint(Tone::Strong, "Mosaic is up."));
        text.extend(lines.into_iter().map(line));
        if new_token.is_some() {
            let once = if shown.is_some() {
                " and is shown only now"
            } else {
                ""
            };
            text.push_str("The token is the admin's");
            text.push_str(once);
            text.push_str("; commands on this machine find it by themselves.\n");
        }
        if *provider == Answering::Offline {
            text.push_str(CONFIGURE);
            text.push('\n');
        }
        text.push_str("Talk to it in another terminal: ");
        text.push_str(program);
        text.push_str(" chat. Ctrl-C stops everything.\n");
        text
    }
}

#[cfg(test)]
mod tests {
    use mosaic_config::Config;

    use super::*;

    fn banner(config: &Config, new_token: Option<&str>, to_a_person: bool) -> String {
        let banner = Banner {
            url: "http://127.0.0.1:14242".to_owned(),
            data: "/home/joe/.local/share/mosaic".into(),
            provider: Answering::of(&config.providers),
            new_token: new_token.map(SecretString::from),
            program: "mosaic".to_owned(),
        };
        let mut output = Output::new(false, true, 0);
        output.talk_is_terminal = to_a_person;
        banner.render(output)
    }

    #[test]
    fn the_first_start_shows_the_token_and_says_that_no_model_answers() {
        let config = Config::defaults().unwrap();
        insta::assert_snapshot!(banner(&config, Some("mos_0123"), true), @r"

        Mosaic is up.
          Gateway  http://127.0.0.1:14242
          API      http://127.0.0.1:14242/api/docs
          Answers  the offline assistant: it follows rules and is no model
          Data     /home/joe/.local/share/mosaic
          Token    mos_0123
        The token is the admin's and is shown only now; commands on this machine find it by themselves.
        For a real model set ANTHROPIC_API_KEY, OPENAI_API_KEY or OLLAMA_HOST and start again,
        or write a provider into mosaic.toml in the data folder.
        Talk to it in another terminal: mosaic chat. Ctrl-C stops everything.
        ");
    }

    #[test]
    fn a_first_start_that_nobody_watches_says_where_the_token_is_and_does_not_show_it() {
        let config = Config::defaults().unwrap();
        let text = banner(&config, Some("mos_0123"), false);
        assert!(!text.contains("mos_"), "{text}");
        let stored = "Token    stored in /home/joe/.local/share/mosaic/token\n";
        assert!(text.contains(stored), "{text}");
        assert!(!text.contains("shown only now"), "{text}");
    }

    #[test]
    fn a_later_start_shows_who_answers_and_no_token() {
        let config = Config::from_toml(
            "[providers.house]\nkind = \"openai\"\nbase_url = \"http://10.0.0.2/v1\"\ndefault_model = \"qwen\"",
        );
        insta::assert_snapshot!(banner(&config.unwrap(), None, true), @r"

        Mosaic is up.
          Gateway  http://127.0.0.1:14242
          API      http://127.0.0.1:14242/api/docs
          Answers  house (openai), qwen
          Data     /home/joe/.local/share/mosaic
        Talk to it in another terminal: mosaic chat. Ctrl-C stops everything.
        ");
    }
}
