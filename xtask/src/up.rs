//! `cargo xtask up`: build, then become `mosaic up`.

use std::{
    ffi::OsString,
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Command, ExitCode},
};

use anyhow::anyhow;
use mosaic_embedded::{Source, reachable_home};

use crate::{engines, environment, process, say, setup, web};

/// Where data go when we are root in a clone that nobody else can enter.
const SYSTEM_DATA: &str = "/var/lib/mosaic";

pub(crate) async fn run(
    configured: Option<&Path>,
    release: bool,
    rest: &[OsString],
) -> anyhow::Result<ExitCode> {
    let found = setup::ready(configured).await?;
    let model = setup::model(configured).await;
    web::refresh().await;
    let mut build = process::cargo(["build", "-p", "mosaic-cli", "--bin", "mosaic"]);
    if release {
        build.arg("--release");
    }
    say::stage("building mosaic");
    process::must(build).await?;

    let profile = if release { "release" } else { "debug" };
    let program = environment::target().join(profile).join("mosaic");
    let mut mosaic = Command::new(&program);
    mosaic.arg("up").args(rest);
    if found.postgres.source != Source::Path || found.valkey.source != Source::Path {
        let folder = configured.map_or_else(engines::store, Path::to_owned);
        set_default(&mut mosaic, "MOSAIC_LOCAL__ENGINES_DIR", &folder);
    }
    if let Some(model) = model {
        set_default(&mut mosaic, "MOSAIC_MEMORY__MODEL_FOLDER", &model.path);
    }
    let data = environment::root().join(".mosaic");
    let data = reachable_home(&data, Path::new(SYSTEM_DATA));
    set_default(&mut mosaic, "MOSAIC_LOCAL__DATA_DIR", data);
    // We become the program, so that signals and the terminal are its own.
    let error = mosaic.exec();
    Err(anyhow!(error).context(format!("cannot run {}", program.display())))
}

/// Sets a variable for the program unless the user has set it.
fn set_default(command: &mut Command, name: &str, value: &Path) {
    if !environment::is_set(name) {
        command.env(name, value);
    }
}
