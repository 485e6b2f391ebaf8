//! The client's process: when it is gone, nobody is left to serve, though its end of the pipes may live on in a process that
//! inherited them.

use crate::lsp::shared::Shared;
use std::time::Duration;

/// How often the process is looked for.
const INTERVAL: Duration = Duration::from_secs(3);

/// Resolves when the client's process has ended. Never, when the client names none, or one that was not there to begin with:
/// a client in another container than its server has a number that means nothing here.
pub(crate) async fn gone(shared: &Shared) {
    let session = shared.agreed().await;
    let Some(process) = session.process.filter(|&process| is_alive(process)) else {
        return std::future::pending().await;
    };
    while is_alive(process) {
        tokio::time::sleep(INTERVAL).await;
    }
    tracing::warn!(process, "the client is gone");
}

/// Whether a process runs.
#[cfg(unix)]
pub(crate) fn is_alive(process: u32) -> bool {
    // Zero and negative numbers mean groups of processes.
    let Some(process) = i32::try_from(process).ok().filter(|&process| process > 0) else {
        return false;
    };
    // SAFETY: the signal 0 is never delivered; the call only asks whether the process could be sent one.
    #[expect(unsafe_code, reason = "no safe way to ask in the standard library")]
    let answer = unsafe { libc::kill(process, 0) };
    // A process of another user may not be signalled, but is there.
    answer == 0 || std::io::Error::last_os_error().raw_os_error() == Some(libc::EPERM)
}

/// Elsewhere the end of the input is the only sign.
#[cfg(not(unix))]
pub(crate) fn is_alive(_: u32) -> bool {
    false
}

#[cfg(all(test, unix))]
mod tests {
    use super::is_alive;

    #[test]
    fn living_and_ended_processes_are_told_apart() {
        assert!(is_alive(std::process::id()));
        assert!(is_alive(1), "another user's, unless the tests run as root");
        let mut child = std::process::Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        assert!(!is_alive(child.id()));
        assert!(!is_alive(0) && !is_alive(u32::MAX));
    }
}
