//! What a shell knows of the program: completions and the manual, both from the definitions of the command line.

use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, Result};
use clap::CommandFactory;

use crate::cli::Cli;

const NAME: &str = "exact-odbc";

/// Prints the script for a shell.
pub fn completions(shell: clap_complete::Shell) -> Result<()> {
    // Into memory first: the generator panics where standard output is closed.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), NAME, &mut script);
    Ok(io::stdout().write_all(&script)?)
}

/// Writes a page for the program and one for each of its commands.
pub fn manual(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Cli::command().name(NAME), folder))
        .with_context(|| format!("the manual cannot be written to {}", folder.display()))
}
