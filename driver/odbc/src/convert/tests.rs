//! Values × C types × buffer lengths, with the invariants of every conversion: never a byte beyond the
//! room, the indicator is the length that remains, the pieces are the whole, 01004 exactly when cut.

use proptest::prelude::*;

use super::*;
use crate::abi::structs::{Date, Guid, Numeric, Time, Timestamp};
use crate::abi::text::decode_utf16;
use crate::handle::condition::{INVALID_CAST, OUT_OF_RANGE};

const CANARY: u8 = 0xA5;

/// A target over memory with a canary behind the room.
struct Place {
    memory: Vec<u8>,
    length: [isize; 1],
    room: usize,
}

impl Place {
    fn new(room: usize) -> Place {
        Place { memory: vec![CANARY; room.max(32) + 16], length: [-77], room }
    }

    fn write(
        &mut self,
        cell: Cell<'_>,
        c_type: CType,
        sql_code: i16,
        progress: &mut Progress,
    ) -> Result<Effect, Condition> {
        let length = Pointer::to(&mut self.length);
        let target = Target {
            c_type,
            sql_code,
            data: Pointer::to(&mut self.memory),
            room: self.room,
            octet_length: length,
            indicator: length,
            numeric: None,
        };
        let done = write(cell, &target, progress);
        if c_type.size() == 0 {
            assert!(self.memory[self.room..].iter().all(|byte| *byte == CANARY), "a byte beyond the room");
        }
        done
    }
}

fn once(cell: Cell<'_>, c_type: CType, sql_code: i16) -> (Result<Effect, Condition>, Vec<u8>, isize) {
    let mut place = Place::new(300);
    let done = place.write(cell, c_type, sql_code, &mut Progress::default());
    (done, place.memory, place.length[0])
}

/// All of a text, read in pieces of `room` bytes.
fn in_pieces(cell: Cell<'_>, c_type: CType, sql_code: i16, room: usize) -> String {
    let unit = if c_type == CType::WChar { 2 } else { 1 };
    let mut progress = Progress::default();
    let mut whole = Vec::new();
    loop {
        let mut place = Place::new(room);
        let done = place.write(cell, c_type, sql_code, &mut progress).unwrap();
        let remaining = place.length[0].unsigned_abs();
        let end = place.memory.chunks(unit).position(|unit| unit.iter().all(|byte| *byte == 0)).unwrap() * unit;
        let cut = remaining + unit > room;
        assert_eq!(done == Effect::Cut, cut, "01004 exactly when cut: {remaining} in {room}");
        assert_eq!(progress.finished, !cut);
        assert!(end > 0 || remaining == 0, "a piece brings something");
        whole.extend_from_slice(&place.memory[..end]);
        assert_eq!(remaining == end, !cut, "the indicator is what remains");
        if !cut {
            break;
        }
    }
    if c_type == CType::WChar { decode_utf16(&whole) } else { String::from_utf8(whole).unwrap() }
}

const TEXTS: [&str; 8] =
    ["", "a", "Jansen & Zn.", "é", "a😀b", "😀", "ÀÉÎ Õü 漢字 x", "0123456789abcdef0123456789abcdef"];

#[test]
fn text_comes_whole_in_pieces_of_every_size() {
    for text in TEXTS {
        for room in 2..text.len() + 3 {
            assert_eq!(in_pieces(Cell::Text(text), CType::Char, sql_type::WVARCHAR, room), text);
        }
        for room in (4..text.len() * 2 + 5).chain([7, 9]) {
            assert_eq!(in_pieces(Cell::Text(text), CType::WChar, sql_type::WVARCHAR, room), text, "{room}");
        }
    }
}

