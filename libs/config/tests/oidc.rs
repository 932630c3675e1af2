//! Identity providers: tables with free names inside of a section.

#[cfg(test)]
mod oidc {
    use mosaic_config::{Config, ConfigErrors, LoadOptions};

    const KEY: &str = "[secrets]\nkey = \"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"\n";

    fn with(text: &str) -> Result<Config, ConfigErrors> {
        Config::from_toml(&format!("{KEY}{text}"))
    }

    fn faults(text: &str) -> Vec<String> {
        let faults = with(text).unwrap_err().faults;
        faults.into_iter().map(|fault| fault.key).collect()
    }

    #[test]
    fn a_provider_of_any_name_has_what_is_not_said_as_usual() {
        let config = with(
            r#"
            [auth.oidc.office]
            issuer = "https://login.example.com/realms/main"
            client_id = "mosaic"
            client_secret = "do-not-show"
            groups_claim = "groups"
            group_roles = ["admins=admin", "cn=staff,dc=x=member"]
            "#,
        )
        .unwrap();
        let office = &config.auth.oidc["office"];
        assert_eq!(office.scopes, ["profile", "email"]);
        assert_eq!(office.default_role.as_deref(), Some("member"));
        assert!(office.set_up().is_some() && !office.allow_signup && !office.link_by_email);
        assert!(config.auth.oidc["sso"].set_up().is_none());
        assert!(!config.redacted_dump().contains("do-not-show"));
    }

    #[test]
    fn the_environment_sets_one_up_too() {
        let variables = [
            ("ISSUER", "http://127.0.0.1:9000"),
            ("CLIENT_ID", "mosaic"),
            ("SCOPES", "profile,email,offline_access"),
            ("ALLOW_SIGNUP", "true"),
        ];
        let variables = variables.map(|(key, value)| {
            let name = format!("MOSAIC_AUTH__OIDC__OFFICE__{key}");
            (name, value.to_owned())
        });
        let config = Config::load(LoadOptions {
            variables: variables.to_vec(),
            overrides: KEY.to_owned(),
            ..LoadOptions::default()
        })
        .unwrap();
        let office = &config.auth.oidc["office"];
        assert_eq!(office.scopes.len(), 3);
        assert!(office.allow_signup);
    }

    #[test]
    fn what_cannot_work_is_said_at_once() {
        let found = faults(
            r#"
            [auth.oidc.Office]
            issuer = "http://login.example.com"
            group_roles = ["staff=root"]
            default_role = "owner"
            refresh_minutes = 0
            lable = "x"
            "#,
        );
        for key in [
            "auth.oidc.Office",
            "auth.oidc.Office.client_id",
            "auth.oidc.Office.issuer",
            "auth.oidc.Office.group_roles",
            "auth.oidc.Office.groups_claim",
            "auth.oidc.Office.default_role",
            "auth.oidc.Office.refresh_minutes",
            "auth.oidc.Office.lable",
        ] {
            assert!(found.iter().any(|one| one == key), "{key}: {found:?}");
        }
    }

    #[test]
    fn a_provider_needs_the_key_that_seals() {
        let text = "[auth.oidc.sso]\nissuer = \"https://x.example\"\nclient_id = \"x\"\n";
        let missing = Config::from_toml(text).unwrap_err().faults;
        assert_eq!(missing[0].key, "secrets.key");
        assert!(with(text).is_ok());
    }
}
