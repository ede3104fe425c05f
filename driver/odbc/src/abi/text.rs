//! Text arguments: what the application passes, and what it wants written.

use super::memory::Pointer;
use crate::handle::condition::{Condition, Failure, INVALID_LENGTH};
use crate::spec::NTS;

/// How text is encoded in application memory: UTF-8 behind the narrow names, UTF-16 in the
/// machine's byte order behind the wide ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Utf8,
    Utf16,
}

impl Encoding {
    /// Bytes of one unit.
    #[must_use]
    pub fn unit(self) -> usize {
        match self {
            Encoding::Utf8 => 1,
            Encoding::Utf16 => 2,
        }
    }
}

/// A text argument, decoded when it is asked for.
#[derive(Clone, Copy, Debug)]
pub struct TextIn {
    pointer: Pointer,
    /// Units, or [`NTS`].
    length: i32,
    encoding: Encoding,
}

impl TextIn {
    pub(super) fn narrow(pointer: *const u8, length: impl Into<i32>) -> TextIn {
        TextIn { pointer: Pointer::new(pointer), length: length.into(), encoding: Encoding::Utf8 }
    }

    pub(super) fn wide(pointer: *const u16, length: impl Into<i32>) -> TextIn {
        TextIn { pointer: Pointer::new(pointer), length: length.into(), encoding: Encoding::Utf16 }
    }

    /// The text of an attribute whose length is counted in bytes.
    pub(super) fn of_bytes(pointer: Pointer, bytes: i32, encoding: Encoding) -> TextIn {
        let length = if bytes < 0 { bytes } else { bytes / encoding.unit() as i32 };
        TextIn { pointer, length, encoding }
    }

    /// The text; `None` for a null pointer. A negative length that is not `SQL_NTS` is HY090.
    pub fn read(self) -> Result<Option<String>, Failure> {
        if self.pointer.is_null() {
            return Ok(None);
        }
        let units = match self.length {
            NTS => match self.encoding {
                Encoding::Utf8 => self.pointer.terminated_length::<u8>(),
                Encoding::Utf16 => self.pointer.terminated_length::<u16>(),
            },
            negative if negative < 0 => return Err(INVALID_LENGTH.into()),
            length => length.unsigned_abs() as usize,
        };
        let decode = |bytes: &[u8]| match self.encoding {
            Encoding::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
            Encoding::Utf16 => decode_utf16(bytes),
        };
        Ok(Some(self.pointer.with_bytes(units * self.encoding.unit(), decode)))
    }

    /// The text, or `condition` for a null pointer.
    pub fn required(self, condition: Condition) -> Result<String, Failure> {
        self.read()?.ok_or_else(|| condition.into())
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
    /// Room in bytes, the terminating zero included; negative when the application said so.
    room: isize,
    length: Pointer,
    length_size: usize,
    encoding: Encoding,
    counts: Counts,
}

impl TextOut {
    /// Room and length count units and are 16 bits wide, as of names and messages.
    pub(super) fn units<T>(buffer: *mut T, units: i16, length: *mut i16, encoding: Encoding) -> TextOut {
        let room = isize::from(units) * encoding.unit().cast_signed();
        TextOut::of(Pointer::new(buffer), room, Pointer::new(length), 2, encoding, Counts::Units)
    }

    /// Room and length count units and are 32 bits wide, as of SQL text.
    pub(super) fn long_units<T>(buffer: *mut T, units: i32, length: *mut i32, encoding: Encoding) -> TextOut {
        let room = (units as isize).saturating_mul(encoding.unit().cast_signed());
        TextOut::of(Pointer::new(buffer), room, Pointer::new(length), 4, encoding, Counts::Units)
    }

    /// Room and length count bytes and are 16 bits wide, as of SQLGetInfo.
    pub(super) fn bytes(buffer: Pointer, room: i16, length: *mut i16, encoding: Encoding) -> TextOut {
        TextOut::of(buffer, room.into(), Pointer::new(length), 2, encoding, Counts::Bytes)
    }

    /// Room and length count bytes and are 32 bits wide, as of attributes.
    pub(super) fn long_bytes(buffer: Pointer, room: i32, length: *mut i32, encoding: Encoding) -> TextOut {
        TextOut::of(buffer, room as isize, Pointer::new(length), 4, encoding, Counts::Bytes)
    }

    fn of(
        buffer: Pointer,
        room: isize,
        length: Pointer,
        length_size: usize,
        encoding: Encoding,
        counts: Counts,
    ) -> TextOut {
        TextOut { buffer, room, length, length_size, encoding, counts }
    }

    /// Writes `text` with its terminating zero and the whole length; `true` if it was cut
    /// (state 01004). A negative room is HY090. A null buffer only receives the length.
    pub fn put(&self, text: &str) -> Result<bool, Failure> {
        if self.room < 0 && !self.buffer.is_null() {
            return Err(INVALID_LENGTH.into());
        }
        let unit = self.encoding.unit();
        let room = self.room.max(0).unsigned_abs() / unit * unit;
        let total = self.buffer.with_room(room, |room| match self.encoding {
            Encoding::Utf8 => put_utf8(text, room),
            Encoding::Utf16 => put_utf16(text, room),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn put(text: &str, encoding: Encoding, room: usize) -> (bool, i16, Vec<u8>) {
        let mut memory = vec![0xAA_u8; room + 4];
        let mut length = [0_i16];
        let out = TextOut {
            buffer: Pointer::to(&mut memory),
            room: room as isize,
            length: Pointer::to(&mut length),
            length_size: 2,
            encoding,
            counts: Counts::Units,
        };
        let cut = out.put(text).unwrap();
        assert_eq!(memory[room..], [0xAA; 4], "nothing beyond the room");
        memory.truncate(room);
        (cut, length[0], memory)
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
