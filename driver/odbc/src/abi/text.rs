//! Text arguments: what the application passes, and what it wants written.

use std::cell::Cell;
use std::sync::OnceLock;

use super::memory::Pointer;
use crate::handle::condition::{Condition, Failure, INVALID_LENGTH};
use crate::spec::NTS;

/// How text is encoded in application memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    Utf8,
    /// In the machine's byte order, as the next one.
    #[default]
    Utf16,
    /// `SQLWCHAR` of iODBC is `wchar_t`, which has four bytes on Unix.
    Utf32,
}

impl Encoding {
    /// The wide encoding of the driver manager that this process had loaded when it was asked first; `None` where it has
    /// both, or neither. iODBC may be a part of the program, as in its own `iodbctest`.
    #[must_use]
    pub fn of_manager() -> Option<Encoding> {
        static FOUND: OnceLock<Option<Encoding>> = OnceLock::new();
        *FOUND.get_or_init(|| {
            let maps = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
            match (maps.contains("iodbc"), maps.contains("/libodbc.so")) {
                (true, false) => Some(Encoding::Utf32),
                (false, true) => Some(Encoding::Utf16),
                _ => None,
            }
        })
    }

    /// Bytes of one unit.
    #[must_use]
    pub fn unit(self) -> usize {
        match self {
            Encoding::Utf8 => 1,
            Encoding::Utf16 => 2,
            Encoding::Utf32 => 4,
        }
    }

    /// The units before the terminating zero.
    #[must_use]
    pub fn terminated_length(self, text: Pointer) -> usize {
        match self {
            Encoding::Utf8 => text.terminated_length::<u8>(),
            Encoding::Utf16 => text.terminated_length::<u16>(),
            Encoding::Utf32 => text.terminated_length::<u32>(),
        }
    }

    /// The text in these bytes; what is not a character becomes U+FFFD.
    #[must_use]
    pub fn decode(self, bytes: &[u8]) -> String {
        match self {
            Encoding::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
            Encoding::Utf16 => decode_utf16(bytes),
            Encoding::Utf32 => {
                let units = bytes.as_chunks::<4>().0.iter().map(|unit| u32::from_ne_bytes(*unit));
                units.map(|unit| char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
            }
        }
    }
}

/// By which name a function was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// UTF-8.
    Narrow,
    /// As wide as the driver manager's `SQLWCHAR`.
    Wide,
}

thread_local! {
    /// The wide encoding of the handle that this thread's call is about. The guard sets it, so that no argument
    /// needs to carry it.
    static WIDE: Cell<Encoding> = const { Cell::new(Encoding::Utf16) };
}

/// Makes `encoding` the wide one for the rest of this thread's call.
pub fn speak(encoding: Encoding) {
    WIDE.set(encoding);
}

impl Form {
    fn encoding(self) -> Encoding {
        match self {
            Form::Narrow => Encoding::Utf8,
            Form::Wide => WIDE.get(),
        }
    }
}

/// A text argument, decoded when it is asked for.
#[derive(Clone, Copy, Debug)]
pub struct TextIn {
    pointer: Pointer,
    /// [`NTS`], or units; bytes if `in_bytes`.
    length: i32,
    in_bytes: bool,
    form: Form,
}

impl TextIn {
    pub(super) fn narrow(pointer: *const u8, length: impl Into<i32>) -> TextIn {
        TextIn { pointer: Pointer::new(pointer), length: length.into(), in_bytes: false, form: Form::Narrow }
    }

    pub(super) fn wide(pointer: *const u16, length: impl Into<i32>) -> TextIn {
        TextIn { pointer: Pointer::new(pointer), length: length.into(), in_bytes: false, form: Form::Wide }
    }

    /// The text of an attribute whose length is counted in bytes.
    pub(super) fn of_bytes(pointer: Pointer, bytes: i32, form: Form) -> TextIn {
        TextIn { pointer, length: bytes, in_bytes: true, form }
    }

    #[must_use]
    pub fn is_null(self) -> bool {
        self.pointer.is_null()
    }

    /// The text; `None` for a null pointer. A negative length that is not `SQL_NTS` is HY090.
    pub fn read(self) -> Result<Option<String>, Failure> {
        if self.pointer.is_null() {
            return Ok(None);
        }
        let encoding = self.form.encoding();
        let bytes = match self.length {
            NTS => encoding.terminated_length(self.pointer) * encoding.unit(),
            negative if negative < 0 => return Err(INVALID_LENGTH.into()),
            length if self.in_bytes => length.unsigned_abs() as usize,
            length => length.unsigned_abs() as usize * encoding.unit(),
        };
        Ok(Some(self.pointer.with_bytes(bytes, |bytes| encoding.decode(bytes))))
    }

    /// The text, or `condition` for a null pointer.
    pub fn required(self, condition: Condition) -> Result<String, Failure> {
        self.read()?.ok_or_else(|| condition.into())
    }

