//! The serde visitors that walk a page.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::cell::CellFailure;
use super::column::PageColumn;

/// What has been read of a page so far.
pub(super) struct PageState {
    pub(super) columns: Vec<PageColumn>,
    pub(super) rows: usize,
    pub(super) next: Option<String>,
    pub(super) total: Option<u64>,
    /// Whether rows, or the place where they would stand, have been seen.
    pub(super) found: bool,
    pub(super) failure: Option<CellFailure>,
    /// The address that the first row gives itself.
    pub(super) first_row: Option<String>,
    /// Per column, the number of the last row that filled it, counted from 1.
    filled: Vec<usize>,
    /// How many columns the current row has filled.
    filled_count: usize,
    /// The column expected next.
    guess: usize,
    /// The rows of a collection that come along.
    pub(super) lines: Option<Box<Lines>>,
}

/// The rows of a collection, those of all rows of a page one after another.
pub(super) struct Lines {
    name: &'static str,
    pub(super) page: PageState,
    /// Where those of each row begin, and the end.
    pub(super) offsets: Vec<i32>,
    /// Of each row, whether all of its rows came.
    pub(super) whole: Vec<bool>,
    /// Whether all rows of the current row came.
    is_whole: bool,
}

/// Rows of an expanded collection at most (fact sheet 3.5).
const EXPANDED_ROWS: usize = 60;

impl Lines {
    fn end_row(&mut self) {
        // A page has fewer rows than that.
        self.offsets.push(i32::try_from(self.page.rows).unwrap_or(i32::MAX));
        self.whole.push(std::mem::take(&mut self.is_whole));
    }
}

impl PageState {
    /// A page whose rows bring those of a collection along, which `page` takes in.
    pub(super) fn with_lines(self, name: &'static str, page: PageState) -> Self {
        let lines = Lines { name, page, offsets: vec![0], whole: Vec::new(), is_whole: false };
        Self { lines: Some(Box::new(lines)), ..self }
    }

    pub(super) fn new(columns: Vec<PageColumn>) -> Self {
        let filled = vec![0; columns.len()];
        Self {
            columns,
            rows: 0,
            next: None,
            total: None,
            found: false,
            failure: None,
            first_row: None,
            filled,
            filled_count: 0,
            guess: 0,
            lines: None,
        }
    }

    /// The column of that name which the current row has not filled yet.
    fn place(&self, name: &str) -> Option<usize> {
        let is_free = |place: usize| self.filled.get(place).is_some_and(|row| *row <= self.rows);
        let guessed = self.columns.get(self.guess).is_some_and(|column| column.name == name);
        if guessed && is_free(self.guess) {
            return Some(self.guess);
        }
        if name.starts_with("__") {
            return None;
        }
        self.columns.iter().position(|column| column.name == name).filter(|&place| is_free(place))
    }

    /// The columns that no row has filled.
    pub(super) fn missing(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.columns.iter().zip(&self.filled).filter(|(_, row)| **row == 0).map(|(column, _)| column.name)
    }

    fn begin_row(&mut self) {
        self.guess = 0;
        self.filled_count = 0;
    }

    fn fill(&mut self, place: usize) {
        if let Some(row) = self.filled.get_mut(place) {
            *row = self.rows + 1;
        }
        self.filled_count += 1;
        self.guess = place + 1;
    }

    fn end_row(&mut self) {
        if self.filled_count < self.columns.len() {
            for (column, row) in self.columns.iter_mut().zip(&self.filled) {
                if *row <= self.rows {
                    column.null();
                }
            }
        }
        if let Some(lines) = &mut self.lines {
            lines.end_row();
        }
        self.rows += 1;
    }
}

macro_rules! seed {
    ($name:ident, $method:ident) => {
        impl<'de> DeserializeSeed<'de> for $name<'_> {
            type Value = <Self as Visitor<'de>>::Value;

            fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
                deserializer.$method(self)
            }
        }
    };
}

/// `{"d": ..}`
pub(super) struct Envelope<'a>(pub(super) &'a mut PageState);

seed!(Envelope, deserialize_map);

impl<'de> Visitor<'de> for Envelope<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object with the member d")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(is_data) = map.next_key_seed(KeyIs("d"))? {
            if is_data {
                map.next_value_seed(Data(self.0))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// Whether a member has this name.
struct KeyIs(&'static str);

impl<'de> DeserializeSeed<'de> for KeyIs {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KeyIs {
    type Value = bool;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the name of a member")
    }

    fn visit_str<E>(self, name: &str) -> Result<bool, E> {
        Ok(name == self.0)
    }
}

/// The value of `d`: a list with its link, a bare list, or one row.
struct Data<'a>(&'a mut PageState);

seed!(Data, deserialize_any);

impl<'de> Visitor<'de> for Data<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, rows: A) -> Result<(), A::Error> {
        visit_rows(self.0, rows)
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let page = self.0;
        let mut single = false;
        page.begin_row();
        while let Some(member) = map.next_key_seed(MemberKey(page))? {
            match member {
                Member::Results => map.next_value_seed(Rows(page))?,
                Member::Next => page.next = map.next_value()?,
                Member::Total => page.total = map.next_value_seed(Total)?,
                Member::Column(place) => {
                    single = true;
                    map.next_value_seed(Cell { page, place })?;
                }
                Member::OfRow => {
                    single = true;
                    map.next_value::<IgnoredAny>()?;
                }
                Member::OfList => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        if single && !page.found {
            page.found = true;
            page.end_row();
        }
        Ok(())
    }
}

fn visit_rows<'de, A: SeqAccess<'de>>(page: &mut PageState, mut rows: A) -> Result<(), A::Error> {
    page.found = true;
    while rows.next_element_seed(Row(page))?.is_some() {}
    Ok(())
}

/// A member of `d`.
enum Member {
    Results,
    Next,
    Total,
    Column(usize),
    /// Something else that only a row has.
    OfRow,
    /// Something else that only a list has.
    OfList,
}

struct MemberKey<'a>(&'a PageState);

