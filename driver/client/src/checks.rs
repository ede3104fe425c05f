//! Single questions to the service, by which one finds out what is wrong with a connection.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::kernels::cast_utils::string_to_timestamp_nanos;
use arrow::datatypes::Float64Type;
use futures::StreamExt as _;

use crate::error::{Error, Result};
use crate::model::{mandatory, model};
use crate::reader::{ReadRequest, read};
use crate::settings::Settings;
use crate::transport::{Session, connection_error, http_client};

const HOUR_MS: f64 = 3_600_000.0;

/// Asks the site for its front page, without a token: whether name, network, proxy and TLS are in order. Any answer is
/// a good one.
pub async fn reach(settings: &Settings) -> Result<()> {
    let request = http_client(settings)?.get(&settings.base_url).timeout(settings.timeout);
    let answer = request.send().await;
    answer.map(drop).map_err(|error| connection_error(&error, &settings.base_url, "its front page"))
}

/// By how many milliseconds this machine's clock is ahead of the service's; `None` if the service does not tell its
/// time in a form that is known (fact sheet 1.5, 6.4).
pub async fn clock_ahead_ms(session: &Arc<Session>) -> Result<Option<i64>> {
    let before_ms = session.identity.clock.now_ms();
    let page = first_row(session, ("current", "Me"), &["ServerTime", "ServerUtcOffset"]).await?;
    let after_ms = session.identity.clock.now_ms();
    // The service looked at its clock somewhere in between.
    let now_ms = before_ms + (after_ms - before_ms) / 2;
    Ok(page.as_ref().and_then(server_time_ms).map(|theirs_ms| now_ms - theirs_ms))
}

fn server_time_ms(page: &RecordBatch) -> Option<i64> {
    let column = |name: &str| page.column_by_name(name).filter(|column: &&ArrayRef| column.is_valid(0));
    let local = column("ServerTime")?.as_string_opt::<i32>()?.value(0);
    let local_ms = string_to_timestamp_nanos(local).ok()? / 1_000_000;
    let offset_hours = column("ServerUtcOffset")?.as_primitive_opt::<Float64Type>()?.value(0);
    Some(local_ms - (offset_hours * HOUR_MS) as i64)
}

/// Reads a row of a table, for the sake of the error that it may come to. One call.
pub async fn read_a_row(session: &Arc<Session>, schema: &str, name: &str) -> Result<()> {
    first_row(session, (schema, name), &[]).await.map(drop)
}

/// These columns of the first row, or the first column if none are named.
async fn first_row(
    session: &Arc<Session>,
    (schema, name): (&str, &str),
    columns: &[&str],
) -> Result<Option<RecordBatch>> {
    let missing = || Error::Internal { what: format!("the model lacks {schema}.{name}") };
    let entity = model().find(Some(schema), name).ok_or_else(missing)?;
    let named: Vec<usize> = columns.iter().filter_map(|name| entity.column(name).map(|(index, _)| index)).collect();
    let path = entity.default_path().ok_or_else(missing)?;
    let request = ReadRequest {
        entity,
        path,
        division: session.division(),
        columns: if columns.is_empty() { vec![0] } else { named },
        filter: mandatory::condition(path, entity, &[]),
        order_by: None,
        top: Some(1),
        parameters: Vec::new(),
        key: None,
    };
    let page = read(session, request).next().await.transpose()?;
    Ok(page.filter(|page| page.num_rows() > 0))
}
