use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, timeout};

use super::*;

/// Long enough that what should pass has passed on a busy machine.
const PATIENCE: Duration = Duration::from_secs(10);
/// Short enough to be waited out, long enough that what passes would have passed.
const MOMENT: Duration = Duration::from_millis(200);

/// Repeats what it is told.
async fn echo() -> io::Result<(SocketAddr, TaskTracker)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let tasks = TaskTracker::new();
    let spawner = tasks.clone();
    tasks.spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            spawner.spawn(async move {
                let (mut read, mut write) = stream.split();
                let _ = tokio::io::copy(&mut read, &mut write).await;
            });
        }
    });
    Ok((address, tasks))
}

async fn ask(stream: &mut TcpStream, word: &[u8; 4]) -> io::Result<()> {
    stream.write_all(word).await?;
    let mut answer = [0; 4];
    stream.read_exact(&mut answer).await?;
    assert_eq!(&answer, word);
    Ok(())
}

async fn client(seed: u64) -> io::Result<(ChaosProxy, TcpStream, TaskTracker)> {
    let (upstream, tasks) = echo().await?;
    let proxy = ChaosProxy::start(upstream, seed).await?;
    let stream = TcpStream::connect(proxy.address()).await?;
    Ok((proxy, stream, tasks))
}

#[tokio::test]
async fn in_fair_weather_everything_passes_both_ways() -> io::Result<()> {
    let (proxy, mut stream, _tasks) = client(1).await?;
    ask(&mut stream, b"ping").await?;
    assert_eq!((proxy.open(), proxy.accepted()), (1, 1));
    Ok(())
}

#[tokio::test]
async fn a_cut_resets_open_connections_and_new_ones_work() -> io::Result<()> {
    let (proxy, mut stream, _tasks) = client(1).await?;
    ask(&mut stream, b"ping").await?;
    assert_eq!(proxy.cut(100), 1);
    let ended = timeout(PATIENCE, stream.read(&mut [0; 4])).await?;
    assert!(!matches!(ended, Ok(1..)), "{ended:?}");
    let mut stream = TcpStream::connect(proxy.address()).await?;
    ask(&mut stream, b"pong").await
}

#[tokio::test]
async fn a_stall_holds_data_back_and_loses_none() -> io::Result<()> {
    let (proxy, mut stream, _tasks) = client(1).await?;
    ask(&mut stream, b"ping").await?;
    proxy.set(Weather::of(Trouble::Stall));
    let held = timeout(MOMENT, ask(&mut stream, b"pong")).await;
    assert!(held.is_err(), "nothing passes");
    proxy.set(Weather::FAIR);
    let mut answer = [0; 4];
    timeout(PATIENCE, stream.read_exact(&mut answer)).await??;
    assert_eq!(&answer, b"pong");
    Ok(())
}

#[tokio::test]
async fn a_half_open_connection_swallows_what_is_sent_until_it_is_reset() -> io::Result<()> {
    let (proxy, mut stream, _tasks) = client(1).await?;
    ask(&mut stream, b"ping").await?;
    proxy.set(Weather::of(Trouble::HalfOpen));
    let silent = timeout(MOMENT, ask(&mut stream, b"pong")).await;
    assert!(silent.is_err(), "neither an answer nor an end");
    proxy.set(Weather::FAIR);
    let ended = timeout(PATIENCE, stream.read(&mut [0; 4])).await?;
    assert!(!matches!(ended, Ok(1..)), "{ended:?}");
    Ok(())
}

#[tokio::test]
async fn delays_and_throttles_slow_data_down() -> io::Result<()> {
    let (proxy, mut stream, _tasks) = client(1).await?;
    for trouble in [
        Trouble::Delay(Duration::from_millis(50)),
        Trouble::Throttle(80),
    ] {
        proxy.set(Weather::of(trouble));
        let asked = Instant::now();
        ask(&mut stream, b"ping").await?;
        assert!(asked.elapsed() >= Duration::from_millis(90), "{trouble:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_refusing_proxy_takes_no_new_connection() -> io::Result<()> {
    let (proxy, mut stream, _tasks) = client(1).await?;
    ask(&mut stream, b"ping").await?;
    proxy.set(Weather::of(Trouble::Refuse));
    let mut refused = TcpStream::connect(proxy.address()).await?;
    let asked = timeout(PATIENCE, ask(&mut refused, b"pong")).await?;
    assert!(asked.is_err());
    ask(&mut stream, b"pong").await
}

#[tokio::test]
async fn a_seed_repeats_which_connections_are_touched() -> io::Result<()> {
    let upstream = SocketAddr::from((Ipv4Addr::LOCALHOST, 9));
    let touched = async |seed| -> io::Result<Vec<bool>> {
        let proxy = ChaosProxy::start(upstream, seed).await?;
        let draws = |number| proxy.shared.draws(number, 1, 50);
        Ok((0..64).map(draws).collect())
    };
    let first = touched(5).await?;
    assert_eq!(first, touched(5).await?);
    assert_ne!(first, touched(6).await?);
    let hit = first.iter().filter(|hit| **hit).count();
    assert!((16..48).contains(&hit), "about half: {hit}");
    Ok(())
}
