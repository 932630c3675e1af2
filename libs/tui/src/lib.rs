//! The terminal interface: plain state, how events change it, and how it looks.
//!
//! [`App`] is the state. [`App::update`] takes in an [`Event`] and says what is to be done ([`Command`]);
//! [`App::view`] draws. Nothing here waits, reads a clock or speaks to a gateway: whoever runs the interface does, and
//! tells of it in events. So every screen can be made, and looked at, in a test.
//!
//! Whatever is drawn went through [`printable`] or [`flat`]: no text of a model, a tool or a person steers the terminal.

mod app;
mod composer;
mod event;
#[cfg(test)]
mod fixture;
mod fuzzy;
pub mod markdown;
mod operate;
mod text;
mod theme;
mod timeline;
mod view;
mod wrap;

pub use app::{App, Setup};
pub use event::{BeginWith, Change, Command, Event, Watched};
pub use operate::{Order, Shown, Wanted};
pub use text::{ago, duration, fit, flat, printable, tokens, width};
pub use theme::{Palette, Theme};
pub use wrap::{Flow, wrap_text};
