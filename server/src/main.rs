//! The `symseek` binary: the language server, the command line and the server for coding agents over one engine.

mod care;
mod cli;
mod config;
mod lsp;
mod mcp;
mod model;
mod service;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{CommandFactory, Parser};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt, reload};

fn main() -> ExitCode {
    let arguments = cli::Arguments::parse_from(cli::arguments());
    let command = match arguments.command {
        Some(command) => command,
        None if !io::stdin().is_terminal() => cli::Command::Lsp {
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
            let written = writeln!(io::stdout(), "{:#}", config::schema());
            end(written.map(|()| cli::Outcome::Found).map_err(Into::into))
        }
        cli::Command::Lsp { .. } => serve(arguments.common, set_log_level),
        command => end(cli::run(command, &arguments.common)),
    }
}

/// The exit code of a command; says why it failed.
fn end(outcome: anyhow::Result<cli::Outcome>) -> ExitCode {
    match outcome {
        Ok(cli::Outcome::Found) => ExitCode::SUCCESS,
        Ok(cli::Outcome::Nothing) => ExitCode::from(1),
        // The reader has seen enough (`| head`).
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("symseek: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let mut causes = error
        .chain()
        .filter_map(|it| it.downcast_ref::<io::Error>());
    causes.any(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// Logs to stderr; the returned function changes the level while running.
fn log(level: &str) -> Arc<dyn Fn(&str) + Send + Sync> {
    let filter = EnvFilter::try_from_env("SYMSEEK_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let filter = without_messages(filter);
    let (filter, handle) = reload::Layer::new(filter);
    tracing_subscriber::registry()
        .with(filter)
        .with(fmt::layer().with_writer(io::stderr).with_ansi(false))
        .init();
    Arc::new(move |level: &str| {
        let _ = handle.reload(without_messages(EnvFilter::new(level)));
    })
}

/// Leaves out what the SDK of the Model Context Protocol says below errors: it writes down whole messages, and with them the text of
/// documents.
fn without_messages(filter: EnvFilter) -> EnvFilter {
    let quiet = "rmcp=error".parse();
    filter.add_directive(quiet.expect("the directive is well-formed"))
}

fn serve(common: cli::Common, set_log_level: Arc<dyn Fn(&str) + Send + Sync>) -> ExitCode {
    let served = service::lsp(common, set_log_level);
    match served {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            tracing::error!(%error, "the server could not start");
            ExitCode::FAILURE
        }
    }
}

/// The language server with an engine of its own.
fn serve_here(
    input: impl io::Read + Send + 'static,
    common: cli::Common,
    set_log_level: Arc<dyn Fn(&str) + Send + Sync>,
) -> io::Result<u8> {
    let embedder = cli::embedder().map_err(|error| tracing::error!("{error:#}"));
    let backend = lsp::engine::EngineBackend::new(embedder.ok(), common.cache_dir.clone());
    lsp::run(input, Arc::new(backend), common.cache_dir, set_log_level)
}
