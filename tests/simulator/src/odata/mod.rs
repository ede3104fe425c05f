//! The dialect of the service: OData 2 as WCF Data Services speaks it, with Exact's own restrictions (fact sheet 3).

pub mod address;
pub mod filter;
pub mod literal;
pub mod options;
pub mod predicate;
