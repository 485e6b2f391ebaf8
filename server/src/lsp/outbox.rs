//! What goes to the client: one queue in memory, one thread that writes it out.
//!
//! Pushing never blocks, so a client that does not read its pipe stalls nothing but itself. Memory stays bounded all the
//! same. Past [`SOFT_LIMIT`] of unread bytes, progress reports and log messages are dropped; past [`HARD_LIMIT`] an answer
//! shrinks to a short error under its id, so that every request still has exactly one answer. Requests to the client,
//! and the begin and end of a progress, are few and always kept.

use parking_lot::{Condvar, Mutex};
use serde_json::json;
use std::collections::VecDeque;
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tower_lsp::jsonrpc::{Error, ErrorCode, Request, Response};

/// Unread bytes from which on chatter is dropped.
pub(crate) const SOFT_LIMIT: usize = 1 << 20;
/// Unread bytes from which on answers are replaced by short errors.
pub(crate) const HARD_LIMIT: usize = 64 << 20;

/// The queue. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Outbox(Arc<Inner>);

#[derive(Default)]
struct Inner {
    state: Mutex<State>,
    /// Something came in, or the queue was closed.
    filled: Condvar,
    /// Everything was written, or nothing more can be.
    drained: Condvar,
    broken: Notify,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Vec<u8>>,
    /// Of the queue and of what is being written.
    bytes: usize,
    writing: bool,
    closed: bool,
    broken: bool,
    dropped: u64,
}

/// An answer; `body` is its result where a handler encoded it itself, which spares a tree of values.
#[derive(Debug)]
pub(crate) struct Reply {
    response: Response,
    body: Option<String>,
}

impl Reply {
    /// `body`, JSON, replaces the result of a response that is no error.
    pub(crate) fn new(response: Response, body: Option<String>) -> Self {
        let body = body.filter(|_| response.is_ok());
        Self { response, body }
    }

    fn encode(&self) -> serde_json::Result<Vec<u8>> {
        let Some(body) = &self.body else {
            return serde_json::to_vec(&self.response);
        };
        let mut bytes = Vec::with_capacity(body.len() + 64);
        bytes.extend_from_slice(b"{\"jsonrpc\":\"2.0\",\"result\":");
        bytes.extend_from_slice(body.as_bytes());
        bytes.extend_from_slice(b",\"id\":");
        serde_json::to_writer(&mut bytes, self.response.id())?;
        bytes.push(b'}');
        Ok(bytes)
    }
}

impl From<Response> for Reply {
    fn from(response: Response) -> Self {
        Self::new(response, None)
    }
}

impl From<Reply> for Response {
    fn from(reply: Reply) -> Self {
        match reply.body.map(|body| serde_json::from_str(&body)) {
            Some(Ok(result)) => Self::from_ok(reply.response.id().clone(), result),
            _ => reply.response,
        }
    }
}

impl Outbox {
    /// An outbox whose thread writes to `output`.
    pub(crate) fn spawn(output: impl Write + Send + 'static) -> std::io::Result<Self> {
        let outbox = Self::default();
        let inner = outbox.0.clone();
        std::thread::Builder::new()
            .name("symseek-stdout".into())
            .spawn(move || inner.write_to(output))?;
        Ok(outbox)
    }

    /// Queues an answer.
    pub(crate) fn answer(&self, reply: &Reply) {
        let body = if self.0.state.lock().bytes > HARD_LIMIT {
            let error = Error {
                code: ErrorCode::ServerError(-32803),
                message: "the client does not read its answers".into(),
                data: None,
            };
            serde_json::to_vec(&Response::from_error(reply.response.id().clone(), error))
        } else {
            reply.encode()
        };
        self.push(body);
    }

    /// Queues a request or notification to the client.
    pub(crate) fn call(&self, request: &Request) {
        if is_chatter(request) {
            let mut state = self.0.state.lock();
            if state.bytes > SOFT_LIMIT {
                state.dropped += 1;
                return;
            }
        }
        self.push(serde_json::to_vec(request));
    }

    fn push(&self, body: serde_json::Result<Vec<u8>>) {
        let body = match body {
            Ok(body) => body,
            Err(error) => {
                tracing::error!(%error, "a message could not be encoded");
                return;
            }
        };
        let mut state = self.0.state.lock();
        if state.closed || state.broken {
            return;
        }
        state.bytes += body.len();
        state.queue.push_back(body);
        self.0.filled.notify_one();
    }

