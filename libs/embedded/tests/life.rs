//! The life of real engines: fetched once, started, restarted, killed, left behind.

#[cfg(test)]
mod life {
    mod model;
    mod parent;
    mod postgres;
    mod setup;
    mod store;
    mod valkey;
}
