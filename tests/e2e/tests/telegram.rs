//! Telegram, from a message there to an answer there, with every service as a process of its own.

#![cfg(test)]

#[path = "telegram/answers.rs"]
mod answers;
#[path = "telegram/commands.rs"]
mod commands;
#[path = "telegram/crashes.rs"]
mod crashes;
#[path = "telegram/emulator.rs"]
mod emulator;
#[path = "telegram/faults.rs"]
mod faults;
#[path = "telegram/people.rs"]
mod people;
#[path = "telegram/poison.rs"]
mod poison;
#[path = "telegram/silence.rs"]
mod silence;
#[path = "telegram/stage.rs"]
mod stage;
#[path = "telegram/webhook.rs"]
mod webhook;
