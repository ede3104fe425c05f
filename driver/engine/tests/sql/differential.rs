//! Every query gives the same rows whether the service or the driver evaluates it.
//!
//! The queries stand in `queries/`, one file per shape and one query per line; `-- none` behind one says that it finds
//! no rows. Those of `generator` follow from a seed.

use exact_engine::Connection;
use exact_simulator::{Options, Switches};

use crate::company::{Company, Table, sorted, try_rows};
use crate::generator::Generator;

/// Queries whose rows have no order of their own.
const UNORDERED: [&str; 8] = [
    include_str!("queries/filters.sql"),
    include_str!("queries/text.sql"),
    include_str!("queries/dates.sql"),
    include_str!("queries/joins.sql"),
    include_str!("queries/groups.sql"),
    include_str!("queries/subqueries.sql"),
    include_str!("queries/expressions.sql"),
    include_str!("queries/pushdown.sql"),
];
/// Queries that say in which order their rows come.
const ORDERED: &str = include_str!("queries/ordered.sql");

pub struct Query {
    pub sql: String,
    pub ordered: bool,
    pub finds_rows: bool,
}

fn queries() -> Vec<Query> {
    let files = UNORDERED.iter().map(|file| (*file, false)).chain([(ORDERED, true)]);
    let lines = files.flat_map(|(file, ordered)| file.lines().map(move |line| (line, ordered)));
    let lines = lines.filter(|(line, _)| !line.starts_with("--"));
    let read = lines.map(|(line, ordered)| {
        let (sql, note) = line.rsplit_once(';').unwrap_or_else(|| panic!("no semicolon: {line}"));
        Query { sql: sql.to_owned(), ordered, finds_rows: note.trim() != "-- none" }
    });
    read.collect()
}

/// Two connections with the same company: one leaves to the service what it can, one does all itself.
struct Pair {
    pushed: Connection,
    local: Connection,
}

impl Pair {
    fn of(company: &Company) -> Pair {
        Pair { pushed: company.connect("Pushdown=on"), local: company.connect("Pushdown=off") }
    }

    /// What is wrong with a query, if anything.
    fn difference(&self, query: &Query) -> Option<String> {
        let run = |connection: &Connection| -> Result<Table, String> {
            let rows = try_rows(connection, &query.sql, &[]).map_err(|error| error.to_string())?;
            Ok(if query.ordered { rows } else { sorted(rows) })
        };
        match (run(&self.pushed), run(&self.local)) {
            (Ok(pushed), Ok(local)) if pushed == local => None,
            (Ok(pushed), Ok(local)) => Some(told(&pushed, &local)),
            // Both refuse it for the same reason: it is no query at all.
            (pushed, local) => Some(format!("pushed: {:?}\n  local: {:?}", pushed.err(), local.err())),
        }
    }
}

/// The rows that only one side has, or the first place where the order differs.
fn told(pushed: &Table, local: &Table) -> String {
    let only = |left: &Table, right: &Table| -> Vec<Vec<String>> {
        left.iter().filter(|row| !right.contains(row)).take(3).cloned().collect()
    };
    let place = pushed.iter().zip(local).position(|(left, right)| left != right);
    format!(
        "{} rows pushed, {} local, first difference at {place:?}\n  only pushed: {:?}\n  only local: {:?}",
        pushed.len(),
        local.len(),
        only(pushed, local),
        only(local, pushed)
    )
}

fn assert_same<'a>(company: &Company, setting: &str, queries: impl Iterator<Item = &'a Query>) {
    let pair = Pair::of(company);
    let found = queries.filter_map(|query| Some(format!("{}\n  {}", query.sql, pair.difference(query)?)));
    let found: Vec<String> = found.collect();
    assert!(found.is_empty(), "{setting}: {} queries\n{}", found.len(), found.join("\n"));
}

fn under(profile: &str) -> Company {
    Company::with(Options { scale: 0.01, ..Options::profile(profile).unwrap() })
}

#[test]
fn rows_do_not_depend_on_where_they_are_computed() {
    assert_same(&under("default"), "default", queries().iter());
}

#[test]
fn rows_do_not_depend_on_where_they_are_computed_under_a_strict_service() {
    assert_same(&under("strict"), "strict", queries().iter());
}

