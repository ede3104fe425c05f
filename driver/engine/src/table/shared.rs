//! One read that several places of a plan consume: its pages are fetched once and kept until all have had them, as far
//! as the connection's memory reaches.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use datafusion::arrow::record_batch::RecordBatch;
use datafusion::execution::TaskContext;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use exact_client::Manner;
use exact_client::error::Result;
use futures::stream;
use futures::{StreamExt, TryStreamExt};

use super::pages::Pages;
use super::scan::EntityScan;
use crate::report::Report;

/// A read with several consumers.
pub struct SharedRead {
    /// Brings the rows of all of them.
    whole: EntityScan,
    /// Keep every page: it is not known how often they are consumed.
    keeps_all: bool,
    /// The pages that are still to come, once the first consumer has begun.
    source: tokio::sync::Mutex<Option<Pages>>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// For each consumer the number of the page it wants next; `usize::MAX` when it has ended.
    wanted: Vec<usize>,
    /// Consumers that have begun.
    begun: usize,
    kept: VecDeque<RecordBatch>,
    /// The number of the first page kept.
    first: usize,
    end: Option<Result<()>>,
    memory: Option<MemoryReservation>,
    /// The consumer that alone goes on with the source, since there was no memory for the others' pages.
    alone: Option<usize>,
}

/// What a consumer finds.
enum Found {
    Page(RecordBatch),
    End(Result<()>),
    /// Its page was not kept.
    Lost,
    NotYet,
}

impl SharedRead {
    /// Pages are kept until so many consumers have had them; without a number, to the end.
    pub fn new(whole: EntityScan, consumers: Option<usize>) -> Self {
        let state = State { wanted: vec![0; consumers.unwrap_or_default()], ..State::default() };
        Self { whole, keeps_all: consumers.is_none(), source: tokio::sync::Mutex::default(), state: Mutex::new(state) }
    }

    /// The columns of the pages.
    pub fn columns(&self) -> &[usize] {
        &self.whole.read().request.columns
    }

    /// The pages, for the next consumer.
    pub fn pages(self: &Arc<Self>, manner: Manner, report: Arc<Report>, context: &TaskContext) -> Pages {
        let consumer = {
            let mut state = self.lock();
            let register = || MemoryConsumer::new("pages of a shared read").register(context.memory_pool());
            state.memory.get_or_insert_with(register);
            let consumer = state.begun;
            state.begun += 1;
            if self.keeps_all {
                state.wanted.push(0);
            } else if consumer >= state.wanted.len() {
                return self.whole.pages(manner, report);
            }
            consumer
        };
        let place = Place { shared: Arc::clone(self), consumer, manner, report, rows: 0, own: None };
        stream::try_unfold(place, |mut place| async move { Ok(place.next().await?.map(|page| (page, place))) }).boxed()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A consumer's place in the read.
struct Place {
    shared: Arc<SharedRead>,
    consumer: usize,
    manner: Manner,
    report: Arc<Report>,
    /// Rows it has had.
    rows: usize,
    /// The pages that it reads for itself, its own not having been kept.
    own: Option<Pages>,
}

impl Place {
    fn whole(&self) -> Pages {
        self.shared.whole.pages(self.manner.clone(), Arc::clone(&self.report))
    }

    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        let page = match &mut self.own {
            Some(own) => own.try_next().await?,
            None => self.shared_page().await?,
        };
        self.rows += page.as_ref().map_or(0, RecordBatch::num_rows);
        Ok(page)
    }

    async fn shared_page(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            let found = self.shared.lock().find(self.consumer, self.shared.keeps_all);
            match found {
                Found::Page(page) => return Ok(Some(page)),
                Found::End(end) => return end.map(|()| None),
                Found::Lost => {
                    let own = after(self.whole(), self.rows);
                    return self.own.insert(own).try_next().await;
                }
                Found::NotYet => {}
            }
            let mut source = self.shared.source.lock().await;
            if !self.shared.lock().is_waiting(self.consumer) {
                continue;
            }
            let pages = source.get_or_insert_with(|| self.whole());
            let page = pages.try_next().await;
            let mut state = self.shared.lock();
            match page {
                Ok(Some(page)) => {
                    state.keep(page.clone(), self.consumer, self.shared.keeps_all);
                    return Ok(Some(page));
                }
                Ok(None) => state.end = Some(Ok(())),
                Err(error) => state.end = Some(Err(error)),
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        if let Some(wanted) = state.wanted.get_mut(self.consumer) {
            *wanted = usize::MAX;
        }
        state.trim(self.shared.keeps_all);
    }
}

impl State {
    /// The number of the page that the source gives next.
    fn next(&self) -> usize {
        self.first + self.kept.len()
    }

    fn wants(&self, consumer: usize) -> usize {
        self.wanted.get(consumer).copied().unwrap_or(usize::MAX)
    }

    fn is_waiting(&self, consumer: usize) -> bool {
        self.end.is_none() && self.wants(consumer) == self.next()
    }

    fn find(&mut self, consumer: usize, keeps_all: bool) -> Found {
        let wants = self.wants(consumer);
        if wants < self.first || self.alone.is_some_and(|alone| alone != consumer) {
            return Found::Lost;
        }
        let Some(page) = self.kept.get(wants - self.first).cloned() else {
            return self.end.clone().map_or(Found::NotYet, Found::End);
        };
        self.pass(consumer, keeps_all);
        Found::Page(page)
    }

    /// Takes in a page that the source gave to `consumer`.
    fn keep(&mut self, page: RecordBatch, consumer: usize, keeps_all: bool) {
        let bytes = page.get_array_memory_size();
        let fits = self.alone.is_none() && self.memory.as_mut().is_some_and(|memory| memory.try_grow(bytes).is_ok());
        if !fits {
            self.alone = Some(consumer);
            self.first = self.next() + 1;
            self.kept.clear();
            if let Some(memory) = &mut self.memory {
                memory.free();
            }
        } else {
            self.kept.push_back(page);
        }
        self.pass(consumer, keeps_all);
    }

    fn pass(&mut self, consumer: usize, keeps_all: bool) {
        if let Some(wanted) = self.wanted.get_mut(consumer) {
            *wanted += 1;
        }
        self.trim(keeps_all);
    }

    /// Lets go of the pages that everybody has had.
    fn trim(&mut self, keeps_all: bool) {
        let needed = self.wanted.iter().min().copied().unwrap_or(usize::MAX);
        while !keeps_all && self.first < needed {
            let Some(page) = self.kept.pop_front() else { return };
            self.first += 1;
            if let Some(memory) = &mut self.memory {
                memory.shrink(page.get_array_memory_size().min(memory.size()));
            }
        }
    }
}

/// What follows the first `rows` rows.
fn after(pages: Pages, rows: usize) -> Pages {
    let skipping = move |left: &mut usize, page: Result<RecordBatch>| {
        let page = page.map(|page| {
            let skipped = page.num_rows().min(*left);
            *left -= skipped;
            page.slice(skipped, page.num_rows() - skipped)
        });
        std::future::ready(Some(page))
    };
    pages.scan(rows, skipping).boxed()
}
