//! `mosaic-migrate` as an operator runs it: the program itself, on real Postgres, a database per test.

#[cfg(test)]
mod migrating {
    mod admin;
    mod extension;
    mod program;
    mod reach;
    mod reseal;
    mod roles;
    mod schema;
}
