//! The model's data files against the catalog of the REST API that the simulator is built on.
//!
//! `EXACT_WRITE_MODEL=1 cargo test -p exact-client --test model_data` writes them anew.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::Value;

/// Which schema an unqualified name means where several services have an entity of that name.
const PREFERRED: [(&str, &str); 7] = [
    ("reasoncodes", "crm"),
    ("documents", "documents"),
    ("layouts", "general"),
    // Needs no scope, and is what every Division column refers to.
    ("divisions", "hrm"),
    ("timetransactions", "project"),
    ("afterentry", "openingbalance_currentyear"),
    ("processed", "openingbalance_currentyear"),
];

#[test]
fn data_files_say_what_the_catalog_says() {
    let catalog = Catalog::read();
    compare_or_write("data.txt", &catalog.data());
    compare_or_write("relations.txt", &catalog.relations());
}

fn crate_path(relative: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(relative)
}

fn compare_or_write(name: &str, expected: &str) {
    let path = crate_path("src/model").join(name);
    if std::env::var_os("EXACT_WRITE_MODEL").is_some() {
        std::fs::write(&path, expected).expect("write the data file");
        return;
    }
    let found = std::fs::read_to_string(&path).expect("read the data file");
    for (number, (found, expected)) in found.lines().zip(expected.lines()).enumerate() {
        assert_eq!(found, expected, "{name}, line {}", number + 1);
    }
    assert_eq!(found.lines().count(), expected.lines().count(), "{name}: number of lines");
}

struct Catalog {
    endpoints: Vec<Value>,
    relations: Vec<Value>,
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn flag(value: &Value, key: &str) -> bool {
    value[key].as_bool().unwrap_or(false)
}

fn list<'a>(value: &'a Value, key: &str) -> Vec<&'a Value> {
    value[key].as_array().map(|items| items.iter().collect()).unwrap_or_default()
}

/// Schema and table of a URI: `/api/v1/{division}/read/financial/X` is `read_financial`, `X`.
fn place(uri: &str) -> (String, String) {
    let path = uri.trim_start_matches("/api/v1/").replace("beta/", "").replace("{division}/", "");
    let (service, name) = path.rsplit_once('/').expect("a service and an entity");
    (service.replace('/', "_").to_lowercase(), name.to_owned())
}

fn qualified(uri: &str) -> String {
    let (schema, name) = place(uri);
    format!("{schema}.{name}")
}

fn is_column(property: &Value) -> bool {
    !matches!(text(property, "edm_type"), "Collection" | "Complex")
}

fn columns(endpoint: &Value) -> Vec<&Value> {
    list(endpoint, "properties").into_iter().filter(|property| is_column(property)).collect()
}

fn type_letter(value: &Value) -> &'static str {
    match text(value, "edm_type") {
        "Edm.String" => "s",
        "Edm.Guid" => "g",
        "Edm.DateTime" => "t",
        "Edm.Double" => "d",
        "Edm.Int16" => "2",
        "Edm.Int32" => "4",
        "Edm.Int64" => "8",
        "Edm.Byte" => "b",
        "Edm.Boolean" => "?",
        "Edm.Binary" => "x",
        other => panic!("a type that the model does not know: {other}"),
    }
}

fn flags(value: &Value, table: &[(&str, char)]) -> String {
    table.iter().filter(|(key, _)| flag(value, key)).map(|(_, letter)| *letter).collect()
}

fn numbers(columns: &[&Value], wanted: &[&Value]) -> String {
    let number = |name: &&Value| columns.iter().position(|column| &column["name"] == *name).expect("a column");
    wanted.iter().map(|name| number(name).to_string()).collect::<Vec<_>>().join(",")
}

impl Catalog {
    fn read() -> Self {
        let read = |name: &str| {
            let path = crate_path("../../tests/simulator/catalog").join(name);
            let bytes = std::fs::read(path).expect("the catalog");
            serde_json::from_slice::<Vec<Value>>(&bytes).expect("a JSON array")
        };
        Self { endpoints: read("endpoints.json"), relations: read("relations.json") }
    }

    fn by_uri(&self, uri: &str) -> Option<&Value> {
        self.endpoints.iter().find(|endpoint| text(endpoint, "uri") == uri)
    }

    /// The bulk endpoint that is a path of this regular one: same rows, so one twin on either side.
    fn bulk_path(&self, regular: &Value) -> Option<&Value> {
        self.endpoints
            .iter()
            .filter(|endpoint| flag(endpoint, "is_bulk"))
            .find(|bulk| matches!(list(bulk, "regular_twin")[..], [twin] if *twin == regular["uri"]))
    }

