//! What the end-to-end tests share: finding the binary, small workspaces, running commands, talking to `eval-serve`.
//!
//! The tests see only what a user sees: arguments, standard streams, exit codes, files. They import none of the product's
//! crates, so that a change inside cannot quietly change what they ask.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

/// Longer than any command here takes on a busy machine; a hang fails instead of blocking the suite.
const PATIENCE: Duration = Duration::from_mins(2);

/// The `symseek` binary of the profile that the tests were built with. `SYMSEEK_BINARY` names another one.
///
/// # Panics
/// When it was not built.
pub fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("SYMSEEK_BINARY") {
        return path.into();
    }
    let test = std::env::current_exe().expect("a running test has a path");
    // target/<profile>/deps/e2e-<hash>; the binary lies one folder up.
    let profile = test
        .parent()
        .and_then(Path::parent)
        .expect("a test lies in target/<profile>/deps");
    let binary = profile.join(format!("symseek{}", std::env::consts::EXE_SUFFIX));
    assert!(
        binary.is_file(),
        "{} is missing: run `cargo test --workspace` (which builds it first), or `cargo build -p symseek` before `cargo test -p symseek-tests`",
        binary.display()
    );
    binary
}

/// The top of the repository.
///
/// # Panics
/// Never: the crate lies one folder below.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests/ lies in the repository")
}

/// A folder to search, with a cache of its own beside it. Gone when dropped.
#[derive(Debug)]
pub struct Workspace {
    scratch: TempDir,
}

impl Workspace {
    /// A folder with these files.
    ///
    /// # Panics
    /// When the temporary directory cannot be written.
    pub fn new(files: &[(&str, &str)]) -> Self {
        let workspace = Self {
            scratch: tempfile::tempdir().expect("a temporary directory can be made"),
        };
        std::fs::create_dir(workspace.root()).expect("it is new");
        for (path, text) in files {
            workspace.write(path, text.as_bytes());
        }
        workspace
    }

    /// The searched folder.
    pub fn root(&self) -> PathBuf {
        self.scratch.path().join("my project")
    }

    /// Where indexes go.
    pub fn cache(&self) -> PathBuf {
        self.scratch.path().join("cache")
    }

    /// Writes a file of the folder.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write(&self, path: &str, bytes: &[u8]) {
        let file = self.root().join(path);
        std::fs::create_dir_all(file.parent().expect("a file lies in a folder"))
            .expect("the scratch directory is writable");
        std::fs::write(file, bytes).expect("the scratch directory is writable");
    }

    /// The binary with these arguments, run in the folder.
    pub fn command(&self, arguments: &[impl AsRef<OsStr>]) -> Command {
        let mut command = Command::new(binary());
        command
            .args(arguments)
            .arg("--cache-dir")
            .arg(self.cache())
            .current_dir(self.root());
        command
            .env_remove("SYMSEEK_LOG")
            // The service has tests of its own; what a test here starts ends with it.
            .env("SYMSEEK_SERVICE", "off")
            // Models that the person at this machine chose must not answer here.
            .env("XDG_DATA_HOME", self.scratch.path().join("data"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs the binary in the folder.
    pub fn run(&self, arguments: &[impl AsRef<OsStr>]) -> Output {
        finish(self.command(arguments), b"")
    }
}

/// How a command ended.
#[derive(Debug)]
pub struct Output {
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Output {
    /// Standard output as JSON.
    ///
    /// # Panics
    /// When it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// The names of the hits of a JSON answer, in order.
    ///
    /// # Panics
    /// When it is none.
    pub fn names(&self) -> Vec<String> {
        names(&self.json()["hits"])
    }
}

/// The field `name` of each element.
///
/// # Panics
/// When an element has none.
pub fn names(hits: &Value) -> Vec<String> {
    let hits = hits.as_array().expect("hits are a list");
    hits.iter()
        .map(|hit| hit["name"].as_str().expect("a hit has a name").to_owned())
        .collect()
}

/// Runs a command to its end, with this on its standard input.
///
/// # Panics
/// When it cannot be started or takes longer than two minutes.
pub fn finish(mut command: Command, input: &[u8]) -> Output {
    if !input.is_empty() {
        command.stdin(Stdio::piped());
    }
    let mut child = command.spawn().expect("the binary starts");
    if let Some(mut stdin) = child.stdin.take() {
        let input = input.to_vec();
        // On a thread: a child that answers while it reads fills its own pipe.
        std::thread::spawn(move || stdin.write_all(&input));
    }
    let id = child.id();
    let (sender, ended) = mpsc::channel();
    std::thread::spawn(move || sender.send(child.wait_with_output()));
    let output = ended
        .recv_timeout(PATIENCE)
        .unwrap_or_else(|_| panic!("process {id} hangs: {command:?}"));
    let output = output.expect("a child can be waited for");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is UTF-8");
    Output {
        code: output.status.code(),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

/// A running `eval-serve`. Killed when dropped.
#[derive(Debug)]
pub struct EvalServer {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    /// The ready line.
    pub ready: Value,
}

impl EvalServer {
    /// Starts it and waits for its ready line.
    ///
    /// # Panics
    /// When it says something else.
    pub fn start(root: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new(binary());
        command.arg("eval-serve").arg(root).args(arguments);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit());
        let mut child = command.spawn().expect("the binary starts");
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut server = Self {
            child,
            input,
            output,
            ready: Value::Null,
        };
        server.ready = server.line();
        assert_eq!(
            server.ready["ready"], true,
            "the first line says that it is ready"
        );
        server
    }

    /// Sends one line and reads the answer.
    ///
    /// # Panics
    /// When there is none.
    pub fn ask(&mut self, query: &[u8]) -> Value {
        let input = self.input.as_mut().expect("it is open until `end`");
        input
            .write_all(query)
            .and_then(|()| input.write_all(b"\n"))
            .expect("it reads its input");
        input.flush().expect("it reads its input");
        self.line()
    }

    fn line(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("it writes UTF-8");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error} in {line:?}"))
    }

    /// Closes its input; gives its exit code.
    ///
    /// # Panics
    /// When it says more.
    pub fn end(mut self) -> Option<i32> {
        self.input = None;
        let mut rest = String::new();
        std::io::Read::read_to_string(&mut self.output, &mut rest).expect("it writes UTF-8");
        assert_eq!(rest, "", "nothing follows the last answer");
        self.child.wait().expect("a child can be waited for").code()
    }
}

impl Drop for EvalServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
