//! Rows dealt into partitions by a hash, in bounded memory: what is beyond it waits on disk.
//!
//! Problem: rows come in any order; give all rows of a key together, though they do not fit in
//! memory. Method: rows go, as bytes, to partition `p = ⌊P · h(key) / 2³²⌋`; when all partitions
//! together hold `M` bytes, all are appended to one file, partition after partition, and their
//! places noted. A partition is then read back whole and worked on alone.
//! Symbols: `n` bytes of rows, `P` partitions, `h` a hash of 32 bits, `M` bytes of memory.
//! Time O(n); memory `M`, then `n / P` for each partition at work; disk at most `n`.
//! Source: DeWitt et al., Implementation techniques for main memory database systems (SIGMOD
//! 1984), section 3.3 (the GRACE hash join's partitioning).

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use crate::core::hold;
use crate::error::{LakeError, io_error};

/// Bytes taken at a time for one partition.
const CHUNK_BYTES: usize = 64 * 1024;

/// Deals rows into partitions. Each thread has its own.
pub struct Partitioner {
    held: Vec<Vec<Vec<u8>>>,
    extents: Vec<Vec<(u64, usize)>>,
    held_bytes: usize,
    memory_bytes: usize,
    chunk_bytes: usize,
    path: PathBuf,
    spill: Option<Spill>,
}

/// One partition as one thread left it.
pub struct Partition {
    held: Vec<Vec<u8>>,
    extents: Vec<(u64, usize)>,
    spill: Option<Arc<Mutex<Spill>>>,
}

/// The file of what is beyond memory; it goes with this value.
struct Spill {
    file: File,
    path: PathBuf,
    bytes: u64,
}

impl Partitioner {
    /// An empty one of so many partitions (at least 1). `path` is the file that is made when more
    /// than `memory_bytes` are held, and removed at the end; another one at each thread.
    pub fn new(partitions: usize, memory_bytes: usize, path: &Path) -> Self {
        let partitions = partitions.max(1);
        Self {
            held: vec![Vec::new(); partitions],
            extents: vec![Vec::new(); partitions],
            held_bytes: 0,
            memory_bytes,
            // Several chunks of each partition, so that a spill writes more than it seeks.
            chunk_bytes: (memory_bytes / (8 * partitions)).clamp(256, CHUNK_BYTES),
            path: path.to_owned(),
            spill: None,
        }
    }

    /// Where to append one row of at most so many bytes, of a key with this hash. Rows of equal
    /// hashes come to the same partition.
    pub fn room(&mut self, hash: u64, bytes: usize) -> Result<&mut Vec<u8>, LakeError> {
        // Tables of keys use the low bits of the same hash: here they are mixed anew.
        let mixed = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        let partition = (mixed as usize * self.held.len()) >> 32;
        let full = |chunk: &Vec<u8>| chunk.capacity() - chunk.len() < bytes;
        if self.held[partition].last().is_none_or(full) {
            let capacity = self.chunk_bytes.max(bytes);
            if self.held_bytes + capacity > self.memory_bytes {
                self.spill()?;
            }
            self.held_bytes += capacity;
            self.held[partition].push(Vec::with_capacity(capacity));
        }
        let last = self.held[partition].len() - 1;
        Ok(&mut self.held[partition][last])
    }

    /// Whether anything waits on disk.
    pub fn has_spilled(&self) -> bool {
        self.spill.is_some()
    }

    fn spill(&mut self) -> Result<(), LakeError> {
        let spill = match &mut self.spill {
            Some(spill) => spill,
            none => none.insert(Spill::create(&self.path)?),
        };
        for (chunks, extents) in self.held.iter_mut().zip(&mut self.extents) {
            let start = spill.bytes;
            for chunk in chunks.drain(..) {
                spill.write(&chunk)?;
            }
            let bytes = (spill.bytes - start) as usize;
            if bytes > 0 {
                extents.push((start, bytes));
            }
        }
        self.held_bytes = 0;
        Ok(())
    }

