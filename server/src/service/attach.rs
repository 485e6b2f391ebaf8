//! The way to the service: connect, agree, start it when there is none, replace it when it is older.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::Use;
use super::hello::{Hello, Program, Want, Welcome, hear, say};
use super::place::Place;
use super::transport::{Stream, keep_standard_handles};

/// A service that says nothing for so long is none.
const PATIENCE: Duration = Duration::from_secs(3);
/// A service that was started answers within this time, or is given up.
const START: Duration = Duration::from_secs(5);
/// One that is not there by then is started again.
const AGAIN: Duration = Duration::from_millis(400);
/// Between two looks for the socket.
const STEP: Duration = Duration::from_millis(5);

/// What came of saying hello.
pub(crate) enum Answer {
    /// A session.
    Session(Stream, Welcome),
    /// None, and why.
    Refused(Welcome),
}

/// Says hello to the service, if there is one.
///
/// # Errors
/// When nobody listens, or who does is no service.
pub(crate) fn connect(place: &Place, want: &Want) -> io::Result<Answer> {
    let mut stream = Stream::connect(&place.socket)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let hello = Hello {
        program: Program::own(),
        want: serde_json::to_value(want)?,
    };
    say(&hello, &mut stream)?;
    let welcome: Welcome = hear(&mut stream)?;
    stream.set_read_timeout(None)?;
    stream.set_write_timeout(None)?;
    Ok(match welcome.refused {
        None => Answer::Session(stream, welcome),
        Some(_) => Answer::Refused(welcome),
    })
}

/// A session with the service of this cache directory; `None` when the client has to do without.
pub(crate) fn attach(cache: Option<&Path>, use_: Use, want: &Want) -> Option<Stream> {
    if use_ == Use::Off {
        return None;
    }
    let place = Place::of(cache)
        .map_err(|error| tracing::warn!(%error, "no service"))
        .ok()?;
    let own = Program::own();
    let until = Instant::now() + START;
    let mut started: Option<Instant> = None;
    loop {
        match connect(&place, want) {
            Ok(Answer::Session(_, welcome)) if own.is_newer_than(&welcome.program) => {
                tracing::info!(process = welcome.process, "replacing an older service");
                retire(&place, welcome.process);
            }
            Ok(Answer::Session(stream, _)) => return Some(stream),
            Ok(Answer::Refused(welcome)) if own.is_newer_than(&welcome.program) => {
                tracing::info!(process = welcome.process, "replacing an older service");
                retire(&place, welcome.process);
            }
            Ok(Answer::Refused(welcome)) => {
                let why = welcome.refused.unwrap_or_default();
                tracing::warn!(why, "the service refuses; an engine of our own answers");
                return None;
            }
            Err(error) => {
                tracing::debug!(%error, "nobody listens");
                if use_ == Use::Attach {
                    return None;
                }
                // Again, when the one that was started is late: it may have been killed, or have left to another that was.
                if started.is_none_or(|at| at.elapsed() > AGAIN) {
                    started = Some(Instant::now());
                    if let Err(error) = start(cache, &place) {
                        tracing::warn!(%error, "the service cannot be started");
                        return None;
                    }
                }
                std::thread::sleep(STEP);
            }
        }
        if Instant::now() >= until {
            tracing::warn!("the service does not answer; an engine of our own does");
            return None;
        }
    }
}

/// Tells a service to end, and waits until it no longer listens.
pub(crate) fn retire(place: &Place, process: u32) {
    let until = Instant::now() + START;
    while Instant::now() < until {
        match connect(place, &Want::Retire) {
            Ok(Answer::Session(_, welcome) | Answer::Refused(welcome))
                if welcome.process == process =>
            {
                std::thread::sleep(STEP);
            }
            _ => return,
        }
    }
}

/// Starts the service as a process that does not end with this one.
fn start(cache: Option<&Path>, place: &Place) -> io::Result<()> {
    keep_standard_handles();
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("serve").arg("--background");
    if let Some(cache) = cache {
        command.arg("--cache-dir").arg(std::path::absolute(cache)?);
    }
    command
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(place.log()?);
    let status = command.status()?;
    if status.success() {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "symseek serve ended with {status}"
    )))
}
