//! Tokens: what the application holds instead of addresses.
//!
//! A token carries the number of a slot, the slot's generation and the kind of the object. A freed,
//! foreign or invented handle is recognised by comparing these, without following any address.

use std::cell::Cell;
use std::sync::{Arc, PoisonError, RwLock};

use super::connection::Connection;
use super::environment::Environment;
use super::running::Running;

/// The kinds of handles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Environment = 1,
    Connection = 2,
    Statement = 3,
    Descriptor = 4,
}

/// A handle's value; 0 is no handle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Token(pub usize);

/// What a token stands for.
#[derive(Clone)]
pub enum Object {
    Environment(Arc<Environment>),
    Connection(Arc<Connection>),
    /// A statement of a connection: its number in the connection's slab.
    Statement(Arc<StatementRef>),
    /// A descriptor of a connection: its number in the connection's slab.
    Descriptor(Arc<Connection>, usize),
}

/// How to reach a statement.
pub struct StatementRef {
    pub connection: Arc<Connection>,
    pub index: usize,
    /// What SQLCancel reaches without the connection's lock.
    pub running: Arc<Running>,
}

impl Object {
    fn kind(&self) -> Kind {
        match self {
            Object::Environment(_) => Kind::Environment,
            Object::Connection(_) => Kind::Connection,
            Object::Statement(_) => Kind::Statement,
            Object::Descriptor(..) => Kind::Descriptor,
        }
    }
}

const KIND_BITS: u32 = 3;
const SLOT_BITS: u32 = (usize::BITS - KIND_BITS) / 2;
const SLOT_MASK: usize = (1 << SLOT_BITS) - 1;

struct Slot {
    /// Starts at 1, so that no token is 0; grows each time the slot is freed.
    generation: usize,
    object: Option<Object>,
}

struct Table {
    slots: Vec<Slot>,
    free: Vec<usize>,
}

static TABLE: RwLock<Table> = RwLock::new(Table { slots: Vec::new(), free: Vec::new() });

fn token(slot: usize, generation: usize, kind: Kind) -> Token {
    Token((generation << (SLOT_BITS + KIND_BITS)) | (slot << KIND_BITS) | kind as usize)
}

impl Token {
    fn slot(self) -> usize {
        (self.0 >> KIND_BITS) & SLOT_MASK
    }
}

/// Makes the token of `object`, which is made from it.
pub fn register(kind: Kind, make: impl FnOnce(Token) -> Object) -> Token {
    let mut table = TABLE.write().unwrap_or_else(PoisonError::into_inner);
    let index = table.free.pop().unwrap_or(table.slots.len());
    if index == table.slots.len() {
        table.slots.push(Slot { generation: 1, object: None });
    }
    let Some(slot) = table.slots.get_mut(index) else { return Token::default() };
    let made = token(index, slot.generation, kind);
    slot.object = Some(make(made));
    made
}

/// The living object of this token and kind.
#[must_use]
pub fn find(given: Token, kind: Kind) -> Option<Object> {
    let table = TABLE.read().unwrap_or_else(PoisonError::into_inner);
    let slot = table.slots.get(given.slot())?;
    let object = slot.object.as_ref()?;
    let genuine = object.kind() == kind && token(given.slot(), slot.generation, kind) == given;
    genuine.then(|| object.clone())
}

thread_local! {
    /// The statement that this thread has called last. Most calls are about the same one, and to find it in the table, which
    /// all threads share, costs as much as to read a value. It may have ended since, so it keeps nothing alive that counts,
    /// and is looked for in its connection like any other.
    static LAST: Cell<Option<(Token, Arc<StatementRef>)>> = const { Cell::new(None) };
}

/// Lets `call` use the statement of this token; `None` if there is none.
#[inline]
pub fn with_statement<R>(given: Token, call: impl FnOnce(&StatementRef) -> R) -> Option<R> {
    let last = LAST.try_with(Cell::take).ok().flatten();
    let found = match last {
        Some((token, found)) if token == given => found,
        _ => statement(given)?,
    };
    let done = call(&found);
    // Not kept by a thread that is about to end.
    let _ = LAST.try_with(|last| last.set(Some((given, found))));
    Some(done)
}

/// The living environment of this token.
#[must_use]
pub fn environment(given: Token) -> Option<Arc<Environment>> {
    match find(given, Kind::Environment) {
        Some(Object::Environment(found)) => Some(found),
        _ => None,
    }
}

/// The living statement of this token.
#[must_use]
pub fn statement(given: Token) -> Option<Arc<StatementRef>> {
    match find(given, Kind::Statement) {
        Some(Object::Statement(found)) => Some(found),
        _ => None,
    }
}

/// Ends a token; the object lives on until the calls that use it have ended.
pub fn forget(given: Token) {
    let _ = LAST.try_with(Cell::take);
    let removed = {
        let mut table = TABLE.write().unwrap_or_else(PoisonError::into_inner);
        let index = given.slot();
        let Some(slot) = table.slots.get_mut(index) else { return };
        let Some(object) = slot.object.take_if(|object| token(index, slot.generation, object.kind()) == given) else {
            return;
        };
        slot.generation = slot.generation.wrapping_add(1).max(1) & (usize::MAX >> (SLOT_BITS + KIND_BITS));
        table.free.push(index);
        object
    };
    // Dropped after the table's lock: an environment's end stops threads.
    drop(removed);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment() -> Token {
        register(Kind::Environment, |_| Object::Environment(Arc::new(Environment::new())))
    }

    #[test]
    fn a_freed_token_stays_invalid_when_its_slot_is_used_again() {
        let first = environment();
        assert!(find(first, Kind::Environment).is_some());
        assert!(find(first, Kind::Connection).is_none());
        forget(first);
        assert!(find(first, Kind::Environment).is_none());
        let tokens: Vec<Token> = (0..100).map(|_| environment()).collect();
        assert!(find(first, Kind::Environment).is_none());
        forget(first);
        for token in tokens {
            assert!(find(token, Kind::Environment).is_some());
            forget(token);
        }
    }

    #[test]
    fn invented_tokens_are_refused() {
        for value in [0, 1, 7, 0xdead_beef, usize::MAX, 0x7fff_ffff_f000] {
            assert!(find(Token(value), Kind::Statement).is_none());
            forget(Token(value));
        }
    }
}
