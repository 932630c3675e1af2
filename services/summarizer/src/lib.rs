//! Compaction, summaries and scheduled jobs.
