//! The program `mosaic-channel-bridge`.

use std::process::ExitCode;

fn main() -> ExitCode {
    mosaic_runtime::main::<mosaic_channel_bridge::ChannelBridge>()
}
