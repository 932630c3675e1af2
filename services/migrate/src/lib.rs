//! The schema, the first admin and what lies sealed: `up`, `plan`, `status`, `verify`, `bootstrap`, `token`, `reseal`,
//! `service-token`. Runs and exits.
//!
//! Services never change the schema; they refuse to start on one they do not know and name this program. What it does
//! is a library, so that `mosaic up` and the tests take the same path as an operator: [`connect()`], then [`up`] and
//! [`bootstrap`]. Everything a command prints for a program to read goes to standard output, everything it says to
//! people goes to standard error.

mod cli;
mod commands;
mod connect;
mod error;
mod first_admin;
mod reseal;
mod role;
mod schema;
mod service_token;

pub use cli::{Cli, Command};
pub use commands::run;
pub use connect::connect;
pub use error::{Error, Exit};
pub use first_admin::{FirstAdmin, FirstLogin, bootstrap, bootstrap_as, recover};
pub use reseal::{ResealReport, ResealedColumn, Unopened, reseal};
pub use role::provide_role;
pub use schema::{MigrationView, StatusView, up};
