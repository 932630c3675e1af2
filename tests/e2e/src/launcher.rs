//! Starts services as processes.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::Process;

/// What services of one installation have in common.
#[derive(Debug, Clone)]
pub struct Launcher {
    variables: Vec<(String, String)>,
    folder: PathBuf,
}

impl Launcher {
    pub(crate) fn new(variables: Vec<(String, String)>, folder: &Path) -> Self {
        Self {
            variables,
            folder: folder.to_owned(),
        }
    }

    /// The variables of every service.
    #[must_use]
    pub fn variables(&self) -> &[(String, String)] {
        &self.variables
    }

    /// Starts a program as a service whose section is `section`, and waits until it is ready. What `more` says goes
    /// before what is common.
    pub async fn start(
        &self,
        program: &str,
        section: &str,
        admin: SocketAddr,
        more: &[(String, String)],
    ) -> anyhow::Result<Process> {
        let variables = self.of(section, admin, more);
        Process::start(program, &variables, admin, &self.folder).await
    }

    /// The same without waiting.
    pub fn spawn(
        &self,
        program: &str,
        section: &str,
        admin: SocketAddr,
        more: &[(String, String)],
    ) -> anyhow::Result<Process> {
        let variables = self.of(section, admin, more);
        Process::spawn(program, &variables, admin, &self.folder)
    }

    fn of(
        &self,
        section: &str,
        admin: SocketAddr,
        more: &[(String, String)],
    ) -> Vec<(String, String)> {
        let mut variables = self.variables.clone();
        variables.push((format!("MOSAIC_{section}__ADMIN_LISTEN"), admin.to_string()));
        variables.push((
            format!("MOSAIC_{section}__GRPC_LISTEN"),
            "127.0.0.1:0".into(),
        ));
        variables.extend_from_slice(more);
        variables
    }
}
