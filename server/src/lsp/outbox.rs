//! What goes to the client: one queue in memory, one thread that writes it out, and results that are written by the thread
//! that has them when nothing waits before them.
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
use tower_lsp::jsonrpc::{Error, ErrorCode, Id, Request, Response};

/// Unread bytes from which on chatter is dropped.
pub(crate) const SOFT_LIMIT: usize = 1 << 20;
/// Unread bytes from which on answers are replaced by short errors.
pub(crate) const HARD_LIMIT: usize = 64 << 20;

/// The queue. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Outbox(Arc<Inner>);

/// The client's pipe.
type Output = std::io::BufWriter<Box<dyn Write + Send>>;

#[derive(Default)]
struct Inner {
    state: Mutex<State>,
    /// Held by whoever set [`State::writing`].
    output: Mutex<Option<Output>>,
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

impl std::fmt::Debug for Outbox {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bytes = self.0.state.lock().bytes;
        formatter
            .debug_struct("Outbox")
            .field("bytes", &bytes)
            .finish_non_exhaustive()
    }
}

impl Outbox {
    /// An outbox whose thread writes to `output`.
    pub(crate) fn spawn(output: impl Write + Send + 'static) -> std::io::Result<Self> {
        let outbox = Self::default();
        *outbox.0.output.lock() = Some(Output::with_capacity(1 << 16, Box::new(output)));
        let inner = outbox.0.clone();
        std::thread::Builder::new()
            .name("symseek-stdout".into())
            .spawn(move || inner.run())?;
        Ok(outbox)
    }

    /// Queues an answer.
    pub(crate) fn answer(&self, response: &Response) {
        if self.is_full() {
            self.push(unread(response.id()));
        } else {
            self.push(serde_json::to_vec(response));
        }
    }

    /// Answers the request `id` with `result`, which is JSON already. Writes it at once when nothing waits before it, which spares
    /// waking a thread, and waits as long as the client does not read; queues it otherwise.
    pub(crate) fn result(&self, id: &Id, result: &str) {
        if self.is_full() {
            self.push(unread(id));
            return;
        }
        let encode = || {
            let mut body = Vec::with_capacity(result.len() + 64);
            body.extend_from_slice(b"{\"jsonrpc\":\"2.0\",\"result\":");
            body.extend_from_slice(result.as_bytes());
            body.extend_from_slice(b",\"id\":");
            serde_json::to_writer(&mut body, id)?;
            body.push(b'}');
            Ok(body)
        };
        let body = encode();
        if let Ok(body) = &body
            && self.0.begin_at_once(body.len())
        {
            self.0.write_one(body);
            return;
        }
        self.push(body);
    }