seed!(MemberKey, deserialize_str);

impl Visitor<'_> for MemberKey<'_> {
    type Value = Member;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the name of a member")
    }

    fn visit_str<E>(self, name: &str) -> Result<Member, E> {
        Ok(match name {
            "results" => Member::Results,
            "__next" => Member::Next,
            "__count" => Member::Total,
            "__metadata" => Member::OfRow,
            _ if name.starts_with("__") => Member::OfList,
            _ => self.0.place(name).map_or(Member::OfRow, Member::Column),
        })
    }
}

/// The value of `__count`: a number as text, or plain. What is neither is passed over: it only serves an estimate.
struct Total;

impl<'de> DeserializeSeed<'de> for Total {
    type Value = Option<u64>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for Total {
    type Value = Option<u64>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a number of rows")
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(text.trim().parse().ok())
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Some(number))
    }

    fn visit_i64<E>(self, _number: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _number: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

/// The value of `results`.
struct Rows<'a>(&'a mut PageState);

seed!(Rows, deserialize_seq);

impl<'de> Visitor<'de> for Rows<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list of rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, rows: A) -> Result<(), A::Error> {
        visit_rows(self.0, rows)
    }
}

/// One row.
struct Row<'a>(&'a mut PageState);

seed!(Row, deserialize_map);

impl<'de> Visitor<'de> for Row<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a row")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let page = self.0;
        page.begin_row();
        while let Some(member) = map.next_key_seed(ColumnKey(page))? {
            match member {
                RowMember::Column(place) => map.next_value_seed(Cell { page, place })?,
                RowMember::FirstMetadata => page.first_row = map.next_value::<Metadata>()?.uri,
                RowMember::Lines => match &mut page.lines {
                    Some(lines) => map.next_value_seed(Collection(lines))?,
                    None => map.next_value::<IgnoredAny>().map(drop)?,
                },
                RowMember::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        page.end_row();
        Ok(())
    }
}

/// A member of a row.
enum RowMember {
    Column(usize),
    /// `__metadata` of the first row of the page.
    FirstMetadata,
    /// The collection whose rows come along.
    Lines,
    Other,
}

/// What a row says of itself (fact sheet 6.3).
#[derive(Deserialize)]
struct Metadata {
    #[serde(default)]
    uri: Option<String>,
}

struct ColumnKey<'a>(&'a PageState);

seed!(ColumnKey, deserialize_str);

impl Visitor<'_> for ColumnKey<'_> {
    type Value = RowMember;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the name of a column")
    }

    fn visit_str<E>(self, name: &str) -> Result<RowMember, E> {
        Ok(match self.0.place(name) {
            Some(place) => RowMember::Column(place),
            None if self.0.rows == 0 && name == "__metadata" => RowMember::FirstMetadata,
            None if self.0.lines.as_ref().is_some_and(|lines| lines.name == name) => RowMember::Lines,
            None => RowMember::Other,
        })
    }
}

/// The value of a collection: `{"results":[..],"__next":".."}`, a bare list, or where it can be had.
struct Collection<'a>(&'a mut Lines);

seed!(Collection, deserialize_any);

impl<'de> Visitor<'de> for Collection<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the rows of a collection")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, rows: A) -> Result<(), A::Error> {
        let before = self.0.page.rows;
        visit_rows(&mut self.0.page, rows)?;
        self.0.is_whole = self.0.page.rows - before < EXPANDED_ROWS;
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let lines = self.0;
        let (before, mut came, mut next) = (lines.page.rows, false, None::<String>);
        while let Some(member) = map.next_key_seed(MemberKey(&lines.page))? {
            match member {
                Member::Results => {
                    map.next_value_seed(Rows(&mut lines.page))?;
                    came = true;
                }
                Member::Next => next = map.next_value()?,
                _ => map.next_value::<IgnoredAny>().map(drop)?,
            }
        }
        lines.is_whole = came && next.is_none() && lines.page.rows - before < EXPANDED_ROWS;
        Ok(())
    }
}

/// One value of one column.
struct Cell<'a> {
    page: &'a mut PageState,
    place: usize,
}

seed!(Cell, deserialize_any);

impl Cell<'_> {
    fn write<E: serde::de::Error>(
        self,
        write: impl FnOnce(&mut PageColumn) -> Result<(), CellFailure>,
    ) -> Result<(), E> {
        let outcome = self.page.columns.get_mut(self.place).map_or(Ok(()), write);
        self.page.fill(self.place);
        outcome.map_err(|failure| {
            self.page.failure = Some(failure);
            E::custom("a value that does not fit its column")
        })
    }

    fn write_null<E: serde::de::Error>(self) -> Result<(), E> {
        self.write(|column| {
            column.null();
            Ok(())
        })
    }
}

impl<'de> Visitor<'de> for Cell<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a value")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        self.write(|column| column.text(text))
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<(), E> {
        self.write(|column| column.integer(number))
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<(), E> {
        self.write(|column| match i64::try_from(number) {
            Ok(number) => column.integer(number),
            Err(_) => column.large(number),
        })
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<(), E> {
        self.write(|column| column.double(number))
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<(), E> {
        self.write(|column| column.boolean(value))
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.write_null()
    }

    /// `{"__deferred": ..}` where a value could stand: it was not delivered.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        self.write_null()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        self.write(|column| Err(column.invalid("a list")))
    }
}
