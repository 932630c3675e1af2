//! Single sign-on: with a certified provider that others wrote, and with one that lies.

mod accounts;
mod browser;
mod certified;
mod forged;
mod linking;
mod renewal;
mod roles;
mod stage;
