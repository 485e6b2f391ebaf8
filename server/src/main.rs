//! The `symseek` binary.

mod config;
mod lsp;

use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt, reload};

fn main() -> ExitCode {
    let command = std::env::args().nth(1);
    match command.as_deref() {
        Some("lsp") => lsp(),
        None if !std::io::stdin().is_terminal() => lsp(),
        _ => ExitCode::from(2),
    }
}

fn lsp() -> ExitCode {
    let level = EnvFilter::try_from_env("SYMSEEK_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    let (filter, handle) = reload::Layer::new(level);
    tracing_subscriber::registry()
        .with(filter)
        .with(fmt::layer().with_writer(std::io::stderr).with_ansi(false))
        .init();
    let set_log_level = Arc::new(move |level: &str| {
        let _ = handle.reload(EnvFilter::new(level));
    });
    match lsp::run(Arc::new(lsp::fake::FakeBackend::default()), set_log_level) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            tracing::error!(%error, "the server could not start");
            ExitCode::FAILURE
        }
    }
}
