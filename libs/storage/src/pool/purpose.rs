//! Why the record is asked on nobody's behalf.

macro_rules! purposes {
    ($($(#[$doc:meta])+ $name:ident => $text:literal,)+) => {
        /// What somebody asks for who asks on no person's behalf. Which tables each one opens stands in
        /// `migrations/0013_row_security.sql`; which files use it, in the tests of the architecture.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Purpose {
            $($(#[$doc])+ $name,)+
        }

        impl Purpose {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The name that policies know.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }
        }
    };
}

purposes! {
    /// Whom a token, a session, a password, a link, an invitation or an identity at a provider speaks for: asked before
    /// anybody is known.
    Credentials => "credentials",
    /// The first admin, the home of the installation, and tokens for whoever has access to the host.
    Setup => "setup",
    /// People and workspaces of the whole installation: for admins of its home.
    Installation => "installation",
    /// Secrets that are sealed anew with another key.
    Sealing => "sealing",
    /// A worker claims a run and writes down what it does, under its fence.
    Worker => "worker",
    /// Logs of runs, for watchers whose right to them was asked before.
    Watch => "watch",
    /// Runs of which nothing is heard.
    Watchdog => "watchdog",
    /// What is remembered of everybody: cut, embedded, made up for.
    Indexer => "indexer",
    /// Summaries of conversations that have grown long or rest.
    Summarizer => "summarizer",
    /// Chats: whose they are, what came in, what is shown there.
    Channels => "channels",
    /// What is due to be published.
    Relay => "relay",
    /// Whole queues, for operators.
    Queues => "queues",
    /// The archive of events is written and shortened.
    Archive => "archive",
    /// Schedules that fire.
    Schedules => "schedules",
    /// The register of running services, and which runs workers hold.
    Fleet => "fleet",
    /// The schema itself; no row of anybody.
    Schema => "schema",
    /// Migrations, which may change any row.
    Migrate => "migrate",
}
