//! The commands and their arguments.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::format::Format;
use crate::manager::Scope;

/// What the program ends with, and where it writes.
pub const EXIT: &str = "\
Exit status:
  0  done
  1  failed: the reason is on standard error. Also of doctor, if one of its checks has failed
  2  the command line is not understood
  3  of dsn edit, on Windows: the window was closed without OK, and nothing has changed

What was asked for goes to standard output, everything else (counts, warnings, progress, questions) to standard error. Without a
terminal nothing is asked and no progress is shown.";

/// Sets up and tries out the ODBC driver for Exact Online.
#[derive(Debug, Parser)]
#[command(name = "exact-odbc", version, arg_required_else_help = true, after_help = EXIT)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    #[cfg_attr(windows, doc = "Register the driver with Windows' driver manager")]
    #[cfg_attr(not(windows), doc = "Register the driver with unixODBC, and with iODBC where it is installed")]
    Install(InstallArguments),
    /// Take the driver out of the driver manager's list; data sources stay
    Uninstall(ScopeArguments),
    /// Make, list, show and remove data sources
    #[command(subcommand)]
    Dsn(DsnCommand),
    /// Sign in to Exact Online, once
    Login(LoginArguments),
    /// Forget a sign-in
    Logout(LogoutArguments),
    /// Find out what is wrong: a page of checks, from the driver manager to what is left of the day's calls
    Doctor(DoctorArguments),
    /// Run SQL through the driver manager and print the rows
    Query(QueryArguments),
    /// Tell in API calls what SQL will take, before anything is fetched
    Explain(ExplainArguments),
    /// Show the statements that would revert changes of the journal, and run them on request
    Undo(UndoArguments),
    /// A company to try things on: a simulated Exact Online on this machine
    Demo(DemoArguments),
    /// Print a script that completes commands in a shell
    Completions { shell: clap_complete::Shell },
    /// Write the manual's pages into a folder
    Manual { folder: PathBuf },
}

#[derive(Args, Debug)]
pub struct ScopeArguments {
    /// For every user of the machine (the default for root and administrators)
    #[arg(long, conflicts_with = "user")]
    pub system: bool,
    /// For this user alone (the default for everyone else)
    #[arg(long)]
    pub user: bool,
}

impl ScopeArguments {
    pub fn chosen(&self) -> Scope {
        Scope::chosen(self.system, self.user)
    }
}

