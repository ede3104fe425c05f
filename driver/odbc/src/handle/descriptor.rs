//! Descriptors: application row and parameter descriptors (ARD, APD), the implementation parameter
//! descriptor (IPD) and the header of the implementation row descriptor (IRD).
//!
//! A binding is a descriptor record, not a copy of one. The records of an IRD are not stored here:
//! they are the columns of the statement.

use super::condition::{Failure, INCONSISTENT_DESCRIPTOR};
use super::diagnostics::Diagnostics;
use super::token::Token;
use crate::abi::memory::Pointer;
use crate::info::types::is_of_parameters;
use crate::spec::c_type::CType;
use crate::spec::desc::{self, Access};
use crate::spec::{param, sql_type};

/// What a descriptor is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Allocated by the application: becomes ARD or APD of the statements that it is set on.
    Explicit,
    ApplicationRow,
    ApplicationParameter,
    ImplementationRow,
    ImplementationParameter,
}

impl Role {
    /// Records hold C types.
    #[must_use]
    pub fn is_application(self) -> bool {
        !matches!(self, Role::ImplementationRow | Role::ImplementationParameter)
    }

    /// What an application may do with a field (ODBC: SQLSetDescField, "Initialization of Descriptor
    /// Fields").
    #[must_use]
    pub const fn access(self, field: i16) -> Access {
        use Access::{None as No, Read, Write};
        //                 ARD, APD  IRD   IPD
        let (application, row, parameter) = match field {
            desc::ALLOC_TYPE => (Read, Read, Read),
            desc::ARRAY_SIZE | desc::BIND_OFFSET_PTR | desc::BIND_TYPE => (Write, No, No),
            desc::ARRAY_STATUS_PTR => (Write, Write, Write),
            desc::ROWS_PROCESSED_PTR => (No, Write, Write),
            desc::COUNT
            | desc::CONCISE_TYPE
            | desc::TYPE
            | desc::DATETIME_INTERVAL_CODE
            | desc::DATETIME_INTERVAL_PRECISION
            | desc::LENGTH
            | desc::NUM_PREC_RADIX
            | desc::OCTET_LENGTH
            | desc::PRECISION
            | desc::SCALE => (Write, Read, Write),
            desc::DATA_PTR | desc::INDICATOR_PTR | desc::OCTET_LENGTH_PTR => (Write, No, No),
            desc::NAME | desc::UNNAMED => (No, Read, Write),
            desc::PARAMETER_TYPE => (No, No, Write),
            desc::CASE_SENSITIVE
            | desc::FIXED_PREC_SCALE
            | desc::LOCAL_TYPE_NAME
            | desc::NULLABLE
            | desc::ROWVER
            | desc::TYPE_NAME
            | desc::UNSIGNED => (No, Read, Read),
            desc::AUTO_UNIQUE_VALUE
            | desc::BASE_COLUMN_NAME
            | desc::BASE_TABLE_NAME
            | desc::CATALOG_NAME
            | desc::DISPLAY_SIZE
            | desc::LABEL
            | desc::LITERAL_PREFIX
            | desc::LITERAL_SUFFIX
            | desc::SCHEMA_NAME
            | desc::SEARCHABLE
            | desc::TABLE_NAME
            | desc::UPDATABLE
            | desc::MINIMUM_SCALE
            | desc::MAXIMUM_SCALE => (No, Read, No),
            _ => (No, No, No),
        };
        match self {
            Role::ImplementationRow => row,
            Role::ImplementationParameter => parameter,
            Role::Explicit | Role::ApplicationRow | Role::ApplicationParameter => application,
        }
    }
}

/// A descriptor.
#[derive(Debug)]
pub struct Descriptor {
    pub token: Token,
    pub role: Role,
    /// The statement of an automatically allocated descriptor.
    pub statement: Option<usize>,
    pub diagnostics: Diagnostics,
    pub header: Header,
    /// Record 0 is the bookmark column.
    pub records: Vec<Record>,
}