/// Every piece is asked of another copy of the text, in which the bytes given so far have become other characters, of more
/// units. Had a call decoded or counted any of them again, its place or its length would be wrong.
#[test]
fn what_was_given_is_not_looked_at_again() {
    let text = "Größe 😀, 漢字 and plain text; ".repeat(200);
    for (c_type, unit) in [(CType::Char, 1), (CType::WChar, 2)] {
        let total = if unit == 1 { text.len() } else { text.encode_utf16().count() * 2 };
        let (mut progress, mut copy, mut whole, mut calls) = (Progress::default(), text.clone(), Vec::new(), 0);
        loop {
            let mut place = Place::new(128);
            let done = place.write(Cell::Text(&copy), c_type, sql_type::WVARCHAR, &mut progress).unwrap();
            let remaining = place.length[0].unsigned_abs();
            assert_eq!(remaining, total - whole.len(), "after {calls} calls");
            whole.extend_from_slice(&place.memory[..remaining.min(128 - unit)]);
            calls += 1;
            if done == Effect::Whole {
                break;
            }
            let given = whole.len();
            let bytes = if unit == 1 {
                given
            } else {
                decode_utf16(&whole[..given / 2 * 2]).trim_end_matches('\u{FFFD}').len()
            };
            // A narrow piece may end within a character, whose other half still has to be one.
            let boundary = text.floor_char_boundary(bytes);
            copy.replace_range(..boundary, &"x".repeat(boundary));
        }
        assert_eq!(calls, total.div_ceil(128 - unit));
        let found = if unit == 1 { String::from_utf8(whole).unwrap() } else { decode_utf16(&whole) };
        assert_eq!(found, text);
    }
}

proptest! {
    #[test]
    fn any_text_comes_whole(text in "[^\0]{0,40}", room in 4_usize..64) {
        prop_assert_eq!(in_pieces(Cell::Text(&text), CType::WChar, sql_type::WVARCHAR, room), text.clone());
        prop_assert_eq!(in_pieces(Cell::Text(&text), CType::Char, sql_type::WVARCHAR, room), text);
    }
}

#[test]
fn a_buffer_without_room_is_a_probe_that_consumes_nothing() {
    for (c_type, room, length) in [(CType::Char, 0, 6), (CType::WChar, 0, 8), (CType::WChar, 1, 8)] {
        let mut progress = Progress::default();
        for _ in 0..2 {
            let mut place = Place::new(room);
            let done = place.write(Cell::Text("a😀b"), c_type, sql_type::WVARCHAR, &mut progress);
            assert_eq!((done, place.length[0]), (Ok(Effect::Cut), length));
            assert!(place.memory.iter().all(|byte| *byte == CANARY));
        }
        let mut place = Place::new(100);
        assert_eq!(place.write(Cell::Text("a😀b"), c_type, sql_type::WVARCHAR, &mut progress), Ok(Effect::Whole));
    }
}

#[test]
fn binary_data_comes_in_pieces_and_as_hexadecimal_text() {
    let bytes = [0x00, 0x1F, 0xAB, 0xFF, 0x42];
    for room in 1..8 {
        let mut progress = Progress::default();
        let mut whole = Vec::new();
        while !progress.finished {
            let mut place = Place::new(room);
            let done = place.write(Cell::Binary(&bytes), CType::Binary, sql_type::LONGVARBINARY, &mut progress);
            let remaining = place.length[0].unsigned_abs();
            assert_eq!(done, Ok(if remaining > room { Effect::Cut } else { Effect::Whole }));
            whole.extend_from_slice(&place.memory[..remaining.min(room)]);
        }
        assert_eq!(whole, bytes);
    }
    for room in [3, 4, 5, 11, 12] {
        assert_eq!(in_pieces_of_hex(&bytes, CType::Char, room), "001FABFF42");
        assert_eq!(in_pieces_of_hex(&bytes, CType::WChar, room * 2), "001FABFF42");
    }
}

fn in_pieces_of_hex(bytes: &[u8], c_type: CType, room: usize) -> String {
    let unit = if c_type == CType::WChar { 2 } else { 1 };
    let mut progress = Progress::default();
    let mut whole = String::new();
    while !progress.finished {
        let mut place = Place::new(room);
        place.write(Cell::Binary(bytes), c_type, sql_type::LONGVARBINARY, &mut progress).unwrap();
        whole.extend(place.memory.chunks(unit).map(|unit| char::from(unit[0])).take_while(|digit| *digit != '\0'));
    }
    whole
}

