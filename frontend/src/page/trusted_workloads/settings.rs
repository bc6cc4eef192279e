//! The settings with which a trusted workload logs in and reads a secret, ready to paste. They hold nothing secret.

use std::sync::Arc;

use super::identity::{Identity, Preset};
use crate::component::Snippet;
use crate::snippet::{quoted, shell_quoted};

/// A label, a description and a text.
type Setting = (&'static str, &'static str, fn(&Names) -> String);

/// What the settings name.
pub struct Names {
    pub identity: Identity,
    pub site: String,
    /// The team's short name and the trust's.
    pub role: String,
    /// A secret, as an example.
    pub secret: Option<String>,
    /// Of Vault's API; `None` without it.
    pub mount: Option<String>,
}

impl Names {
    fn audience(&self) -> &str {
        self.identity.audiences.first().map(String::as_str).unwrap_or_default()
    }

    /// The server, the role and the audience in YAML.
    fn scalars(&self) -> [String; 3] {
        [&self.site, &self.role, self.audience()].map(scalar)
    }

    /// The mount of Vault's API, and a secret.
    fn path(&self) -> [&str; 2] {
        // Vault's clients split paths, and shells have variables.
        let is_plain = |name: &&str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let secret = self.secret.as_deref().filter(is_plain).unwrap_or("NAME");
        [self.mount.as_deref().unwrap_or_default(), secret]
    }

    /// The command that runs a program with its secrets, in YAML.
    fn run(&self) -> String {
        scalar(&format!("strongroom run --role {} -- ./deploy.sh", word(&self.role)))
    }

    /// The namespace and the service account in YAML.
    fn service_account(&self) -> [String; 2] {
        let (namespace, account) = self.identity.service_account().unwrap_or_default();
        let known = |text: &str, other: &str| if is_concrete(text) { scalar(text) } else { other.to_owned() };
        [known(namespace, "NAMESPACE"), known(account, "SERVICE-ACCOUNT")]
    }
}

/// The settings for the platform of an identity. Those that need Vault's API are the last.
pub fn settings(names: Names) -> Vec<Snippet> {
    let platform = names.identity.platform();
    let settings: [Setting; 2] = match platform {
        Preset::GitHub => [
            ("strongroom", "Secrets become variables. The runner needs the strongroom program.", github),
            ("vault-action", "Vault's own action. Later steps have the secret as a variable.", vault_action),
        ],
        Preset::GitLab => [
            ("strongroom", "Secrets become variables. The image needs the strongroom program.", gitlab),
            ("GitLab secrets", "GitLab reads the secret itself. It needs GitLab Premium.", gitlab_secrets),
        ],
        Preset::Kubernetes => [
            ("Pod", "Secrets become variables. The image needs the strongroom program.", pod),
            ("External Secrets", "A store for the ExternalSecrets of the namespace.", secret_store),
        ],
        Preset::Other => [
            ("strongroom", "Secrets become variables. The machine needs the strongroom program.", shell),
            ("curl", "The response has the login token in auth.client_token.", curl),
        ],
    };
    let count = if platform == Preset::Other || names.mount.is_some() { 2 } else { 1 };
    let names = Arc::new(names);
    let snippet = |(label, about, text): Setting| {
        let names = Arc::clone(&names);
        Snippet { label, about, text: Arc::new(move || text(&names)) }
    };
    settings.into_iter().take(count).map(snippet).collect()
}

/// A job of GitHub, up to its steps.
fn github_job(names: &Names) -> String {
    let environment = names.identity.values("environment").find(|text| is_concrete(text));
    let environment = environment.map(|it| format!("    environment: {}\n", scalar(it))).unwrap_or_default();
    format!(
        "jobs:\n  \
           deploy:\n    \
             runs-on: ubuntu-latest\n\
         {environment}    \
             permissions:\n      \
               contents: read\n      \
               id-token: write\n    \
             steps:\n"
    )
}

fn github(names: &Names) -> String {
    let [site, _, audience] = names.scalars();
    // Otherwise the command asks for a token for the server.
    let is_usual = names.site.split('/').take(3).eq(names.audience().split('/'));
    let other = if is_usual { String::new() } else { format!("\n          STRONGROOM_AUDIENCE: {audience}") };
    format!(
        "{}      \
               - uses: actions/checkout@v4\n      \
               - run: {}\n        \
                 env:\n          \
                   STRONGROOM_SERVER: {site}{other}",
        github_job(names),
        names.run(),
    )
}

