//! The server from outside: a real loop over real pipes in this process, with a stand-in for the engine.

mod client;
mod commands;
mod documents;
mod lifecycle;
mod order;
mod settings;

use client::TestClient;
