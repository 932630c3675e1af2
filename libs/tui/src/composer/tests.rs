use super::*;

fn typed(text: &str) -> Composer {
    let mut composer = Composer::default();
    composer.insert(text);
    composer
}

#[test]
fn characters_are_deleted_whole() {
    let mut composer = typed("a👨‍👩‍👧é");
    composer.backspace();
    composer.backspace();
    assert_eq!(composer.text(), "a");
    composer.left();
    composer.delete();
    composer.delete();
    composer.backspace();
    assert!(composer.is_empty());
}

#[test]
fn words_and_lines_are_deleted() {
    let mut composer = typed("one two\nthree four");
    composer.delete_word();
    assert_eq!(composer.text(), "one two\nthree ");
    composer.delete_to_start();
    assert_eq!(composer.text(), "one two\n");
    composer.left();
    composer.word_left();
    composer.insert("X");
    assert_eq!(composer.text(), "one Xtwo\n");
    composer.word_right();
    composer.insert("!");
    assert_eq!(composer.text(), "one Xtwo!\n");
}

#[test]
fn rows_follow_the_words_and_the_cursor_follows_the_rows() {
    let mut composer = typed("hello brave new\nworld");
    let rows: Vec<&str> = composer
        .rows(9)
        .into_iter()
        .map(|row| &composer.text()[row])
        .collect();
    assert_eq!(rows, ["hello ", "brave ", "new", "world"]);
    assert_eq!(composer.position(9), (3, 5));
    composer.up(9);
    assert_eq!(composer.position(9), (2, 3));
    composer.up(9);
    composer.up(9);
    assert_eq!(composer.position(9), (0, 3));
    composer.end();
    assert_eq!(composer.position(9), (2, 3));
}

#[test]
fn what_was_sent_comes_back_and_the_draft_is_kept() {
    let mut composer = typed("first");
    assert_eq!(composer.take(), "first");
    composer.insert("second");
    assert_eq!(composer.take(), "second");
    composer.insert("draft");
    composer.up(40);
    assert_eq!(composer.text(), "second");
    composer.up(40);
    composer.up(40);
    assert_eq!(composer.text(), "first");
    composer.down(40);
    composer.down(40);
    assert_eq!(composer.text(), "draft");
}

#[test]
fn what_is_pasted_is_harmless() {
    let composer = typed("a\r\nb\u{1b}[31m\u{202e}c");
    assert_eq!(composer.text(), "a\nb[31mc");
    assert!(typed(&"x".repeat(LONGEST + 1)).is_empty());
}
