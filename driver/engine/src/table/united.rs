//! Two reads of one entity as one, of the rows that meet the conditions of either.

use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::utils::conjunction;
use exact_client::model::AccessKind;

use super::read::Read;
use super::route::{Check, Route, Wish};
use crate::error::Error;
use crate::pushdown::path::Offer;

impl Read {
    /// The read of the rows of both. Each of the two still checks what is its own. `None` where it may take more calls than
    /// the two: a page holds rows of both, so that this is so only where the service cannot be told of both conditions.
    pub fn united(&self, other: &Read) -> Option<Read> {
        let (mine, others) = (&self.request, &other.request);
        let same = std::ptr::eq(mine.entity, others.entity)
            && mine.division == others.division
            && mine.parameters == others.parameters;
        if !same || self.conditions.is_empty() || other.conditions.is_empty() {
            return None;
        }
        let both = |read: &Read| conjunction(read.conditions.iter().cloned());
        let either = both(self)?.or(both(other)?);
        let routes = self.routes.iter().map(|route| self.united_route(other, route, &either));
        let routes: Vec<Route> = routes.collect::<Option<_>>()?;
        let at_most = self.at_most.zip(other.at_most).map(|(one, other)| one.saturating_add(other));
        let united = Read {
            routes: routes.into(),
            conditions: vec![either].into(),
            entrusted: None,
            at_most,
            first: None,
            row: None,
            ..self.clone()
        };
        let calls = |read: &Read| read.offers().iter().filter_map(Offer::calls).min();
        let dearer = match (calls(self), calls(other), calls(&united)) {
            (Some(one), Some(another), Some(united)) => united > one.saturating_add(another),
            _ => false,
        };
        (!dearer).then_some(united)
    }

    /// The route over the same path for the rows of both; `None` where that narrows less than each alone does.
    fn united_route(&self, other: &Read, route: &Route, either: &Expr) -> Option<Route> {
        let path = route.path;
        if path.kind == AccessKind::Sync && route.twin.is_none() {
            return None;
        }
        let base_url = &self.source.settings.base_url;
        let conditions = std::slice::from_ref(either);
        // Checked above, or by each of the two.
        let wish =
            Wish { entity: self.request.entity, base_url, request: &self.request, conditions, entrusted: &[false] };
        let unchecked = |_: &[&Expr]| -> DataFusionResult<Check> {
            let message = "a condition of a common read is checked by its readers".into();
            Err(Error::Internal { message }.into())
        };
        let united = match &route.twin {
            Some(twin) => Route::over_twin(*twin, wish, unchecked),
            None => Route::over(path, wish, unchecked),
        };
        let united = united.ok()??;
        let narrows = |read: &Read| {
            let same = |other: &&Route| std::ptr::eq(other.path, path) && other.twin.is_some() == route.twin.is_some();
            read.routes.iter().find(same).is_some_and(Route::is_filtered)
        };
        (united.is_filtered() || !(narrows(self) || narrows(other))).then_some(united)
    }
}
