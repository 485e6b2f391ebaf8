//! A named pipe of the user's own: its access list names nobody else, no other machine is let in, and each end checks whose process the
//! other one is.
//!
//! A pipe has no half that can be closed, so that an end that writes nothing more sends an empty message: pipes of messages hand it
//! over, as an end of the file. Reads and writes are overlapped, so that they can be given up: after a time, or when another thread
//! wants the stream to end.
#![allow(
    unsafe_code,
    reason = "calls of the system that no library makes for streams that threads share and cut"
)]

use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::windows::ffi::OsStrExt as _;
use std::os::windows::io::{AsRawHandle as _, FromRawHandle as _, OwnedHandle};
use std::path::{Path, PathBuf};
use std::ptr::{null, null_mut};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use symseek_base::ContentHash;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, ReadHalf, WriteHalf};
use tokio::sync::mpsc;
use windows_sys::Win32::Foundation::{
    ERROR_BROKEN_PIPE, ERROR_IO_PENDING, ERROR_MORE_DATA, ERROR_NO_DATA, ERROR_PIPE_BUSY,
    ERROR_PIPE_CONNECTED, ERROR_PIPE_NOT_CONNECTED, GENERIC_READ, GENERIC_WRITE, HANDLE,
    HANDLE_FLAG_INHERIT, INVALID_HANDLE_VALUE, LocalFree, SetHandleInformation, WAIT_OBJECT_0,
    WAIT_TIMEOUT,
};
use windows_sys::Win32::Security::Authorization::{
    ConvertSidToStringSidW, ConvertStringSecurityDescriptorToSecurityDescriptorW, SDDL_REVISION_1,
};
use windows_sys::Win32::Security::{
    GetTokenInformation, PSECURITY_DESCRIPTOR, SECURITY_ATTRIBUTES, TOKEN_QUERY, TOKEN_USER,
    TokenUser,
};
use windows_sys::Win32::Storage::FileSystem::{
    CreateFileW, FILE_FLAG_FIRST_PIPE_INSTANCE, FILE_FLAG_OVERLAPPED, OPEN_EXISTING,
    PIPE_ACCESS_DUPLEX, ReadFile, SECURITY_IDENTIFICATION, SECURITY_SQOS_PRESENT, WriteFile,
};
use windows_sys::Win32::System::Console::{
    GetStdHandle, STD_ERROR_HANDLE, STD_INPUT_HANDLE, STD_OUTPUT_HANDLE,
};
use windows_sys::Win32::System::IO::{CancelIoEx, GetOverlappedResult, OVERLAPPED};
use windows_sys::Win32::System::Pipes::{
    ConnectNamedPipe, CreateNamedPipeW, GetNamedPipeClientProcessId, GetNamedPipeServerProcessId,
    PIPE_READMODE_MESSAGE, PIPE_REJECT_REMOTE_CLIENTS, PIPE_TYPE_MESSAGE, PIPE_UNLIMITED_INSTANCES,
    PIPE_WAIT, PeekNamedPipe, SetNamedPipeHandleState, WaitNamedPipeW,
};
use windows_sys::Win32::System::Threading::{
    CreateEventW, GetCurrentProcess, INFINITE, OpenProcess, OpenProcessToken,
    PROCESS_QUERY_LIMITED_INFORMATION, SetEvent, WaitForMultipleObjects,
};

/// Bytes that a pipe holds in each direction before who writes waits.
const BUFFER: u32 = 1 << 16;
/// Bytes of one message at most.
const MESSAGE: usize = 1 << 20;
/// A client waits so long for the listener to take the clients before it.
const BUSY: Duration = Duration::from_secs(3);
/// The end of what is written has so long to be taken.
const FAREWELL_MS: u32 = 1_000;

/// The name of the pipe of a service that has this directory: names are the machine's, so it holds who and where.
///
/// # Errors
/// When the system does not say who runs this process.
pub(crate) fn path(_: &Path, directory: &Path) -> io::Result<PathBuf> {
    let whose = format!("{}\n{}", own_user()?.name()?, directory.display());
    let hash = ContentHash::of(whose.as_bytes()).0;
    Ok(PathBuf::from(format!(r"\\.\pipe\symseek-{hash:032x}")))
}

/// One end of a pipe; its clones are the same end.
pub(crate) struct Stream(Arc<End>);

