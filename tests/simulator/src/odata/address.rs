//! What a path names: an endpoint, one row of it, or a collection of a row (fact sheet 1.8).

use super::literal::{self, Literal};
use crate::catalog::{Catalog, Endpoint};

/// The resource that a path below `/api/v1/{division}/` names.
pub enum Resource {
    List {
        endpoint: &'static Endpoint,
    },
    Count {
        endpoint: &'static Endpoint,
    },
    Row {
        endpoint: &'static Endpoint,
        keys: Vec<Literal>,
    },
    Navigation {
        endpoint: &'static Endpoint,
        keys: Vec<Literal>,
        property: String,
    },
    /// The service document (`false`) or its `$metadata`.
    Service {
        service: String,
        metadata: bool,
    },
}

impl Resource {
    /// The endpoint, if the resource belongs to one.
    pub fn endpoint(&self) -> Option<&'static Endpoint> {
        match self {
            Resource::List { endpoint }
            | Resource::Count { endpoint }
            | Resource::Row { endpoint, .. }
            | Resource::Navigation { endpoint, .. } => Some(endpoint),
            Resource::Service { .. } => None,
        }
    }
}

/// Reads a decoded path such as `crm/Accounts(guid'...')`. `None`: there is no such resource.
pub fn parse(path: &str, is_beta: bool) -> Option<Resource> {
    let path = path.trim_end_matches('/');
    let catalog = Catalog::get();
    let known_service = |root: &str| !catalog.in_service(root).is_empty();
    if let Some(root) = path.strip_suffix("/$metadata") {
        return known_service(root).then(|| Resource::Service { service: root.to_owned(), metadata: true });
    }
    let is_list = catalog.find(path).is_some_and(|endpoint| endpoint.is_beta == is_beta);
    if !is_list && known_service(path) {
        return Some(Resource::Service { service: path.to_owned(), metadata: false });
    }
    let find = |path: &str| catalog.find(path).filter(|endpoint| endpoint.is_beta == is_beta);
    if let Some(list) = path.strip_suffix("/$count") {
        return find(list).map(|endpoint| Resource::Count { endpoint });
    }
    let Some((list, rest)) = path.split_once('(') else {
        return find(path).map(|endpoint| Resource::List { endpoint });
    };
    let endpoint = find(list)?;
    let close = closing(rest)?;
    let keys = keys(endpoint, rest.get(..close)?)?;
    match rest.get(close + 1..)? {
        "" => Some(Resource::Row { endpoint, keys }),
        tail => tail.strip_prefix('/').map(|property| Resource::Navigation {
            endpoint,
            keys,
            property: property.to_owned(),
        }),
    }
}

/// The place of the parenthesis that closes a key, outside quotes.
fn closing(text: &str) -> Option<usize> {
    let mut quoted = false;
    text.char_indices().find_map(|(at, character)| {
        quoted ^= character == '\'';
        (character == ')' && !quoted).then_some(at)
    })
}

/// `guid'...'`, `1234`, or `Journal='10',Period=6,Year=2014`.
fn keys(endpoint: &Endpoint, text: &str) -> Option<Vec<Literal>> {
    let parts = literal::split(text);
    if parts.len() != endpoint.keys.len() {
        return None;
    }
    let mut keys = Vec::with_capacity(parts.len());
    for key in &endpoint.keys {
        let name = &endpoint.properties.get(*key)?.name;
        let by_name = parts.iter().find_map(|part| part.strip_prefix(name.as_str())?.strip_prefix('='));
        let text = by_name.or_else(|| parts.first().filter(|_| parts.len() == 1).copied())?;
        keys.push(literal::parse(text)?);
    }
    Some(keys)
}