#[test]
fn rows_do_not_depend_on_where_they_are_computed_under_a_lenient_service() {
    assert_same(&under("lenient"), "lenient", queries().iter());
}

/// A part of the queries: what distinguishes this profile is part of the strict one too.
#[test]
fn rows_do_not_depend_on_where_they_are_computed_under_a_service_of_2021() {
    let queries = queries();
    assert_same(&under("2021"), "2021", queries.iter().step_by(5));
}

type Change = fn(&mut Switches);

/// What sources disagree on, each on its own, with a part of the queries for each.
#[test]
fn rows_do_not_depend_on_disputed_behaviour() {
    let changes: [(&str, Change); 10] = [
        ("bare arrays", |switches| switches.bare_array_for_top ^= true),
        ("searching in text", |switches| switches.substring_functions ^= true),
        ("mandatory filters", |switches| switches.mandatory_filtering ^= true),
        ("eager next links", |switches| switches.eager_next ^= true),
        ("next links that repeat $top", |switches| switches.next_repeats_top ^= true),
        ("pages under read/", |switches| switches.read_is_paged ^= true),
        ("the case of text", |switches| switches.case_sensitive ^= true),
        ("comparisons with null", |switches| switches.sql_nulls ^= true),
        ("doubles as integers", |switches| switches.doubles_as_integers ^= true),
        ("the form of expires_in", |switches| switches.numeric_expires_in ^= true),
    ];
    let queries = queries();
    for (number, (setting, change)) in changes.into_iter().enumerate() {
        let mut options = Options { scale: 0.01, ..Options::default() };
        change(&mut options.switches);
        let some = queries.iter().enumerate().filter(|(at, _)| at % changes.len() == number);
        assert_same(&Company::with(options), setting, some.map(|(_, query)| query));
    }
}

#[test]
fn the_queries_find_something() {
    let queries = queries();
    assert!(queries.len() >= 300);
    let company = Company::start();
    let connection = company.connect("");
    let wrong = queries.iter().filter_map(|query| {
        let found = !try_rows(&connection, &query.sql, &[]).map_err(|e| e.to_string()).unwrap_or_default().is_empty();
        (found != query.finds_rows).then_some(query.sql.as_str())
    });
    // A query without rows proves little; those that cannot have any are marked.
    assert_eq!(wrong.collect::<Vec<_>>(), Vec::<&str>::new());
}

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// `EXACT_SEED` chooses the queries, `EXACT_QUERIES` how many of them.
fn assert_same_for_generated(profile: &str, every: u64, first: u64) {
    let (seed, count) = (setting("EXACT_SEED", 1), setting("EXACT_QUERIES", 2_000));
    let company = under(profile);
    compare_generated(profile, &Pair::of(&company), seed, (first..count).step_by(every as usize));
}

fn compare_generated(setting: &str, pair: &Pair, seed: u64, numbers: impl Iterator<Item = u64>) {
    let generator = Generator::new(&pair.local);
    let mut found = Vec::new();
    for number in numbers {
        let query = generator.query(seed, number);
        if let Some(difference) = pair.difference(&query) {
            found.push(format!("EXACT_SEED={seed}, number {number}: {}\n  {difference}", query.sql));
        }
    }
    assert!(found.is_empty(), "{setting}: {} queries\n{}", found.len(), found.join("\n"));
}

#[test]
fn generated_queries_give_the_same_rows_over_several_divisions() {
    let (seed, count) = (setting("EXACT_SEED", 1), setting("EXACT_QUERIES", 2_000));
    let company = under("default");
    let connect = |pushdown: &str| company.connect(&format!("Division=5512,5515;Pushdown={pushdown}"));
    let pair = Pair { pushed: connect("on"), local: connect("off") };
    compare_generated("two divisions", &pair, seed, (7..count).step_by(10));
}

#[test]
fn generated_queries_give_the_same_rows_under_a_strict_service() {
    assert_same_for_generated("strict", 2, 0);
}

#[test]
fn generated_queries_give_the_same_rows_under_a_lenient_service() {
    assert_same_for_generated("lenient", 2, 1);
}