    fn has_table_of_its_own(endpoint: &Value) -> bool {
        !flag(endpoint, "is_bulk") || list(endpoint, "regular_twin").len() != 1
    }

    fn data(&self) -> String {
        let mut entities = BTreeMap::new();
        for endpoint in self.endpoints.iter().filter(|endpoint| Self::has_table_of_its_own(endpoint)) {
            let previous = entities.insert(place(text(endpoint, "uri")), endpoint);
            assert!(previous.is_none(), "two endpoints are one table: {}", endpoint["uri"]);
        }
        let preferred = preferred(&entities);
        let mut out = String::new();
        for ((schema, name), endpoint) in &entities {
            let is_preferred = preferred[&name.to_lowercase()] == *schema;
            self.entity(&mut out, schema, name, endpoint, is_preferred);
        }
        out
    }

    fn entity(&self, out: &mut String, schema: &str, name: &str, endpoint: &Value, preferred: bool) {
        let methods: Vec<&str> = list(endpoint, "methods").into_iter().filter_map(Value::as_str).collect();
        let letters = [("GET", 'G'), ("POST", 'P'), ("PUT", 'U'), ("DELETE", 'D')];
        let letters: String = letters.iter().filter(|(verb, _)| methods.contains(verb)).map(|(_, l)| *l).collect();
        let kind = match () {
            () if !methods.contains(&"GET") => 'a',
            () if flag(endpoint, "is_function") => 'f',
            () => 't',
        };
        let facts = [
            ('p', preferred),
            ('h', text(endpoint, "status") == "historic"),
            ('c', list(endpoint, "properties").is_empty()),
            ('a', endpoint["parameters"] == "unknown"),
        ];
        let facts: String = facts.iter().filter(|(_, holds)| *holds).map(|(letter, _)| *letter).collect();
        let scope = text(endpoint, "scope").trim_matches('-');
        writeln!(out, "E\t{schema}\t{name}\t{kind}\t{letters}\t{facts}\t{scope}").unwrap();
        let columns = columns(endpoint);
        columns.iter().for_each(|column| write_column(out, column));
        twin_line(out, endpoint, &columns);
        for property in list(endpoint, "properties").into_iter().filter(|property| !is_column(property)) {
            self.navigation(out, property);
        }
        for parameter in list(endpoint, "parameters") {
            writeln!(out, "P\t{}\t{}", text(parameter, "name"), type_letter(parameter)).unwrap();
        }
        write_path(out, endpoint, &columns);
        if let Some(bulk) = self.bulk_path(endpoint) {
            write_path(out, bulk, &columns);
        }
    }

    fn navigation(&self, out: &mut String, property: &Value) {
        let kind = if text(property, "edm_type") == "Collection" { "c" } else { "x" };
        let flags = flags(property, &[("mandatory_on_post", 'm'), ("post", 'p')]);
        write!(out, "N\t{}\t{kind}\t{flags}", text(property, "name")).unwrap();
        if self.by_uri(text(property, "target")).is_some() {
            write!(out, "\t{}", qualified(text(property, "target"))).unwrap();
            for column in list(property, "join") {
                write!(out, "\t{}", column.as_str().unwrap()).unwrap();
            }
        }
        out.push('\n');
    }

    /// The catalog's relations, and the same again for the sync and bulk tables with the data of a regular one.
    fn relations(&self) -> String {
        let mut tables: HashMap<String, Vec<&Value>> = HashMap::new();
        for endpoint in self.endpoints.iter().filter(|endpoint| Self::has_table_of_its_own(endpoint)) {
            let twins = list(endpoint, "regular_twin").into_iter().filter_map(Value::as_str).map(qualified);
            for table in twins.chain([qualified(text(endpoint, "uri"))]) {
                tables.entry(table).or_default().push(endpoint);
            }
        }
        let mut lines = BTreeMap::new();
        for relation in &self.relations {
            let from = qualified(text(relation, "from_table"));
            let to = qualified(text(relation, "to_table"));
            let column = text(relation, "from_column");
            for endpoint in tables.get(&from).into_iter().flatten() {
                let same = columns(endpoint).iter().any(|property| text(property, "name") == column);
                if same && tables.contains_key(&to) {
                    let own = qualified(text(endpoint, "uri"));
                    let strength = if is_strong(text(relation, "how_derived")) { 's' } else { 'm' };
                    let target = format!("{to}\t{}", text(relation, "to_column"));
                    lines.insert((own, column.to_owned(), target), strength);
                }
            }
        }
        lines.iter().fold(String::new(), |mut out, ((from, column, target), strength)| {
            writeln!(out, "{from}\t{column}\t{target}\t{strength}").unwrap();
            out
        })
    }
}

