//! Opening ports.

use std::io::ErrorKind;
use std::net::SocketAddr;

use tokio::net::TcpListener;

use crate::StartError;

/// Listens on `address`; `setting` names the key that chose it. Port 0 picks a free one.
pub async fn bind(setting: &str, address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|error| {
        let remedy = match error.kind() {
            ErrorKind::AddrInUse => {
                format!("Stop the other process or set {setting} to a free port (0 picks one).")
            }
            ErrorKind::PermissionDenied => {
                format!("Set {setting} to a port above 1023 or give the process the right to use this one.")
            }
            _ => format!("Set {setting} to an address of this machine."),
        };
        StartError::new(format!("cannot listen on {address}"), error, remedy)
    })
}
