//! The service on real Postgres and Valkey.

#![cfg(test)]

mod service {
    mod life;
    mod remembering;
    mod stage;
}
