//! Streams over real HTTP: what a client sees when the gateway goes away and comes back.

#[cfg(test)]
mod streams {
    mod reconnect;
}
