//! What an editor waits for: the real `symseek lsp` as a child process over stdio, on a copy of about 10,000 chunks of
//! real sources.
//!
//! - **query**: 60 different queries in several rounds, hybrid (bars: p50 2 ms, p99 10 ms) and lexical (p50 1 ms). Wall time
//!   from before the request is written until its answer is read, beside the engine's own `tookMs`.
//! - **large**: the same over about 100,000 chunks (bar: hybrid p50 8 ms). Only when it is asked for.
//! - **keystroke**: a Rust file of 3,000 lines is open; each character typed inside a function body goes out as a `didChange`
//!   with a query right behind it (bar: p99 16 ms from before the change is written to the answer). Every tenth pauses,
//!   so that the server's own clean-up of broken syntax takes place too.
//!
//! `SYMSEEK_BINARY` names another build of the server, to compare with; with `SYMSEEK_SERVICE=auto` the server is a client of the service.
//!
//! `cargo bench --workspace --bench protocol [-- full|lexical|symbols|keystrokes|large]`
#![allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark reports"
)]

#[path = "../tests/child/mod.rs"]
mod child;
#[path = "../crates/engine/benches/corpus/mod.rs"]
mod corpus;

use corpus::{Corpus, memory, quantile};
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};

/// Lines of the corpus: about 10,000 chunks.
const LINES: usize = 150_000;
/// Lines of the large corpus: about 100,000 chunks.
const LARGE: usize = 1_500_000;
/// `SYMSEEK_ROUNDS` sets more, for a profiler.
const ROUNDS: usize = 10;
/// Places in the open file where something is typed.
const PLACES: usize = 16;

const QUERIES: [&str; 60] = [
    "retry a request with exponential backoff",
    "parse a header line",
    "where is the configuration read from a file",
    "convert a string to lower case",
    "write bytes to a buffered stream",
    "how are threads joined at shutdown",
    "decode utf-8 and report invalid bytes",
    "compute the hash of a key",
    "grow the table when it is full",
    "remove an entry from the map",
    "iterate over the children of a node",
    "lock a mutex without blocking",
    "format a duration for people",
    "compare two versions",
    "error type for io failures",
    "wake a waiting task",
    "split text at word boundaries",
    "binary search in a sorted slice",
    "allocate aligned memory",
    "cancel a running future",
    "serialize a struct to json",
    "read the next token from the input",
    "match a glob pattern against a path",
    "normalise a file path",
    "create a temporary directory",
    "send a message over a channel with a timeout",
    "compile a regular expression",
    "generate random bytes",
    "convert between time zones",
    "derive macro for a trait",
    "from_str",
    "new",
    "poll_next",
    "into_iter",
    "as_bytes",
    "try_from",
    "Display",
    "HashMap",
    "drop",
    "size_hint",
    "write_all",
    "with_capacity",
    "is_empty",
    "parse error",
    "buffer overflow check",
    "thread local storage",
    "unsafe pointer cast",
    "atomic compare exchange",
    "iterator adaptor",
    "hash table probe sequence",
    "kind:fn parse number",
    "kind:struct builder",
    "lang:rust read line",
    "path:src error",
    "unicode -test width",
    "called `Option::unwrap()` on a `None` value",
    "index out of bounds",
    "fn split_at(&self, mid: usize)",
    "callers of with_capacity",
    "deserialise a sequnce of bytes",
];

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    let wants = |what: &str| {
        let named = |argument: &String| argument == what || argument == "large" && is_query(what);
        arguments.is_empty() || arguments.iter().any(named)
    };
    let rounds = std::env::var("SYMSEEK_ROUNDS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(ROUNDS);
    let large = arguments.iter().any(|argument| argument == "large");
    let corpus = Corpus::of_dependencies(if large { LARGE } else { LINES });
    println!("corpus: {}", corpus.describe());
    let mut server = Server::start(&corpus.root);
    let status = server.command("symseek.status", &json!({})).answer;
    let [rss, anon, file, _] = memory(&server.id());
    println!(
        "{} chunks; after indexing: {rss:.0} MB resident ({anon:.0} anonymous, {file:.0} of files)",
        status["chunks"]
    );
    assert_eq!(status["state"], "ready");

    println!(
        "\n{:<34} {:>6} {:>8} {:>8} {:>8} {:>8} | {:>8} {:>8} of the engine, ms",
        "", "n", "p50", "p90", "p99", "max", "p50", "p99"
    );
    let bars = if large {
        [("full", "p50 8"), ("lexical", "none")]
    } else {
        [("full", "p50 2, p99 10"), ("lexical", "p50 1")]
    };
    for (mode, bar) in bars.into_iter().filter(|(mode, _)| wants(mode)) {
        queries(
            &mut server,
            &format!("{mode}, first time each"),
            mode,
            1,
            bar,
        );
        queries(
            &mut server,
            &format!("{mode}, {rounds} rounds"),
            mode,
            rounds,
            bar,
        );
    }
    if wants("symbols") {
        symbols(&mut server);
    }
    if wants("keystrokes") {
        keystrokes(&mut server, &corpus);
    }
    let [rss, anon, file, _] = memory(&server.id());
    println!("\nat the end: {rss:.0} MB resident ({anon:.0} anonymous, {file:.0} of files)");
}

