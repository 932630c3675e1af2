//! Builds the gateway again when the web page that it carries was built again. Debug builds read the page from the disk.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var_os("PROFILE").is_some_and(|profile| profile == "release") {
        println!("cargo:rerun-if-changed=../../clients/web/dist");
    }
}
