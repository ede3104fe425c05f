//! The facts of the catalog as a test needs them: nothing here comes from the driver's model.

use std::path::Path;

use serde_json::{Map, Value as Json};

/// An endpoint of the catalog.
pub struct Kind {
    /// `crm/Accounts`.
    pub path: String,
    /// Address below the host, with the division in it.
    pub address: String,
    /// `crm.Accounts`.
    pub table: String,
    methods: Vec<String>,
    pub keys: Vec<String>,
    pub columns: Vec<Column>,
    /// The driver knows no columns before it has read the service's metadata.
    pub is_unknown: bool,
}

pub struct Column {
    pub name: String,
    /// `String`, `Guid`, ... `Collection`.
    pub edm: String,
    pub mandatory: bool,
    pub post: bool,
    pub put: bool,
    /// Of a collection: path of the endpoint of its rows, and their column that names the document, where it is known.
    pub rows: Option<(String, Option<String>)>,
    pub longest: Option<usize>,
}

fn read(file: &str) -> Vec<Json> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/simulator/catalog");
    serde_json::from_str(&std::fs::read_to_string(folder.join(file)).unwrap()).unwrap()
}

fn text(value: &Json, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_string()
}

fn is(value: &Json, name: &str) -> bool {
    value[name].as_bool().unwrap_or_default()
}

fn texts(value: &Json) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Json::as_str).map(str::to_string).collect()
}

/// All endpoints.
pub fn kinds() -> Vec<Kind> {
    read("endpoints.json").iter().map(Kind::of).collect()
}

impl Kind {
    fn of(endpoint: &Json) -> Kind {
        let uri = text(endpoint, "uri");
        let path = short(&uri);
        let (service, name) = path.rsplit_once('/').unwrap();
        Kind {
            table: format!("{}.{name}", service.replace('/', "_")),
            address: uri.replace("{division}", "5512"),
            methods: texts(&endpoint["methods"]),
            keys: texts(&endpoint["keys"]),
            columns: endpoint["properties"].as_array().into_iter().flatten().map(Column::of).collect(),
            is_unknown: is(endpoint, "columns_unknown"),
            path,
        }
    }

    pub fn takes(&self, method: &str) -> bool {
        self.methods.iter().any(|own| own == method)
    }

    /// The one column that is the key.
    pub fn key(&self) -> &str {
        let [key] = self.keys.as_slice() else { panic!("{}: {:?}", self.path, self.keys) };
        key
    }

    /// Address of one row.
    pub fn address_of(&self, id: &str) -> String {
        let key = if self.column(self.key()).edm == "Guid" { format!("guid'{id}'") } else { id.to_string() };
        format!("{}({key})", self.address)
    }

    pub fn column(&self, name: &str) -> &Column {
        self.columns.iter().find(|column| column.name == name).unwrap_or_else(|| panic!("{}.{name}", self.path))
    }

    /// Whether its rows come with rows of another kind.
    pub fn is_document(&self) -> bool {
        self.columns.iter().any(|column| column.edm == "Collection" && column.mandatory)
    }
}

impl Column {
    fn of(property: &Json) -> Column {
        let target = property["target"].as_str().filter(|_| !is(property, "target_unresolved"));
        let child = property["join"].as_array().and_then(|join| join.get(1)?.as_str());
        Column {
            name: text(property, "name"),
            edm: text(property, "edm_type").trim_start_matches("Edm.").to_string(),
            mandatory: is(property, "mandatory_on_post"),
            post: is(property, "post"),
            put: is(property, "put"),
            rows: target.map(|target| (short(target), child.map(str::to_string))),
            longest: property["max_length"].as_u64().and_then(|length| usize::try_from(length).ok()),
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn is_nested(&self) -> bool {
        matches!(self.edm.as_str(), "Collection" | "Complex")
    }
}

/// Where guids lead: from `crm/Contacts` and `Account` to `crm/Accounts`.
pub fn references() -> Map<String, Json> {
    let relations =
        read("relations.json").into_iter().filter(|relation| text(relation, "how_derived") != "division-code");
    relations
        .map(|relation| {
            (
                format!("{}.{}", text(&relation, "from_table"), text(&relation, "from_column")),
                relation["to_table"].clone(),
            )
        })
        .collect()
}

fn short(uri: &str) -> String {
    uri.rsplit_once("{division}/")
        .map_or_else(|| uri.trim_start_matches("/api/v1/").to_string(), |(_, path)| path.to_string())
}