fn is_query(section: &str) -> bool {
    ["full", "lexical"].contains(&section)
}

fn queries(server: &mut Server, name: &str, mode: &str, rounds: usize, bar: &str) {
    let (mut wall, mut own) = (Vec::new(), Vec::new());
    let mut slowest = (0.0, "", 0.0);
    for _ in 0..rounds {
        for query in QUERIES {
            let reply = server.command(
                "symseek.search",
                &json!({"query": query, "limit": 20, "mode": mode}),
            );
            let took = reply.answer["tookMs"].as_f64().unwrap();
            assert_eq!(reply.answer["complete"], true, "{query}");
            assert!(
                reply.answer["hits"]
                    .as_array()
                    .is_some_and(|hits| !hits.is_empty()),
                "{query}: {}",
                reply.answer
            );
            if reply.ms > slowest.0 {
                slowest = (reply.ms, query, took);
            }
            wall.push(reply.ms);
            own.push(took);
        }
    }
    row(name, &mut wall, Some(&mut own), bar);
    println!(
        "{:<34} slowest {:.2} ms (engine {:.2}): {}",
        "", slowest.0, slowest.2, slowest.1
    );
}

/// What a symbol picker sends while a name is typed.
fn symbols(server: &mut Server) {
    let mut wall = Vec::new();
    for _ in 0..ROUNDS {
        for name in [
            "with_capacity",
            "HashMap",
            "pollnext",
            "fromUtf8",
            "parse header",
        ] {
            for end in 1..=name.len() {
                let reply = server.request("workspace/symbol", &json!({"query": &name[..end]}));
                assert!(reply.answer.is_array(), "{}", reply.answer);
                wall.push(reply.ms);
            }
        }
    }
    row(
        "workspace/symbol, prefix by prefix",
        &mut wall,
        None,
        "none",
    );
}

/// Types a statement, character by character, at several places of a large open file.
fn keystrokes(server: &mut Server, corpus: &Corpus) {
    let (path, text) = large_file(corpus);
    let uri = format!("file://{}", path.display());
    println!(
        "\nkeystrokes in a file of {} lines, {} kB",
        text.lines().count(),
        text.len() / 1000
    );
    let item = json!({"uri": uri, "languageId": "rust", "version": 1, "text": text});
    server.notify("textDocument/didOpen", &json!({"textDocument": item}));
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let n_lines = lines.len();
    let (mut search, mut picker, mut own, mut all) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut paused, mut flowing) = (Vec::new(), Vec::new());
    let mut version = 1;
    let (mut n_first, mut n_typed) = (0, 0);
    for place in 0..PLACES {
        // A statement of a body, from which typing goes on.
        let from = n_lines * (2 * place + 1) / (2 * PLACES);
        let in_body = |line: &String| line.starts_with("        ") && line.ends_with(';');
        let Some(at) = lines[from..]
            .iter()
            .position(in_body)
            .map(|offset| from + offset)
        else {
            continue;
        };
        let typed = format!(
            " let typed_{place} = frobnicate_{place}(&[1, 2], \"text (\").map(|x| {{ x + 1 }})?; if typed_{place} {{ }}"
        );
        for (idx, character) in typed.chars().enumerate() {
            if idx % 10 == 9 {
                std::thread::sleep(Duration::from_millis(170));
            }
            let column = lines[at].encode_utf16().count();
            lines[at].push(character);
            version += 1;
            let position = json!({"line": at, "character": column});
            let change = json!({"range": {"start": position, "end": position}, "text": character.to_string()});
            let params = json!({"textDocument": {"uri": uri, "version": version}, "contentChanges": [change]});
            let start = Instant::now();
            server.notify("textDocument/didChange", &params);
            let word = format!("frobnicate_{place}");
            let reply = if idx % 2 == 0 {
                server.command(
                    "symseek.search",
                    &json!({"query": format!("the value of {word}"), "limit": 20}),
                )
            } else {
                server.request(
                    "workspace/symbol",
                    &json!({"query": &word[..=idx % word.len()]}),
                )
            };
            let ms = (reply.at - start).as_secs_f64() * 1e3;
            all.push(ms);
            if idx % 10 == 9 {
                paused.push(ms);
            } else {
                flowing.push(ms);
            }
            if idx % 2 == 0 {
                search.push(ms);
                own.push(reply.answer["tookMs"].as_f64().unwrap());
                // The very edit that completes the word is answered with it.
                if typed
                    .chars()
                    .take(idx + 1)
                    .collect::<String>()
                    .contains(&word)
                {
                    let hits = reply.answer["hits"].as_array().unwrap();
                    let here = hits.iter().position(|hit| {
                        let lines =
                            hit["startLine"].as_u64().unwrap()..=hit["endLine"].as_u64().unwrap();
                        hit["location"]["uri"] == uri.as_str() && lines.contains(&(at as u64 + 1))
                    });
                    assert!(here.is_some(), "{word} in line {at} is not among {hits:?}");
                    n_first += usize::from(here == Some(0));
                    n_typed += 1;
                }
            } else {
                picker.push(ms);
            }
        }
    }
    row(
        "didChange + symseek.search",
        &mut search,
        Some(&mut own),
        "p99 16",
    );
    row("didChange + workspace/symbol", &mut picker, None, "p99 16");
    row("both, without a pause", &mut flowing, None, "p99 16");
    row("both, after a pause", &mut paused, None, "p99 16");
    row("both", &mut all, None, "p99 16");
    println!("the line being typed is in every answer, and first in {n_first} of {n_typed}");
}

