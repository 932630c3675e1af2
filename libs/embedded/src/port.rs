//! Loopback ports: picked free once, remembered beside the data, picked again when taken.

use std::net::{Ipv4Addr, TcpListener};

use crate::{engine::EngineKind, error::Error};

/// Which port an engine listens on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PortChoice {
    /// The port of the last start in this folder; a free one at first and when that is taken.
    #[default]
    Remembered,
    /// Any free port.
    Free,
    /// This port or an error.
    Fixed(u16),
}

/// A port and, when another one was remembered but is taken, that one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Picked {
    pub(crate) port: u16,
    pub(crate) moved_from: Option<u16>,
}

pub(crate) fn pick(
    kind: EngineKind,
    choice: PortChoice,
    remembered: Option<u16>,
) -> Result<Picked, Error> {
    let wanted = match choice {
        PortChoice::Fixed(port) => Some(port),
        PortChoice::Remembered => remembered,
        PortChoice::Free => None,
    };
    if let Some(port) = wanted.filter(|port| is_free(*port)) {
        return Ok(Picked {
            port,
            moved_from: None,
        });
    }
    if let PortChoice::Fixed(port) = choice {
        return Err(Error::PortBusy { kind, port });
    }
    Ok(Picked {
        port: free_port()?,
        moved_from: wanted,
    })
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

fn free_port() -> Result<u16, Error> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|l| l.local_addr());
    Ok(bound
        .map_err(Error::io("bind a port on", "127.0.0.1"))?
        .port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_refused_when_fixed_and_replaced_when_remembered() {
        let holder = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let taken = holder.local_addr().unwrap().port();
        let kind = EngineKind::Valkey;

        let fixed = pick(kind, PortChoice::Fixed(taken), None).unwrap_err();
        assert!(matches!(fixed, Error::PortBusy { port, .. } if port == taken));

        let moved = pick(kind, PortChoice::Remembered, Some(taken)).unwrap();
        assert_eq!(moved.moved_from, Some(taken));
        assert_ne!(moved.port, taken);

        drop(holder);
        let kept = pick(kind, PortChoice::Remembered, Some(taken)).unwrap();
        assert_eq!(
            kept,
            Picked {
                port: taken,
                moved_from: None
            }
        );
    }
}
