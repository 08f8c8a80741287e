//! Opening a file: directory, emptiness, gzip, byte-order mark and format, told by the bytes.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::MultiGzDecoder;

use crate::CollectError;

/// Read buffer, before and after decompression.
const BUFFER_BYTES: usize = 256 * 1024;

/// Bytes of the file read so far, shared between the reader and whoever watches.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReadSoFar(Arc<AtomicU64>);

impl ReadSoFar {
    /// The count.
    pub fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A file that counts what is read of it.
struct Counted {
    file: File,
    read: ReadSoFar,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(buffer)?;
        self.read.0.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// What a file holds.
pub(crate) enum Bytes {
    /// Text, decompressed, without its byte-order mark.
    Text(Box<dyn BufRead + Send>),
    /// Parquet, decompressed.
    Parquet(File),
}

/// An opened file.
pub(crate) struct Opened {
    /// Its size.
    pub bytes: u64,
    /// Whether it is compressed as a whole.
    pub gzip: bool,
    /// How much of it was read.
    pub read: ReadSoFar,
    /// What it holds.
    pub content: Bytes,
}

/// Opens a file and finds out what it holds.
pub(crate) fn open(path: &Path) -> Result<Opened, CollectError> {
    let failed = |source| CollectError::Read { path: path.to_owned(), source };
    let metadata = std::fs::metadata(path).map_err(failed)?;
    if metadata.is_dir() {
        return Err(CollectError::Directory { path: path.to_owned() });
    }
    let read = ReadSoFar::default();
    let file = File::open(path).map_err(failed)?;
    let counted = Counted { file, read: read.clone() };
    let mut plain = BufReader::with_capacity(BUFFER_BYTES, counted);
    let gzip = plain.fill_buf().map_err(failed)?.starts_with(&[0x1f, 0x8b]);
    let mut text: Box<dyn BufRead + Send> = if gzip {
        Box::new(BufReader::with_capacity(BUFFER_BYTES, MultiGzDecoder::new(plain)))
    } else {
        Box::new(plain)
    };
    let head = fill_head(&mut text).map_err(failed)?;
    let format =
        |problem: &str| CollectError::Format { path: path.to_owned(), problem: problem.to_owned() };
    let content = match head.as_slice() {
        [] => return Err(CollectError::Empty { path: path.to_owned() }),
        [b'P', b'A', b'R', b'1'] => Bytes::Parquet(parquet_file(path, gzip, text).map_err(failed)?),
        [b'P', b'K', 3, 4] => {
            return Err(format("is a zip archive or a workbook; unpack it or save it as CSV"));
        }
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
            return Err(format("is UTF-16 text; save it as UTF-8"));
        }
        [0xef, 0xbb, 0xbf, ..] => {
            text.consume(3);
            Bytes::Text(text)
        }
        _ => Bytes::Text(text),
    };
    Ok(Opened { bytes: metadata.len(), gzip, read, content })
}

/// The first four bytes, left unread.
fn fill_head(input: &mut Box<dyn BufRead + Send>) -> io::Result<Vec<u8>> {
    let head = input.fill_buf()?;
    Ok(head[..head.len().min(4)].to_vec())
}

/// Parquet is read at random: compressed Parquet is unpacked to an unnamed temporary file.
fn parquet_file(path: &Path, gzip: bool, mut content: impl Read) -> io::Result<File> {
    if !gzip {
        return File::open(path);
    }
    let mut unpacked = tempfile::tempfile()?;
    io::copy(&mut content, &mut unpacked)?;
    unpacked.seek(SeekFrom::Start(0))?;
    Ok(unpacked)
}
