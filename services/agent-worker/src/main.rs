//! The agent-worker service.

fn main() -> std::process::ExitCode {
    mosaic_runtime::main::<mosaic_agent_worker::App>()
}