struct End {
    handle: OwnedHandle,
    /// Set when nothing more is to be read.
    stop: Event,
    /// The other end writes nothing more.
    is_at_end: AtomicBool,
    /// This end writes nothing more, and has said so.
    is_done: AtomicBool,
    /// Milliseconds, or [`INFINITE`].
    read_timeout: AtomicU32,
    write_timeout: AtomicU32,
}

// SAFETY: handles of pipes and events may be used by any thread; each operation has an OVERLAPPED and an event of its own.
unsafe impl Send for End {}
// SAFETY: as above.
unsafe impl Sync for End {}

impl Stream {
    fn new(handle: OwnedHandle) -> io::Result<Self> {
        Ok(Self(Arc::new(End {
            handle,
            stop: Event::new()?,
            is_at_end: AtomicBool::new(false),
            is_done: AtomicBool::new(false),
            read_timeout: AtomicU32::new(INFINITE),
            write_timeout: AtomicU32::new(INFINITE),
        })))
    }

    /// Connects to the listener of this name, if it is a process of the same user.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when nobody listens, [`ErrorKind::PermissionDenied`] when somebody else does.
    pub(crate) fn connect(name: &Path) -> io::Result<Self> {
        let wide = wide(name);
        let until = Instant::now() + BUSY;
        let handle = loop {
            // SAFETY: the name ends with a zero; the other pointers may be null.
            let handle = unsafe {
                CreateFileW(
                    wide.as_ptr(),
                    GENERIC_READ | GENERIC_WRITE,
                    0,
                    null(),
                    OPEN_EXISTING,
                    FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION,
                    null_mut(),
                )
            };
            if handle != INVALID_HANDLE_VALUE {
                // SAFETY: it was just opened, and nobody else has it.
                break unsafe { OwnedHandle::from_raw_handle(handle) };
            }
            let error = io::Error::last_os_error();
            if !is(&error, ERROR_PIPE_BUSY) || Instant::now() >= until {
                return Err(error);
            }
            // SAFETY: the name ends with a zero. Whether it came of use is seen by the next try.
            unsafe { WaitNamedPipeW(wide.as_ptr(), 50) };
        };
        let mode = PIPE_READMODE_MESSAGE;
        // SAFETY: the handle is open, the mode outlives the call, the other pointers may be null.
        check(unsafe {
            SetNamedPipeHandleState(handle.as_raw_handle(), &raw const mode, null(), null())
        })?;
        let mut process = 0;
        // SAFETY: the handle is open, and the number outlives the call.
        check(unsafe { GetNamedPipeServerProcessId(handle.as_raw_handle(), &raw mut process) })?;
        if user_of(process)? != own_user()? {
            let why = "another user's process listens";
            return Err(io::Error::new(ErrorKind::PermissionDenied, why));
        }
        Self::new(handle)
    }

    /// Two ends of a new pipe.
    ///
    /// # Errors
    /// When the system does not give it.
    pub(crate) fn pair() -> io::Result<(Self, Self)> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!(r"\\.\pipe\symseek-{}-{number}", std::process::id());
        let name = Path::new(&name);
        let served = instance(name, true)?;
        let client = Self::connect(name)?;
        Ok((Self::new(served)?, client))
    }

    /// The same end once more.
    #[expect(clippy::unnecessary_wraps, reason = "as a socket's, which can fail")]
    pub(crate) fn try_clone(&self) -> io::Result<Self> {
        Ok(Self(Arc::clone(&self.0)))
    }

    /// A read that takes longer fails with [`ErrorKind::WouldBlock`].
    #[expect(clippy::unnecessary_wraps, reason = "as a socket's, which can fail")]
    pub(crate) fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        let millis = timeout.map_or(INFINITE, millis);
        self.0.read_timeout.store(millis, Ordering::Relaxed);
        Ok(())
    }

    /// A write that takes longer fails with [`ErrorKind::WouldBlock`].
    #[expect(clippy::unnecessary_wraps, reason = "as a socket's, which can fail")]
    pub(crate) fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        let millis = timeout.map_or(INFINITE, millis);
        self.0.write_timeout.store(millis, Ordering::Relaxed);
        Ok(())
    }

    /// Ends reading, also where a thread waits for it, or tells the other end that nothing more is written.
    ///
    /// # Errors
    /// When the other end does not take the message.
    pub(crate) fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        if how != Shutdown::Write {
            self.0.stop.set()?;
        }
        if how != Shutdown::Read && !self.0.is_done.swap(true, Ordering::AcqRel) {
            match self.0.write(&[], FAREWELL_MS) {
                Err(error) if is_end(&error) => {}
                written => drop(written?),
            }
        }
        Ok(())
    }
}

