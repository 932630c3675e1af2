//! What holds for every route that the document of the API lists, whichever is added next.

use anyhow::Context as _;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};

use super::stage::{Stage, problem};

/// What stands for every id and name in a path.
const ID: &str = "0198c0de-0000-7000-8000-000000000000";
/// Chat networks bring updates of their own form, with a secret of their own.
const WEBHOOK: &str = "/api/channels/{channel}/webhook";
/// The socket begins otherwise than a request ends.
const SOCKET: &str = "/chat";

struct Route {
    method: Method,
    template: String,
    path: String,
    /// Whether nobody has to say who they are.
    public: bool,
    /// Whether it takes a body.
    body: bool,
}

impl Route {
    fn name(&self) -> String {
        format!("{} {}", self.method, self.template)
    }

    fn ask(&self, stage: &Stage) -> RequestBuilder {
        stage
            .http
            .request(self.method.clone(), stage.url(&self.path))
    }
}

/// Every route.
fn routes() -> anyhow::Result<Vec<Route>> {
    let document: Value = serde_json::from_str(&mosaic_gateway::openapi())?;
    let mut routes = Vec::new();
    let paths = document["paths"].as_object().context("paths")?;
    for (template, item) in paths {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let ways = operation["security"].as_array();
            let nothing = |way: &Value| way.as_object().is_some_and(serde_json::Map::is_empty);
            let parts = template.split('/').map(|part| {
                let named = part.starts_with('{');
                if named { ID } else { part }
            });
            routes.push(Route {
                method: method.to_uppercase().parse()?,
                template: template.clone(),
                path: parts.collect::<Vec<_>>().join("/"),
                public: ways.is_some_and(|ways| ways.iter().any(nothing)),
                body: operation["requestBody"].is_object(),
            });
        }
    }
    anyhow::ensure!(routes.len() > 90, "{} routes", routes.len());
    Ok(routes)
}

