//! A physical plan as steps in the order in which they are done.

use std::sync::Arc;

use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::joins::{CrossJoinExec, HashJoinExec, NestedLoopJoinExec};
use datafusion::physical_plan::limit::{GlobalLimitExec, LocalLimitExec};
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::union::UnionExec;
use datafusion::physical_plan::windows::{BoundedWindowAggExec, WindowAggExec};
use exact_client::ReadRequest;
use exact_client::model::AccessKind;
use exact_client::odata::url;

use super::estimate::{self, Basis, Estimate};
use super::text;
use crate::pushdown::attempt::Attempt;
use crate::table::EntityScan;

/// One step.
pub struct Step {
    pub operation: &'static str,
    pub table: Option<String>,
    pub access_path: Option<&'static str>,
    pub divisions: Option<String>,
    /// The first request of a read, readable; else what is done.
    pub detail: String,
    pub pushed: Option<String>,
    pub local: Option<String>,
    /// Of reads only, as all that follows.
    pub estimate: Option<Estimate>,
    pub scan: Option<EntityScan>,
}

/// The steps of a plan.
pub fn of(plan: &Arc<dyn ExecutionPlan>) -> Vec<Step> {
    let mut steps = Vec::new();
    visit(plan, &mut steps);
    steps
}

fn visit(plan: &Arc<dyn ExecutionPlan>, steps: &mut Vec<Step>) {
    for input in plan.children() {
        visit(input, steps);
    }
    if let Some(scan) = plan.downcast_ref::<EntityScan>() {
        let again = steps.iter().filter_map(|step| step.scan.as_ref()).any(|before| scan.shares_with(before));
        steps.push(match again {
            true => read_again(scan, "the pages of the read above"),
            false if scan.is_brought() => read_again(scan, "rows that come along with those of the read above"),
            false => read(scan),
        });
    } else if let Some((operation, detail)) = operation(plan) {
        let local = plan
            .downcast_ref::<FilterExec>()
            .map(|filter| text::local(filter.predicate(), filter.input().schema().as_ref()));
        steps.push(Step {
            operation,
            table: None,
            access_path: None,
            divisions: None,
            detail,
            pushed: None,
            local: local.or_else(|| Some("done here: the service does not do it".into())),
            estimate: None,
            scan: None,
        });
    }
}

fn read(scan: &EntityScan) -> Step {
    let (request, base_url) = (scan.first_request(), scan.read().source.session.base_url());
    let entity = request.entity;
    let first = match scan.brings() {
        _ if scan.is_count() => url::of_count(base_url, &request),
        Some(expanded) => request.url_with(&expanded.expansion(request.division), base_url),
        None => request.url(base_url),
    };
    let address = match scan.divisions().len() {
        1 => url::decoded(&first),
        _ => url::decoded(&first).replacen(&format!("/{}/", request.division), "/{division}/", 1),
    };
    Step {
        operation: if scan.is_count() { "Count" } else { "Read" },
        table: Some(format!("{}.{}", entity.schema, entity.name)),
        access_path: Some(match request.path.kind {
            _ if request.key.is_some() => "key",
            AccessKind::Regular => "regular",
            AccessKind::Bulk => "bulk",
            AccessKind::Sync => "sync",
            AccessKind::Function => "function",
        }),
        divisions: Some(text::divisions(scan.divisions())),
        detail: format!("GET {address}"),
        pushed: Some(pushed(scan, &request)),
        local: left(scan),
        estimate: Some(estimate::of(scan)),
        scan: Some(scan.clone()),
    }
}

/// A read whose pages another one brings.
fn read_again(scan: &EntityScan, what: &str) -> Step {
    Step { operation: "Reuse", detail: what.into(), pushed: None, estimate: None, access_path: None, ..read(scan) }
}

/// The conditions that are checked on the pages of a read, and why.
fn left(scan: &EntityScan) -> Option<String> {
    let left = scan.read().left().iter();
    let told: Vec<String> = left.map(|(condition, why)| format!("{}: {why}", condition.human_display())).collect();
    (!told.is_empty()).then(|| told.join("; "))
}

/// What the service does of a read.
fn pushed(scan: &EntityScan, request: &ReadRequest) -> String {
    let mut parts = vec![match scan.is_count() {
        true => "the number of rows".to_owned(),
        false => format!("{} of {} columns", request.columns.len(), request.entity.columns.len()),
    }];
    parts.extend(request.key.iter().map(|key| format!("the row with the key {key}")));
    parts.extend(request.filter.iter().map(|filter| format!("rows with {filter}")));
    if scan.awaits_keys() {
        parts.push("the keys that the other side of the join turns out to have".into());
    }
    if scan.awaits_value() {
        parts.push("what the values of subqueries leave".into());
    }
    parts.extend(scan.brings().map(|expanded| format!("the rows of {} along with them", expanded.name)));
    parts.extend(request.order_by.iter().map(|order| format!("order by {order}")));
    parts.extend(request.top.iter().map(|rows| format!("the first {rows} rows")));
    parts.join("; ")
}

