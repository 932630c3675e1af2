use std::{fs, net::TcpListener, time::Duration};

use mosaic_embedded::{Error, PortChoice, Postgres, ProcessState};
use tokio::time::timeout;

use super::setup::{engines, folder, postgres_options, sql, start_postgres};

#[tokio::test]
async fn data_port_and_password_survive_a_restart() {
    let home = folder();
    let mut first = start_postgres(home.path()).await;
    assert_eq!(sql(&first, "SHOW fsync"), "off");
    assert_eq!(sql(&first, "SHOW server_encoding"), "UTF8");
    sql(
        &first,
        "CREATE EXTENSION vector; CREATE TABLE kept AS SELECT '[1,2,3]'::vector AS v",
    );
    let port = first.port();
    first.stop().await;
    drop(first);

    let mut second = start_postgres(home.path()).await;
    assert_eq!((second.port(), second.moved_from()), (port, None));
    assert_eq!(sql(&second, "SELECT v <-> '[1,2,5]' FROM kept"), "2");
    second.stop().await;
}

#[tokio::test]
async fn a_kill_is_told_and_committed_data_are_there_after_a_restart_with_open_sessions() {
    let home = folder();
    let mut postgres = start_postgres(home.path()).await;
    sql(
        &postgres,
        "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)",
    );
    let mut states = postgres.states();
    let psql = postgres.engine().tool("psql").unwrap();
    let mut session = std::process::Command::new(psql)
        .args(["-X", "-q", "-c", "SELECT pg_sleep(60)"])
        .arg(secrecy::ExposeSecret::expose_secret(postgres.url()))
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    while sql(
        &postgres,
        "SELECT count(*) FROM pg_stat_activity WHERE query ~ '^SELECT pg_s'",
    ) == "0"
    {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    postgres.kill().await;
    let died = states.wait_for(|state| matches!(state, ProcessState::Died { .. }));
    timeout(Duration::from_secs(5), died)
        .await
        .unwrap()
        .unwrap();
    postgres.restart().await.unwrap();
    assert_eq!(*states.borrow_and_update(), ProcessState::Running);
    assert_eq!(sql(&postgres, "SELECT n FROM kept"), "7");
    postgres.stop().await;
    assert_eq!(*states.borrow(), ProcessState::Stopped);
    session.wait().unwrap();
}

#[tokio::test]
async fn a_pid_file_whose_id_belongs_to_another_process_does_not_hinder_a_start() {
    let home = folder();
    let mut postgres = start_postgres(home.path()).await;
    postgres.kill().await;
    drop(postgres);
    let pid_file = home.path().join("postgres/pgdata/postmaster.pid");
    let text = fs::read_to_string(&pid_file).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines[0] = std::process::id().to_string();
    fs::write(&pid_file, lines.join("\n")).unwrap();

    start_postgres(home.path()).await.stop().await;
}

#[tokio::test]
async fn a_taken_port_a_second_instance_and_foreign_data_are_clear_errors() {
    let home = folder();
    let engine = engines().await.postgres;
    let holder = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let taken = holder.local_addr().unwrap().port();
    let mut options = postgres_options(engine.clone(), home.path());
    options.port = PortChoice::Fixed(taken);
    let error = Postgres::start(options.clone()).await.unwrap_err();
    assert!(
        matches!(error, Error::PortBusy { port, .. } if port == taken),
        "{error}"
    );

    options.port = PortChoice::Remembered;
    let mut postgres = Postgres::start(options.clone()).await.unwrap();
    let error = Postgres::start(options.clone()).await.unwrap_err();
    assert!(matches!(error, Error::Locked { .. }), "{error}");
    let url = secrecy::ExposeSecret::expose_secret(postgres.url()).to_owned();
    let password = url.split([':', '@']).nth(2).unwrap();
    assert!(
        !format!("{postgres:?}").contains(password),
        "debug output has the password"
    );
    postgres.stop().await;
    drop(postgres);

    fs::write(home.path().join("postgres/pgdata/PG_VERSION"), "12\n").unwrap();
    let error = Postgres::start(options).await.unwrap_err();
    assert!(
        matches!(&error, Error::DataVersion { found, .. } if found == "12"),
        "{error}"
    );
}

#[tokio::test]
async fn a_start_that_fails_shows_the_end_of_the_log() {
    let home = folder();
    start_postgres(home.path()).await.stop().await;
    fs::remove_file(home.path().join("postgres/pgdata/global/pg_control")).unwrap();
    let options = postgres_options(engines().await.postgres, home.path());
    let error = Postgres::start(options).await.unwrap_err();
    assert!(error.to_string().contains("pg_control"), "{error}");
}

#[tokio::test]
async fn a_folder_too_deep_for_a_unix_socket_still_works() {
    let home = folder();
    let deep = home.path().join("d".repeat(100));
    let mut postgres = start_postgres(&deep).await;
    assert_eq!(postgres.socket_dir(), None);
    assert_eq!(sql(&postgres, "SELECT 1"), "1");
    postgres.stop().await;
}
