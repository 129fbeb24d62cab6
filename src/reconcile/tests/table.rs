//! The table, the code and the tests name the same rows.

/// A row that no test of `rows` expects fails, too.
#[test]
fn the_table_names_every_row() {
    let source = concat!(
        include_str!("../next_call.rs"),
        include_str!("../next_call/absent.rs"),
        include_str!("../next_call/alone.rs"),
        include_str!("../next_call/changing.rs"),
        include_str!("../next_call/replacing.rs")
    );
    let rows = include_str!("../call.rs");
    let (_, rows) = rows.split_once("pub enum Row {").unwrap();
    let (rows, _) = rows.split_once('}').unwrap();
    for row in rows.split(',').map(str::trim).filter(|row| !row.is_empty()) {
        assert!(
            source.contains(&format!("//! | `{row}` |")),
            "{row} is not in the table"
        );
        assert!(
            source.contains(&format!("Row::{row}")),
            "{row} is not in the code"
        );
        let name = format!("Row::{row}");
        let mut tested = include_str!("rows.rs").match_indices(&name);
        assert!(
            tested.any(|(at, _)| {
                let rest = &include_str!("rows.rs")[at + name.len()..];
                !rest.starts_with(char::is_alphanumeric)
            }),
            "{row} is in no test of rows.rs"
        );
    }
}
