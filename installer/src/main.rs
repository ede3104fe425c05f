//! `exact-odbc`: registers the driver, makes data sources, stores a sign-in, runs a query, starts the demo company.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod cli;
mod command;
#[cfg(test)]
mod command_lines;
mod demo_process;
#[cfg(windows)]
mod dialog;
#[cfg(unix)]
mod file;
mod format;
#[cfg(unix)]
mod ini;
#[cfg(unix)]
mod iodbc;
mod manager;
mod output;
#[cfg(unix)]
mod registration;
#[cfg(windows)]
mod registry;
mod session;
#[cfg(unix)]
mod unixodbc;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use cli::{Cli, Command, DsnCommand};
use command::{demo, doctor, dsn, explain, install, login, logout, query, shell, undo};

/// What it ends with is told by `--help`: see `cli::EXIT`.
fn main() -> ExitCode {
    if log::set_logger(&query::WARNINGS).is_ok() {
        log::set_max_level(log::LevelFilter::Warn);
    }
    match run(&Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if output::is_closed(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("exact-odbc: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &Command) -> Result<()> {
    match command {
        Command::Install(arguments) => install::install(arguments),
        Command::Uninstall(arguments) => install::uninstall(arguments),
        Command::Dsn(DsnCommand::Add(arguments)) => dsn::add(arguments),
        Command::Dsn(DsnCommand::List) => dsn::list(),
        Command::Dsn(DsnCommand::Show(arguments)) => dsn::show(arguments),
        Command::Dsn(DsnCommand::Test(arguments)) => query::test(arguments),
        #[cfg(windows)]
        Command::Dsn(DsnCommand::Edit(arguments)) => dsn::edit(arguments),
        Command::Dsn(DsnCommand::Remove(arguments)) => dsn::remove(arguments),
        Command::Login(arguments) => login::run(arguments),
        Command::Logout(arguments) => logout::run(arguments),
        Command::Doctor(arguments) => doctor::run(arguments),
        Command::Query(arguments) => query::run(arguments),
        Command::Explain(arguments) => explain::run(arguments),
        Command::Undo(arguments) => undo::run(arguments),
        Command::Demo(arguments) => demo::run(arguments),
        Command::Completions { shell } => shell::completions(*shell),
        Command::Manual { folder } => shell::manual(folder),
    }
}
