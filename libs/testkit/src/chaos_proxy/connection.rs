//! One connection through the proxy.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio_util::sync::CancellationToken;

use super::line::Line;
use super::{Shared, Trouble};

/// Read at once at the most, so that a throttled line is slow evenly.
const PIECE: usize = 16 << 10;

/// How carrying ended.
enum End {
    /// Both ends have said all they had.
    Done,
    /// The connection is to be reset.
    Broken,
    /// The far end is to vanish.
    Lost,
}

/// Carries data both ways until either end closes, or the connection is broken.
pub(super) async fn carry(
    shared: &Shared,
    number: u64,
    mut near: TcpStream,
    broken: CancellationToken,
) {
    let mut line = Line::new(shared, number);
    if line.trouble() == Some(Trouble::Refuse) {
        reset(&near);
        return;
    }
    let Ok(mut far) = TcpStream::connect(shared.upstream).await else {
        reset(&near);
        return;
    };
    let _ = (near.set_nodelay(true), far.set_nodelay(true));
    let end = tokio::select! {
        () = both_ways(&mut near, &mut far, shared, number) => End::Done,
        () = broken.cancelled() => End::Broken,
        () = line.until(|trouble| trouble == Some(Trouble::HalfOpen)) => End::Lost,
    };
    match end {
        End::Done => {}
        End::Broken => {
            reset(&near);
            reset(&far);
        }
        End::Lost => {
            drop(far);
            tokio::select! {
                () = swallow(&mut near) => {}
                () = broken.cancelled() => {}
                () = line.until(|trouble| trouble != Some(Trouble::HalfOpen)) => {}
            }
            reset(&near);
        }
    }
}

async fn both_ways(near: &mut TcpStream, far: &mut TcpStream, shared: &Shared, number: u64) {
    let (near_read, near_write) = near.split();
    let (far_read, far_write) = far.split();
    tokio::join!(
        one_way(near_read, far_write, Line::new(shared, number)),
        one_way(far_read, near_write, Line::new(shared, number)),
    );
}

/// Carries data one way until there are no more, and passes the end on.
async fn one_way(mut from: ReadHalf<'_>, mut to: WriteHalf<'_>, mut line: Line<'_>) {
    let mut piece = vec![0; PIECE];
    while let Ok(read @ 1..) = from.read(&mut piece).await {
        line.pass(read).await;
        if to.write_all(&piece[..read]).await.is_err() {
            break;
        }
    }
    // The other end may be gone already.
    let _ = to.shutdown().await;
}

/// Reads and forgets until the near end gives up.
async fn swallow(near: &mut TcpStream) {
    let mut piece = vec![0; PIECE];
    while let Ok(1..) = near.read(&mut piece).await {}
}

/// Has the connection end with a reset instead of a farewell.
fn reset(stream: &TcpStream) {
    let _ = stream.set_zero_linger();
}
