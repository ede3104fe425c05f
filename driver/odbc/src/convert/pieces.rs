//! Text and binary data in pieces: each call gives what fits and remembers the place, so that nothing
//! is decoded twice.

use super::{Effect, Target};
use crate::abi::text::Encoding;
use crate::spec::c_type::CType;

/// How much of a value has been given.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    /// All of it: the next call answers SQL_NO_DATA.
    pub finished: bool,
    /// Bytes of the source that were given.
    source: usize,
    /// Units of wide characters that were given, and all there are, once counted.
    units: usize,
    total: Option<usize>,
    /// The second half of a character of which only the first fitted.
    low: Option<u16>,
    /// There will be no other piece: what is cut ends with a whole character. Where there will be, applications
    /// count on a buffer that is full to the last unit.
    only: bool,
    /// The second byte of a unit of which only the first fitted.
    half: Option<u8>,
}

impl Progress {
    /// Of a value that is given once: a bound column.
    #[must_use]
    pub fn once() -> Progress {
        Progress { only: true, ..Progress::default() }
    }

    /// Nothing has been given of the value.
    #[inline]
    pub fn restart(&mut self) {
        self.finished = false;
        self.source = 0;
        self.units = 0;
        self.total = None;
        self.low = None;
        self.only = false;
        self.half = None;
    }

    /// Units of wide characters that are still to be given. All are counted once, or again where the application has read
    /// a piece as narrow text in between.
    fn remaining(&mut self, text: &str, count: impl Fn(&str) -> usize) -> usize {
        let total = match self.total {
            Some(total) => total,
            None => {
                // A narrow piece may have ended within a character, which is given again as a whole.
                self.source = text.floor_char_boundary(self.source);
                let given = text.get(..self.source).unwrap_or_default();
                self.units = count(given).saturating_sub(self.low.is_some().into());
                *self.total.insert(count(text))
            }
        };
        total - self.units
    }

    /// No call has given anything yet.
    #[must_use]
    pub fn at_start(&self) -> bool {
        self.source == 0 && self.low.is_none()
    }
}

/// The next piece of `text` with its terminating zero. A buffer without room for the zero is a probe of
/// the length and gives nothing.
pub fn text(text: &str, encoding: Encoding, target: &Target, progress: &mut Progress) -> Effect {
    match encoding {
        Encoding::Utf8 => utf8(text, target, progress),
        Encoding::Utf16 => utf16(text, target, progress),
        Encoding::Utf32 => utf32(text, target, progress),
    }
}

fn utf8(text: &str, target: &Target, progress: &mut Progress) -> Effect {
    let rest = text.as_bytes().get(progress.source..).unwrap_or_default();
    target.set_length(rest.len());
    if target.data.is_null() {
        return Effect::Whole;
    }
    let Some(capacity) = target.text_capacity() else { return Effect::Cut };
    let fitting = if rest.len() <= capacity {
        rest.len()
    } else if !progress.only {
        capacity
    } else {
        // Whole characters, unless the buffer cannot take even one.
        let boundary = text.floor_char_boundary(progress.source + capacity).saturating_sub(progress.source);
        if boundary == 0 { capacity } else { boundary }
    };
    target.data.with_room(fitting + 1, |room| copy(rest.get(..fitting).unwrap_or_default(), room));
    progress.source += fitting;
    progress.total = None;
    if fitting == rest.len() { Effect::Whole } else { Effect::Cut }
}

/// Copies to the beginning of a room that is not smaller, and ends it with zeros.
fn copy(bytes: &[u8], room: &mut [u8]) {
    if let Some((filled, end)) = room.split_at_mut_checked(bytes.len()) {
        filled.copy_from_slice(bytes);
        end.fill(0);
    }
}

