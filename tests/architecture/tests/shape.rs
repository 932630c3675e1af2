//! The shape of the workspace, held by tests.

#[cfg(test)]
mod shape {
    mod contracts;
    mod crates;
    mod documents;
    mod manifests;
    mod purposes;
    mod rings;
    mod secrets;
    mod sources;
}
