//! SUM, exact to the cent over amounts, and an error where whole numbers overflow.
//!
//! The service has doubles for money. Adding a million of them one by one loses cents to rounding, so what each addition
//! rounds away is kept and added at the end (Neumaier's compensated summation): the result is as good as one rounding of the
//! exact sum for all amounts that a ledger holds.

use std::fmt::Debug;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, Decimal128Array, Float64Array, PrimitiveArray,
};
use datafusion::arrow::datatypes::{DataType, Decimal128Type, Field, FieldRef, Float64Type, Int64Type};
use datafusion::common::{ScalarValue, exec_err};
use datafusion::error::Result;
use datafusion::functions_aggregate::sum::Sum;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, EmitTo, GroupsAccumulator, ReversedUDAF, Signature,
};

use crate::error::Error;

/// `sum`, in the place of DataFusion's.
pub fn function() -> Arc<AggregateUDF> {
    Arc::new(AggregateUDF::from(ExactSum { plain: Sum::new() }))
}

/// DataFusion's own for everything but doubles and whole numbers.
#[derive(Debug, PartialEq, Eq, Hash)]
struct ExactSum {
    plain: Sum,
}

/// How values of a type are summed.
enum Kind {
    Doubles,
    Integers,
    Plain,
}

impl Kind {
    fn of(data_type: &DataType, distinct: bool) -> Self {
        match data_type {
            DataType::Float64 if !distinct => Self::Doubles,
            DataType::Int64 if !distinct => Self::Integers,
            _ => Self::Plain,
        }
    }
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
        match Kind::of(arguments.return_field.data_type(), arguments.is_distinct) {
            Kind::Doubles => Ok(Box::new(One::<Compensated>::default())),
            Kind::Integers => Ok(Box::new(One::<Whole>::default())),
            Kind::Plain => self.plain.accumulator(arguments),
        }
    }

    fn state_fields(&self, arguments: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let field = |part, data_type| Arc::new(Field::new(format_state_name(arguments.name, part), data_type, true));
        match Kind::of(arguments.return_field.data_type(), arguments.is_distinct) {
            Kind::Doubles => Ok(vec![field("sum", DataType::Float64), field("rounded away", DataType::Float64)]),
            Kind::Integers => Ok(vec![field("sum", WIDE)]),
            Kind::Plain => self.plain.state_fields(arguments),
        }
    }

    fn groups_accumulator_supported(&self, arguments: AccumulatorArgs) -> bool {
        !arguments.is_distinct
    }

    fn create_groups_accumulator(&self, arguments: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        match Kind::of(arguments.return_field.data_type(), arguments.is_distinct) {
            Kind::Doubles => Ok(Box::new(Groups::<Compensated>::default())),
            Kind::Integers => Ok(Box::new(Groups::<Whole>::default())),
            Kind::Plain => self.plain.create_groups_accumulator(arguments),
        }
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

type Native<S> = <<S as Summation>::Values as ArrowPrimitiveType>::Native;

/// A running sum.
trait Summation: Copy + Debug + Default + Send + Sync + 'static {
    type Values: ArrowPrimitiveType;

    fn add(&mut self, value: Native<Self>);

    /// `None` where there was no value.
    fn total(&self) -> Result<Option<Native<Self>>>;

    /// What is kept of unfinished sums, one row for each.
    fn states(sums: &[Self]) -> Vec<ArrayRef>;

    /// Adds each row of unfinished sums to the sum of its group.
    fn merge(sums: &mut [Self], states: &[ArrayRef], groups: &[usize]) -> Result<()>;
}

/// A sum of doubles and what was rounded away of it.
#[derive(Clone, Copy, Debug, Default)]
struct Compensated {
    sum: f64,
    rounded_away: f64,
    any: bool,
}

impl Summation for Compensated {
    type Values = Float64Type;

    fn add(&mut self, value: f64) {
        let sum = self.sum + value;
        self.rounded_away +=
            if self.sum.abs() >= value.abs() { (self.sum - sum) + value } else { (value - sum) + self.sum };
        self.sum = sum;
        self.any = true;
    }

