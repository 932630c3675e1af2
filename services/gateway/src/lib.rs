//! The only public edge: REST, WebSocket, SSE.
//!
//! A message comes in through `send`, is stored in one transaction, acknowledged and handed to the bus; whoever watches its
//! conversation sees it answered through `libs/watch`. The gateway keeps nothing: any number of them serve the same people, and a
//! stream that broke at one goes on at another.

mod app;
mod chat;
mod choices;
mod command;
mod control;
mod cookie;
mod error;
mod extract;
mod guesses;
mod http;
mod listen;
mod lookup;
mod metrics;
mod oidc;
mod openapi;
mod page;
mod password_line;
mod people;
mod places;
mod providers;
mod queues;
mod rates;
mod routes;
mod send;
mod shown;
mod sign_in;
mod sign_in_limit;
mod state;
mod stream;
mod stream_limit;
mod turns;
mod watchdog;
mod watching;
mod webhook_places;
mod wire;

pub use app::App;

/// The document that describes the public API, as JSON for people to read.
#[must_use]
pub fn openapi() -> String {
    let (_, _, document) = routes::split();
    document.to_pretty_json().unwrap_or_default()
}
