//! SUM over amounts, exact to the cent.
//!
//! The service has doubles for money. Adding a million of them one by one loses cents to rounding, so what each addition
//! rounds away is kept and added at the end (Neumaier's compensated summation): the result is as good as one rounding of the
//! exact sum for all amounts that a ledger holds.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Float64Type};
use datafusion::common::{ScalarValue, exec_err};
use datafusion::error::Result;
use datafusion::functions_aggregate::sum::Sum;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, EmitTo, GroupsAccumulator, ReversedUDAF, Signature,
};

/// `sum`, in the place of DataFusion's.
pub fn function() -> Arc<AggregateUDF> {
    Arc::new(AggregateUDF::from(ExactSum { plain: Sum::new() }))
}

/// DataFusion's own for everything but doubles.
#[derive(Debug, PartialEq, Eq, Hash)]
struct ExactSum {
    plain: Sum,
}

fn is_plain(data_type: &DataType, distinct: bool) -> bool {
    distinct || *data_type != DataType::Float64
}

impl AggregateUDFImpl for ExactSum {
    fn name(&self) -> &'static str {
        "sum"
    }

    fn signature(&self) -> &Signature {
        self.plain.signature()
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        self.plain.return_type(arguments)
    }

    fn accumulator(&self, arguments: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        if is_plain(arguments.return_field.data_type(), arguments.is_distinct) {
            return self.plain.accumulator(arguments);
        }
        Ok(Box::new(Compensated::default()))
    }

    fn state_fields(&self, arguments: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        if is_plain(arguments.return_field.data_type(), arguments.is_distinct) {
            return self.plain.state_fields(arguments);
        }
        let field = |part| Arc::new(Field::new(format_state_name(arguments.name, part), DataType::Float64, true));
        Ok(vec![field("sum"), field("rounded away")])
    }

    fn groups_accumulator_supported(&self, arguments: AccumulatorArgs) -> bool {
        !arguments.is_distinct
    }

    fn create_groups_accumulator(&self, arguments: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        if is_plain(arguments.return_field.data_type(), arguments.is_distinct) {
            return self.plain.create_groups_accumulator(arguments);
        }
        Ok(Box::new(Groups::default()))
    }

    fn create_sliding_accumulator(&self, arguments: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        self.plain.create_sliding_accumulator(arguments)
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }
}

/// A running sum, what was rounded away of it, and whether there was any value.
#[derive(Clone, Copy, Debug, Default)]
struct Compensated {
    sum: f64,
    rounded_away: f64,
    any: bool,
}

impl Compensated {
    fn add(&mut self, value: f64) {
        let sum = self.sum + value;
        self.rounded_away +=
            if self.sum.abs() >= value.abs() { (self.sum - sum) + value } else { (value - sum) + self.sum };
        self.sum = sum;
        self.any = true;
    }

    fn add_state(&mut self, sum: Option<f64>, rounded_away: Option<f64>) {
        if let (Some(sum), Some(rounded_away)) = (sum, rounded_away) {
            self.add(sum);
            self.rounded_away += rounded_away;
        }
    }

    fn total(&self) -> Option<f64> {
        // An infinite sum has no meaningful remainder.
        let total = self.sum + self.rounded_away;
        self.any.then_some(if total.is_nan() { self.sum } else { total })
    }

    fn parts(&self) -> (Option<f64>, Option<f64>) {
        (self.any.then_some(self.sum), self.any.then_some(self.rounded_away))
    }
}

impl Accumulator for Compensated {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let [values] = values else {
            return exec_err!("sum takes one argument");
        };
        values.as_primitive::<Float64Type>().iter().flatten().for_each(|value| self.add(value));
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::Float64(self.total()))
    }

    fn size(&self) -> usize {
        size_of::<Self>()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let (sum, rounded_away) = self.parts();
        Ok(vec![ScalarValue::Float64(sum), ScalarValue::Float64(rounded_away)])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let [sums, remainders] = states else {
            return exec_err!("the state of sum has two parts");
        };
        let remainders = remainders.as_primitive::<Float64Type>();
        for (sum, rounded_away) in sums.as_primitive::<Float64Type>().iter().zip(remainders.iter()) {
            self.add_state(sum, rounded_away);
        }
        Ok(())
    }
}

