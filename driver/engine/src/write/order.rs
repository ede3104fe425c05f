//! The order of a commit: a new row is made before the changes that name it.

use std::collections::HashMap;

use exact_client::odata::literal;
use exact_client::writer::Verb;
use serde_json::Value as Json;

use super::queued::Queued;
use super::values::Problems;
use crate::error::Result;

/// The changes in their order, with new rows moved before those that name them.
///
/// # Errors
/// 23000 where new rows name each other in a ring: none of them can be made first.
pub fn in_order(queue: Vec<Queued>) -> Result<Vec<Queued>> {
    let before = Before::of(&queue);
    let mut order = Order { before, states: vec![State::Waits; queue.len()], places: Vec::with_capacity(queue.len()) };
    for place in 0..queue.len() {
        if let Err(ring) = order.visit(place) {
            let told: Vec<String> = ring.iter().filter_map(|place| queue.get(*place)).map(named).collect();
            let text = format!(
                "new rows name each other in a ring, so that none of them can be made first: {}. Leave the value out of one of \
                 them, and set it by an UPDATE after all of them are inserted",
                told.join(", ")
            );
            let mut problems = Problems::default();
            problems.add("23000", text);
            problems.check("COMMIT")?;
        }
    }
    let mut queue: Vec<Option<Queued>> = queue.into_iter().map(Some).collect();
    Ok(order.places.into_iter().filter_map(|place| queue.get_mut(place)?.take()).collect())
}

fn named(queued: &Queued) -> String {
    format!("{} {}", queued.change.table(), queued.given.as_deref().unwrap_or_default())
}

/// For each change those that go first.
struct Before(Vec<Vec<usize>>);

impl Before {
    fn of(queue: &[Queued]) -> Before {
        let mut made: HashMap<&str, usize> = HashMap::new();
        let mut removed: HashMap<String, Vec<usize>> = HashMap::new();
        for (place, queued) in queue.iter().enumerate() {
            match (queued.change.verb, &queued.change.key) {
                (Verb::Post, _) => {
                    let lines = queued.lines.iter().flat_map(|(_, lines)| lines.iter().flatten());
                    made.extend(queued.given.iter().chain(lines).map(|given| (given.as_str(), place)));
                }
                (Verb::Delete, Some(key)) => removed.entry(literal::content(key).to_string()).or_default().push(place),
                _ => {}
            }
        }
        let first = |(place, queued): (usize, &Queued)| {
            let mut first = Vec::new();
            queued.change.body.values().for_each(|value| naming(value, &made, &mut first));
            // The row that had the key of a new one.
            let gone = queued.given.as_ref().filter(|_| queued.change.verb == Verb::Post);
            first.extend(gone.and_then(|given| removed.get(given)).into_iter().flatten().filter(|gone| **gone < place));
            first.retain(|other| *other != place);
            first.sort_unstable();
            first.dedup();
            first
        };
        Before(queue.iter().enumerate().map(first).collect())
    }
}

/// The new rows that a value names.
fn naming(value: &Json, made: &HashMap<&str, usize>, found: &mut Vec<usize>) {
    match value {
        Json::String(text) => found.extend(made.get(text.as_str())),
        Json::Array(elements) => elements.iter().for_each(|element| naming(element, made, found)),
        Json::Object(fields) => fields.values().for_each(|field| naming(field, made, found)),
        _ => {}
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Waits,
    Begun,
    Placed,
}

struct Order {
    before: Before,
    states: Vec<State>,
    places: Vec<usize>,
}

impl Order {
    /// Places a change behind all that go first; else gives the changes of a ring. It does not call itself, since a chain may be
    /// as long as the queue.
    fn visit(&mut self, place: usize) -> std::result::Result<(), Vec<usize>> {
        let mut path = vec![(place, 0)];
        while let Some((current, next)) = path.last_mut() {
            let current = *current;
            let first = self.before.0.get(current).and_then(|first| first.get(*next)).copied();
            *next += 1;
            match (self.states.get(current).copied(), first) {
                (Some(State::Placed) | None, _) => _ = path.pop(),
                (_, None) => {
                    self.mark(current, State::Placed);
                    self.places.push(current);
                    path.pop();
                }
                (_, Some(first)) => {
                    self.mark(current, State::Begun);
                    match self.states.get(first) {
                        Some(State::Waits) => path.push((first, 0)),
                        Some(State::Begun) => {
                            let ring = path.iter().map(|(place, _)| *place);
                            return Err(ring.skip_while(|place| *place != first).collect());
                        }
                        _ => {}
                    }
                }
            }
        }
        Ok(())
    }

    fn mark(&mut self, place: usize, state: State) {
        if let Some(own) = self.states.get_mut(place) {
            *own = state;
        }
    }
}
