use mosaic_embedded::Persistence;

use super::setup::{folder, start_valkey, valkey};

#[tokio::test]
async fn append_only_data_survive_a_stop_and_a_new_start() {
    let home = folder();
    let mut first = start_valkey(home.path(), Persistence::AppendOnly).await;
    assert_eq!(valkey(&first, "SET kept 7"), "+OK");
    let port = first.port();
    first.stop().await;
    drop(first);

    let mut second = start_valkey(home.path(), Persistence::AppendOnly).await;
    assert_eq!(second.port(), port);
    assert_eq!(valkey(&second, "INCR kept"), ":8");
    second.stop().await;
}

#[tokio::test]
async fn a_wiped_valkey_is_empty_on_the_same_port_with_the_same_password() {
    let home = folder();
    let mut server = start_valkey(home.path(), Persistence::AppendOnly).await;
    let port = server.port();
    assert_eq!(valkey(&server, "SET gone 1"), "+OK");
    server.wipe().await.unwrap();
    assert_eq!(server.port(), port);
    assert_eq!(valkey(&server, "EXISTS gone"), ":0");

    assert_eq!(valkey(&server, "SET gone 1"), "+OK");
    server.restart().await.unwrap();
    assert_eq!(valkey(&server, "EXISTS gone"), ":1");
    server.kill().await;
    assert_eq!(server.pid(), None);
}

#[tokio::test]
async fn it_starts_where_the_path_of_its_socket_is_too_long_for_an_address() {
    let home = folder();
    let deep = home.path().join("d".repeat(120));
    let mut server = start_valkey(&deep, Persistence::None).await;
    assert_eq!(valkey(&server, "PING"), "+PONG");
    server.stop().await;
}
