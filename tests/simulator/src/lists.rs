//! Replies to reads: lists, counts, single rows and collections of a row.

use crate::arguments;
use crate::catalog::{Access, Edm, Endpoint};
use crate::company::Company;
use crate::company::table::RowId;
use crate::failure::Failure;
use crate::faults::Action;
use crate::odata::literal::{Form, Literal};
use crate::odata::options::QueryOptions;
use crate::reading::atom;
use crate::reading::json::{JsonWriter, children};
use crate::reading::page::{Page, Reader, Row};
use crate::reading::plan::Plan;
use crate::reply::Reply;
use crate::service::Call;

/// `GET Entity`.
pub fn answer(call: &Call<'_>, company: &Company, endpoint: &'static Endpoint) -> Result<Reply, Failure> {
    let mut plan = Plan::new(endpoint, &call.options, &call.switches, true)?;
    if endpoint.access == Access::Function {
        arguments::add(&mut plan, &call.options)?;
    }
    list(call, company, &plan)
}

/// `GET Entity/$count`: plain text, with regard to `$filter` (fact sheet 3.4).
pub fn count(call: &Call<'_>, company: &Company, endpoint: &'static Endpoint) -> Result<Reply, Failure> {
    let mut plan = Plan::new(endpoint, &call.options, &call.switches, false)?;
    if endpoint.access == Access::Function {
        arguments::add(&mut plan, &call.options)?;
    }
    let count = Reader::new(company, &plan)?.count();
    Ok(Reply::new(200, "text/plain; charset=utf-8", count.to_string().into_bytes()))
}

/// `GET Entity(key)`.
pub fn single(
    call: &Call<'_>,
    company: &Company,
    endpoint: &'static Endpoint,
    keys: &[Literal],
) -> Result<Reply, Failure> {
    check_keys(endpoint, keys)?;
    let plan = Plan::new(endpoint, &call.options, &call.switches, false)?;
    let reader = Reader::new(company, &plan)?;
    let row = reader.find(keys).ok_or_else(Failure::not_found)?;
    let base = base(call, company);
    if !wants_json(call)? {
        return Ok(atom::feed(&reader, std::slice::from_ref(&row), &base, None));
    }
    let writer = JsonWriter::new(&reader, &base, call.switches.doubles_as_integers, call.faults);
    Ok(Reply::json(200, writer.single(&row)).rows(1))
}

