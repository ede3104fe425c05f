//! Appendix D as a test: values of every SQL type × every C type × buffer lengths, each held against what the
//! specification says of the pair.

use super::cell::Cell;
use super::pieces::Progress;
use super::{Effect, Target, write};
use crate::abi::memory::Pointer;
use crate::abi::text::Encoding;
use crate::handle::condition::{Condition, INVALID_CAST, OUT_OF_RANGE, RESTRICTED_TYPE};
use crate::spec::c_type::{CType, Interval};
use crate::spec::sql_type as sql;

const CANARY: u8 = 0xA5;

/// A value: its cell, the SQL type of its column, its text, how many characters of it must not be lost, and its bytes
/// as `SQL_C_BINARY`.
struct Case {
    cell: Cell<'static>,
    code: i16,
    text: &'static str,
    whole: usize,
    binary: Vec<u8>,
    number: Option<Exact>,
}

/// A number as a fraction: exactly what a decimal is.
#[derive(Clone, Copy)]
struct Exact {
    unscaled: i128,
    power: i128,
}

fn case(cell: Cell<'static>, code: i16, text: &'static str, whole: usize, binary: impl Into<Vec<u8>>) -> Case {
    Case { cell, code, text, whole, binary: binary.into(), number: None }
}

fn number(cell: Cell<'static>, code: i16, text: &'static str, binary: impl Into<Vec<u8>>, exact: (i128, i128)) -> Case {
    // Text that reads as a number is cut like any other text.
    let whole = if matches!(cell, Cell::Text(_)) { 0 } else { text.find('.').unwrap_or(text.len()) };
    let number = Some(Exact { unscaled: exact.0, power: exact.1 });
    Case { number, ..case(cell, code, text, whole, binary) }
}

fn numeric_struct(scale: u8, negative: bool, magnitude: u128) -> Vec<u8> {
    let mut bytes = vec![38, scale, u8::from(!negative)];
    bytes.extend(magnitude.to_le_bytes());
    bytes
}

fn shorts(parts: &[u16]) -> Vec<u8> {
    parts.iter().flat_map(|part| part.to_ne_bytes()).collect()
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_ne_bytes).collect()
}

const GUID: &str = "6f9619ff-8b86-d011-b42d-00c04fc964ff";

