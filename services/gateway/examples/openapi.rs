//! Prints the document that describes the API; `cargo xtask gen api` keeps it for the web page's client.

#![expect(clippy::print_stdout, reason = "printing is what it is for")]

fn main() {
    println!("{}", mosaic_gateway::openapi());
}
