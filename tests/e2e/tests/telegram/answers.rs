//! What people get to see.

use std::time::Duration;

use mosaic_e2e::eventually;
use mosaic_testkit::bot_api::Fault;
use mosaic_testkit::model_server::{Script, Turn};
use serde_json::json;

use super::stage::{ADA, Stage, slow_answer, whole_answer};

#[tokio::test]
async fn a_message_is_answered_by_one_message_that_grows() -> anyhow::Result<()> {
    let stage = Stage::set(slow_answer()).await?;
    let before = stage.bot.chat(ADA).len();
    let _ = stage.bot.say(ADA, "go");
    stage.shows(ADA, "w59").await?;
    let answers = stage.bot.chat(ADA).split_off(before);
    assert_eq!(answers.len(), 1, "{answers:#?}");
    assert_eq!(answers[0].text, whole_answer());
    let steps = &answers[0].earlier;
    assert!((1..=8).contains(&steps.len()), "{steps:?}");
    for step in steps {
        assert!(whole_answer().starts_with(step.as_str()), "{step}");
    }
    let edits = stage.bot.calls("editMessageText");
    for pair in edits.windows(2) {
        let apart = pair[1].at - pair[0].at;
        assert!(apart >= Duration::from_millis(950), "edits {apart:?} apart");
    }
    assert!(!stage.bot.calls("sendChatAction").is_empty(), "it typed");
    // What was said is a conversation like any other.
    let id = stage.conversation().await?;
    let messages = stage
        .get(&format!("/api/conversations/{id}/messages"))
        .await?;
    assert_eq!(messages["items"][0]["content"], "go");
    assert_eq!(messages["items"][1]["content"], whole_answer());
    Ok(())
}

#[tokio::test]
async fn a_long_answer_is_cut_without_breaking_its_code() -> anyhow::Result<()> {
    let code: Vec<String> = (0..280).map(|n| format!("let x{n} = {n} < 5;")).collect();
    let answer = format!(
        "**Here** it is:\n\n```rust\n{}\n```\n\nThat was all.",
        code.join("\n")
    );
    assert!(answer.len() > 4_096 - 200, "{}", answer.len());
    let filler = "Some words before it. ".repeat(60);
    let answer = format!("{filler}\n\n{answer}");
    let stage = Stage::set(Script::instant(&answer)).await?;
    let before = stage.bot.chat(ADA).len();
    let _ = stage.bot.say(ADA, "write");
    stage.shows(ADA, "That was all.").await?;
    let answers = stage.bot.chat(ADA).split_off(before);
    assert!(answers.len() >= 2, "{}", answers.len());
    for posted in &answers {
        assert!(posted.text.encode_utf16().count() <= 4_096);
        let source = &posted.source;
        assert_eq!(
            source.matches("<pre>").count(),
            source.matches("</pre>").count()
        );
    }
    assert!(
        answers
            .iter()
            .filter(|one| one.source.contains("language-rust"))
            .count()
            >= 2
    );
    let shown: Vec<&str> = answers.iter().flat_map(|one| one.text.lines()).collect();
    for line in &code {
        assert!(shown.contains(&line.as_str()), "{line} is whole");
    }
    Ok(())
}

#[tokio::test]
async fn an_answer_that_begins_with_code_or_a_quote_is_shown_from_its_first_letter_on()
-> anyhow::Result<()> {
    let code = ["```python\n", "print(1)\n", "```"];
    let python = "<code class=\"language-python\">";
    begins_with(Turn::chunks(code), "```python", "print(1)", python).await?;
    let quote = Turn::chunks([">", " said", " she"]);
    begins_with(quote, ">", "said she", "<blockquote>").await
}

/// The answer is shown by one message, which at first shows what the answer begins with.
async fn begins_with(turn: Turn, first: &str, whole: &str, tag: &str) -> anyhow::Result<()> {
    let pause = Duration::from_millis(1_500);
    let stage = Stage::set(Script::answering(turn.with_delays(pause, pause))).await?;
    let before = stage.bot.chat(ADA).len();
    let _ = stage.bot.say(ADA, "go");
    let answer = stage.shows(ADA, whole).await?;
    assert!(answer.source.contains(tag), "{}", answer.source);
    assert_eq!(answer.text, whole);
    assert_eq!(answer.earlier.first().map(String::as_str), Some(first));
    assert_eq!(stage.bot.chat(ADA).split_off(before).len(), 1);
    Ok(())
}

#[tokio::test]
async fn an_answer_that_cannot_be_shown_while_it_is_short_is_shown_when_it_is_longer()
-> anyhow::Result<()> {
    let pause = Duration::from_millis(1_500);
    let turn = Turn::chunks(["Well", ", yes", ", no"]).with_delays(pause, pause);
    let stage = Stage::set(Script::answering(turn)).await?;
    for _ in 0..2 {
        stage.bot.fail_next("sendMessage", Fault::Empty);
    }
    let _ = stage.bot.say(ADA, "go");
    stage.shows(ADA, "Well, yes, no").await?;
    assert_eq!(
        stage.bot.calls("sendMessage").len(),
        4,
        "one says that Ada is linked"
    );
    Ok(())
}

#[tokio::test]
async fn what_is_said_elsewhere_is_mirrored_with_its_answer() -> anyhow::Result<()> {
    let stage = Stage::set(Script::echo()).await?;
    let _ = stage.bot.say(ADA, "first");
    stage.shows(ADA, "first").await?;
    let id = stage.conversation().await?;
    let body = json!({"content": "from the web"});
    stage.world.send_to(&stage.gateway, &id, body).await?;
    let quote = stage.shows(ADA, "via web/terminal").await?;
    assert!(quote.source.starts_with("<blockquote>"), "{}", quote.source);
    assert_eq!(quote.text, "via web/terminal\nfrom the web");
    let answer = eventually("the answer below the quote", async || {
        let here = stage.bot.chat(ADA);
        here.into_iter()
            .find(|one| one.id > quote.id && one.text.contains("from the web"))
    });
    answer.await?;
    // The chat's own words are not repeated there.
    let quotes = stage.bot.texts(ADA);
    let count = quotes
        .iter()
        .filter(|text| text.contains("via web"))
        .count();
    assert_eq!(count, 1, "{quotes:?}");
    Ok(())
}

#[tokio::test]
async fn a_run_that_fails_says_so() -> anyhow::Result<()> {
    let script = Script::echo().always().fail(400, "no such thing");
    let stage = Stage::set(script).await?;
    let _ = stage.bot.say(ADA, "go");
    let told = stage.shows(ADA, "No answer").await?;
    assert!(told.text.contains("no such thing"), "{}", told.text);
    Ok(())
}