/// The Rust file of the corpus whose length is nearest to 3,000 lines, repeated until it has as many.
fn large_file(corpus: &Corpus) -> (std::path::PathBuf, String) {
    let rust = corpus
        .files
        .iter()
        .filter(|path| path.extension().is_some_and(|found| found == "rs"));
    let texts = rust.map(|path| (path.clone(), std::fs::read_to_string(path).unwrap()));
    let (path, text) = texts
        .min_by_key(|(_, text)| text.lines().count().abs_diff(3000))
        .unwrap();
    let n_times = 3000_usize.div_ceil(text.lines().count());
    (path, text.repeat(n_times))
}

fn row(name: &str, wall: &mut [f64], own: Option<&mut Vec<f64>>, bar: &str) {
    let own = own.map_or([f64::NAN; 2], |own| {
        [0.5, 0.99].map(|share| quantile(own, share))
    });
    let [p50, p90, p99, max] = [0.5, 0.9, 0.99, 1.0].map(|share| quantile(wall, share));
    let n = wall.len();
    println!(
        "{name:<34} {n:>6} {p50:>8.2} {p90:>8.2} {p99:>8.2} {max:>8.2} | {:>8.2} {:>8.2}   bar: {bar}",
        own[0], own[1]
    );
}

struct Reply {
    answer: Value,
    ms: f64,
    at: Instant,
}

/// The server of the tests, with every request timed.
struct Server {
    inner: child::Server,
    next: u64,
}

impl Server {
    /// Started, initialised, and done with indexing.
    fn start(root: &Path) -> Self {
        let program = std::env::var_os("SYMSEEK_BINARY");
        let program = program.unwrap_or_else(|| env!("CARGO_BIN_EXE_symseek").into());
        let cache = tempfile::tempdir().unwrap();
        // Over the service, when asked to.
        let service = match std::env::var("SYMSEEK_SERVICE").as_deref() {
            Ok("auto") => "auto",
            _ => "off",
        };
        let mut inner = child::Server::start_with(&program, service, &["lsp"], cache);
        inner.initialize(Some(root));
        inner.indexed();
        // The copy was written a moment ago; texts are kept only of files whose last change lies further back.
        std::thread::sleep(Duration::from_millis(2500));
        Self { inner, next: 1 }
    }

    fn id(&self) -> String {
        self.inner.child.id().to_string()
    }

    fn notify(&mut self, method: &str, params: &Value) {
        self.inner.notify(method, params.clone());
    }

    fn command(&mut self, command: &str, argument: &Value) -> Reply {
        self.request(
            "workspace/executeCommand",
            &json!({"command": command, "arguments": [argument]}),
        )
    }

    fn request(&mut self, method: &str, params: &Value) -> Reply {
        self.next += 1;
        let request =
            json!({"jsonrpc": "2.0", "id": self.next, "method": method, "params": params});
        let start = Instant::now();
        self.inner.send(&request);
        loop {
            let (mut message, at) = self.inner.read_timed();
            if message.get("method").is_some() {
                if message.get("id").is_some() {
                    self.inner
                        .send(&json!({"jsonrpc": "2.0", "id": message["id"], "result": null}));
                }
            } else if message["id"] == self.next {
                assert_eq!(message.get("error"), None, "{method}: {params}");
                return Reply {
                    answer: message["result"].take(),
                    ms: (at - start).as_secs_f64() * 1e3,
                    at,
                };
            }
        }
    }
}
