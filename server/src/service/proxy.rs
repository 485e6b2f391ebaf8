//! The client's end of a session: forwards messages between the client and whoever serves it, and moves the session when that one
//! dies. The client notices nothing but a pause.
//!
//! A moved session is told what the client has said so far (`initialize`, then [`Memory`]), then asked again what was asked and
//! not answered. Every question changes nothing at the server, so asking twice is harmless; what was answered once is not
//! answered again. Messages go through as they are, apart from the ids of questions to the client: those of a moved session get a
//! mark, because two sessions count alike.

use std::collections::{BTreeSet, VecDeque};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::Shutdown;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::memory::{Memory, notification};
use super::transport::Stream;
use crate::lsp::parent::is_alive;
use crate::lsp::wire;

/// After so many servers in a row that died before they answered anything, the session stays in this process: what the client
/// has open may be what they die of.
const MUTE_DEATHS: usize = 3;
/// So it does after so many deaths in [`SHORTLY`], of whatever kind.
const DEATHS: usize = 200;
const SHORTLY: Duration = Duration::from_mins(2);
/// How long the last answers may take after the client said `exit` or closed its end.
const FAREWELL: Duration = Duration::from_secs(3);

/// How messages are framed, and what `initialized` is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// `Content-Length` headers; documents and settings are remembered.
    Lsp,
    /// A line each; nothing is remembered but the beginning.
    Mcp,
}

impl Protocol {
    /// A body; `Err` is what to answer instead of forwarding. `None` at the end.
    fn read(self, input: &mut impl BufRead) -> io::Result<Option<Result<Vec<u8>, Vec<u8>>>> {
        match self {
            Self::Lsp => {
                let body = wire::read_body(input)?;
                let answer = |it| serde_json::to_vec(&it).unwrap_or_default();
                Ok(body.map(|body| body.map_err(answer)))
            }
            Self::Mcp => {
                let mut line = Vec::new();
                if input.read_until(b'\n', &mut line)? == 0 {
                    return Ok(None);
                }
                while line.last().is_some_and(u8::is_ascii_whitespace) {
                    line.pop();
                }
                Ok(Some(Ok(line)))
            }
        }
    }

    fn write(self, output: &mut impl Write, body: &[u8]) -> io::Result<()> {
        match self {
            Self::Lsp => wire::write(output, body),
            Self::Mcp => {
                let mut line = Vec::with_capacity(body.len() + 1);
                line.extend_from_slice(body);
                line.push(b'\n');
                output.write_all(&line)?;
                output.flush()
            }
        }
    }
}

/// Who serves next; true when it must be this process itself.
pub(crate) type Next = Box<dyn FnMut(bool) -> io::Result<Stream> + Send>;

/// What may be looked at of any message.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    method: Option<&'a RawValue>,
    #[serde(borrow, default)]
    params: Option<&'a RawValue>,
    #[serde(borrow, default)]
    result: Option<&'a RawValue>,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
}

impl Envelope<'_> {
    fn method(&self) -> Option<String> {
        serde_json::from_str(self.method?.get()).ok()
    }

    fn id(&self) -> Option<&str> {
        self.id.map(RawValue::get)
    }
}

struct State {
    to: Stream,
    /// Sessions before this one.
    moves: usize,
    /// `initialize`: its id and body.
    initialize: Option<(String, Vec<u8>)>,
    is_initialized: bool,
    memory: Memory,
    /// Questions without an answer, in order: id and body.
    pending: VecDeque<(String, Vec<u8>)>,
    /// Progress that the client shows.
    progress: BTreeSet<String>,
    /// What the client has registered for us.
    registered: BTreeSet<String>,
    /// The client asked for the end.
    is_down: bool,
    /// The client said `exit`, or is gone.
    is_leaving: bool,
    /// This server has answered something.
    has_answered: bool,
    /// The service cannot serve this client.
    must_stay: bool,
}

/// What the service says last to a client whose settings need a process of their own.
pub(crate) const DETACH: &str = "$/symseek/detach";
/// How often the client's process is looked for.
const LOOK: Duration = Duration::from_secs(3);

struct Proxy {
    protocol: Protocol,
    state: Mutex<State>,
    output: Mutex<Box<dyn Write + Send>>,
}