    /// Unread bytes, and how many messages were dropped.
    #[cfg(test)]
    pub(crate) fn load(&self) -> (usize, u64) {
        let state = self.0.state.lock();
        (state.bytes, state.dropped)
    }

    /// Resolves when nothing more can be written.
    pub(crate) async fn broken(&self) {
        self.0.broken.notified().await;
    }

    /// Takes no more and waits until everything is written, or `patience` ends.
    pub(crate) fn close(&self, patience: Duration) {
        let until = Instant::now() + patience;
        let mut state = self.0.state.lock();
        state.closed = true;
        self.0.filled.notify_one();
        while !state.broken && (state.writing || !state.queue.is_empty()) {
            if self.0.drained.wait_until(&mut state, until).timed_out() {
                return;
            }
        }
    }
}

impl Inner {
    fn write_to(&self, output: impl Write) {
        let mut output = std::io::BufWriter::with_capacity(1 << 16, output);
        while let Some(body) = self.next() {
            let written = write!(output, "Content-Length: {}\r\n\r\n", body.len())
                .and_then(|()| output.write_all(&body))
                .and_then(|()| {
                    if self.is_last(body.len()) {
                        output.flush()
                    } else {
                        Ok(())
                    }
                });
            if let Err(error) = written {
                tracing::warn!(%error, "the client's pipe is gone");
                let mut state = self.state.lock();
                state.broken = true;
                state.queue.clear();
                self.drained.notify_all();
                self.broken.notify_one();
                return;
            }
        }
    }

    fn next(&self) -> Option<Vec<u8>> {
        let mut state = self.state.lock();
        loop {
            if let Some(body) = state.queue.pop_front() {
                state.writing = true;
                return Some(body);
            }
            state.writing = false;
            self.drained.notify_all();
            if state.closed {
                return None;
            }
            self.filled.wait(&mut state);
        }
    }

    /// Accounts for a written body; true when none waits behind it.
    fn is_last(&self, len: usize) -> bool {
        let mut state = self.state.lock();
        state.bytes -= len;
        state.queue.is_empty()
    }
}

fn is_chatter(request: &Request) -> bool {
    match request.method() {
        "window/logMessage" | "$/logTrace" => true,
        "$/progress" => request
            .params()
            .and_then(|params| params.pointer("/value/kind"))
            .is_some_and(|kind| *kind == json!("report")),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn report(kind: &str) -> Request {
        Request::build("$/progress")
            .params(json!({"token": 1, "value": {"kind": kind, "message": "x".repeat(1000)}}))
            .finish()
    }

    #[test]
    fn a_client_that_never_reads_costs_bounded_memory_and_loses_no_answer() {
        let (mut reader, writer) = std::io::pipe().unwrap();
        let outbox = Outbox::spawn(writer).unwrap();
        let big = json!("y".repeat(1 << 20));
        for id in 0..100 {
            outbox.answer(&Response::from_ok(id.into(), big.clone()).into());
            for _ in 0..20 {
                outbox.call(&report("report"));
            }
        }
        outbox.call(&report("end"));
        let (bytes, dropped) = outbox.load();
        assert!(bytes < HARD_LIMIT + (2 << 20), "{bytes}");
        assert!(dropped > 1900, "{dropped}");
        let closing = {
            let outbox = outbox.clone();
            std::thread::spawn(move || outbox.close(Duration::from_mins(1)))
        };
        let mut all = Vec::new();
        // The pipe stays open as long as the writer thread lives; it ends after `close`.
        reader.read_to_end(&mut all).unwrap();
        closing.join().unwrap();
        let text = String::from_utf8(all).unwrap();
        for id in 0..100 {
            assert_eq!(text.matches(&format!("\"id\":{id}}}")).count(), 1, "{id}");
        }
        assert!(text.contains("does not read") && text.contains("\"kind\":\"end\""));
    }

    #[tokio::test]
    async fn a_broken_pipe_is_noticed() {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let outbox = Outbox::spawn(writer).unwrap();
        outbox.call(&report("end"));
        outbox.broken().await;
        outbox.close(Duration::from_mins(1));
    }
}
