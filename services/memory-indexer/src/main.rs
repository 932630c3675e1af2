//! The program `mosaic-memory-indexer`.

use std::process::ExitCode;

fn main() -> ExitCode {
    mosaic_runtime::main::<mosaic_memory_indexer::MemoryIndexer>()
}
