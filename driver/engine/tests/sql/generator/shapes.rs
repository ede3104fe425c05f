//! Shapes of queries beyond one table and one join.

use super::Kind::{Amount, Date, Flag, Text, Whole};
use super::{Maker, Named};

impl Maker<'_> {
    pub(super) fn window(&mut self) -> String {
        let from = self.any_table();
        let ((part, _), key) = (self.column(from), from.table.key);
        let (name, kind) = self.column(from);
        let condition = self.condition(from, 1);
        let partition = if self.chance(80) { format!("PARTITION BY t.{part} ") } else { String::new() };
        let direction = *self.one(&["", " DESC", " NULLS LAST"]);
        let frame = *self.one(&[
            "",
            " ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW",
            " ROWS BETWEEN 2 PRECEDING AND 1 FOLLOWING",
            " ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING",
        ]);
        let function = match (self.rng.u32(..10), kind) {
            (0, _) => "ROW_NUMBER()".to_owned(),
            (1, _) => "RANK()".to_owned(),
            (2, _) => "DENSE_RANK()".to_owned(),
            (3, _) => format!("NTILE({})", self.rng.u32(1..5)),
            (4, _) => format!("LAG(t.{name}, {})", self.rng.u32(..3)),
            (5, _) => format!("LEAD(t.{name})"),
            (6, _) => return self.framed(from, &format!("FIRST_VALUE(t.{name})"), &partition, frame, &condition),
            (7, Whole | Amount) => return self.framed(from, &format!("SUM(t.{name})"), &partition, frame, &condition),
            (8, _) if kind != Flag => {
                return self.framed(from, &format!("MAX(t.{name})"), &partition, frame, &condition);
            }
            _ => return self.framed(from, "COUNT(*)", &partition, frame, &condition),
        };
        let window = format!("{function} OVER ({partition}ORDER BY t.{name}{direction}, t.{key})");
        match self.chance(30) {
            true => format!(
                "SELECT x.k, x.w FROM (SELECT t.{key} AS k, {window} AS w, ROW_NUMBER() OVER (ORDER BY t.{key}) AS r \
                 FROM {} t WHERE {condition}) x WHERE x.r <= {}",
                from.table.name,
                self.rng.u32(1..20)
            ),
            false => format!("SELECT t.{key}, {window} FROM {} t WHERE {condition}", from.table.name),
        }
    }

    fn framed(&mut self, from: Named, function: &str, partition: &str, frame: &str, condition: &str) -> String {
        let (key, table) = (from.table.key, from.table.name);
        format!("SELECT t.{key}, {function} OVER ({partition}ORDER BY t.{key}{frame}) FROM {table} t WHERE {condition}")
    }

    /// The rows of two or three queries together; often of one table under several conditions.
    pub(super) fn set(&mut self) -> String {
        let first = self.any_table();
        let others = self.rng.usize(1..=2);
        let text = |kind| kind == Text;
        let name = self.column_of(first, text).unwrap_or(first.table.key);
        let depth = self.rng.u32(1..=2);
        let mut sql = format!("SELECT t.{name} FROM {} t WHERE {}", first.table.name, self.condition(first, depth));
        for _ in 0..others {
            let operator = *self.one(&["UNION", "UNION ALL", "UNION ALL", "INTERSECT", "EXCEPT"]);
            let side = if self.chance(60) { first } else { self.any_table() };
            let name = self.column_of(side, text).unwrap_or(side.table.key);
            sql = format!(
                "{sql} {operator} SELECT t.{name} FROM {} t WHERE {}",
                side.table.name,
                self.condition(side, 1)
            );
        }
        match self.chance(25) {
            true => format!("SELECT COUNT(*), COUNT(DISTINCT x.a) FROM ({sql}) x(a)"),
            false => sql,
        }
    }

    /// A subquery within a subquery.
    pub(super) fn nested(&mut self) -> String {
        let (from, column, to) = self.pair();
        let (key, columns) = (to.table.key, self.columns(from));
        let (inner, outer) = (self.condition(to, 1), self.condition(from, 1));
        let (outer_table, inner_table) = (from.table.name, to.table.name);
        let innermost = format!("SELECT v.{key} FROM {inner_table} v WHERE {}", inner.replace("u.", "v."));
        match self.rng.u32(..3) {
            0 => format!(
                "SELECT {columns} FROM {outer_table} t WHERE t.{column} IN (SELECT u.{key} FROM {inner_table} u \
                 WHERE u.{key} IN ({innermost}) AND {inner}) OR {outer}"
            ),
            1 => format!(
                "SELECT {columns} FROM {outer_table} t WHERE {outer} AND EXISTS (SELECT 1 FROM {inner_table} u \
                 WHERE u.{key} = t.{column} AND NOT EXISTS (SELECT 1 FROM {inner_table} v WHERE v.{key} = u.{key} \
                 AND {}))",
                inner.replace("u.", "v.")
            ),
            _ => format!(
                "WITH a AS (SELECT * FROM {outer_table} t WHERE {outer}), b AS ({innermost}) \
                 SELECT COUNT(*), COUNT(DISTINCT a.{column}) FROM a WHERE a.{column} IN (SELECT b.{key} FROM b)"
            ),
        }
    }

    /// A value of each row from the rows that refer to it.
    pub(super) fn correlated(&mut self) -> String {
        let (from, column, to) = self.pair();
        let ((name, kind), inner, outer) = (self.column(from), self.condition(from, 1), self.condition(to, 1));
        let (key, from_key) = (to.table.key, from.table.key);
        let value = match (self.rng.u32(..4), kind) {
            (0, _) => "COUNT(*)".to_owned(),
            (1, _) if kind != Flag => format!("MIN(t.{name})"),
            (2, Whole) => format!("SUM(t.{name})"),
            _ => {
                let direction = *self.one(&["", " DESC"]);
                return format!(
                    "SELECT u.{key}, (SELECT TOP 1 t.{name} FROM {} t WHERE t.{column} = u.{key} AND {inner} \
                     ORDER BY t.{name}{direction}, t.{from_key}) FROM {} u WHERE {outer}",
                    from.table.name, to.table.name
                );
            }
        };
        format!(
            "SELECT u.{key}, (SELECT {value} FROM {} t WHERE t.{column} = u.{key} AND {inner}) FROM {} u WHERE {outer}",
            from.table.name, to.table.name
        )
    }

    /// The first rows of a join, by what the service sorts; only that is compared, since which of two equal rows comes first is
    /// left to chance. Or how many there are, without an order.
    pub(super) fn first_of_join(&mut self) -> (String, bool) {
        let (from, column, to) = self.pair();
        let (side, rows) = (if self.chance(80) { from } else { to }, *self.one(&[1, 3, 7, 20, 61]));
        let fits = |kind| matches!(kind, Whole | Amount | Date | Flag);
        let Some(name) = self.column_of(side, fits) else { return (self.join(), false) };
        let kind = *self.one(&["JOIN", "JOIN", "JOIN", "LEFT JOIN", "RIGHT JOIN"]);
        let condition = if self.chance(50) { format!(" WHERE {}", self.condition(side, 1)) } else { String::new() };
        let key = to.table.key;
        let again =
            if self.chance(25) { format!(" JOIN {} v ON v.{key} = t.{column}", to.table.name) } else { String::new() };
        let joined =
            format!("FROM {} t {kind} {} u ON u.{key} = t.{column}{again}{condition}", from.table.name, to.table.name);
        let selected = format!("{}.{name}", side.alias);
        match self.chance(75) {
            true => {
                (format!("SELECT TOP {rows} {selected} {joined} ORDER BY {selected}{}", self.one(&["", " DESC"])), true)
            }
            false => (format!("SELECT COUNT(*) FROM (SELECT TOP {rows} {selected} {joined}) x"), false),
        }
    }

    /// The first rows of those that refer to each row.
    pub(super) fn applied(&mut self) -> String {
        let (from, column, to) = self.pair();
        let ((name, _), inner, outer) = (self.column(from), self.condition(from, 1), self.condition(to, 1));
        let (apply, rows, direction) = (*self.one(&["CROSS", "OUTER"]), self.rng.u32(1..4), *self.one(&["", " DESC"]));
        let (key, from_key) = (to.table.key, from.table.key);
        format!(
            "SELECT u.{key}, x.v FROM {} u {apply} APPLY (SELECT TOP {rows} t.{name} AS v FROM {} t WHERE t.{column} = u.{key} \
             AND {inner} ORDER BY t.{name}{direction}, t.{from_key}) x WHERE {outer}",
            to.table.name, from.table.name
        )
    }

    /// Groups over a join, with conditions on them.
    pub(super) fn joined_groups(&mut self) -> String {
        let (from, column, to) = self.pair();
        let ((group, kind), sum) = (self.column(to), self.sum(from));
        let condition = self.condition(from, 1);
        let keys = match kind {
            Date => format!("YEAR(u.{group}), QUARTER(u.{group})"),
            _ => format!("u.{group}"),
        };
        let (grouped, selected) = match self.rng.u32(..4) {
            0 => (format!("ROLLUP({keys})"), keys.clone()),
            1 => (format!("{keys}, u.{}", to.table.key), keys.clone()),
            _ => (keys.clone(), keys.clone()),
        };
        let having = *self.one(&["", " HAVING COUNT(*) > 1", " HAVING COUNT(*) BETWEEN 1 AND 3", " HAVING MAX(1) = 1"]);
        let kind = *self.one(&["JOIN", "LEFT JOIN"]);
        format!(
            "SELECT {selected}, {sum} FROM {} t {kind} {} u ON u.{} = t.{column} WHERE {condition} GROUP BY {grouped}{having}",
            from.table.name, to.table.name, to.table.key
        )
    }

    /// A condition that is decided by another one.
    pub(super) fn decided(&mut self, of: Named) -> String {
        let (when, then, otherwise) = (self.comparison(of), self.comparison(of), self.comparison(of));
        match self.rng.u32(..4) {
            0 => format!("CASE WHEN {when} THEN 1 WHEN {then} THEN 2 ELSE 0 END {} 1", self.operator()),
            1 => format!("CASE WHEN {when} THEN 'a' ELSE NULL END IS NULL"),
            2 => format!("IIF({when}, 1, 0) = IIF({then}, 1, 0)"),
            _ => format!("(CASE WHEN {when} THEN 1 ELSE 0 END + CASE WHEN {otherwise} THEN 1 ELSE 0 END) >= 1"),
        }
    }

    /// Which divisions are asked.
    pub(super) fn division(&mut self, of: Named) -> String {
        let column = format!("{}.Division", of.alias);
        let code = *self.one(&[5512, 5512, 5515, 1]);
        match self.rng.u32(..5) {
            0 => format!("{column} IN ({code}, 5515)"),
            1 => format!("{column} <> {code}"),
            2 => format!("{column} > {code}"),
            _ => format!("{column} = {code}"),
        }
    }

    /// A date through a function.
    pub(super) fn through_function(&mut self, column: &str, pool: &[String]) -> String {
        let (moment, op) = (self.moment(pool), self.operator());
        match self.rng.u32(..8) {
            0 => format!("{column} {op} DATEADD(month, {}, {moment})", self.rng.i32(-12..12)),
            1 => format!("DATEDIFF(day, {column}, {moment}) {op} {}", self.rng.u32(..400)),
            2 => format!("DATE_TRUNC('month', {column}) {op} {moment}"),
            3 => format!("EOMONTH({column}) {op} {moment}"),
            4 => format!("QUARTER({column}) {op} {} AND YEAR({column}) >= 2020", self.rng.u32(1..=4)),
            5 => format!("DATEADD(day, {}, {column}) {op} {moment}", self.rng.i32(-40..40)),
            6 => format!("DATEPART(weekday, {column}) IN (1, {})", self.rng.u32(2..=7)),
            _ => format!("CAST({column} AS DATE) BETWEEN {moment} AND DATEADD(year, 1, {moment})"),
        }
    }
}
