//! What the process costs, read from /proc when somebody asks. Where there is no /proc nothing is shown.

use std::fs;
use std::time::Instant;

use opentelemetry::metrics::Meter;

/// The unit of CPU times in /proc, fixed by the kernel's interface to programs.
const TICKS_PER_SECOND: f64 = 100.0;

/// Declares the process metrics.
pub(crate) fn observe(meter: &Meter) {
    let started = Instant::now();
    let _ = meter
        .u64_observable_gauge("process.resident.memory")
        .with_description("Memory of the process that is in RAM.")
        .with_unit("By")
        .with_callback(|observer| {
            if let Some(bytes) = resident_bytes() {
                observer.observe(bytes, &[]);
            }
        })
        .build();
    let _ = meter
        .f64_observable_counter("process.cpu")
        .with_description("CPU time the process has used, in user and kernel mode.")
        .with_unit("s")
        .with_callback(|observer| {
            if let Some(seconds) = cpu_seconds() {
                observer.observe(seconds, &[]);
            }
        })
        .build();
    let _ = meter
        .u64_observable_gauge("process.open.fds")
        .with_description("File descriptors the process has open.")
        .with_callback(|observer| {
            if let Ok(entries) = fs::read_dir("/proc/self/fd") {
                // The listing itself holds one open.
                observer.observe((entries.count() as u64).saturating_sub(1), &[]);
            }
        })
        .build();
    let _ = meter
        .f64_observable_gauge("process.uptime")
        .with_description("Time since the process started measuring.")
        .with_unit("s")
        .with_callback(move |observer| observer.observe(started.elapsed().as_secs_f64(), &[]))
        .build();
}

fn resident_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kib * 1024)
}

fn cpu_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is the name in parentheses and may hold spaces; utime and stime are the 12th and 13th after it.
    let after_name = stat.rsplit_once(')')?.1;
    let mut fields = after_name.split_ascii_whitespace().skip(11);
    let user: u32 = fields.next()?.parse().ok()?;
    let kernel: u32 = fields.next()?.parse().ok()?;
    Some((f64::from(user) + f64::from(kernel)) / TICKS_PER_SECOND)
}
