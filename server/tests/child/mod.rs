//! The server as an editor starts it.

#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::needless_pass_by_value,
    reason = "shared by tests and the bench"
)]

use serde_json::{Value, json};
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Nothing in a healthy server takes this long.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A server in a process of its own, with a cache directory of its own.
pub struct Server {
    pub child: Child,
    pub input: Option<ChildStdin>,
    pub output: BufReader<ChildStdout>,
    pub cache: tempfile::TempDir,
    /// How it uses the service: `auto`, `attach` or `off`.
    pub service: &'static str,
}

/// With an engine of its own, and as a client of the service.
pub const BOTH: &[&str] = if cfg!(unix) {
    &["off", "auto"]
} else {
    &["off"]
};

/// The body of a server's next message.
pub fn read_body(output: &mut impl BufRead) -> Vec<u8> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        assert_ne!(
            output.read_line(&mut line).unwrap(),
            0,
            "the server is gone"
        );
        match line.trim().split_once(": ") {
            Some((_, value)) => length = value.parse().unwrap(),
            None => break,
        }
    }
    let mut body = vec![0; length];
    output.read_exact(&mut body).unwrap();
    body
}

/// A command over this cache directory.
pub fn symseek(cache: &std::path::Path, service: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_symseek"));
    command
        .env("XDG_CACHE_HOME", cache)
        .env("SYMSEEK_SERVICE", service);
    command
}

impl Server {
    pub fn start(arguments: &[&str]) -> Self {
        let cache = tempfile::tempdir().unwrap();
        Self::start_in(arguments, cache)
    }

    pub fn start_in(arguments: &[&str], cache: tempfile::TempDir) -> Self {
        Self::start_program(env!("CARGO_BIN_EXE_symseek").as_ref(), arguments, cache)
    }

    /// With or without the service, which ends with the server.
    pub fn start_as(service: &'static str, arguments: &[&str]) -> Self {
        let cache = tempfile::tempdir().unwrap();
        let program = env!("CARGO_BIN_EXE_symseek").as_ref();
        Self::start_with(program, service, arguments, cache)
    }

    pub fn start_program(program: &OsStr, arguments: &[&str], cache: tempfile::TempDir) -> Self {
        Self::start_with(program, "off", arguments, cache)
    }

    pub fn start_with(
        program: &OsStr,
        service: &'static str,
        arguments: &[&str],
        cache: tempfile::TempDir,
    ) -> Self {
        let mut child = Command::new(program)
            .args(arguments)
            .env("XDG_CACHE_HOME", cache.path())
            .env("SYMSEEK_SERVICE", service)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self {
            input: child.stdin.take(),
            output: BufReader::new(child.stdout.take().unwrap()),
            child,
            cache,
            service,
        }
    }

    pub fn send(&mut self, message: &Value) {
        let body = message.to_string();
        let frame = format!("Content-Length: {}\r\n\r\n{body}", body.len());
        let input = self.input.as_mut().unwrap();
        input.write_all(frame.as_bytes()).unwrap();
        input.flush().unwrap();
    }

    pub fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// The answer to a request.
    pub fn ask(&mut self, id: u32, method: &str, params: Value) -> Value {
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        self.until(|message| message["id"] == json!(id) && message.get("method").is_none())
    }

    /// The first message that fits. Meanwhile, what the server asks is answered with null, and the rest is skipped.
    pub fn until(&mut self, fits: impl Fn(&Value) -> bool) -> Value {
        loop {
            let message = self.read();
            if message.get("method").is_some() && message.get("id").is_some() {
                self.send(&json!({"jsonrpc": "2.0", "id": message["id"], "result": null}));
            }
            if fits(&message) {
                return message;
            }
        }
    }

    pub fn read(&mut self) -> Value {
        self.read_timed().0
    }

    /// The next message, and when it was read whole, before it was understood.
    pub fn read_timed(&mut self) -> (Value, Instant) {
        let body = read_body(&mut self.output);
        let at = Instant::now();
        (serde_json::from_slice(&body).unwrap(), at)
    }

    pub fn initialize(&mut self, root: Option<&std::path::Path>) {
        let root = root.map(|root| format!("file://{}", root.display()));
        let capabilities = json!({"window": {"workDoneProgress": true}});
        let params = json!({"processId": null, "rootUri": root, "capabilities": capabilities});
        assert!(self.ask(1, "initialize", params)["result"].is_object());
        self.notify("initialized", json!({}));
    }

    /// Waits until the folder is indexed.
    pub fn indexed(&mut self) -> Value {
        self.until(|message| message["params"]["value"]["kind"] == json!("end"))
    }

    pub fn ended(&mut self) -> ExitStatus {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < until, "the server does not end");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if self.service != "off" {
            let mut stop = symseek(self.cache.path(), "off");
            let _ = stop.args(["serve", "--stop"]).output();
        }
    }
}
