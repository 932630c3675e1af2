//! What comes back from the gateway.

use mosaic_client::{Conversation, Page};

use super::{App, Connection, Scroll};
use crate::event::{Command, Event, Watched};
use crate::text::flat;
use crate::timeline::PendingState;

impl App {
    pub(super) fn loaded(&mut self, event: Event) -> Vec<Command> {
        match event {
            Event::Connected(connected) => self.connected(connected),
            Event::Conversations { page, more } => {
                self.listed(page, more);
                Vec::new()
            }
            Event::Watched { watch, what } => self.watched(watch, what),
            Event::Created {
                ticket,
                conversation,
            } => self.created(ticket, *conversation),
            Event::Sent { ticket, sent } => {
                self.timeline
                    .sent(ticket, PendingState::Stored(sent.message_id));
                vec![self.refresh()]
            }
            Event::NotSent { ticket, reason } => {
                self.timeline
                    .sent(ticket, PendingState::NotSent(flat(&reason)));
                Vec::new()
            }
            Event::Changed(conversation) => {
                self.changed(*conversation);
                vec![self.refresh()]
            }
            Event::Models(models) => {
                self.models = models;
                Vec::new()
            }
            Event::Agents(agents) => {
                self.agents = agents;
                Vec::new()
            }
            Event::Board { board, shown } => self.shown(board, shown),
            Event::Obeyed { order, run } => self.obeyed(&order, run.map(|run| *run)),
            Event::NotObeyed { order, reason } => self.not_obeyed(&order, &reason),
            Event::Failed(reason) => {
                self.complain(flat(&reason));
                Vec::new()
            }
            // Keys, mouse and time have been taken in before.
            _ => Vec::new(),
        }
    }

    fn connected(&mut self, connected: bool) -> Vec<Command> {
        let before = self.connection;
        self.connection = match (connected, before) {
            (true, _) => Connection::Connected,
            (false, Connection::Away(since)) => Connection::Away(since),
            (false, _) => Connection::Away(self.now),
        };
        let back = connected && matches!(before, Connection::Away(_));
        let mut commands = Vec::new();
        if back {
            commands.push(self.refresh());
        }
        // Nothing was there to tell them when this began.
        if back && (self.models.is_empty() || self.agents.is_empty()) {
            commands.push(Command::Choices);
        }
        commands
    }

    fn listed(&mut self, page: Page<Conversation>, more: bool) {
        let Page { items, next_cursor } = page;
        let list = &mut self.list;
        list.fetching = false;
        if more {
            for item in items {
                if list.items.iter().all(|one| one.id != item.id) {
                    list.items.push(item);
                }
            }
            list.cursor = next_cursor;
        } else if list.items.len() <= items.len() {
            list.items = items;
            list.cursor = next_cursor;
        } else {
            // Pages that were fetched behind the first one stay.
            let oldest = items.last().map(|item| item.updated_at);
            let fresh = |one: &Conversation| items.iter().any(|item| item.id == one.id);
            list.items
                .retain(|one| oldest.is_some_and(|oldest| one.updated_at < oldest) && !fresh(one));
            list.items.splice(0..0, items);
        }
        let open = self.open.as_ref().map(|open| open.id);
        let found = self
            .list
            .items
            .iter()
            .find(|one| Some(one.id) == open)
            .cloned();
        if let (Some(open), Some(found)) = (&mut self.open, found) {
            open.about = Some(Box::new(found));
        }
    }

    fn created(&mut self, ticket: u64, conversation: Conversation) -> Vec<Command> {
        let ours = self
            .timeline
            .pending()
            .iter()
            .any(|one| one.ticket == ticket);
        if !ours || self.open.is_some() {
            return vec![self.refresh()];
        }
        let command = self.follow(conversation.id);
        if let Some(open) = &mut self.open {
            open.about = Some(Box::new(conversation));
        }
        vec![command, self.refresh()]
    }

    fn changed(&mut self, conversation: Conversation) {
        let before = self.open.as_ref().filter(|open| open.id == conversation.id);
        if let Some(before) = before.and_then(|open| open.about.as_ref()) {
            let said = what_changed(before, &conversation);
            self.say(said);
        }
        if let Some(one) = self
            .list
            .items
            .iter_mut()
            .find(|one| one.id == conversation.id)
        {
            one.clone_from(&conversation);
        }
        if let Some(open) = &mut self.open
            && open.id == conversation.id
        {
            open.about = Some(Box::new(conversation));
        }
    }

    fn watched(&mut self, watch: u64, what: Watched) -> Vec<Command> {
        let Some(open) = self.open.as_mut().filter(|open| open.watch == watch) else {
            return Vec::new();
        };
        match what {
            Watched::Opened(conversation) => {
                open.about = Some(conversation);
                self.timeline.begin_anew();
            }
            Watched::Messages { messages, more } => {
                (open.loading, open.older) = (false, false);
                self.timeline.add_messages(messages, more);
            }
            Watched::Frame(frame) => {
                self.timeline.apply(&frame);
                self.unseen |= self.scroll != Scroll::Bottom;
                self.watched_asked(&frame);
                if frame.event.end().is_some() {
                    return vec![self.refresh()];
                }
            }
            Watched::Past { run_id, turn } => {
                self.timeline.put_past(run_id, turn.map(|turn| *turn));
            }
            Watched::Ended { reason } => {
                open.loading = false;
                self.complain(flat(&reason));
            }
        }
        Vec::new()
    }
}

/// The change in words.
fn what_changed(before: &Conversation, after: &Conversation) -> String {
    let who = |name: &str| format!("from now on {} answers here", flat(name));
    if before.model != after.model {
        let own = "from now on the agent's own model answers here";
        return after.model.as_deref().map_or_else(|| own.to_owned(), who);
    }
    match &after.agent {
        Some(agent) if before.agent != after.agent => who(agent),
        _ if before.title != after.title => "renamed".to_owned(),
        _ => "that is so already".to_owned(),
    }
}
