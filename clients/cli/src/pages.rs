//! Lists that come in pages, as a whole or as much of them as is wanted.

use mosaic_client::Page;

use crate::failure::Failure;
use crate::output::Output;

/// The longest page that the gateway gives.
const PAGE: u32 = 200;

/// Everything, however many pages that takes.
pub(crate) async fn every<T>(
    mut fetch: impl AsyncFnMut(Option<String>) -> mosaic_client::Result<Page<T>>,
) -> Result<Vec<T>, Failure> {
    let mut all = Vec::new();
    let mut cursor = None;
    loop {
        let page = fetch(cursor).await?;
        all.extend(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() {
            return Ok(all);
        }
    }
}

/// The first `wanted`; `fetch` is told how many the page is to have and where it begins.
pub(crate) async fn first<T>(
    wanted: u32,
    mut fetch: impl AsyncFnMut(u32, Option<String>) -> mosaic_client::Result<Page<T>>,
) -> Result<Vec<T>, Failure> {
    let mut all = Vec::new();
    let mut cursor = None;
    loop {
        let have = u32::try_from(all.len()).unwrap_or(u32::MAX);
        let page = fetch(wanted.saturating_sub(have).clamp(1, PAGE), cursor).await?;
        all.extend(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() || all.len() >= wanted as usize {
            return Ok(all);
        }
    }
}

/// Prints a list: a document each, or as people read it; `nothing` is said where there is nothing.
pub(crate) fn print<T: serde::Serialize>(
    output: Output,
    all: &[T],
    nothing: &str,
    shown: impl FnOnce(&[T]) -> String,
) -> Result<(), Failure> {
    if output.json {
        for one in all {
            output.document(one)?;
        }
        return Ok(());
    }
    if all.is_empty() {
        output.say(nothing);
    }
    output.raw(&shown(all))?;
    Ok(())
}
