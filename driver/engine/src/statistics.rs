//! Numbers of rows where the engine guesses none: so that the smaller side of a join is kept in memory.

use std::sync::Arc;

use datafusion::common::stats::Precision;
use datafusion::error::Result;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::joins::NestedLoopJoinExec;
use datafusion::physical_plan::operator_statistics::{
    ExtendedStatistics, FilterStatisticsProvider, PassthroughStatisticsProvider, ProjectionStatisticsProvider,
    StatisticsProvider, StatisticsRegistry, StatisticsResult,
};
use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};

/// The part of all pairs that a condition is guessed to leave, as the engine guesses of other conditions.
const KEPT_OF: usize = 5;

/// The guesses of the engine, with those of joins by a condition that is no equation.
pub fn guesses() -> StatisticsRegistry {
    StatisticsRegistry::with_providers(vec![
        Arc::new(PairsThatMeetACondition),
        Arc::new(FilterStatisticsProvider),
        Arc::new(ProjectionStatisticsProvider),
        Arc::new(PassthroughStatisticsProvider),
    ])
}

#[derive(Debug)]
struct PairsThatMeetACondition;

impl StatisticsProvider for PairsThatMeetACondition {
    fn compute_statistics(&self, plan: &dyn ExecutionPlan, inputs: &[ExtendedStatistics]) -> Result<StatisticsResult> {
        let rows = |side: &ExtendedStatistics| side.base().num_rows.get_value().copied();
        let ([left, right], true) = (inputs, plan.is::<NestedLoopJoinExec>()) else {
            return Ok(StatisticsResult::Delegate);
        };
        let Some((left, right)) = rows(left).zip(rows(right)) else { return Ok(StatisticsResult::Delegate) };
        let mut guess = StatisticsContext::new().compute(plan, &StatisticsArgs::new())?.as_ref().clone();
        guess.num_rows = Precision::Inexact(left.saturating_mul(right) / KEPT_OF);
        guess.total_byte_size = Precision::Absent;
        Ok(StatisticsResult::Computed(ExtendedStatistics::new(guess)))
    }
}
