use super::*;
use crate::theme::Palette;

fn plain(text: &str, columns: usize) -> String {
    let lines = render(text, columns, Theme::new(Palette::Mono, true));
    let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
    for line in &lines {
        assert!(crate::text::width(line) <= columns, "{line:?}");
    }
    lines.join("\n")
}

#[test]
fn blocks_stand_apart_and_lists_stay_close() {
    let text =
        "# Title\nOne *two* **three**\nfour\n\n- a\n- b\n  - c\n\n1. x\n2. y\n\n> said\n\nend";
    insta::assert_snapshot!(plain(text, 30), @r"
    Title

    One two three
    four

    • a
    • b
      ◦ c

    1. x
    2. y

    │ said

    end
    ");
}

#[test]
fn code_has_a_frame_and_keeps_its_spaces() {
    let text = "Look:\n```rust\nfn main() {\n    println!(\"hello, world\");\n}\n```\ndone";
    insta::assert_snapshot!(plain(text, 24), @r#"
    Look:

    ╭─ rust ────────────────
    │ fn main() {
    │     println!("hello, w
    │ orld");
    │ }
    ╰───

    done
    "#);
}

#[test]
fn code_that_is_still_being_written_is_shown() {
    insta::assert_snapshot!(plain("```\nlet a", 24), @r"
    ╭───────────────────────
    │ let a
    ╰───
    ");
}

#[test]
fn tables_fit_the_screen() {
    let text =
        "| Name | What it does |\n|---|--:|\n| a | short |\n| bcd | a long text that wraps |";
    insta::assert_snapshot!(plain(text, 24), @r"
    Name │      What it does
    ─────┼──────────────────
    a    │             short
    bcd  │  a long text that
         │             wraps
    ");
}

#[test]
fn lists_with_paragraphs_are_loose_and_wrap_under_their_text() {
    let text = "1. the first item wraps here\n\n   more\n\n2. two\n- [x] done\n- [ ] open";
    insta::assert_snapshot!(plain(text, 20), @r"
    1. the first item
       wraps here

       more

    2. two

    • ☑ done
    • ☐ open
    ");
}

#[test]
fn links_say_where_they_lead_and_escapes_are_gone() {
    insta::assert_snapshot!(
        plain("[bank](https://evil.example) <https://ok.example> \u{1b}]8;;x\u{7}y", 80),
        @"bank (https://evil.example) https://ok.example ]8;;xy"
    );
}

#[test]
fn deep_nesting_keeps_room_for_text() {
    let text = "> ".repeat(40) + "deep down here";
    let lines = render(&text, 20, Theme::new(Palette::Mono, false));
    assert!(lines.iter().any(|line| line.to_string().contains("deep")));
}