/// Forwards until the client leaves. Gives the exit code: 0 after `shutdown`, else 1 (for agents always 0).
///
/// # Errors
/// When a thread cannot be started.
pub(crate) fn run(
    protocol: Protocol,
    input: impl Read + Send + 'static,
    output: impl Write + Send + 'static,
    first: Stream,
    next: Next,
) -> io::Result<u8> {
    let proxy = Arc::new(Proxy {
        protocol,
        state: Mutex::new(State {
            to: first.try_clone()?,
            moves: 0,
            initialize: None,
            is_initialized: false,
            memory: Memory::default(),
            pending: VecDeque::new(),
            progress: BTreeSet::new(),
            registered: BTreeSet::new(),
            is_down: false,
            is_leaving: false,
            has_answered: false,
            must_stay: false,
        }),
        output: Mutex::new(Box::new(output)),
    });
    let (ended, end) = std::sync::mpsc::channel();
    let (its, done) = (Arc::clone(&proxy), ended.clone());
    std::thread::Builder::new()
        .name("symseek-answers".to_owned())
        .spawn(move || {
            its.serve(first, next);
            let _ = done.send(Duration::ZERO);
        })?;
    let its = Arc::clone(&proxy);
    std::thread::Builder::new()
        .name("symseek-stdin".to_owned())
        .spawn(move || {
            its.listen(input);
            let _ = ended.send(FAREWELL);
        })?;
    // Whoever ends first; the last answers get some time if it is the client.
    if let Ok(patience) = end.recv()
        && !patience.is_zero()
    {
        let _ = end.recv_timeout(patience);
    }
    let is_down = proxy.state.lock().is_down;
    Ok(u8::from(protocol == Protocol::Lsp && !is_down))
}

impl Proxy {
    /// Client to server.
    fn listen(self: &Arc<Self>, input: impl Read) {
        let mut input = BufReader::with_capacity(1 << 16, input);
        loop {
            match self.protocol.read(&mut input) {
                Ok(Some(Ok(body))) => {
                    if self.from_client(body) {
                        return;
                    }
                }
                Ok(Some(Err(answer))) => self.to_client(&answer),
                Ok(None) => break,
                Err(error) => {
                    tracing::warn!(%error, "the client's pipe cannot be read");
                    break;
                }
            }
        }
        self.leave();
    }

