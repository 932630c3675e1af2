//! The life of real engines: fetched once, started, restarted, killed, left behind.

mod life {
    mod parent;
    mod postgres;
    mod setup;
    mod store;
    mod valkey;
}
