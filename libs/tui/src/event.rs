//! What reaches the interface, and what it asks for in return. Whoever runs it carries out the [`Command`]s and tells of
//! everything in [`Event`]s, the time included.

use chrono::{DateTime, Utc};
use crossterm::event::{KeyEvent, MouseEvent};
use mosaic_client::{
    Agent, Conversation, ConversationChange, Frame, Message, Model, NewConversation, Page,
    RunEntry, Sent, Turn,
};
use mosaic_domain::{ConversationId, Patch, RunId};

use crate::operate::{Order, Shown, Wanted};

/// Something happened.
#[derive(Debug)]
pub enum Event {
    /// The time; comes before whatever happened at it.
    Tick(DateTime<Utc>),
    /// A key was pressed.
    Key(KeyEvent),
    /// Text was pasted.
    Paste(String),
    /// The mouse did something.
    Mouse(MouseEvent),
    /// The terminal has another size: columns and rows.
    Resize(u16, u16),
    /// Whether the gateway answers.
    Connected(bool),
    /// A page of the list of conversations.
    Conversations {
        /// The page.
        page: Page<Conversation>,
        /// Whether it goes on where the page before ended.
        more: bool,
    },
    /// Something about the conversation that is open.
    Watched {
        /// Which opening of a conversation this is about; others are over.
        watch: u64,
        /// What.
        what: Watched,
    },
    /// A conversation was begun for this message.
    Created {
        /// The message.
        ticket: u64,
        /// The conversation.
        conversation: Box<Conversation>,
    },
    /// A message is stored.
    Sent {
        /// The message.
        ticket: u64,
        /// Where.
        sent: Sent,
    },
    /// A message could not be sent.
    NotSent {
        /// The message.
        ticket: u64,
        /// Why.
        reason: String,
    },
    /// A conversation has other properties now.
    Changed(Box<Conversation>),
    /// The models that can be chosen.
    Models(Vec<Model>),
    /// The agents that can be chosen.
    Agents(Vec<Agent>),
    /// What a board shows.
    Board {
        /// Which fetching of a board this answers.
        board: u64,
        /// What there is.
        shown: Shown,
    },
    /// A command was taken.
    Obeyed {
        /// Which.
        order: Order,
        /// The run as it stands now, of a command to one.
        run: Option<Box<RunEntry>>,
    },
    /// A command was refused, or did not arrive.
    NotObeyed {
        /// Which.
        order: Order,
        /// Why.
        reason: String,
    },
    /// Something that was asked for failed.
    Failed(String),
}

/// What happened in the open conversation.
#[derive(Debug)]
pub enum Watched {
    /// Its properties. From now on its events come.
    Opened(Box<Conversation>),
    /// Stored messages, in order.
    Messages {
        /// The messages.
        messages: Vec<Message>,
        /// Whether there are still older ones.
        more: bool,
    },
    /// The next event of a run.
    Frame(Box<Frame>),
    /// What a run of long ago did.
    Past {
        /// The run.
        run_id: RunId,
        /// What it did; none when that cannot be had.
        turn: Option<Box<Turn>>,
    },
    /// Nothing more comes.
    Ended {
        /// Why.
        reason: String,
    },
}

/// Something to be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Fetch a page of the list of conversations.
    List {
        /// Where the page before ended; none for the first.
        cursor: Option<String>,
    },
    /// Open a conversation: follow its events, then fetch its newest messages. Ends what was followed before.
    Open {
        /// The conversation.
        id: ConversationId,
        /// Stands in everything that is told about it.
        watch: u64,
    },
    /// Follow no conversation any more.
    Close,
    /// Fetch messages before this position.
    Older {
        /// The conversation.
        id: ConversationId,
        /// Stands in the answer.
        watch: u64,
        /// The position.
        before: i64,
    },
    /// Fetch what a run did.
    Past {
        /// The run.
        run_id: RunId,
        /// Stands in the answer.
        watch: u64,
    },
    /// Send a message, beginning a conversation where there is none.
    Send {
        /// Stands in the answers.
        ticket: u64,
        /// Where to.
        to: Result<ConversationId, BeginWith>,
        /// What.
        text: String,
    },
    /// Command a run, a worker or a queue.
    Order(Order),
    /// Fetch what a board shows.
    Board {
        /// Stands in the answer.
        board: u64,
        /// What it shows.
        what: Wanted,
    },
    /// Change properties of a conversation.
    Change {
        /// The conversation.
        id: ConversationId,
        /// Which.
        change: Change,
    },
    /// Fetch the models and agents that can be chosen.
    Choices,
    /// Have the mouse reported, or leave it to the terminal.
    Mouse(bool),
    /// Leave.
    Quit,
}

/// What a new conversation is made with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BeginWith {
    /// Its title.
    pub title: Option<String>,
    /// The agent that answers.
    pub agent: Option<String>,
    /// The model it uses.
    pub model: Option<String>,
}

impl From<BeginWith> for NewConversation {
    fn from(
        BeginWith {
            title,
            agent,
            model,
        }: BeginWith,
    ) -> Self {
        Self {
            title,
            agent,
            model,
        }
    }
}

/// A change of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Another title.
    Title(String),
    /// Another agent.
    Agent(String),
    /// Another model, or none in particular.
    Model(Option<String>),
}

impl From<Change> for ConversationChange {
    fn from(change: Change) -> Self {
        let keep = Self::default();
        match change {
            Change::Title(title) => Self {
                title: Some(title),
                ..keep
            },
            Change::Agent(agent) => Self {
                agent: Some(agent),
                ..keep
            },
            Change::Model(model) => Self {
                model: model.map_or(Patch::Clear, Patch::Set),
                ..keep
            },
        }
    }
}
