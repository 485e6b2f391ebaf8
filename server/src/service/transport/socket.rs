//! A private Unix socket: only its user may connect, and the peer's credentials are checked besides. It may be passed by systemd.

use std::io::{self, Read as _};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use symseek_base::ContentHash;
use tokio::net::UnixListener;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

pub(crate) use std::os::unix::net::UnixStream as Stream;

/// Bytes that a socket's path may have on every system that we know (macOS: 104 with the final zero).
const LONGEST: usize = 100;

/// Where the socket of a service lies that has this directory; where that is too long, in the directory for temporary files.
///
/// # Errors
/// When there is no such directory.
pub(crate) fn path(cache: &Path, directory: &Path) -> io::Result<PathBuf> {
    let owner = std::fs::metadata(directory)?.uid();
    let socket = directory.join("socket");
    if socket.as_os_str().len() <= LONGEST {
        return Ok(socket);
    }
    let hash = ContentHash::of(cache.as_os_str().as_bytes()).0;
    let short = format!("symseek-{owner}-{:016x}", hash >> 64);
    Ok(std::env::temp_dir().join(short).join("socket"))
}

/// Takes clients of its own user.
pub(crate) struct Listener {
    clients: UnixListener,
    user: u32,
    address: Address,
}

/// Where a listener can be found, as long as nobody takes its place.
#[derive(Clone)]
pub(crate) struct Address {
    socket: PathBuf,
    /// Of the socket when the service began.
    identity: (u64, u64),
    /// Somebody else's (systemd's) lives on.
    is_ours: bool,
}

impl Listener {
    /// Listens at the socket that was passed, or at a new one in the place of the one that the last service left; that is dead, for its
    /// lock is free. Inside a runtime.
    ///
    /// # Errors
    /// When the socket cannot be made, or the one that was passed is not the one that clients look for.
    pub(crate) fn open(socket: &Path) -> anyhow::Result<Self> {
        let passed = passed(socket)?;
        let is_ours = passed.is_none();
        let listener = match passed {
            Some(listener) => listener,
            None => listen(socket)?,
        };
        Ok(Self {
            clients: UnixListener::from_std(listener)?,
            user: std::fs::metadata(socket)?.uid(),
            address: Address {
                socket: socket.to_owned(),
                identity: identity(socket)?,
                is_ours,
            },
        })
    }

    /// Where it can be found.
    pub(crate) fn address(&self) -> Address {
        self.address.clone()
    }

    /// The next client; `None` for another user's process, which is turned away.
    ///
    /// # Errors
    /// When it went before it was taken, or there are too many open files.
    pub(crate) async fn accept(&mut self) -> io::Result<Option<Stream>> {
        let (stream, _) = self.clients.accept().await?;
        let is_ours = stream.peer_cred().is_ok_and(|it| it.uid() == self.user);
        let stream = stream.into_std()?;
        stream.set_nonblocking(false)?;
        Ok(is_ours.then_some(stream))
    }
}

impl Address {
    /// Whether clients still find the listener there.
    pub(crate) fn is_reachable(&self) -> bool {
        identity(&self.socket).ok() == Some(self.identity)
    }

    /// From here on clients find nobody.
    pub(crate) fn leave(&self) {
        if self.is_ours && self.is_reachable() {
            let _ = std::fs::remove_file(&self.socket);
        }
    }
}

fn identity(socket: &Path) -> io::Result<(u64, u64)> {
    let metadata = std::fs::metadata(socket)?;
    Ok((metadata.dev(), metadata.ino()))
}

fn listen(socket: &Path) -> anyhow::Result<std::os::unix::net::UnixListener> {
    match std::fs::remove_file(socket) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let listener = std::os::unix::net::UnixListener::bind(socket)
        .with_context(|| format!("cannot listen at {}", socket.display()))?;
    std::fs::set_permissions(socket, std::fs::Permissions::from_mode(0o600))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// The socket that systemd opened and starts the service for (`LISTEN_FDS`).
fn passed(socket: &Path) -> anyhow::Result<Option<std::os::unix::net::UnixListener>> {
    let Some(listener) = listenfd::ListenFd::from_env().take_unix_listener(0)? else {
        return Ok(None);
    };
    let address = listener.local_addr()?;
    let path = address.as_pathname().unwrap_or(Path::new("nowhere"));
    let same = |path: &Path| path.canonicalize().ok();
    if same(path).is_none() || same(path) != same(socket) {
        bail!(
            "the socket that was passed is {}, clients look at {}",
            path.display(),
            socket.display()
        );
    }
    std::fs::set_permissions(socket, std::fs::Permissions::from_mode(0o600))?;
    listener.set_nonblocking(true)?;
    Ok(Some(listener))
}

/// What this process was given as standard input and output goes to no process that it starts: each is given its own.
pub(crate) fn keep_standard_handles() {}

/// Whether the other end, which says nothing more, is gone.
pub(crate) fn has_left(stream: &Stream) -> bool {
    let mut byte = [0];
    let _ = stream.set_nonblocking(true);
    let read = (&mut &*stream).read(&mut byte);
    let _ = stream.set_nonblocking(false);
    matches!(read, Ok(0))
}

/// The two halves of a stream for tasks. Inside a runtime.
///
/// # Errors
/// When the system does not give it.
pub(crate) fn into_async(stream: Stream) -> io::Result<(OwnedReadHalf, OwnedWriteHalf)> {
    stream.set_nonblocking(true)?;
    Ok(tokio::net::UnixStream::from_std(stream)?.into_split())
}
