//! Where everything listens: picked free once, remembered, used again.
//!
//! A setting that somebody changed is an order. The defaults are wishes: they are used when they are free.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};

use mosaic_config::Config;

use crate::data_folder::{DataFolder, Remembered};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, Tone};

const GATEWAY: &str = "gateway.listen";

/// Every address that a service listens on, with its setting.
pub(crate) fn listeners(config: &mut Config) -> [(&'static str, &mut SocketAddr); 11] {
    [
        (GATEWAY, &mut config.gateway.listen),
        ("gateway.grpc_listen", &mut config.gateway.grpc_listen),
        ("gateway.admin_listen", &mut config.gateway.admin_listen),
        (
            "agent_worker.grpc_listen",
            &mut config.agent_worker.grpc_listen,
        ),
        (
            "agent_worker.admin_listen",
            &mut config.agent_worker.admin_listen,
        ),
        (
            "memory_indexer.grpc_listen",
            &mut config.memory_indexer.grpc_listen,
        ),
        (
            "memory_indexer.admin_listen",
            &mut config.memory_indexer.admin_listen,
        ),
        ("summarizer.grpc_listen", &mut config.summarizer.grpc_listen),
        (
            "summarizer.admin_listen",
            &mut config.summarizer.admin_listen,
        ),
        (
            "channel_bridge.grpc_listen",
            &mut config.channel_bridge.grpc_listen,
        ),
        (
            "channel_bridge.admin_listen",
            &mut config.channel_bridge.admin_listen,
        ),
    ]
}

/// Settles every address in `config` and remembers it.
pub(super) fn choose(
    config: &mut Config,
    folder: &DataFolder,
    output: Output,
) -> Result<(), Failure> {
    let mut usual = Config::defaults()?;
    let before = folder
        .remembered()
        .map(|found| found.ports)
        .unwrap_or_default();
    let mut ports = BTreeMap::new();
    // Held until all are picked, so that none is picked twice.
    let mut held = Vec::new();
    for ((setting, address), (_, usual)) in listeners(config).into_iter().zip(listeners(&mut usual))
    {
        let listener = if address == usual {
            pick(
                address.ip(),
                [before.get(setting).copied(), Some(usual.port()), Some(0)],
            )
        } else {
            TcpListener::bind(*address)
        };
        let listener = listener.map_err(|error| busy(setting, *address, &error))?;
        *address = listener
            .local_addr()
            .map_err(|error| busy(setting, *address, &error))?;
        if before
            .get(setting)
            .is_some_and(|port| *port != address.port())
        {
            let said = format!(
                "{setting}: the port of the last start is taken, using {}",
                address.port()
            );
            output.say(&output.paint(Tone::Dim, &said));
        }
        ports.insert(setting.to_owned(), address.port());
        held.push(listener);
    }
    let gateway = reachable(config.gateway.listen);
    let remembered = Remembered { gateway, ports };
    folder
        .remember(&remembered)
        .map_err(|error| Failure::io("write", &folder.join("ports.json"), &error))
}

/// The first of these ports that is free.
fn pick(ip: IpAddr, wishes: [Option<u16>; 3]) -> std::io::Result<TcpListener> {
    let mut tried = TcpListener::bind((ip, 0));
    for port in wishes.into_iter().flatten() {
        tried = TcpListener::bind((ip, port));
        if tried.is_ok() {
            break;
        }
    }
    tried
}

/// The address by which this machine reaches a listener.
fn reachable(listen: SocketAddr) -> SocketAddr {
    match listen.ip() {
        ip if ip.is_unspecified() => SocketAddr::from((Ipv4Addr::LOCALHOST, listen.port())),
        _ => listen,
    }
}

fn busy(setting: &str, address: SocketAddr, error: &std::io::Error) -> Failure {
    Failure::new(
        Exit::Unavailable,
        format!("cannot listen on {address}, as {setting} says: {error}"),
    )
    .with_remedy(format!("stop the program that does, or change {setting}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quiet() -> Output {
        Output::new(false, true, 0)
    }

    #[test]
    fn ports_are_remembered_and_a_taken_one_is_replaced() {
        let temp = tempfile::tempdir().unwrap();
        let folder = DataFolder::new(temp.path());
        let mut first = Config::defaults().unwrap();
        choose(&mut first, &folder, quiet()).unwrap();
        let mut second = Config::defaults().unwrap();
        choose(&mut second, &folder, quiet()).unwrap();
        assert_eq!(first.gateway.listen, second.gateway.listen);

        let _taken = TcpListener::bind(first.gateway.listen).unwrap();
        let mut third = Config::defaults().unwrap();
        choose(&mut third, &folder, quiet()).unwrap();
        assert_ne!(third.gateway.listen, first.gateway.listen);
        assert_eq!(third.summarizer.grpc_listen, first.summarizer.grpc_listen);
        assert_eq!(folder.remembered().unwrap().gateway, third.gateway.listen);
    }

    #[test]
    fn a_port_that_was_ordered_is_not_replaced() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let temp = tempfile::tempdir().unwrap();
        let mut config = Config::defaults().unwrap();
        config.gateway.listen = taken.local_addr().unwrap();
        let failure = choose(&mut config, &DataFolder::new(temp.path()), quiet()).unwrap_err();
        assert!(failure.remedy.unwrap().contains("gateway.listen"));
    }
}