    fn total(&self) -> Result<Option<f64>> {
        // An infinite sum has no meaningful remainder.
        let total = self.sum + self.rounded_away;
        Ok(self.any.then_some(if total.is_nan() { self.sum } else { total }))
    }

    fn states(sums: &[Self]) -> Vec<ArrayRef> {
        let part = |part: fn(&Self) -> f64| -> ArrayRef {
            Arc::new(sums.iter().map(|sum| sum.any.then(|| part(sum))).collect::<Float64Array>())
        };
        vec![part(|sum| sum.sum), part(|sum| sum.rounded_away)]
    }

    fn merge(sums: &mut [Self], states: &[ArrayRef], groups: &[usize]) -> Result<()> {
        let [values, remainders] = states else {
            return exec_err!("the state of sum has two parts");
        };
        let states = values.as_primitive::<Float64Type>().iter().zip(remainders.as_primitive::<Float64Type>());
        for ((value, rounded_away), group) in states.zip(groups) {
            if let (Some(value), Some(rounded_away), Some(sum)) = (value, rounded_away, sums.get_mut(*group)) {
                sum.add(value);
                sum.rounded_away += rounded_away;
            }
        }
        Ok(())
    }
}

/// Wide enough for any number of 64-bit integers that a machine can hold.
const WIDE: DataType = DataType::Decimal128(38, 0);

#[derive(Clone, Copy, Debug, Default)]
struct Whole {
    sum: i128,
    any: bool,
}

impl Summation for Whole {
    type Values = Int64Type;

    fn add(&mut self, value: i64) {
        self.sum += i128::from(value);
        self.any = true;
    }

    fn total(&self) -> Result<Option<i64>> {
        let total = i64::try_from(self.sum).map_err(|_| Error::OutOfRange {
            message: format!("The sum {} is too large for a BIGINT. Use SUM(CAST(… AS DECIMAL)).", self.sum),
        })?;
        Ok(self.any.then_some(total))
    }

    fn states(sums: &[Self]) -> Vec<ArrayRef> {
        let sums: Decimal128Array = sums.iter().map(|sum| sum.any.then_some(sum.sum)).collect();
        vec![Arc::new(sums.with_data_type(WIDE))]
    }

    fn merge(sums: &mut [Self], states: &[ArrayRef], groups: &[usize]) -> Result<()> {
        let [values] = states else {
            return exec_err!("the state of sum has one part");
        };
        for (value, group) in values.as_primitive::<Decimal128Type>().iter().zip(groups) {
            if let (Some(value), Some(sum)) = (value, sums.get_mut(*group)) {
                sum.sum += value;
                sum.any = true;
            }
        }
        Ok(())
    }
}

fn values_of<S: Summation>(values: &[ArrayRef]) -> Result<&PrimitiveArray<S::Values>> {
    match values {
        [values] => Ok(values.as_primitive::<S::Values>()),
        _ => exec_err!("sum takes one argument"),
    }
}

/// The sum of all rows.
#[derive(Debug, Default)]
struct One<S> {
    sum: S,
}

impl<S: Summation> Accumulator for One<S> {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        values_of::<S>(values)?.iter().flatten().for_each(|value| self.sum.add(value));
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        ScalarValue::new_primitive::<S::Values>(self.sum.total()?, &S::Values::DATA_TYPE)
    }

    fn size(&self) -> usize {
        size_of::<Self>()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        S::states(&[self.sum]).iter().map(|part| ScalarValue::try_from_array(part, 0)).collect()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let rows = states.first().map_or(0, |part| part.len());
        S::merge(std::slice::from_mut(&mut self.sum), states, &vec![0; rows])
    }
}

/// One sum per group.
#[derive(Debug, Default)]
struct Groups<S> {
    sums: Vec<S>,
}

impl<S: Summation> Groups<S> {
    fn grow(&mut self, groups: usize) {
        self.sums.resize(groups.max(self.sums.len()), S::default());
    }
}

