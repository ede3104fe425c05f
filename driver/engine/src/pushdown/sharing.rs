//! The same entity read in several places of one statement (a CTE used twice, a table joined with itself, a subquery over the
//! table it stands beside): its pages are fetched once.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::recursive_query::RecursiveQueryExec;

use crate::table::{EntityScan, SharedRead};

#[derive(Debug)]
pub struct ShareReads;

impl PhysicalOptimizerRule for ShareReads {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let mut found = Vec::new();
        collect(&plan, false, &mut found);
        let mut shared = sharing(&found).into_iter();
        let replaced = plan.transform_down(|node| {
            if !node.is::<EntityScan>() {
                return Ok(Transformed::no(node));
            }
            Ok(match shared.next().flatten() {
                Some(scan) => Transformed::new(Arc::new(scan), true, TreeNodeRecursion::Continue),
                None => Transformed::no(node),
            })
        })?;
        Ok(replaced.data)
    }

    fn name(&self) -> &'static str {
        "share_reads"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// A read of the plan, and whether a recursion runs it again and again.
struct Found {
    scan: EntityScan,
    recurs: bool,
}

fn collect(node: &Arc<dyn ExecutionPlan>, recurs: bool, found: &mut Vec<Found>) {
    if let Some(scan) = node.downcast_ref::<EntityScan>() {
        found.push(Found { scan: scan.clone(), recurs });
    }
    let recursion = node.is::<RecursiveQueryExec>();
    for (place, child) in node.children().into_iter().enumerate() {
        collect(child, recurs || (recursion && place == 1), found);
    }
}

/// For each read, in order, what takes its place: a part in a read that brings its rows and those of others.
fn sharing(found: &[Found]) -> Vec<Option<EntityScan>> {
    let mut shared: Vec<Option<EntityScan>> = found.iter().map(|_| None).collect();
    for (place, whole) in found.iter().enumerate() {
        if shared.get(place).is_some_and(Option::is_some) || !whole.scan.is_read_to_its_end(whole.recurs) {
            continue;
        }
        let members: Vec<usize> = (0..found.len())
            .filter(|&other| shared.get(other).is_some_and(Option::is_none))
            .filter(|&other| found.get(other).is_some_and(|other| whole.scan.covers(&other.scan)))
            .collect();
        let recurs = members.iter().any(|&member| found.get(member).is_some_and(|member| member.recurs));
        if members.len() < 2 && !recurs {
            continue;
        }
        let scans: Vec<&EntityScan> = members.iter().filter_map(|&member| Some(&found.get(member)?.scan)).collect();
        let Some(whole) = whole.scan.read_for(&scans) else { continue };
        share(&mut shared, found, &members, whole, (!recurs).then_some(members.len()));
    }
    unite(&mut shared, found);
    shared
}

/// Reads that differ in their conditions only, as in a UNION: one read of the rows that meet one or another of them.
fn unite(shared: &mut [Option<EntityScan>], found: &[Found]) {
    let alone = |shared: &[Option<EntityScan>], place: usize| {
        let open = shared.get(place).is_some_and(Option::is_none);
        found.get(place).filter(|found| open && !found.recurs && found.scan.is_read_to_its_end(false))
    };
    for place in 0..found.len() {
        let Some(first) = alone(shared, place) else { continue };
        let mut members = vec![place];
        let mut united = None;
        for other in place + 1..found.len() {
            let Some(next) = alone(shared, other) else { continue };
            let so_far = united.as_ref().unwrap_or(&first.scan);
            if let Some(both) = EntityScan::united(so_far, &next.scan) {
                united = Some(both);
                members.push(other);
            }
        }
        let Some(united) = united else { continue };
        let scans: Vec<&EntityScan> = members.iter().filter_map(|&member| Some(&found.get(member)?.scan)).collect();
        if let Some(whole) = united.read_for(&scans) {
            share(shared, found, &members, whole, Some(members.len()));
        }
    }
}

/// Lets these places have their rows out of one read.
fn share(
    shared: &mut [Option<EntityScan>],
    found: &[Found],
    members: &[usize],
    whole: EntityScan,
    consumers: Option<usize>,
) {
    let read = Arc::new(SharedRead::new(whole, consumers));
    for &member in members {
        if let (Some(place), Some(found)) = (shared.get_mut(member), found.get(member)) {
            *place = Some(found.scan.sharing(&read));
        }
    }
}
