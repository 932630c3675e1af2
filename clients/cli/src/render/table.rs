//! Plain tables: columns as wide as their content, two spaces between them.

use super::text::flat;

/// Rows under a header. Without rows there is nothing to see, not even the header.
pub(crate) fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let clean = |row: &Vec<String>| row.iter().map(|cell| flat(cell)).collect();
    let rows: Vec<Vec<String>> = rows.iter().map(clean).collect();
    let header: Vec<String> = header.iter().map(|&cell| cell.to_owned()).collect();
    let all = || std::iter::once(&header).chain(&rows);
    let widths: Vec<usize> = (0..header.len())
        .map(|column| {
            all()
                .map(|row| row[column].chars().count())
                .max()
                .unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for row in all() {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}"));
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_forges_no_row() {
        let rows = [vec!["a".to_owned(), "x\nb\ty".to_owned()]];
        insta::assert_snapshot!(table(&["ID", "N"], &rows), @r"
        ID  N
        a   x b y
        ");
    }

    #[test]
    fn columns_are_as_wide_as_their_content() {
        let rows = [
            vec!["a".to_owned(), "long".to_owned()],
            vec!["bcd".to_owned(), String::new()],
        ];
        insta::assert_snapshot!(table(&["ID", "N"], &rows), @r"
        ID   N
        a    long
        bcd
        ");
    }
}
