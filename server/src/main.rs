//! The `symseek` binary: the language server and the command line over one engine.

mod cli;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let arguments = cli::Arguments::parse();
    let Some(command) = arguments.command else { return ExitCode::from(2) };
    match cli::run(command, &arguments.common) {
        Ok(cli::Outcome::Found) => ExitCode::SUCCESS,
        Ok(cli::Outcome::Nothing) => ExitCode::from(1),
        Err(error) => {
            anstream::eprintln!("symseek: {error:#}");
            ExitCode::from(2)
        }
    }
}