/// What every answer says to browsers, whatever it is.
fn check_headers(name: &str, response: &Response) {
    let header = |header: &str| {
        let value = response.headers().get(header);
        let value = value.and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let policy = header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'"), "{name}: {policy}");
    assert!(
        policy.contains("frame-ancestors 'none'"),
        "{name}: {policy}"
    );
    let mut directives = policy.split(';').map(str::trim);
    let scripts = directives.find(|one| one.starts_with("script-src"));
    assert!(
        scripts.is_none_or(|one| !one.contains("unsafe")),
        "{name}: {policy}"
    );
    for (known, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        assert_eq!(header(known), value, "{name}: {known}");
    }
    assert!(header("permissions-policy").contains("camera=()"), "{name}");
    let caching = header("cache-control");
    // Where a redirection has led to the page, it is the page that says.
    let path = response.url().path();
    let api = path.starts_with("/api/") && !path.starts_with("/api/docs");
    if api || path == SOCKET {
        assert!(caching.contains("no-store"), "{name}: {caching}");
    } else {
        assert!(!caching.is_empty(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_tells_browsers_to_do_nothing_with_it() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    for route in routes()? {
        let name = route.name();
        check_headers(&name, &route.ask(&stage).send().await?);
        if route.method == Method::GET {
            let by_ada = route.ask(&stage).bearer_auth(stage.ada.token.expose());
            check_headers(&name, &by_ada.send().await?);
        }
    }
    let run = stage.ask(stage.conversation().await?, "hello").await?;
    let events = format!("/api/runs/{run}/events");
    let stream = stage.get(&events).await?;
    assert_eq!(stream.status(), 200);
    check_headers(&format!("GET {events}"), &stream);
    for path in [
        "/",
        "/sign-in",
        "/assets/none.js",
        "/favicon.svg",
        "/nowhere",
        "/api/nowhere",
        "/api/docs/",
        "/api/openapi.json",
    ] {
        let answer = stage.http.get(stage.url(path)).send().await?;
        assert!(
            !answer.headers().contains_key("strict-transport-security"),
            "{path}"
        );
        check_headers(&format!("GET {path}"), &answer);
    }
    let wrong = stage
        .http
        .put(stage.url("/api/conversations"))
        .send()
        .await?;
    assert_eq!(wrong.status(), 405);
    check_headers("PUT /api/conversations", &wrong);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_page_is_only_reached_by_https_browsers_come_back_by_nothing_else()
-> anyhow::Result<()> {
    let stage = Stage::set_with(|config| {
        config.gateway.public_url = Some("https://mosaic.example".to_owned());
    })
    .await?;
    for path in ["/", "/api/me", "/api/login", "/nowhere"] {
        let answer = stage.http.get(stage.url(path)).send().await?;
        let told = answer.headers().get("strict-transport-security");
        let told = told.and_then(|value| value.to_str().ok());
        assert_eq!(told, Some("max-age=31536000"), "{path}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_counts_on_no_route_for_what_another_site_asks_for() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let cookie = stage.sign_in(&stage.ada).await?;
    let foreign = ("origin", "https://evil.example");
    let elsewhere = ("sec-fetch-site", "cross-site");
    let sibling = ("sec-fetch-site", "same-site");
    for route in routes()? {
        if route.template == WEBHOOK {
            continue;
        }
        let reads = route.method == Method::GET;
        let mut cases = vec![vec![elsewhere], vec![sibling], vec![foreign, elsewhere]];
        if !reads {
            cases.push(vec![foreign]);
            cases.push(vec![("origin", "null")]);
        }
        if !reads && !route.public {
            // Who says nothing of where they are is no page of ours.
            cases.push(vec![]);
        }
        if reads && route.public {
            // Anybody may read it, from wherever.
            continue;
        }
        for headers in cases {
            let mut request = route.ask(&stage).header("cookie", &cookie);
            for (name, value) in &headers {
                request = request.header(*name, *value);
            }
            if route.body {
                request = request.json(&json!({}));
            }
            let response = request.send().await?;
            let name = route.name();
            assert_eq!(response.status(), 403, "{name}: {headers:?}");
            problem(response, 403, "permission_denied").await?;
        }
    }
    // Nothing of that ended the session.
    let me = stage.with_cookie(&cookie, Method::GET, "/api/me");
    assert_eq!(me.send().await?.status(), 200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_becomes_somebody_in_a_browser_because_another_site_wants_it() -> anyhow::Result<()>
{
    let stage = Stage::set().await?;
    for route in routes()? {
        if !route.public || route.method == Method::GET || route.template == WEBHOOK {
            continue;
        }
        let request = route.ask(&stage).header("origin", "https://evil.example");
        let response = request.json(&json!({})).send().await?;
        let name = route.name();
        assert_eq!(response.status(), 403, "{name}");
        assert!(!response.headers().contains_key("set-cookie"), "{name}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_but_those_for_anybody_asks_who_it_is() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let unknown = mosaic_identity::ApiToken::generate();
    for route in routes()? {
        if route.public || route.template == SOCKET {
            continue;
        }
        let name = route.name();
        let nobody = route.ask(&stage).json(&json!({})).send().await?;
        assert_eq!(nobody.status(), 401, "{name}");
        problem(nobody, 401, "unauthenticated").await?;
        let stranger = route.ask(&stage).bearer_auth(unknown.expose());
        let stranger = stranger.json(&json!({})).send().await?;
        assert_eq!(stranger.status(), 401, "{name}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_body_has_a_largest_size_and_holds_nothing_unknown() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let cookie = stage.sign_in(&stage.ada).await?;
    let large = format!("{{\"x\":\"{}\"}}", "x".repeat(300 << 10));
    for route in routes()? {
        if !route.body {
            continue;
        }
        let name = route.name();
        // Of an own page: programs are let in by sessions alone.
        let ask = || {
            let request = route.ask(&stage).header("cookie", &cookie);
            let request = request.header("origin", stage.url(""));
            request.header("x-telegram-bot-api-secret-token", "sixteen-letters-x")
        };
        if route.template == WEBHOOK {
            let known = route.path.replace(ID, "telegram");
            let request = stage.http.post(stage.url(&known));
            let request = request.header("x-telegram-bot-api-secret-token", "sixteen-letters-x");
            let refused = request.body(large.clone()).send().await?;
            assert_eq!(refused.status(), 413, "{name}");
            continue;
        }
        let refused = ask().header("content-type", "application/json");
        let refused = refused.body(large.clone()).send().await?;
        assert_eq!(refused.status(), 413, "{name}");
        problem(refused, 413, "payload_too_large").await?;
        let refused = ask().json(&json!({"surprise": 1})).send().await?;
        assert_eq!(refused.status(), 400, "{name}");
        let refused = problem(refused, 400, "invalid_argument").await?;
        assert_eq!(
            refused["errors"][0]["field"], "surprise",
            "{name}: {refused}"
        );
    }
    Ok(())
}
