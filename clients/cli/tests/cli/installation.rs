//! A real gateway with its stores, its first admin, and people with homes of their own.

use std::path::PathBuf;

use anyhow::Context as _;
use assert_cmd::Command;
use mosaic_client::{Client, ClientOptions, FirstAccount, NewAccount, PasswordLogin, SignedIn};
use mosaic_config::{Config, ExposeSecret as _, SecretString};
use mosaic_testkit::{TestDatabase, TestService, TestValkey};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::setup::{Said, mosaic, run};

/// Everybody's password.
pub(crate) const PASSWORD: &str = "a password of the garden";
pub(crate) const ADA: &str = "ada@example.org";

/// A gateway, with Ada as its first admin.
pub(crate) struct Installation {
    pub(crate) url: String,
    _gateway: TestService,
    _valkey: TestValkey,
    _database: TestDatabase,
    // Last, since the others live on it.
    runtime: Runtime,
}

impl Installation {
    pub(crate) fn start() -> anyhow::Result<Self> {
        let runtime = Runtime::new()?;
        let (database, valkey, gateway) = runtime.block_on(services())?;
        let address = gateway.addresses().public;
        let url = format!("http://{}", address.context("a public edge")?);
        let client = Client::new(ClientOptions::new(&url, None))?;
        runtime.block_on(client.set_up(&FirstAccount {
            account: NewAccount {
                name: "Ada".to_owned(),
                email: ADA.to_owned(),
                password: PASSWORD.to_owned().into(),
            },
            workspace: Some("Garden".to_owned()),
            code: None,
        }))?;
        Ok(Self {
            url,
            _gateway: gateway,
            _valkey: valkey,
            _database: database,
            runtime,
        })
    }

    /// Somebody at a machine of their own.
    pub(crate) fn person(&self) -> anyhow::Result<Person> {
        Ok(Person {
            home: tempfile::tempdir()?,
            url: self.url.clone(),
        })
    }

    /// Ada, signed in on the command line.
    pub(crate) fn ada(&self) -> anyhow::Result<Person> {
        let ada = self.person()?;
        let said = ada.log_in(ADA);
        anyhow::ensure!(said.code == 0, "{}", said.talk);
        Ok(ada)
    }

    /// Does something as somebody with a browser.
    pub(crate) fn in_browser<T>(
        &self,
        email: &str,
        act: impl AsyncFnOnce(SignedIn) -> mosaic_client::Result<T>,
    ) -> anyhow::Result<T> {
        let client = Client::new(ClientOptions::new(&self.url, None))?;
        let login = PasswordLogin {
            email: email.to_owned(),
            password: PASSWORD.to_owned().into(),
            workspace_id: None,
        };
        let acted = async { act(client.sign_in(&login).await?).await };
        Ok(self.runtime.block_on(acted)?)
    }
}

async fn services() -> anyhow::Result<(TestDatabase, TestValkey, TestService)> {
    let database = TestDatabase::migrated().await?;
    let valkey = TestValkey::start().await?;
    let mut config = Config::for_tests()?;
    config.postgres.url = SecretString::from(database.url().expose_secret());
    config.valkey.url = SecretString::from(valkey.url().expose_secret());
    let gateway = TestService::start::<mosaic_gateway::App>(config).await?;
    gateway.ready().await?;
    Ok((database, valkey, gateway))
}

/// A person's machine: what they keep there, and the program.
pub(crate) struct Person {
    home: TempDir,
    url: String,
}

impl Person {
    pub(crate) fn mosaic(&self, arguments: &[&str]) -> Command {
        let mut command = mosaic(self.home.path());
        command.env("HOME", self.home.path()).args(arguments);
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        run(&mut self.mosaic(arguments))
    }

    /// What a command that must succeed says on standard output.
    pub(crate) fn get(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let said = self.run(arguments);
        anyhow::ensure!(said.code == 0, "{arguments:?}: {}", said.talk);
        Ok(said.out.trim_end().to_owned())
    }

    /// The same as JSON.
    pub(crate) fn json(&self, arguments: &[&str]) -> anyhow::Result<serde_json::Value> {
        let text = self.get(&[arguments, &["--json"]].concat())?;
        serde_json::from_str(&text).with_context(|| format!("{arguments:?}: {text}"))
    }

    pub(crate) fn log_in(&self, email: &str) -> Said {
        let arguments = [
            "login",
            "--url",
            &self.url,
            "--email",
            email,
            "--password-stdin",
        ];
        run(self.mosaic(&arguments).write_stdin(format!("{PASSWORD}\n")))
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.home.path().to_owned()
    }
}
