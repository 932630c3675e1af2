//! What is known of one thing: a line for each, values one below the other.

use super::text::flat;

/// The lines; what is not known has none.
pub(crate) fn facts(known: &[(&str, Option<String>)]) -> String {
    let known: Vec<(&str, String)> = known
        .iter()
        .filter_map(|(name, value)| Some((*name, flat(value.as_deref()?))))
        .collect();
    let widest = known.iter().map(|(name, _)| name.chars().count());
    let widest = widest.max().unwrap_or(0);
    let line = |(name, value): &(&str, String)| format!("{name:<widest$}  {value}\n");
    known.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_stands_in_lines() {
        let known = [
            ("name", Some("Ada\nLovelace".to_owned())),
            ("address", None),
            ("workspace", Some("home".to_owned())),
        ];
        insta::assert_snapshot!(facts(&known), @r"
        name       Ada Lovelace
        workspace  home
        ");
    }
}