fn vault_action(names: &Names) -> String {
    let ([site, role, audience], [mount, secret]) = (names.scalars(), names.path());
    format!(
        "{}      \
               - uses: hashicorp/vault-action@v3\n        \
                 with:\n          \
                   url: {site}\n          \
                   method: jwt\n          \
                   path: jwt\n          \
                   role: {role}\n          \
                   jwtGithubAudience: {audience}\n          \
                   secrets: {mount}/data/{secret} value | {secret}",
        github_job(names),
    )
}

fn gitlab(names: &Names) -> String {
    let [site, _, audience] = names.scalars();
    format!(
        "deploy:\n  \
           id_tokens:\n    \
             STRONGROOM_ID_TOKEN:\n      \
               aud: {audience}\n  \
           variables:\n    \
             STRONGROOM_SERVER: {site}\n  \
           script:\n    \
             - {}",
        names.run(),
    )
}

fn gitlab_secrets(names: &Names) -> String {
    let ([site, role, audience], [mount, secret]) = (names.scalars(), names.path());
    format!(
        "deploy:\n  \
           id_tokens:\n    \
             VAULT_ID_TOKEN:\n      \
               aud: {audience}\n  \
           variables:\n    \
             VAULT_SERVER_URL: {site}\n    \
             VAULT_AUTH_ROLE: {role}\n  \
           secrets:\n    \
             {secret}:\n      \
               vault: {secret}/value@{mount}\n      \
               file: false\n  \
           script:\n    \
             - ./deploy.sh"
    )
}

fn pod(names: &Names) -> String {
    let ([site, role, audience], [_, account]) = (names.scalars(), names.service_account());
    format!(
        "spec:\n  \
           serviceAccountName: {account}\n  \
           containers:\n    \
             - name: app\n      \
               image: registry.example.com/app\n      \
               command: [\"strongroom\", \"run\", \"--\", \"./app\"]\n      \
               env:\n        \
                 - name: STRONGROOM_SERVER\n          \
                   value: {site}\n        \
                 - name: STRONGROOM_ROLE\n          \
                   value: {role}\n        \
                 - name: STRONGROOM_JWT_FILE\n          \
                   value: /strongroom/token\n      \
               volumeMounts:\n        \
                 - name: strongroom\n          \
                   mountPath: /strongroom\n          \
                   readOnly: true\n  \
           volumes:\n    \
             - name: strongroom\n      \
               projected:\n        \
                 sources:\n          \
                   - serviceAccountToken:\n              \
                       path: token\n              \
                       audience: {audience}\n              \
                       expirationSeconds: 600"
    )
}

fn secret_store(names: &Names) -> String {
    let ([site, role, audience], [mount, _]) = (names.scalars(), names.path());
    let [namespace, account] = names.service_account();
    format!(
        "apiVersion: external-secrets.io/v1\n\
         kind: SecretStore\n\
         metadata:\n  \
           name: strongroom\n  \
           namespace: {namespace}\n\
         spec:\n  \
           provider:\n    \
             vault:\n      \
               server: {site}\n      \
               path: {mount}\n      \
               version: v2\n      \
               auth:\n        \
                 kubernetes:\n          \
                   mountPath: kubernetes\n          \
                   role: {role}\n          \
                   serviceAccountRef:\n            \
                     name: {account}\n            \
                     audiences:\n              \
                       - {audience}"
    )
}

fn shell(names: &Names) -> String {
    format!(
        "# The file has the program's signed token; its audience is {}\n\
         export STRONGROOM_SERVER={}\n\
         export STRONGROOM_ROLE={}\n\
         export STRONGROOM_JWT_FILE=/path/to/token\n\
         strongroom run -- ./server",
        scalar(names.audience()),
        word(&names.site),
        word(&names.role),
    )
}

fn curl(names: &Names) -> String {
    let body = shell_quoted(&format!("{{\"role\": {}, \"jwt\": \"", quoted(&names.role)));
    format!(
        "# The program's signed token goes into TOKEN; its audience is {}\n\
         curl {}/v1/auth/jwt/login \\\n  \
           -H 'Content-Type: application/json' \\\n  \
           -d {body}\"$TOKEN\"'\"}}'",
        scalar(names.audience()),
        names.site,
    )
}

/// Whether a value is known, and no pattern.
fn is_concrete(text: &str) -> bool {
    !text.is_empty() && !text.contains('*')
}

/// A word of a shell, quoted if necessary.
fn word(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:".contains(&byte);
    if text.bytes().all(is_plain) { text.to_owned() } else { shell_quoted(text) }
}

/// A text in YAML, quoted unless it can only be a string.
fn scalar(text: &str) -> String {
    let is_plain = text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
        && ![": ", " #"].iter().any(|mark| text.contains(mark))
        && !text.ends_with(':')
        && !["true", "false", "null", "yes", "no", "on", "off"].contains(&&*text.to_ascii_lowercase());
    if is_plain { text.to_owned() } else { quoted(text) }
}

