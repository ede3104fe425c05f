//! From the query options to a checked plan: which columns, which rows, in which order.

use crate::catalog::{Access, Catalog, Edm, Endpoint};
use crate::company::value::Value;
use crate::failure::Failure;
use crate::odata::filter::{self, Dialect, Filter, Operand, Operator};
use crate::odata::literal::{self, Form, Literal};
use crate::odata::options::QueryOptions;
use crate::odata::predicate::Semantics;
use crate::options::Switches;

/// A collection to be shown inside its parent.
#[derive(Clone, Debug)]
pub struct Expansion {
    /// The collection's place among the parent's properties.
    pub property: usize,
    /// Columns of the element, `None` for all.
    pub select: Option<Vec<String>>,
}

/// A read, checked against the rules of its endpoint.
#[derive(Clone, Debug)]
pub struct Plan {
    pub endpoint: &'static Endpoint,
    /// Places of the properties to show, in the entity's order.
    pub columns: Vec<usize>,
    pub expand: Vec<Expansion>,
    pub filter: Option<Filter>,
    pub order: Vec<(usize, bool)>,
    pub top: Option<u64>,
    pub skip: u64,
    pub skip_token: Option<Vec<Literal>>,
    pub inline_count: bool,
    pub page_size: usize,
    /// Columns that say what was asked for, on functions whose rows are made up.
    pub given: Vec<(usize, Value)>,
    /// Columns that are looked up in another table show null.
    pub lookups_null: bool,
    pub semantics: Semantics,
}

/// The refusal of a wide read (fact sheet 3.1).
const ADD_SELECT: &str = "Please add a $select or a $top=1 statement to the query string.";

impl Plan {
    /// Checks a read. `is_list` is false for a single row, to which the rules for lists do not apply.
    pub fn new(
        endpoint: &'static Endpoint,
        options: &QueryOptions,
        switches: &Switches,
        is_list: bool,
    ) -> Result<Plan, Failure> {
        if let Some(text) = options.refused() {
            return Err(Failure::plain(400, text));
        }
        let (columns, expand) = projection(endpoint, options)?;
        if is_list {
            check_select(endpoint, options, switches)?;
        }
        let filter = filter_of(endpoint, options, switches)?;
        if is_list {
            check_mandatory_filter(endpoint, filter.as_ref(), switches)?;
        }
        let is_unpaged = endpoint.service == "read" && !switches.read_is_paged;
        Ok(Plan {
            endpoint,
            columns,
            expand,
            filter,
            order: order_of(endpoint, options)?,
            top: number(options, "$top")?,
            skip: skip_of(endpoint, options, switches)?,
            skip_token: skip_token_of(options)?,
            inline_count: inline_count_of(endpoint, options)?,
            page_size: if is_unpaged { usize::MAX - 1 } else { endpoint.page_size },
            given: Vec::new(),
            lookups_null: switches.sync_lookups_null && endpoint.access == Access::Sync,
            semantics: Semantics { case_sensitive: switches.case_sensitive, sql_nulls: switches.sql_nulls },
        })
    }

    /// The elements of a collection, as a read of their own endpoint.
    pub fn of_children(
        child: &'static Endpoint,
        join: &str,
        parent: Value,
        select: Option<&Vec<String>>,
        semantics: Semantics,
    ) -> Option<Plan> {
        let column = child.column(join)?;
        let shown = |name: &str| select.is_none_or(|select| select.iter().any(|wanted| wanted == name));
        let columns = child.properties.iter().enumerate();
        let form = if matches!(parent, Value::Guid(_)) { Form::Guid } else { Form::Int };
        Some(Plan {
            endpoint: child,
            columns: columns.filter(|(_, property)| shown(&property.name)).map(|(at, _)| at).collect(),
            expand: Vec::new(),
            filter: Some(equals(column, Literal { value: parent, form })),
            order: Vec::new(),
            top: None,
            skip: 0,
            skip_token: None,
            inline_count: false,
            page_size: child.page_size,
            given: Vec::new(),
            lookups_null: false,
            semantics,
        })
    }

    pub fn is_sync(&self) -> bool {
        self.endpoint.access == Access::Sync
    }

    /// Adds a condition.
    pub fn and(&mut self, condition: Filter) {
        self.filter = Some(match self.filter.take() {
            Some(filter) => Filter::And(Box::new(filter), Box::new(condition)),
            None => condition,
        });
    }
}

/// `column eq literal`.
pub fn equals(column: usize, literal: Literal) -> Filter {
    Filter::Compare { left: Operand::Column(column), operator: Operator::Eq, right: literal }
}

