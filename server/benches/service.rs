//! What the service is for: the real processes over a real socket, on copies of real sources.
//!
//! - **attach**: a command and a language server that start, attach and get a complete answer, at 100,000 chunks (bar: 50 ms),
//!   and what the first of them waits for when the service itself has just started.
//! - **workspaces**: resident memory of a service that has opened 20 folders of 10,000 chunks from what was stored (bar: 300 MB).
//! - **clients**: 50 language servers at once on one folder, each asking twice a second as somebody who types; then the same while
//!   the folder is indexed anew (bar: p99 50 ms, nobody starves).
//!
//! `cargo bench --workspace --bench service [-- attach|workspaces|clients]`
#![cfg(unix)]
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

use child::{Server, symseek};
use corpus::{Corpus, memory, quantile};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// About 100,000 chunks.
const LARGE: usize = 1_500_000;
/// About 10,000 chunks.
const SMALL: usize = 150_000;
const FOLDERS: usize = 20;
/// Long enough for the service to have idle folders rest, and to give their memory back.
const REST: Duration = Duration::from_secs(22);
const CLIENTS: usize = 50;
const QUERIES: [&str; 8] = [
    "retry a request with exponential backoff",
    "where is the configuration read from a file",
    "grow the table when it is full",
    "lock a mutex without blocking",
    "split text at word boundaries",
    "from_str",
    "callers of with_capacity",
    "index out of bounds",
];

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    let wants = |what: &str| arguments.is_empty() || arguments.iter().any(|it| it == what);
    if wants("attach") {
        attach();
    }
    if wants("workspaces") {
        workspaces();
    }
    if wants("clients") {
        clients();
    }
}

/// A service that ends with the value.
struct Service {
    child: Child,
    cache: PathBuf,
}

impl Service {
    fn start(cache: &Path) -> Self {
        let child = symseek(cache, "off")
            .arg("serve")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let until = Instant::now() + Duration::from_secs(10);
        while !cache.join("symseek/service/socket").exists() {
            assert!(Instant::now() < until, "the service does not start");
            std::thread::sleep(Duration::from_millis(1));
        }
        Self {
            child,
            cache: cache.to_path_buf(),
        }
    }

    fn memory(&self) -> [f64; 4] {
        memory(&self.child.id().to_string())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let mut stop = symseek(&self.cache, "off");
        let _ = stop.args(["serve", "--stop"]).output();
        let _ = self.child.wait();
    }
}

fn search(cache: &Path, query: &str, root: &Path) -> f64 {
    let began = Instant::now();
    let mut command = symseek(cache, "attach");
    let output = command.args(["search", query]).arg(root).output().unwrap();
    assert!(
        output.status.code().is_some_and(|code| code < 2),
        "{output:?}"
    );
    began.elapsed().as_secs_f64() * 1e3
}

/// Milliseconds until a language server that is started now has answered a search over everything.
fn first_answer(cache: &Path, query: &str, root: &Path) -> f64 {
    let began = Instant::now();
    let program = env!("CARGO_BIN_EXE_symseek").as_ref();
    let own = tempfile::tempdir().unwrap();
    // A link, because the harness takes a cache directory of its own: the service is found where that leads.
    std::os::unix::fs::symlink(cache.join("symseek"), own.path().join("symseek")).unwrap();
    let mut server = Server::start_with(program, "attach", &["lsp"], own);
    server.service = "off";
    server.initialize(Some(root));
    let mut id = 1;
    loop {
        id += 1;
        let answer = server.ask(id, "symseek/search", json!({"query": query}));
        if answer["result"]["complete"] == json!(true) {
            return began.elapsed().as_secs_f64() * 1e3;
        }
    }
}

fn show(what: &str, mut samples: Vec<f64>, bar: &str) {
    let n = samples.len();
    let [p50, p99] = [0.5, 0.99].map(|share| quantile(&mut samples, share));
    let most = samples.last().copied().unwrap_or(f64::NAN);
    println!("{what:<58} {n:>6} {p50:>8.1} {p99:>8.1} {most:>8.1}   {bar}");
}

fn head() {
    println!(
        "{:<58} {:>6} {:>8} {:>8} {:>8}   ms",
        "", "n", "p50", "p99", "max"
    );
}

fn attach() {
    let corpus = Corpus::of_dependencies(LARGE);
    println!("\nattach: {}", corpus.describe());
    let cache = tempfile::tempdir().unwrap();
    let cache = cache.path();
    let service = Service::start(cache);
    let cold = search(cache, QUERIES[0], &corpus.root);
    let status = symseek(cache, "attach")
        .args(["status", "--json"])
        .arg(&corpus.root)
        .output()
        .unwrap();
    let status: Value = serde_json::from_slice(&status.stdout).unwrap();
    let [rss, anon, _, _] = service.memory();
    println!(
        "{} chunks indexed in {:.1} s; the service holds {rss:.0} MB ({anon:.0} anonymous)",
        status["chunks"],
        cold / 1e3
    );
    head();
    let asked = |n: usize| (0..n).map(|at| QUERIES[at % QUERIES.len()]);
    let commands = asked(40).map(|query| search(cache, query, &corpus.root));
    show(
        "a command, from its start to its end",
        commands.collect(),
        "bar 50",
    );
    let servers = asked(24).map(|query| first_answer(cache, query, &corpus.root));
    show(
        "a language server, from its start to a complete answer",
        servers.collect(),
        "bar 50",
    );
    drop(service);
    let mut firsts = Vec::new();
    for query in asked(5) {
        let service = Service::start(cache);
        firsts.push(search(cache, query, &corpus.root));
        drop(service);
    }
    show(
        "a command that a new service opens the folder for",
        firsts,
        "",
    );
    let alone = asked(5).map(|query| {
        let began = Instant::now();
        let mut command = symseek(cache, "off");
        let output = command.args(["search", query]).arg(&corpus.root).output();
        assert!(output.unwrap().status.code().is_some_and(|code| code < 2));
        began.elapsed().as_secs_f64() * 1e3
    });
    show("a command without a service", alone.collect(), "");
}

