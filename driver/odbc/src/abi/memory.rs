//! Application memory.
//!
//! An application promises ODBC that a pointer which it passes or binds stays valid, with the length
//! that it declares, for as long as the specification says. [`Pointer`] is that promise as a value:
//! only `abi` makes one, and its methods read and write unaligned and never beyond the length given.

/// Types whose every bit pattern is valid and which contain no pointers.
///
/// # Safety
/// Only for `Copy` types without invalid bit patterns.
pub unsafe trait Plain: Copy {}

macro_rules! plain {
    ($($name:ty),*) => { $( unsafe impl Plain for $name {} )* };
}
plain!(u8, i8, u16, i16, u32, i32, u64, i64, usize, isize, f32, f64);

/// An address in the application, possibly null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pointer(*mut u8);

// SAFETY: a pointer is only an address here; the application answers for what it uses from which
// thread, and every use happens inside a call of the application.
unsafe impl Send for Pointer {}
unsafe impl Sync for Pointer {}

impl Default for Pointer {
    fn default() -> Self {
        Pointer::NULL
    }
}

impl Pointer {
    pub const NULL: Pointer = Pointer(std::ptr::null_mut());

    pub(super) fn new<T>(address: *const T) -> Pointer {
        Pointer(address.cast_mut().cast())
    }

    /// The memory of a buffer of a test, which must outlive every use of the pointer.
    #[cfg(test)]
    pub fn to<T: Plain>(buffer: &mut [T]) -> Pointer {
        Pointer(buffer.as_mut_ptr().cast())
    }

    #[must_use]
    pub fn is_null(self) -> bool {
        self.0.is_null()
    }

    /// The address as a number: how ODBC passes integers in pointer arguments.
    #[must_use]
    pub fn address(self) -> usize {
        self.0 as usize
    }

    /// The address `offset` bytes further; null stays null.
    #[must_use]
    pub fn at(self, offset: isize) -> Pointer {
        if self.is_null() { self } else { Pointer(self.0.wrapping_offset(offset)) }
    }

    /// The value there, or `None` for a null pointer.
    #[must_use]
    pub fn read<T: Plain>(self) -> Option<T> {
        // SAFETY: not null, so the application promised a `T` there; read unaligned.
        (!self.is_null()).then(|| unsafe { self.0.cast::<T>().read_unaligned() })
    }

    /// Writes a value there; nothing for a null pointer.
    pub fn write<T: Plain>(self, value: T) {
        if !self.is_null() {
            // SAFETY: not null, so the application promised room for a `T` there.
            unsafe { self.0.cast::<T>().write_unaligned(value) }
        }
    }

    /// Lets `read` see `length` bytes; none for a null pointer.
    pub fn with_bytes<R>(self, length: usize, read: impl FnOnce(&[u8]) -> R) -> R {
        if self.is_null() || length == 0 {
            return read(&[]);
        }
        // SAFETY: the application promised `length` readable bytes; the slice ends with the closure.
        read(unsafe { std::slice::from_raw_parts(self.0, length) })
    }

    /// Lets `fill` write `length` bytes; none for a null pointer.
    pub fn with_room<R>(self, length: usize, fill: impl FnOnce(&mut [u8]) -> R) -> R {
        if self.is_null() || length == 0 {
            return fill(&mut []);
        }
        // SAFETY: the application promised `length` writable bytes, which no reference of ours
        // covers; the slice ends with the closure.
        fill(unsafe { std::slice::from_raw_parts_mut(self.0, length) })
    }

    /// The number of units before the terminating zero.
    #[must_use]
    pub fn terminated_length<T: Plain + PartialEq + Default>(self) -> usize {
        let unit = size_of::<T>() as isize;
        let mut count = 0;
        while self.at(count * unit).read::<T>().is_some_and(|value| value != T::default()) {
            count += 1;
        }
        count.unsigned_abs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_stays_null_and_is_never_touched() {
        let null = Pointer::NULL.at(16);
        assert!(null.is_null());
        assert_eq!(null.read::<u32>(), None);
        null.write(7_u64);
        assert_eq!(null.with_room(8, |room| room.len()), 0);
    }

    #[test]
    fn unaligned_values_survive() {
        let mut memory = [0_u8; 16];
        let pointer = Pointer::to(&mut memory).at(3);
        pointer.write(0x0102_0304_0506_0708_u64);
        assert_eq!(pointer.read::<u64>(), Some(0x0102_0304_0506_0708));
        assert_eq!(memory[..3], [0, 0, 0]);
        assert_eq!(memory[11..], [0, 0, 0, 0, 0]);
    }
}
