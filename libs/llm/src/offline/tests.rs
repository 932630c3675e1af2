use futures::TryStreamExt;
use serde_json::json;

use super::*;
use crate::{ToolDefinition, TurnAssembly};

fn tool(name: &str, parameters: serde_json::Value) -> ToolDefinition {
    ToolDefinition {
        name: name.into(),
        description: String::new(),
        parameters,
    }
}

fn both_tools() -> Vec<ToolDefinition> {
    let expression = json!({"type": "object", "properties": {"expression": {"type": "string"}}});
    vec![
        tool("calculator", expression),
        tool("clock", json!({"type": "object"})),
    ]
}

async fn turn(messages: &[ChatMessage]) -> TurnAssembly {
    let request = CompletionRequest::new(MODEL, messages.to_vec()).with_tools(both_tools());
    let stream = Offline::new("offline").complete(request).await.unwrap();
    let events: Vec<_> = stream.try_collect().await.unwrap();
    let mut turn = TurnAssembly::default();
    for event in &events {
        turn.push(event);
    }
    assert!(turn.done().is_some());
    turn
}

/// A whole conversation; tools answer `result`.
async fn talk(said: &[&str], result: &str) -> Vec<String> {
    let mut messages = Vec::new();
    let mut answers = Vec::new();
    for text in said {
        messages.push(ChatMessage::user(*text));
        let mut turn = turn(&messages).await;
        if turn.tool_calls().next().is_some() {
            let results: Vec<_> = turn
                .tool_calls()
                .map(|call| ChatMessage::tool_result(&call.id, result))
                .collect();
            messages.push(turn.into_message());
            messages.extend(results);
            turn = self::turn(&messages).await;
        }
        answers.push(turn.text());
        messages.push(turn.into_message());
    }
    answers
}

#[tokio::test]
async fn it_says_what_it_is_in_its_first_answer_only() {
    let answers = talk(&["hello", "hello again", "what can you do?"], "").await;
    assert!(answers[0].contains("offline assistant"), "{}", answers[0]);
    assert!(!answers[1].contains("offline assistant"));
    assert!(answers[2].contains("ANTHROPIC_API_KEY"));
}

#[tokio::test]
async fn arithmetic_goes_to_the_calculator_and_the_result_into_words() {
    let answers = talk(&["what is 17 times 23?"], r#"{"result": 391}"#).await;
    assert!(answers[0].contains("offline assistant"));
    assert!(answers[0].ends_with("17 * 23 = 391"), "{}", answers[0]);
}

#[tokio::test]
async fn the_time_is_asked_from_the_clock() {
    let answers = talk(&["hi", "what time is it, and what is 1+1?"], "noon").await;
    assert_eq!(answers[1], "1+1 = noon\nIt is noon.");
}

#[tokio::test]
async fn a_named_time_zone_goes_to_the_clock() {
    let zoned = json!({"type": "object", "properties": {"timezone": {"type": "string"}}});
    let messages = vec![ChatMessage::user("What time is it in America/New_York?")];
    let request = CompletionRequest::new(MODEL, messages).with_tools(vec![tool("clock", zoned)]);
    let reply = rules::reply(&request);
    assert_eq!(
        reply.calls[0].arguments,
        json!({"timezone": "America/New_York"})
    );
}

#[tokio::test]
async fn a_named_place_goes_to_the_clock() {
    let zoned = json!({"type": "object", "properties": {"timezone": {"type": "string"}}});
    for (asked, place) in [
        ("what time is it in Tokyo?", "Tokyo"),
        ("what is the time in New York, please", "New York"),
    ] {
        let messages = vec![ChatMessage::user(asked)];
        let request =
            CompletionRequest::new(MODEL, messages).with_tools(vec![tool("clock", zoned.clone())]);
        let reply = rules::reply(&request);
        assert_eq!(reply.calls[0].arguments, json!({"timezone": place}));
    }
}

#[tokio::test]
async fn a_name_told_beside_a_question_is_remembered_and_asked_for_beside_another() {
    let answers = talk(
        &[
            "my name is Ada. what is 1+1?",
            "what is my name, and what is 2+2?",
        ],
        "4",
    )
    .await;
    assert!(answers[1].contains("Your name is Ada"), "{}", answers[1]);
}

#[tokio::test]
async fn a_message_sent_while_tools_ran_is_answered_together_with_their_results() {
    let mut messages = vec![ChatMessage::user("what is 1+1?")];
    let asked = turn(&messages).await;
    let call_id = asked.tool_calls().next().unwrap().id.clone();
    messages.extend([asked.into_message(), ChatMessage::tool_result(call_id, "2")]);
    messages.push(ChatMessage::user("and 2+2?"));
    let both = turn(&messages).await;
    assert!(both.text().ends_with("1+1 = 2"));
    assert_eq!(
        both.tool_calls().next().unwrap().arguments["expression"],
        "2+2"
    );
}

#[tokio::test]
async fn it_remembers_within_the_conversation() {
    let answers = talk(
        &[
            "my name is Ada",
            "remember that the milk is sour",
            "what is my name?",
            "what did I tell you?",
            "what is my shoe size?",
        ],
        "",
    )
    .await;
    assert!(answers[0].contains("Ada"));
    assert_eq!(answers[2], "Your name is Ada.");
    assert!(answers[3].contains("your name is Ada") && answers[3].contains("the milk is sour"));
    assert!(answers[4].contains("not told me your shoe size"));
}

#[tokio::test]
async fn it_admits_what_it_cannot_do() {
    let answers = talk(&["write a sonnet about rivers"], "").await;
    assert!(answers[0].contains("needs a language model"));
    assert!(answers[0].contains("configure a provider"));
}

#[tokio::test]
async fn without_tools_it_says_so_instead_of_guessing() {
    let request = CompletionRequest::new(MODEL, vec![ChatMessage::user("2+2?")]);
    let stream = Offline::new("offline").complete(request).await.unwrap();
    let events: Vec<_> = stream.try_collect().await.unwrap();
    let mut turn = TurnAssembly::default();
    for event in &events {
        turn.push(event);
    }
    assert!(turn.text().contains("need a tool"));
}

#[tokio::test]
async fn an_answer_comes_word_by_word_and_reports_usage() {
    let turn = turn(&[ChatMessage::user("hello")]).await;
    let (finish, usage) = turn.done().unwrap();
    assert_eq!(finish, FinishReason::Stop);
    assert_eq!(usage.input, 1);
    assert!(usage.output > 10);
}