fn cases() -> Vec<Case> {
    let decimal = |unscaled, scale| Cell::Decimal { unscaled, scale };
    let moment = Cell::Timestamp { seconds: 3_661, nanos: 5_000_000, digits: 3 };
    let mut moment_bytes = shorts(&[1970, 1, 1, 1, 1, 1]);
    moment_bytes.extend(5_000_000_u32.to_ne_bytes());
    let mut midnight_bytes = shorts(&[1969, 12, 31, 0, 0, 0]);
    midnight_bytes.extend([0; 4]);
    let mut guid_bytes = 0x6f96_19ff_u32.to_ne_bytes().to_vec();
    guid_bytes.extend(shorts(&[0x8b86, 0xd011]));
    guid_bytes.extend([0xb4, 0x2d, 0, 0xc0, 0x4f, 0xc9, 0x64, 0xff]);
    vec![
        number(Cell::Bool(true), sql::BIT, "1", [1], (1, 1)),
        number(Cell::Bool(false), sql::BIT, "0", [0], (0, 1)),
        number(Cell::Int(200), sql::TINYINT, "200", [200], (200, 1)),
        number(Cell::Int(-7), sql::SMALLINT, "-7", (-7_i16).to_ne_bytes(), (-7, 1)),
        number(Cell::Int(1), sql::INTEGER, "1", 1_i32.to_ne_bytes(), (1, 1)),
        number(Cell::Int(-2_147_483_648), sql::INTEGER, "-2147483648", i32::MIN.to_ne_bytes(), (-2_147_483_648, 1)),
        number(Cell::Int(i64::MAX), sql::BIGINT, "9223372036854775807", i64::MAX.to_ne_bytes(), (i64::MAX.into(), 1)),
        number(Cell::Single(1.5), sql::REAL, "1.5", 1.5_f32.to_ne_bytes(), (15, 10)),
        number(Cell::Double(-0.25), sql::DOUBLE, "-0.25", (-0.25_f64).to_ne_bytes(), (-25, 100)),
        number(Cell::Double(123_456.75), sql::DOUBLE, "123456.75", 123_456.75_f64.to_ne_bytes(), (12_345_675, 100)),
        number(decimal(-12_345, 2), sql::DECIMAL, "-123.45", numeric_struct(2, true, 12_345), (-12_345, 100)),
        number(decimal(5, 1), sql::DECIMAL, "0.5", numeric_struct(1, false, 5), (5, 10)),
        number(decimal(12, 0), sql::NUMERIC, "12", numeric_struct(0, false, 12), (12, 1)),
        number(Cell::Text("42"), sql::CHAR, "42", *b"42", (42, 1)),
        number(Cell::Text("-1.50"), sql::WVARCHAR, "-1.50", utf16("-1.50"), (-150, 100)),
        case(Cell::Text(""), sql::VARCHAR, "", 0, []),
        case(Cell::Text("Größe 😀 漢"), sql::WLONGVARCHAR, "Größe 😀 漢", 0, utf16("Größe 😀 漢")),
        case(Cell::Text("Größe"), sql::LONGVARCHAR, "Größe", 0, "Größe".as_bytes()),
        case(Cell::Text(GUID), sql::GUID, GUID, 36, guid_bytes),
        case(Cell::Binary(&[0x00, 0xAB, 0x1F]), sql::VARBINARY, "00AB1F", 0, [0x00, 0xAB, 0x1F]),
        case(Cell::Binary(&[]), sql::LONGVARBINARY, "", 0, []),
        case(Cell::Date(-1), sql::TYPE_DATE, "1969-12-31", 10, shorts(&[1969, 12, 31])),
        case(Cell::Time(3_661_000_000_000), sql::TYPE_TIME, "01:01:01", 8, shorts(&[1, 1, 1])),
        case(moment, sql::TYPE_TIMESTAMP, "1970-01-01 01:01:01.005", 19, moment_bytes),
        case(
            Cell::Timestamp { seconds: -86_400, nanos: 0, digits: 3 },
            sql::TYPE_TIMESTAMP,
            "1969-12-31 00:00:00.000",
            19,
            midnight_bytes,
        ),
    ]
}

fn c_types() -> Vec<CType> {
    let codes = [1, -8, -7, -26, -28, -15, -17, -16, -18, -25, -27, 7, 8, 2, 91, 92, 93, -2, -11];
    let intervals = (101..=113).map(|code| CType::of(code).unwrap());
    codes.into_iter().map(|code| CType::of(code).unwrap()).chain([CType::WChar32]).chain(intervals).collect()
}

/// Which conversions the specification allows at all (appendix D, "Converting Data from SQL to C Data Types").
fn is_allowed(code: i16, c_type: CType) -> bool {
    let text = matches!(c_type, CType::Char | CType::WChar | CType::WChar32 | CType::Binary);
    let guid = c_type == CType::Guid;
    let moment = matches!(c_type, CType::Date | CType::Time | CType::Timestamp);
    let interval = matches!(c_type, CType::Interval(_));
    let single = matches!(c_type, CType::Interval(Interval(1..=6)));
    text || match code {
        sql::CHAR | sql::VARCHAR | sql::LONGVARCHAR | sql::WCHAR | sql::WVARCHAR | sql::WLONGVARCHAR => true,
        sql::BINARY | sql::VARBINARY | sql::LONGVARBINARY => false,
        sql::TYPE_DATE => matches!(c_type, CType::Date | CType::Timestamp),
        sql::TYPE_TIME => matches!(c_type, CType::Time | CType::Timestamp),
        sql::TYPE_TIMESTAMP => moment,
        sql::GUID => guid,
        sql::BIT | sql::REAL | sql::FLOAT | sql::DOUBLE => !(guid || moment || interval),
        _ => !(guid || moment) && (single || !interval),
    }
}

