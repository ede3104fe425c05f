//! How many rows tables had, kept for all processes of the user: estimates of calls rest on it. A number that is out of
//! date costs calls, never rows.

use rusqlite::{Transaction, params};

use super::Limits;

/// After so long a table is as good as unknown.
const KEPT_MS: i64 = 90 * 24 * 60 * 60 * 1_000;
/// Numbers that are kept for one service, the latest.
const MOST: i64 = 5_000;

/// The rows of a table in a division that meet a filter; without one, all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Size {
    pub division: i32,
    /// `schema.Name`.
    pub entity: String,
    pub filter: Option<String>,
    pub rows: u64,
}

impl Limits {
    /// What is known of the tables at a service.
    pub(crate) fn sizes(&self, base_url: &str) -> Vec<Size> {
        let oldest = self.clock.now_ms() - KEPT_MS;
        self.ledger.read(|tx| known(tx, base_url, oldest)).unwrap_or_default()
    }

    /// Remembers a number of rows that was counted or read to the end.
    pub(crate) async fn remember_size(&self, base_url: &str, size: &Size) {
        let now_ms = self.clock.now_ms();
        self.ledger.write(|tx| remember(tx, base_url, size, now_ms)).await;
    }
}

fn known(tx: &Transaction<'_>, service: &str, oldest: i64) -> rusqlite::Result<Vec<Size>> {
    let mut statement =
        tx.prepare("SELECT division, entity, filter, row_count FROM sizes WHERE service = ? AND at >= ?")?;
    let sizes = statement.query_map(params![service, oldest], |row| {
        let filter: String = row.get(2)?;
        Ok(Size {
            division: row.get(0)?,
            entity: row.get(1)?,
            filter: Some(filter).filter(|filter| !filter.is_empty()),
            rows: u64::try_from(row.get::<_, i64>(3)?).unwrap_or_default(),
        })
    })?;
    sizes.collect()
}

fn remember(tx: &Transaction<'_>, service: &str, size: &Size, now_ms: i64) -> rusqlite::Result<()> {
    let filter = size.filter.as_deref().unwrap_or_default();
    let rows = i64::try_from(size.rows).unwrap_or(i64::MAX);
    tx.execute(
        "INSERT OR REPLACE INTO sizes VALUES (?, ?, ?, ?, ?, ?)",
        params![service, size.division, size.entity, filter, rows, now_ms],
    )?;
    tx.execute(
        "DELETE FROM sizes WHERE service = ?1 AND at < \
         (SELECT at FROM sizes WHERE service = ?1 ORDER BY at DESC LIMIT 1 OFFSET ?2)",
        params![service, MOST],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::super::ledger::SCHEMA;
    use super::*;

    fn size(division: i32, filter: Option<&str>, rows: u64) -> Size {
        Size { division, entity: "crm.Accounts".into(), filter: filter.map(str::to_owned), rows }
    }

    #[test]
    fn the_last_number_is_kept_for_its_service_while_it_is_young() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(SCHEMA).unwrap();
        let tx = connection.transaction().unwrap();
        for (service, size, at) in [
            ("https://one.example", size(5512, None, 20), 1_000),
            ("https://one.example", size(5512, None, 21), 2_000),
            ("https://one.example", size(5512, Some("Blocked eq true"), 3), 3_000),
            ("https://one.example", size(5513, None, 7), 500),
            ("https://two.example", size(5512, None, 9), 3_000),
        ] {
            remember(&tx, service, &size, at).unwrap();
        }
        let mut found = known(&tx, "https://one.example", 600).unwrap();
        found.sort_by_key(|size| size.rows);
        assert_eq!(found, [size(5512, Some("Blocked eq true"), 3), size(5512, None, 21)]);
        assert_eq!(known(&tx, "https://two.example", 0).unwrap(), [size(5512, None, 9)]);
    }

    #[test]
    fn only_the_latest_numbers_are_kept() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(SCHEMA).unwrap();
        let tx = connection.transaction().unwrap();
        for number in 0..MOST + 10 {
            let filter = format!("Code eq '{number}'");
            remember(&tx, "https://one.example", &size(5512, Some(&filter), 1), number).unwrap();
        }
        let found = known(&tx, "https://one.example", 0).unwrap();
        assert_eq!(found.len(), usize::try_from(MOST).unwrap() + 1);
        assert!(!found.contains(&size(5512, Some("Code eq '8'"), 1)));
    }
}
