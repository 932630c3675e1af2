use std::net::TcpListener;
use std::time::{Duration, Instant};

use mosaic_config::ExposeSecret as _;
use mosaic_testkit::TestDatabase;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::program::{Said, command};

fn said(url: &str, arguments: &[&str]) -> Said {
    command(url, arguments).output().unwrap().into()
}

/// A port that refuses connections.
fn closed_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

#[test]
fn a_postgres_that_does_not_run_is_named_without_its_password() {
    let url = format!("postgres://joe:s3cret@127.0.0.1:{}/mosaic", closed_port());
    let mut status = command(&url, &["status"]);
    let status: Said = status
        .env("MOSAIC_POSTGRES__CONNECT_TIMEOUT_MS", "300")
        .output()
        .unwrap()
        .into();
    assert_eq!(status.code, 69, "{status:?}");
    assert!(
        status.talk.contains("check that it runs") && status.talk.contains("MOSAIC_POSTGRES__URL"),
        "{status:?}"
    );
    assert!(!status.talk.contains("s3cret"), "{status:?}");
}

#[test]
fn up_waits_as_long_as_it_was_told_and_says_for_what() {
    let url = format!("postgres://joe:s3cret@127.0.0.1:{}/mosaic", closed_port());
    let began = Instant::now();
    let up = said(&url, &["up", "--wait-seconds", "1"]);
    assert_eq!(up.code, 69, "{up:?}");
    assert!(began.elapsed() >= Duration::from_secs(1));
    assert!(up.talk.contains("did not answer within"), "{up:?}");
}

#[tokio::test]
async fn up_goes_on_as_soon_as_postgres_answers() {
    let database = TestDatabase::create().await.unwrap();
    let mut address = url::Url::parse(database.url().expose_secret()).unwrap();
    let upstream = (
        address.host_str().unwrap().to_owned(),
        address.port().unwrap(),
    );
    let port = closed_port();
    address.set_port(Some(port)).unwrap();
    let child = {
        let mut up = command(address.as_str(), &["up", "--wait-seconds", "30"]);
        up.stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped());
        up.spawn().unwrap()
    };
    tokio::time::sleep(Duration::from_millis(2500)).await;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port))
        .await
        .unwrap();
    let forward = async {
        let mut connections = JoinSet::new();
        loop {
            let (mut inward, _) = listener.accept().await.unwrap();
            let mut outward = TcpStream::connect(&upstream).await.unwrap();
            connections.spawn(async move {
                // The client may cut the connection; that ends this one only.
                drop(tokio::io::copy_bidirectional(&mut inward, &mut outward).await);
            });
        }
    };
    let ended = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap());
    let up: Said = tokio::select! {
        () = forward => panic!("the forwarder goes on until it is dropped"),
        ended = ended => ended.unwrap().into(),
    };
    assert_eq!(up.code, 0, "{up:?}");
    assert!(up.talk.contains("does not answer yet"), "{up:?}");
    assert!(up.out.contains("applied"), "{up:?}");
}

#[tokio::test]
async fn a_wrong_password_and_a_missing_database_are_told_apart_at_once() {
    let database = TestDatabase::create().await.unwrap();
    let mut address = url::Url::parse(database.url().expose_secret()).unwrap();
    address.set_path("/no_such_database");
    let missing = said(address.as_str(), &["up"]);
    assert_eq!(missing.code, 69, "{missing:?}");
    assert!(missing.talk.contains("create it"), "{missing:?}");

    let mut address = url::Url::parse(database.url().expose_secret()).unwrap();
    address.set_password(Some("wr0ng-passw0rd")).unwrap();
    let refused = said(address.as_str(), &["up"]);
    assert_eq!(refused.code, 69, "{refused:?}");
    assert!(refused.talk.contains("refuses the login"), "{refused:?}");
    assert!(!refused.talk.contains("wr0ng-passw0rd"), "{refused:?}");
}

#[test]
fn every_fault_of_the_configuration_is_told_with_exit_code_78() {
    let mut up = command("nonsense", &["up"]);
    let said: Said = up
        .env("MOSAIC_GATEWAY__LISEN", "1")
        .output()
        .unwrap()
        .into();
    assert_eq!(said.code, 78, "{said:?}");
    assert!(said.talk.contains("postgres.url"), "{said:?}");
    assert!(said.talk.contains("MOSAIC_GATEWAY__LISEN"), "{said:?}");
}
