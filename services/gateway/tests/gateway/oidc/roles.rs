//! Roles by groups.

use serde_json::{Value, json};

use super::stage::{SsoStage, person};

fn in_groups(subject: &str, groups: &[&str]) -> Value {
    let mut claims = person(subject);
    claims["groups"] = json!(groups);
    claims
}

async fn set(
    pairs: &'static [&'static str],
    default: Option<&'static str>,
) -> anyhow::Result<SsoStage> {
    SsoStage::set(move |provider| {
        provider.allow_signup = true;
        provider.link_by_email = true;
        provider.groups_claim = Some("groups".to_owned());
        provider.group_roles = pairs.iter().map(|pair| (*pair).to_owned()).collect();
        provider.default_role = default.map(str::to_owned);
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_give_and_take_roles_at_every_sign_in() -> anyhow::Result<()> {
    let sso = set(&["admins=admin", "staff=member"], Some("guest")).await?;
    for (groups, role) in [
        (&["staff"][..], "member"),
        (&["staff", "admins"], "admin"),
        (&["other"], "guest"),
    ] {
        let (_, me) = sso.signed_in(in_groups("bob", groups)).await?;
        assert_eq!(me["role"], role, "{groups:?}");
    }
    let changes = "SELECT count(*)::text FROM audit_log WHERE action = 'member.role'";
    assert_eq!(sso.number(changes).await?, "2");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_owner_stays_one_whatever_their_groups_say() -> anyhow::Result<()> {
    let sso = set(&["bosses=owner", "staff=member"], Some("member")).await?;
    let ada = sso.stage.ada.scope.user_id;
    let verified = format!(
        "UPDATE users SET email = 'ada@example.org', email_verified_at = now() WHERE id = '{ada}'"
    );
    sso.stage.database.execute(&verified).await?;
    let (_, me) = sso.signed_in(in_groups("ada", &["staff"])).await?;
    assert_eq!(me["role"], "owner");
    let (_, me) = sso.signed_in(in_groups("bob", &["bosses"])).await?;
    assert_eq!(me["role"], "owner");
    let (_, me) = sso.signed_in(in_groups("ada", &["staff"])).await?;
    assert_eq!(me["role"], "member");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn where_only_some_groups_are_let_in_others_are_not() -> anyhow::Result<()> {
    let sso = set(&["staff=member"], None).await?;
    assert_eq!(
        sso.refused(in_groups("bob", &["other"])).await?,
        "no_access"
    );
    let count = "SELECT count(*)::text FROM users WHERE name LIKE 'bob%'";
    assert_eq!(sso.number(count).await?, "0");
    sso.signed_in(in_groups("bob", &["staff"])).await?;
    assert_eq!(sso.refused(in_groups("bob", &[])).await?, "no_access");
    Ok(())
}
