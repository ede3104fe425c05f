//! `INSERT ... ON CONFLICT (columns) DO UPDATE SET ...` and `UPSERT INTO` as the MERGE that they mean: the service knows no
//! conflict on a code of the business, so the rows are looked up first.

use datafusion::sql::sqlparser::ast::{
    Assignment, AssignmentTarget, BinaryOperator, ConflictTarget, DoUpdate, Expr, Ident, Insert, Merge, MergeAction,
    MergeClauseKind, MergeInsertKind, OnConflict, OnConflictAction, OnInsert, SetExpr, Statement as Syntax,
    TableAliasColumnDef, TableFactor, TableObject, Values,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;
use exact_client::model::{Column, EdmType};
use exact_client::writer::Change;
use serde_json::Value as Json;

use super::Circumstances;
use super::source::{self, lost, marker};
use super::target::{Place, Target};
use crate::dialect;
use crate::error::{Error, Result};

/// The name under which the rows to be inserted are known.
const ROWS: &str = "excluded";

/// The column of codes that a business gives its rows.
const CODE: &str = "Code";

/// The parts of a MERGE that do not matter here.
const SKELETON: &str = "MERGE INTO t USING (SELECT 1) AS excluded (c) ON true \
                        WHEN MATCHED THEN UPDATE SET c = 1 WHEN NOT MATCHED THEN INSERT (c) VALUES (1)";

/// By what rows are known, and what becomes of those that exist.
#[derive(Debug)]
pub struct Conflict {
    columns: Vec<Place>,
    /// The rows name their division.
    names_division: bool,
    pub does_nothing: bool,
    /// Markers among the values, with the column that each stands for.
    pub markers: Vec<(usize, Place)>,
}

impl Conflict {
    /// Refuses to look in several divisions at once: the same code is another row in each.
    pub fn check(&self, target: &Target, under: Circumstances) -> Result<()> {
        let one = target.division.or(under.division).is_some() || !target.entity.in_division;
        if one || self.names_division {
            return Ok(());
        }
        let message =
            "ON CONFLICT needs the column Division among those of the INSERT, since the connection has several.";
        Err(Error::Invalid { message: message.into() })
    }

    /// Whether rows are known by this column.
    pub fn is_about(&self, place: &Place) -> bool {
        self.columns.iter().any(|own| own.name() == place.name())
    }

    /// What two new rows must not have in common; nothing for a row that lacks one of the columns.
    pub fn known_by(&self, change: &Change) -> Option<Vec<String>> {
        let value = |place: &Place| match (place, change.body.get(place.name())) {
            (Place::Division, _) => Some(String::new()),
            (_, Some(Json::String(text))) => Some(text.trim().to_lowercase()),
            (_, value) => value.map(Json::to_string),
        };
        self.columns.iter().map(value).collect()
    }
}

/// The MERGE, and its conflict.
pub fn as_merge(insert: Insert, historic: bool) -> Result<(Merge, Conflict)> {
    let (Some(OnInsert::OnConflict(conflict)), TableObject::TableName(name)) = (insert.on, &insert.table) else {
        let instead = "ON CONFLICT (column) DO UPDATE SET ...".into();
        return Err(Error::UseInstead { what: "ON DUPLICATE KEY UPDATE".into(), instead });
    };
    let target = Target::find(name, historic)?;
    let columns: Vec<Ident> = insert.columns.iter().filter_map(|name| name.0.last()?.as_ident().cloned()).collect();
    // What is not there is told with all else, when the MERGE is read.
    let places: Vec<_> = columns.iter().map(|name| target.place(&name.value)).collect();
    let mut query = insert.source.ok_or_else(lost)?;
    let markers = match query.body.as_mut() {
        SetExpr::Values(values) => typed(values, &places)?,
        _ => Vec::new(),
    };
    let factor = source::table(name.clone())?.relation;
    let skeleton = Parser::parse_sql(&GenericDialect {}, SKELETON).map_err(Error::from)?.pop();
    let Some(Syntax::Merge(mut merge)) = skeleton else { return Err(lost()) };
    let mut known_by = conflict_columns(conflict.conflict_target)?;
    let own = known_by.iter().filter_map(|name| target.place(&name.value)).collect();
    let division = columns.iter().zip(&places).find(|(_, place)| matches!(place, Some(Place::Division)));
    known_by.extend(division.map(|(name, _)| name.clone()));
    merge.on = Box::new(same(&factor, &known_by)?);
    merge.table = factor;
    if let TableFactor::Derived { subquery, alias: Some(alias), .. } = &mut merge.source {
        *subquery = query;
        alias.columns =
            columns.iter().map(|name| TableAliasColumnDef { name: name.clone(), data_type: None }).collect();
    }
    let does_nothing = matches!(conflict.action, OnConflictAction::DoNothing);
    fill(&mut merge, conflict.action, &columns);
    Ok((merge, Conflict { columns: own, names_division: division.is_some(), does_nothing, markers }))
}

/// What `UPSERT INTO t (columns)` means: rows are known by their key, or else by the code that they have in the business, and
/// all other columns are changed.
pub fn of_upsert(insert: &Insert, historic: bool) -> Result<OnInsert> {
    let TableObject::TableName(name) = &insert.table else { return Err(lost()) };
    let target = Target::find(name, historic)?;
    let columns: Vec<&Ident> = insert.columns.iter().filter_map(|name| name.0.last()?.as_ident()).collect();
    let keys = target.keys()?;
    let named = |name: &str| columns.iter().any(|column| column.value.eq_ignore_ascii_case(name));
    let known_by: Vec<&str> = match keys.iter().all(|key| named(key.name)) {
        true => keys.iter().map(|key| key.name).collect(),
        false if named(CODE) => vec![CODE],
        false => {
            let keys = keys.iter().map(|key| key.name).collect::<Vec<_>>().join(", ");
            let message = format!(
                "UPSERT INTO {} needs the key, {keys}, or {CODE} among its columns. Rows are known by others with \
                 INSERT ... ON CONFLICT (column) DO UPDATE SET ....",
                target.table()
            );
            return Err(Error::Invalid { message });
        }
    };
    let decides =
        |name: &Ident| known_by.iter().any(|own| name.value.eq_ignore_ascii_case(own)) || is_division(&target, name);
    let (own, others): (Vec<&Ident>, Vec<&Ident>) = columns.into_iter().partition(|name| decides(name));
    let own = own.into_iter().filter(|name| !is_division(&target, name)).cloned().collect();
    let assignments = others
        .into_iter()
        .map(|name| Assignment { target: AssignmentTarget::ColumnName(vec![name.clone()].into()), value: row(name) });
    let assignments: Vec<_> = assignments.collect();
    let action = match assignments.is_empty() {
        true => OnConflictAction::DoNothing,
        false => OnConflictAction::DoUpdate(DoUpdate { assignments, selection: None }),
    };
    Ok(OnInsert::OnConflict(OnConflict { conflict_target: Some(ConflictTarget::Columns(own)), action }))
}

fn is_division(target: &Target, name: &Ident) -> bool {
    target.place(&name.value).is_some_and(|place| matches!(place, Place::Division))
}

/// Gives every marker the type of its column, and says which it is.
fn typed(values: &mut Values, places: &[Option<Place>]) -> Result<Vec<(usize, Place)>> {
    let mut markers = Vec::new();
    for row in &mut values.rows {
        for (value, place) in row.content.iter_mut().zip(places) {
            let (Some(number), Some(place)) = (marker(value), place) else { continue };
            markers.push((number, *place));
            *value = dialect::filled(&format!("CAST(_1 AS {})", sql_type(place)), std::slice::from_ref(value))?;
        }
    }
    Ok(markers)
}

fn sql_type(place: &Place) -> &'static str {
    match place {
        Place::Division => "INTEGER",
        Place::Lines(_) => "VARCHAR",
        Place::Column(Column { edm, .. }) => match edm {
            EdmType::String | EdmType::Guid => "VARCHAR",
            EdmType::DateTime => "TIMESTAMP(3)",
            EdmType::Double => "DOUBLE",
            EdmType::Int16 => "SMALLINT",
            EdmType::Int32 => "INTEGER",
            EdmType::Int64 => "BIGINT",
            EdmType::Byte => "TINYINT UNSIGNED",
            EdmType::Boolean => "BOOLEAN",
            EdmType::Binary => "BYTEA",
        },
    }
}