    /// The partitions, in their order.
    pub fn finish(self) -> Vec<Partition> {
        let spill = self.spill.map(|spill| Arc::new(Mutex::new(spill)));
        let both = self.held.into_iter().zip(self.extents);
        both.map(|(held, extents)| Partition { held, extents, spill: spill.clone() }).collect()
    }
}

impl Partition {
    /// Its rows, as chunks of whole rows.
    pub fn read(self) -> Result<Vec<Vec<u8>>, LakeError> {
        let mut chunks = self.held;
        if let Some(spill) = &self.spill {
            for (start, bytes) in self.extents {
                chunks.push(hold(spill).read(start, bytes)?);
            }
        }
        Ok(chunks)
    }
}

impl Spill {
    fn create(path: &Path) -> Result<Self, LakeError> {
        // Never over a file that is somebody else's.
        let file = File::options().read(true).write(true).create_new(true).open(path);
        let file = file.map_err(io_error("create", path))?;
        Ok(Self { file, path: path.to_owned(), bytes: 0 })
    }

    fn write(&mut self, chunk: &[u8]) -> Result<(), LakeError> {
        self.file.write_all(chunk).map_err(io_error("write", &self.path))?;
        self.bytes += chunk.len() as u64;
        Ok(())
    }

    fn read(&mut self, start: u64, bytes: usize) -> Result<Vec<u8>, LakeError> {
        let mut chunk = vec![0; bytes];
        let at = self.file.seek(SeekFrom::Start(start));
        at.and_then(|_| self.file.read_exact(&mut chunk)).map_err(io_error("read", &self.path))?;
        Ok(chunk)
    }
}

impl Drop for Spill {
    fn drop(&mut self) {
        // What resists is left beside the result, named for what it is.
        let _ = std::fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows `key · number`, eight bytes each, as they come back by partition.
    fn deal(memory_bytes: usize, path: &Path) -> (Vec<Vec<(u32, u32)>>, bool) {
        let mut partitioner = Partitioner::new(7, memory_bytes, path);
        for number in 0..10_000_u32 {
            let key = number.wrapping_mul(2_654_435_761) % 300;
            let room = partitioner.room(u64::from(key).wrapping_mul(31), 8).unwrap();
            room.extend_from_slice(&key.to_le_bytes());
            room.extend_from_slice(&number.to_le_bytes());
        }
        let spilled = partitioner.has_spilled();
        let whole = |bytes: &[u8]| u32::from_le_bytes(bytes.try_into().unwrap());
        let rows = |partition: Partition| {
            let chunks = partition.read().unwrap();
            let rows = chunks.iter().flat_map(|chunk| chunk.chunks_exact(8));
            let mut rows: Vec<_> = rows.map(|row| (whole(&row[..4]), whole(&row[4..]))).collect();
            rows.sort_unstable();
            rows
        };
        (partitioner.finish().into_iter().map(rows).collect(), spilled)
    }

    #[test]
    fn memory_and_disk_give_the_same_partitions_and_the_file_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("spill");
        let (kept, spilled) = deal(1 << 20, &path);
        assert!(!spilled);
        assert_eq!(kept.iter().map(Vec::len).sum::<usize>(), 10_000);
        for memory_bytes in [0, 4_000, 30_000] {
            let (read, spilled) = deal(memory_bytes, &path);
            assert!(spilled && read == kept, "{memory_bytes}");
            assert!(!path.exists());
        }
        // Each key is in one partition.
        let mut keys: Vec<u32> = Vec::new();
        for rows in &kept {
            let mut own: Vec<u32> = rows.iter().map(|(key, _)| *key).collect();
            own.dedup();
            keys.extend(own);
        }
        assert_eq!(keys.len(), 300);
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        let mut partitioner = Partitioner::new(2, 0, Path::new("/nowhere/spill"));
        assert!(matches!(partitioner.room(1, 8), Err(LakeError::Io { action: "create", .. })));
    }
}