impl End {
    fn write(&self, bytes: &[u8], timeout: u32) -> io::Result<u32> {
        let handle = self.handle.as_raw_handle();
        // SAFETY: the bytes outlive the operation, which `overlapped` ends before it returns.
        overlapped(handle, None, timeout, |operation| unsafe {
            WriteFile(
                handle,
                bytes.as_ptr(),
                bytes.len() as u32,
                null_mut(),
                operation,
            )
        })
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let end = &self.0;
        if buffer.is_empty() || end.is_at_end.load(Ordering::Acquire) {
            return Ok(0);
        }
        let handle = end.handle.as_raw_handle();
        let length = buffer.len().min(MESSAGE) as u32;
        let timeout = end.read_timeout.load(Ordering::Relaxed);
        // SAFETY: the buffer outlives the operation, which `overlapped` ends before it returns.
        let read = overlapped(handle, Some(&end.stop), timeout, |operation| unsafe {
            ReadFile(handle, buffer.as_mut_ptr(), length, null_mut(), operation)
        });
        match read {
            Ok(0) => {
                end.is_at_end.store(true, Ordering::Release);
                Ok(0)
            }
            Err(error) if is_end(&error) => Ok(0),
            read => Ok(read? as usize),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.is_done.load(Ordering::Acquire) {
            return Err(ErrorKind::BrokenPipe.into());
        }
        // An empty message says that nothing more follows.
        if bytes.is_empty() {
            return Ok(0);
        }
        let bytes = &bytes[..bytes.len().min(MESSAGE)];
        let timeout = self.0.write_timeout.load(Ordering::Relaxed);
        Ok(self.0.write(bytes, timeout)? as usize)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Takes clients of its own user, on a thread of its own.
pub(crate) struct Listener {
    clients: mpsc::UnboundedReceiver<io::Result<Option<Stream>>>,
    stop: Arc<Event>,
}

/// A pipe is its listener's as long as that lives.
#[derive(Clone)]
pub(crate) struct Address;

impl Listener {
    /// Listens under a name that nobody else listens under.
    ///
    /// # Errors
    /// When somebody does, or the system does not give it.
    pub(crate) fn open(name: &Path) -> anyhow::Result<Self> {
        let first =
            instance(name, true).with_context(|| format!("cannot listen at {}", name.display()))?;
        let stop = Arc::new(Event::new()?);
        let (found, clients) = mpsc::unbounded_channel();
        let (name, its) = (name.to_owned(), Arc::clone(&stop));
        std::thread::Builder::new()
            .name("symseek-accept".to_owned())
            .spawn(move || {
                let mut next = Some(first);
                while !found.is_closed() {
                    let listening = match next.take() {
                        Some(instance) => Ok(instance),
                        None => instance(&name, false),
                    };
                    let client = listening.and_then(|it| client_of(it, &its));
                    let failed = client.is_err();
                    let Some(client) = client.transpose() else {
                        return;
                    };
                    // Before this one is served and may go, so that the name never goes while the service lives.
                    next = instance(&name, false).ok();
                    if found.send(client).is_err() {
                        return;
                    }
                    if failed {
                        std::thread::sleep(Duration::from_millis(50));
                    }
                }
            })?;
        Ok(Self { clients, stop })
    }

    /// Where it can be found.
    #[expect(clippy::unused_self, reason = "as a socket's, which has one")]
    pub(crate) fn address(&self) -> Address {
        Address
    }

    /// The next client; `None` for another user's process, which is turned away.
    ///
    /// # Errors
    /// When it went before it was taken.
    pub(crate) async fn accept(&mut self) -> io::Result<Option<Stream>> {
        match self.clients.recv().await {
            Some(client) => client,
            None => std::future::pending().await,
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.stop.set();
    }
}

impl Address {
    /// Whether clients still find the listener there.
    #[expect(clippy::unused_self, reason = "as a socket's, which can be taken away")]
    pub(crate) fn is_reachable(&self) -> bool {
        true
    }

    /// The name goes with the listener.
    #[expect(clippy::unused_self, reason = "as a socket's, which is left behind")]
    pub(crate) fn leave(&self) {}
}

/// Waits for a client; `None` when the listener is to end, and inside for another user's.
fn client_of(instance: OwnedHandle, stop: &Event) -> io::Result<Option<Option<Stream>>> {
    let handle = instance.as_raw_handle();
    // SAFETY: the handle is open, and the operation ends before `overlapped` returns.
    let connected = overlapped(handle, Some(stop), INFINITE, |operation| unsafe {
        ConnectNamedPipe(handle, operation)
    });
    match connected {
        Ok(_) if stop.is_set() => return Ok(None),
        Ok(_) => {}
        Err(error) if is(&error, ERROR_PIPE_CONNECTED) => {}
        Err(error) => return Err(error),
    }
    let mut process = 0;
    // SAFETY: the handle is open, and the number outlives the call.
    check(unsafe { GetNamedPipeClientProcessId(handle, &raw mut process) })?;
    if user_of(process)? != own_user()? {
        return Ok(Some(None));
    }
    Ok(Some(Some(Stream::new(instance)?)))
}

/// One instance of a pipe, for one client.
fn instance(name: &Path, is_first: bool) -> io::Result<OwnedHandle> {
    let name = wide(name);
    // Full access for the user, for nobody else; nothing is inherited.
    let access = format!("D:P(A;;GA;;;{})", own_user()?.name()?);
    let access = wide(Path::new(&access));
    let mut descriptor: PSECURITY_DESCRIPTOR = null_mut();
    // SAFETY: the text ends with a zero; the descriptor is freed below.
    check(unsafe {
        ConvertStringSecurityDescriptorToSecurityDescriptorW(
            access.as_ptr(),
            SDDL_REVISION_1,
            &raw mut descriptor,
            null_mut(),
        )
    })?;
    let attributes = SECURITY_ATTRIBUTES {
        nLength: size_of::<SECURITY_ATTRIBUTES>() as u32,
        lpSecurityDescriptor: descriptor,
        bInheritHandle: 0,
    };
    let first = if is_first {
        FILE_FLAG_FIRST_PIPE_INSTANCE
    } else {
        0
    };
    // SAFETY: the name ends with a zero; attributes and descriptor outlive the call.
    let handle = unsafe {
        CreateNamedPipeW(
            name.as_ptr(),
            PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | first,
            PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS,
            PIPE_UNLIMITED_INSTANCES,
            BUFFER,
            BUFFER,
            0,
            &raw const attributes,
        )
    };
    let made = if handle == INVALID_HANDLE_VALUE {
        Err(io::Error::last_os_error())
    } else {
        // SAFETY: it was just made, and nobody else has it.
        Ok(unsafe { OwnedHandle::from_raw_handle(handle) })
    };
    // SAFETY: the system allocated it so, and nothing uses it any more.
    unsafe { LocalFree(descriptor) };
    made
}

/// Keeps what this process was given as standard input and output from the processes that it starts. They would hold the editor's
/// pipes open, and the editor would wait for their end.
pub(crate) fn keep_standard_handles() {
    for which in [STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE] {
        // SAFETY: any handle may be asked for and marked; one that is none is refused.
        unsafe { SetHandleInformation(GetStdHandle(which), HANDLE_FLAG_INHERIT, 0) };
    }
}

/// Whether the other end, which says nothing more, is gone.
pub(crate) fn has_left(stream: &Stream) -> bool {
    let handle = stream.0.handle.as_raw_handle();
    // SAFETY: the handle is open; nothing is asked for but whether it can be.
    unsafe { PeekNamedPipe(handle, null_mut(), 0, null_mut(), null_mut(), null_mut()) == 0 }
}

/// The two halves of a stream for tasks, by two threads that carry the bytes. Inside a runtime.
///
/// # Errors
/// When a thread cannot be started.
pub(crate) fn into_async(
    stream: Stream,
) -> io::Result<(ReadHalf<DuplexStream>, WriteHalf<DuplexStream>)> {
    let (near, far) = tokio::io::duplex(BUFFER as usize);
    let (mut said, mut heard) = tokio::io::split(far);
    let runtime = tokio::runtime::Handle::current();
    let (mut input, mut output) = (stream.try_clone()?, stream);
    let its = runtime.clone();
    let thread = |name: &str| std::thread::Builder::new().name(name.to_owned());
    thread("symseek-hear").spawn(move || {
        let mut buffer = vec![0; BUFFER as usize];
        while let Ok(n @ 1..) = input.read(&mut buffer) {
            if its.block_on(heard.write_all(&buffer[..n])).is_err() {
                return;
            }
        }
        let _ = its.block_on(heard.shutdown());
    })?;
    thread("symseek-say").spawn(move || {
        let mut buffer = vec![0; BUFFER as usize];
        while let Ok(n @ 1..) = runtime.block_on(said.read(&mut buffer)) {
            if output.write_all(&buffer[..n]).is_err() {
                break;
            }
        }
        let _ = output.shutdown(Shutdown::Both);
    })?;
    Ok(tokio::io::split(near))
}

/// An event that stays set.
struct Event(OwnedHandle);

impl Event {
    fn new() -> io::Result<Self> {
        // SAFETY: the pointers may be null.
        let handle = unsafe { CreateEventW(null(), 1, 0, null()) };
        if handle.is_null() {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: it was just made, and nobody else has it.
        Ok(Self(unsafe { OwnedHandle::from_raw_handle(handle) }))
    }

    fn set(&self) -> io::Result<()> {
        // SAFETY: the handle is open.
        check(unsafe { SetEvent(self.0.as_raw_handle()) })
    }

    fn is_set(&self) -> bool {
        let handle = self.0.as_raw_handle();
        // SAFETY: one open handle is waited for, for no time.
        unsafe { WaitForMultipleObjects(1, &raw const handle, 0, 0) == WAIT_OBJECT_0 }
    }
}

/// Starts an operation and waits until it is over: done, too late, or stopped, which gives 0 bytes. Nothing of it goes on afterwards.
fn overlapped(
    handle: HANDLE,
    stop: Option<&Event>,
    timeout: u32,
    start: impl FnOnce(*mut OVERLAPPED) -> i32,
) -> io::Result<u32> {
    let done = Event::new()?;
    let mut operation = OVERLAPPED {
        hEvent: done.0.as_raw_handle(),
        ..OVERLAPPED::default()
    };
    if start(&raw mut operation) == 0 {
        let error = io::Error::last_os_error();
        if !is(&error, ERROR_IO_PENDING) && !is(&error, ERROR_MORE_DATA) {
            return Err(error);
        }
    }
    let mut handles = vec![done.0.as_raw_handle()];
    handles.extend(stop.map(|stop| stop.0.as_raw_handle()));
    // SAFETY: all handles are open until the call returns.
    let waited =
        unsafe { WaitForMultipleObjects(handles.len() as u32, handles.as_ptr(), 0, timeout) };
    if waited != WAIT_OBJECT_0 {
        // SAFETY: the operation is this handle's. When it is over meanwhile, its result is had below.
        unsafe { CancelIoEx(handle, &raw const operation) };
    }
    let mut n = 0;
    // SAFETY: operation and number outlive the call, which waits until the operation is over.
    if unsafe { GetOverlappedResult(handle, &raw const operation, &raw mut n, 1) } != 0 {
        return Ok(n);
    }
    let error = io::Error::last_os_error();
    match waited {
        // The rest of a message that is longer than the buffer is read by and by.
        _ if is(&error, ERROR_MORE_DATA) => Ok(n),
        WAIT_TIMEOUT => Err(ErrorKind::WouldBlock.into()),
        stopped if stopped == WAIT_OBJECT_0 + 1 => Ok(0),
        _ => Err(error),
    }
}

/// Who runs a process, as the system numbers users.
#[derive(PartialEq, Eq)]
struct User {
    sid: Vec<u8>,
}

impl User {
    fn of_process(process: HANDLE) -> io::Result<Self> {
        let mut token = null_mut();
        // SAFETY: the process is open; the token is closed when it is dropped.
        check(unsafe { OpenProcessToken(process, TOKEN_QUERY, &raw mut token) })?;
        // SAFETY: it was just opened, and nobody else has it.
        let token = unsafe { OwnedHandle::from_raw_handle(token) };
        // Numbers of eight bytes are aligned as a TOKEN_USER wants.
        let mut buffer = vec![0_u64; 64];
        let mut length = 0;
        // SAFETY: the buffer has the length that is told, and outlives the call.
        check(unsafe {
            GetTokenInformation(
                token.as_raw_handle(),
                TokenUser,
                buffer.as_mut_ptr().cast(),
                (buffer.len() * 8) as u32,
                &raw mut length,
            )
        })?;
        // SAFETY: the system wrote a TOKEN_USER there, whose identifier lies in the same buffer: a revision, a count, six bytes of
        // authority, and so many numbers of four bytes.
        let sid = unsafe {
            let sid = (*buffer.as_ptr().cast::<TOKEN_USER>())
                .User
                .Sid
                .cast::<u8>();
            let length = 8 + 4 * usize::from(*sid.add(1));
            std::slice::from_raw_parts(sid, length).to_vec()
        };
        Ok(Self { sid })
    }

    /// As in `S-1-5-21-…`.
    fn name(&self) -> io::Result<String> {
        let mut text = null_mut();
        // SAFETY: the identifier is whole; the text is freed below.
        check(unsafe {
            ConvertSidToStringSidW(self.sid.as_ptr().cast_mut().cast(), &raw mut text)
        })?;
        // SAFETY: the system's text ends with a zero, and is freed once.
        unsafe {
            let length = (0..).take_while(|&at| *text.add(at) != 0).count();
            let name = String::from_utf16_lossy(std::slice::from_raw_parts(text, length));
            LocalFree(text.cast());
            Ok(name)
        }
    }
}

fn own_user() -> io::Result<User> {
    // SAFETY: always gives a handle of this process, which need not be closed.
    User::of_process(unsafe { GetCurrentProcess() })
}

fn user_of(process: u32) -> io::Result<User> {
    // SAFETY: any number may be asked for.
    let process = unsafe { OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, 0, process) };
    if process.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it was just opened, and nobody else has it.
    let process = unsafe { OwnedHandle::from_raw_handle(process) };
    User::of_process(process.as_raw_handle())
}

fn check(succeeded: i32) -> io::Result<()> {
    if succeeded == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

fn is(error: &io::Error, code: u32) -> bool {
    error.raw_os_error() == Some(code as i32)
}

/// What reading or writing gives when the other end is gone.
fn is_end(error: &io::Error) -> bool {
    [ERROR_BROKEN_PIPE, ERROR_PIPE_NOT_CONNECTED, ERROR_NO_DATA]
        .into_iter()
        .any(|code| is(error, code))
}

fn millis(timeout: Duration) -> u32 {
    u32::try_from(timeout.as_millis()).unwrap_or(INFINITE - 1)
}

fn wide(text: &Path) -> Vec<u16> {
    text.as_os_str().encode_wide().chain([0]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_that_writes_nothing_more_still_reads() {
        let (mut near, mut far) = Stream::pair().unwrap();
        near.write_all(b"question").unwrap();
        near.shutdown(Shutdown::Write).unwrap();
        let mut heard = String::new();
        far.read_to_string(&mut heard).unwrap();
        assert_eq!(heard, "question");
        far.write_all(b"answer").unwrap();
        drop(far);
        let mut heard = String::new();
        near.read_to_string(&mut heard).unwrap();
        assert_eq!(heard, "answer");
    }

    #[test]
    fn reading_can_be_ended_and_has_an_end() {
        let (near, _far) = Stream::pair().unwrap();
        near.set_read_timeout(Some(Duration::from_millis(20)))
            .unwrap();
        let mut own = near.try_clone().unwrap();
        assert_eq!(
            own.read(&mut [0]).unwrap_err().kind(),
            ErrorKind::WouldBlock
        );
        near.set_read_timeout(None).unwrap();
        let waiting = std::thread::spawn(move || own.read(&mut [0]).unwrap());
        std::thread::sleep(Duration::from_millis(20));
        near.shutdown(Shutdown::Read).unwrap();
        assert_eq!(waiting.join().unwrap(), 0);
    }

    #[test]
    fn who_left_is_known_and_long_messages_arrive_whole() {
        let (mut near, mut far) = Stream::pair().unwrap();
        let long: Vec<u8> = (0..3_000_000_u32).map(|at| at as u8).collect();
        let sent = long.clone();
        let saying = std::thread::spawn(move || near.write_all(&sent).map(|()| near).unwrap());
        let mut heard = vec![0; long.len()];
        far.read_exact(&mut heard).unwrap();
        assert!(heard == long);
        assert!(!has_left(&far));
        drop(saying.join().unwrap());
        assert!(has_left(&far));
    }
}
