//! A client for tests: a whole server in this process, behind two real pipes, over a [`FakeBackend`].

use crate::lsp::fake::FakeBackend;
use crate::lsp::shared::Options;
use crate::lsp::{serve, wire};
use serde_json::{Value, json};
use std::io::{BufReader, PipeReader, PipeWriter, Read, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Nothing in a healthy server takes this long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct TestClient {
    pub(crate) backend: Arc<FakeBackend>,
    input: Option<PipeWriter>,
    messages: Option<Receiver<Value>>,
    output: Option<PipeReader>,
    /// Came in, and nobody asked for it yet.
    waiting: Vec<Value>,
    server: Option<JoinHandle<u8>>,
    next_id: i64,
}

impl TestClient {
    /// A server nobody has spoken to; the client does not read until [`Self::listen`].
    pub(crate) fn deaf(options: Options) -> Self {
        let (server_input, input) = std::io::pipe().unwrap();
        let (output, server_output) = std::io::pipe().unwrap();
        let backend = Arc::<FakeBackend>::default();
        let its = backend.clone();
        let server = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .max_blocking_threads(32)
                .enable_time()
                .build()
                .unwrap();
            let served = serve(server_input, server_output, its, options);
            let code = runtime.block_on(served).unwrap();
            runtime.shutdown_background();
            code
        });
        Self {
            backend,
            input: Some(input),
            messages: None,
            output: Some(output),
            waiting: Vec::new(),
            server: Some(server),
            next_id: 1,
        }
    }

    /// A server nobody has spoken to.
    pub(crate) fn fresh(options: Options) -> Self {
        let mut client = Self::deaf(options);
        client.listen();
        client
    }

    /// A server at work, for a client with these capabilities.
    pub(crate) fn with(capabilities: Value) -> Self {
        let mut client = Self::fresh(Options::default());
        client.initialize(json!({"capabilities": capabilities}));
        client
    }

    pub(crate) fn new() -> Self {
        Self::with(json!({}))
    }

    /// Starts to read.
    pub(crate) fn listen(&mut self) {
        let mut output = BufReader::new(self.output.take().unwrap());
        let (sender, receiver) = channel();
        std::thread::spawn(move || {
            while let Some(message) = read_message(&mut output) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        self.messages = Some(receiver);
    }

    pub(crate) fn initialize(&mut self, params: Value) -> Value {
        let answer = self.ask("initialize", params);
        self.notify("initialized", json!({}));
        answer
    }

    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.input.as_mut().unwrap().write_all(bytes).unwrap();
    }

    pub(crate) fn send(&mut self, message: &Value) {
        let body = message.to_string();
        self.raw(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    }

    pub(crate) fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// Sends a request; gives its id.
    pub(crate) fn request(&mut self, method: &str, params: Value) -> i64 {
        let id = self.next_id;
        self.next_id += 1;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        id
    }

    /// The answer to a request, with `result` or `error`.
    pub(crate) fn answer(&mut self, id: i64) -> Value {
        self.expect(|message| message.get("method").is_none() && message["id"] == json!(id))
    }

    pub(crate) fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.request(method, params);
        self.answer(id)
    }

    /// The names `workspace/symbol` finds.
    pub(crate) fn symbols(&mut self, query: &str) -> Vec<String> {
        let answer = self.ask("workspace/symbol", json!({"query": query}));
        let symbols = answer["result"]
            .as_array()
            .unwrap_or_else(|| panic!("{answer}"));
        let name = |symbol: &Value| symbol["name"].as_str().unwrap().to_owned();
        symbols.iter().map(name).collect()
    }

    /// The first message that fits; what came before it waits.
    pub(crate) fn expect(&mut self, fits: impl Fn(&Value) -> bool) -> Value {
        let found = self.expect_within(PATIENCE, fits);
        found.unwrap_or_else(|| panic!("nothing fits among {:#?}", self.waiting))
    }

    pub(crate) fn expect_within(
        &mut self,
        patience: Duration,
        fits: impl Fn(&Value) -> bool,
    ) -> Option<Value> {
        if let Some(at) = self.waiting.iter().position(&fits) {
            return Some(self.waiting.remove(at));
        }
        let until = Instant::now() + patience;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.messages.as_ref().unwrap().recv_timeout(left) {
                Ok(message) if fits(&message) => return Some(message),
                Ok(message) => self.waiting.push(message),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return None,
            }
        }
    }

    /// The next call of this method by the server.
    pub(crate) fn call(&mut self, method: &str) -> Value {
        self.expect(|message| message["method"] == json!(method))
    }

    /// Answers a call of the server.
    pub(crate) fn reply(&mut self, call: &Value, result: &Value) {
        self.send(&json!({"jsonrpc": "2.0", "id": call["id"], "result": result}));
    }

    pub(crate) fn open(&mut self, uri: &str, text: &str) {
        let item = json!({"uri": uri, "languageId": "rust", "version": 1, "text": text});
        self.notify("textDocument/didOpen", json!({"textDocument": item}));
    }

    /// Replaces a range, given as `[line, column, line, column]`.
    pub(crate) fn edit(&mut self, uri: &str, version: i32, at: [u32; 4], text: &str) {
        let [a, b, c, d] = at;
        let range =
            json!({"start": {"line": a, "character": b}, "end": {"line": c, "character": d}});
        self.change(uri, version, json!([{"range": range, "text": text}]));
    }

    pub(crate) fn change(&mut self, uri: &str, version: i32, changes: Value) {
        let params = json!({
            "textDocument": {"uri": uri, "version": version}, "contentChanges": changes});
        self.notify("textDocument/didChange", params);
    }

    /// Waits until the server took everything that was sent.
    pub(crate) fn settle(&mut self) {
        self.symbols("settle");
    }

    /// Closes the input.
    pub(crate) fn hang_up(&mut self) {
        self.input = None;
    }

    /// The server's exit code.
    pub(crate) fn code(mut self) -> u8 {
        let server = self.server.take().unwrap();
        let until = Instant::now() + PATIENCE;
        while !server.is_finished() {
            assert!(Instant::now() < until, "the server does not end");
            std::thread::sleep(Duration::from_millis(2));
        }
        server.join().unwrap()
    }
}

/// One message of the server, as JSON.
pub(crate) fn read_message(input: &mut BufReader<impl Read>) -> Option<Value> {
    match wire::read(input).ok()?? {
        wire::Inbound::Request(request) => Some(serde_json::to_value(request).unwrap()),
        wire::Inbound::Response(response) => Some(serde_json::to_value(response).unwrap()),
        // An error under the id null is read as a response.
        wire::Inbound::Bad(response) => panic!("the server sent nonsense: {response:?}"),
    }
}
