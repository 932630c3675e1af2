//! Prints who gets what; `cargo xtask gen isolation` keeps it as `docs/security/isolation.md`.

#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use mosaic_isolation::{Matrix, document, page};

fn main() -> anyhow::Result<()> {
    let matrix = Matrix::of(&document()?)?;
    print!("{}", page(&matrix));
    Ok(())
}
