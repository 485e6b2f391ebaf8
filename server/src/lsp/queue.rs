//! The one queue of everything that moves the answers, in wire order.
//!
//! A push takes its ticket and its place in the queue under one lock, so ticket order *is* queue order. Nothing is ever
//! dropped; when the writer falls behind, [`Queue::poll_ready`] holds back reading from the client instead.

use futures::task::AtomicWaker;
use parking_lot::Mutex;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use tokio::sync::mpsc::{
    UnboundedReceiver, UnboundedSender, error::TryRecvError, unbounded_channel,
};

/// Place in wire order; 0 is before everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Ticket(pub(crate) u64);

/// Notifications that move the answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    Open,
    Change,
    Save,
    Close,
    Watched,
    Folders,
    Configuration,
}

impl Event {
    /// The event a method stands for.
    pub(crate) fn of(method: &str) -> Option<Self> {
        Some(match method {
            "textDocument/didOpen" => Self::Open,
            "textDocument/didChange" => Self::Change,
            "textDocument/didSave" => Self::Save,
            "textDocument/didClose" => Self::Close,
            "workspace/didChangeWatchedFiles" => Self::Watched,
            "workspace/didChangeWorkspaceFolders" => Self::Folders,
            "workspace/didChangeConfiguration" => Self::Configuration,
            _ => return None,
        })
    }
}

/// Something for the writer.
#[derive(Debug)]
pub(crate) enum Mutation {
    /// The client is initialized.
    Start,
    /// The client answered our so-manieth question for settings; null when it has none.
    Settings(u64, Value),
    /// Enough waiting for settings: index with those we have.
    Begin,
    /// A notification, not yet understood.
    Event(Event, Value),
    /// End the writer.
    Stop,
}

/// A mutation and its place.
#[derive(Debug)]
pub(crate) struct Stamped {
    pub(crate) ticket: Ticket,
    pub(crate) mutation: Mutation,
    weight: usize,
}

/// At so many bytes in the queue reading stops.
const FULL: usize = 64 << 20;
/// What a mutation weighs beside its text.
const BASE_WEIGHT: usize = 512;

/// The sending side; clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Queue {
    sender: Arc<Mutex<(Ticket, UnboundedSender<Stamped>)>>,
    load: Arc<Load>,
}

/// The writer's side.
#[derive(Debug)]
pub(crate) struct Receiver {
    receiver: UnboundedReceiver<Stamped>,
    load: Arc<Load>,
}

#[derive(Debug, Default)]
struct Load {
    bytes: AtomicUsize,
    waker: AtomicWaker,
}

/// A new queue.
pub(crate) fn queue() -> (Queue, Receiver) {
    let (sender, receiver) = unbounded_channel();
    let load = Arc::<Load>::default();
    let queue = Queue {
        sender: Arc::new(Mutex::new((Ticket::default(), sender))),
        load: load.clone(),
    };
    (queue, Receiver { receiver, load })
}

impl Queue {
    /// Puts a mutation at the end; gives its ticket.
    pub(crate) fn push(&self, mutation: Mutation) -> Ticket {
        let weight = BASE_WEIGHT
            + match &mutation {
                Mutation::Event(_, params) => text_bytes(params),
                _ => 0,
            };
        self.load.bytes.fetch_add(weight, Ordering::AcqRel);
        let mut sender = self.sender.lock();
        sender.0.0 += 1;
        let ticket = sender.0;
        let stamped = Stamped {
            ticket,
            mutation,
            weight,
        };
        if sender.1.send(stamped).is_err() {
            tracing::debug!("a change came after the end");
        }
        ticket
    }

    /// The ticket of the newest mutation.
    pub(crate) fn newest(&self) -> Ticket {
        self.sender.lock().0
    }

    /// Ready unless the writer is far behind.
    pub(crate) fn poll_ready(&self, context: &mut Context<'_>) -> Poll<()> {
        let full = || self.load.bytes.load(Ordering::Acquire) > FULL;
        if !full() {
            return Poll::Ready(());
        }
        self.load.waker.register(context.waker());
        if full() {
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    }
}

impl Receiver {
    /// Waits for the next mutation; `None` when no sender is left.
    pub(crate) fn next(&mut self) -> Option<Stamped> {
        let stamped = self.receiver.blocking_recv()?;
        Some(self.taken(stamped))
    }

    /// The next mutation if it is there already.
    pub(crate) fn try_next(&mut self) -> Option<Stamped> {
        match self.receiver.try_recv() {
            Ok(stamped) => Some(self.taken(stamped)),
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => None,
        }
    }

    fn taken(&self, stamped: Stamped) -> Stamped {
        let before = self.load.bytes.fetch_sub(stamped.weight, Ordering::AcqRel);
        if before > FULL && before - stamped.weight <= FULL {
            self.load.waker.wake();
        }
        stamped
    }
}

fn text_bytes(params: &Value) -> usize {
    let text = |value: &Value| {
        value
            .get("text")
            .and_then(Value::as_str)
            .map_or(0, str::len)
    };
    let opened = params.get("textDocument").map_or(0, text);
    let changed = params.get("contentChanges").and_then(Value::as_array);
    opened + text(params) + changed.map_or(0, |all| all.iter().map(|one| text(one) + 128).sum())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[tokio::test]
    async fn a_full_queue_holds_the_reader_back_until_it_drains() {
        let (queue, mut receiver) = queue();
        let big = json!({"contentChanges": [{"text": "x".repeat(FULL / 2)}]});
        for _ in 0..2 {
            queue.push(Mutation::Event(Event::Change, big.clone()));
        }
        let ready = || std::future::poll_fn(|cx| queue.poll_ready(cx));
        let waiting = tokio::time::timeout(std::time::Duration::from_millis(20), ready()).await;
        assert!(waiting.is_err());
        let (first, ()) = tokio::join!(
            tokio::task::spawn_blocking(move || receiver.next()),
            ready()
        );
        assert_eq!(first.unwrap().unwrap().ticket, Ticket(1));
        assert_eq!(queue.newest(), Ticket(2));
    }
}
