// SPDX-License-Identifier: MIT
//! File reads, asked of tokio: its own File, which seeks and reads on a thread of the runtime, and
//! spawn_blocking with one read_at, which is the least that it can do, and works past the page
//! cache too.
use std::alloc::{alloc_zeroed, dealloc, Layout};
use std::fs::File;
use std::io::SeekFrom;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio::runtime::{Builder, Runtime};

const SIZE: usize = 4096;
const O_DIRECT: i32 = 0o40000;
const DEPTHS: [usize; 3] = [1, 32, 128];

struct Page(*mut u8);
unsafe impl Send for Page {}
const PAGE: Layout = unsafe { Layout::from_size_align_unchecked(SIZE, SIZE) };
impl Page {
    fn new() -> Page {
        Page(unsafe { alloc_zeroed(PAGE) })
    }
    fn bytes(&mut self) -> &mut [u8] {
        unsafe { std::slice::from_raw_parts_mut(self.0, SIZE) }
    }
}
impl Drop for Page {
    fn drop(&mut self) {
        unsafe { dealloc(self.0, PAGE) }
    }
}

struct Places {
    state: u64,
    blocks: u64,
}
impl Places {
    fn new(number: usize, size: u64) -> Places {
        let state = (number as u64).wrapping_mul(0x9e3779b97f4a7c15).wrapping_add(88172645463325252);
        Places { state, blocks: size / SIZE as u64 }
    }
    fn next(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state % self.blocks * SIZE as u64
    }
}

fn span() -> Duration {
    let text = std::env::var("BENCH_SECONDS").ok();
    Duration::from_secs_f64(text.and_then(|t| t.parse().ok()).unwrap_or(0.2))
}

fn report(subject: &str, question: &str, depth: usize, took: Duration, reads: usize) {
    let value = took.as_nanos() as f64 / reads as f64;
    println!(
        r#"{{"subject": "{subject}", "question": "{question}, {depth} in flight", "unit": "ns", "value": {value:.3}}}"#
    );
}

async fn read_by_threads(source: Arc<File>, mut places: Places, end: Instant) -> usize {
    let mut page = Page::new();
    let mut reads = 0;
    while Instant::now() < end {
        let file = source.clone();
        let place = places.next();
        page = tokio::task::spawn_blocking(move || {
            file.read_exact_at(page.bytes(), place).unwrap();
            page
        })
        .await
        .unwrap();
        reads += 1;
    }
    reads
}

async fn read_by_file(mut source: tokio::fs::File, mut places: Places, end: Instant) -> usize {
    let mut memory = vec![0; SIZE];
    let mut reads = 0;
    while Instant::now() < end {
        source.seek(SeekFrom::Start(places.next())).await.unwrap();
        source.read_exact(&mut memory).await.unwrap();
        reads += 1;
    }
    reads
}

fn measure(home: &Runtime, path: &str, question: &str, flags: i32, depth: usize) {
    let open = || {
        std::fs::OpenOptions::new().read(true).custom_flags(flags).open(path).unwrap()
    };
    let source = Arc::new(open());
    let size = source.metadata().unwrap().len();
    let begin = Instant::now();
    let end = begin + span();
    let count = |all: Vec<tokio::task::JoinHandle<usize>>| {
        home.block_on(async {
            let mut reads = 0;
            for one in all {
                reads += one.await.unwrap();
            }
            reads
        })
    };
    let all = (0..depth)
        .map(|i| home.spawn(read_by_threads(source.clone(), Places::new(i, size), end)))
        .collect();
    let reads = count(all);
    report("tokio, spawn_blocking", question, depth, begin.elapsed(), reads);
    if flags == O_DIRECT {
        return; // tokio's File reads into memory of its own, which is not aligned
    }
    let begin = Instant::now();
    let end = begin + span();
    let all = (0..depth)
        .map(|i| {
            let file = tokio::fs::File::from_std(open());
            home.spawn(read_by_file(file, Places::new(i, size), end))
        })
        .collect();
    let reads = count(all);
    report("tokio::fs", question, depth, begin.elapsed(), reads);
}

fn main() {
    let path = std::env::args().nth(1).expect("usage: reads_tokio <file>");
    let home = Builder::new_current_thread().build().unwrap();
    for depth in DEPTHS {
        measure(&home, &path, "file read, cached", 0, depth);
        measure(&home, &path, "file read, O_DIRECT", O_DIRECT, depth);
    }
}
