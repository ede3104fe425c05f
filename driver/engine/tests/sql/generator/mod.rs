//! Queries made at random from a seed: all shapes over the tables of the company, with values that occur in it.

mod shapes;
mod tables;

use std::collections::HashMap;

use exact_engine::Connection;
use fastrand::Rng;

use crate::company::try_rows;
use crate::differential::Query;

use tables::Kind::{self, Amount, Date, Flag, Guid, Text, Whole};
use tables::{REFERENCES, TABLES, Table, table};

/// The values that occur, by table and column.
pub struct Generator {
    values: HashMap<(&'static str, &'static str), Vec<String>>,
}

impl Generator {
    pub fn new(connection: &Connection) -> Generator {
        let mut values = HashMap::new();
        for table in TABLES {
            let names: Vec<&str> = table.columns.iter().map(|(name, _)| *name).chain([table.key]).collect();
            let rows = try_rows(connection, &format!("SELECT {} FROM {}", names.join(", "), table.name), &[]).unwrap();
            for (at, name) in names.into_iter().enumerate() {
                let mut column: Vec<String> = rows.iter().map(|row| row[at].clone()).collect();
                column.retain(|value| value != "NULL");
                column.sort();
                column.dedup();
                assert!(!column.is_empty(), "{}.{name} is empty", table.name);
                values.insert((table.name, name), column);
            }
        }
        Generator { values }
    }

    /// The query with a number, the same for every run with that seed.
    pub fn query(&self, seed: u64, number: u64) -> Query {
        let rng = Rng::with_seed(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ number);
        let mut maker = Maker { values: &self.values, rng };
        let (sql, ordered) = maker.statement();
        Query { sql, ordered, finds_rows: true }
    }
}

/// Makes one query.
struct Maker<'a> {
    values: &'a HashMap<(&'static str, &'static str), Vec<String>>,
    rng: Rng,
}

/// A table under a name.
#[derive(Clone, Copy)]
struct Named {
    table: &'static Table,
    alias: &'static str,
}

