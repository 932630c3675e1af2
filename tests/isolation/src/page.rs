//! The table as a document.

use std::fmt::Write as _;

use crate::{Caller, Matrix, Operation, Row};

const HEAD: &str = "\
# Who gets what

<!-- Generated from tests/isolation/cases by `cargo xtask gen isolation`. -->

Every operation of the API, asked by every kind of caller, and the status that each is answered with. The test suite
`tests/isolation` asks all of it on a running installation and fails where an answer is another; an operation that is not
in the table fails it too. Beyond the status it holds that

- nobody but the holder is told anything that the holder said: no title, message, answer, memory or summary;
- nobody outside of the workspace is told an id, a name or a text of it, neither in the body nor in a header;
- who is answered 404 is answered, byte for byte, as for an id that does not exist;
- whatever they tried, everything of the holder's is unchanged afterwards.

The sockets, streams, internal calls, chats and the search, which have no status, have tests of their own there:
`socket.rs`, `streams.rs`, `internal.rs`, `telegram.rs` and `search.rs` in `tests/isolation/tests/isolation`.
[How this fits into the whole](threat-model.md) is another document.

";

/// The Markdown of it.
#[must_use]
pub fn page(matrix: &Matrix) -> String {
    let mut text = HEAD.to_owned();
    text.push_str("## The callers\n\n| caller | who it is |\n|---|---|\n");
    for caller in Caller::ALL {
        line(
            &mut text,
            format_args!("| {} | {} |", caller.name(), caller.describe()),
        );
    }
    text.push_str("\n## The profiles\n\n| profile | what it says |\n|---|---|\n");
    for (name, profile) in &matrix.profiles {
        line(&mut text, format_args!("| {name} | {} |", profile.means));
    }
    let mut tag = "";
    for row in &matrix.rows {
        if row.operation.tag != tag {
            tag = &row.operation.tag;
            head(&mut text, tag);
        }
        body(&mut text, row);
    }
    let operations = matrix.rows.iter().map(|row| &row.operation.id);
    let operations: std::collections::BTreeSet<_> = operations.collect();
    let (operations, rows) = (operations.len(), matrix.rows.len());
    let answers = rows * Caller::ALL.len();
    line(
        &mut text,
        format_args!("\n{operations} operations in {rows} rows, {answers} answers."),
    );
    text
}

fn head(text: &mut String, tag: &str) {
    let names = Caller::ALL.map(Caller::name).join(" | ");
    let dashes = "---|".repeat(Caller::ALL.len());
    line(
        text,
        format_args!("\n## {tag}\n\n| operation | profile | {names} |\n|---|---|{dashes}"),
    );
}

fn body(text: &mut String, row: &Row) {
    let Operation { method, path, .. } = &row.operation;
    let note = if row.note.is_empty() {
        String::new()
    } else {
        format!(" ({})", row.note)
    };
    let codes = Caller::ALL.map(|caller| {
        row.codes
            .get(&caller)
            .map_or_else(String::new, u16::to_string)
    });
    line(
        text,
        format_args!(
            "| `{method} {path}`{note} | {} | {} |",
            row.case.codes,
            codes.join(" | ")
        ),
    );
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = writeln!(text, "{arguments}");
}