#[test]
fn numbers_as_text_may_lose_their_fraction_only() {
    let price = Cell::Decimal { unscaled: 123_456, scale: 2 };
    let cases = [
        (8, Ok(Effect::Whole), "1234.56"),
        (7, Ok(Effect::Cut), "1234.5"),
        (6, Ok(Effect::Cut), "1234."),
        (5, Ok(Effect::Cut), "1234"),
        (4, Err(OUT_OF_RANGE), ""),
        (1, Err(OUT_OF_RANGE), ""),
        (0, Ok(Effect::Cut), ""),
    ];
    for (room, expected, text) in cases {
        for (c_type, unit) in [(CType::Char, 1), (CType::WChar, 2)] {
            let mut place = Place::new(room * unit);
            let done = place.write(price, c_type, sql_type::DECIMAL, &mut Progress::default());
            assert_eq!(done, expected, "{room}");
            if !text.is_empty() {
                let written: String =
                    place.memory.chunks(unit).map(|unit| char::from(unit[0])).take(text.len()).collect();
                assert_eq!(written, text);
                assert_eq!(place.length[0], 7 * unit as isize);
            }
        }
    }
    let moment = Cell::Timestamp { seconds: 0, nanos: 5_000_000, digits: 3 };
    for (room, expected) in [(24, Ok(Effect::Whole)), (20, Ok(Effect::Cut)), (19, Err(OUT_OF_RANGE))] {
        let done = Place::new(room).write(moment, CType::Char, sql_type::TYPE_TIMESTAMP, &mut Progress::default());
        assert_eq!(done, expected, "{room}");
    }
}

/// A value, the C type asked for, what comes of it, and the bytes written.
type Case<'a> = (Cell<'a>, CType, Result<Effect, Condition>, &'a [u8]);

#[test]
fn numbers_become_the_c_types_or_say_why_not() {
    let whole = Ok(Effect::Whole);
    let cut = Ok(Effect::FractionCut);
    let out = Err(OUT_OF_RANGE);
    let decimal = |unscaled, scale| Cell::Decimal { unscaled, scale };
    let cases: [Case<'_>; 19] = [
        (Cell::Int(-5), CType::Long, whole, &(-5_i32).to_ne_bytes()),
        (Cell::Int(-5), CType::ULong, out, &[]),
        (Cell::Int(300), CType::UTiny, out, &[]),
        (Cell::Int(255), CType::UTiny, whole, &[255]),
        (Cell::Int(128), CType::Tiny, out, &[]),
        (Cell::Int(i64::MAX), CType::Big, whole, &i64::MAX.to_ne_bytes()),
        (Cell::Int(7), CType::Double, whole, &7_f64.to_ne_bytes()),
        (Cell::Double(1.5), CType::Short, cut, &1_i16.to_ne_bytes()),
        (Cell::Double(1e300), CType::Big, out, &[]),
        (Cell::Double(1e300), CType::Float, out, &[]),
        (Cell::Double(f64::NAN), CType::Long, out, &[]),
        (decimal(199, 2), CType::Long, cut, &1_i32.to_ne_bytes()),
        (decimal(-200, 2), CType::Long, whole, &(-2_i32).to_ne_bytes()),
        (decimal(10, 2), CType::Double, whole, &0.1_f64.to_ne_bytes()),
        (Cell::Bool(true), CType::Bit, whole, &[1]),
        (Cell::Double(0.5), CType::Bit, cut, &[0]),
        (Cell::Int(2), CType::Bit, out, &[]),
        (Cell::Text(" 42 "), CType::Long, whole, &42_i32.to_ne_bytes()),
        (Cell::Text("4x"), CType::Long, Err(INVALID_CAST), &[]),
    ];
    for (cell, c_type, expected, bytes) in cases {
        let (done, memory, length) = once(cell, c_type, sql_type::DECIMAL);
        assert_eq!(done, expected, "{cell:?} {c_type:?}");
        if done.is_ok() {
            assert_eq!(&memory[..bytes.len()], bytes, "{cell:?} {c_type:?}");
            assert_eq!(length, bytes.len() as isize);
            assert_eq!(memory[bytes.len()], CANARY);
        }
    }
}

fn structure<T: Plain>(memory: &mut [u8]) -> T {
    Pointer::to(memory).read().unwrap()
}