/// A target of `room` bytes, what it holds afterwards, and the length that was told.
fn convert(
    case: &Case,
    c_type: CType,
    room: usize,
    progress: &mut Progress,
) -> (Result<Effect, Condition>, Vec<u8>, isize) {
    let mut memory = vec![CANARY; room + 64];
    let mut length = [-77_isize];
    let told = Pointer::to(&mut length);
    let data = Pointer::to(&mut memory);
    let target = Target { c_type, sql_code: case.code, data, room, octet_length: told, indicator: told, numeric: None };
    let done = write(case.cell, &target, progress);
    let within = if c_type.size() == 0 { room } else { c_type.size() };
    assert!(memory[within..].iter().all(|byte| *byte == CANARY), "a byte beyond the room: {c_type:?}");
    memory.truncate(within);
    (done, memory, length[0])
}

fn encoded(text: &str, encoding: Encoding) -> Vec<u8> {
    match encoding {
        Encoding::Utf8 => text.as_bytes().to_vec(),
        Encoding::Utf16 => utf16(text),
        Encoding::Utf32 => text.chars().flat_map(|character| u32::from(character).to_ne_bytes()).collect(),
    }
}

/// 0, 1, exact−1, exact, exact+1 and odd lengths.
fn rooms(exact: usize, unit: usize) -> Vec<usize> {
    let mut rooms = vec![0, 1, unit, 2 * unit, 3 * unit, 3, 5, 7, exact / 2, 300];
    rooms.extend([
        exact.saturating_sub(unit),
        exact.saturating_sub(1),
        exact,
        exact + 1,
        exact + unit,
        exact + unit + 1,
    ]);
    rooms
}

#[test]
fn what_is_not_allowed_is_07006_and_what_is_allowed_is_not() {
    for case in cases() {
        for c_type in c_types() {
            let (done, ..) = convert(&case, c_type, 300, &mut Progress::default());
            let refused = done == Err(RESTRICTED_TYPE);
            assert_eq!(refused, !is_allowed(case.code, c_type), "{:?} ({}) as {c_type:?}", case.cell, case.code);
        }
    }
}

#[test]
fn text_of_every_type_in_buffers_of_every_length() {
    for case in cases() {
        for c_type in [CType::Char, CType::WChar, CType::WChar32] {
            let (encoding, unit) = (c_type.encoding(), c_type.encoding().unit());
            let whole = encoded(case.text, encoding);
            for room in rooms(whole.len() + unit, unit) {
                let context = format!("{:?} as {c_type:?} in {room}", case.cell);
                let (done, memory, length) = convert(&case, c_type, room, &mut Progress::default());
                let capacity = (room / unit).checked_sub(1);
                let expected = match capacity {
                    Some(capacity) if capacity < case.whole => Err(OUT_OF_RANGE),
                    Some(capacity) if capacity * unit >= whole.len() => Ok(Effect::Whole),
                    _ => Ok(Effect::Cut),
                };
                assert_eq!(done, expected, "{context}");
                if done.is_err() {
                    continue;
                }
                assert_eq!(length, whole.len() as isize, "the indicator is the total: {context}");
                if let Some(capacity) = capacity {
                    let given = memory.chunks(unit).position(|unit| unit.iter().all(|byte| *byte == 0)).unwrap() * unit;
                    assert_eq!(memory[..given], whole[..given], "{context}");
                    assert!(given <= capacity * unit, "{context}");
                } else {
                    assert!(memory.iter().all(|byte| *byte == CANARY), "a probe writes nothing: {context}");
                }
                assert_eq!(pieces(&case, c_type, room.max(unit * 2)), whole, "the pieces are the whole: {context}");
            }
        }
    }
}

/// All pieces of a value. A number or moment is not given at all where its whole part does not fit.
fn pieces(case: &Case, c_type: CType, room: usize) -> Vec<u8> {
    let unit = if c_type == CType::Binary { 1 } else { c_type.encoding().unit() };
    // Half of a byte as two digits, or of a character of four bytes, would not move.
    let least = match (c_type, &case.cell) {
        (CType::Binary, _) => 1,
        (_, Cell::Binary(_)) => 3 * unit,
        _ => 5.max(case.whole + 1) * unit,
    };
    let room = room.max(least);
    let mut progress = Progress::default();
    let mut whole = Vec::new();
    while !progress.finished {
        let (done, memory, length) = convert(case, c_type, room, &mut progress);
        done.unwrap();
        let end = match c_type {
            CType::Binary => room.min(length.unsigned_abs()),
            _ => memory.chunks(unit).position(|unit| unit.iter().all(|byte| *byte == 0)).unwrap() * unit,
        };
        whole.extend_from_slice(&memory[..end]);
    }
    whole
}