    fn is_full(&self) -> bool {
        self.0.state.lock().bytes > HARD_LIMIT
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
    /// Writes what is queued until the queue is closed or the pipe is gone.
    fn run(&self) {
        while let Some(body) = self.next() {
            self.write_one(&body);
        }
        *self.output.lock() = None;
    }

    /// The first of the queue, as soon as nobody writes; `None` at the end. Who gets one has to write it.
    fn next(&self) -> Option<Vec<u8>> {
        let mut state = self.state.lock();
        loop {
            if state.broken {
                return None;
            }
            if !state.writing {
                if let Some(body) = state.queue.pop_front() {
                    state.writing = true;
                    return Some(body);
                }
                if state.closed {
                    return None;
                }
            }
            self.filled.wait(&mut state);
        }
    }

    /// Becomes the writer of a body of this length if nothing is before it.
    fn begin_at_once(&self, len: usize) -> bool {
        let mut state = self.state.lock();
        let is_free = !state.writing && state.queue.is_empty() && !state.closed && !state.broken;
        if is_free {
            state.writing = true;
            state.bytes += len;
        }
        is_free
    }

    /// Writes one body; only for who may, see [`State::writing`].
    fn write_one(&self, body: &[u8]) {
        let written = match &mut *self.output.lock() {
            Some(output) => write!(output, "Content-Length: {}\r\n\r\n", body.len())
                .and_then(|()| output.write_all(body))
                .and_then(|()| {
                    if self.is_last() {
                        output.flush()
                    } else {
                        Ok(())
                    }
                }),
            None => Ok(()),
        };
        let mut state = self.state.lock();
        state.writing = false;
        state.bytes -= body.len();
        if let Err(error) = written {
            tracing::warn!(%error, "the client's pipe is gone");
            state.broken = true;
            state.queue.clear();
            self.broken.notify_one();
        }
        if state.queue.is_empty() {
            self.drained.notify_all();
        }
        if !state.queue.is_empty() || state.closed || state.broken {
            self.filled.notify_one();
        }
    }

    /// True when no body waits behind the one that is written.
    fn is_last(&self) -> bool {
        self.state.lock().queue.is_empty()
    }
}

/// The short error that stands in for an answer to a client that does not read.
fn unread(id: &Id) -> serde_json::Result<Vec<u8>> {
    let error = Error {
        code: ErrorCode::ServerError(-32803),
        message: "the client does not read its answers".into(),
        data: None,
    };
    serde_json::to_vec(&Response::from_error(id.clone(), error))
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
    use crate::lsp::delivery::Delivery;
    use crate::lsp::wire::Inbound;
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
            outbox.answer(&Response::from_ok(id.into(), big.clone()));
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

    #[test]
    fn results_of_many_threads_come_out_whole_and_once() {
        let (reader, writer) = std::io::pipe().unwrap();
        let outbox = Outbox::spawn(writer).unwrap();
        let result = json!("z".repeat(50_000)).to_string();
        let threads: Vec<_> = (0..8)
            .map(|thread| {
                let (outbox, result) = (outbox.clone(), result.clone());
                std::thread::spawn(move || {
                    for at in 0..50 {
                        let id = thread * 100 + at;
                        match at % 5 {
                            0 => outbox.call(&report("end")),
                            1 => outbox.answer(&Response::from_ok(id.into(), json!(at))),
                            _ => outbox.result(&id.into(), &result),
                        }
                    }
                })
            })
            .collect();
        let mut input = std::io::BufReader::new(reader);
        let mut seen = std::collections::BTreeMap::new();
        while seen.values().sum::<u32>() < 8 * 50 {
            let id = match crate::lsp::wire::read(&mut input).unwrap().unwrap() {
                Inbound::Response(response) => response.id().to_string(),
                Inbound::Request(request) => request.method().to_owned(),
                bad @ Inbound::Bad(_) => panic!("{bad:?}"),
            };
            *seen.entry(id).or_insert(0) += 1;
        }
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(seen.remove("$/progress"), Some(8 * 10));
        assert!(seen.len() == 8 * 40 && seen.values().all(|n| *n == 1));
        outbox.close(Duration::from_mins(1));
        assert_eq!(outbox.load(), (0, 0));
    }

    #[test]
    fn a_request_is_answered_once_whoever_comes_first() {
        for _ in 0..200 {
            let (reader, writer) = std::io::pipe().unwrap();
            let outbox = Outbox::spawn(writer).unwrap();
            let delivery = Delivery::new(7.into(), outbox.clone());
            let giver = std::thread::spawn({
                let delivery = delivery.clone();
                move || delivery.give("[]")
            });
            let is_cancelled = delivery.claim();
            if is_cancelled {
                let error = Error::request_cancelled();
                outbox.answer(&Response::from_error(7.into(), error));
            }
            giver.join().unwrap();
            outbox.close(Duration::from_mins(1));
            drop((outbox, delivery));
            let text = std::io::read_to_string(reader).unwrap();
            assert_eq!(text.matches("\"id\":7").count(), 1, "{text}");
            assert_eq!(text.contains("error"), is_cancelled);
        }
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
