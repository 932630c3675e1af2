//! The program as people and scripts meet it.

#[cfg(test)]
mod cli {
    mod chat;
    mod completions;
    mod configuration;
    mod events;
    mod gateway;
    mod help;
    mod queue;
    mod reach;
    mod setup;
    mod surfaces;
}
