//! One answer per request, from whichever thread has it first: the thread that found and encoded it, which saves the way back
//! through the handler and the loop, or the loop, with what tower-lsp says of the request (an error, cancelled).

use crate::lsp::outbox::Outbox;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tower_lsp::jsonrpc::Id;

/// The right to answer one request. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Delivery(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    id: Id,
    outbox: Outbox,
    is_answered: AtomicBool,
}

impl Delivery {
    pub(crate) fn new(id: Id, outbox: Outbox) -> Self {
        Self(Arc::new(Inner {
            id,
            outbox,
            is_answered: AtomicBool::new(false),
        }))
    }

    /// Takes the right to answer; false when the answer is given already.
    pub(crate) fn claim(&self) -> bool {
        !self.0.is_answered.swap(true, Ordering::AcqRel)
    }

    /// Answers with a result that is JSON already, unless there was an answer. May wait for the client to read: not for
    /// threads that others wait for.
    pub(crate) fn give(&self, result: &str) {
        if self.claim() {
            self.0.outbox.result(&self.0.id, result);
        }
    }
}
