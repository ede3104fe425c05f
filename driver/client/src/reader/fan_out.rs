//! The same read of several divisions: a few at a time, rows as they come (fact sheet 7.5).

use std::collections::VecDeque;
use std::time::Duration;

use futures::stream::{self, BoxStream, FuturesUnordered};
use futures::{FutureExt, StreamExt, future::BoxFuture};
use tokio::time::{Instant, timeout_at};

use crate::error::{Error, Result};

/// Divisions read at the same time at most.
pub const AT_ONCE: usize = 4;
/// How long the first rows may wait for the other divisions that were begun with them.
const PATIENCE: Duration = Duration::from_secs(2);

/// How many divisions are begun with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// A few: all of them are wanted.
    Swift,
    /// One, since its rows may suffice; then twice as many each time a division has ended and they did not.
    Careful,
}

/// The items of the streams that `open` gives for each division. A division whose stream begins with an error that
/// `tolerates` (it may take note of it) is left out; if all are, the first such error is the outcome. An error after
/// rows of its division have come ends everything: half a division would be mistaken for the whole.
///
/// What is known of the divisions begun first is known before the first item comes, unless one takes very long. More than their
/// first items is not asked for before `hold` has come to its end.
pub fn over_divisions<T: Send + 'static>(
    divisions: Vec<i32>,
    pace: Pace,
    open: impl Fn(i32) -> BoxStream<'static, Result<T>> + Send + 'static,
    tolerates: impl Fn(i32, &Error) -> bool + Send + 'static,
    hold: impl Future<Output = ()> + Send + 'static,
) -> BoxStream<'static, Result<T>> {
    let fan_out = FanOut {
        waiting: divisions.into(),
        running: FuturesUnordered::new(),
        ready: VecDeque::new(),
        width: if pace == Pace::Swift { AT_ONCE } else { 1 },
        first_failure: None,
        answered: false,
        begun: false,
        open: Box::new(open),
        tolerates: Box::new(tolerates),
        hold: Some(hold.boxed()),
    };
    stream::try_unfold(fan_out, |mut fan_out| async move { Ok(fan_out.next().await?.map(|item| (item, fan_out))) })
        .boxed()
}

/// A division's stream and what it has just given.
struct Turn<T> {
    division: i32,
    stream: BoxStream<'static, Result<T>>,
    first: bool,
    item: Option<Result<T>>,
}

type Opener<T> = Box<dyn Fn(i32) -> BoxStream<'static, Result<T>> + Send>;
type Tolerance = Box<dyn Fn(i32, &Error) -> bool + Send>;

struct FanOut<T> {
    waiting: VecDeque<i32>,
    running: FuturesUnordered<BoxFuture<'static, Turn<T>>>,
    ready: VecDeque<T>,
    width: usize,
    first_failure: Option<Error>,
    /// Some division could be read.
    answered: bool,
    begun: bool,
    open: Opener<T>,
    tolerates: Tolerance,
    hold: Option<BoxFuture<'static, ()>>,
}

impl<T: Send + 'static> FanOut<T> {
    async fn next(&mut self) -> Result<Option<T>> {
        if !std::mem::replace(&mut self.begun, true) {
            self.first_answers().await?;
        }
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Ok(Some(item));
            }
            if let Some(hold) = self.hold.take_if(|_| !self.running.is_empty() || !self.waiting.is_empty()) {
                hold.await;
            }
            self.begin_more();
            match self.running.next().await {
                Some(turn) => {
                    if let Some(again) = self.hear(turn)? {
                        self.running.push(again);
                    }
                }
                None if self.answered => return Ok(None),
                None => return self.first_failure.take().map_or(Ok(None), Err),
            }
        }
    }

    /// Waits for one answer of each division that is begun with; those that have answered do not read on meanwhile.
    async fn first_answers(&mut self) -> Result<()> {
        self.begin_more();
        let mut again = Vec::new();
        let deadline = Instant::now() + PATIENCE;
        while let Ok(Some(turn)) = timeout_at(deadline, self.running.next()).await {
            again.extend(self.hear(turn)?);
        }
        self.running.extend(again);
        Ok(())
    }

    fn begin_more(&mut self) {
        while self.running.len() < self.width
            && let Some(division) = self.waiting.pop_front()
        {
            self.running.push(turn(division, (self.open)(division), true));
        }
    }

    /// Takes what a division has given; gives its next turn if there is one.
    fn hear(&mut self, heard: Turn<T>) -> Result<Option<BoxFuture<'static, Turn<T>>>> {
        let Turn { division, stream, first, item } = heard;
        match item {
            Some(Ok(item)) => {
                self.answered = true;
                self.ready.push_back(item);
                return Ok(Some(turn(division, stream, false)));
            }
            Some(Err(error)) if first && (self.tolerates)(division, &error) => {
                self.first_failure.get_or_insert(error);
            }
            Some(Err(error)) => return Err(error),
            None => self.answered = true,
        }
        self.width = (self.width * 2).min(AT_ONCE);
        Ok(None)
    }
}

