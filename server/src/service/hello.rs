//! What a client and the service say first: one line of JSON each way. The line's outer shape never changes, so that any two
//! versions understand each other well enough to part.

use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use crate::cli::ask::{Question, Wishes};

/// Counts up when a session is no longer what a client of before expects.
pub(crate) const PROTOCOL: u32 = 1;
/// Longer lines are nobody's we know.
const LONGEST: usize = 64 << 20;

/// Which program: two compare by version, then by when they were built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Program {
    /// Of the protocol between client and service.
    pub(crate) protocol: u32,
    /// As `--version` says it.
    pub(crate) version: String,
    /// Modification time of the executable, in seconds since 1970; 0 when unknown.
    pub(crate) built: u64,
}

impl Program {
    /// The running one.
    pub(crate) fn own() -> Self {
        let built = || {
            let modified = std::env::current_exe().ok()?.metadata().ok()?.modified();
            let since = modified.ok()?.duration_since(UNIX_EPOCH).ok()?;
            Some(since.as_secs())
        };
        Self {
            protocol: PROTOCOL,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            built: built().unwrap_or(0),
        }
    }

    /// Newer programs are greater.
    fn age(&self) -> (u32, Vec<u64>, u64) {
        let numbers = self.version.split(['.', '-', '+']);
        let numbers = numbers.map(|part| part.parse().unwrap_or(0)).collect();
        (self.protocol, numbers, self.built)
    }

    /// Whether this one is the newer of two.
    pub(crate) fn is_newer_than(&self, other: &Self) -> bool {
        self.age() > other.age()
    }
}

/// What a client wants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Want {
    /// A language server.
    Lsp,
    /// A server for agents.
    Mcp(McpWant),
    /// The answer to one command.
    Command(Box<Question>),
    /// What the service holds, as JSON.
    Status,
    /// That the service lets go of a folder; it answers whether it has.
    Close(PathBuf),
    /// The end of the service: a newer program is there, or the user wants it.
    Retire,
}

/// How a server for agents is run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct McpWant {
    /// The workspace's folders, if they were named.
    pub(crate) folders: Vec<PathBuf>,
    /// Where it was started.
    pub(crate) directory: PathBuf,
    /// Milliseconds that answers wait for the index at the start.
    pub(crate) index_within: u64,
    /// How it indexes, and which model it uses.
    pub(crate) wishes: Wishes,
}

/// A client's first line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Hello {
    /// Who asks.
    pub(crate) program: Program,
    /// For what; in any form, because a newer client may want what an older service does not know.
    pub(crate) want: serde_json::Value,
}

/// The service's first line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Welcome {
    /// Who answers.
    pub(crate) program: Program,
    /// Its process.
    pub(crate) process: u32,
    /// Why there is no session; the connection ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) refused: Option<String>,
}

/// Writes a line.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn say(line: &impl Serialize, to: &mut impl Write) -> io::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    to.write_all(&text)?;
    to.flush()
}

/// Reads a line, and nothing behind it.
///
/// # Errors
/// When there is none, it is too long, or no JSON of this shape.
pub(crate) fn hear<T: for<'a> Deserialize<'a>>(from: &mut impl Read) -> io::Result<T> {
    let mut line = Vec::new();
    let mut byte = [0];
    // Byte by byte: what follows belongs to the session.
    loop {
        from.read_exact(&mut byte)?;
        if byte[0] == b'\n' {
            return serde_json::from_slice(&line).map_err(Into::into);
        }
        line.push(byte[0]);
        if line.len() > LONGEST {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the first line is too long",
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(version: &str, built: u64) -> Program {
        Program {
            protocol: PROTOCOL,
            version: version.to_owned(),
            built,
        }
    }

    #[test]
    fn programs_compare_by_version_then_by_build() {
        assert!(program("0.10.0", 0).is_newer_than(&program("0.9.9", 5)));
        assert!(program("1.0.0", 6).is_newer_than(&program("1.0.0", 5)));
        assert!(!program("1.0.0", 5).is_newer_than(&program("1.0.0", 5)));
        let newer = Program {
            protocol: PROTOCOL + 1,
            ..program("0.0.1", 0)
        };
        assert!(newer.is_newer_than(&program("9.0.0", 9)));
    }

    #[test]
    fn a_line_is_read_and_nothing_behind_it() {
        let mut text = Vec::new();
        let welcome = Welcome {
            program: program("1.0.0", 3),
            process: 7,
            refused: None,
        };
        say(&welcome, &mut text).unwrap();
        text.extend_from_slice(b"rest");
        let mut input = &text[..];
        assert_eq!(hear::<Welcome>(&mut input).unwrap(), welcome);
        assert_eq!(input, b"rest");
        assert!(hear::<Welcome>(&mut &b"{}\n"[..]).is_err());
        assert!(hear::<Welcome>(&mut &b"no end"[..]).is_err());
    }
}
