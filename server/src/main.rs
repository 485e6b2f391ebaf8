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
        Some("lsp") if std::env::args().nth(2).as_deref() == Some("--settings-schema") => schema(),
        Some("lsp") => lsp(),
        None if !std::io::stdin().is_terminal() => lsp(),
        _ => ExitCode::from(2),
    }
}

/// Prints the JSON schema of the settings, for editors.
fn schema() -> ExitCode {
    let written = serde_json::to_writer_pretty(std::io::stdout(), &config::schema());
    ExitCode::from(u8::from(written.is_err()))
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
    let embedder = symseek_embed::StaticEmbedder::built_in()
        .map(|embedder| Arc::new(embedder) as Arc<dyn symseek_embed::Embedder>)
        .map_err(|error| tracing::error!(%error, "the built-in embedding table is damaged"));
    let backend = lsp::engine::EngineBackend::new(embedder.ok());
    match lsp::run(Arc::new(backend), set_log_level) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            tracing::error!(%error, "the server could not start");
            ExitCode::FAILURE
        }
    }
}