/// One sum per group.
#[derive(Debug, Default)]
struct Groups {
    sums: Vec<Compensated>,
}

impl Groups {
    fn grow(&mut self, groups: usize) {
        self.sums.resize(groups.max(self.sums.len()), Compensated::default());
    }
}

fn columns(parts: impl Iterator<Item = (Option<f64>, Option<f64>)>) -> Vec<ArrayRef> {
    let (sums, remainders): (Vec<_>, Vec<_>) = parts.unzip();
    vec![Arc::new(Float64Array::from(sums)), Arc::new(Float64Array::from(remainders))]
}

/// The rows that the FILTER clause of an aggregate lets through.
fn passes(filter: Option<&BooleanArray>, row: usize) -> bool {
    filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row))
}

impl GroupsAccumulator for Groups {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> Result<()> {
        let [values] = values else {
            return exec_err!("sum takes one argument");
        };
        self.grow(total_num_groups);
        let rows = values.as_primitive::<Float64Type>().iter().zip(group_indices);
        for (row, (value, group)) in rows.enumerate() {
            if let (Some(value), true, Some(sum)) = (value, passes(filter, row), self.sums.get_mut(*group)) {
                sum.add(value);
            }
        }
        Ok(())
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let emitted = emit_to.take_needed(&mut self.sums);
        Ok(Arc::new(emitted.iter().map(Compensated::total).collect::<Float64Array>()))
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        let emitted = emit_to.take_needed(&mut self.sums);
        Ok(columns(emitted.iter().map(Compensated::parts)))
    }

    fn merge_batch(&mut self, states: &[ArrayRef], group_indices: &[usize], total_num_groups: usize) -> Result<()> {
        let [sums, remainders] = states else {
            return exec_err!("the state of sum has two parts");
        };
        self.grow(total_num_groups);
        let states = sums.as_primitive::<Float64Type>().iter().zip(remainders.as_primitive::<Float64Type>().iter());
        for ((sum, rounded_away), group) in states.zip(group_indices) {
            if let Some(group) = self.sums.get_mut(*group) {
                group.add_state(sum, rounded_away);
            }
        }
        Ok(())
    }

    fn convert_to_state(&self, values: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let [values] = values else {
            return exec_err!("sum takes one argument");
        };
        let rows = values.as_primitive::<Float64Type>().iter().enumerate();
        Ok(columns(rows.map(|(row, value)| match value.filter(|_| passes(filter, row)) {
            Some(value) => (Some(value), Some(0.0)),
            None => (None, None),
        })))
    }

    fn size(&self) -> usize {
        self.sums.capacity() * size_of::<Compensated>()
    }
}

#[cfg(test)]
mod tests {
    use super::Compensated;

    fn sum(values: impl Iterator<Item = f64>) -> f64 {
        let mut sum = Compensated::default();
        values.for_each(|value| sum.add(value));
        sum.total().unwrap()
    }

    #[test]
    fn a_million_amounts_add_up_to_the_cent() {
        // 1,000,000 lines of 0.1 and a large amount that comes and goes.
        let small = std::iter::repeat_n(0.1, 1_000_000);
        let total = sum([1e13].into_iter().chain(small).chain([-1e13]));
        assert_eq!(format!("{total:.2}"), "100000.00");
        let cents = (0..1_000_000).map(|line| f64::from(line % 20_011) / 100.0);
        let exact: i64 = (0..1_000_000).map(|line| line % 20_011).sum();
        assert_eq!(format!("{:.2}", sum(cents)), format!("{}.{:02}", exact / 100, exact % 100));
    }

    #[test]
    fn infinities_stay_infinite_and_nothing_is_no_sum() {
        assert_eq!(sum([f64::INFINITY, 1.0].into_iter()), f64::INFINITY);
        assert_eq!(Compensated::default().total(), None);
    }
}