/// `$select` and `$expand`.
fn projection(endpoint: &Endpoint, options: &QueryOptions) -> Result<(Vec<usize>, Vec<Expansion>), Failure> {
    let expand_names: Vec<&str> = options.get("$expand").map(list).unwrap_or_default();
    if !expand_names.is_empty() && endpoint.access == Access::Sync {
        return Err(Failure::plain(400, "Query option $expand is not supported for this resource."));
    }
    let mut expand = Vec::new();
    for name in expand_names {
        let property = endpoint
            .column(name)
            .filter(|at| endpoint.properties.get(*at).is_some_and(|property| property.edm == Edm::Collection));
        let Some(property) = property else { return Err(unknown(endpoint, name)) };
        expand.push(Expansion { property, select: None });
    }
    let all = || (0..endpoint.properties.len()).collect();
    let Some(names) = options.get("$select").map(list).filter(|names| !names.is_empty()) else {
        return Ok((all(), expand));
    };
    let mut chosen = vec![false; endpoint.properties.len()];
    for name in names {
        choose(endpoint, name, &mut chosen, &mut expand)?;
    }
    Ok((chosen.iter().enumerate().filter(|(_, chosen)| **chosen).map(|(at, _)| at).collect(), expand))
}

fn choose(endpoint: &Endpoint, name: &str, chosen: &mut [bool], expand: &mut [Expansion]) -> Result<(), Failure> {
    if name == "*" {
        for (flag, property) in chosen.iter_mut().zip(&endpoint.properties) {
            *flag |= property.edm != Edm::Collection;
        }
        return Ok(());
    }
    let (own, path) = name.split_once('/').map_or((name, None), |(own, path)| (own, Some(path)));
    let Some(at) = endpoint.column(own) else { return Err(unknown(endpoint, own)) };
    chosen.iter_mut().skip(at).take(1).for_each(|flag| *flag = true);
    if let Some(column) = path {
        let expansion = expand.iter_mut().find(|expansion| expansion.property == at);
        let Some(expansion) = expansion else {
            return Err(Failure::plain(400, format!("Only expanded collections can be selected from: '{name}'.")));
        };
        let target = endpoint.properties.get(at).and_then(|property| property.target.as_deref());
        if let Some(element) = target.and_then(|path| Catalog::get().find(path))
            && element.column(column).is_none()
        {
            return Err(unknown(element, column));
        }
        expansion.select.get_or_insert_default().push(column.to_owned());
    }
    Ok(())
}

fn unknown(endpoint: &Endpoint, name: &str) -> Failure {
    let type_name = endpoint.type_name();
    Failure::plain(400, format!("Could not find a property named '{name}' on type '{type_name}'."))
}

fn list(text: &str) -> Vec<&str> {
    text.split(',').map(str::trim).filter(|name| !name.is_empty()).collect()
}

/// Who demands `$select`, and who refuses the star (fact sheet 3.1).
fn check_select(endpoint: &Endpoint, options: &QueryOptions, switches: &Switches) -> Result<(), Failure> {
    let select = options.get("$select").map(list).unwrap_or_default();
    let is_one_row = options.get("$top") == Some("1");
    if select.is_empty() && endpoint.select_required {
        return Err(Failure::plain(400, ADD_SELECT));
    }
    if select.is_empty() && !is_one_row && switches.wide_endpoints.contains(&endpoint.path) {
        return Err(Failure::plain(400, ADD_SELECT));
    }
    if select.contains(&"*") && endpoint.star_refused {
        return Err(Failure::plain(400, "$select=* is not supported for this resource. Please name the fields."));
    }
    Ok(())
}

fn filter_of(endpoint: &Endpoint, options: &QueryOptions, switches: &Switches) -> Result<Option<Filter>, Failure> {
    let Some(text) = options.get("$filter") else { return Ok(None) };
    if text.trim().is_empty() {
        return Err(Failure::plain(400, "This $filter parameter is not supported for this resource"));
    }
    let dialect =
        Dialect { substring_functions: switches.substring_functions, date_only_literals: switches.date_only_literals };
    let filter = filter::parse(text, endpoint, dialect)?;
    let names = |columns: Vec<usize>| -> Vec<&str> {
        columns.iter().filter_map(|at| endpoint.properties.get(*at)).map(|property| property.name.as_str()).collect()
    };
    let refused = match &endpoint.filter_allowed {
        Some(_) if endpoint.access == Access::Sync && !is_bookmark(endpoint, &filter) => names(filter.columns()),
        Some(allowed) if endpoint.access != Access::Sync => {
            let used = names(filter.columns());
            used.into_iter().filter(|name| !allowed.iter().any(|allowed| allowed == name)).collect()
        }
        _ => Vec::new(),
    };
    if refused.is_empty() {
        return Ok(Some(filter));
    }
    Err(Failure::plain(400, format!("Filtering on these fields is not supported: {}", refused.join(", "))))
}