fn workspaces() {
    let corpus = Corpus::of_dependencies(SMALL);
    println!("\nworkspaces: {FOLDERS} times {}", corpus.describe());
    let scratch = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let cache = tempfile::tempdir().unwrap();
    let cache = cache.path();
    let roots: Vec<PathBuf> = (0..FOLDERS)
        .map(|n| scratch.path().join(format!("copy-{n}")))
        .collect();
    for root in &roots {
        for file in &corpus.files {
            let to = root.join(file.strip_prefix(&corpus.root).unwrap());
            std::fs::create_dir_all(to.parent().unwrap()).unwrap();
            std::fs::copy(file, to).unwrap();
        }
    }
    let service = Service::start(cache);
    let began = Instant::now();
    for root in &roots {
        search(cache, QUERIES[0], root);
    }
    let indexed = began.elapsed().as_secs_f64();
    let [rss, anon, file, _] = service.memory();
    println!(
        "indexed in {indexed:.1} s; {rss:.0} MB resident ({anon:.0} anonymous, {file:.0} of files)"
    );
    drop(service);
    let service = Service::start(cache);
    let began = Instant::now();
    for root in &roots {
        search(cache, QUERIES[0], root);
    }
    let opened = began.elapsed().as_secs_f64() * 1e3 / FOLDERS as f64;
    let [rss, anon, file, _] = service.memory();
    println!(
        "opened from what was stored, {opened:.0} ms each with a search: {rss:.0} MB resident ({anon:.0} anonymous, {file:.0} of files)   bar 300"
    );
    std::thread::sleep(REST);
    let [rss, anon, file, _] = service.memory();
    println!(
        "and when nobody asked for {REST:?}: {rss:.0} MB resident ({anon:.0} anonymous, {file:.0} of files)"
    );
    let again = roots.iter().map(|root| search(cache, QUERIES[0], root));
    show(
        "a command in a folder that rests",
        again.collect(),
        "bar 50",
    );
}

fn clients() {
    let corpus = Corpus::of_dependencies(SMALL);
    println!("\nclients: {CLIENTS} on {}", corpus.describe());
    let cache = tempfile::tempdir().unwrap();
    let cache = cache.path();
    let service = Service::start(cache);
    search(cache, QUERIES[0], &corpus.root);
    let began = Instant::now();
    let mut servers: Vec<Server> = (0..CLIENTS)
        .map(|_| {
            let own = tempfile::tempdir().unwrap();
            std::os::unix::fs::symlink(cache.join("symseek"), own.path().join("symseek")).unwrap();
            let program = env!("CARGO_BIN_EXE_symseek").as_ref();
            let mut server = Server::start_with(program, "attach", &["lsp"], own);
            server.service = "off";
            server.initialize(Some(&corpus.root));
            server
        })
        .collect();
    for server in &mut servers {
        server.ask(2, "symseek/search", json!({"query": QUERIES[0]}));
    }
    let [rss, anon, _, _] = service.memory();
    println!(
        "attached in {:.1} s; the service holds {rss:.0} MB ({anon:.0} anonymous)",
        began.elapsed().as_secs_f64()
    );
    head();
    let mut next = 10;
    for (what, is_reindexed) in [
        ("each twice a second", false),
        (
            "each twice a second, while the folder is indexed anew, again and again",
            true,
        ),
    ] {
        let done = AtomicBool::new(false);
        let rounds = 20;
        let (answers, n_indexed): (Vec<Vec<f64>>, usize) = std::thread::scope(|scope| {
            // One after the other, for as long as somebody asks.
            let reindex = scope.spawn(|| {
                let mut n_indexed = 0;
                while is_reindexed && !done.load(Ordering::Relaxed) {
                    let mut command = symseek(cache, "attach");
                    command.args(["index", "--force"]).arg(&corpus.root);
                    assert!(command.output().unwrap().status.success());
                    n_indexed += 1;
                }
                n_indexed
            });
            let threads: Vec<_> = servers
                .iter_mut()
                .enumerate()
                .map(|(client, server)| {
                    scope.spawn(move || {
                        (0..rounds)
                            .map(|round| {
                                // Spread over the half second, differently each time.
                                let pause = 250 + (client * 37 + round * 113) % 500;
                                std::thread::sleep(Duration::from_millis(pause as u64));
                                let query = QUERIES[(client + round) % QUERIES.len()];
                                let id = next + round as u32;
                                let asked = Instant::now();
                                let params = json!({"query": query, "limit": 20});
                                server.ask(id, "symseek/search", params);
                                asked.elapsed().as_secs_f64() * 1e3
                            })
                            .collect()
                    })
                })
                .collect();
            let answers = threads.into_iter().map(|it| it.join().unwrap()).collect();
            done.store(true, Ordering::Relaxed);
            (answers, reindex.join().unwrap())
        });
        next += rounds as u32;
        let worst = answers
            .iter()
            .map(|of_one| of_one.iter().sum::<f64>() / of_one.len() as f64)
            .fold(0.0, f64::max);
        show(what, answers.into_iter().flatten().collect(), "bar p99 50");
        println!(
            "{:<58} {worst:>24.1}",
            "    mean of the client that waited longest"
        );
        if is_reindexed {
            println!("    the folder was indexed {n_indexed} times meanwhile");
        }
    }
}
