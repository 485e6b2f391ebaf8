//! The service with real clients, each a process of its own: what they see of each other, and what they notice of its death.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::needless_pass_by_value, reason = "a test")]

mod child;

use child::{PATIENCE, read_body, symseek};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::time::{Duration, Instant};

/// A machine: a cache directory, a workspace, and the service at the end of it.
struct Machine {
    cache: tempfile::TempDir,
    root: tempfile::TempDir,
}

impl Machine {
    fn new() -> Self {
        let machine = Self {
            cache: tempfile::tempdir().unwrap(),
            root: tempfile::tempdir().unwrap(),
        };
        for n in 0..20 {
            machine.write(
                &format!("f{n}.rs"),
                &format!("pub fn function_{n}() -> u32 {{\n    {n}\n}}\n"),
            );
        }
        machine
    }

    fn write(&self, path: &str, text: &str) {
        std::fs::write(self.root.path().join(path), text).unwrap();
    }

    fn directory(&self) -> PathBuf {
        self.cache.path().join("symseek/service")
    }

    /// What `symseek serve --status` knows, if a service runs.
    fn report(&self) -> Option<Value> {
        let mut stream = UnixStream::connect(self.directory().join("socket")).ok()?;
        let program = json!({"protocol": 1, "version": env!("CARGO_PKG_VERSION"), "built": 0});
        let hello = json!({"program": program, "want": "status"});
        stream.write_all(format!("{hello}\n").as_bytes()).ok()?;
        let mut lines = BufReader::new(stream).lines();
        lines.next()?.ok()?;
        serde_json::from_str(&lines.next()?.ok()?).ok()
    }

