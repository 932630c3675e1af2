//! The Lua scripts: every step that must not be seen half done. Valkey runs a script alone and whole, so a crash
//! falls before or after it. They are files under `scripts/`, sent once per server and called by hash. What several need stands in
//! `common.lua` and, for queues, in `queue.lua`.

use std::sync::LazyLock;

use redis::{Script, ScriptInvocation};

use crate::keys::QueueKeys;

macro_rules! scripts {
    ($($(#[$doc:meta])* $name:ident = [$($file:literal),+];)*) => {
        $(
            $(#[$doc])*
            pub(crate) static $name: LazyLock<Script> =
                LazyLock::new(|| Script::new(concat!(
                    $(include_str!(concat!("scripts/", $file, ".lua"))),+
                )));
        )*
    };
}

scripts! {
    /// Appends to a run's log if it ends where the writer thinks.
    APPEND = ["append"];
    /// Appends the first event of a new claim, whatever the log holds.
    TAKE_OVER = ["take_over"];
    /// Takes entries of several streams in a given order.
    TAKE = ["take"];
    /// Takes over the entries of a consumer that fell silent.
    CLAIM = ["common", "queue", "claim"];
    /// Keeps entries away from claimers while they are worked on.
    HOLD = ["common", "hold"];
    /// Puts entries back as if they had never been taken.
    RELEASE = ["common", "release"];
    /// Moves an entry to the delayed jobs, or to the dead letters after too many attempts.
    RETRY = ["common", "queue", "retry"];
    /// Moves an entry to the dead letters.
    BURY = ["common", "queue", "bury"];
    /// Acknowledges jobs that have an ordering key, and lets the next ones in.
    ACK = ["common", "queue", "ack"];
    /// Puts jobs on a queue that are more than entries of a lane.
    PUSH = ["common", "queue", "push"];
    /// Moves due jobs to their lanes.
    PROMOTE = ["common", "queue", "promote"];
    /// Makes the consumer group of a queue.
    GROUPS = ["common", "queue", "groups"];
    /// Keeps consumers from taking anything.
    PAUSE = ["common", "queue", "pause"];
    /// Ends a pause.
    RESUME = ["common", "queue", "resume"];
    /// Moves what waits to the dead letters, or away.
    DRAIN = ["common", "queue", "drain"];
    /// Says whether a queue is being filled from the record.
    FILL = ["common", "queue", "fill"];
    /// Forgets jobs in front of ordering keys that are nowhere any more.
    HEADS = ["common", "queue", "heads"];
    /// Puts dead letters back on their queue.
    REDRIVE = ["common", "queue", "redrive"];
    /// Removes a dead letter for good.
    DISCARD = ["discard"];
    /// Shows what lies in one place of a queue.
    PEEK = ["common", "queue", "peek"];
    /// The ids of jobs that a queue must not be given again.
    KNOWN = ["common", "queue", "known"];
    /// Whether a job waits for its time or behind another.
    WAITS = ["common", "queue", "waits"];
    /// Removes consumers that hold nothing and are gone.
    LEAVE = ["common", "leave"];
    /// Numbers of a queue.
    STATS = ["common", "queue", "stats"];
    /// Names the present life of Valkey.
    INCARNATE = ["incarnate"];
    /// Takes from allowances, or counts what was taken from them.
    RATE = ["rate"];
}

/// Begins a call that concerns a stream and its dead letters, and, if it is one of a queue, all the keys of that.
pub(crate) fn call<'a>(
    script: &'a Script,
    stream: &str,
    dead: &str,
    queue: Option<&QueueKeys>,
) -> ScriptInvocation<'a> {
    let mut call = script.key(stream);
    call.key(dead);
    for key in queue.iter().flat_map(|keys| keys.0.iter()) {
        call.key(key);
    }
    call
}