#[test]
fn bytes_of_every_type_in_buffers_of_every_length() {
    for case in cases() {
        let in_pieces = matches!(case.cell, Cell::Binary(_) | Cell::Text(_)) && case.code != sql::GUID;
        for room in rooms(case.binary.len(), 1) {
            let context = format!("{:?} in {room}", case.cell);
            let (done, memory, length) = convert(&case, CType::Binary, room, &mut Progress::default());
            let fits = room >= case.binary.len();
            match done {
                Ok(Effect::Whole) => assert!(fits, "{context}"),
                Ok(Effect::Cut) => assert!(in_pieces && !fits, "{context}"),
                Err(condition) => assert!(condition == OUT_OF_RANGE && !in_pieces && !fits, "{context}"),
                Ok(Effect::FractionCut) => panic!("{context}"),
            }
            if done.is_ok() {
                assert_eq!(length, case.binary.len() as isize, "{context}");
                let given = room.min(case.binary.len());
                assert_eq!(memory[..given], case.binary[..given], "{context}");
            }
        }
        if in_pieces {
            for room in [1, 2, 3, 7] {
                assert_eq!(pieces(&case, CType::Binary, room), case.binary, "{room}");
            }
        }
    }
}

/// The numeric C types with the least and the greatest value that they hold.
fn whole_types() -> [(CType, i128, i128); 8] {
    [
        (CType::Tiny, i8::MIN.into(), i8::MAX.into()),
        (CType::UTiny, 0, u8::MAX.into()),
        (CType::Short, i16::MIN.into(), i16::MAX.into()),
        (CType::UShort, 0, u16::MAX.into()),
        (CType::Long, i32::MIN.into(), i32::MAX.into()),
        (CType::ULong, 0, u32::MAX.into()),
        (CType::Big, i64::MIN.into(), i64::MAX.into()),
        (CType::UBig, 0, u64::MAX.into()),
    ]
}

#[test]
fn numbers_of_every_type_as_whole_numbers() {
    for case in cases() {
        let Some(Exact { unscaled, power }) = case.number else { continue };
        let (whole, fraction) = (unscaled / power, unscaled % power);
        for (c_type, least, greatest) in whole_types() {
            let (done, memory, length) = convert(&case, c_type, 0, &mut Progress::default());
            let expected = match (least..=greatest).contains(&whole) {
                false => Err(OUT_OF_RANGE),
                true if fraction != 0 => Ok(Effect::FractionCut),
                true => Ok(Effect::Whole),
            };
            assert_eq!(done, expected, "{:?} as {c_type:?}", case.cell);
            if done.is_ok() {
                let size = c_type.size();
                assert_eq!((length, &memory[..]), (size as isize, &whole.to_le_bytes()[..size]), "{:?}", case.cell);
            }
        }
    }
}

#[test]
fn numbers_of_every_type_as_bits_reals_and_structures() {
    for case in cases() {
        let Some(Exact { unscaled, power }) = case.number else { continue };
        let real = unscaled as f64 / power as f64;
        let (done, memory, _) = convert(&case, CType::Double, 0, &mut Progress::default());
        assert_eq!((done, &memory[..]), (Ok(Effect::Whole), &real.to_ne_bytes()[..]), "{:?}", case.cell);
        let (done, memory, _) = convert(&case, CType::Float, 0, &mut Progress::default());
        assert_eq!((done, &memory[..]), (Ok(Effect::Whole), &(real as f32).to_ne_bytes()[..]), "{:?}", case.cell);

        let (done, memory, _) = convert(&case, CType::Bit, 0, &mut Progress::default());
        match real {
            0.0 | 1.0 => assert_eq!((done, memory[0]), (Ok(Effect::Whole), real as u8)),
            0.0..2.0 => assert_eq!((done, memory[0]), (Ok(Effect::FractionCut), real as u8)),
            _ => assert_eq!(done, Err(OUT_OF_RANGE), "{:?}", case.cell),
        }

        let (done, memory, length) = convert(&case, CType::Numeric, 0, &mut Progress::default());
        assert_eq!((done, length), (Ok(Effect::Whole), 19), "{:?}", case.cell);
        let magnitude = u128::from_le_bytes(memory[3..19].try_into().unwrap());
        let sign = if memory[2] == 1 { 1.0 } else { -1.0 };
        assert_eq!(sign * magnitude as f64 / 10_f64.powi(memory[1].into()), real, "{:?}", case.cell);
    }
}

