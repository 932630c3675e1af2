//! The web page and what it may do. Whether it was built or not, its places answer and nothing else does.

use reqwest::Method;

use super::stage::{Stage, problem};

#[tokio::test(flavor = "multi_thread")]
async fn the_page_answers_at_its_own_places_and_may_run_nothing_foreign() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    for place in [
        "/",
        "/memory",
        "/channels",
        "/c/some-conversation",
        "/runs",
        "/operations",
        "/operations/workers",
        "/operations/queues",
        "/operations/audit",
        "/sign-in?problem=cancelled",
        "/setup",
        "/register",
        "/invite",
        "/password",
        "/approve",
        "/settings",
        "/settings/security",
        "/settings/tokens",
        "/people",
        "/people/teams",
        "/people/invitations",
        "/people/workspace",
        "/people/users",
    ] {
        let page = stage.http.get(stage.url(place)).send().await?;
        assert_eq!(page.status(), 200, "{place}");
        let header = |name: &str| {
            let value = page.headers().get(name);
            value
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
        };
        assert!(header("content-type").starts_with("text/html"), "{place}");
        let policy = header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        assert!(policy.contains("script-src 'self'"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(header("x-frame-options"), "DENY");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert!(page.text().await?.contains("Mosaic"));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn other_places_stay_problems() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    for nowhere in [
        "/api/nowhere",
        "/elsewhere",
        "/c",
        "/c/a/b",
        "/operations/elsewhere",
        "/settings/elsewhere",
        "/people/elsewhere",
        "/invite/secret",
        "/assets/none.js",
        "/assets/..%2findex.html",
        "/assets/..%2f..%2fpackage.json",
    ] {
        let missing = stage.http.get(stage.url(nowhere)).send().await?;
        problem(missing, 404, "not_found").await?;
    }
    let post = stage.http.request(Method::POST, stage.url("/"));
    problem(post.send().await?, 405, "method_not_allowed").await?;
    Ok(())
}
