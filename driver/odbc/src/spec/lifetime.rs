//! Which function may be called in which state of an environment or a connection (ODBC appendix B, "Environment Transitions"
//! and "Connection Transitions"). Of descriptors only the freeing depends on their state.

use super::attribute::{dbc, env};
use super::function::Function;

/// The states of an environment. E0, unallocated, is no state of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnvironmentState {
    /// Allocated, and SQL_ATTR_ODBC_VERSION is not set: E1 of the tables, with restrictions of its own.
    Undeclared,
    /// Allocated, without a connection.
    E1,
    /// With a connection.
    E2,
}

/// The states of a connection. C0 and C1, unallocated, are no states of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionState {
    /// Allocated.
    C2,
    /// SQLBrowseConnect needs data.
    C3,
    /// Connected.
    C4,
    /// Connected, with a statement.
    C5,
    /// Changes wait for a commit. Reads begin no transaction.
    C6,
}

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    Allowed,
    /// 08002
    Connected,
    /// 08003
    NotConnected,
    /// 25000
    Transaction,
    /// HY010
    Sequence,
    /// HY011
    NotNow,
}

/// A line for the states of an environment.
pub type EnvironmentRow = [Cell; 3];
/// A line for the states of a connection.
pub type ConnectionRow = [Cell; 5];

/// The line of a function that is called on an environment.
#[rustfmt::skip]
#[must_use]
pub const fn on_environment(function: Function) -> EnvironmentRow {
    use Cell::{Allowed as Yes, Sequence as Seq};
    use Function as F;
    match function {
        //                              Undeclared  E1      E2
        F::AllocHandle | F::EndTran => [Seq,        Yes,    Yes],
        F::FreeHandle               => [Yes,        Yes,    Seq],
        _                           => [Yes; 3],
    }
}

/// The line of SQLSetEnvAttr for an attribute. unixODBC hands its own down when it likes.
#[rustfmt::skip]
#[must_use]
pub const fn set_environment(attribute: i32) -> EnvironmentRow {
    use Cell::{Allowed as Yes, NotNow, Sequence as Seq};
    match attribute {
        //                              Undeclared  E1      E2
        env::ODBC_VERSION           => [Yes,        Yes,    NotNow],
        env::UNIXODBC_ENVATTR       => [Yes,        Yes,    Yes],
        _                           => [Seq,        Yes,    NotNow],
    }
}

/// The line of SQLGetEnvAttr for an attribute. iODBC asks for the width of characters when it likes.
#[rustfmt::skip]
#[must_use]
pub const fn get_environment(attribute: i32) -> EnvironmentRow {
    use Cell::{Allowed as Yes, Sequence as Seq};
    match attribute {
        //                              Undeclared  E1      E2
        env::DRIVER_UNICODE_TYPE    => [Yes,        Yes,    Yes],
        _                           => [Seq,        Yes,    Yes],
    }
}

/// The line of a function that is called on a connection.
///
/// SQLGetFunctions, which the tables refuse before there is a connection, tells what the library exports: the driver manager
/// of Windows asks for that first.
#[rustfmt::skip]
#[must_use]
pub const fn on_connection(function: Function) -> ConnectionRow {
    use Cell::{Allowed as Yes, Connected as Con, NotConnected as Not, Sequence as Seq, Transaction as Tra};
    use Function as F;
    match function {
        //                                                C2      C3      C4      C5      C6
        F::AllocHandle | F::EndTran | F::NativeSql    => [Not,    Not,    Yes,    Yes,    Yes],
        F::BrowseConnect                              => [Yes,    Yes,    Con,    Con,    Con],
        F::Connect | F::DriverConnect                 => [Yes,    Con,    Con,    Con,    Con],
        F::Disconnect                                 => [Not,    Yes,    Yes,    Yes,    Tra],
        F::FreeHandle                                 => [Yes,    Seq,    Seq,    Seq,    Seq],
        F::GetConnectAttr                             => [Yes,    Seq,    Yes,    Yes,    Yes],
        _                                             => [Yes; 5],
    }
}

/// The line of SQLGetInfo for an info type: what concerns the driver alone is told at any time, since managers ask for it to
/// learn how to connect.
#[rustfmt::skip]
#[must_use]
pub const fn get_info(info_type: u16) -> ConnectionRow {
    use Cell::{Allowed as Yes, NotConnected as Not};
    const DRIVER_NAME: u16 = 6;
    const DRIVER_VER: u16 = 7;
    const ODBC_VER: u16 = 10;
    const DRIVER_ODBC_VER: u16 = 77;
    const ASYNC_MODE: u16 = 10_021;
    const ASYNC_NOTIFICATION: u16 = 10_025;
    match info_type {
        //                                                C2      C3      C4      C5      C6
        DRIVER_NAME | DRIVER_VER | ODBC_VER | DRIVER_ODBC_VER | ASYNC_MODE..=ASYNC_NOTIFICATION
                                                      => [Yes,    Yes,    Yes,    Yes,    Yes],
        _                                             => [Not,    Not,    Yes,    Yes,    Yes],
    }
}

/// The line of SQLSetConnectAttr for an attribute.
#[rustfmt::skip]
#[must_use]
pub const fn set_connection(attribute: i32) -> ConnectionRow {
    use Cell::{Allowed as Yes, Connected as Con, NotConnected as Not, NotNow, Sequence as Seq};
    match attribute {
        //                                                C2      C3      C4      C5      C6
        dbc::TRANSLATE_LIB | dbc::TRANSLATE_OPTION    => [Not,    Seq,    Yes,    Yes,    Yes],
        dbc::ODBC_CURSORS                             => [Yes,    Seq,    Con,    Con,    Con],
        dbc::PACKET_SIZE                              => [Yes,    Seq,    NotNow, NotNow, NotNow],
        dbc::TXN_ISOLATION                            => [Yes,    Seq,    Yes,    Yes,    NotNow],
        _                                             => [Yes,    Seq,    Yes,    Yes,    Yes],
    }
}

/// Whether SQLGetConnectAttr tells an attribute before there is a connection, though it has not been set: the tables name
/// them, and iODBC asks for the width of characters. Any other gives 08003.
#[must_use]
pub const fn is_told_before_connecting(attribute: i32) -> bool {
    use dbc::{ACCESS_MODE, APP_WCHAR_TYPE, AUTOCOMMIT, LOGIN_TIMEOUT, ODBC_CURSORS, TRACE, TRACEFILE};
    matches!(attribute, ACCESS_MODE | AUTOCOMMIT | LOGIN_TIMEOUT | ODBC_CURSORS | TRACE | TRACEFILE | APP_WCHAR_TYPE)
}
