//! What the handlers have written down: a line with the number of the job each time one came to its end.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;

/// The lines so far.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) path: PathBuf,
    read: u64,
    times: Vec<u32>,
    /// Jobs that were handled at all.
    pub(super) distinct: u64,
    pub(super) all: u64,
}

impl Written {
    pub(super) fn new(path: PathBuf, jobs: u64) -> anyhow::Result<Self> {
        File::create(&path)?;
        Ok(Self {
            path,
            read: 0,
            times: vec![0; usize::try_from(jobs)?],
            distinct: 0,
            all: 0,
        })
    }

    /// Reads what is new.
    pub(super) fn look(&mut self) -> anyhow::Result<()> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.read))?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        self.read += u64::try_from(whole)?;
        for line in text[..whole].lines() {
            let number: usize = line.parse()?;
            let Some(times) = self.times.get_mut(number) else {
                anyhow::bail!("there is no job {number}");
            };
            self.distinct += u64::from(*times == 0);
            *times += 1;
            self.all += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn lines_are_counted_once_and_only_when_they_are_whole() {
        let folder = tempfile::tempdir().unwrap();
        let mut written = Written::new(folder.path().join("effects"), 10).unwrap();
        let mut file = File::options().append(true).open(&written.path).unwrap();
        file.write_all(b"3\n4\n3\n1").unwrap();
        written.look().unwrap();
        assert_eq!((written.distinct, written.all), (2, 3));
        file.write_all(b"0\n").unwrap();
        assert!(written.look().is_err(), "there is no job 10");
    }
}