/// ASCII that fits as a whole, which most values are; `None` for any other.
#[inline]
pub fn whole_ascii(ascii: &[u8], target: &Target, progress: &mut Progress) -> Option<Effect> {
    let fits = target.text_capacity().is_some_and(|room| ascii.len() <= room);
    if !fits || !progress.at_start() {
        return None;
    }
    match target.c_type {
        CType::Char => {
            target.set_length(ascii.len());
            target.data.with_room(ascii.len() + 1, |room| copy(ascii, room));
        }
        CType::WChar => {
            target.set_length(ascii.len() * 2);
            target.data.with_room((ascii.len() + 1) * 2, |room| widen(ascii, room.as_chunks_mut().0));
        }
        _ => return None,
    }
    progress.source = ascii.len();
    Some(Effect::Whole)
}

fn utf16(text: &str, target: &Target, progress: &mut Progress) -> Effect {
    let bytes = text.as_bytes();
    // A long text is not looked through for each of its pieces.
    let fits = target.text_capacity().is_some_and(|room| bytes.len() <= room);
    if fits
        && bytes.is_ascii()
        && let Some(effect) = whole_ascii(bytes, target, progress)
    {
        return effect;
    }
    utf16_within(text, target, target.text_capacity(), progress)
}

/// Characters of four bytes: none is ever split.
fn utf32(text: &str, target: &Target, progress: &mut Progress) -> Effect {
    let rest = text.get(progress.source..).unwrap_or_default();
    let remaining = progress.remaining(text, |text| text.chars().count());
    target.set_length(remaining * 4);
    if target.data.is_null() {
        return Effect::Whole;
    }
    let Some(capacity) = target.text_capacity() else { return Effect::Cut };
    let fitting = remaining.min(capacity);
    let source = &mut progress.source;
    target.data.with_room((fitting + 1) * 4, |room| {
        let mut places = room.as_chunks_mut::<4>().0.iter_mut();
        for (character, place) in rest.chars().take(fitting).zip(&mut places) {
            *place = u32::from(character).to_ne_bytes();
            *source += character.len_utf8();
        }
        if let Some(end) = places.next() {
            *end = [0; 4];
        }
    });
    progress.units += fitting;
    if fitting == remaining { Effect::Whole } else { Effect::Cut }
}

/// The next piece of `text` as UTF-16 bytes without a terminating zero, for `SQL_C_BINARY`.
/// Every byte of the buffer is filled, be it with half of a unit.
pub fn utf16_bytes(text: &str, target: &Target, progress: &mut Progress) -> Effect {
    let remaining = progress.remaining(text, utf16_length) * 2 + usize::from(progress.half.is_some());
    target.set_length(remaining);
    if target.data.is_null() {
        return Effect::Whole;
    }
    let fitting = remaining.min(target.room);
    target.data.with_room(fitting, |room| {
        let begun = usize::from(progress.half.is_some()).min(room.len());
        let (head, rest) = room.split_at_mut(begun);
        if let [first] = head {
            *first = progress.half.take().unwrap_or_default();
        }
        let (places, tail) = rest.as_chunks_mut::<2>();
        let mut written = 0;
        while let Some(free) = places.get_mut(written..).filter(|free| !free.is_empty()) {
            written += encode(text, free, progress);
        }
        if let [last] = tail {
            let mut unit = [[0; 2]];
            encode(text, &mut unit, progress);
            let [[first, second]] = unit;
            *last = first;
            progress.half = Some(second);
        }
    });
    if fitting == remaining { Effect::Whole } else { Effect::Cut }
}

fn utf16_within(text: &str, target: &Target, capacity: Option<usize>, progress: &mut Progress) -> Effect {
    let remaining = progress.remaining(text, utf16_length);
    target.set_length(remaining * 2);
    if target.data.is_null() {
        return Effect::Whole;
    }
    let Some(capacity) = capacity else { return Effect::Cut };
    let fitting = remaining.min(capacity);
    target.data.with_room((fitting + 1) * 2, |room| {
        let places = room.as_chunks_mut::<2>().0;
        let written = encode(text, places.get_mut(..fitting).unwrap_or_default(), progress);
        if let Some(end) = places.get_mut(written) {
            *end = [0; 2];
        }
    });
    if fitting == remaining { Effect::Whole } else { Effect::Cut }
}

fn utf16_length(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().map(char::len_utf16).sum() }
}

