// SPDX-License-Identifier: MIT
//! A call into a thread, asked of tokio: spawn_blocking from a loop of one thread, one thread for
//! such calls, and the answer awaited.
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};

#[inline(never)]
fn job(value: usize) -> usize {
    std::hint::black_box(value + 1)
}

fn measure(home: &Runtime, window: usize) {
    let text = std::env::var("BENCH_SECONDS").ok();
    let span = Duration::from_secs_f64(text.and_then(|t| t.parse().ok()).unwrap_or(0.2));
    let calls = Arc::new(AtomicUsize::new(0));
    let begin = Instant::now();
    home.block_on(async {
        let all: Vec<_> = (0..window)
            .map(|_| {
                let calls = calls.clone();
                tokio::spawn(async move {
                    let mut value = 0;
                    let mut mine = 0;
                    while mine % 16 != 0 || begin.elapsed() < span {
                        let given = value;
                        value = tokio::task::spawn_blocking(move || job(given)).await.unwrap();
                        mine += 1;
                    }
                    calls.fetch_add(mine, Ordering::Relaxed);
                })
            })
            .collect();
        for one in all {
            one.await.unwrap();
        }
    });
    let value = begin.elapsed().as_nanos() as f64 / calls.load(Ordering::Relaxed) as f64;
    println!(
        r#"{{"subject": "tokio", "question": "call into a thread, {window} in flight", "unit": "ns", "value": {value:.3}}}"#
    );
}

fn main() {
    let home = Builder::new_current_thread().max_blocking_threads(1).build().unwrap();
    for window in [1, 64, 1_000, 10_000] {
        measure(&home, window);
    }
}
