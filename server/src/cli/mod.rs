//! The command line: the same engine as the language server, asked once.
//!
//! Exit codes follow grep: 0 something was found, 1 nothing was found, 2 something went wrong. Results go to stdout, progress
//! and remarks to stderr; colour only where the stream is a terminal.

mod args;
pub(crate) mod ask;
mod care;
mod eval;
mod model;
mod print;
mod run;

pub(crate) use args::ServeLimits;
pub(crate) use args::{Arguments, Command, Common, arguments};
pub(crate) use run::{Outcome, embedder, run};
pub(crate) use run::{ask_hub, attach_for_agents, for_agents};
