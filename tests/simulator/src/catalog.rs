//! The endpoints, columns, rules and relations of the service, read from the catalog that is compiled in.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// The primitive types of the service (fact sheet 6.3), with its two kinds of nested value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edm {
    String,
    Guid,
    Int16,
    Int32,
    Int64,
    Byte,
    Double,
    Boolean,
    DateTime,
    Binary,
    Collection,
    Complex,
}

impl Edm {
    fn parse(name: &str) -> Edm {
        match name {
            "Edm.Guid" => Edm::Guid,
            "Edm.Int16" => Edm::Int16,
            "Edm.Int32" => Edm::Int32,
            "Edm.Int64" => Edm::Int64,
            "Edm.Byte" => Edm::Byte,
            "Edm.Double" => Edm::Double,
            "Edm.Boolean" => Edm::Boolean,
            "Edm.DateTime" => Edm::DateTime,
            "Edm.Binary" => Edm::Binary,
            "Collection" => Edm::Collection,
            "Complex" => Edm::Complex,
            _ => Edm::String,
        }
    }

    /// The name in `$metadata`; empty for nested values.
    pub fn name(self) -> &'static str {
        match self {
            Edm::String => "Edm.String",
            Edm::Guid => "Edm.Guid",
            Edm::Int16 => "Edm.Int16",
            Edm::Int32 => "Edm.Int32",
            Edm::Int64 => "Edm.Int64",
            Edm::Byte => "Edm.Byte",
            Edm::Double => "Edm.Double",
            Edm::Boolean => "Edm.Boolean",
            Edm::DateTime => "Edm.DateTime",
            Edm::Binary => "Edm.Binary",
            Edm::Collection | Edm::Complex => "",
        }
    }

    pub fn is_nested(self) -> bool {
        matches!(self, Edm::Collection | Edm::Complex)
    }
}

#[derive(Deserialize)]
struct RawProperty {
    name: String,
    edm_type: String,
    #[serde(default)]
    target: Option<String>,
    #[serde(default)]
    join: Option<Vec<String>>,
    #[serde(default)]
    key: bool,
    #[serde(default)]
    mandatory_on_post: bool,
    #[serde(default)]
    post: bool,
    #[serde(default)]
    put: bool,
    #[serde(default)]
    padded_left: serde_json::Value,
}

#[derive(Deserialize)]
struct RawParameter {
    name: String,
    edm_type: String,
}

#[derive(Deserialize)]
struct RawEndpoint {
    uri: String,
    methods: Vec<String>,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    is_bulk: bool,
    #[serde(default)]
    is_sync: bool,
    #[serde(default)]
    is_function: bool,
    #[serde(default)]
    is_beta: bool,
    #[serde(default)]
    parameters: Option<serde_json::Value>,
    #[serde(default)]
    page_size: Option<u32>,
    #[serde(default)]
    keys: Vec<String>,
    #[serde(default)]
    row_id: Option<String>,
    #[serde(default)]
    select_rule: Option<String>,
    #[serde(default)]
    filter_allowed: Option<Vec<String>>,
    #[serde(default)]
    filter_mandatory_any_of: Option<Vec<String>>,
    #[serde(default)]
    regular_twin: Vec<String>,
    #[serde(default)]
    deleted_entity_type: Option<i64>,
    #[serde(default)]
    sync_timestamp_endpoint: bool,
    #[serde(default)]
    properties: Vec<RawProperty>,
}

#[derive(Deserialize)]
struct RawRelation {
    from_table: String,
    from_column: String,
    to_table: String,
    to_column: String,
    how_derived: String,
}

/// One column, or one collection, of an endpoint.
#[derive(Debug)]
pub struct Property {
    pub name: String,
    pub edm: Edm,
    /// `service/Entity` of a collection's elements, when they have an endpoint of their own.
    pub target: Option<String>,
    /// Parent key column and child column of a collection.
    pub join: Option<(String, String)>,
    pub is_key: bool,
    pub mandatory_on_post: bool,
    pub post: bool,
    pub put: bool,
    pub padded_left: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Regular,
    Bulk,
    Sync,
    Function,
}

