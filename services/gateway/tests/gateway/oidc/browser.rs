//! A browser: keeps the cookies of every site apart, and goes where it is sent one step at a time.

use std::collections::{BTreeMap, HashMap};

use anyhow::Context as _;
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, Response, Url};

/// Steps after which somebody is sent in circles.
const STEPS: usize = 20;

pub(crate) struct Browser {
    http: Client,
    jar: HashMap<String, BTreeMap<String, String>>,
}

impl Browser {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let http = Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .timeout(std::time::Duration::from_secs(30))
            .build()?;
        Ok(Self {
            http,
            jar: HashMap::new(),
        })
    }

    pub(crate) async fn get(&mut self, url: &str) -> anyhow::Result<Response> {
        let request = self.http.get(url);
        self.send(Url::parse(url)?, request).await
    }

    pub(crate) async fn submit(
        &mut self,
        url: &str,
        form: &[(&str, &str)],
    ) -> anyhow::Result<Response> {
        let request = self.http.request(Method::POST, url).form(form);
        self.send(Url::parse(url)?, request).await
    }

    async fn send(&mut self, url: Url, request: RequestBuilder) -> anyhow::Result<Response> {
        let cookies = self.jar.entry(site(&url)).or_default();
        let pairs: Vec<String> = cookies.iter().map(|(k, v)| format!("{k}={v}")).collect();
        let response = request.header(COOKIE, pairs.join("; ")).send().await?;
        for line in response.headers().get_all(SET_COOKIE) {
            let (pair, attributes) = line.to_str()?.split_once(';').context("attributes")?;
            let (name, value) = pair.split_once('=').context("a pair")?;
            if value.is_empty() || attributes.to_ascii_lowercase().contains("max-age=0") {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(response)
    }

    /// Goes where it is sent until it arrives somewhere, or would arrive at `until`.
    pub(crate) async fn follow(
        &mut self,
        mut response: Response,
        until: &str,
    ) -> anyhow::Result<Response> {
        for _ in 0..STEPS {
            if !response.status().is_redirection() || response.url().path().ends_with(until) {
                return Ok(response);
            }
            let place = location(&response)?;
            response = self.get(place.as_str()).await?;
        }
        anyhow::bail!("sent in circles, lastly at {}", response.url())
    }

    /// A cookie of a site, as it would be sent there.
    pub(crate) fn cookie(&self, url: &str, name: &str) -> anyhow::Result<String> {
        let cookies = self.jar.get(&site(&Url::parse(url)?));
        let value = cookies.and_then(|cookies| cookies.get(name));
        let value = value.with_context(|| format!("no cookie {name}"))?;
        Ok(format!("{name}={value}"))
    }

    /// Keeps a cookie that it was given elsewhere.
    pub(crate) fn keep(&mut self, url: &str, pair: &str) -> anyhow::Result<()> {
        let (name, value) = pair.split_once('=').context("a pair")?;
        let cookies = self.jar.entry(site(&Url::parse(url)?)).or_default();
        cookies.insert(name.to_owned(), value.to_owned());
        Ok(())
    }
}

/// Where an answer leads.
pub(crate) fn location(response: &Response) -> anyhow::Result<Url> {
    let place = response.headers().get(LOCATION);
    let place = place.with_context(|| format!("{} leads nowhere", response.url()))?;
    Ok(response.url().join(place.to_str()?)?)
}

/// Cookies of one host are the same on all its ports; here each port is somebody else.
fn site(url: &Url) -> String {
    format!(
        "{}:{}",
        url.host_str().unwrap_or_default(),
        url.port_or_known_default().unwrap_or_default()
    )
}
