//! The shape of a condition in OData.

use std::fmt;

/// A condition in OData; displayed as its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// No row meets it: nothing need be asked.
    Never,
    Term(String),
    All(Vec<Said>),
    Any(Vec<Said>),
}

impl Said {
    pub fn and(self, other: Said) -> Said {
        let mut parts = match self {
            Said::All(parts) => parts,
            one => vec![one],
        };
        match other {
            Said::All(more) => parts.extend(more),
            one => parts.push(one),
        }
        Said::All(parts)
    }

    pub fn or(self, other: Said) -> Said {
        let mut parts = match self {
            Said::Any(parts) => parts,
            one => vec![one],
        };
        match other {
            Said::Any(more) => parts.extend(more),
            one => parts.push(one),
        }
        Said::Any(parts)
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Said::Never => f.write_str("false"),
            Said::Term(text) => f.write_str(text),
            Said::All(parts) => joined(f, parts, " and "),
            Said::Any(parts) => {
                f.write_str("(")?;
                joined(f, parts, " or ")?;
                f.write_str(")")
            }
        }
    }
}

fn joined(f: &mut fmt::Formatter<'_>, parts: &[Said], word: &str) -> fmt::Result {
    for (place, part) in parts.iter().enumerate() {
        if place > 0 {
            f.write_str(word)?;
        }
        write!(f, "{part}")?;
    }
    Ok(())
}
