//! Memory: the same words by several people.

use mosaic_testkit::service::eventually;
use serde_json::{Value, json};

use crate::fresh::text;
use crate::people::Person;
use crate::stage::Stage;

const WORDS: &str = "The cellar key hangs behind the blue door";

#[tokio::test(flavor = "multi_thread")]
async fn who_remembers_the_same_words_finds_only_their_own() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let people = &stage.people;
    let everybody = [
        &people.holder,
        &people.member,
        &people.owner,
        &people.stranger,
    ];
    let mut own = Vec::new();
    for who in everybody {
        let note = json!({"content": WORDS});
        own.push(text(&stage.post(who, "/api/memory", &note).await?, "id")?);
    }
    for (who, own) in everybody.into_iter().zip(&own) {
        let found = eventually("the memory to be found", async || {
            let found = search(&stage, who, "q=cellar%20key").await.ok()?;
            (!found.is_empty()).then_some(found)
        })
        .await?;
        assert_eq!(found, std::slice::from_ref(own), "{}", who.name);
        let exactly = format!("q={}", WORDS.replace(' ', "%20"));
        assert_eq!(
            search(&stage, who, &exactly).await?,
            std::slice::from_ref(own),
            "{}",
            who.name
        );
    }
    let nothing = search(&stage, &people.guest, "q=cellar%20key").await?;
    assert_eq!(nothing, Vec::<String>::new());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_person_forgets_the_others_keep() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let (holder, member) = (&stage.people.holder, &stage.people.member);
    let note = json!({"content": WORDS});
    let gone = text(&stage.post(holder, "/api/memory", &note).await?, "id")?;
    let kept = text(&stage.post(member, "/api/memory", &note).await?, "id")?;
    let path = format!("/api/memory/{gone}");
    stage
        .ask(holder, reqwest::Method::DELETE, &path, None)
        .await?;
    let found = eventually("the other memory to be found", async || {
        let found = search(&stage, member, "q=cellar%20key").await.ok()?;
        (!found.is_empty()).then_some(found)
    })
    .await?;
    assert_eq!(found, [kept]);
    assert_eq!(
        search(&stage, holder, "q=cellar%20key").await?,
        Vec::<String>::new()
    );
    Ok(())
}

/// The ids of what is found.
async fn search(stage: &Stage, who: &Person, query: &str) -> anyhow::Result<Vec<String>> {
    let found = stage
        .get(who, &format!("/api/memory/search?{query}"))
        .await?;
    let items: Vec<Value> = found["items"].as_array().cloned().unwrap_or_default();
    items.iter().map(|item| text(item, "id")).collect()
}
