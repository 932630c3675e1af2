//! Open files: a socket is one, in the gateway and here. The gateway inherits the limit of this program.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Files besides the sockets.
const OTHERS: u64 = 300;

/// Raises the limit as far as it may be raised, and says so if that is not enough.
pub(super) fn raise(sockets: u64) -> anyhow::Result<()> {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    anyhow::ensure!(
        most >= sockets + OTHERS,
        "{sockets} sockets need as many open files, and no more than {most} are allowed: raise the hard limit (ulimit -Hn), or ask for fewer --clients"
    );
    Ok(setrlimit(Resource::RLIMIT_NOFILE, most, most)?)
}
