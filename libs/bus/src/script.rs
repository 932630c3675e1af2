//! The Lua scripts: every step that must not be seen half done. Valkey runs a script alone and whole, so a crash
//! falls before or after it. They are files under `scripts/`, sent once per server and called by hash; `common.lua` comes before each.

use std::sync::LazyLock;

use redis::Script;

macro_rules! scripts {
    ($($(#[$doc:meta])* $name:ident = $file:literal;)*) => {
        $(
            $(#[$doc])*
            pub(crate) static $name: LazyLock<Script> =
                LazyLock::new(|| Script::new(concat!(
                    include_str!("scripts/common.lua"),
                    include_str!(concat!("scripts/", $file, ".lua")),
                )));
        )*
    };
}

scripts! {
    /// Appends to a run's log if it ends where the writer thinks.
    APPEND = "append";
    /// Appends the first event of a new claim, whatever the log holds.
    TAKE_OVER = "take_over";
    /// Takes entries of several streams in a given order.
    TAKE = "take";
    /// Takes over the entries of a consumer that fell silent.
    CLAIM = "claim";
    /// Keeps entries away from claimers while they are worked on.
    HOLD = "hold";
    /// Puts entries back as if they had never been taken.
    RELEASE = "release";
    /// Moves an entry to the delayed jobs, or to the dead letters after too many attempts.
    RETRY = "retry";
    /// Moves an entry to the dead letters.
    BURY = "bury";
    /// Moves due jobs to their lanes.
    PROMOTE = "promote";
    /// Removes consumers that hold nothing and are gone.
    LEAVE = "leave";
    /// Numbers of a queue.
    STATS = "stats";
    /// Names the present life of Valkey.
    INCARNATE = "incarnate";
}