    /// True when it was the last message.
    fn from_client(self: &Arc<Self>, body: Vec<u8>) -> bool {
        let mut state = self.state.lock();
        let state = &mut *state;
        let Ok(envelope) = serde_json::from_slice::<Envelope<'_>>(&body) else {
            // Whoever serves says what is wrong with it.
            let _ = self.protocol.write(&mut state.to, &body);
            return false;
        };
        match (envelope.method(), envelope.id()) {
            (Some(method), Some(id)) => {
                let id = id.to_owned();
                if method == "initialize" && state.initialize.is_none() {
                    state.initialize = Some((id.clone(), body.clone()));
                    self.watch_client(&envelope);
                }
                state.is_down |= method == "shutdown";
                let _ = self.protocol.write(&mut state.to, &body);
                state.pending.push_back((id, body));
            }
            (Some(method), None) => {
                let is_last = method == "exit" && self.protocol == Protocol::Lsp;
                state.is_leaving |= is_last;
                // A server that is gone is noticed where its answers end; until then the memory keeps what counts.
                let _ = self.protocol.write(&mut state.to, &body);
                match method.as_str() {
                    "initialized" | "notifications/initialized" => state.is_initialized = true,
                    _ if self.protocol == Protocol::Lsp => state.memory.note(&method, &body),
                    _ => {}
                }
                if is_last {
                    close(&state.to);
                }
                return is_last;
            }
            (None, Some(id)) => {
                if let Some(answer) = unmarked(state.moves, id, &envelope) {
                    let _ = self
                        .protocol
                        .write(&mut state.to, answer.as_deref().unwrap_or(&body));
                }
            }
            (None, None) => {
                let _ = self.protocol.write(&mut state.to, &body);
            }
        }
        false
    }

    /// Leaves when the client's process is gone, though somebody who inherited its end of the pipe may live on.
    fn watch_client(self: &Arc<Self>, initialize: &Envelope<'_>) {
        let params = initialize.params.map_or(Value::Null, |it| raw(it.get()));
        let process = params["processId"].as_u64();
        let process = process.and_then(|it| u32::try_from(it).ok());
        let Some(process) = process.filter(|&it| is_alive(it)) else {
            return;
        };
        let proxy = Arc::downgrade(self);
        let watch = move || {
            while is_alive(process) {
                std::thread::sleep(LOOK);
            }
            if let Some(proxy) = proxy.upgrade() {
                tracing::warn!(process, "the client is gone");
                proxy.leave();
            }
        };
        let name = "symseek-parent".to_owned();
        if let Err(error) = std::thread::Builder::new().name(name).spawn(watch) {
            tracing::warn!(%error, "the client's process is not watched");
        }
    }

    fn leave(&self) {
        let mut state = self.state.lock();
        state.is_leaving = true;
        close(&state.to);
    }

    /// Server to client, over all the servers there will be.
    fn serve(&self, from: Stream, mut next: Next) {
        let (mut deaths, mut mute) = (VecDeque::new(), 0);
        let mut input = buffered(from);
        loop {
            self.forward(&mut input);
            loop {
                deaths.push_back(Instant::now());
                deaths.retain(|at: &Instant| at.elapsed() < SHORTLY);
                if std::mem::take(&mut self.state.lock().has_answered) {
                    mute = 0;
                }
                mute += 1;
                let stay = mute > MUTE_DEATHS || deaths.len() > DEATHS;
                match self.move_on(&mut next, stay) {
                    Ok(Some(moved)) => {
                        input = moved;
                        break;
                    }
                    Ok(None) => return,
                    Err(error) if mute > 2 * MUTE_DEATHS => {
                        tracing::error!(%error, "nobody serves the session");
                        return;
                    }
                    Err(error) => tracing::warn!(%error, "the next server is gone, too"),
                }
            }
        }
    }

    /// Forwards what a server says until it ends.
    fn forward(&self, input: &mut impl BufRead) {
        while let Ok(Some(Ok(body))) = self.protocol.read(input) {
            self.hear(&body);
        }
    }

    /// A result that nobody waits for any more was given by an earlier session.
    fn hear_result(&self, id: &str, body: &[u8]) {
        let mut state = self.state.lock();
        let is_asked = take(&mut state.pending, id);
        state.has_answered |= is_asked;
        if is_asked && is_initialize(&state, id) {
            state.memory.agreed(body);
        }
        drop(state);
        if is_asked {
            self.to_client(body);
        }
    }

    fn hear(&self, body: &[u8]) {
        // Most are results, whose id stands last; to look for it from the front would be to read them whole.
        if let Some(id) = id_of_result(body) {
            return self.hear_result(id, body);
        }
        let Ok(envelope) = serde_json::from_slice::<Envelope<'_>>(body) else {
            return self.to_client(body);
        };
        let mut state = self.state.lock();
        match (envelope.method(), envelope.id()) {
            (None, Some(id)) => {
                drop(state);
                self.hear_result(id, body);
            }
            (Some(method), Some(id)) => {
                if method == "client/registerCapability" && !is_new(&mut state, &envelope) {
                    let answer = json!({"jsonrpc": "2.0", "id": raw(id), "result": null});
                    let _ = self
                        .protocol
                        .write(&mut state.to, answer.to_string().as_bytes());
                    return;
                }
                let marked = marked(state.moves, id, &envelope);
                drop(state);
                self.to_client(marked.as_deref().unwrap_or(body));
            }
            (Some(method), None) => {
                if method == "$/progress" {
                    note_progress(&mut state, &envelope);
                }
                if method == DETACH {
                    state.must_stay = true;
                    return;
                }
                drop(state);
                self.to_client(body);
            }
            (None, None) => {
                drop(state);
                self.to_client(body);
            }
        }
    }

    fn to_client(&self, body: &[u8]) {
        if self.protocol.write(&mut *self.output.lock(), body).is_err() {
            self.leave();
        }
    }

    /// Moves the session; `None` when the client leaves. Meanwhile the client's messages wait.
    fn move_on(&self, next: &mut Next, stay: bool) -> io::Result<Option<Input>> {
        let mut state = self.state.lock();
        if state.is_leaving {
            return Ok(None);
        }
        tracing::warn!("the session's server is gone, moving on");
        let mut to = next(stay || state.must_stay)?;
        let mut input = buffered(to.try_clone()?);
        state.moves += 1;
        let (mut early, mut own) = (Vec::new(), Vec::new());
        if let Some((id, body)) = state.initialize.clone() {
            self.protocol.write(&mut to, &body)?;
            let answer = loop {
                match self.protocol.read(&mut input)? {
                    Some(Ok(body)) if answers(&body, &id) => break body,
                    Some(Ok(body)) => early.push(body),
                    _ => return Err(io::ErrorKind::UnexpectedEof.into()),
                }
            };
            if take(&mut state.pending, &id) {
                state.memory.agreed(&answer);
                own.push(answer);
            }
            if state.is_initialized {
                let (method, replay) = match self.protocol {
                    Protocol::Lsp => ("initialized", state.memory.replay()),
                    Protocol::Mcp => ("notifications/initialized", Vec::new()),
                };
                self.protocol
                    .write(&mut to, &notification(method, &json!({})))?;
                for body in replay {
                    self.protocol.write(&mut to, &body)?;
                }
            }
        }
        for (_, body) in &state.pending {
            self.protocol.write(&mut to, body)?;
        }
        for token in std::mem::take(&mut state.progress) {
            let end = json!({"token": raw(&token), "value": {"kind": "end"}});
            own.push(notification("$/progress", &end));
        }
        state.to = to;
        drop(state);
        for body in own {
            self.to_client(&body);
        }
        // What the new server said before it was initialized.
        for body in early {
            self.hear(&body);
        }
        Ok(Some(input))
    }
}