/// The header fields.
#[derive(Clone, Copy, Debug)]
pub struct Header {
    pub array_size: usize,
    pub array_status: Pointer,
    pub bind_offset: Pointer,
    /// 0: column-wise; else the bytes of a row.
    pub bind_type: usize,
    pub rows_processed: Pointer,
}

impl Default for Header {
    fn default() -> Self {
        Header {
            array_size: 1,
            array_status: Pointer::NULL,
            bind_offset: Pointer::NULL,
            bind_type: 0,
            rows_processed: Pointer::NULL,
        }
    }
}

/// A record: a column's or a parameter's binding (application) or type (implementation).
#[derive(Clone, Debug)]
pub struct Record {
    pub concise_type: i16,
    pub verbose_type: i16,
    pub datetime_interval_code: i16,
    pub datetime_interval_precision: i32,
    pub length: usize,
    pub octet_length: isize,
    pub precision: i16,
    pub scale: i16,
    /// SQL_DESC_NUM_PREC_RADIX where it was set; else that of the type.
    pub radix: Option<i32>,
    pub data: Pointer,
    pub indicator: Pointer,
    pub octet_length_pointer: Pointer,
    pub parameter_type: i16,
    pub nullable: i16,
    pub name: String,
}

impl Record {
    /// A record of an application descriptor as it begins: `SQL_C_DEFAULT`, nothing bound.
    #[must_use]
    pub fn new(role: Role) -> Record {
        let default = if role.is_application() { 99 } else { sql_type::UNKNOWN };
        Record {
            concise_type: default,
            verbose_type: default,
            datetime_interval_code: 0,
            datetime_interval_precision: 0,
            length: 0,
            octet_length: 0,
            precision: 0,
            scale: 0,
            radix: None,
            data: Pointer::NULL,
            indicator: Pointer::NULL,
            octet_length_pointer: Pointer::NULL,
            parameter_type: param::INPUT,
            nullable: 1,
            name: String::new(),
        }
    }

    /// Sets the concise type and what follows from it: the fields that depend on the type get their defaults (ODBC:
    /// SQLSetDescField, "SQL_DESC_TYPE").
    pub fn set_concise_type(&mut self, code: i16) {
        let (verbose, sub_code) = sql_type::verbose(code);
        self.concise_type = code;
        self.verbose_type = verbose;
        self.datetime_interval_code = sub_code;
        self.datetime_interval_precision = if verbose == sql_type::INTERVAL { 2 } else { 0 };
        (self.precision, self.scale) = match (verbose, sub_code) {
            (sql_type::DATETIME, sql_type::CODE_TIMESTAMP) => (6, 0),
            (sql_type::INTERVAL, 6 | 10 | 12 | 13) => (6, 0),
            _ => (0, 0),
        };
        if matches!(verbose, sql_type::CHAR | sql_type::VARCHAR) {
            self.length = 1;
        }
    }

    /// Something would be written or read for this record. A binding may be of the indicator alone.
    #[must_use]
    pub fn is_bound(&self) -> bool {
        !(self.data.is_null() && self.indicator.is_null() && self.octet_length_pointer.is_null())
    }