#[cfg(test)]
mod tests {
    use super::super::draft::{Draft, Part};
    use super::*;

    fn texts(draft: &Draft, role: &str, mount: Option<&str>) -> Vec<String> {
        let names = Names {
            identity: draft.identity(),
            site: "https://h".to_owned(),
            role: role.to_owned(),
            secret: Some("DB_URL".to_owned()),
            mount: mount.map(str::to_owned),
        };
        settings(names).into_iter().map(|snippet| (snippet.text)()).collect()
    }

    /// A trust that no preset describes.
    fn other(issuer: &str, claims: &str) -> Draft {
        let draft = Draft { preset: Preset::Other, ..Draft::new("https://h") };
        draft.with(Part::Issuer, issuer).with(Part::Claims, claims)
    }

    #[test]
    fn settings_name_server_role_audience_and_secret() {
        for (draft, expected) in [
            (
                other("https://git.example.com", "repository = a/b\nenvironment = prod\nevent_name = push"),
                [
                    "    environment: prod\n    permissions:\n      contents: read\n      id-token: write\n    steps:\n      \
                     - uses: actions/checkout@v4\n      - run: strongroom run --role acme/web -- ./deploy.sh\n        env:\n          \
                     STRONGROOM_SERVER: https://h",
                    "- uses: hashicorp/vault-action@v3\n        with:\n          url: https://h\n          method: jwt\n          \
                     path: jwt\n          role: acme/web\n          jwtGithubAudience: https://h\n          \
                     secrets: kv/data/DB_URL value | DB_URL",
                ],
            ),
            (
                other("https://git.example.com", "project_path = a/b\nproject_path = a/c"),
                [
                    "    STRONGROOM_ID_TOKEN:\n      aud: https://h\n  variables:\n    STRONGROOM_SERVER: https://h\n  script:\n    \
                     - strongroom run --role acme/web -- ./deploy.sh",
                    "    VAULT_SERVER_URL: https://h\n    VAULT_AUTH_ROLE: acme/web\n  secrets:\n    DB_URL:\n      \
                     vault: DB_URL/value@kv\n      file: false\n",
                ],
            ),
            (
                other("https://oidc.example.com", "sub = system:serviceaccount:shop:web\n/x = y"),
                [
                    "          - serviceAccountToken:\n              path: token\n              audience: https://h\n",
                    "          role: acme/web\n          serviceAccountRef:\n            name: web\n            audiences:\n              \
                     - https://h",
                ],
            ),
            (
                other("https://idp.example.com", "sub = x"),
                [
                    "export STRONGROOM_SERVER=https://h\nexport STRONGROOM_ROLE=acme/web\n\
                     export STRONGROOM_JWT_FILE=/path/to/token\nstrongroom run -- ./server",
                    r#"-d '{"role": "acme/web", "jwt": "'"$TOKEN"'"}'"#,
                ],
            ),
        ] {
            let texts = texts(&draft, "acme/web", Some("kv"));
            assert_eq!(texts.len(), 2);
            for (text, expected) in texts.iter().zip(expected) {
                assert!(text.contains(expected), "{text}");
            }
        }
        let elsewhere = Draft::new("team");
        assert!(
            texts(&elsewhere, "a/b", None)[0].ends_with("https://h\n          STRONGROOM_AUDIENCE: team")
        );
        let pattern = other("https://h", "sub = system:serviceaccount:shop-*");
        assert!(texts(&pattern, "a/b", Some("kv"))[1].contains("namespace: NAMESPACE\n"));
    }

    #[test]
    fn unusual_names_are_quoted_and_without_vaults_api_only_our_own_settings_are_shown() {
        let drafts = Preset::ALL
            .map(|preset| Draft { preset, ..Draft::default() }.with(Part::Issuer, preset.issuer()));
        for (draft, count) in drafts.into_iter().zip([1, 1, 1, 2]) {
            let texts = texts(&draft, "a/b: it's", None);
            assert_eq!(texts.len(), count);
            assert!(!texts[0].contains(" a/b: it's"), "{}", texts[0]);
        }
        let texts = texts(&other("https://h", "sub = x"), "a/it's", None);
        assert!(texts[0].contains(r"ROLE='a/it'\''s'"), "{}", texts[0]);
        assert!(texts[1].contains(r#"-d '{"role": "a/it'\''s", "jwt": "'"$TOKEN"'"}'"#), "{}", texts[1]);
        for (text, expected) in
            [("a/b c", "a/b c"), ("12", "\"12\""), ("Yes", "\"Yes\""), ("a: b", "\"a: b\"")]
        {
            assert_eq!(scalar(text), expected);
        }
    }
}
