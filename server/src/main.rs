//! The `symseek` binary: the language server and the command line over one engine.

mod cli;
mod config;
mod lsp;
mod model;

use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{CommandFactory, Parser};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt, reload};

fn main() -> ExitCode {
    let arguments = cli::Arguments::parse();
    let command = match arguments.command {
        Some(command) => command,
        None if !std::io::stdin().is_terminal() => cli::Command::Lsp {
            stdio: true,
            settings_schema: false,
        },
        None => {
            let _ = cli::Arguments::command().print_help();
            return ExitCode::from(2);
        }
    };
    let set_log_level = log(&arguments.common.log);
    match command {
        cli::Command::Lsp {
            settings_schema: true,
            ..
        } => {
            let written = serde_json::to_writer_pretty(std::io::stdout(), &config::schema());
            ExitCode::from(u8::from(written.is_err()))
        }
        cli::Command::Lsp { .. } => serve(arguments.common, set_log_level),
        command => match cli::run(command, &arguments.common) {
            Ok(cli::Outcome::Found) => ExitCode::SUCCESS,
            Ok(cli::Outcome::Nothing) => ExitCode::from(1),
            Err(error) => {
                anstream::eprintln!("symseek: {error:#}");
                ExitCode::from(2)
            }
        },
    }
}

/// Logs to stderr; the returned function changes the level while running.
fn log(level: &str) -> Arc<dyn Fn(&str) + Send + Sync> {
    let filter = EnvFilter::try_from_env("SYMSEEK_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let (filter, handle) = reload::Layer::new(filter);
    tracing_subscriber::registry()
        .with(filter)
        .with(fmt::layer().with_writer(std::io::stderr).with_ansi(false))
        .init();
    Arc::new(move |level: &str| {
        let _ = handle.reload(EnvFilter::new(level));
    })
}

fn serve(common: cli::Common, set_log_level: Arc<dyn Fn(&str) + Send + Sync>) -> ExitCode {
    let embedder = cli::embedder().map_err(|error| tracing::error!("{error:#}"));
    let backend = lsp::engine::EngineBackend::new(embedder.ok(), common.cache_dir);
    match lsp::run(Arc::new(backend), set_log_level) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            tracing::error!(%error, "the server could not start");
            ExitCode::FAILURE
        }
    }
}