/// One addressable list of the service.
#[derive(Debug)]
pub struct Endpoint {
    pub id: usize,
    /// `service/Entity`, as documented, without `/api/v1/{division}/`.
    pub path: String,
    pub service: String,
    /// The path below the service: `Accounts`, `CRM/Accounts`.
    pub entity: String,
    pub access: Access,
    pub is_beta: bool,
    /// Known from older references only; it may be retired.
    pub is_historic: bool,
    pub methods: Vec<String>,
    pub scope: String,
    /// `None`: the parameters are not known, whatever is sent is taken.
    pub parameters: Option<Vec<(String, Edm)>>,
    pub page_size: usize,
    pub keys: Vec<usize>,
    pub row_id: Option<usize>,
    pub select_required: bool,
    pub star_refused: bool,
    pub filter_allowed: Option<Vec<String>>,
    pub filter_mandatory: Option<Vec<String>>,
    pub regular_twins: Vec<String>,
    pub deleted_entity_type: Option<i64>,
    pub sync_timestamp: bool,
    pub properties: Vec<Property>,
    by_name: HashMap<String, usize>,
}

impl Endpoint {
    /// The position of a column; names are case-sensitive, as in OData.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    pub fn property(&self, name: &str) -> Option<&Property> {
        self.column(name).and_then(|at| self.properties.get(at))
    }

    pub fn allows(&self, method: &str) -> bool {
        self.methods.iter().any(|known| known == method)
    }

    /// The last part of the path, which names the entity set.
    pub fn set_name(&self) -> &str {
        self.entity.rsplit('/').next().unwrap_or(&self.entity)
    }

    /// `__metadata.type` (fact sheet 6.3): the singular of the set, as far as a rule gives it.
    pub fn type_name(&self) -> String {
        if self.path == "current/Me" {
            return "Exact.Web.Api.System.Me".to_owned();
        }
        let set = self.set_name();
        let singular = match set {
            _ if set.ends_with("ies") => format!("{}y", set.trim_end_matches("ies")),
            _ if set.ends_with("Addresses") => "Address".to_owned(),
            _ if set.ends_with('s') && !set.ends_with("ss") => set.trim_end_matches('s').to_owned(),
            _ => set.to_owned(),
        };
        format!("Exact.Web.Api.Models.{singular}")
    }
}

/// A column that refers to a row of another table.
#[derive(Debug)]
pub struct Relation {
    pub to_table: String,
    pub to_column: String,
}

/// Everything that is known about the service.
pub struct Catalog {
    pub endpoints: Vec<Endpoint>,
    by_path: HashMap<String, usize>,
    relations: HashMap<String, HashMap<String, Relation>>,
}

static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::load);
const ENDPOINTS: &[u8] = include_bytes!("../catalog/endpoints.json");
const RELATIONS: &[u8] = include_bytes!("../catalog/relations.json");

impl Catalog {
    /// The catalog, read once per process.
    pub fn get() -> &'static Catalog {
        &CATALOG
    }

    fn load() -> Catalog {
        let raw: Vec<RawEndpoint> = serde_json::from_slice(ENDPOINTS).unwrap_or_default();
        let endpoints: Vec<Endpoint> = raw.into_iter().enumerate().map(|(id, raw)| endpoint(id, raw)).collect();
        let by_path = endpoints.iter().map(|endpoint| (folded(&endpoint.path), endpoint.id)).collect();
        let mut relations: HashMap<String, HashMap<String, Relation>> = HashMap::new();
        for raw in serde_json::from_slice::<Vec<RawRelation>>(RELATIONS).unwrap_or_default() {
            let relation = Relation { to_table: raw.to_table, to_column: raw.to_column };
            let columns = relations.entry(raw.from_table).or_default();
            // A column named after a table refers to that table, even where it also joins a collection to its parent.
            if raw.how_derived.starts_with("collection") {
                columns.entry(raw.from_column).or_insert(relation);
            } else {
                columns.insert(raw.from_column, relation);
            }
        }
        for endpoint in &endpoints {
            let own = relations.entry(endpoint.path.clone()).or_default();
            for name in ["Customer", "Supplier"].iter().filter(|name| endpoint.column(name).is_some()) {
                // Named by their role; the catalog derives relations from names of tables only.
                let accounts = Relation { to_table: "crm/Accounts".to_owned(), to_column: "ID".to_owned() };
                own.entry((*name).to_owned()).or_insert(accounts);
            }
        }
        Catalog { endpoints, by_path, relations }
    }

    /// Finds `service/Entity`: the service in any case, the entity exactly (fact sheet 1.3).
    pub fn find(&self, path: &str) -> Option<&Endpoint> {
        self.by_path.get(&folded(path)).and_then(|id| self.endpoints.get(*id))
    }

    /// The endpoints below a service root: `crm`, `bulk`, or `bulk/CRM`.
    pub fn in_service(&self, root: &str) -> Vec<&Endpoint> {
        let is_below = |endpoint: &&Endpoint| {
            let parent = endpoint.path.rsplit_once('/').map_or("", |(parent, _)| parent);
            endpoint.service.eq_ignore_ascii_case(root) || parent.eq_ignore_ascii_case(root)
        };
        self.endpoints.iter().filter(is_below).collect()
    }

    /// What a column refers to; a bulk or sync endpoint has the relations of its regular twin.
    pub fn relation(&self, endpoint: &Endpoint, column: &str) -> Option<&Relation> {
        let own = std::iter::once(&endpoint.path);
        own.chain(&endpoint.regular_twins)
            .find_map(|table| self.relations.get(table.as_str()).and_then(|columns| columns.get(column)))
    }
}

