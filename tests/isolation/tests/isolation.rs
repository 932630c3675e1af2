//! Who gets what, asked on a running installation: all services, a model and a Bot API that follow a script, people of every
//! kind and something of every kind that belongs to one of them.

#[path = "isolation/answer.rs"]
mod answer;
#[path = "isolation/fresh.rs"]
mod fresh;
#[path = "isolation/internal.rs"]
mod internal;
#[path = "isolation/markers.rs"]
mod markers;
#[path = "isolation/operations.rs"]
mod operations;
#[path = "isolation/people.rs"]
mod people;
#[path = "isolation/planted.rs"]
mod planted;
#[path = "isolation/search.rs"]
mod search;
#[path = "isolation/socket.rs"]
mod socket;
#[path = "isolation/stage.rs"]
mod stage;
#[path = "isolation/streams.rs"]
mod streams;
#[path = "isolation/telegram.rs"]
mod telegram;
#[path = "isolation/times.rs"]
mod times;
