// SPDX-License-Identifier: MIT
//! The questions of spawn.cpp, yield.cpp and timers.cpp, asked of tokio: one thread, in CPU time.
use std::future::Future;
use std::pin::Pin;
use std::task::Context;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::time::{sleep, Instant, Sleep};

#[repr(C)]
struct Timespec {
    seconds: i64,
    nanoseconds: i64,
}
extern "C" {
    fn clock_gettime(clock: i32, time: *mut Timespec) -> i32;
}

/// Nanoseconds that this process has computed.
fn cpu_time() -> u64 {
    const PROCESS_CPU: i32 = 2;
    let mut now = Timespec { seconds: 0, nanoseconds: 0 };
    // The one call of the standard library's own libc that it does not offer.
    assert_eq!(unsafe { clock_gettime(PROCESS_CPU, &mut now) }, 0);
    now.seconds as u64 * 1_000_000_000 + now.nanoseconds as u64
}

/// Repeats `round`, which does `items` things, for the measured span; reports what one took.
fn measure(question: &str, items: usize, mut round: impl FnMut()) {
    let seconds: f64 = std::env::var("BENCH_SECONDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(0.2);
    round();
    let begin = cpu_time();
    let mut rounds = 0;
    while (cpu_time() - begin) as f64 / 1e9 < seconds {
        round();
        rounds += 1;
    }
    let took = (cpu_time() - begin) as f64 / rounds as f64 / items as f64;
    println!(
        r#"{{"subject": "tokio", "question": "{question}", "unit": "ns", "value": {took:.9}}}"#
    );
}

fn spawn_and_join(home: &Runtime, count: usize) {
    home.block_on(async {
        let all: Vec<_> = (0..count).map(|_| tokio::spawn(async {})).collect();
        for one in all {
            one.await.unwrap();
        }
    });
}

fn yield_together(home: &Runtime, tasks: usize, times: usize) {
    home.block_on(async {
        let all: Vec<_> = (0..tasks)
            .map(|_| {
                tokio::spawn(async move {
                    for _ in 0..times {
                        tokio::task::yield_now().await;
                    }
                })
            })
            .collect();
        for one in all {
            one.await.unwrap();
        }
    });
}

fn span_of(number: usize) -> Duration {
    Duration::from_secs(1) + Duration::from_micros((number * 7_919 % 3_600_000_000) as u64)
}

/// Polled once, so that they are armed; dropped, so that they are taken back.
fn arm_and_cancel(home: &Runtime, count: usize) {
    home.block_on(async {
        let start = Instant::now();
        let mut all: Vec<Pin<Box<Sleep>>> = (0..count)
            .map(|i| Box::pin(tokio::time::sleep_until(start + span_of(i))))
            .collect();
        std::future::poll_fn(|context: &mut Context<'_>| {
            for one in &mut all {
                assert!(one.as_mut().poll(context).is_pending());
            }
            std::task::Poll::Ready(())
        })
        .await;
    });
}

fn sleep_together(home: &Runtime, count: usize) {
    home.block_on(async {
        let all: Vec<_> = (0..count)
            .map(|i| {
                let span = Duration::from_micros(1_000 + (i * 7_919 % 10_000) as u64);
                tokio::spawn(async move { sleep(span).await })
            })
            .collect();
        for one in all {
            one.await.unwrap();
        }
    });
}

fn main() {
    let home = Builder::new_current_thread().enable_time().build().unwrap();
    measure("spawn + join, per task, n = 1000", 1_000, || spawn_and_join(&home, 1_000));
    measure("spawn + join, per task, n = 1000000", 1_000_000, || spawn_and_join(&home, 1_000_000));
    measure("yield, 1 task", 1_000, || yield_together(&home, 1, 1_000));
    measure("yield, 1000 tasks", 100_000, || yield_together(&home, 1_000, 100));
    measure("timer armed and cancelled, 1000000 at once", 1_000_000, || {
        arm_and_cancel(&home, 1_000_000)
    });
    measure("sleep, 100000 tasks at once", 100_000, || sleep_together(&home, 100_000));
}