fn turn<T: Send + 'static>(
    division: i32,
    mut stream: BoxStream<'static, Result<T>>,
    first: bool,
) -> BoxFuture<'static, Turn<T>> {
    async move {
        let item = stream.next().await;
        Turn { division, stream, first, item }
    }
    .boxed()
}

#[cfg(test)]
mod tests {
    use std::future::ready;
    use std::sync::{Arc, Mutex};

    use super::*;

    fn failure(division: i32) -> Error {
        Error::ServiceFailed { status: 500, text: format!("{division} failed") }
    }

    /// Division n gives n items, negative ones an error; which were opened is remembered.
    fn opener(opened: &Arc<Mutex<Vec<i32>>>) -> impl Fn(i32) -> BoxStream<'static, Result<i32>> + Send + use<> {
        let opened = Arc::clone(opened);
        move |division| {
            opened.lock().unwrap().push(division);
            let items: Vec<_> =
                if division < 0 { vec![Err(failure(division))] } else { vec![Ok(division); division as usize] };
            stream::iter(items).boxed()
        }
    }

    #[tokio::test]
    async fn every_item_of_every_division_comes_once() {
        let opened = Arc::default();
        let divisions: Vec<i32> = (0..40).collect();
        let mut items: Vec<i32> = over_divisions(divisions, Pace::Swift, opener(&opened), |_, _| false, ready(()))
            .map(Result::unwrap)
            .collect()
            .await;
        items.sort_unstable();
        let expected: Vec<i32> = (0..40).flat_map(|n| std::iter::repeat_n(n, n as usize)).collect();
        assert_eq!(items, expected);
    }

    #[tokio::test]
    async fn a_failing_division_is_left_out_unless_all_fail() {
        let opened = Arc::default();
        let noted = Arc::new(Mutex::new(Vec::new()));
        let notes = Arc::clone(&noted);
        let tolerates = move |division, error: &Error| {
            notes.lock().unwrap().push((division, error.to_string()));
            true
        };
        let mut stream = over_divisions(vec![1, -2, 3], Pace::Swift, opener(&opened), tolerates, ready(()));
        // What is wrong with the second is known when the first item comes.
        stream.next().await.unwrap().unwrap();
        assert_eq!(*noted.lock().unwrap(), [(-2, "-2 failed".to_owned())]);
        assert_eq!(stream.count().await, 3);
        let all = over_divisions(vec![-1, -2], Pace::Swift, opener(&opened), |_, _| true, ready(()));
        let outcome: Vec<_> = all.collect().await;
        assert!(matches!(&outcome[..], [Err(Error::ServiceFailed { .. })]), "{outcome:?}");
        let strict: Vec<_> =
            over_divisions(vec![1, -2], Pace::Swift, opener(&opened), |_, _| false, ready(())).collect().await;
        assert!(strict.iter().any(Result::is_err), "{strict:?}");
    }

    #[tokio::test]
    async fn an_error_after_rows_ends_everything() {
        let open = |_| stream::iter([Ok(1), Err(failure(1))]).boxed();
        let outcome: Vec<Result<i32>> =
            over_divisions(vec![1, 2], Pace::Swift, open, |_, _| true, ready(())).collect().await;
        assert!(outcome.last().unwrap().is_err());
    }

    #[tokio::test]
    async fn more_than_the_first_items_waits() {
        let opened = Arc::default();
        let divisions = vec![2; 10];
        let mut stream = over_divisions(divisions, Pace::Swift, opener(&opened), |_, _| false, std::future::pending());
        for _ in 0..AT_ONCE {
            stream.next().await.unwrap().unwrap();
        }
        assert!(stream.next().now_or_never().is_none());
        assert_eq!(opened.lock().unwrap().len(), AT_ONCE);
    }

    #[tokio::test]
    async fn a_careful_read_opens_no_more_than_it_needs() {
        let opened = Arc::default();
        let mut stream =
            over_divisions(vec![2, 2, 2, 2, 2, 2, 2], Pace::Careful, opener(&opened), |_, _| false, ready(()));
        for _ in 0..2 {
            stream.next().await.unwrap().unwrap();
        }
        assert_eq!(opened.lock().unwrap().len(), 1);
        stream.next().await.unwrap().unwrap();
        assert_eq!(opened.lock().unwrap().len(), 3);
        assert_eq!(stream.count().await, 11);
    }
}
