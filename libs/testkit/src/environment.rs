//! What the test run tells the tests: where the engines are.

use anyhow::Context as _;

/// A variable that `cargo xtask test` sets.
pub(crate) fn required(name: &str) -> anyhow::Result<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the product's environment is read by libs/config; these variables belong to the test run"
    )]
    let found = std::env::var(name);
    found.with_context(|| {
        format!("{name} is not set; run the tests with `cargo xtask test`, which starts the engines and sets it")
    })
}