/// What a node does that is worth telling.
fn operation(plan: &Arc<dyn ExecutionPlan>) -> Option<(&'static str, String)> {
    if let Some(filter) = plan.downcast_ref::<FilterExec>() {
        return Some(("Filter", text::expression(filter.predicate(), filter.input().schema().as_ref())));
    }
    if let Some(join) = plan.downcast_ref::<HashJoinExec>() {
        let (left, right) = (join.left().schema(), join.right().schema());
        let keys = join
            .on()
            .iter()
            .map(|(a, b)| format!("{} = {}", text::expression(a, left.as_ref()), text::expression(b, right.as_ref())));
        let keys: Vec<String> = keys.collect();
        return Some(("Join", format!("{} join on {}", join.join_type(), keys.join(" and "))));
    }
    if let Some(join) = plan.downcast_ref::<NestedLoopJoinExec>() {
        return Some(("Join", format!("{} join of every row with every other", join.join_type())));
    }
    if plan.is::<CrossJoinExec>() {
        return Some(("Join", "every row with every other".into()));
    }
    if let Some(aggregate) = plan.downcast_ref::<AggregateExec>() {
        let schema = aggregate.input().schema();
        let groups = aggregate.group_expr().expr().iter().map(|(group, _)| text::expression(group, schema.as_ref()));
        let groups: Vec<String> = groups.collect();
        let values = aggregate.aggr_expr().iter().map(|value| value.name().to_owned());
        let values: Vec<String> = values.collect();
        let by = if groups.is_empty() { String::new() } else { format!("by {}", groups.join(", ")) };
        return Some(("Aggregate", format!("{} {by}", values.join(", ")).trim().to_owned()));
    }
    if let Some(sort) = plan.downcast_ref::<SortExec>() {
        let schema = sort.input().schema();
        let keys = sort.expr().iter().map(|key| {
            let direction = if key.options.descending { " desc" } else { "" };
            format!("{}{direction}", text::expression(&key.expr, schema.as_ref()))
        });
        let keys: Vec<String> = keys.collect();
        let limit = sort.fetch().map(|rows| format!(", the first {rows} rows")).unwrap_or_default();
        return Some(("Sort", format!("by {}{limit}", keys.join(", "))));
    }
    other_operation(plan)
}

fn other_operation(plan: &Arc<dyn ExecutionPlan>) -> Option<(&'static str, String)> {
    if let Some(limit) = plan.downcast_ref::<GlobalLimitExec>() {
        let most = limit.fetch().map_or_else(|| "all rows".to_owned(), |rows| format!("{rows} rows"));
        return Some(("Limit", format!("{most} after the first {}", limit.skip())));
    }
    if let Some(limit) = plan.downcast_ref::<LocalLimitExec>() {
        return Some(("Limit", format!("{} rows", limit.fetch())));
    }
    if let Some(attempt) = plan.downcast_ref::<Attempt>() {
        let instead = format!(
            "where the join has left fewer than {} rows of these, the join of all rows is read",
            attempt.wanted()
        );
        return Some(("Check", instead));
    }
    if plan.is::<WindowAggExec>() || plan.is::<BoundedWindowAggExec>() {
        return Some(("Window", "functions over windows of rows".into()));
    }
    if plan.is::<UnionExec>() {
        return Some(("Union", format!("the rows of {} inputs", plan.children().len())));
    }
    plan.is::<EmptyExec>().then(|| ("Nothing", "no row can meet the conditions: no call is made".into()))
}

/// The sum of all reads.
#[derive(Debug)]
pub struct Total {
    pub calls: u64,
    /// Of the division that takes longest.
    pub most_in_division: Option<(i32, u64)>,
    pub basis: Basis,
}

impl Total {
    pub fn of(steps: &[Step]) -> Total {
        let mut by_division = std::collections::BTreeMap::<i32, u64>::new();
        let mut basis = Basis::Plan;
        for estimate in steps.iter().filter_map(|step| step.estimate.as_ref()) {
            basis = basis.max(estimate.basis);
            for (division, calls) in &estimate.calls {
                *by_division.entry(*division).or_default() += calls;
            }
        }
        Total {
            calls: by_division.values().sum(),
            most_in_division: by_division.into_iter().max_by_key(|(_, calls)| *calls),
            basis,
        }
    }
}