#[test]
fn structures_hold_what_the_value_is() {
    let (done, mut memory, length) =
        once(Cell::Decimal { unscaled: -12345, scale: 2 }, CType::Numeric, sql_type::DECIMAL);
    let numeric: Numeric = structure(&mut memory);
    assert_eq!((done, length), (Ok(Effect::Whole), 19));
    assert_eq!((numeric.scale, numeric.sign, u128::from_le_bytes(numeric.value)), (2, 0, 12345));

    let moment = Cell::Timestamp { seconds: -1, nanos: 500_000_000, digits: 3 };
    let (_, mut memory, _) = once(moment, CType::Timestamp, sql_type::TYPE_TIMESTAMP);
    let expected =
        Timestamp { year: 1969, month: 12, day: 31, hour: 23, minute: 59, second: 59, fraction: 500_000_000 };
    assert_eq!(structure::<Timestamp>(&mut memory), expected);

    let (done, mut memory, _) = once(moment, CType::Date, sql_type::TYPE_TIMESTAMP);
    assert_eq!((done, structure(&mut memory)), (Ok(Effect::FractionCut), Date { year: 1969, month: 12, day: 31 }));
    let (done, mut memory, _) = once(moment, CType::Time, sql_type::TYPE_TIMESTAMP);
    assert_eq!((done, structure(&mut memory)), (Ok(Effect::FractionCut), Time { hour: 23, minute: 59, second: 59 }));

    let text = Cell::Text("6f9619ff-8b86-d011-b42d-00c04fc964ff");
    let expected = Guid { d1: 0x6f96_19ff, d2: 0x8b86, d3: 0xd011, d4: [0xb4, 0x2d, 0, 0xc0, 0x4f, 0xc9, 0x64, 0xff] };
    for code in [sql_type::GUID, sql_type::CHAR] {
        let (done, mut memory, length) = once(text, CType::Guid, code);
        assert_eq!((done, structure(&mut memory), length), (Ok(Effect::Whole), expected, 16));
    }
}

#[test]
fn a_guid_as_text_is_never_cut() {
    let text = Cell::Text("6f9619ff-8b86-d011-b42d-00c04fc964ff");
    for (room, expected) in [(37, Ok(Effect::Whole)), (36, Err(OUT_OF_RANGE))] {
        let done = Place::new(room).write(text, CType::Char, sql_type::GUID, &mut Progress::default());
        assert_eq!(done, expected);
    }
}

#[test]
fn null_needs_an_indicator() {
    let (done, memory, length) = once(Cell::Null, CType::Long, sql_type::INTEGER);
    assert_eq!((done, length), (Ok(Effect::Whole), -1));
    assert!(memory.iter().all(|byte| *byte == CANARY));
    let target = Target {
        c_type: CType::Long,
        sql_code: sql_type::INTEGER,
        data: Pointer::NULL,
        room: 0,
        octet_length: Pointer::NULL,
        indicator: Pointer::NULL,
        numeric: None,
    };
    assert_eq!(write(Cell::Null, &target, &mut Progress::default()), Err(INDICATOR_REQUIRED));
    assert_eq!(write(Cell::Int(1), &target, &mut Progress::default()), Ok(Effect::Whole));
}

#[test]
fn every_value_has_a_text_and_a_default_c_type() {
    let cells = [
        (Cell::Bool(true), sql_type::BIT, "1"),
        (Cell::Int(-7), sql_type::INTEGER, "-7"),
        (Cell::Double(2.5), sql_type::DOUBLE, "2.5"),
        (Cell::Single(0.1), sql_type::REAL, "0.1"),
        (Cell::Decimal { unscaled: 5, scale: 1 }, sql_type::DECIMAL, "0.5"),
        (Cell::Text("x"), sql_type::WVARCHAR, "x"),
        (Cell::Binary(&[1]), sql_type::VARBINARY, "01"),
        (Cell::Date(0), sql_type::TYPE_DATE, "1970-01-01"),
        (Cell::Time(1_000_000_000), sql_type::TYPE_TIME, "00:00:01"),
        (Cell::Timestamp { seconds: 1, nanos: 0, digits: 3 }, sql_type::TYPE_TIMESTAMP, "1970-01-01 00:00:01.000"),
    ];
    for (cell, code, text) in cells {
        for c_type in [CType::Char, CType::WChar] {
            assert_eq!(in_pieces(cell, c_type, code, 64), text);
        }
        for c_type in [default_c_type(code), CType::Binary] {
            assert_eq!(once(cell, c_type, code).0, Ok(Effect::Whole), "{cell:?} {c_type:?}");
        }
    }
}
