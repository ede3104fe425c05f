//! The rhythm of the company: one cycle of business events, repeated as often as the scale asks.
//!
//! Every cycle has the same entries with the same numbers of lines, so that the row behind any index is found by a
//! division and a look-up in one small table. That is what keeps ten million lines free of start-up time and memory.

use std::sync::LazyLock;

/// What an entry in the ledger records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Sale,
    Purchase,
    Receipt,
    Payment,
    Memorial,
}

const KINDS: [(Kind, u32); 5] =
    [(Kind::Sale, 200), (Kind::Purchase, 80), (Kind::Receipt, 170), (Kind::Payment, 60), (Kind::Memorial, 10)];
/// Ledger lines of one cycle: a hundred cycles are the 200,000 lines of scale 1.
pub const LINES_PER_CYCLE: u64 = 2_000;
/// One invoice of each cycle has more lines than a page of an expanded collection holds (fact sheet 3.5).
const LONG_INVOICE: u32 = 7;
const LONG_INVOICE_LINES: u32 = 130;

/// One entry of the cycle.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub kind: Kind,
    /// The how-manieth of its kind in the cycle.
    pub nth: u32,
    /// The lines of the document behind it (invoice lines); the ledger may add a header and a VAT line.
    pub lines: u32,
    /// The place of its first ledger line in the cycle.
    pub first: u32,
    /// The place of its first document line among those of its kind in the cycle.
    pub document_first: u32,
}

/// A line: the place of its entry in `entries`, and its number within the entry.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    pub entry: u32,
    pub number: u32,
}

/// The layout of a cycle.
pub struct Cycle {
    /// In the order of time.
    pub entries: Vec<Entry>,
    /// The ledger's lines, header and VAT lines included.
    pub lines: Vec<Line>,
    /// Per kind: the entries of that kind, by `nth`.
    pub by_kind: [Vec<u32>; 5],
    /// Per kind: the documents' lines, in order; `number` counts from 1.
    pub documents: [Vec<Line>; 5],
    /// Sales invoices that stay open, and those that a receipt settles; likewise for purchases.
    pub open_sales: Vec<u32>,
    pub settled_sales: Vec<u32>,
    pub open_purchases: Vec<u32>,
    pub settled_purchases: Vec<u32>,
}

static CYCLE: LazyLock<Cycle> = LazyLock::new(Cycle::lay_out);

impl Cycle {
    pub fn get() -> &'static Cycle {
        &CYCLE
    }

    fn lay_out() -> Cycle {
        let (settled_sales, open_sales) = (0..200).partition(|nth| !matches!(nth % 20, 3 | 11 | 17));
        let (settled_purchases, open_purchases) = (0..80).partition(|nth| nth % 4 != 1);
        let mut cycle = Cycle {
            entries: Vec::new(),
            lines: Vec::new(),
            by_kind: Default::default(),
            documents: Default::default(),
            open_sales,
            settled_sales,
            open_purchases,
            settled_purchases,
        };
        for (_, kind, nth) in cycle.moments() {
            cycle.push(kind, nth);
        }
        cycle
    }

    /// When things happen, as thousandths of the cycle: a receipt follows the invoice which it pays.
    fn moments(&self) -> Vec<(u32, Kind, u32)> {
        let settles = |list: &[u32], nth: u32| list.get(nth as usize).copied().unwrap_or(nth);
        let mut moments = Vec::new();
        for (kind, count) in KINDS {
            for nth in 0..count {
                let at = match kind {
                    Kind::Receipt => settles(&self.settled_sales, nth) * 1000 / 200 + 40,
                    Kind::Payment => settles(&self.settled_purchases, nth) * 1000 / 80 + 60,
                    _ => nth * 1000 / count,
                };
                moments.push((at, kind, nth));
            }
        }
        moments.sort_by_key(|(at, kind, nth)| (*at, *kind as u8, *nth));
        moments
    }

    fn push(&mut self, kind: Kind, nth: u32) {
        let lines = document_lines(kind, nth);
        let entry = self.entries.len() as u32;
        let document_first = self.document_count(kind) as u32;
        self.entries.push(Entry { kind, nth, lines, first: self.lines.len() as u32, document_first });
        let numbers = match kind {
            // Line 0 is the receivable or payable, the last line the VAT.
            Kind::Sale | Kind::Purchase => 0..lines + 2,
            Kind::Receipt | Kind::Payment => 0..2,
            Kind::Memorial => 1..lines + 1,
        };
        self.lines.extend(numbers.map(|number| Line { entry, number }));
        if let (Some(list), Some(documents)) =
            (self.by_kind.get_mut(kind as usize), self.documents.get_mut(kind as usize))
        {
            list.push(entry);
            documents.extend((1..=lines).map(|number| Line { entry, number }));
        }
    }

    /// Documents of a kind per cycle.
    pub fn count(&self, kind: Kind) -> u64 {
        self.by_kind.get(kind as usize).map_or(0, |list| list.len() as u64)
    }

    /// Document lines of a kind per cycle.
    pub fn document_count(&self, kind: Kind) -> u64 {
        self.documents.get(kind as usize).map_or(0, |list| list.len() as u64)
    }
}

/// Lines of a document. The memorials take what brings the ledger to exactly `LINES_PER_CYCLE`.
fn document_lines(kind: Kind, nth: u32) -> u32 {
    match kind {
        Kind::Sale if nth == LONG_INVOICE => LONG_INVOICE_LINES,
        Kind::Sale => 1 + nth * 7 % 4,
        Kind::Purchase => 2,
        Kind::Receipt | Kind::Payment => 1,
        Kind::Memorial => {
            let sales: u32 = (0..200).map(|n| document_lines(Kind::Sale, n) + 2).sum();
            let rest = LINES_PER_CYCLE as u32 - sales - 80 * 4 - 230 * 2;
            // Debit and credit come in pairs.
            let each = rest / 20 * 2;
            if nth == 9 { rest - 9 * each } else { each }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cycle_has_exactly_its_lines_and_pays_nothing_before_it_is_invoiced() {
        let cycle = Cycle::get();
        assert_eq!(cycle.lines.len() as u64, LINES_PER_CYCLE);
        assert_eq!(cycle.settled_sales.len(), 170);
        assert_eq!(cycle.settled_purchases.len(), 60);
        let place = |kind: Kind, nth: u32| {
            cycle.entries.iter().position(|entry| entry.kind == kind && entry.nth == nth).unwrap()
        };
        for (receipt, sale) in cycle.settled_sales.iter().enumerate() {
            assert!(place(Kind::Sale, *sale) < place(Kind::Receipt, receipt as u32));
        }
        let memorial = |nth| document_lines(Kind::Memorial, nth);
        assert!((0..10).all(|nth| memorial(nth) >= 2 && memorial(nth) % 2 == 0), "{:?}", memorial(9));
    }
}
