//! Agents as they are configured.

#![cfg(test)]

use mosaic_config::{Config, ConfigErrors, LoadOptions};

fn load(file: &str) -> Result<Config, ConfigErrors> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mosaic.toml"), file).unwrap();
    Config::load(LoadOptions {
        search: vec![folder.path().to_owned()],
        ..LoadOptions::default()
    })
}

#[test]
fn the_usual_agent_comes_first_and_every_agent_knows_its_name() {
    let config = load(
        r#"
        [agent]
        name = "friday"
        [agents.scribe]
        system_prompt = "You are {name}."
        model = "offline/offline"
        "#,
    )
    .unwrap();
    let agents = config.all_agents();
    let names: Vec<_> = agents.iter().map(|agent| agent.name.as_str()).collect();
    assert_eq!(names, ["friday", "alan", "scribe", "sherlock"]);
    let scribe = agents.get("scribe").unwrap();
    assert_eq!(scribe.system_prompt, "You are scribe.");
    assert_eq!(scribe.model.as_deref(), Some("offline/offline"));
    assert_eq!(agents.get("sherlock").unwrap().model, None);
    assert!(agents.get("jarvis").is_none());
    assert!(!agents.usual().system_prompt.contains("{name}"));
}

#[test]
fn faults_of_agents_are_reported_together() {
    let errors = load(
        r#"
        [agent]
        name = "two words"
        [agents.nobody]
        description = "has nothing to go by"
        [agents.scribe]
        system_prompt = "You are {name}."
        colour = "red"
        "#,
    )
    .unwrap_err()
    .to_string();
    for expected in [
        "agent.name",
        "agents.nobody.system_prompt",
        "agents.scribe.colour",
    ] {
        assert!(errors.contains(expected), "{expected} is not in\n{errors}");
    }
    let twice = "[agents.jarvis]\nsystem_prompt = \"x\"";
    let errors = load(twice).unwrap_err().to_string();
    assert!(
        errors.contains("there is an agent `jarvis` below [agents] too"),
        "{errors}"
    );
}