/// Section 2 of the catalog's own description.
fn is_strong(how_derived: &str) -> bool {
    ["guid-name+", "division-code", "collection-navigation"].iter().any(|rule| how_derived.starts_with(rule))
}

/// Lower-case name to the schema that an unqualified name means: the only one, the chosen one, else the one that is
/// current and not a sync or bulk twin.
fn preferred(entities: &BTreeMap<(String, String), &Value>) -> HashMap<String, String> {
    let mut bearers: HashMap<String, Vec<(bool, bool, String)>> = HashMap::new();
    for ((schema, name), endpoint) in entities {
        let twin = flag(endpoint, "is_sync") || flag(endpoint, "is_bulk");
        let historic = text(endpoint, "status") == "historic";
        bearers.entry(name.to_lowercase()).or_default().push((historic, twin, schema.clone()));
    }
    bearers
        .into_iter()
        .map(|(name, mut schemas)| {
            schemas.sort();
            let chosen = PREFERRED.iter().find(|(chosen, _)| *chosen == name).map(|(_, schema)| (*schema).to_owned());
            let rivals = schemas.iter().filter(|(historic, twin, _)| !historic && !twin).count();
            assert!(rivals < 2 || chosen.is_some(), "{name}: which of {schemas:?} does an unqualified name mean?");
            (name, chosen.unwrap_or_else(|| schemas[0].2.clone()))
        })
        .collect()
}

fn write_column(out: &mut String, column: &Value) {
    const FLAGS: [(&str, char); 8] = [
        ("key", 'k'),
        ("mandatory_on_post", 'm'),
        ("doc_mandatory", 'M'),
        ("post", 'p'),
        ("put", 'u'),
        ("padded_left", 'l'),
        ("hidden", 'h'),
        ("obsolete", 'o'),
    ];
    let length = column["max_length"].as_u64().map(|length| length.to_string()).unwrap_or_default();
    let (name, letter) = (text(column, "name"), type_letter(column));
    let line = format!("C\t{name}\t{letter}\t{}\t{length}", flags(column, &FLAGS));
    out.push_str(line.trim_end());
    out.push('\n');
}

fn twin_line(out: &mut String, endpoint: &Value, columns: &[&Value]) {
    if !flag(endpoint, "is_sync") && !flag(endpoint, "is_bulk") {
        return;
    }
    let twins: Vec<_> = list(endpoint, "regular_twin").into_iter().filter_map(Value::as_str).map(qualified).collect();
    let row_id = endpoint.get("row_id").map(|name| numbers(columns, &[name])).unwrap_or_default();
    let deleted = endpoint.get("deleted_entity_type").map(Value::to_string).unwrap_or_default();
    writeln!(out, "W\t{}\t{row_id}\t{deleted}", twins.join(",")).unwrap();
}

fn write_path(out: &mut String, endpoint: &Value, columns: &[&Value]) {
    let is = |key| flag(endpoint, key);
    // What `read` lists, functions and current/Me take besides $select is not documented, so nothing is asked of them.
    let plain = !is("is_bulk") && !is("is_sync") && !is("is_read") && !is("is_function");
    let regular = plain && text(endpoint, "uri").contains("{division}");
    let kind = match () {
        () if is("is_bulk") => 'b',
        () if is("is_sync") => 's',
        () if is("is_function") => 'f',
        () => 'r',
    };
    let allowed = list(endpoint, "filter_allowed");
    let filter = match () {
        () if is("is_sync") => "t".to_owned(),
        () if !allowed.is_empty() => numbers(columns, &allowed),
        () if regular || is("is_bulk") => "*".to_owned(),
        () => "-".to_owned(),
    };
    let select = match text(endpoint, "select_rule") {
        "required" => 'r',
        "no_star" => 'n',
        _ => '-',
    };
    let page_size = endpoint["page_size"].as_u64().map(|size| size.to_string()).unwrap_or_default();
    let mandatory = numbers(columns, &list(endpoint, "filter_mandatory_any_of"));
    let own = list(endpoint, "properties");
    let missing: Vec<&Value> =
        columns.iter().map(|c| &c["name"]).filter(|name| !own.iter().any(|o| &o["name"] == *name)).collect();
    let missing = numbers(columns, &missing);
    let abilities = if regular { "oc" } else { "" };
    let uri = text(endpoint, "uri");
    let line = format!("A\t{kind}\t{uri}\t{page_size}\t{filter}\t{select}\t{abilities}\t{mandatory}\t{missing}");
    out.push_str(line.trim_end());
    out.push('\n');
}
