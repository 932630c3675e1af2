//! Built-in tools of agents and their schemas.