/// `GET Entity(key)/Collection`.
pub fn navigate(
    call: &Call<'_>,
    company: &Company,
    endpoint: &'static Endpoint,
    keys: &[Literal],
    property: &str,
) -> Result<Reply, Failure> {
    check_keys(endpoint, keys)?;
    let parent_plan = Plan::new(endpoint, &QueryOptions::default(), &call.switches, false)?;
    let reader = Reader::new(company, &parent_plan)?;
    let row = reader.find(keys).ok_or_else(Failure::not_found)?;
    let property = endpoint.property(property).filter(|property| property.edm == Edm::Collection);
    let property = property.ok_or_else(Failure::not_found)?;
    let Some(by_key) = children(&reader, &row, property, None) else {
        // Elements without an endpoint of their own: none are known.
        return Ok(Reply::json(200, br#"{"d":{"results":[]}}"#.to_vec()));
    };
    let mut plan = Plan::new(by_key.endpoint, &call.options, &call.switches, false)?;
    if let Some(condition) = by_key.filter {
        plan.and(condition);
    }
    list(call, company, &plan)
}

/// The row that a PUT or DELETE names.
pub fn locate(
    call: &Call<'_>,
    company: &Company,
    endpoint: &'static Endpoint,
    keys: &[Literal],
) -> Result<RowId, Failure> {
    check_keys(endpoint, keys)?;
    let plan = Plan::new(endpoint, &QueryOptions::default(), &call.switches, false)?;
    let reader = Reader::new(company, &plan)?;
    reader.find(keys).map(|row| row.found.row).ok_or_else(Failure::not_found)
}

/// 201 with the row that was posted; without `all` only its key is filled (fact sheet 6.7).
pub fn created(
    call: &Call<'_>,
    company: &Company,
    endpoint: &'static Endpoint,
    key: &Literal,
    all: bool,
) -> Result<Reply, Failure> {
    let plan = Plan::new(endpoint, &QueryOptions::default(), &call.switches, false)?;
    let reader = Reader::new(company, &plan)?;
    let row = reader.find(std::slice::from_ref(key)).ok_or_else(Failure::not_found)?;
    let base = base(call, company);
    let mut writer = JsonWriter::new(&reader, &base, call.switches.doubles_as_integers, call.faults);
    if !all {
        writer.only_keys();
    }
    let location = format!("{base}{}({})", endpoint.path, reader.key_text(&row));
    Ok(Reply::json(201, writer.single(&row)).rows(1).with("Location", location))
}

fn list(call: &Call<'_>, company: &Company, plan: &Plan) -> Result<Reply, Failure> {
    let wants_json = wants_json(call)?;
    let short = call.faults.iter().find_map(|fault| match fault {
        Action::ShortPage(rows) => Some(*rows),
        _ => None,
    });
    let plan = &Plan { page_size: short.unwrap_or(plan.page_size).min(plan.page_size), ..plan.clone() };
    let reader = Reader::new(company, plan)?;
    let mut page = reader.page(call.switches.eager_next)?;
    let next = page.skip_token.as_ref().map(|token| next_address(call, plan, token, page.rows.len()));
    tamper(call, &reader, &mut page);
    let base = base(call, company);
    let rows = page.rows.len() as u64;
    if !wants_json {
        return Ok(atom::feed(&reader, &page.rows, &base, next.as_deref()).rows(rows));
    }
    let bare = call.switches.bare_array_for_top
        && plan.top.is_some_and(|top| top <= plan.page_size as u64)
        && page.count.is_none();
    let writer = JsonWriter::new(&reader, &base, call.switches.doubles_as_integers, call.faults);
    Ok(Reply::json(200, writer.list(&page, next.as_deref(), bare)).rows(rows))
}

/// Faults that strike the rows of a page.
fn tamper<'a>(call: &Call<'_>, reader: &Reader<'a>, page: &mut Page<'a>) {
    for fault in call.faults {
        match fault {
            Action::MissingRow => {
                page.rows.pop();
            }
            // The row before the page's first comes again.
            Action::DuplicateRow => {
                let previous: Option<Row<'a>> = reader.plan.skip_token.as_ref().and_then(|token| reader.find(token));
                if let Some(row) = previous {
                    page.rows.insert(0, row);
                }
            }
            _ => {}
        }
    }
}

/// `__next`: absolute, with every option as it was sent (fact sheet 3.3).
fn next_address(call: &Call<'_>, plan: &Plan, token: &str, shown: usize) -> String {
    let mut origin = call.request.origin();
    for fault in call.faults {
        match fault {
            Action::NextToItself => return format!("{origin}{}?{}", call.request.raw_path, call.request.raw_query),
            Action::NextToHost(host) => origin.clone_from(host),
            _ => {}
        }
    }
    let repeats = plan.is_sync() || call.switches.next_repeats_top;
    let top = plan.top.map(|top| if repeats { top } else { top.saturating_sub(shown as u64) });
    format!("{origin}{}?{}", call.request.raw_path, call.options.next(token, top))
}

/// `http://host/api/v1/{division}/`, before which addresses of rows stand.
fn base(call: &Call<'_>, company: &Company) -> String {
    format!("{}/api/v1/{}/", call.request.origin(), company.code)
}

/// JSON when it is asked for, else Atom; other XML is refused (fact sheet 6.1).
fn wants_json(call: &Call<'_>) -> Result<bool, Failure> {
    let accept = call.request.header("Accept").unwrap_or("*/*").to_ascii_lowercase();
    if accept.contains("application/json") || call.options.get("$format") == Some("json") {
        return Ok(true);
    }
    if accept.contains("application/atom+xml") || accept.contains("*/*") || accept.contains("application/*") {
        return Ok(false);
    }
    Err(Failure::plain(415, "Unsupported media type requested."))
}

fn check_keys(endpoint: &Endpoint, keys: &[Literal]) -> Result<(), Failure> {
    let columns = endpoint.keys.iter().filter_map(|key| endpoint.properties.get(*key));
    let fits = columns.zip(keys).all(|(property, key)| key.form.fits(property.edm) && key.form != Form::Null);
    if fits { Ok(()) } else { Err(bad_syntax()) }
}

pub fn bad_syntax() -> Failure {
    Failure::plain(400, "Bad Request - Error in query syntax.")
}
