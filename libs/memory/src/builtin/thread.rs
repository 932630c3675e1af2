//! The thread that holds the model: loads it when it starts, calculates what it is given, ends when idle.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::oneshot;

use super::files::ModelFiles;
use super::internal;
use super::model::Model;
use crate::EmbedError;

type Vectors = Result<Vec<Vec<f32>>, EmbedError>;

struct Order {
    texts: Arc<Vec<String>>,
    reply: oneshot::Sender<Vectors>,
}

/// The thread, while there is one.
#[derive(Debug)]
pub(super) struct Calculator {
    files: ModelFiles,
    idle: Duration,
    running: Mutex<Option<Running>>,
}

#[derive(Debug)]
struct Running {
    orders: Sender<Order>,
    thread: JoinHandle<()>,
}

impl Calculator {
    pub(super) fn new(files: ModelFiles, idle: Duration) -> Self {
        Self {
            files,
            idle,
            running: Mutex::new(None),
        }
    }

    /// Has the texts calculated by the thread, which is started if there is none.
    pub(super) async fn calculate(&self, texts: Vec<String>) -> Vectors {
        let texts = Arc::new(texts);
        // A thread that has just become idle may end with the order in its hands; a new one then takes it.
        for _ in 0..2 {
            let (reply, answer) = oneshot::channel();
            let texts = texts.clone();
            self.order(Order { texts, reply })?;
            if let Ok(vectors) = answer.await {
                return vectors;
            }
        }
        Err(internal("the thread of the built-in model broke off twice"))
    }

    pub(super) fn is_running(&self) -> bool {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.as_ref().is_some_and(|it| !it.thread.is_finished())
    }

    fn order(&self, order: Order) -> Result<(), EmbedError> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let order = match &*running {
            Some(Running { orders, .. }) => match orders.send(order) {
                Ok(()) => return Ok(()),
                Err(returned) => returned.0,
            },
            None => order,
        };
        let (orders, receiver) = channel();
        // The receiver is in our hands, so this cannot fail.
        drop(orders.send(order));
        let (files, idle) = (self.files.clone(), self.idle);
        let thread = thread::Builder::new()
            .name("embedder".to_owned())
            .spawn(move || live(&files, idle, &receiver))
            .map_err(|error| internal(format!("no thread for the built-in model: {error}")))?;
        *running = Some(Running { orders, thread });
        Ok(())
    }
}

/// Ends when idle, or when nobody can order any more.
fn live(files: &ModelFiles, idle: Duration, orders: &Receiver<Order>) {
    let started = prepare(files);
    match &started {
        Ok((model, cores)) => {
            while let Ok(order) = orders.recv_timeout(idle) {
                let vectors = cores.install(|| model.embed(&order.texts));
                // Who asked may have gone.
                drop(order.reply.send(vectors));
            }
        }
        // Said to everybody who waits; the next one makes a new thread try again, as the files may have come.
        Err(error) => {
            while let Ok(order) = orders.recv_timeout(Duration::ZERO) {
                drop(order.reply.send(Err(error.clone())));
            }
        }
    }
}

fn prepare(files: &ModelFiles) -> Result<(Model, rayon::ThreadPool), EmbedError> {
    let cores = rayon::ThreadPoolBuilder::new()
        .num_threads(cores())
        .thread_name(|at| format!("embedder-{at}"))
        .build()
        .map_err(|error| internal(format!("no threads for the built-in model: {error}")))?;
    Ok((Model::load(files)?, cores))
}

/// All cores but one, which stays with whoever serves requests.
fn cores() -> usize {
    let all = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    all.saturating_sub(1).max(1)
}
