//! A short run with a seed of its own, so that the suite plays the same faults every time.

use std::time::Duration;

use mosaic_chaos::Options;

const SEED: u64 = 20_417;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_repeated_or_left_open_while_everything_beneath_dies() -> anyhow::Result<()>
{
    let report = mosaic_chaos::run(Options {
        seed: SEED,
        lasts: Duration::from_secs(50),
        aloud: false,
    })
    .await?;
    assert!(
        report.findings.is_empty(),
        "{report}\n{}",
        report.tail.join("\n")
    );
    // A run in which nothing happened proves nothing.
    for what in [
        "worker killed",
        "gateway killed",
        "Valkey killed, back empty",
        "Postgres killed, restarted",
        "answers",
        "effects",
        "resumes of watchers",
    ] {
        assert!(report.count(what) > 0, "no {what}: {report}");
    }
    Ok(())
}