    /// The encoding that the first characters of a connection string or data source name betray: the second half of
    /// a wide character of four bytes is zero, or the number of a plane. So is the end of a text of a single letter, which is
    /// told by `of_letter`. `None` where nothing can be told: narrow, or empty.
    #[must_use]
    pub fn betrayed_encoding(self, of_letter: impl FnOnce(char) -> Encoding) -> Option<Encoding> {
        if self.form == Form::Narrow || self.length == 0 {
            return None;
        }
        let first = self.pointer.read::<u16>().filter(|unit| *unit != 0)?;
        let letter = char::from_u32(first.into()).unwrap_or(char::REPLACEMENT_CHARACTER);
        if self.length == 1 {
            return Some(of_letter(letter));
        }
        Some(match (self.pointer.at(2).read::<u16>()?, self.length) {
            (0, NTS) => of_letter(letter),
            (0..=0x10, _) => Encoding::Utf32,
            _ => Encoding::Utf16,
        })
    }
}

/// UTF-16 bytes in the machine's order as text; lone surrogates become U+FFFD.
#[must_use]
pub fn decode_utf16(bytes: &[u8]) -> String {
    let units = bytes.as_chunks::<2>().0.iter().map(|unit| u16::from_ne_bytes(*unit));
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// What the length arguments of an output text count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counts {
    Bytes,
    Units,
}

/// A place for text in the application.
#[derive(Clone, Copy, Debug)]
pub struct TextOut {
    buffer: Pointer,
    /// Room, the terminating zero included, in what `counts` says; negative when the application said so.
    room: i32,
    length: Pointer,
    length_size: usize,
    form: Form,
    counts: Counts,
}

impl TextOut {
    /// Room and length count units and are 16 bits wide, as of names and messages.
    pub(super) fn units<T>(buffer: *mut T, room: i16, length: *mut i16, form: Form) -> TextOut {
        let (buffer, length) = (Pointer::new(buffer), Pointer::new(length));
        TextOut { buffer, room: room.into(), length, length_size: 2, form, counts: Counts::Units }
    }

    /// Room and length count units and are 32 bits wide, as of SQL text.
    pub(super) fn long_units<T>(buffer: *mut T, room: i32, length: *mut i32, form: Form) -> TextOut {
        let (buffer, length) = (Pointer::new(buffer), Pointer::new(length));
        TextOut { buffer, room, length, length_size: 4, form, counts: Counts::Units }
    }

    /// Room and length count bytes and are 16 bits wide, as of SQLGetInfo.
    pub(super) fn bytes(buffer: Pointer, room: i16, length: *mut i16, form: Form) -> TextOut {
        let length = Pointer::new(length);
        TextOut { buffer, room: room.into(), length, length_size: 2, form, counts: Counts::Bytes }
    }

    /// Room and length count bytes and are 32 bits wide, as of attributes.
    pub(super) fn long_bytes(buffer: Pointer, room: i32, length: *mut i32, form: Form) -> TextOut {
        TextOut { buffer, room, length: Pointer::new(length), length_size: 4, form, counts: Counts::Bytes }
    }

    /// Writes `text` with its terminating zero and the whole length; `true` if it was cut
    /// (state 01004). A negative room is HY090. A null buffer only receives the length.
    pub fn put(&self, text: &str) -> Result<bool, Failure> {
        if self.room < 0 && !self.buffer.is_null() {
            return Err(INVALID_LENGTH.into());
        }
        let encoding = self.form.encoding();
        let unit = encoding.unit();
        let room = self.room.max(0).unsigned_abs() as usize;
        let room = if self.counts == Counts::Bytes { room / unit * unit } else { room.saturating_mul(unit) };
        let total = self.buffer.with_room(room, |room| match encoding {
            Encoding::Utf8 => put_utf8(text, room),
            Encoding::Utf16 => put_utf16(text, room),
            Encoding::Utf32 => put_utf32(text, room),
        });
        let told = if self.counts == Counts::Bytes { total * unit } else { total };
        match self.length_size {
            2 => self.length.write(i16::try_from(told).unwrap_or(i16::MAX)),
            _ => self.length.write(i32::try_from(told).unwrap_or(i32::MAX)),
        }
        Ok(!self.buffer.is_null() && (total + 1) * unit > room)
    }
}

/// Writes as many whole characters as fit before the zero; gives the length of all of them.
fn put_utf8(text: &str, room: &mut [u8]) -> usize {
    if let Some(last) = room.len().checked_sub(1) {
        let fitting = text.floor_char_boundary(last);
        let (filled, rest) = room.split_at_mut(fitting);
        filled.copy_from_slice(text.as_bytes().get(..fitting).unwrap_or_default());
        if let Some(end) = rest.first_mut() {
            *end = 0;
        }
    }
    text.len()
}

/// As [`put_utf8`], in UTF-16 units.
fn put_utf16(text: &str, room: &mut [u8]) -> usize {
    let places = room.as_chunks_mut::<2>().0;
    let mut total = 0;
    let mut written = 0;
    for character in text.chars() {
        let mut pair = [0; 2];
        let units = character.encode_utf16(&mut pair);
        if total == written && total + units.len() < places.len() {
            for (place, unit) in places.iter_mut().skip(total).zip(units.iter()) {
                *place = unit.to_ne_bytes();
            }
            written += units.len();
        }
        total += units.len();
    }
    if let Some(end) = places.get_mut(written) {
        *end = [0; 2];
    }
    total
}

