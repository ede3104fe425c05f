//! Which function may report which SQLSTATE (ODBC appendix A, "ODBC Error Codes").

use super::function::Function as F;
use super::function::Function;

type Group = &'static [Function];

const CONNECTING: Group = &[F::BrowseConnect, F::Connect, F::DriverConnect];
const EXECUTING: Group = &[F::ExecDirect, F::Execute, F::ParamData];
const FETCHING: Group = &[F::ExtendedFetch, F::Fetch, F::FetchScroll];
const PLANNING: Group = &[F::ExecDirect, F::Prepare];
const DESCRIBING: Group = &[F::ColAttribute, F::DescribeCol, F::DescribeParam, F::NumParams, F::NumResultCols];
const ROWSET: Group = &[F::BulkOperations, F::SetPos];
const CATALOG: Group = &[
    F::ColumnPrivileges,
    F::Columns,
    F::ForeignKeys,
    F::GetTypeInfo,
    F::PrimaryKeys,
    F::ProcedureColumns,
    F::Procedures,
    F::SpecialColumns,
    F::Statistics,
    F::TablePrivileges,
    F::Tables,
];
const EVERY: Group = Function::ALL;

/// Whether the specification, or [`extra`], lists the state for the function.
#[must_use]
pub fn listed(state: &str, function: Function) -> bool {
    [specified(state), extra(state)].into_iter().flatten().any(|group| group.contains(&function))
}

fn specified(state: &str) -> &'static [Group] {
    match state {
        "01000" | "HY000" | "HY001" | "HY013" | "HYT01" => &[EVERY],
        "01004" => &[
            EXECUTING,
            FETCHING,
            ROWSET,
            &[F::BrowseConnect, F::DriverConnect, F::ColAttribute, F::DescribeCol, F::GetConnectAttr],
            &[F::GetCursorName, F::GetData, F::GetDescField, F::GetDescRec, F::GetEnvAttr, F::GetInfo, F::GetStmtAttr],
            &[F::NativeSql, F::PutData, F::SetCursorName],
        ],
        "01S00" => &[&[F::BrowseConnect, F::DriverConnect]],
        "01S01" => &[ROWSET, FETCHING],
        "01S02" => {
            &[CONNECTING, EXECUTING, &[F::Prepare, F::SetConnectAttr, F::SetDescField, F::SetEnvAttr, F::SetStmtAttr]]
        }
        "01S06" => &[&[F::ExtendedFetch, F::FetchScroll]],
        "01S07" => &[EXECUTING, FETCHING, ROWSET, &[F::GetData]],
        "07002" => &[EXECUTING],
        "07005" => &[&[F::ColAttribute, F::DescribeCol]],
        "07006" => &[EXECUTING, FETCHING, ROWSET, &[F::BindCol, F::BindParameter, F::GetData, F::PutData]],
        "07009" => &[
            ROWSET,
            FETCHING,
            &[F::BindCol, F::BindParameter, F::ColAttribute, F::DescribeCol, F::DescribeParam, F::GetData],
            &[F::GetDescField, F::GetDescRec, F::ParamData, F::SetDescField, F::SetDescRec],
        ],
        "07S01" => &[EXECUTING, &[F::PutData]],
        "08001" | "08004" => &[CONNECTING],
        "08002" => &[CONNECTING, &[F::SetConnectAttr]],
        "08003" => &[
            &[F::AllocHandle, F::Disconnect, F::EndTran, F::GetConnectAttr, F::GetInfo, F::NativeSql],
            &[F::SetConnectAttr],
        ],
        "08S01" => &[
            CONNECTING,
            CATALOG,
            EXECUTING,
            FETCHING,
            DESCRIBING,
            &[F::CopyDesc, F::GetConnectAttr, F::GetData, F::GetDescField, F::GetDescRec, F::GetFunctions, F::GetInfo],
            &[F::MoreResults, F::NativeSql, F::Prepare, F::PutData, F::SetConnectAttr, F::SetDescField],
            &[F::SetDescRec, F::SetEnvAttr, F::SetStmtAttr],
        ],
        "21S01" | "42S01" | "42S02" | "42S11" | "42S12" | "42S21" | "42S22" | "3F000" => &[PLANNING],
        "22001" => &[EXECUTING, ROWSET, &[F::Fetch, F::FetchScroll, F::PutData, F::SetDescField]],
        "22002" => &[EXECUTING, FETCHING, &[F::GetData]],
        "22003" | "22007" | "22015" | "22018" => &[EXECUTING, FETCHING, ROWSET, &[F::GetData, F::PutData]],
        "22008" => &[EXECUTING, &[F::BulkOperations, F::PutData]],
        "22012" => &[EXECUTING, FETCHING, &[F::GetData, F::PutData]],
        "23000" | "44000" => &[EXECUTING, ROWSET],
        "24000" => &[
            CATALOG,
            FETCHING,
            PLANNING,
            ROWSET,
            &[F::CloseCursor, F::Execute, F::GetData, F::GetStmtAttr, F::NativeSql, F::SetConnectAttr],
            &[F::SetCursorName, F::SetStmtAttr],
        ],
        "25000" => &[&[F::Disconnect]],
        "25S01" | "25S02" | "25S03" => &[&[F::EndTran]],
        "28000" => &[CONNECTING],
        "34000" => &[PLANNING, &[F::SetCursorName]],
        "3C000" => &[&[F::SetCursorName]],
        "3D000" => &[PLANNING, &[F::SetConnectAttr]],
        "42000" => &[EXECUTING, PLANNING, ROWSET],
        other => general(other),
    }
}

