//! Whose account somebody gets.

use serde_json::json;

use super::stage::{SsoStage, person};

#[tokio::test(flavor = "multi_thread")]
async fn who_is_known_gets_in_again_whatever_their_address_is_then() -> anyhow::Result<()> {
    let sso = SsoStage::set(|provider| provider.allow_signup = true).await?;
    let (_, first) = sso.signed_in(person("bob")).await?;
    assert_eq!(first["name"], "bob of the provider");
    assert_eq!(first["role"], "member");
    assert_eq!(first["home"], true);
    assert_eq!(first["method"], "oidc");
    let mut moved = person("bob");
    moved["email"] = json!("robert@example.org");
    let (_, again) = sso.signed_in(moved).await?;
    assert_eq!(again["userId"], first["userId"]);
    assert_eq!(again["email"], "bob@example.org");
    let entries = "SELECT string_agg(action, ' ' ORDER BY id) FROM audit_log
                   WHERE action LIKE 'oidc.%' OR action LIKE 'session.%'";
    assert_eq!(
        sso.number(entries).await?,
        "oidc.link session.begin session.begin"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_account_is_not_let_in_unless_that_is_wanted() -> anyhow::Result<()> {
    let sso = SsoStage::set(|_| {}).await?;
    assert_eq!(sso.refused(person("bob")).await?, "not_invited");
    let count = "SELECT count(*)::text FROM users";
    assert_eq!(sso.number(count).await?, "1");
    let refused = "SELECT action || ' ' || outcome FROM audit_log ORDER BY id DESC LIMIT 1";
    assert_eq!(sso.number(refused).await?, "session.refused refused");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_found_by_an_address_that_both_have_verified() -> anyhow::Result<()> {
    let sso = SsoStage::set(|provider| {
        provider.link_by_email = true;
        provider.allow_signup = true;
    })
    .await?;
    let ada = sso.stage.ada.scope.user_id;
    let set = |more: &str| {
        format!("UPDATE users SET email = 'Ada@Example.org', {more} WHERE id = '{ada}'")
    };
    // Hers, but nobody has verified it: with a token of hers she could be anybody.
    sso.stage
        .database
        .execute(&set("email_verified_at = NULL"))
        .await?;
    assert_eq!(sso.refused(person("ada")).await?, "account_exists");
    // Verified here and not there.
    sso.stage
        .database
        .execute(&set("email_verified_at = now()"))
        .await?;
    let mut unverified = person("mallory");
    unverified["email"] = json!("ada@example.org");
    unverified["email_verified"] = json!(false);
    let (_, me) = sso.signed_in(unverified).await?;
    assert_ne!(me["userId"], ada.to_string());
    assert_eq!(
        me["email"],
        json!(null),
        "what is not verified is not taken over"
    );
    // On both sides.
    let (_, me) = sso.signed_in(person("ada")).await?;
    assert_eq!(me["userId"], ada.to_string());
    assert_eq!(me["role"], "owner");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_given_the_address_of_somebody_else_is_not_given_their_account() -> anyhow::Result<()>
{
    let sso = SsoStage::set(|provider| {
        provider.link_by_email = true;
        provider.allow_signup = true;
    })
    .await?;
    let (_, former) = sso.signed_in(person("bob")).await?;
    assert_eq!(former["emailVerified"], true);
    let mut successor = person("successor");
    successor["email"] = json!("bob@example.org");
    assert_eq!(sso.refused(successor).await?, "account_exists");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_was_made_for_somebody_and_never_used_is_theirs() -> anyhow::Result<()> {
    let sso = SsoStage::set(|provider| provider.link_by_email = true).await?;
    let workspace = sso.stage.ada.scope.workspace_id;
    let made = format!(
        "INSERT INTO users (id, name, email) VALUES (gen_random_uuid(), 'Bob', 'bob@example.org');
         INSERT INTO memberships (workspace_id, user_id, role)
         SELECT '{workspace}', id, 'guest' FROM users WHERE email = 'bob@example.org'"
    );
    sso.stage.database.execute(&made).await?;
    let (_, me) = sso.signed_in(person("bob")).await?;
    assert_eq!(me["name"], "Bob");
    assert_eq!(me["role"], "guest");
    assert_eq!(me["emailVerified"], true);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_leave_an_address_finds_no_account() -> anyhow::Result<()> {
    let sso = SsoStage::set(|provider| provider.allow_signup = true).await?;
    let ada = sso.stage.ada.scope.user_id;
    let verified = format!(
        "UPDATE users SET email = 'ada@example.org', email_verified_at = now() WHERE id = '{ada}'"
    );
    sso.stage.database.execute(&verified).await?;
    assert_eq!(sso.refused(person("ada")).await?, "account_exists");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deactivated_account_is_closed_to_its_person() -> anyhow::Result<()> {
    let sso = SsoStage::set(|provider| provider.allow_signup = true).await?;
    let (browser, _) = sso.signed_in(person("bob")).await?;
    let off =
        "UPDATE users SET state = 'deactivated', state_at = now() WHERE email = 'bob@example.org'";
    sso.stage.database.execute(off).await?;
    assert_eq!(sso.refused(person("bob")).await?, "account_inactive");
    mosaic_testkit::service::eventually("the session to end", async || {
        (sso.status(&browser).await.ok()? == 401).then_some(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_token_does_not_say_is_asked_for() -> anyhow::Result<()> {
    let sso = SsoStage::set(|provider| provider.allow_signup = true).await?;
    let said = json!({
        "sub": "carol",
        "userinfo": {"name": "Carol", "email": "carol@example.org", "email_verified": "true"},
    });
    let (_, me) = sso.signed_in(said).await?;
    assert_eq!(me["name"], "Carol");
    assert_eq!(me["email"], "carol@example.org");
    // Of somebody else.
    let mixed = json!({"sub": "dave", "userinfo": {"sub": "carol", "name": "Carol"}});
    assert_eq!(sso.refused(mixed).await?, "invalid_answer");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_first_sign_ins_at_once_make_one_account() -> anyhow::Result<()> {
    let sso = SsoStage::set(|provider| provider.allow_signup = true).await?;
    let (one, other) = tokio::join!(sso.signed_in(person("bob")), sso.signed_in(person("bob")));
    assert_eq!(one?.1["userId"], other?.1["userId"]);
    let count = "SELECT count(*)::text FROM users WHERE email = 'bob@example.org'";
    assert_eq!(sso.number(count).await?, "1");
    Ok(())
}
