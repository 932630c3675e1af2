//! Finds arithmetic in ordinary text. It only finds: the calculator tool calculates.

/// Words that stand for operators.
const WORDS: &[(&str, &str)] = &[
    (" multiplied by ", " * "),
    (" divided by ", " / "),
    (" to the power of ", " ^ "),
    (" plus ", " + "),
    (" minus ", " - "),
    (" times ", " * "),
    (" over ", " / "),
    (" x ", " * "),
    ("×", "*"),
    ("÷", "/"),
    ("−", "-"),
    ("**", "^"),
];
/// Nobody asks for more at once.
const MOST: usize = 5;

/// The expressions in the text, in order.
pub(super) fn expressions(text: &str) -> Vec<String> {
    let mut text = text.to_lowercase();
    for (word, operator) in WORDS {
        text = text.replace(word, operator);
    }
    let mut found = Vec::new();
    for run in text.split(|c: char| !is_part(c)) {
        if let Some(expression) = expression(run)
            && !found.contains(&expression)
            && found.len() < MOST
        {
            found.push(expression);
        }
    }
    found
}

fn is_part(c: char) -> bool {
    c.is_ascii_digit() || c == ' ' || "+-*/^%().".contains(c)
}

/// The run if it is an expression: two numbers at least, with operators in between, and not a date or a phone number.
fn expression(run: &str) -> Option<String> {
    let run = run
        .trim()
        .trim_end_matches(['.', '-', '+', '*', '/', '^', ' ']);
    let run = run.trim_start_matches(['.', '*', '/', '^', '%', ' ', ')']);
    let run = balanced(run)?;
    let numbers: Vec<&str> = run
        .split(|c: char| !c.is_ascii_digit() && c != '.')
        .filter(|part| part.contains(|c: char| c.is_ascii_digit()))
        .collect();
    let has_operator = run.contains(['+', '-', '*', '/', '^', '%']);
    let all_apart = gaps_hold_operators(run);
    let is_version = numbers.iter().any(|number| number.matches('.').count() > 1);
    if numbers.len() < 2 || !has_operator || !all_apart || is_version || is_label(run) {
        return None;
    }
    Some(run.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Without a bracket that a sentence opened or closed around the expression.
fn balanced(run: &str) -> Option<&str> {
    let depth = run.chars().try_fold(0_i32, |depth, c| match c {
        '(' => Some(depth + 1),
        ')' => (depth > 0).then(|| depth - 1),
        _ => Some(depth),
    });
    match depth {
        Some(0) => Some(run),
        Some(_) => run
            .strip_prefix('(')
            .map(str::trim_start)
            .and_then(balanced),
        None => run.strip_suffix(')').map(str::trim_end).and_then(balanced),
    }
}

/// Two numbers with nothing but spaces between them are a list, not arithmetic.
fn gaps_hold_operators(run: &str) -> bool {
    let mut after_number = false;
    let mut gap = false;
    for c in run.chars() {
        match c {
            ' ' => gap = after_number,
            c if c.is_ascii_digit() || c == '.' => {
                if gap {
                    return false;
                }
                after_number = true;
            }
            _ => (after_number, gap) = (false, false),
        }
    }
    true
}

/// `2026-11-21`, `24/12/2026`, `555-1234`: digits joined without a space by `-` or `/` alone, with the shape of a label.
fn is_label(run: &str) -> bool {
    let parts: Vec<&str> = run.split(['-', '/']).collect();
    let plain = parts
        .iter()
        .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    let date = parts.len() == 3 && parts.iter().any(|part| part.len() == 4);
    let phone = run.contains('-')
        && parts.len() >= 2
        && parts.iter().all(|part| part.len() >= 3)
        && parts.last().is_some_and(|part| part.len() == 4);
    plain && (date || phone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_is_found_in_sentences() {
        for (text, expected) in [
            ("what is 2+2?", "2+2"),
            ("17 times 23", "17 * 23"),
            ("Please compute (3 + 4) * 5.", "(3 + 4) * 5"),
            ("what's 10 divided by 4 minus 1?", "10 / 4 - 1"),
            ("I wonder (roughly 3.5*2)", "3.5*2"),
            ("-4 + 9", "-4 + 9"),
            ("2**10", "2^10"),
        ] {
            assert_eq!(expressions(text), [expected], "{text}");
        }
        assert_eq!(expressions("1+1 and 2*3"), ["1+1", "2*3"]);
    }

    #[test]
    fn dates_versions_phone_numbers_and_lists_are_not_arithmetic() {
        for text in [
            "on 2026-11-21",
            "24/12/2026",
            "call 555-1234",
            "version 1.2.3-4",
            "rooms 12 14",
            "5",
            "well-known - and so on",
            "",
            "3 -",
            "page 7.",
        ] {
            assert!(
                expressions(text).is_empty(),
                "{text}: {:?}",
                expressions(text)
            );
        }
    }
}