/// What a server says.
type Input = BufReader<Stream>;

fn buffered(from: Stream) -> Input {
    BufReader::with_capacity(1 << 16, from)
}

/// Tells who serves that nothing more will come.
fn close(to: &Stream) {
    let _ = to.shutdown(Shutdown::Write);
}

fn raw(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_default()
}

fn is_initialize(state: &State, id: &str) -> bool {
    let initialize = state.initialize.as_ref();
    initialize.is_some_and(|(known, _)| known == id)
}

fn answers(body: &[u8], id: &str) -> bool {
    let envelope = serde_json::from_slice::<Envelope<'_>>(body);
    envelope.is_ok_and(|it| it.method.is_none() && it.id() == Some(id))
}

/// Takes a question from the open ones; false when it was not among them.
fn take(pending: &mut VecDeque<(String, Vec<u8>)>, id: &str) -> bool {
    // Answers to what was no request carry null.
    if id == "null" {
        return true;
    }
    let at = pending.iter().position(|(known, _)| known == id);
    at.is_some_and(|at| pending.remove(at).is_some())
}

/// The id of a result as our own server writes it: `{"jsonrpc":"2.0","result":…,"id":7}`.
fn id_of_result(body: &[u8]) -> Option<&str> {
    if !body.starts_with(b"{\"jsonrpc\":\"2.0\",\"result\":") {
        return None;
    }
    let body = body.strip_suffix(b"}")?;
    let n_digits = body
        .iter()
        .rev()
        .take_while(|it| it.is_ascii_digit())
        .count();
    let (rest, id) = body.split_at(body.len() - n_digits);
    (n_digits > 0 && rest.ends_with(b",\"id\":"))
        .then(|| std::str::from_utf8(id).ok())
        .flatten()
}

/// What a moved session's questions begin with, as their ids.
fn mark(moves: usize) -> String {
    format!("symseek-{moves}:")
}

/// A question of the server's under an id of its own; `None` when it may keep its id.
fn marked(moves: usize, id: &str, envelope: &Envelope<'_>) -> Option<Vec<u8>> {
    if moves == 0 {
        return None;
    }
    let mut message = json!({"jsonrpc": "2.0", "id": format!("{}{id}", mark(moves))});
    message["method"] = json!(envelope.method());
    if let Some(params) = envelope.params {
        message["params"] = raw(params.get());
    }
    Some(message.to_string().into_bytes())
}

/// What a client's answer becomes: `None` when it is for a session that is gone, `Some(None)` when it may keep its id.
#[expect(
    clippy::option_option,
    reason = "dropped, kept and changed are three cases"
)]
fn unmarked(moves: usize, id: &str, envelope: &Envelope<'_>) -> Option<Option<Vec<u8>>> {
    if moves == 0 {
        return Some(None);
    }
    let id: String = serde_json::from_str(id).ok()?;
    let id = id.strip_prefix(&mark(moves))?;
    let mut message = json!({"jsonrpc": "2.0", "id": raw(id)});
    match (envelope.error, envelope.result) {
        (Some(error), _) => message["error"] = raw(error.get()),
        (None, result) => message["result"] = raw(result.map_or("null", RawValue::get)),
    }
    Some(Some(message.to_string().into_bytes()))
}

/// Whether a registration holds something that the client has not registered yet.
fn is_new(state: &mut State, envelope: &Envelope<'_>) -> bool {
    let params = envelope.params.map_or(Value::Null, |it| raw(it.get()));
    let listed = params["registrations"].as_array().cloned();
    let ids = listed.unwrap_or_default();
    let ids = ids.iter().filter_map(|it| it["id"].as_str());
    // All of them are taken in, whatever the first says.
    ids.filter(|id| state.registered.insert((*id).to_owned()))
        .count()
        > 0
}

fn note_progress(state: &mut State, envelope: &Envelope<'_>) {
    let params = envelope.params.map_or(Value::Null, |it| raw(it.get()));
    let token = params["token"].to_string();
    match params["value"]["kind"].as_str() {
        Some("begin") => {
            state.progress.insert(token);
        }
        Some("end") => {
            state.progress.remove(&token);
        }
        _ => {}
    }
}
