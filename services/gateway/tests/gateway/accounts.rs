//! The own account: signing in with a password, sessions, tokens, and the first of all accounts.

mod account;
mod limits;
mod me;
mod password;
mod password_link;
mod register;
mod sessions;
mod setup;
mod switch;
mod tokens;
