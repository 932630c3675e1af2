use super::*;
use crate::fixture::{ID, OTHER, message};

#[test]
fn messages_of_a_run_stand_together_where_the_run_began() {
    let mut timeline = Timeline::default();
    // The second question waited for the first answer.
    let page = vec![
        message(3, "assistant", "first answer", Some(ID)),
        message(4, "assistant", "second answer", Some(OTHER)),
    ];
    timeline.add_messages(page, true);
    assert_eq!(timeline.oldest(), Some(3));
    let page = vec![
        message(1, "user", "first", Some(ID)),
        message(2, "user", "second", Some(OTHER)),
    ];
    timeline.add_messages(page, false);
    let seqs = |index: usize| -> Vec<i64> {
        let entry = timeline.entry(index).unwrap();
        entry.messages.iter().map(|message| message.seq).collect()
    };
    assert_eq!(
        (timeline.len(), seqs(0), seqs(1)),
        (2, vec![1, 3], vec![2, 4])
    );
    assert_eq!(timeline.oldest(), None);
}

#[test]
fn a_page_that_comes_twice_changes_nothing() {
    let mut timeline = Timeline::default();
    for _ in 0..2 {
        timeline.add_messages(vec![message(1, "user", "first", None)], false);
    }
    assert_eq!(
        (timeline.len(), timeline.entry(0).unwrap().messages.len()),
        (1, 1)
    );
}
