//! What belongs to the sync endpoints alone: the log of deletes and `SyncTimestamp` (fact sheet 5.4, 5.5).

use serde_json::json;

use crate::catalog::{Catalog, Endpoint};
use crate::clock::{DAY, HOUR, Millis};
use crate::company::Company;
use crate::company::table::{RowId, Table};
use crate::company::value::Value;
use crate::failure::Failure;
use crate::lists::bad_syntax;
use crate::odata::literal::{self, Form};
use crate::reply::Reply;
use crate::service::Call;

/// The log is kept for two months.
const LOG_LIFE: Millis = 61 * DAY;

/// Cuts what is older than two months off the log of deletes.
pub fn cut_log(company: &Company, endpoint: &Endpoint, now: Millis) {
    let Some(log) = company.table(endpoint.id).filter(|log| log.is_touched()) else { return };
    let oldest = now + HOUR - LOG_LIFE;
    log.write(|overlay| {
        let is_old = |value: Option<&Value>| matches!(value, Some(Value::Date(date)) if *date < oldest);
        overlay.added.retain(|_, written| !is_old(written.values.get("DeletedDate")));
        let added = &overlay.added;
        overlay.by_timestamp.retain(|_, row| matches!(row, RowId::Added(guid) if added.contains_key(guid)));
    });
}

/// `SyncTimestamp`: the first Timestamp at or after a moment.
pub fn timestamp(call: &Call<'_>, company: &Company, endpoint: &Endpoint) -> Result<Reply, Failure> {
    let argument = |name: &str| call.options.get(name).and_then(literal::parse).ok_or_else(bad_syntax);
    let (modified, name) = (argument("modified")?, argument("endPoint")?);
    let (Value::Date(modified), Form::DateTime, Value::Text(name)) = (modified.value, modified.form, name.value) else {
        return Err(bad_syntax());
    };
    let sync = Catalog::get().endpoints.iter().find(|sync| sync.sync_timestamp && sync.set_name() == name);
    let sync = sync.ok_or_else(|| Failure::plain(400, format!("The endPoint '{name}' is not supported.")))?;
    let view = company.views.of(sync.id).ok_or_else(Failure::not_found)?;
    let tables = view.parts.iter().filter_map(|part| company.table(part.table));
    let first = tables.filter_map(|table| first_at(table, modified)).min();
    let Some(first) = first else { return Ok(Reply::json(200, br#"{"d":{"results":[]}}"#.to_vec())) };
    let base = call.request.origin();
    let row = json!({
        "__metadata": {
            "uri": format!("{base}/api/v1/{}/{}({})", company.code, endpoint.path, literal::write(&Value::Date(modified), crate::catalog::Edm::DateTime)),
            "type": endpoint.type_name(),
        },
        "Modified": format!("/Date({modified})/"),
        "API": name,
        "TimeStampAsBigInt": (first + company.timestamp_shift()).to_string(),
    });
    Ok(Reply::json(200, json!({"d": {"results": [row]}}).to_string().into_bytes()).rows(1))
}

/// The first Timestamp in a table at or after a moment: computed rows by bisection, written ones one by one.
fn first_at(table: &Table, moment: Millis) -> Option<i64> {
    let (mut low, mut high) = (0, table.count());
    while low < high {
        let middle = low + (high - low) / 2;
        if table.facts(middle).moment < moment { low = middle + 1 } else { high = middle }
    }
    let computed =
        (low..table.count()).map(RowId::Base).find(|row| table.exists(*row)).map(|row| table.timestamp_of(row));
    let written = table.read(|overlay| {
        let is_due = |row: &RowId| {
            let modified = overlay.row(*row).and_then(|written| written.values.get("Modified"));
            matches!(modified, Some(Value::Date(date)) if *date >= moment)
        };
        overlay.by_timestamp.iter().find(|(_, row)| is_due(row)).map(|(timestamp, _)| *timestamp)
    });
    computed.into_iter().chain(written).min()
}