/// `Timestamp gt nL`, the only filter of a sync endpoint (fact sheet 3.2).
fn is_bookmark(endpoint: &Endpoint, filter: &Filter) -> bool {
    matches!(filter, Filter::Compare { left: Operand::Column(column), operator: Operator::Gt, right }
        if endpoint.column("Timestamp") == Some(*column) && right.form == Form::Long)
}

fn check_mandatory_filter(endpoint: &Endpoint, filter: Option<&Filter>, switches: &Switches) -> Result<(), Failure> {
    let Some(fields) = endpoint.filter_mandatory.as_ref().filter(|_| switches.mandatory_filtering) else {
        return Ok(());
    };
    // The published list of Items is cut off; both lists are known to have these.
    let always = ["ID", "Code", "Created", "Modified"];
    let counts = |name: &str| fields.iter().any(|field| field == name) || always.contains(&name);
    let used = filter.map(Filter::columns).unwrap_or_default();
    if used.iter().filter_map(|at| endpoint.properties.get(*at)).any(|property| counts(&property.name)) {
        return Ok(());
    }
    Err(Failure::plain(
        400,
        format!(
            "This endpoint has mandatory filtering applied. A GET request for this endpoint must have a $filter \
             parameter with one of the following fields in the url: {}",
            fields.join(", ")
        ),
    ))
}

fn order_of(endpoint: &Endpoint, options: &QueryOptions) -> Result<Vec<(usize, bool)>, Failure> {
    let Some(text) = options.get("$orderby") else { return Ok(Vec::new()) };
    if endpoint.access == Access::Sync {
        return Err(Failure::plain(400, "Query option $orderby is not supported for this resource."));
    }
    let mut order = Vec::new();
    for item in list(text) {
        let mut words = item.split_whitespace();
        let name = words.next().unwrap_or_default();
        let property = endpoint.property(name).filter(|property| !property.edm.is_nested());
        let (Some(at), Some(_)) = (endpoint.column(name), property) else {
            return Err(unknown(endpoint, name));
        };
        let descending = match (words.next(), words.next()) {
            (None | Some("asc"), None) => false,
            (Some("desc"), None) => true,
            _ => return Err(Failure::plain(400, "Syntax error in $orderby.")),
        };
        order.push((at, descending));
    }
    Ok(order)
}

fn number(options: &QueryOptions, name: &str) -> Result<Option<u64>, Failure> {
    let Some(text) = options.get(name) else { return Ok(None) };
    let wrong = || Failure::plain(400, format!("Incorrect format for {name} argument '{text}'."));
    text.trim().parse().map(Some).map_err(|_| wrong())
}

fn skip_of(endpoint: &Endpoint, options: &QueryOptions, switches: &Switches) -> Result<u64, Failure> {
    let skip = number(options, "$skip")?;
    let refused = switches.skip_refused.contains(&endpoint.path) || endpoint.access == Access::Sync;
    if skip.is_some() && refused {
        return Err(Failure::plain(400, "Query option $skip is not supported for this resource."));
    }
    Ok(skip.unwrap_or(0))
}

fn skip_token_of(options: &QueryOptions) -> Result<Option<Vec<Literal>>, Failure> {
    let Some(text) = options.get("$skiptoken") else { return Ok(None) };
    let literals: Option<Vec<Literal>> =
        literal::split(text).into_iter().map(|part| literal::parse(part.trim())).collect();
    literals.map(Some).ok_or_else(|| Failure::plain(400, "Bad Request - Error in query syntax."))
}

fn inline_count_of(endpoint: &Endpoint, options: &QueryOptions) -> Result<bool, Failure> {
    match options.get("$inlinecount") {
        None | Some("none") => Ok(false),
        Some("allpages") if endpoint.access == Access::Sync => {
            Err(Failure::plain(400, "Query option $inlinecount is not supported for this resource."))
        }
        Some("allpages") => Ok(true),
        Some(_) => Err(Failure::plain(400, "Unknown $inlinecount option, only 'allpages' and 'none' are supported.")),
    }
}