fn conflict_columns(target: Option<ConflictTarget>) -> Result<Vec<Ident>> {
    match target {
        Some(ConflictTarget::Columns(columns)) => Ok(columns),
        _ => Err(Error::Invalid {
            message: "ON CONFLICT needs the columns by which a row is known, as in ON CONFLICT (Code).".into(),
        }),
    }
}

/// `t.a = excluded.a AND t.b = excluded.b`
fn same(factor: &TableFactor, columns: &[Ident]) -> Result<Expr> {
    let mut all: Option<Expr> = None;
    for name in columns {
        let own = source::column(factor, &name.value)?;
        let equal = both(own, BinaryOperator::Eq, row(name));
        all = Some(match all {
            Some(earlier) => both(earlier, BinaryOperator::And, equal),
            None => equal,
        });
    }
    all.ok_or_else(lost)
}

fn both(left: Expr, op: BinaryOperator, right: Expr) -> Expr {
    Expr::BinaryOp { left: Box::new(left), op, right: Box::new(right) }
}

/// A column of the rows to be inserted.
fn row(name: &Ident) -> Expr {
    Expr::CompoundIdentifier(vec![Ident::new(ROWS), name.clone()])
}

/// Says what is done with what is matched, and inserts the rest.
fn fill(merge: &mut Merge, action: OnConflictAction, columns: &[Ident]) {
    match action {
        OnConflictAction::DoNothing => merge.clauses.retain(|clause| clause.clause_kind != MergeClauseKind::Matched),
        OnConflictAction::DoUpdate(update) => {
            for clause in &mut merge.clauses {
                if let MergeAction::Update(own) = &mut clause.action {
                    own.assignments.clone_from(&update.assignments);
                    clause.predicate.clone_from(&update.selection);
                }
            }
        }
    }
    for clause in &mut merge.clauses {
        if let MergeAction::Insert(own) = &mut clause.action {
            own.columns = columns.iter().map(|name| vec![name.clone()].into()).collect();
            if let MergeInsertKind::Values(values) = &mut own.kind {
                values.rows.iter_mut().for_each(|values| values.content = columns.iter().map(row).collect());
            }
        }
    }
}
