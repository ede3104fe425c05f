//! What the driver has done and may still do: budget, last requests, age of the tokens. Never a token.

use exact_client::{Result, Session};

use super::table::{Table, Value};

const DAY_MS: f64 = 86_400_000.0;
/// Life of a refresh token that is not used (fact sheet 2.6).
const REFRESH_TOKEN_DAYS: f64 = 30.0;

pub fn budget(table: &mut Table, session: &Session) {
    for row in session.budgets() {
        let allowance = row.allowance;
        let minute = |value: i64| allowance.minute_limit.map(|_| value);
        table.push([
            row.division.into(),
            if row.division.is_some() { "data calls" } else { "token calls" }.into(),
            allowance.minute_limit.into(),
            allowance.minute_left.into(),
            minute(allowance.minute_ends_ms).into(),
            allowance.day_limit.into(),
            allowance.day_left.into(),
            allowance.day_ends_ms.into(),
            row.under_way.into(),
            row.errors.into(),
        ]);
    }
}

/// What was written, as the journal has it.
pub fn changes(table: &mut Table, session: &Session) -> Result<()> {
    let Some(journal) = session.journal() else { return Ok(()) };
    for row in journal.changes()? {
        table.push([
            row.id.into(),
            row.at_ms.into(),
            row.user.into(),
            row.process.into(),
            row.connection.into(),
            row.statement.into(),
            row.sql.into(),
            row.division.into(),
            row.table.into(),
            row.method.into(),
            row.url.into(),
            row.body.into(),
            row.key.into(),
            row.before.into(),
            row.reverts.into(),
            row.outcome.into(),
            row.ended_ms.map(|ended| ended - row.at_ms).into(),
            row.status.into(),
            row.error.into(),
            row.answer.into(),
        ]);
    }
    Ok(())
}

pub fn requests(table: &mut Table, session: &Session) {
    for row in session.last_requests() {
        table.push([
            row.id.into(),
            row.division.into(),
            row.process.into(),
            row.method.into(),
            row.endpoint.into(),
            row.begun_ms.into(),
            row.ended_ms.map(|ended| ended - row.begun_ms).into(),
            row.status.into(),
            row.rows.into(),
            row.bytes.into(),
            row.error.into(),
        ]);
    }
}

pub async fn tokens(table: &mut Table, session: &Session) {
    let ages = session.token_ages().await;
    let token_calls_left =
        session.budgets().iter().find(|row| row.division.is_none()).and_then(|row| row.allowance.day_left);
    let issued = (ages.issued_ms > 0).then_some(ages.issued_ms);
    let age_ms = issued.map(|issued| ages.now_ms - issued);
    table.push([
        ages.client_id.into(),
        ages.user_name.into(),
        ages.division.into(),
        issued.into(),
        age_ms.map(|age| age / 1000).into(),
        age_ms.map(|age| (ages.life_s - age / 1000).max(0)).into(),
        age_ms.map_or(Value::Null, |age| (REFRESH_TOKEN_DAYS - age as f64 / DAY_MS).max(0.0).into()),
        token_calls_left.into(),
    ]);
}