#[test]
fn numbers_and_text_as_intervals() {
    let interval = |code: i16| CType::of(code).unwrap();
    for case in cases().iter().filter(|case| case.number.is_some() && is_allowed(case.code, interval(103))) {
        let Some(Exact { unscaled, power }) = case.number else { continue };
        let (done, memory, length) = convert(case, interval(103), 0, &mut Progress::default());
        let days = unscaled / power;
        match &case.cell {
            Cell::Text(text) if text.contains('.') => assert_eq!(done, Err(INVALID_CAST)),
            _ if days.unsigned_abs() >= 100 => assert_eq!(done.unwrap_err().state, "22015"),
            _ => {
                let expected = if unscaled % power == 0 { Effect::Whole } else { Effect::FractionCut };
                assert_eq!((done, length), (Ok(expected), 28), "{:?}", case.cell);
                let day = u32::from_ne_bytes(memory[8..12].try_into().unwrap());
                assert_eq!(
                    (memory[4], u128::from(day)),
                    (u8::from(unscaled < 0), days.unsigned_abs()),
                    "{:?}",
                    case.cell
                );
            }
        }
    }
    let text = case(Cell::Text("-3 04:05:06.5"), sql::VARCHAR, "", 0, []);
    let (done, memory, _) = convert(&text, interval(110), 0, &mut Progress::default());
    assert_eq!(done, Ok(Effect::Whole));
    let words: Vec<u32> = memory.chunks(4).map(|word| u32::from_ne_bytes(word.try_into().unwrap())).collect();
    assert_eq!(words, [10, 1, 3, 4, 5, 6, 500_000]);
}

#[test]
fn moments_and_text_as_the_structures_of_moments() {
    let day = shorts(&[1970, 1, 1]);
    let clock = shorts(&[1, 1, 1]);
    let text = |text: &'static str| case(Cell::Text(text), sql::WVARCHAR, "", 0, []);
    let moment = |nanos| case(Cell::Timestamp { seconds: 3_661, nanos, digits: 3 }, sql::TYPE_TIMESTAMP, "", 0, []);
    type Expected<'a> = (Case, CType, Result<Effect, &'a str>, &'a [u8]);
    let cases: [Expected<'_>; 12] = [
        (moment(0), CType::Date, Ok(Effect::FractionCut), &day),
        (moment(0), CType::Time, Ok(Effect::Whole), &clock),
        (moment(5), CType::Time, Ok(Effect::FractionCut), &clock),
        (text("1970-01-01"), CType::Date, Ok(Effect::Whole), &day),
        (text("1970-01-01 00:00:00"), CType::Date, Ok(Effect::Whole), &day),
        (text("1970-01-01 01:01:01"), CType::Date, Ok(Effect::FractionCut), &day),
        (text("1970-01-01 01:01:01.0"), CType::Time, Ok(Effect::Whole), &clock),
        (text("01:01:01.5"), CType::Time, Ok(Effect::FractionCut), &clock),
        (text("1970-02-30"), CType::Date, Err("22007"), &[]),
        (text("1 January"), CType::Date, Err("22018"), &[]),
        (text("x"), CType::Guid, Err("22018"), &[]),
        (text("x"), CType::Double, Err("22018"), &[]),
    ];
    for (case, c_type, expected, bytes) in cases {
        let (done, memory, length) = convert(&case, c_type, 0, &mut Progress::default());
        assert_eq!(done.map_err(|condition| condition.state), expected, "{:?} as {c_type:?}", case.cell);
        if done.is_ok() {
            assert_eq!((&memory[..], length), (bytes, bytes.len() as isize), "{:?}", case.cell);
        }
    }
}
