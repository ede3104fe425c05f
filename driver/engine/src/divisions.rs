//! The divisions that a catalog stands for (product section 4: catalog = division).

use exact_client::model::Entity;
use exact_client::settings::DivisionSetting;
use exact_client::{Session, division};

use crate::error::Result;
use crate::table::Source;

/// What a catalog's name means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Catalog {
    One(i32),
    /// Those of the property `Division` where it lists several, else all that the user may open.
    All,
}

impl Catalog {
    /// The name of [`Catalog::All`].
    pub const ALL: &str = "ALL";

    /// The catalog of unqualified names when a connection is opened.
    pub fn of_connection(setting: &DivisionSetting, session: &Session) -> Catalog {
        match setting {
            DivisionSetting::All => Catalog::All,
            DivisionSetting::Codes(codes) if codes.len() > 1 => Catalog::All,
            DivisionSetting::Codes(_) | DivisionSetting::Current => Catalog::One(session.division()),
        }
    }

    /// The catalog of that name: a division's code, or `ALL` in any case.
    pub fn named(name: &str) -> Option<Catalog> {
        if name.eq_ignore_ascii_case(Self::ALL) {
            return Some(Catalog::All);
        }
        name.parse().ok().filter(|code| *code > 0).map(Catalog::One)
    }

    /// The codes of the divisions in which a table of this catalog is read. They are known but for `ALL` without a list
    /// that is younger than a day, which costs a call for every 60 divisions.
    pub async fn members(self, entity: &Entity, source: &Source) -> Result<Vec<i32>> {
        let own = source.session.division();
        match (self, &source.settings.division) {
            (Catalog::One(code), _) => Ok(vec![code]),
            (Catalog::All, _) if !is_spread(entity) => Ok(vec![own]),
            (Catalog::All, DivisionSetting::Codes(codes)) if codes.len() > 1 => Ok(codes.clone()),
            (Catalog::All, _) => {
                let all = division::all(&source.session).await?;
                Ok(all.into_iter().map(|division| division.code).collect())
            }
        }
    }
}

impl std::fmt::Display for Catalog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Catalog::One(code) => code.fmt(f),
            Catalog::All => f.write_str(Self::ALL),
        }
    }
}

/// Whether every division has rows of its own in this entity. The lists of divisions are the same in all of them.
pub fn is_spread(entity: &Entity) -> bool {
    entity.in_division && !lists_divisions(entity)
}

/// Whether this is the list that the driver keeps.
pub fn is_full_list(entity: &Entity) -> bool {
    division::ENTITIES.first() == Some(&(entity.schema, entity.name))
}

pub fn lists_divisions(entity: &Entity) -> bool {
    division::ENTITIES.contains(&(entity.schema, entity.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use exact_client::model::model;

    #[test]
    fn catalogs_have_names() {
        for (name, catalog) in [
            ("5512", Some(Catalog::One(5512))),
            ("all", Some(Catalog::All)),
            ("ALL", Some(Catalog::All)),
            ("0", None),
            ("-1", None),
            ("crm", None),
            ("", None),
        ] {
            assert_eq!(Catalog::named(name), catalog, "{name}");
        }
        assert_eq!(Catalog::All.to_string(), "ALL");
        assert_eq!(Catalog::One(5512).to_string(), "5512");
    }

    #[test]
    fn lists_of_divisions_are_read_once() {
        let spread = |schema: &str, name: &str| is_spread(model().find(Some(schema), name).unwrap());
        assert!(spread("crm", "Accounts"));
        assert!(!spread("system", "Divisions"));
        assert!(!spread("hrm", "Divisions"));
        assert!(!spread("current", "Me"));
    }
}