/// A path with its service segment in lower case.
fn folded(path: &str) -> String {
    match path.split_once('/') {
        Some((service, rest)) => format!("{}/{rest}", service.to_ascii_lowercase()),
        None => path.to_ascii_lowercase(),
    }
}

/// `/api/v1/{division}/crm/Accounts` to `crm/Accounts`.
fn short(uri: &str) -> String {
    let path = uri.trim_start_matches("/api/v1/");
    path.trim_start_matches("beta/").trim_start_matches("{division}/").to_owned()
}

fn endpoint(id: usize, raw: RawEndpoint) -> Endpoint {
    let path = short(&raw.uri);
    let (service, entity) = path.split_once('/').map(|(s, e)| (s.to_owned(), e.to_owned())).unwrap_or_default();
    let properties: Vec<Property> = raw.properties.into_iter().map(property).collect();
    let by_name: HashMap<String, usize> =
        properties.iter().enumerate().map(|(at, property)| (property.name.clone(), at)).collect();
    let access = match () {
        () if raw.is_function => Access::Function,
        () if raw.is_bulk => Access::Bulk,
        () if raw.is_sync => Access::Sync,
        () => Access::Regular,
    };
    Endpoint {
        id,
        service,
        entity,
        access,
        is_beta: raw.is_beta || raw.uri.starts_with("/api/v1/beta/"),
        is_historic: raw.status == "historic",
        methods: raw.methods,
        scope: raw.scope,
        parameters: parameters(raw.parameters),
        page_size: raw.page_size.map_or(60, |size| size as usize),
        keys: raw.keys.iter().filter_map(|key| by_name.get(key).copied()).collect(),
        row_id: raw.row_id.as_ref().and_then(|name| by_name.get(name).copied()),
        select_required: raw.select_rule.as_deref() == Some("required"),
        star_refused: raw.select_rule.as_deref() == Some("no_star"),
        filter_allowed: raw.filter_allowed,
        filter_mandatory: raw.filter_mandatory_any_of,
        regular_twins: raw.regular_twin.iter().map(|uri| short(uri)).collect(),
        deleted_entity_type: raw.deleted_entity_type,
        sync_timestamp: raw.sync_timestamp_endpoint,
        path,
        properties,
        by_name,
    }
}

/// A list of parameters, or a word where they are not known.
fn parameters(raw: Option<serde_json::Value>) -> Option<Vec<(String, Edm)>> {
    let list: Vec<RawParameter> = match raw {
        Some(list) => serde_json::from_value(list).ok()?,
        None => Vec::new(),
    };
    Some(list.into_iter().map(|parameter| (parameter.name, Edm::parse(&parameter.edm_type))).collect())
}

fn property(raw: RawProperty) -> Property {
    let target = raw.target.map(|uri| short(&uri));
    let join = raw.join.and_then(|pair| match <[String; 2]>::try_from(pair) {
        Ok([parent, child]) => Some((parent, child)),
        Err(_) => None,
    });
    Property {
        edm: Edm::parse(&raw.edm_type),
        target,
        join,
        is_key: raw.key,
        mandatory_on_post: raw.mandatory_on_post,
        post: raw.post,
        put: raw.put,
        padded_left: !matches!(raw.padded_left, serde_json::Value::Null | serde_json::Value::Bool(false)),
        name: raw.name,
    }
}
