use std::{
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use mosaic_embedded::{
    DiscoverOptions, Engine, Engines, Persistence, Postgres, PostgresOptions, Valkey, ValkeyOptions,
};
use secrecy::ExposeSecret as _;

/// The engines folder of this test run, or one of our own.
pub(crate) fn store() -> PathBuf {
    let given = std::env::var_os("MOSAIC_TEST_ENGINES");
    given.map_or_else(
        || Path::new(env!("CARGO_TARGET_TMPDIR")).join("engines"),
        PathBuf::from,
    )
}

pub(crate) fn search_path() -> Vec<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect()
}

pub(crate) async fn engines() -> Engines {
    let options = DiscoverOptions {
        configured: None,
        store: store(),
        search_path: search_path(),
    };
    Engines::ensure(&options).await.unwrap()
}

/// A folder that an unprivileged user can pass through.
pub(crate) fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

pub(crate) fn postgres_options(engine: Engine, folder: &Path) -> PostgresOptions {
    PostgresOptions {
        durable: false,
        ..PostgresOptions::new(engine, folder.join("postgres"))
    }
}

pub(crate) async fn start_postgres(folder: &Path) -> Postgres {
    Postgres::start(postgres_options(engines().await.postgres, folder))
        .await
        .unwrap()
}

pub(crate) async fn start_valkey(folder: &Path, persistence: Persistence) -> Valkey {
    let options = ValkeyOptions::new(engines().await.valkey, folder.join("valkey"));
    Valkey::start(ValkeyOptions {
        persistence,
        ..options
    })
    .await
    .unwrap()
}

/// What a statement prints; through psql, so that the tests need no client of their own.
pub(crate) fn sql(postgres: &Postgres, statement: &str) -> String {
    let psql = postgres
        .engine()
        .tool("psql")
        .expect("this engine comes with psql");
    let out = Command::new(psql)
        .args([
            "-X",
            "-q",
            "-A",
            "-t",
            "-v",
            "ON_ERROR_STOP=1",
            "-c",
            statement,
        ])
        .arg(postgres.url().expose_secret())
        .output()
        .unwrap();
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    String::from_utf8(out.stdout).unwrap().trim().to_owned()
}

/// The answer to one inline command.
pub(crate) fn valkey(valkey: &Valkey, command: &str) -> String {
    use std::io::{BufRead as _, BufReader, Write as _};
    let url = valkey.url().expose_secret();
    let password = url
        .trim_start_matches("redis://:")
        .split('@')
        .next()
        .unwrap();
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", valkey.port())).unwrap();
    write!(stream, "AUTH {password}\r\n{command}\r\n").unwrap();
    let mut lines = BufReader::new(stream).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "+OK");
    lines.next().unwrap().unwrap()
}
