//! The program as people and scripts meet it.

#[cfg(test)]
mod cli {
    mod chat;
    mod completions;
    mod configuration;
    mod events;
    mod gateway;
    mod help;
    #[cfg(feature = "local")]
    mod identity;
    #[cfg(feature = "local")]
    mod installation;
    mod login;
    mod queue;
    mod reach;
    mod setup;
    mod stand_in;
    mod surfaces;
}
