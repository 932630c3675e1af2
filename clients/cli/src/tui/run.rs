//! Events in, pictures out: at most thirty a second, and none while nothing changes.

use std::io;
use std::time::Duration;

use chrono::{DateTime, Utc};
use crossterm::event::{Event as Input, EventStream};
use futures::StreamExt as _;
use mosaic_client::Client;
use mosaic_tui::{App, Command, Event, Setup};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_util::task::TaskTracker;

use super::link::Link;
use super::screen::Screen;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};

/// The shortest time between two pictures.
const PICTURE: Duration = Duration::from_millis(33);
/// Events taken in before the next picture.
const BURST: usize = 512;
/// Events on their way; who brings more waits.
const QUEUE: usize = 256;

/// The present time.
#[expect(
    clippy::disallowed_methods,
    reason = "the one clock of the interface, which itself gets time in events"
)]
pub(super) fn now() -> DateTime<Utc> {
    Utc::now()
}

pub(super) async fn run(client: Client, mut setup: Setup) -> Outcome {
    let failed = |error: io::Error| {
        Failure::new(
            Exit::Failed,
            format!("the terminal cannot be used: {error}"),
        )
    };
    let signals = Signals::listen().map_err(failed)?;
    let screen = Screen::take().map_err(failed)?;
    setup.size = screen.size().map_err(failed)?;
    let (app, commands) = App::new(setup);
    let (sender, events) = mpsc::channel(QUEUE);
    let tracker = TaskTracker::new();
    let link = Link::new(client, sender, tracker.clone());
    let mut session = Session {
        app,
        screen,
        link,
        events,
        input: EventStream::new(),
        signals,
        changed: true,
        drawn_at: Instant::now() - PICTURE,
    };
    let ended = session.run(commands).await;
    drop(session);
    tracker.close();
    ended.map_err(failed)
}

/// Signals that end the interface.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    async fn any(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            _ = self.hang_up.recv() => {}
        }
    }
}

struct Session {
    app: App,
    screen: Screen,
    link: Link,
    events: mpsc::Receiver<Event>,
    input: EventStream,
    signals: Signals,
    /// Whether something happened since the last picture.
    changed: bool,
    drawn_at: Instant,
}

impl Session {
    async fn run(&mut self, first: Vec<Command>) -> io::Result<Exit> {
        let mut leave = self.carry_out(first)?;
        while !leave {
            if self.changed && self.drawn_at.elapsed() >= PICTURE {
                self.draw()?;
            }
            let picture = self.changed.then(|| self.drawn_at + PICTURE);
            let wake = self.app.wakes_at().map(instant_of);
            let until = [picture, wake].into_iter().flatten().min();
            let until = until.unwrap_or_else(|| Instant::now() + Duration::from_mins(1));
            leave = tokio::select! {
                input = self.input.next() => match input {
                    Some(Ok(input)) => self.take_input(input)?,
                    Some(Err(error)) => return Err(error),
                    // The terminal is gone.
                    None => return Ok(Exit::Interrupted),
                },
                Some(event) = self.events.recv() => self.take_events(event)?,
                () = sleep_until(until) => self.take_time(wake.is_some_and(|wake| wake <= Instant::now()))?,
                () = self.signals.any() => return Ok(Exit::Interrupted),
            };
        }
        Ok(Exit::Done)
    }

    fn draw(&mut self) -> io::Result<()> {
        let size = self.screen.size()?;
        self.app.update(Event::Resize(size.0, size.1));
        self.screen.draw(&self.app)?;
        self.changed = false;
        self.drawn_at = Instant::now();
        Ok(())
    }

    /// Takes an event in; true to leave.
    fn take(&mut self, event: Event) -> io::Result<bool> {
        self.changed = true;
        let commands = self.app.update(event);
        self.carry_out(commands)
    }

    fn take_time(&mut self, due: bool) -> io::Result<bool> {
        if due {
            self.take(Event::Tick(now()))
        } else {
            Ok(false)
        }
    }

    fn take_input(&mut self, input: Input) -> io::Result<bool> {
        let event = match input {
            Input::Key(key) => Event::Key(key),
            Input::Paste(text) => Event::Paste(text),
            Input::Mouse(mouse) => Event::Mouse(mouse),
            Input::Resize(columns, rows) => Event::Resize(columns, rows),
            Input::FocusGained | Input::FocusLost => return Ok(false),
        };
        Ok(self.take(Event::Tick(now()))? || self.take(event)?)
    }

    fn take_events(&mut self, first: Event) -> io::Result<bool> {
        let mut leave = self.take(Event::Tick(now()))? || self.take(first)?;
        for _ in 0..BURST {
            match self.events.try_recv() {
                Ok(event) if !leave => leave = self.take(event)?,
                _ => break,
            }
        }
        Ok(leave)
    }

    fn carry_out(&mut self, commands: Vec<Command>) -> io::Result<bool> {
        for command in commands {
            match command {
                Command::Quit => return Ok(true),
                Command::Mouse(taken) => self.screen.mouse(taken)?,
                other => self.link.carry_out(other),
            }
        }
        Ok(false)
    }
}

fn instant_of(time: DateTime<Utc>) -> Instant {
    let pause = (time - now()).to_std().unwrap_or_default();
    Instant::now() + pause
}