/// As [`put_utf8`], in UTF-32 units.
fn put_utf32(text: &str, room: &mut [u8]) -> usize {
    let places = room.as_chunks_mut::<4>().0;
    let fitting = places.len().saturating_sub(1);
    let units = text.chars().map(u32::from).take(fitting).chain([0]);
    for (place, unit) in places.iter_mut().zip(units) {
        *place = unit.to_ne_bytes();
    }
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes into `room` bytes; gives whether it was cut, the length in units, and the bytes.
    fn put(text: &str, encoding: Encoding, room: usize) -> (bool, i16, Vec<u8>) {
        let mut memory = vec![0xAA_u8; room + 4];
        let mut length = [0_i16];
        speak(encoding);
        let out = TextOut {
            buffer: Pointer::to(&mut memory),
            room: (room / encoding.unit()) as i32,
            length: Pointer::to(&mut length),
            length_size: 2,
            form: if encoding == Encoding::Utf8 { Form::Narrow } else { Form::Wide },
            counts: Counts::Units,
        };
        let cut = out.put(text).unwrap();
        assert_eq!(memory[room..], [0xAA; 4], "nothing beyond the room");
        memory.truncate(room);
        (cut, length[0], memory)
    }

    #[test]
    fn wide_characters_may_have_four_bytes() {
        let (cut, length, memory) = put("a😀b", Encoding::Utf32, 12);
        assert_eq!((cut, length), (true, 3));
        assert_eq!(memory, [u32::from('a'), u32::from('😀'), 0].map(u32::to_ne_bytes).concat());
        let text = ['D', 'S', '😀', '\0'].map(u32::from);
        speak(Encoding::Utf32);
        for length in [3, NTS] {
            assert_eq!(TextIn::wide(text.as_ptr().cast(), length).read().unwrap().unwrap(), "DS😀");
        }
        speak(Encoding::Utf16);
    }

    #[test]
    fn the_first_characters_betray_how_wide_they_are() {
        let four = ['D', 'S', '\0'].map(u32::from);
        let two = ['D', 'S', '\0'].map(|letter| letter as u16);
        let one = ['D', '\0'].map(|letter| letter as u16);
        let betrayed = |text: *const u16, length: i32, of_one_letter: Encoding| {
            TextIn::wide(text, length).betrayed_encoding(|_| of_one_letter)
        };
        assert_eq!(betrayed(four.as_ptr().cast(), 2, Encoding::Utf16), Some(Encoding::Utf32));
        assert_eq!(betrayed(four.as_ptr().cast(), NTS, Encoding::Utf32), Some(Encoding::Utf32));
        for length in [2, NTS] {
            assert_eq!(betrayed(two.as_ptr(), length, Encoding::Utf32), Some(Encoding::Utf16));
        }
        for length in [1, NTS] {
            assert_eq!(betrayed(one.as_ptr(), length, Encoding::Utf16), Some(Encoding::Utf16));
        }
        for first in ['Ü', '漢', '😀'] {
            let (four, two) =
                ([first, 'b', '\0'].map(u32::from), format!("{first}b\0").encode_utf16().collect::<Vec<_>>());
            assert_eq!(betrayed(four.as_ptr().cast(), 2, Encoding::Utf16), Some(Encoding::Utf32), "{first}");
            assert_eq!(betrayed(two.as_ptr(), 2, Encoding::Utf32), Some(Encoding::Utf16), "{first}");
        }
        assert_eq!(betrayed(one.as_ptr(), 0, Encoding::Utf32), None);
        assert_eq!(betrayed(std::ptr::null(), NTS, Encoding::Utf32), None);
    }

    #[test]
    fn text_is_cut_at_whole_characters_and_terminated() {
        assert_eq!(put("abc", Encoding::Utf8, 4), (false, 3, b"abc\0".to_vec()));
        assert_eq!(put("abc", Encoding::Utf8, 3), (true, 3, b"ab\0".to_vec()));
        assert_eq!(put("aé", Encoding::Utf8, 3).2, b"a\0\xAA".to_vec());
        assert_eq!(put("abc", Encoding::Utf8, 0), (true, 3, vec![]));
        let (cut, length, memory) = put("a😀", Encoding::Utf16, 6);
        assert_eq!((cut, length), (true, 3));
        assert_eq!(memory[..4], [b'a', 0, 0, 0]);
        assert!(!put("a😀", Encoding::Utf16, 8).0);
    }

    #[test]
    fn lengths_are_checked() {
        let text = b"abc\0";
        assert_eq!(TextIn::narrow(text.as_ptr(), -3).read().unwrap().unwrap(), "abc");
        assert_eq!(TextIn::narrow(text.as_ptr(), 2).read().unwrap().unwrap(), "ab");
        assert!(TextIn::narrow(text.as_ptr(), -7).read().is_err());
        assert!(TextIn::narrow(std::ptr::null(), -3).read().unwrap().is_none());
    }
}