    /// The consistency check of ODBC (SQLSetDescRec): the types must be known and fit each other.
    pub fn check(&self, role: Role) -> Result<(), Failure> {
        let inconsistent = |what: &str| Err(INCONSISTENT_DESCRIPTOR.because(what));
        if role.is_application() && CType::of(self.concise_type).is_none() {
            return inconsistent("the type is not a C type");
        }
        if role == Role::ImplementationParameter && !is_of_parameters(self.concise_type) {
            return inconsistent("the type is not a SQL type");
        }
        if sql_type::verbose(self.concise_type) != (self.verbose_type, self.datetime_interval_code) {
            return inconsistent("concise type, type and datetime sub-code do not belong together");
        }
        let exact = [sql_type::NUMERIC, sql_type::DECIMAL].contains(&self.verbose_type);
        if exact && (self.precision < 0 || self.precision > 38 || self.scale > self.precision.max(38)) {
            return inconsistent("precision and scale are not those of a number");
        }
        let of_time = [sql_type::DATETIME, sql_type::INTERVAL].contains(&self.verbose_type);
        if of_time && !(0..=9).contains(&self.precision) {
            return inconsistent("seconds have at most 9 digits");
        }
        if self.verbose_type == sql_type::INTERVAL && !(0..=9).contains(&self.datetime_interval_precision) {
            return inconsistent("the leading field of an interval has at most 9 digits");
        }
        Ok(())
    }
}

impl Descriptor {
    #[must_use]
    pub fn new(token: Token, role: Role, statement: Option<usize>) -> Descriptor {
        Descriptor {
            token,
            role,
            statement,
            diagnostics: Diagnostics::default(),
            header: Header::default(),
            records: vec![Record::new(role)],
        }
    }

    /// SQL_DESC_COUNT: the highest record.
    #[must_use]
    pub fn count(&self) -> usize {
        self.records.len().saturating_sub(1)
    }

    /// Makes `count` the highest record; more are unbound ones, fewer are dropped.
    pub fn set_count(&mut self, count: usize) {
        self.records.resize(count + 1, Record::new(self.role));
    }

    /// The record of a column or parameter, made if it is not there.
    pub fn record_mut(&mut self, number: usize) -> Option<&mut Record> {
        if number > self.count() {
            self.set_count(number);
        }
        self.records.get_mut(number)
    }

    #[must_use]
    pub fn record(&self, number: usize) -> Option<&Record> {
        self.records.get(number)
    }

    #[must_use]
    pub fn alloc_type(&self) -> i16 {
        if self.statement.is_some() { desc::ALLOC_AUTO } else { desc::ALLOC_USER }
    }

    /// The bytes that SQL_DESC_BIND_OFFSET_PTR adds to every address of a binding.
    #[must_use]
    pub fn offset(&self) -> isize {
        self.header.bind_offset.read::<isize>().unwrap_or(0)
    }
}

/// Where the values of a column or parameter stand in the application, row by row.
#[derive(Clone, Copy, Debug)]
pub struct Places {
    data: Pointer,
    octet_length: Pointer,
    indicator: Pointer,
    data_stride: isize,
    length_stride: isize,
}

impl Places {
    /// The places of a record whose C type is `c_type`, with the descriptor's offset and bind type.
    #[must_use]
    pub fn of(record: &Record, header: &Header, offset: isize, c_type: CType) -> Places {
        let element = if c_type.size() == 0 { record.octet_length.max(0) } else { c_type.size().cast_signed() };
        let row_wise = header.bind_type.cast_signed();
        let by_row = header.bind_type != 0;
        Places {
            data: record.data.at(offset),
            octet_length: record.octet_length_pointer.at(offset),
            indicator: record.indicator.at(offset),
            data_stride: if by_row { row_wise } else { element },
            length_stride: if by_row { row_wise } else { size_of::<isize>().cast_signed() },
        }
    }

    /// Length and indicator go to different places, as an application may ask of a descriptor.
    #[must_use]
    pub fn has_two_lengths(&self) -> bool {
        self.octet_length != self.indicator
    }

    #[must_use]
    pub fn data(&self, row: usize) -> Pointer {
        self.data.at(row.cast_signed().wrapping_mul(self.data_stride))
    }

    #[must_use]
    pub fn octet_length(&self, row: usize) -> Pointer {
        self.octet_length.at(row.cast_signed().wrapping_mul(self.length_stride))
    }

    #[must_use]
    pub fn indicator(&self, row: usize) -> Pointer {
        self.indicator.at(row.cast_signed().wrapping_mul(self.length_stride))
    }
}
