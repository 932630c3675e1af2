//! The program, away from the settings of whoever runs the tests.

use std::path::Path;

use assert_cmd::Command;

/// `mosaic` with an empty environment, its data in `folder`.
pub(crate) fn mosaic(folder: &Path) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("mosaic"));
    command
        .env_clear()
        .env("MOSAIC_LOCAL__DATA_DIR", folder)
        .env("TZ", "UTC")
        .env("LANG", "C.UTF-8")
        .current_dir(folder);
    command.timeout(std::time::Duration::from_mins(1));
    command
}

/// What a finished command said and how it ended.
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) talk: String,
}

pub(crate) fn run(command: &mut Command) -> Said {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Said {
        code: output.status.code().unwrap(),
        out: text(output.stdout),
        talk: text(output.stderr),
    }
}