/// The class HY.
fn general(state: &str) -> &'static [Group] {
    match state {
        "HY003" => &[&[F::BindCol, F::BindParameter, F::GetData]],
        "HY004" => &[&[F::BindParameter, F::GetTypeInfo]],
        "HY007" => &[&[F::CopyDesc, F::GetDescField, F::GetDescRec]],
        "HY008" => &[
            CONNECTING,
            CATALOG,
            EXECUTING,
            FETCHING,
            DESCRIBING,
            ROWSET,
            &[F::Disconnect, F::EndTran, F::GetData, F::MoreResults, F::Prepare, F::PutData, F::SetConnectAttr],
        ],
        "HY009" => &[
            CATALOG,
            PLANNING,
            &[F::AllocHandle, F::BindParameter, F::BulkOperations, F::GetCursorName, F::GetData, F::GetFunctions],
            &[F::NativeSql, F::PutData, F::SetConnectAttr, F::SetCursorName, F::SetEnvAttr, F::SetStmtAttr],
        ],
        "HY010" => &[
            CATALOG,
            EXECUTING,
            FETCHING,
            DESCRIBING,
            ROWSET,
            &[F::AllocHandle, F::BindCol, F::BindParameter, F::CloseCursor, F::CopyDesc, F::Disconnect, F::EndTran],
            &[F::FreeHandle, F::FreeStmt, F::GetConnectAttr, F::GetCursorName, F::GetData, F::GetDescField],
            &[
                F::GetDescRec,
                F::GetEnvAttr,
                F::GetFunctions,
                F::GetStmtAttr,
                F::MoreResults,
                F::Prepare,
                F::PutData,
                F::RowCount,
            ],
            &[F::SetConnectAttr, F::SetCursorName, F::SetDescField, F::SetDescRec, F::SetEnvAttr, F::SetStmtAttr],
        ],
        "HY011" => &[ROWSET, &[F::ParamData, F::SetConnectAttr, F::SetEnvAttr, F::SetStmtAttr]],
        "HY012" => &[&[F::EndTran]],
        "HY016" => &[&[F::CopyDesc, F::SetDescField, F::SetDescRec]],
        "HY017" => &[&[F::FreeHandle, F::SetStmtAttr]],
        "HY019" | "HY020" => &[&[F::PutData]],
        "HY021" => &[&[F::BindParameter, F::CopyDesc, F::GetDescField, F::SetDescField, F::SetDescRec]],
        "HY024" => &[&[F::SetConnectAttr, F::SetEnvAttr, F::SetStmtAttr]],
        "HY090" => &[
            CONNECTING,
            CATALOG,
            EXECUTING,
            ROWSET,
            &[F::BindCol, F::BindParameter, F::ColAttribute, F::DescribeCol, F::Fetch, F::FetchScroll],
            &[F::GetConnectAttr, F::GetCursorName, F::GetData, F::GetDescField, F::GetInfo, F::GetStmtAttr],
            &[F::NativeSql, F::Prepare, F::PutData, F::SetConnectAttr, F::SetCursorName, F::SetDescField],
            &[F::SetDescRec, F::SetEnvAttr, F::SetStmtAttr],
        ],
        "HY091" => &[&[F::ColAttribute, F::GetDescField, F::SetDescField]],
        "HY092" => &[
            ROWSET,
            &[F::AllocHandle, F::CancelHandle, F::CopyDesc, F::DriverConnect, F::EndTran, F::FreeStmt],
            &[F::GetConnectAttr, F::GetEnvAttr, F::GetStmtAttr, F::ParamData, F::SetConnectAttr, F::SetDescField],
            &[F::SetEnvAttr, F::SetStmtAttr],
        ],
        "HY095" => &[&[F::GetFunctions]],
        "HY096" => &[&[F::GetInfo]],
        "HY097" | "HY098" | "HY099" => &[&[F::SpecialColumns]],
        "HY100" | "HY101" => &[&[F::Statistics]],
        "HY104" => &[&[F::BindParameter]],
        "HY105" => &[EXECUTING, &[F::BindParameter, F::SetDescField]],
        "HY106" => &[&[F::ExtendedFetch, F::FetchScroll]],
        "HY107" => &[FETCHING, &[F::SetPos]],
        "HY109" => &[EXECUTING, &[F::GetData, F::GetStmtAttr, F::NativeSql, F::SetPos]],
        "HY110" => &[&[F::DriverConnect]],
        "HY111" => &[&[F::ExtendedFetch, F::FetchScroll]],
        "HYC00" => &[
            CATALOG,
            EXECUTING,
            FETCHING,
            ROWSET,
            &[F::BindCol, F::BindParameter, F::ColAttribute, F::DriverConnect, F::EndTran, F::GetConnectAttr],
            &[F::GetData, F::GetEnvAttr, F::GetInfo, F::GetStmtAttr, F::Prepare, F::SetConnectAttr, F::SetEnvAttr],
            &[F::SetStmtAttr],
        ],
        "HYT00" => &[CONNECTING, CATALOG, EXECUTING, ROWSET, &[F::ExtendedFetch, F::Prepare]],
        _ => &[],
    }
}

/// What this driver reports beyond the lists: a service on the web is asked, and can refuse, while rows are
/// read, and a data source of SQLConnect can hold an unknown property. The state tables demand 24000 of functions that
/// describe columns where a statement gave none. A transaction that waits for its rollback, or whose outcome is not known, is
/// met by whatever is called next.
fn extra(state: &str) -> &'static [Group] {
    match state {
        "24000" => &[&[F::ColAttribute, F::CopyDesc, F::DescribeCol, F::GetDescField, F::GetDescRec]],
        "08001" | "28000" | "42000" | "42S02" | "HYC00" | "HYT00" => &[EXECUTING, FETCHING, &[F::MoreResults]],
        "22003" | "22007" | "22012" | "22018" => &[&[F::MoreResults]],
        "01S00" => &[&[F::Connect]],
        "25000" => &[EXECUTING, &[F::EndTran, F::MoreResults, F::SetConnectAttr]],
        "25S01" => &[&[F::SetConnectAttr]],
        "HY111" => &[&[F::BulkOperations]],
        _ => &[],
    }
}
