//! The contracts' Rust code, written by a program of `libs/proto` that needs no protoc.

use crate::process;

pub(super) async fn run(check: bool) -> anyhow::Result<()> {
    let generate = [
        "run",
        "--quiet",
        "-p",
        "mosaic-proto",
        "--features",
        "gen",
        "--bin",
        "generate",
    ];
    let mut command = process::cargo(generate);
    if check {
        command.args(["--", "--check"]);
    }
    process::must(command).await
}
