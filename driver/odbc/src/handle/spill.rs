//! Where a static cursor puts rows aside that it has no memory for: a temporary file without a name, which is gone
//! with its last handle, whatever ends the process.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow::array::RecordBatch;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use exact_engine::Error;

/// The bytes that the static cursors of a connection may keep in memory together: the property MemoryLimit.
#[derive(Debug)]
pub struct Budget {
    limit: usize,
    used: AtomicUsize,
}

impl Budget {
    #[must_use]
    pub fn new(limit: u64) -> Budget {
        Budget { limit: usize::try_from(limit).unwrap_or(usize::MAX), used: AtomicUsize::new(0) }
    }

    pub fn take(&self, bytes: usize) {
        self.used.fetch_add(bytes, Ordering::Relaxed);
    }

    pub fn give_back(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }

    #[must_use]
    pub fn is_exceeded(&self) -> bool {
        self.used.load(Ordering::Relaxed) > self.limit
    }
}

/// Batches in a file.
#[derive(Debug, Default)]
pub struct Spill {
    file: Option<File>,
    end: u64,
}

/// Where a batch stands in the file, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    start: u64,
    length: u64,
}

impl Spill {
    pub fn write(&mut self, batch: &RecordBatch) -> Result<Place, Error> {
        let mut bytes = Vec::new();
        let mut writer = StreamWriter::try_new(&mut bytes, &batch.schema()).map_err(failed)?;
        writer.write(batch).and_then(|()| writer.finish()).map_err(failed)?;
        drop(writer);
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(tempfile::tempfile().map_err(failed)?),
        };
        file.seek(SeekFrom::Start(self.end)).and_then(|_| file.write_all(&bytes)).map_err(failed)?;
        let place = Place { start: self.end, length: bytes.len() as u64 };
        self.end += place.length;
        Ok(place)
    }

    pub fn read(&mut self, place: Place) -> Result<RecordBatch, Error> {
        let file = self.file.as_mut().ok_or_else(|| failed("the temporary file is gone"))?;
        file.seek(SeekFrom::Start(place.start)).map_err(failed)?;
        let mut batches = StreamReader::try_new(file.take(place.length), None).map_err(failed)?;
        let batch = batches.next().ok_or_else(|| failed("the temporary file has an end that it should not have"))?;
        batch.map_err(failed)
    }
}

fn failed(error: impl std::fmt::Display) -> Error {
    let folder = std::env::temp_dir();
    let message = format!(
        "the rows of the scrollable cursor could not be put aside in a temporary file in {}: {error}",
        folder.display()
    );
    Error::OutOfMemory { message }
}
