//! The server from outside: a real loop over real pipes in this process, with a stand-in for the engine.

#![allow(
    clippy::needless_pass_by_value,
    clippy::cast_possible_wrap,
    reason = "`json!(…)` reads best as an argument"
)]

mod client;
mod commands;
mod documents;
mod edits;
mod lifecycle;
mod order;
mod refine;
mod settings;

use client::TestClient;
