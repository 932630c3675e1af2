//! Benchmark programs; run them with cargo xtask bench.
