//! The client crate, called from a program that waits for each answer.

use anyhow::{Context, Result};
use exact_client::auth::{StoredSignIn, import_refresh_token};
use exact_client::settings::{Secret, Settings};
use exact_client::transport::Session;

/// Stores a sign-in that begins with this refresh token.
pub fn import(settings: &Settings, refresh_token: Secret) -> Result<StoredSignIn> {
    let runtime = runtime()?;
    Ok(runtime.block_on(import_refresh_token(settings, refresh_token, runtime.handle().clone()))?)
}

/// The division that a connection with these settings would use: that of the stored sign-in.
pub fn stored_division(settings: &Settings) -> Result<i32> {
    let runtime = runtime()?;
    let (session, _) = runtime.block_on(Session::open(settings, runtime.handle().clone()))?;
    Ok(session.division())
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .context("the system gives no thread for the network")
}