/// Fills `places` from where `progress` stands; gives the units written.
fn encode(text: &str, places: &mut [[u8; 2]], progress: &mut Progress) -> usize {
    let mut written = 0;
    if let Some(low) = progress.low.take()
        && let Some(place) = places.first_mut()
    {
        *place = low.to_ne_bytes();
        written = 1;
    }
    while written < places.len() {
        let rest = text.get(progress.source..).unwrap_or_default();
        let free = places.get_mut(written..).unwrap_or_default();
        let run = ascii_run(rest.as_bytes(), free);
        written += run;
        progress.source += run;
        let Some(character) = rest.get(run..).and_then(|rest| rest.chars().next()) else { break };
        let free = places.get_mut(written..).unwrap_or_default();
        if free.is_empty() {
            break;
        }
        let mut pair = [0; 2];
        let units = character.encode_utf16(&mut pair);
        match (free, &*units) {
            ([place, ..], [unit]) => *place = unit.to_ne_bytes(),
            ([first, second, ..], [high, low]) => {
                *first = high.to_ne_bytes();
                *second = low.to_ne_bytes();
            }
            ([place], [high, low]) if written == 0 || !progress.only => {
                *place = high.to_ne_bytes();
                progress.low = Some(*low);
                progress.source += character.len_utf8();
                written += 1;
                break;
            }
            _ => break,
        }
        written += units.len();
        progress.source += character.len_utf8();
    }
    progress.units += written;
    written
}

/// Copies ASCII until another character or the end; gives how many.
fn ascii_run(bytes: &[u8], places: &mut [[u8; 2]]) -> usize {
    let within = bytes.get(..places.len()).unwrap_or(bytes);
    let run = if within.is_ascii() { within.len() } else { within.iter().take_while(|byte| byte.is_ascii()).count() };
    widen(within.get(..run).unwrap_or_default(), places);
    run
}

/// Copies ASCII to the beginning of `places`, and a zero behind it if there is a place for it.
fn widen(ascii: &[u8], places: &mut [[u8; 2]]) {
    for (place, byte) in places.iter_mut().zip(ascii) {
        *place = u16::from(*byte).to_ne_bytes();
    }
    if let Some(end) = places.get_mut(ascii.len()) {
        *end = [0; 2];
    }
}

/// The next piece of binary data.
pub fn bytes(bytes: &[u8], target: &Target, progress: &mut Progress) -> Effect {
    let rest = bytes.get(progress.source..).unwrap_or_default();
    target.set_length(rest.len());
    if target.data.is_null() {
        return Effect::Whole;
    }
    let fitting = rest.len().min(target.room);
    target.data.with_room(fitting, |room| copy(rest.get(..fitting).unwrap_or_default(), room));
    progress.source += fitting;
    if fitting == rest.len() { Effect::Whole } else { Effect::Cut }
}

/// The next piece of binary data as hexadecimal text, two digits a byte.
pub fn hex(bytes: &[u8], encoding: Encoding, target: &Target, progress: &mut Progress) -> Effect {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |value: u8| DIGITS.get(usize::from(value & 15)).copied().unwrap_or(b'0');
    let unit = encoding.unit();
    let rest = bytes.get(progress.source..).unwrap_or_default();
    target.set_length(rest.len() * 2 * unit);
    if target.data.is_null() {
        return Effect::Whole;
    }
    let Some(capacity) = target.text_capacity() else { return Effect::Cut };
    let fitting = rest.len().min(capacity / 2);
    target.data.with_room((fitting * 2 + 1) * unit, |room| {
        let digits = rest.iter().take(fitting).flat_map(|byte| [digit(byte >> 4), digit(*byte)]).chain([0]);
        for (place, digit) in room.chunks_exact_mut(unit).zip(digits) {
            match place {
                [only] => *only = digit,
                [first, second] => [*first, *second] = u16::from(digit).to_ne_bytes(),
                [a, b, c, d] => [*a, *b, *c, *d] = u32::from(digit).to_ne_bytes(),
                _ => {}
            }
        }
    });
    progress.source += fitting;
    if fitting == rest.len() { Effect::Whole } else { Effect::Cut }
}
