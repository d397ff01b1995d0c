//! The rows of a tenant, on their way from the queue to a file. The file stands in for a database.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::PathBuf;

use tokio::sync::mpsc;

const MAX_BATCH: usize = 100;

pub(crate) struct Rows {
    queue: mpsc::Receiver<String>,
    /// Taken out of the queue, and not yet written.
    batch: Vec<String>,
    path: PathBuf,
    /// Where the batch begins in the file.
    length: u64,
}

impl Rows {
    pub(crate) fn open(path: PathBuf, queue: mpsc::Receiver<String>) -> io::Result<Self> {
        let file = File::options().append(true).create(true).open(&path)?;
        Ok(Self { queue, batch: Vec::new(), path, length: file.metadata()?.len() })
    }

    /// Waits for the next batch. Loses no row if it is dropped.
    pub(crate) async fn next(&mut self) {
        self.queue.recv_many(&mut self.batch, MAX_BATCH).await;
    }

    /// Writes the batch. If that fails, it can be repeated: no row is written twice.
    pub(crate) fn write(&mut self) -> io::Result<()> {
        let mut file = File::options().write(true).open(&self.path)?;
        // A part of the batch may have been written.
        file.set_len(self.length)?;
        file.seek(SeekFrom::End(0))?;
        let text: String = self.batch.iter().flat_map(|row| [row, "\n"]).collect();
        file.write_all(text.as_bytes())?;
        self.length += text.len() as u64;
        self.batch.clear();
        Ok(())
    }

    /// Writes what is left.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.queue.close();
        while let Some(row) = self.queue.blocking_recv() {
            self.batch.push(row);
        }
        self.write()?;
        File::open(&self.path)?.sync_all()
    }
}