#[derive(Args, Debug)]
pub struct InstallArguments {
    #[command(flatten)]
    pub scope: ScopeArguments,
    /// The driver's library, if it does not lie beside this program
    #[arg(long, value_name = "FILE")]
    pub library: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum DsnCommand {
    /// Make a data source; it reads only, unless Readonly=false is given
    Add(AddDsnArguments),
    /// List the data sources of this driver
    List,
    /// Show what a data source holds, without its secrets
    Show(NameArguments),
    /// Connect through the driver manager and ask Exact Online who is signed in: one call
    Test(NameArguments),
    /// Change a data source, or make one, in a window
    #[cfg(windows)]
    Edit(EditArguments),
    /// Remove a data source
    Remove(NameArguments),
}

#[derive(Args, Debug)]
pub struct AddDsnArguments {
    /// At a terminal: asked for if it is left out, with region, division and whether it reads only
    pub name: Option<String>,
    /// Connection properties, e.g. Division=5512 Region=NL; KEY=- reads a secret from standard input
    #[arg(value_name = "KEY=VALUE")]
    pub properties: Vec<String>,
    #[command(flatten)]
    pub scope: ScopeArguments,
    /// Replace a data source of that name
    #[arg(long)]
    pub replace: bool,
}

/// In a window.
#[cfg(windows)]
#[derive(Args, Debug)]
pub struct EditArguments {
    #[arg(required_unless_present = "stdio")]
    pub name: Option<String>,
    #[command(flatten)]
    pub scope: ScopeArguments,
    /// For the driver: a connection string on standard input, what was entered on standard output
    #[arg(long, hide = true, exclusive = true)]
    pub stdio: bool,
}

#[derive(Args, Debug)]
pub struct NameArguments {
    pub name: String,
}

/// Without options: asks for what it needs, and opens the browser.
#[derive(Args, Debug)]
pub struct LoginArguments {
    /// Connection properties, e.g. Region=NL OAuthClientId=... CallbackURL=...; KEY=- reads a secret from standard input
    #[arg(value_name = "KEY=VALUE")]
    pub properties: Vec<String>,
    /// Take region, client id and the rest from this data source
    #[arg(long, value_name = "NAME")]
    pub dsn: Option<String>,
    /// Keep the sign-in in this file, for accounts that have no browser: services, scheduled jobs, web servers
    #[arg(long, value_name = "PATH")]
    pub store: Option<PathBuf>,
    /// Let this account, or the members of this group, use and renew the sign-in in the file
    #[arg(long, value_name = "ACCOUNT", requires = "store")]
    pub grant: Option<String>,
    /// Print the link only
    #[arg(long)]
    pub no_browser: bool,
    /// Read a refresh token from the first line of standard input; the client secret, unless it is known, from the second
    #[arg(long)]
    pub refresh_token_stdin: bool,
    /// Read the code of a sign-in done elsewhere, or the address that the browser ended at, from the first line of
    /// standard input; the client secret, unless it is known, from the second
    #[arg(long, conflicts_with = "refresh_token_stdin")]
    pub code_stdin: bool,
    #[arg(long, hide = true, exclusive = true)]
    pub detached: bool,
}

#[derive(Args, Debug)]
pub struct LogoutArguments {
    /// Which sign-in, if there are several, e.g. Region=NL OAuthClientId=...
    #[arg(value_name = "KEY=VALUE")]
    pub properties: Vec<String>,
    /// That of this data source
    #[arg(long, value_name = "NAME")]
    pub dsn: Option<String>,
    /// That in this file
    #[arg(long, value_name = "PATH", conflicts_with = "dsn")]
    pub store: Option<PathBuf>,
}

/// Takes some fifteen calls. Ends with 1 if a check has failed.
#[derive(Args, Debug)]
pub struct DoctorArguments {
    /// Connection properties, where there is no data source yet
    #[arg(value_name = "KEY=VALUE")]
    pub properties: Vec<String>,
    /// The data source; not needed if there is only one
    #[arg(long, value_name = "NAME")]
    pub dsn: Option<String>,
}

#[derive(Args, Debug)]
pub struct SourceArguments {
    /// The data source; not needed if there is only one
    #[arg(long, value_name = "NAME", conflicts_with = "connection")]
    pub dsn: Option<String>,
    /// A connection string instead of a data source
    #[arg(long, value_name = "STRING")]
    pub connection: Option<String>,
}

#[derive(Args, Debug)]
pub struct ExplainArguments {
    pub sql: String,
    #[command(flatten)]
    pub source: SourceArguments,
    /// Run it, without its rows, and tell what it has really taken
    #[arg(long)]
    pub analyze: bool,
}

#[derive(Args, Debug)]
pub struct UndoArguments {
    /// The first change, by its ID in sys.sys_changes
    pub from: i64,
    /// The last change; the first alone if it is left out
    pub to: Option<i64>,
    #[command(flatten)]
    pub source: SourceArguments,
    /// Run the statements, the latest change first, and stop at the first that fails
    #[arg(long)]
    pub run: bool,
    /// Also changes that were reverted already, and rows that somebody has changed since
    #[arg(long)]
    pub force: bool,
}

#[derive(Args, Debug)]
pub struct QueryArguments {
    pub sql: String,
    #[command(flatten)]
    pub source: SourceArguments,
    /// The form of the rows; if it is not given: what the name of the file promises, else a table
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// Write the rows to this file
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub struct DemoArguments {
    #[command(subcommand)]
    pub command: Option<DemoCommand>,
    #[command(flatten)]
    pub start: StartArguments,
}

#[derive(Args, Clone, Debug)]
pub struct StartArguments {
    /// Port on 127.0.0.1; 0 takes any free one
    #[arg(long, default_value_t = 8415)]
    pub port: u16,
    /// Size of the company; 1 is 2,000 accounts and 200,000 ledger lines
    #[arg(long, default_value_t = 1.0)]
    pub scale: f64,
    /// Behaviour of the service: default, strict, lenient or 2021
    #[arg(long, default_value = "default")]
    pub profile: String,
}

#[derive(Debug, Subcommand)]
pub enum DemoCommand {
    /// End the simulated company and remove its data source
    Stop,
    /// Say whether it runs, and how many calls it has answered
    Status,
    /// Answer requests in the foreground
    #[command(hide = true)]
    Serve(StartArguments),
}
