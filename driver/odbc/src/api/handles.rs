//! SQLAllocHandle and SQLFreeHandle.

use std::sync::Arc;

use super::{ConnectionCall, EnvironmentCall, Outcome, Return};
use crate::abi::memory::Pointer;
use crate::handle::condition::{AUTOMATIC_DESCRIPTOR, INVALID_NULL_POINTER};
use crate::handle::connection::{Connection, State};
use crate::handle::descriptor::{Descriptor, Role};
use crate::handle::environment::Environment;
use crate::handle::running::Running;
use crate::handle::statement::{DescriptorNumbers, Statement};
use crate::handle::token::{self, Kind, Object, StatementRef, Token};
use crate::spec::{OV_ODBC3, ret};

/// A new environment.
pub fn allocate_environment(output: Pointer) -> i16 {
    if output.is_null() {
        return ret::ERROR;
    }
    let token = token::register(Kind::Environment, |_| Object::Environment(Arc::new(Environment::new())));
    output.write(token.0);
    ret::SUCCESS
}

/// A new connection.
pub fn allocate_connection(call: &mut EnvironmentCall<'_>, output: Pointer) -> Outcome {
    if output.is_null() {
        return Err(INVALID_NULL_POINTER.into());
    }
    let version = call.state.version.unwrap_or(OV_ODBC3);
    let (environment, wide) = (call.token, call.state.wide);
    let token = token::register(Kind::Connection, |token| {
        Object::Connection(Arc::new(Connection::new(token, environment, version, wide)))
    });
    call.state.connections.push(token);
    output.write(token.0);
    Ok(Return::Done)
}

/// A new statement with its four descriptors.
pub fn allocate_statement(call: &mut ConnectionCall<'_>, output: Pointer) -> Outcome {
    if output.is_null() {
        return Err(INVALID_NULL_POINTER.into());
    }
    let connection = call.connection;
    let state = &mut *call.state;
    let index = state.statements.next_index();
    let mut automatic = |role| add_descriptor(connection, &mut state.descriptors, role, Some(index)).1;
    let (ard, apd) = (automatic(Role::ApplicationRow), automatic(Role::ApplicationParameter));
    let (ird, ipd) = (automatic(Role::ImplementationRow), automatic(Role::ImplementationParameter));
    let numbers = DescriptorNumbers { ard, apd, own_ard: ard, own_apd: apd, ird, ipd };
    let token = token::register(Kind::Statement, |_| {
        let running = Arc::new(Running::default());
        Object::Statement(Arc::new(StatementRef { connection: connection.clone(), index, running }))
    });
    let mut statement = Statement::new(token, numbers);
    let defaults = &state.core.attributes;
    statement.attributes = defaults.of_statements.clone();
    if let Some(ard) = state.descriptors.get_mut(ard) {
        ard.header.bind_type = defaults.row_bind_type;
    }
    state.statements.insert(statement);
    output.write(token.0);
    Ok(Return::Done)
}

/// A new descriptor that the application may set on its statements.
pub fn allocate_descriptor(call: &mut ConnectionCall<'_>, output: Pointer) -> Outcome {
    if output.is_null() {
        return Err(INVALID_NULL_POINTER.into());
    }
    let (token, _) = add_descriptor(call.connection, &mut call.state.descriptors, Role::Explicit, None);
    output.write(token.0);
    Ok(Return::Done)
}

fn add_descriptor(
    connection: &Arc<Connection>,
    descriptors: &mut crate::handle::slab::Slab<Descriptor>,
    role: Role,
    statement: Option<usize>,
) -> (Token, usize) {
    let index = descriptors.next_index();
    let token = token::register(Kind::Descriptor, |_| Object::Descriptor(connection.clone(), index));
    descriptors.insert(Descriptor::new(token, role, statement));
    (token, index)
}

/// Ends an environment.
pub fn free_environment(call: &mut EnvironmentCall<'_>) -> Outcome {
    token::forget(call.token);
    Ok(Return::Done)
}

/// Ends a connection.
pub fn free_connection(call: &mut ConnectionCall<'_>) -> Outcome {
    let token = call.state.token;
    if let Some(environment) = token::environment(call.state.core.environment) {
        environment.lock().connections.retain(|one| *one != token);
    }
    token::forget(token);
    Ok(Return::Done)
}

/// Ends a statement, its cursor and its descriptors.
pub fn free_statement(call: &mut ConnectionCall<'_>, given: Token) {
    let found = call.state.statements.iter().find(|(_, statement)| statement.token == given);
    if let Some(index) = found.map(|(index, _)| index) {
        remove_statement(call.state, index);
    }
}

/// Takes a statement and its automatic descriptors out of the connection.
pub fn remove_statement(state: &mut State, index: usize) {
    let Some(statement) = state.statements.remove(index) else { return };
    token::forget(statement.token);
    let numbers = statement.descriptors;
    for number in [numbers.own_ard, numbers.own_apd, numbers.ird, numbers.ipd] {
        if let Some(descriptor) = state.descriptors.remove(number) {
            token::forget(descriptor.token);
        }
    }
}

/// Ends a descriptor that the application allocated; statements that use it return to their own.
pub fn free_descriptor(given: Token) -> i16 {
    let Some(Object::Descriptor(connection, index)) = token::find(given, Kind::Descriptor) else {
        return ret::INVALID_HANDLE;
    };
    let mut state = connection.lock();
    let Some(descriptor) = state.descriptors.get_mut(index).filter(|one| one.token == given) else {
        return ret::INVALID_HANDLE;
    };
    descriptor.diagnostics.clear();
    if descriptor.role != Role::Explicit {
        descriptor.diagnostics.fail(AUTOMATIC_DESCRIPTOR.into(), None);
        return ret::ERROR;
    }
    state.descriptors.remove(index);
    for statement in state.statements.iter_mut() {
        let numbers = &mut statement.descriptors;
        if numbers.ard == index {
            numbers.ard = numbers.own_ard;
        }
        if numbers.apd == index {
            numbers.apd = numbers.own_apd;
        }
    }
    token::forget(given);
    ret::SUCCESS
}
