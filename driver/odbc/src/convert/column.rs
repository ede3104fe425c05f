//! A bound column: the rows of one batch go to the application, column by column.

use arrow::array::{Array, ArrowPrimitiveType, PrimitiveArray};

use super::cell::Column;
use super::pieces::Progress;
use super::{Effect, Target, write};
use crate::abi::memory::Plain;
use crate::handle::condition::Condition;
use crate::handle::descriptor::Places;
use crate::spec::NULL_DATA;
use crate::spec::c_type::CType;

/// Which rows of a batch go to which rows of the rowset.
#[derive(Clone, Copy, Debug)]
pub struct Segment {
    /// The first row in the batch.
    pub batch_row: usize,
    /// The first row in the rowset.
    pub rowset_row: usize,
    pub rows: usize,
}

/// Writes the segment's rows of a column; `report` hears of every row (of the rowset) that was cut or
/// failed. `target` says type and room; its pointers are replaced by those of `places`.
pub fn write_rows(
    column: &Column<'_>,
    segment: Segment,
    target: &Target,
    places: &Places,
    report: &mut dyn FnMut(usize, Result<Effect, Condition>),
) {
    match (column, target.c_type) {
        (Column::Int32(array), CType::Long) => natural(array, segment, target, places, report),
        (Column::Double(array), CType::Double) => natural(array, segment, target, places, report),
        (Column::Int64(array), CType::Big) => natural(array, segment, target, places, report),
        (Column::Int16(array), CType::Short) => natural(array, segment, target, places, report),
        (Column::UInt8(array), CType::UTiny) => natural(array, segment, target, places, report),
        (Column::Single(array), CType::Float) => natural(array, segment, target, places, report),
        _ => converted(column, segment, target, places, report),
    }
}

fn converted(
    column: &Column<'_>,
    segment: Segment,
    target: &Target,
    places: &Places,
    report: &mut dyn FnMut(usize, Result<Effect, Condition>),
) {
    for row in 0..segment.rows {
        let place = at(target, places, segment.rowset_row + row);
        let done = write(column.cell(segment.batch_row + row), &place, &mut Progress::default());
        if done != Ok(Effect::Whole) {
            report(segment.rowset_row + row, done);
        }
    }
}

fn natural<T>(
    array: &PrimitiveArray<T>,
    segment: Segment,
    target: &Target,
    places: &Places,
    report: &mut dyn FnMut(usize, Result<Effect, Condition>),
) where
    T: ArrowPrimitiveType,
    T::Native: Plain,
{
    let values = array.values();
    for row in 0..segment.rows {
        let (from, to) = (segment.batch_row + row, segment.rowset_row + row);
        let place = at(target, places, to);
        match values.get(from) {
            Some(value) if array.is_valid(from) => place.fixed(*value),
            _ if place.indicator.is_null() => report(to, Err(crate::handle::condition::INDICATOR_REQUIRED)),
            _ => place.indicator.write(NULL_DATA),
        }
    }
}

fn at(target: &Target, places: &Places, row: usize) -> Target {
    Target {
        data: places.data(row),
        octet_length: places.octet_length(row),
        indicator: places.indicator(row),
        ..*target
    }
}
