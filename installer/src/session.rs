//! The client crate, called from a program that waits for each answer.

use anyhow::{Context, Result};
use exact_client::auth::{self, Store, StoredSignIn};
use exact_client::division::{self, Division};
use exact_client::settings::{Secret, Settings};
use exact_client::transport::Session;

/// Stores a sign-in that begins with this refresh token.
pub fn import_refresh_token(settings: &Settings, refresh_token: Secret) -> Result<StoredSignIn> {
    let runtime = runtime()?;
    Ok(runtime.block_on(auth::import_refresh_token(settings, refresh_token, runtime.handle().clone()))?)
}

/// Stores a sign-in that begins with the code that a browser came back with.
pub fn import_code(settings: &Settings, code: Secret) -> Result<StoredSignIn> {
    let runtime = runtime()?;
    Ok(runtime.block_on(auth::import_code(settings, code, runtime.handle().clone()))?)
}

/// Forgets what is stored, and gives what it was. What is damaged is forgotten as well: that is what its owner asks for.
pub fn forget(store: &Store) -> Result<exact_client::Result<Option<StoredSignIn>>> {
    runtime()?.block_on(async {
        let lock = store.lock().await?;
        let was = store.load();
        lock.remove()?;
        Ok(was)
    })
}

/// The division that a connection with these settings would use: that of the stored sign-in.
pub fn stored_division(settings: &Settings) -> Result<i32> {
    let runtime = runtime()?;
    let (session, _) = runtime.block_on(Session::open(settings, runtime.handle().clone()))?;
    Ok(session.division())
}

/// The divisions that the user may open, as they were read at sign-in.
pub fn divisions(settings: &Settings) -> Result<Vec<Division>> {
    let runtime = runtime()?;
    let (session, _) = runtime.block_on(Session::open(settings, runtime.handle().clone()))?;
    Ok(division::known(&session))
}

/// Threads for the network.
pub fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .context("the system gives no thread for the network")
}
