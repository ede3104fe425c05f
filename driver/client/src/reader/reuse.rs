//! First pages and counts kept for a moment: Excel and Power BI execute every statement twice.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::odata::page::Page;

/// How long an answer may be used again, in milliseconds.
const LIFETIME_MS: i64 = 30_000;
/// Answers kept at most, and their size in bytes.
const MOST_ANSWERS: usize = 64;
const MOST_BYTES: usize = 32 << 20;

/// What was asked for: the address, and the columns into which the answer was put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) url: String,
    pub(crate) columns: Vec<usize>,
}

#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Page(Page),
    Count(u64),
}

/// The answers that an identity got lately.
#[derive(Debug, Default)]
pub(crate) struct Reuse(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    /// The oldest first.
    answers: VecDeque<(i64, Question, Answer)>,
    /// Counts the writes, so that an answer under way during a write is not kept after it.
    writes: u64,
}

impl Reuse {
    pub(crate) fn get(&self, question: &Question, now_ms: i64) -> Option<Answer> {
        let mut kept = self.lock();
        kept.expire(now_ms);
        kept.answers.iter().find(|(_, asked, _)| asked == question).map(|(.., answer)| answer.clone())
    }

    /// The number of writes so far, to be given to [`Reuse::keep`].
    pub(crate) fn writes(&self) -> u64 {
        self.lock().writes
    }

    pub(crate) fn keep(&self, question: Question, answer: Answer, writes: u64, now_ms: i64) {
        let mut kept = self.lock();
        if kept.writes != writes || answer.bytes() > MOST_BYTES {
            return;
        }
        kept.answers.retain(|(_, asked, _)| *asked != question);
        kept.answers.push_back((now_ms, question, answer));
        kept.expire(now_ms);
    }

    /// Forgets everything: rows have been changed.
    pub(crate) fn forget(&self) {
        let mut kept = self.lock();
        kept.answers.clear();
        kept.writes += 1;
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn expire(&mut self, now_ms: i64) {
        // A clock that was set back must not keep an answer for longer.
        self.answers.retain(|(since, ..)| (0..LIFETIME_MS).contains(&(now_ms - since)));
        let mut bytes: usize = self.answers.iter().map(|(.., answer)| answer.bytes()).sum();
        while self.answers.len() > MOST_ANSWERS || bytes > MOST_BYTES {
            bytes -= self.answers.pop_front().map_or(bytes, |(.., answer)| answer.bytes());
        }
    }
}

impl Answer {
    fn bytes(&self) -> usize {
        match self {
            Self::Page(page) => page.batch.get_array_memory_size(),
            Self::Count(_) => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, LIFETIME_MS, MOST_ANSWERS, Question, Reuse};

    fn question(number: usize) -> Question {
        Question { url: format!("https://h.example/{number}"), columns: vec![number] }
    }

    fn count(reuse: &Reuse, number: usize, now_ms: i64) -> Option<u64> {
        reuse.get(&question(number), now_ms).map(|answer| match answer {
            Answer::Count(count) => count,
            Answer::Page(_) => panic!("a page"),
        })
    }

    #[test]
    fn an_answer_lives_for_a_while_and_until_a_write() {
        let reuse = Reuse::default();
        reuse.keep(question(1), Answer::Count(7), 0, 1_000);
        assert_eq!(count(&reuse, 1, 1_000 + LIFETIME_MS - 1), Some(7));
        assert_eq!(count(&reuse, 2, 1_000), None);
        assert_eq!(count(&reuse, 1, 1_000 + LIFETIME_MS), None);
        reuse.keep(question(1), Answer::Count(7), reuse.writes(), 5_000);
        let before = reuse.writes();
        reuse.forget();
        assert_eq!(count(&reuse, 1, 5_000), None);
        reuse.keep(question(1), Answer::Count(7), before, 5_000);
        assert_eq!(count(&reuse, 1, 5_000), None, "it was under way during the write");
    }

    #[test]
    fn the_oldest_goes_first() {
        let reuse = Reuse::default();
        for number in 0..=MOST_ANSWERS {
            reuse.keep(question(number), Answer::Count(0), 0, 0);
        }
        assert_eq!(count(&reuse, 0, 0), None);
        assert_eq!(count(&reuse, 1, 0), Some(0));
    }
}
