use super::setup::{mosaic, run};

#[test]
fn every_shell_gets_its_completions_even_with_a_broken_configuration() {
    let temp = tempfile::tempdir().unwrap();
    std::fs::write(temp.path().join("mosaic.toml"), "nonsense = 1").unwrap();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let said = run(mosaic(temp.path()).args(["completions", shell]));
        assert_eq!((said.code, said.talk.as_str()), (0, ""), "{shell}");
        assert!(said.out.contains("conversations"), "{shell}");
    }
}
