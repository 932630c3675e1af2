use proptest::prelude::*;

use super::*;

/// Takes out what closing and reopening code blocks has added, and puts the pieces together.
fn rejoin(pieces: &[String]) -> String {
    let mut whole = String::new();
    let mut open: Option<Fence> = None;
    for piece in pieces {
        let mut lines: Vec<&str> = piece.split_inclusive('\n').collect();
        if let Some(fence) = &open {
            assert_eq!(lines.first().copied(), Some(fence.reopening().as_str()));
            lines.remove(0);
        }
        let mut state = open.take();
        let mut kept = Vec::new();
        let count = lines.len();
        for (index, line) in lines.into_iter().enumerate() {
            match fence::classify(line, state.as_ref()) {
                Line::Opens(fence) => state = Some(fence),
                Line::Closes if index + 1 == count && !line.ends_with('\n') => {
                    // Added, or the end of the text; which of the two the next piece shows.
                    open = state.take();
                    kept.push(String::new());
                    continue;
                }
                Line::Closes => state = None,
                Line::Other => {}
            }
            kept.push(line.to_owned());
        }
        whole.push_str(&kept.concat());
    }
    whole
}

fn letters(text: &str) -> String {
    text.chars()
        .filter(|letter| !letter.is_whitespace() && !"`~".contains(*letter))
        .collect()
}

#[test]
fn a_short_text_stays_whole() {
    assert_eq!(chunk("Hello\n\nthere", 4096), ["Hello\n\nthere"]);
    assert!(chunk(" \n\n ", 4096).is_empty());
}

#[test]
fn a_long_code_block_is_closed_and_reopened_with_its_language() {
    let lines: Vec<String> = (0..400)
        .map(|line| format!("let x{line} = {line};\n"))
        .collect();
    let code = lines.concat();
    let text = format!("Before.\n\n```rust\n{code}```\n\nAfter.");
    let pieces = chunk(&text, 4096);
    assert!(pieces.len() > 1);
    for piece in &pieces {
        assert!(units(piece) <= 4096);
        assert_eq!(piece.matches("```").count() % 2, 0, "{piece}");
    }
    assert!(pieces[1].starts_with("```rust\n"), "{}", &pieces[1][..40]);
    assert!(pieces[0].ends_with("```"));
    let lines: Vec<&str> = pieces.iter().flat_map(|piece| piece.lines()).collect();
    for line in code.lines() {
        assert!(lines.contains(&line), "{line} was torn");
    }
}

#[test]
fn paragraphs_are_kept_together() {
    let one = "word ".repeat(500);
    let text = format!("{one}\n\n{one}\n\n{one}");
    let pieces = chunk(&text, 4096);
    assert_eq!(pieces.len(), 3);
    assert!(pieces[0].ends_with("\n\n"));
}

#[test]
fn letters_beyond_the_basic_plane_count_twice_and_are_never_torn() {
    let text = "🦀".repeat(5000);
    let pieces = chunk(&text, 4096);
    assert_eq!(pieces.concat(), text);
    assert!(pieces.iter().all(|piece| units(piece) <= 4096));
    assert_eq!(units(&pieces[0]), 4096);
}

fn markdown() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        4 => "[a-zäß🦀 ]{0,40}",
        1 => "[a-z]{100,300}",
        1 => "[a-z ]{100,300}",
        1 => Just(String::new()),
        1 => Just("```rust".to_owned()),
        1 => Just("```".to_owned()),
        1 => Just("~~~~".to_owned()),
        1 => "- \\*\\*[a-z]{1,9}\\*\\*",
    ];
    proptest::collection::vec(line, 0..60).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #[test]
    fn no_piece_is_too_long_or_blank(text in markdown(), max in 64_usize..400) {
        for piece in chunk(&text, max) {
            prop_assert!(units(&piece) <= max, "{} > {max}: {piece:?}", units(&piece));
            prop_assert!(!piece.trim().is_empty());
        }
    }

    #[test]
    fn no_letter_is_lost_or_added(text in markdown(), max in 64_usize..400) {
        let pieces = chunk(&text, max);
        let joined = pieces.concat();
        // Languages of reopened blocks apart, which `rejoin` takes out.
        prop_assert!(letters(&joined).len() >= letters(&text).len());
        prop_assert_eq!(letters(&rejoin(&pieces)).replace("rust", ""), letters(&text).replace("rust", ""));
    }

    #[test]
    fn every_piece_but_the_last_closes_its_code_blocks(text in markdown(), max in 64_usize..400) {
        let pieces = chunk(&text, max);
        let count = pieces.len();
        for (index, piece) in pieces.iter().enumerate() {
            let mut open = None;
            for line in piece.split_inclusive('\n') {
                match fence::classify(line, open.as_ref()) {
                    Line::Opens(fence) => open = Some(fence),
                    Line::Closes => open = None,
                    Line::Other => {}
                }
            }
            prop_assert!(open.is_none() || index + 1 == count, "{piece:?}");
        }
    }

    #[test]
    fn while_a_text_grows_all_pieces_but_the_last_stay(text in markdown(), max in 64_usize..400, cut in 0.0_f64..1.0) {
        let letters: Vec<char> = text.chars().collect();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place in a short text")]
        let at = (letters.len() as f64 * cut) as usize;
        let earlier: String = letters[..at].iter().collect();
        let (earlier, later) = (chunk(&earlier, max), chunk(&text, max));
        let settled = earlier.len().saturating_sub(2);
        prop_assert_eq!(&earlier[..settled], &later[..settled]);
    }

    #[test]
    fn any_text_is_cut_within_the_limit(text in ".{0,2000}", max in 64_usize..200) {
        for piece in chunk(&text, max) {
            prop_assert!(units(&piece) <= max);
        }
    }
}
