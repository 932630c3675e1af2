//! Short runs with seeds of their own, so that the suite plays the same faults every time.

use std::time::Duration;

use mosaic_chaos::{Options, Report, Weather};

const SEED: u64 = 20_417;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_repeated_or_left_open_while_everything_beneath_dies() -> anyhow::Result<()>
{
    let report = play(Weather::Chaos, 50).await?;
    happened(
        &report,
        &[
            "worker killed",
            "gateway killed",
            "Valkey killed, back empty",
            "Postgres killed, restarted",
            "answers",
            "effects",
            "resumes of watchers",
        ],
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_stopped_under_load_finishes_its_runs_or_hands_them_over() -> anyhow::Result<()>
{
    let report = play(Weather::Deployment, 20).await?;
    happened(&report, &["worker stopped", "gateway stopped", "answers"]);
    assert_eq!(
        report.count("tool calls of unknown outcome"),
        0,
        "a tool that was begun is waited for: {report}"
    );
    Ok(())
}

async fn play(weather: Weather, seconds: u64) -> anyhow::Result<Report> {
    let report = mosaic_chaos::run(Options {
        seed: SEED,
        lasts: Duration::from_secs(seconds),
        weather,
        aloud: false,
    })
    .await?;
    assert!(
        report.findings.is_empty(),
        "{report}\n{}",
        report.tail.join("\n")
    );
    Ok(report)
}

/// A run in which nothing happened proves nothing.
fn happened(report: &Report, what: &[&str]) {
    for one in what {
        assert!(report.count(one) > 0, "no {one}: {report}");
    }
}
