//! Postgres: one file per aggregate, the only home of SQL.