/// The rows that the FILTER clause of an aggregate lets through.
fn passes(filter: Option<&BooleanArray>, row: usize) -> bool {
    filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row))
}

impl<S: Summation> GroupsAccumulator for Groups<S> {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> Result<()> {
        self.grow(total_num_groups);
        let rows = values_of::<S>(values)?.iter().zip(group_indices);
        for (row, (value, group)) in rows.enumerate() {
            if let (Some(value), true, Some(sum)) = (value, passes(filter, row), self.sums.get_mut(*group)) {
                sum.add(value);
            }
        }
        Ok(())
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let emitted = emit_to.take_needed(&mut self.sums);
        let totals: PrimitiveArray<S::Values> =
            emitted.iter().map(S::total).collect::<Result<Vec<_>>>()?.into_iter().collect();
        Ok(Arc::new(totals))
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(S::states(&emit_to.take_needed(&mut self.sums)))
    }

    fn merge_batch(&mut self, states: &[ArrayRef], group_indices: &[usize], total_num_groups: usize) -> Result<()> {
        self.grow(total_num_groups);
        S::merge(&mut self.sums, states, group_indices)
    }

    fn convert_to_state(&self, values: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let of_row = |(row, value): (usize, Option<Native<S>>)| {
            let mut sum = S::default();
            if let Some(value) = value.filter(|_| passes(filter, row)) {
                sum.add(value);
            }
            sum
        };
        let sums: Vec<S> = values_of::<S>(values)?.iter().enumerate().map(of_row).collect();
        Ok(S::states(&sums))
    }

    fn size(&self) -> usize {
        self.sums.capacity() * size_of::<S>()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{ArrayRef, AsArray, Float64Array, Int64Array};
    use datafusion::arrow::datatypes::{Float64Type, Int64Type};
    use datafusion::logical_expr::{EmitTo, GroupsAccumulator};

    use super::{Compensated, Groups, Summation, Whole};

    fn sum(values: impl Iterator<Item = f64>) -> f64 {
        let mut sum = Compensated::default();
        values.for_each(|value| sum.add(value));
        sum.total().unwrap().unwrap()
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
        assert_eq!(Compensated::default().total().unwrap(), None);
        assert_eq!(Whole::default().total().unwrap(), None);
    }

    #[test]
    fn whole_numbers_overflow_at_the_end_only() {
        let mut sum = Whole::default();
        [i64::MAX, 1, -1].into_iter().for_each(|value| sum.add(value));
        assert_eq!(sum.total().unwrap(), Some(i64::MAX));
        sum.add(1);
        assert!(sum.total().is_err());
    }

    /// What is written to disk in the midst of a sum and read back gives the same sum.
    #[test]
    fn unfinished_sums_can_be_put_aside() {
        let doubles: ArrayRef = Arc::new(Float64Array::from(vec![Some(0.1), None, Some(0.2)]));
        let states = Groups::<Compensated>::default().convert_to_state(&[doubles], None).unwrap();
        let mut merged = Groups::<Compensated>::default();
        merged.merge_batch(&states, &[0, 1, 0], 2).unwrap();
        let sums = merged.evaluate(EmitTo::All).unwrap();
        assert_eq!(sums.as_primitive::<Float64Type>().iter().collect::<Vec<_>>(), [Some(0.1 + 0.2), None]);

        let integers: ArrayRef = Arc::new(Int64Array::from(vec![Some(i64::MAX), Some(3), Some(-1)]));
        let mut merged = Groups::<Whole>::default();
        let states = Groups::<Whole>::default().convert_to_state(&[integers], None).unwrap();
        merged.merge_batch(&states, &[0, 1, 0], 2).unwrap();
        let sums = merged.evaluate(EmitTo::All).unwrap();
        assert_eq!(sums.as_primitive::<Int64Type>().iter().collect::<Vec<_>>(), [Some(i64::MAX - 1), Some(3)]);
    }
}
