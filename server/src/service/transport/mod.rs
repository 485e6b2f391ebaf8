//! What a client and the service speak over: a private Unix socket, or on Windows a named pipe that lets in nobody else. The only place
//! that knows which.
//!
//! Both give the same: a [`Stream`] that is read and written by threads, of which either end may say that it writes nothing more
//! (`shutdown`), and a [`Listener`] that takes clients of the same user. No TCP, so nothing can be reached from outside.

#[cfg(windows)]
mod pipe;
#[cfg(unix)]
mod socket;

#[cfg(windows)]
pub(crate) use pipe::{
    Address, Listener, Stream, has_left, into_async, keep_standard_handles, path,
};
#[cfg(unix)]
pub(crate) use socket::{
    Address, Listener, Stream, has_left, into_async, keep_standard_handles, path,
};
