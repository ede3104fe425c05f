//! Which function may be called in which state of a statement (ODBC appendix B, "Statement Transitions").

use super::attribute::stmt;
use super::desc;
use super::function::Function;

/// The states of a statement. S0, unallocated, is no state of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Allocated.
    S1 = 1,
    /// Prepared; will give no rows.
    S2,
    /// Prepared; will give rows.
    S3,
    /// Executed; gave no rows.
    S4,
    /// A cursor is open before its first row.
    S5,
    /// SQLFetch or SQLFetchScroll has been called.
    S6,
    /// SQLExtendedFetch has been called.
    S7,
    /// Data of a parameter is needed; SQLParamData has not been called.
    S8,
    /// SQLPutData has not been called for the parameter.
    S9,
    /// SQLPutData has been called for the parameter.
    S10,
    /// An asynchronous function is executing.
    S11,
    /// It has been cancelled, and is to be called until it ends.
    S12,
}

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    Allowed,
    /// HY010
    Sequence,
    /// 24000, because a cursor is open.
    Open,
    /// 24000, because no cursor is open.
    Closed,
    /// 24000, because the cursor stands on no row yet.
    Before,
    /// 24000 while another result waits.
    Last,
    /// 07005
    NoRows,
    /// HY011
    NotNow,
    /// HY010, or HY011 if the statement was prepared.
    NotNowOrSequence,
    /// HY010, or 24000 if the statement was prepared.
    Again,
    /// HY010, or as [`Cell::Last`] if the statement was prepared.
    AgainLast,
}

/// One line of the tables, for the states S1 to S10. In S11 and S12 only the function that is executing may be
/// called, SQLCancel and the diagnostic functions.
pub type Row = [Cell; 10];

/// The line of a function. SQLCancel and the diagnostic functions are allowed in every state.
#[rustfmt::skip]
#[must_use]
pub const fn row(function: Function) -> Row {
    use Cell::{Again, AgainLast, Allowed as Yes, Before, Closed, Last, NoRows, Open, Sequence as Seq};
    use Function as F;
    match function {
        //                                         S1      S2      S3      S4         S5      S6      S7      S8   S9   S10
        F::BindCol | F::BindParameter | F::FreeStmt | F::GetCursorName | F::GetStmtAttr | F::SetStmtAttr
        | F::GetDescField | F::GetDescRec | F::SetDescField | F::SetDescRec | F::CopyDesc | F::MoreResults
        | F::FreeHandle                        => [Yes,    Yes,    Yes,    Yes,       Yes,    Yes,    Yes,    Seq, Seq, Seq],
        F::BulkOperations                      => [Seq,    Seq,    Seq,    Closed,    Yes,    Yes,    Seq,    Seq, Seq, Seq],
        F::CloseCursor                         => [Closed, Closed, Closed, Closed,    Yes,    Yes,    Yes,    Seq, Seq, Seq],
        F::ColAttribute | F::DescribeCol       => [Seq,    NoRows, Yes,    Closed,    Yes,    Yes,    Yes,    Seq, Seq, Seq],
        F::ColumnPrivileges | F::Columns | F::ForeignKeys | F::GetTypeInfo | F::PrimaryKeys | F::ProcedureColumns
        | F::Procedures | F::SpecialColumns | F::Statistics | F::TablePrivileges | F::Tables | F::ExecDirect
        | F::Prepare                           => [Yes,    Yes,    Yes,    Last,      Open,   Open,   Open,   Seq, Seq, Seq],
        F::DescribeParam                       => [Seq,    Yes,    Yes,    Seq,       Seq,    Seq,    Seq,    Seq, Seq, Seq],
        F::Execute                             => [Seq,    Yes,    Yes,    AgainLast, Again,  Again,  Again,  Seq, Seq, Seq],
        F::ExtendedFetch                       => [Seq,    Seq,    Seq,    Closed,    Yes,    Seq,    Yes,    Seq, Seq, Seq],
        F::Fetch | F::FetchScroll              => [Seq,    Seq,    Seq,    Closed,    Yes,    Yes,    Seq,    Seq, Seq, Seq],
        F::GetData | F::SetPos                 => [Seq,    Seq,    Seq,    Closed,    Before, Yes,    Yes,    Seq, Seq, Seq],
        F::NumParams | F::NumResultCols        => [Seq,    Yes,    Yes,    Yes,       Yes,    Yes,    Yes,    Seq, Seq, Seq],
        F::ParamData                           => [Seq,    Seq,    Seq,    Seq,       Seq,    Seq,    Seq,    Yes, Seq, Yes],
        F::PutData                             => [Seq,    Seq,    Seq,    Seq,       Seq,    Seq,    Seq,    Seq, Yes, Yes],
        F::RowCount                            => [Seq,    Seq,    Seq,    Yes,       Yes,    Yes,    Yes,    Seq, Seq, Seq],
        F::SetCursorName                       => [Yes,    Yes,    Yes,    Open,      Open,   Open,   Open,   Seq, Seq, Seq],
        _                                      => [Yes; 10],
    }
}

/// The line of SQLSetStmtAttr for an attribute: those that make the cursor are settled once a statement is
/// prepared.
#[rustfmt::skip]
#[must_use]
pub const fn set_attribute(attribute: i32) -> Row {
    use Cell::{Allowed as Yes, NotNow, NotNowOrSequence as Nos, Open};
    match attribute {
        stmt::CONCURRENCY | stmt::CURSOR_TYPE | stmt::SIMULATE_CURSOR | stmt::USE_BOOKMARKS | stmt::CURSOR_SCROLLABLE
        | stmt::CURSOR_SENSITIVITY             => [Yes,    NotNow, NotNow, Open,      Open,   Open,   Open,   Nos, Nos, Nos],
        _                                      => row(Function::SetStmtAttr),
    }
}

/// The line of SQLGetStmtAttr for an attribute.
#[rustfmt::skip]
#[must_use]
pub const fn get_attribute(attribute: i32) -> Row {
    use Cell::{Allowed as Yes, Before, Closed, Sequence as Seq};
    match attribute {
        stmt::ROW_NUMBER                       => [Closed, Closed, Closed, Closed,    Before, Yes,    Yes,    Seq, Seq, Seq],
        _                                      => row(Function::GetStmtAttr),
    }
}

/// The line of SQLColAttribute for a field: the number of columns is known of every prepared statement.
#[must_use]
pub const fn column_attribute(field: u16) -> Row {
    let mut row = row(Function::ColAttribute);
    if field == desc::COUNT.cast_unsigned() || field == desc::odbc2::COUNT {
        row[1] = Cell::Allowed;
    }
    row
}
