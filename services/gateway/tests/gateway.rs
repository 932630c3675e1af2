//! The gateway over real HTTP on real Postgres and Valkey; the tests play the worker.

#[cfg(test)]
mod gateway {
    mod accounts;
    mod audit;
    mod bad_input;
    mod break_glass;
    mod channels;
    mod choices;
    mod command;
    mod connections;
    mod control;
    mod conversations;
    mod denied;
    mod event_log;
    mod events;
    mod every_route;
    mod identity;
    mod isolation;
    mod login_requests;
    mod lost_bus;
    mod memory;
    mod messages;
    mod oidc;
    mod operation;
    mod page;
    mod people;
    mod queues;
    mod rates;
    mod resume;
    mod session;
    mod session_ends;
    mod shutdown;
    mod silence;
    mod socket;
    mod sse;
    mod stage;
    mod stop;
    mod summaries;
    mod watchdog;
    mod watching;
    mod websocket;
    mod worker;
}
