//! The loop between two pipes and the service.
//!
//! Why not tower-lsp's `Server`: it stops reading for good after one malformed body (its framed reader ends after an
//! error), hangs when a message follows `exit`, counts slow requests against four slots, writes from the same task that
//! reads, and panics when the client answers a question whose asker is gone. This loop keeps tower-lsp's service, client
//! and message types and replaces the pipes: one thread reads and parses, one thread writes ([`Outbox`]), and nothing in
//! between ever waits for either, for a handler, or for the client.

use crate::lsp::ingress::{Ingress, Phase};
use crate::lsp::outbox::Outbox;
use crate::lsp::wire::{self, Inbound};
use futures::stream::FuturesUnordered;
use futures::{FutureExt, SinkExt, StreamExt};
use std::future::poll_fn;
use std::io::{BufReader, Read};
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tokio::sync::mpsc;
use tower::Service;
use tower_lsp::jsonrpc::{Request, Response};
use tower_lsp::{ClientSocket, ExitedError};

/// How many parsed messages may wait for the loop.
const INBOUND: usize = 64;
/// How long requests may run on after the client closed its end.
const GRACE: Duration = Duration::from_secs(2);

/// Starts the thread that reads and parses.
pub(crate) fn reader(
    input: impl Read + Send + 'static,
) -> std::io::Result<mpsc::Receiver<Inbound>> {
    let (sender, receiver) = mpsc::channel(INBOUND);
    std::thread::Builder::new()
        .name("symseek-stdin".into())
        .spawn(move || {
            let mut input = BufReader::with_capacity(1 << 16, input);
            loop {
                match wire::read(&mut input) {
                    Ok(Some(message)) => {
                        if sender.blocking_send(message).is_err() {
                            return;
                        }
                    }
                    Ok(None) => return,
                    Err(error) => {
                        tracing::warn!(%error, "the client's pipe cannot be read");
                        return;
                    }
                }
            }
        })?;
    Ok(receiver)
}

/// Serves until `exit`, the end of the input, or a broken output. Gives the exit code: 0 after `shutdown`, else 1.
pub(crate) async fn serve<S>(
    mut service: Ingress<S>,
    socket: ClientSocket,
    mut inbound: mpsc::Receiver<Inbound>,
    outbox: &Outbox,
) -> u8
where
    S: Service<Request, Response = Option<Response>, Error = ExitedError>,
    S::Future: Send + 'static,
{
    let (mut calls, mut answers) = socket.split();
    let mut running = FuturesUnordered::new();
    let mut is_ready = false;
    let mut open = true;
    let grace = tokio::time::sleep(Duration::MAX);
    tokio::pin!(grace);
    loop {
        tokio::select! {
            biased;
            () = outbox.broken() => break,
            Some(answer) = running.next(), if !running.is_empty() => {
                if let Ok(Some(reply)) = answer {
                    outbox.answer(&reply);
                }
            }
            Some(call) = calls.next() => outbox.call(&call),
            ready = poll_fn(|context| service.poll_ready(context)), if open && !is_ready => {
                if ready.is_err() {
                    break;
                }
                is_ready = true;
            }
            message = inbound.recv(), if open && is_ready => match message {
                Some(Inbound::Request(request)) => {
                    is_ready = false;
                    running.push(service.call(request));
                    if matches!(service.phase(), Phase::Exited { .. }) {
                        break;
                    }
                }
                Some(Inbound::Response(response)) => {
                    // tower-lsp panics when the asker is gone; that must not end the loop.
                    let delivery = AssertUnwindSafe(answers.feed(response)).catch_unwind();
                    if !matches!(delivery.now_or_never(), Some(Ok(Ok(())))) {
                        tracing::debug!("an answer of the client found nobody");
                    }
                }
                Some(Inbound::Bad(response)) => {
                    tracing::warn!(error = ?response.error(), "a message was not understood");
                    outbox.answer(&response);
                }
                None => {
                    open = false;
                    grace.as_mut().reset(tokio::time::Instant::now() + GRACE);
                }
            },
            () = &mut grace, if !open => break,
        }
        if !open && running.is_empty() {
            break;
        }
    }
    match service.phase() {
        Phase::Down | Phase::Exited { clean: true } => 0,
        _ => 1,
    }
}