    /// A service that was started by hand.
    fn serve(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Child {
        let mut serve = symseek(self.cache.path(), "off");
        serve.arg("serve").args(arguments);
        let service = serve.envs(variables.iter().copied()).spawn().unwrap();
        while self.report().is_none() {
            std::thread::sleep(Duration::from_millis(5));
        }
        service
    }

    fn service(&self) -> Option<u32> {
        self.report()?["process"].as_u64()?.try_into().ok()
    }

    /// Kills the service, once there is one.
    fn kill(&self) {
        let until = Instant::now() + PATIENCE;
        let process = loop {
            if let Some(process) = self.service() {
                break process;
            }
            assert!(Instant::now() < until, "no service");
            std::thread::sleep(Duration::from_millis(1));
        };
        let mut kill = std::process::Command::new("kill");
        let status = kill.args(["-9", &process.to_string()]).status();
        assert!(status.unwrap().success());
    }

    fn client(&self) -> Client {
        self.client_as("auto")
    }

    fn client_as(&self, service: &str) -> Client {
        let mut client = Client::start(self.cache.path(), service);
        client.initialize(self.root.path());
        client
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // A client that was killed on its way may have left a starter behind.
        for _ in 0..20 {
            if !self.directory().join("socket").exists() {
                return;
            }
            let mut stop = symseek(self.cache.path(), "off");
            let _ = stop.args(["serve", "--stop"]).output();
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// An editor.
struct Client {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    asked: u32,
    /// Methods of what the server asked or told.
    heard: Vec<String>,
}

impl Client {
    fn start(cache: &Path, service: &str) -> Self {
        let mut child = symseek(cache, service)
            .arg("lsp")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self {
            input: child.stdin.take().unwrap(),
            output: BufReader::new(child.stdout.take().unwrap()),
            child,
            asked: 0,
            heard: Vec::new(),
        }
    }

    fn initialize(&mut self, root: &Path) {
        self.initialize_with(root, json!({}));
    }

    fn initialize_with(&mut self, root: &Path, options: Value) {
        let capabilities = json!({"window": {"workDoneProgress": true}, "workspace": {
            "didChangeWatchedFiles": {"dynamicRegistration": true}}});
        let uri = format!("file://{}", root.display());
        let params = json!({"processId": null, "rootUri": uri, "capabilities": capabilities, "initializationOptions": options});
        assert!(self.ask("initialize", params).is_object());
        self.notify("initialized", json!({}));
    }

    fn send(&mut self, message: Value) {
        let body = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        self.input.flush().unwrap();
    }

    fn notify(&mut self, method: &str, params: Value) {
        self.send(json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    fn send_request(&mut self, method: &str, params: Value) -> u32 {
        self.asked += 1;
        let id = self.asked;
        self.send(json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        id
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.send_request(method, params);
        self.answer(id)
    }

    /// The result of a request; each is answered once, in whichever order.
    fn answer(&mut self, id: u32) -> Value {
        loop {
            let message = self.read();
            if let Some(method) = message["method"].as_str() {
                self.heard.push(method.to_owned());
                if message.get("id").is_some() {
                    self.send(json!({"jsonrpc": "2.0", "id": message["id"], "result": null}));
                }
                continue;
            }
            assert_eq!(
                message["id"],
                json!(id),
                "an answer that nobody waits for: {message}"
            );
            assert!(message.get("error").is_none(), "{message}");
            return message["result"].clone();
        }
    }

    fn read(&mut self) -> Value {
        serde_json::from_slice(&read_body(&mut self.output)).unwrap()
    }

    /// Waits until all is indexed.
    fn ready(&mut self) -> Value {
        let until = Instant::now() + PATIENCE;
        loop {
            let status = self.ask("symseek/status", json!({}));
            if status["state"] == "ready" {
                return status;
            }
            assert!(Instant::now() < until, "{status}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn open(&mut self, path: &Path, text: &str) {
        let item = json!({"uri": format!("file://{}", path.display()), "languageId": "rust", "version": 1, "text": text});
        self.notify("textDocument/didOpen", json!({"textDocument": item}));
    }

    /// Types at the start of an open document.
    fn type_at_start(&mut self, path: &Path, version: i32, text: &str) {
        let start = json!({"line": 0, "character": 0});
        let change = json!({"range": {"start": start, "end": start}, "text": text});
        let item = json!({"uri": format!("file://{}", path.display()), "version": version});
        self.notify(
            "textDocument/didChange",
            json!({"textDocument": item, "contentChanges": [change]}),
        );
    }

    /// Whether a symbol of this name is found.
    fn finds(&mut self, name: &str) -> bool {
        let found = self.ask("workspace/symbol", json!({"query": name}));
        let mut found = found.as_array().unwrap().iter();
        found.any(|it| it["name"] == name)
    }

    fn leave(mut self) -> Option<i32> {
        self.ask("shutdown", Value::Null);
        self.notify("exit", Value::Null);
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("it does not end");
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An agent, which speaks lines.
struct Agent {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
    asked: u32,
}

impl Agent {
    fn start(machine: &Machine) -> Self {
        let root = machine.root.path().to_str().unwrap();
        Self::start_with(machine.cache.path(), "auto", &[root])
    }

    fn start_with(cache: &Path, service: &str, arguments: &[&str]) -> Self {
        let mut child = symseek(cache, service)
            .arg("mcp")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut agent = Self {
            child,
            lines,
            asked: 0,
        };
        let params = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}});
        agent.ask("initialize", params);
        agent.send(json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        agent
    }

    fn send(&mut self, message: Value) {
        let input = self.child.stdin.as_mut().unwrap();
        writeln!(input, "{message}").unwrap();
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.asked += 1;
        let id = self.asked;
        self.send(json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        loop {
            let message: Value =
                serde_json::from_str(&self.lines.next().unwrap().unwrap()).unwrap();
            if message["id"] == json!(id) {
                assert!(message.get("error").is_none(), "{message}");
                return message["result"].clone();
            }
        }
    }

    fn finds(&mut self, name: &str) -> bool {
        let answer = self.ask(
            "tools/call",
            json!({"name": "search_symbols", "arguments": {"name": name}}),
        );
        answer["structuredContent"]
            .to_string()
            .contains(&format!("\"{name}\""))
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn clients_share_what_is_saved_and_nothing_else() {
    let machine = Machine::new();
    let (mut one, mut two) = (machine.client(), machine.client());
    let mut agent = Agent::start(&machine);
    one.ready();
    two.ready();
    let path = machine.root.path().join("f3.rs");
    one.open(&path, "pub fn first_text() {}\n");
    two.open(&path, "pub fn second_text() {}\n");
    assert!(one.finds("first_text") && !one.finds("second_text"));
    assert!(two.finds("second_text") && !two.finds("first_text"));
    assert!(agent.finds("function_3") && !agent.finds("first_text"));
    let report = machine.report().unwrap();
    assert_eq!(report["clients"].as_array().unwrap().len(), 3, "{report}");
    let folders = report["folders"].as_array().unwrap();
    assert_eq!(
        (folders.len(), &folders[0]["sessions"]),
        (1, &json!(3)),
        "{report}"
    );
    // A client's death takes its text along.
    drop(two);
    let until = Instant::now() + PATIENCE;
    while machine.report().unwrap()["clients"]
        .as_array()
        .unwrap()
        .len()
        != 2
    {
        assert!(Instant::now() < until);
    }
    machine.write("f3.rs", "pub fn first_text() {}\n");
    let uri = format!("file://{}", path.display());
    one.notify(
        "textDocument/didSave",
        json!({"textDocument": {"uri": uri}}),
    );
    assert!(one.finds("first_text"));
    assert!(agent.finds("first_text"), "saved is everybody's");
    assert_eq!(one.leave(), Some(0));
}

#[test]
fn a_client_that_types_and_asks_survives_a_hundred_deaths_of_the_service() {
    let machine = Machine::new();
    let (mut one, mut two) = (machine.client(), machine.client());
    let mut agent = Agent::start(&machine);
    one.ready();
    let path = machine.root.path().join("typed.rs");
    one.open(&path, "");
    two.open(&path, "pub fn of_the_other() {}\n");
    for n in 0..100 {
        let name = format!("typed_{n}_times");
        one.type_at_start(&path, n + 2, &format!("pub fn {name}() {{}}\n"));
        let asked = one.send_request("workspace/symbol", json!({"query": name}));
        // Before, within and after the answer.
        std::thread::sleep(Duration::from_micros(u64::from(n as u32 % 10) * 300));
        machine.kill();
        let found = one.answer(asked);
        assert!(found.to_string().contains(&name), "{n}: {found}");
        if n % 10 == 0 {
            machine.write(
                &format!("f{}.rs", n / 10),
                &format!("pub fn rewritten_{n}() {{}}\n"),
            );
            assert!(two.finds("of_the_other") && !two.finds(&name), "{n}");
            assert!(agent.finds("function_19"), "{n}");
        }
    }
    // Nothing is missing, and nothing is there that is not on the disk or typed.
    one.ready();
    let until = Instant::now() + PATIENCE;
    while !(0..10).all(|n| one.finds(&format!("rewritten_{}", n * 10))) {
        assert!(Instant::now() < until, "the disk is not followed");
    }
    assert!(one.finds("typed_0_times") && one.finds("typed_99_times"));
    let mut fresh = Client::start(tempfile::tempdir().unwrap().path(), "off");
    fresh.initialize(machine.root.path());
    fresh.ready();
    fresh.open(&path, "pub fn of_the_other() {}\n");
    for query in ["function", "rewritten", "of the other", "typed many times"] {
        let params = json!({"query": query, "limit": 50});
        let bare = |client: &mut Client| {
            let hits = client.ask("symseek/search", params.clone())["hits"].clone();
            let hits = hits.as_array().unwrap().iter();
            hits.map(|it| format!("{} {} {}", it["uri"], it["name"], it["range"]))
                .collect::<Vec<_>>()
        };
        assert_eq!(bare(&mut two), bare(&mut fresh), "{query}");
    }
    assert_eq!(one.leave(), Some(0));
    assert_eq!(two.leave(), Some(0));
}

#[test]
fn questions_of_a_moved_session_do_not_repeat_registrations() {
    let machine = Machine::new();
    let mut client = machine.client();
    client.ready();
    for _ in 0..3 {
        machine.kill();
        client.ready();
    }
    let asked = |method: &str| client.heard.iter().filter(|it| *it == method).count();
    assert_eq!(asked("client/registerCapability"), 1);
    assert_eq!(
        asked("window/workDoneProgress/create"),
        asked("window/workDoneProgress/create")
    );
}

#[test]
fn of_many_starters_one_becomes_the_service() {
    let machine = Machine::new();
    let mut clients: Vec<Client> = (0..8)
        .map(|_| Client::start(machine.cache.path(), "auto"))
        .collect();
    for client in &mut clients {
        client.initialize(machine.root.path());
    }
    for client in &mut clients {
        client.ready();
    }
    let report = machine.report().unwrap();
    assert_eq!(report["clients"].as_array().unwrap().len(), 8, "{report}");
    let second = symseek(machine.cache.path(), "off")
        .arg("serve")
        .output()
        .unwrap();
    assert_eq!(second.status.code(), Some(2));
    let why = String::from_utf8(second.stderr).unwrap();
    assert!(why.contains("is the service already"), "{why}");
}

#[test]
fn a_stale_socket_and_a_socket_of_nobody_are_recovered() {
    let machine = Machine::new();
    let doctor = || {
        let mut doctor = symseek(machine.cache.path(), "off");
        let output = doctor.args(["doctor", "--json"]).output().unwrap();
        let all: Value = serde_json::from_slice(&output.stdout).unwrap();
        let checks = all["checks"].as_array().unwrap().iter();
        let mut of_service = checks.filter(|it| it["check"] == "service");
        of_service.next().unwrap()["found"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert!(doctor().starts_with("none runs"), "{}", doctor());
    assert!(!machine.directory().exists(), "who looks makes nothing");
    std::fs::create_dir_all(machine.directory()).unwrap();
    // What a killed service leaves.
    drop(UnixListener::bind(machine.directory().join("socket")).unwrap());
    std::fs::write(machine.directory().join("lock"), "").unwrap();
    assert!(doctor().contains("killed"), "{}", doctor());
    let mut client = machine.client();
    assert!(client.finds("function_7") || client.ready()["state"] == "ready");
    let found = doctor();
    assert!(
        found.contains("1 client") && found.contains("1 folder open"),
        "{found}"
    );
    assert!(machine.service().is_some());
    for name in ["", "socket", "lock", "log"] {
        let mode = machine
            .directory()
            .join(name)
            .metadata()
            .unwrap()
            .permissions()
            .mode();
        let wanted = if name.is_empty() { 0o700 } else { 0o600 };
        // The lock was ours before; it holds nothing.
        assert!(name == "lock" || mode & 0o777 == wanted, "{name} {mode:o}");
    }
}

#[test]
fn a_service_that_says_nothing_or_refuses_is_done_without() {
    for refusal in [
        None,
        Some(
            "{\"program\":{\"protocol\":999,\"version\":\"9999.0.0\",\"built\":0},\"process\":1,\"refused\":\"too old\"}\n",
        ),
        Some("no JSON\n"),
    ] {
        let machine = Machine::new();
        std::fs::create_dir_all(machine.directory()).unwrap();
        let listener = UnixListener::bind(machine.directory().join("socket")).unwrap();
        // The lock is held, as by a service that hangs.
        let lock = std::fs::File::create(machine.directory().join("lock")).unwrap();
        lock.lock().unwrap();
        std::thread::spawn(move || {
            let mut kept = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                if let Some(refusal) = refusal {
                    let _ = stream.write_all(refusal.as_bytes());
                }
                kept.push(stream);
            }
        });
        let mut client = machine.client();
        client.ready();
        assert!(client.finds("function_7"), "{refusal:?}");
        assert_eq!(client.leave(), Some(0));
        std::fs::remove_file(machine.directory().join("socket")).unwrap();
    }
}

#[test]
fn an_older_service_makes_way_for_a_newer_program() {
    let machine = Machine::new();
    let mut old = machine.client();
    old.ready();
    let path = machine.root.path().join("new.rs");
    old.open(&path, "pub fn not_saved_yet() {}\n");
    let before = machine.service().unwrap();
    // The same program, built later.
    let newer = machine.cache.path().join("symseek-newer");
    std::fs::copy(env!("CARGO_BIN_EXE_symseek"), &newer).unwrap();
    let file = std::fs::File::options().write(true).open(&newer).unwrap();
    file.set_modified(std::time::SystemTime::now() + Duration::from_secs(100))
        .unwrap();
    drop(file);
    let answer = std::process::Command::new(&newer)
        .env("XDG_CACHE_HOME", machine.cache.path())
        .env("SYMSEEK_SERVICE", "auto")
        .args(["serve", "--background"])
        .output()
        .unwrap();
    // A starter does not replace by itself; a client does.
    assert!(answer.status.success());
    let mut child = std::process::Command::new(&newer)
        .env("XDG_CACHE_HOME", machine.cache.path())
        .env("SYMSEEK_SERVICE", "auto")
        .arg("lsp")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut new = Client {
        input: child.stdin.take().unwrap(),
        output: BufReader::new(child.stdout.take().unwrap()),
        child,
        asked: 0,
        heard: Vec::new(),
    };
    new.initialize(machine.root.path());
    new.ready();
    let after = machine.service().unwrap();
    assert_ne!(before, after);
    assert!(old.finds("not_saved_yet"), "the older client moved along");
    assert!(!new.finds("not_saved_yet"));
    assert_eq!(
        machine.service(),
        Some(after),
        "they do not replace each other for ever"
    );
}

#[test]
fn settings_of_a_process_of_its_own_lead_to_one() {
    let machine = Machine::new();
    let elsewhere = tempfile::tempdir().unwrap();
    let mut client = Client::start(machine.cache.path(), "auto");
    client.initialize_with(machine.root.path(), json!({"languages": {"*.inc": "php"}}));
    client.ready();
    assert!(machine.service().is_none());
    // Told later: the session moves, with what is open.
    let mut client = machine.client();
    client.ready();
    client.open(
        &machine.root.path().join("new.rs"),
        "pub fn not_saved_yet() {}\n",
    );
    let settings = json!({"symseek": {"cacheDirectory": elsewhere.path()}});
    client.notify(
        "workspace/didChangeConfiguration",
        json!({"settings": settings}),
    );
    assert!(client.finds("not_saved_yet"));
}

#[test]
fn nobody_else_can_reach_the_service() {
    let machine = Machine::new();
    let mut client = machine.client();
    client.ready();
    let directory = machine.directory();
    // Whatever the umask and who meddled: the next start makes it private again.
    machine.kill();
    std::fs::set_permissions(&directory, std::fs::Permissions::from_mode(0o777)).unwrap();
    client.ready();
    assert_eq!(
        directory.metadata().unwrap().permissions().mode() & 0o777,
        0o700
    );
    // A directory that is a link to somewhere else is not used.
    let other = Machine::new();
    std::fs::create_dir_all(other.cache.path().join("symseek")).unwrap();
    std::os::unix::fs::symlink(directory, other.directory()).unwrap();
    let mut client = other.client();
    client.ready();
    assert_eq!(
        machine.report().unwrap()["clients"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn the_system_may_open_the_socket_and_start_the_service_when_somebody_connects() {
    let machine = Machine::new();
    std::fs::create_dir_all(machine.directory()).unwrap();
    let socket = machine.directory().join("socket");
    let listener = UnixListener::bind(&socket).unwrap();
    // As systemd starts it: the socket is descriptor 3, the process named.
    let start = |listener: &UnixListener| {
        let program = env!("CARGO_BIN_EXE_symseek");
        let passed = std::os::fd::OwnedFd::from(listener.try_clone().unwrap());
        let mut command = std::process::Command::new("sh");
        command
            .env("XDG_CACHE_HOME", machine.cache.path())
            .args([
                "-c",
                "export LISTEN_FDS=1 LISTEN_PID=$$; exec \"$0\" serve 3<&0 </dev/null",
            ])
            .arg(program)
            .stdin(Stdio::from(passed))
            .spawn()
            .unwrap()
    };
    let mut first = start(&listener);
    let mut client = machine.client_as("attach");
    client.ready();
    assert!(client.finds("function_7"));
    assert_eq!(machine.service(), Some(first.id()));
    let mode = std::fs::metadata(&socket).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // It ends, and the socket stays: the next who connects has the next one started.
    let mut stop = symseek(machine.cache.path(), "off");
    assert!(stop.args(["serve", "--stop"]).status().unwrap().success());
    assert!(first.wait().unwrap().success());
    assert!(socket.exists());
    let mut second = start(&listener);
    assert!(client.finds("function_7"));
    assert_eq!(machine.service(), Some(second.id()));
    drop(client);
    let mut stop = symseek(machine.cache.path(), "off");
    assert!(stop.args(["serve", "--stop"]).status().unwrap().success());
    second.wait().unwrap();
    // One that clients would not find.
    let elsewhere = machine.cache.path().join("elsewhere");
    let mut third = start(&UnixListener::bind(&elsewhere).unwrap());
    assert_eq!(third.wait().unwrap().code(), Some(2));
}

#[test]
fn commands_answer_the_same_with_the_service_and_without() {
    let machine = Machine::new();
    let alone = tempfile::tempdir().unwrap();
    let run = |cache: &Path, service: &str, arguments: &[&str]| {
        let mut command = symseek(cache, service);
        let output = command
            .args(arguments)
            .current_dir(machine.root.path())
            .output()
            .unwrap();
        let mut out: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| json!(String::from_utf8_lossy(&output.stdout)));
        if let Some(answer) = out.as_object_mut() {
            answer.remove("tookMs");
        }
        (
            output.status.code(),
            out,
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let mut client = machine.client();
    client.ready();
    machine.write(
        "g.rs",
        "/// Calls it.\npub fn caller() -> u32 {\n    function_7()\n}\n",
    );
    let asked: [&[&str]; 9] = [
        &["search", "what gives seven", "--json"],
        &["search", "function_7", "--explain"],
        &["search", "nothing like this kind:enum"],
        &["search", "lang:nonsense x"],
        &["callers", "function_7", "--json"],
        &["callees", "g.rs:2"],
        &["callers", "no_such_name"],
        &["similar", "f3.rs:1", "--json"],
        &["search", "what gives seven", "--limit", "0"],
    ];
    for arguments in asked {
        let shared = run(machine.cache.path(), "attach", arguments);
        let own = run(alone.path(), "off", arguments);
        assert_eq!(shared, own, "{arguments:?}");
    }
    // It was the service that answered: nobody else has an index of that.
    assert!(machine.report().unwrap()["folders"][0]["files"] == json!(21));
    let (code, out, _) = run(machine.cache.path(), "attach", &["index", "--force"]);
    assert_eq!(code, Some(0));
    assert!(out.as_str().unwrap().contains("21 files"), "{out}");
    let (_, status, _) = run(machine.cache.path(), "attach", &["status", "--json"]);
    assert_eq!(status["folders"][0]["store"], "writer", "{status}");
}

#[test]
fn the_whole_machine_is_searched_and_results_say_where_they_are() {
    let (machine, other) = (Machine::new(), Machine::new());
    other.write(
        "far.rs",
        "/// Paints a garden fence.\npub fn paint_fence() {}\n",
    );
    let run = |arguments: &[&str]| {
        let output = symseek(machine.cache.path(), "attach")
            .args(arguments)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
    };
    assert!(run(&["search", "--all", "fence"]).contains("no folder on this machine has an index"));
    let mut client = machine.client();
    client.ready();
    let far = other.root.path().canonicalize().unwrap();
    run(&["index", far.to_str().unwrap()]);
    let all = run(&["search", "--all", "paint the garden fence"]);
    assert!(all.starts_with(far.to_str().unwrap()), "{all}");
    let answer: Value = serde_json::from_str(&run(&[
        "search",
        "--all",
        "paint the garden fence",
        "--json",
    ]))
    .unwrap();
    assert_eq!(answer["hits"][0]["name"], "paint_fence");
    assert_eq!(answer["hits"][0]["workspace"], json!(far));
    // Editors and agents search elsewhere in the same way, with the service and without.
    for service in ["attach", "off"] {
        let mut editor = machine.client_as(service);
        let wanted = json!({"query": "paint the garden fence", "workspaces": ["*"]});
        let found = editor.ask("symseek/search", wanted.clone());
        assert_eq!(
            found["hits"][0]["name"], "paint_fence",
            "{service}: {found}"
        );
        assert_eq!(found["hits"][0]["workspace"], json!(far), "{service}");
        assert_eq!(found["complete"], true, "{service}");
        let here = format!("file://{}", machine.root.path().display());
        let mut only = wanted.clone();
        only["workspaces"] = json!([here]);
        let found = editor.ask("symseek/search", only);
        assert_ne!(
            found["hits"][0]["name"], "paint_fence",
            "{service}: {found}"
        );
        let own = editor.ask("symseek/search", json!({"query": "paint the garden fence"}));
        assert!(!own.to_string().contains("paint_fence"), "{service}: {own}");
        let mut agent = Agent::start_with(machine.cache.path(), service, &["--all"]);
        assert!(
            agent.finds("paint_fence") && agent.finds("function_7"),
            "{service}"
        );
        let of = |name: &str| json!({"name": "search", "arguments": {"query": "paint_fence", "workspaces": [name]}});
        let last = far.file_name().unwrap().to_str().unwrap();
        let found = agent.ask("tools/call", of(last)).to_string();
        assert!(found.contains("far.rs"), "{service}: {found}");
        let refused = agent.ask("tools/call", of("elsewhere"))["content"][0]["text"].to_string();
        assert!(refused.contains("`workspaces`"), "{service}: {refused}");
    }
    // What is listed, and what can be forgotten: not what somebody uses.
    let listed = run(&["status", "--all"]);
    assert!(
        listed.contains("service: process") && listed.contains("unused for"),
        "{listed}"
    );
    let mine = machine.root.path().to_str().unwrap();
    assert!(run(&["forget", "--yes", mine]).contains("holds the index"));
    assert!(run(&["forget", "--yes", far.to_str().unwrap()]).contains("is removed"));
    assert!(client.finds("function_7"));
}

#[test]
fn a_service_that_nobody_can_reach_ends() {
    let machine = Machine::new();
    let mut service = machine.serve(&[], &[]);
    let mut client = machine.client_as("attach");
    client.ready();
    std::fs::remove_dir_all(machine.directory()).unwrap();
    // Who is attached is served on, however often it looks; the next one starts another.
    std::thread::sleep(Duration::from_secs(6));
    assert!(client.finds("function_7"));
    let mut other = machine.client();
    other.ready();
    assert_ne!(machine.service(), Some(service.id()));
    assert_eq!(client.leave(), Some(0));
    let until = Instant::now() + PATIENCE;
    while service.try_wait().unwrap().is_none() {
        assert!(Instant::now() < until);
        std::thread::sleep(Duration::from_millis(10));
    }
    // It takes nothing of the other one with it.
    assert!(other.finds("function_7"));
    assert!(machine.service().is_some());
}

#[test]
fn too_much_memory_and_too_many_folders_close_what_nobody_uses() {
    let idle = ("SYMSEEK_SERVICE_IDLE", "0.02");
    let limits = [
        ("SYMSEEK_SERVICE_MEMORY", "1"),
        ("SYMSEEK_SERVICE_FOLDERS", "1"),
    ];
    for limit in limits.map(|limit| [idle, limit]) {
        let (machine, other) = (Machine::new(), Machine::new());
        let mut service = machine.serve(&[], &limit);
        let mut client = machine.client_as("attach");
        client.ready();
        let mut index = symseek(machine.cache.path(), "attach");
        index.arg("index").arg(other.root.path());
        assert!(index.output().unwrap().status.success());
        let until = Instant::now() + PATIENCE;
        loop {
            let report = machine.report().unwrap();
            let folders = report["folders"].as_array().unwrap();
            if report["closed"] == 1 {
                assert_eq!(folders.len(), 1, "{limit:?}: {report}");
                assert_eq!(folders[0]["sessions"], 1, "{limit:?}: {report}");
                break;
            }
            assert!(Instant::now() < until, "{limit:?}: {report}");
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(client.finds("function_7"));
        assert_eq!(client.leave(), Some(0));
        assert!(service.wait().unwrap().success());
    }
}

#[test]
fn the_service_ends_when_nobody_uses_it_and_closes_folders_before() {
    let machine = Machine::new();
    let mut service = machine.serve(&["--idle", "0.03", "--folder-idle", "0.005"], &[]);
    let mut client = machine.client_as("attach");
    client.ready();
    // Longer than either limit: it is in use.
    std::thread::sleep(Duration::from_secs(3));
    assert!(client.finds("function_7"));
    assert_eq!(
        machine.report().unwrap()["folders"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(client.leave(), Some(0));
    let until = Instant::now() + PATIENCE;
    while service.try_wait().unwrap().is_none() {
        assert!(Instant::now() < until, "{:?}", machine.report());
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(service.wait().unwrap().code(), Some(0));
    assert!(!machine.directory().join("socket").exists());
}
