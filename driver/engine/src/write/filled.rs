//! Columns that the catalog calls mandatory and that the service fills in itself in some cases. The catalog has a flag, no
//! cases, so that they stand here; whatever else it calls mandatory is asked for before anything is sent.

use exact_client::model::Entity;

/// Table, column, and the column from whose row it is filled.
const FROM: [(&str, &str, &str); 1] = [
    // The revenue account of the item.
    ("SalesInvoiceLines", "GLAccount", "Item"),
];

/// Tables of batch and serial numbers, and their columns that come from the line in which they are given.
const OF_LINE: [(&str, [&str; 3]); 2] = [
    ("StockBatchNumbers", ["DraftStockTransactionID", "StockTransactionType", "Warehouse"]),
    ("StockSerialNumbers", ["DraftStockTransactionID", "StockTransactionType", "Warehouse"]),
];

/// The column from which the service fills `column`, if it does.
pub fn filled_from(entity: &Entity, column: &str) -> Option<&'static str> {
    FROM.iter().find(|(table, own, _)| *table == entity.name && *own == column).map(|(_, _, source)| *source)
}

/// Whether the service takes `column` from the line in which the row is given.
pub fn is_of_line(entity: &Entity, column: &str) -> bool {
    OF_LINE.iter().any(|(table, columns)| *table == entity.name && columns.contains(&column))
}