impl Maker<'_> {
    fn one<'t, T>(&mut self, list: &'t [T]) -> &'t T {
        &list[self.rng.usize(..list.len())]
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.rng.u32(..100) < percent
    }

    fn any_table(&mut self) -> Named {
        Named { table: self.one(TABLES), alias: "t" }
    }

    fn column(&mut self, of: Named) -> (&'static str, Kind) {
        *self.one(of.table.columns)
    }

    fn column_of(&mut self, of: Named, fits: fn(Kind) -> bool) -> Option<&'static str> {
        let fitting: Vec<&str> =
            of.table.columns.iter().filter(|(_, kind)| fits(*kind)).map(|(name, _)| *name).collect();
        (!fitting.is_empty()).then(|| *self.one(&fitting))
    }

    fn columns(&mut self, of: Named) -> String {
        let count = self.rng.usize(1..=4);
        let names: Vec<String> = (0..count).map(|_| format!("{}.{}", of.alias, self.column(of).0)).collect();
        names.join(", ")
    }

    /// The query, and whether its rows come in a certain order.
    fn statement(&mut self) -> (String, bool) {
        match self.rng.u32(..100) {
            0..15 => (self.plain(), false),
            15..20 => self.first_of_join(),
            20..22 => (self.applied(), false),
            22..32 => (self.aggregate(), false),
            32..40 => (self.groups(), false),
            40..52 => (self.top(), true),
            52..67 => (self.join(), false),
            67..75 => (self.reference(), false),
            75..79 => (self.derived(), false),
            79..85 => (self.set(), false),
            85..87 => (self.compared(), false),
            87..91 => (self.window(), false),
            91..94 => (self.nested(), false),
            94..97 => (self.correlated(), false),
            _ => (self.joined_groups(), false),
        }
    }

    fn plain(&mut self) -> String {
        let from = self.any_table();
        let distinct = if self.chance(15) { "DISTINCT " } else { "" };
        let (columns, condition) = (self.columns(from), self.condition(from, 2));
        format!("SELECT {distinct}{columns} FROM {} t WHERE {condition}", from.table.name)
    }

    fn aggregate(&mut self) -> String {
        let from = self.any_table();
        let count = self.rng.usize(1..=3);
        let sums: Vec<String> = (0..count).map(|_| self.sum(from)).collect();
        let mut sql = format!("SELECT {} FROM {} t", sums.join(", "), from.table.name);
        if self.chance(75) {
            sql = format!("{sql} WHERE {}", self.condition(from, 2));
        }
        sql
    }

    /// An aggregate whose value does not depend on the order of the rows.
    fn sum(&mut self, from: Named) -> String {
        let (name, kind) = self.column(from);
        match (self.rng.u32(..6), kind) {
            (0, _) | (_, Flag) => "COUNT(*)".to_owned(),
            (1, _) => format!("COUNT(t.{name})"),
            (2, _) => format!("COUNT(DISTINCT t.{name})"),
            (3, Whole) => format!("SUM(t.{name})"),
            (4, _) => format!("MIN(t.{name})"),
            _ => format!("MAX(t.{name})"),
        }
    }

    fn groups(&mut self) -> String {
        let from = self.any_table();
        let (name, kind) = self.column(from);
        let key = match kind {
            Date if self.chance(50) => format!("YEAR(t.{name})"),
            Text if self.chance(25) => format!("LEFT(t.{name}, 1)"),
            _ => format!("t.{name}"),
        };
        let sum = self.sum(from);
        let mut sql = format!("SELECT {key}, {sum} FROM {} t", from.table.name);
        if self.chance(60) {
            sql = format!("{sql} WHERE {}", self.condition(from, 2));
        }
        sql = format!("{sql} GROUP BY {key}");
        if self.chance(30) {
            sql = format!("{sql} HAVING COUNT(*) > {}", self.rng.u32(..5));
        }
        sql
    }

    fn top(&mut self) -> String {
        let from = self.any_table();
        let columns = self.columns(from);
        let order = self.order(from);
        let condition = if self.chance(60) { format!(" WHERE {}", self.condition(from, 1)) } else { String::new() };
        let rows = *self.one(&[0, 1, 3, 7, 59, 60, 61, 150]);
        let body = format!("{columns}, t.{} FROM {} t{condition} ORDER BY {order}", from.table.key, from.table.name);
        match self.rng.u32(..3) {
            0 => format!("SELECT TOP {rows} {body}"),
            1 => format!("SELECT {body} LIMIT {rows} OFFSET {}", self.one(&[0, 1, 5, 60])),
            _ => format!("SELECT {body} LIMIT {rows}"),
        }
    }

    /// A total order: the key decides where all else is equal.
    fn order(&mut self, from: Named) -> String {
        let count = self.rng.usize(0..=2);
        let mut keys: Vec<String> = (0..count)
            .map(|_| {
                let direction = *self.one(&["", " DESC", " ASC NULLS LAST", " DESC NULLS FIRST"]);
                format!("t.{}{direction}", self.column(from).0)
            })
            .collect();
        keys.push(format!("t.{}", from.table.key));
        keys.join(", ")
    }

    /// Two tables, one of which refers to the other.
    fn pair(&mut self) -> (Named, &'static str, Named) {
        let (from, column, to) = *self.one(REFERENCES);
        (Named { table: table(from), alias: "t" }, column, Named { table: table(to), alias: "u" })
    }

    fn join(&mut self) -> String {
        let (from, column, to) = self.pair();
        let kind = *self.one(&["JOIN", "JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"]);
        let mut on = format!("u.{} = t.{column}", to.table.key);
        if self.chance(25) {
            let side = if self.chance(50) { from } else { to };
            on = format!("{on} AND {}", self.condition(side, 1));
        }
        let selected = match self.chance(30) {
            true => format!("COUNT(*), COUNT(t.{column}), COUNT(u.{})", to.table.key),
            false => format!("{}, {}", self.columns(from), self.columns(to)),
        };
        let mut sql = format!("SELECT {selected} FROM {} t {kind} {} u ON {on}", from.table.name, to.table.name);
        let mut conditions = Vec::new();
        for side in [from, to] {
            if self.chance(55) {
                conditions.push(self.condition(side, 1));
            }
        }
        if !conditions.is_empty() {
            let glue = if self.chance(85) { " AND " } else { " OR " };
            sql = format!("{sql} WHERE {}", conditions.join(glue));
        }
        sql
    }

    /// Compared with a value that another query finds.
    fn compared(&mut self) -> String {
        let (from, other) = (self.any_table(), Named { table: self.any_table().table, alias: "u" });
        let kinds: [fn(Kind) -> bool; 3] = [|kind| kind == Date, |kind| kind == Amount, |kind| kind == Whole];
        let fits = *self.one(&kinds);
        let (Some(column), Some(found)) = (self.column_of(from, fits), self.column_of(other, fits)) else {
            return self.plain();
        };
        let function = *self.one(&["MIN", "MAX"]);
        let op = *self.one(&["=", "<", "<=", ">", ">=", "<>"]);
        let (columns, inner, outer) = (self.columns(from), self.condition(other, 1), self.condition(from, 1));
        format!(
            "SELECT {columns} FROM {} t WHERE t.{column} {op} (SELECT {function}(u.{found}) FROM {} u WHERE {inner}) AND {outer}",
            from.table.name, other.table.name
        )
    }

    /// A subquery over a reference: IN, EXISTS and their opposites.
    fn reference(&mut self) -> String {
        let (from, column, to) = self.pair();
        let inner = self.condition(to, 1);
        let (outer_table, inner_table) = (from.table.name, to.table.name);
        let key = to.table.key;
        let test = match self.rng.u32(..5) {
            0 => format!("t.{column} IN (SELECT u.{key} FROM {inner_table} u WHERE {inner})"),
            1 => format!("t.{column} NOT IN (SELECT u.{key} FROM {inner_table} u WHERE {inner})"),
            2 => format!("EXISTS (SELECT 1 FROM {inner_table} u WHERE u.{key} = t.{column} AND {inner})"),
            3 => format!("NOT EXISTS (SELECT 1 FROM {inner_table} u WHERE u.{key} = t.{column} AND {inner})"),
            _ => {
                // The other way round: who is referred to.
                let inner = self.condition(from, 1);
                let columns = self.columns(to);
                let not = if self.chance(30) { "NOT " } else { "" };
                return format!(
                    "SELECT {columns} FROM {inner_table} u WHERE {not}EXISTS \
                     (SELECT 1 FROM {outer_table} t WHERE t.{column} = u.{key} AND {inner})"
                );
            }
        };
        let also = if self.chance(40) { format!(" AND {}", self.condition(from, 1)) } else { String::new() };
        format!("SELECT {} FROM {outer_table} t WHERE {test}{also}", self.columns(from))
    }

    fn derived(&mut self) -> String {
        let from = self.any_table();
        let name = from.table.name;
        let (inner, outer) = (self.condition(from, 1), self.condition(from, 1));
        let columns = self.columns(from);
        match self.chance(50) {
            true => format!("SELECT {columns} FROM (SELECT * FROM {name} t WHERE {inner}) t WHERE {outer}"),
            false => format!("WITH t AS (SELECT * FROM {name} t WHERE {inner}) SELECT {columns} FROM t WHERE {outer}"),
        }
    }

    /// A condition of `depth` levels of AND, OR and NOT.
    fn condition(&mut self, of: Named, depth: u32) -> String {
        if depth == 0 || self.chance(35) {
            return self.comparison(of);
        }
        let (left, right) = (self.condition(of, depth - 1), self.condition(of, depth - 1));
        match self.rng.u32(..10) {
            0..5 => format!("({left} AND {right})"),
            5..8 => format!("({left} OR {right})"),
            _ => format!("NOT ({left})"),
        }
    }

    fn comparison(&mut self, of: Named) -> String {
        if self.chance(2) {
            return (*self.one(&["1 = 1", "1 = 0", "2 > 1", "NULL IS NULL"])).to_owned();
        }
        if self.chance(2) {
            return self.division(of);
        }
        if self.chance(3) {
            return self.decided(of);
        }
        let (name, kind) = if self.chance(6) { (of.table.key, Guid) } else { self.column(of) };
        let column = format!("{}.{name}", of.alias);
        if self.chance(10) {
            let not = if self.chance(50) { "NOT " } else { "" };
            return format!("{column} IS {not}NULL");
        }
        let values = self.values;
        let pool = &values[&(of.table.name, name)];
        match kind {
            Guid => self.guid(&column, pool),
            Text => self.text(&column, pool),
            Whole => self.number(&column, pool, true),
            Amount => self.number(&column, pool, false),
            Flag => self.flag(&column),
            Date => self.date(&column, pool),
        }
    }

    fn operator(&mut self) -> &'static str {
        self.one::<&str>(&["=", "=", "<>", "<", ">", "<=", ">="])
    }

    fn guid(&mut self, column: &str, pool: &[String]) -> String {
        let list: Vec<String> = (0..self.rng.usize(1..=4)).map(|_| quoted(self.one::<String>(pool))).collect();
        match self.rng.u32(..4) {
            0 => format!("{column} IN ({})", list.join(", ")),
            1 => format!("{column} NOT IN ({})", list.join(", ")),
            _ => format!("{column} {} {}", self.operator(), list[0]),
        }
    }

    fn text(&mut self, column: &str, pool: &[String]) -> String {
        let value = self.spelled(pool);
        match self.rng.u32(..12) {
            0..4 => format!("{column} {} {}", self.operator(), quoted(&value)),
            4 => format!("{column} IN ({}, {})", quoted(&value), quoted(&self.spelled(pool))),
            5 => format!("{column} NOT IN ({}, {})", quoted(&value), quoted(&self.spelled(pool))),
            6 => {
                let not = if self.chance(30) { "NOT " } else { "" };
                format!("{column} {not}BETWEEN {} AND {}", quoted(&value), quoted(&self.spelled(pool)))
            }
            7..10 => {
                let not = if self.chance(25) { "NOT " } else { "" };
                format!("{column} {not}LIKE {} ESCAPE '\\'", quoted(&self.pattern(&value)))
            }
            10 => format!("UPPER({column}) {} {}", self.operator(), quoted(&value.to_uppercase())),
            _ => format!("LEN({column}) {} {}", self.operator(), self.rng.u32(..12)),
        }
    }

    /// A value as it stands, or almost.
    fn spelled(&mut self, pool: &[String]) -> String {
        let value = self.one(pool).clone();
        match self.rng.u32(..10) {
            0 => value.to_lowercase(),
            1 => value.to_uppercase(),
            2 => value.chars().take(3).collect(),
            3 => format!("{value} "),
            4 => String::new(),
            _ => value.chars().take(60).collect(),
        }
    }

    fn pattern(&mut self, value: &str) -> String {
        let letters: Vec<char> = value.chars().take(30).collect();
        let escape = |letters: &[char]| -> String {
            let escaped = letters.iter().flat_map(|letter| match letter {
                '%' | '_' | '\\' => vec!['\\', *letter],
                _ => vec![*letter],
            });
            escaped.collect()
        };
        let (start, end) = (self.rng.usize(..=letters.len()), self.rng.usize(..=letters.len()));
        let part = escape(&letters[start.min(end)..start.max(end)]);
        match self.rng.u32(..5) {
            0 => format!("{}%", escape(&letters[..end])),
            1 => format!("%{part}%"),
            2 => format!("%{}", escape(&letters[start..])),
            3 => format!("_{}%", escape(letters.get(1..end.max(1)).unwrap_or_default())),
            _ => format!("%{part}%{}", escape(letters.last().map(std::slice::from_ref).unwrap_or_default())),
        }
    }

    fn number(&mut self, column: &str, pool: &[String], whole: bool) -> String {
        let (value, other) = (self.one(pool).clone(), self.one(pool).clone());
        match self.rng.u32(..9) {
            0 => format!("{column} IN ({value}, {other})"),
            1 => format!("{column} NOT IN ({value}, {other})"),
            2 => format!("{column} BETWEEN {value} AND {other}"),
            3 => format!("{column} NOT BETWEEN {value} AND {other}"),
            4 => format!("{column} {} '{value}'", self.operator()),
            5 if whole => format!("{column} % 2 = 1"),
            5 => format!("ABS({column}) {} {value}", self.operator()),
            6 => format!("{value} {} {column}", self.operator()),
            _ => format!("{column} {} {value}", self.operator()),
        }
    }

    fn flag(&mut self, column: &str) -> String {
        let value = *self.one(&["TRUE", "FALSE", "1", "0", "'True'", "'False'"]);
        match self.rng.u32(..4) {
            0 => column.to_owned(),
            1 => format!("NOT {column}"),
            2 => format!("{column} <> {value}"),
            _ => format!("{column} = {value}"),
        }
    }

    fn date(&mut self, column: &str, pool: &[String]) -> String {
        if self.chance(30) {
            return self.through_function(column, pool);
        }
        let (value, other) = (self.moment(pool), self.moment(pool));
        let year = self.one(pool).split('-').next().unwrap_or("2024").to_owned();
        match self.rng.u32(..9) {
            0 => format!("YEAR({column}) {} {year}", self.operator()),
            1 => format!("MONTH({column}) IN (1, 2, {})", self.rng.u32(3..=12)),
            2 => format!("CAST({column} AS DATE) {} {value}", self.operator()),
            3 => format!("{column} BETWEEN {value} AND {other}"),
            4 => format!("{column} NOT BETWEEN {value} AND {other}"),
            5 => format!("{column} IN ({value}, {other})"),
            _ => format!("{column} {} {value}", self.operator()),
        }
    }

    /// A moment in one of the spellings of SQL.
    fn moment(&mut self, pool: &[String]) -> String {
        let value = self.one(pool).replace('T', " ");
        let day = value.split(' ').next().unwrap_or_default().to_owned();
        match self.rng.u32(..4) {
            0 => format!("'{day}'"),
            1 => format!("{{d '{day}'}}"),
            2 => format!("{{ts '{value}'}}"),
            _ => format!("'{value}'"),
        }
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
