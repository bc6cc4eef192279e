//! *Use it*: lines that read a secret from programs, ready to paste. They name this server and the secret, and say where
//! the key goes; never a value or a key.

use std::sync::Arc;

use strongroom_shared::text_enum;

use super::access::{self, AccessPanel};
use crate::component::{CloseFooter, CopyButton, DialogControl, DialogName, ModalDialog, Segments};
use crate::prelude::*;
use crate::snippet::{VAULT_FIELD, quoted, request_body, shell_quoted, vault_line};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    UseIt,
    Access,
}

/// The lines for programs and, with the permission to see it, the access.
#[component]
pub fn UseDialog(name: Arc<str>) -> impl IntoView {
    let control = DialogControl::new(Signal::stored(false), Signal::stored(false));
    let part = RwSignal::new(Part::UseIt);
    let has_access = access::is_allowed();
    let named = name.to_string();
    let content = move || match part.get() {
        Part::UseIt => view! { <UsePanel name=Arc::clone(&name) /> }.into_any(),
        Part::Access => view! { <AccessPanel name=Arc::clone(&name) /> }.into_any(),
    };
    view! {
        <ModalDialog control title=if has_access { "Use and access" } else { "Use it" }>
            <div class="dialog__body">
                <DialogName name=named />
                {has_access.then(|| view! {
                    <div>
                        <Segments
                            label="Show"
                            options=vec![(Part::UseIt, "Use it"), (Part::Access, "Access")]
                            chosen=part
                            on_choose=move |chosen| part.set(chosen)
                        />
                    </div>
                })}
                {content}
            </div>
            <CloseFooter control />
        </ModalDialog>
    }
}

text_enum! {
    /// A way to read a secret: its name, and the noun in the label of the button that copies its lines.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    Way {
        PrefectSecret = "Prefect: Secret", "the lines for Prefect's Secret";
        PrefectTask = "Prefect: task PrefectSecret", "the lines for Prefect's task";
        CommandLine = "Command line", "the lines for the command line";
        Vault = "Vault's clients", "the lines for Vault's clients";
        Curl = "curl", "the lines for curl";
        Python = "Python", "the lines for Python";
        GitHubActions = "GitHub Actions", "the lines for GitHub Actions";
    }
}

impl Way {
    /// The lines; `None` if they can't work. `mount` is that of Vault's API, if there is one.
    fn text(self, site: &str, name: &str, mount: Option<&str>) -> Option<String> {
        let (word, string) = (shell_quoted(name), quoted(name));
        Some(match self {
            Self::PrefectSecret => format!(
                "{}from prefect.client import Secret\n\n\
                 value = Secret({string}).get()",
                prefect_settings(site)
            ),
            Self::PrefectTask => format!(
                "{}from prefect import Flow\n\
                 from prefect.tasks.secrets import PrefectSecret\n\n\
                 with Flow(\"example\") as flow:\n    \
                     value = PrefectSecret({string})",
                prefect_settings(site)
            ),
            Self::CommandLine => format!(
                "# The key goes into STRONGROOM_KEY, or into the file that STRONGROOM_KEY_FILE names.\n\
                 export STRONGROOM_SERVER={}\n\
                 strongroom get -- {word}",
                shell_quoted(site)
            ),
            Self::Vault => format!(
                "# The key goes into VAULT_TOKEN.\n\
                 export VAULT_ADDR={}\n\
                 {VAULT_FIELD}\n\
                 {}",
                shell_quoted(site),
                vault_line(mount?, name)?
            ),
            Self::Curl => format!(
                "# The key goes into STRONGROOM_KEY.\n\
                 curl {} \\\n  \
                   -H \"Authorization: Bearer $STRONGROOM_KEY\" \\\n  \
                   -H 'Content-Type: application/json' \\\n  \
                   -d {}",
                shell_quoted(&format!("{site}/graphql")),
                shell_quoted(&request_body(Some(name)))
            ),
            Self::Python => format!(
                "import json\n\
                 import os\n\
                 import urllib.request\n\n\
                 request = urllib.request.Request(\n    \
                     {},\n    \
                     json.dumps({{\n        \
                         \"query\": \"query($name: String!) {{ secret_value(name: $name) }}\",\n        \
                         \"variables\": {{\"name\": {string}}},\n    \
                     }}).encode(),\n    \
                     {{\n        \
                         \"Content-Type\": \"application/json\",\n        \
                         # The key goes into the environment variable STRONGROOM_KEY.\n        \
                         \"Authorization\": \"Bearer \" + os.environ[\"STRONGROOM_KEY\"],\n    \
                     }},\n\
                 )\n\
                 with urllib.request.urlopen(request, timeout=15) as response:\n    \
                     answer = json.load(response)\n\
                 if \"errors\" in answer:\n    \
                     raise KeyError(answer[\"errors\"][0][\"message\"])\n\
                 value = answer[\"data\"][\"secret_value\"]",
                quoted(&format!("{site}/graphql"))
            ),
            Self::GitHubActions => format!(
                "- run: |\n    \
                     VALUE=\"$(strongroom get -- {})\" ./deploy.sh\n  \
                   env:\n    \
                     STRONGROOM_SERVER: {site}\n    \
                     # The key goes into the repository's secret STRONGROOM_KEY.\n    \
                     STRONGROOM_KEY: ${{{{ secrets.STRONGROOM_KEY }}}}",
                // GitHub evaluates expressions even in a script.
                word.replace("${{", "${{ '${{' }}")
            ),
        })
    }
}

fn prefect_settings(site: &str) -> String {
    format!(
        "# In the environment of the flow run; the key goes into the third:\n\
         # PREFECT__BACKEND=cloud\n\
         # PREFECT__CLOUD__API={site}\n\
         # PREFECT__CLOUD__API_KEY\n\
         # PREFECT__CLOUD__USE_LOCAL_SECRETS=false\n"
    )
}

#[component]
fn UsePanel(name: Arc<str>) -> impl IntoView {
    let site = browser::site();
    let mount = outcome_of(api::kv_mount());
    let lines = move || {
        let mount = mount.get().and_then(Result::ok).flatten();
        let lines = |way: Way| {
            let text = way.text(&site, &name, mount.as_deref())?;
            Some(view! { <Lines way text /> })
        };
        Way::ALL.into_iter().filter_map(lines).collect_view()
    };
    view! {
        <p class="dialog__intro">
            "Programs read it with an API key of a role that reads values, such as Runner. Keep the key out of the code."
        </p>
        {lines}
    }
}

#[component]
fn Lines(way: Way, text: String) -> impl IntoView {
    let copied = text.clone();
    view! {
        <section class="settings">
            <div class="settings__bar">
                <h3 class="access__title">{way.as_str()}</h3>
                <CopyButton text=Signal::stored(copied) what=way.describe() small=true />
            </div>
            <pre class="settings__text" tabindex="0" role="group" aria-label=way.as_str() dir="ltr">{text}</pre>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_name_the_server_and_the_secret_and_say_where_the_key_goes() {
        for way in Way::ALL {
            let text = way.text("https://h/x", "DB_URL", Some("secret")).expect("it works");
            let variable = if way == Way::Vault { "VAULT_TOKEN" } else { "KEY" };
            for part in ["https://h/x", "DB_URL", "key goes into", variable] {
                assert!(text.contains(part), "{part} in {text}");
            }
        }
    }

    #[test]
    fn lines_for_vaults_clients_are_hidden_if_they_can_not_work() {
        for (name, mount) in [("DB_URL", None), ("a//b", Some("secret"))] {
            let hidden: Vec<_> =
                Way::ALL.into_iter().filter(|way| way.text("https://h", name, mount).is_none()).collect();
            assert_eq!(hidden, [Way::Vault], "{name}");
        }
    }

    #[test]
    fn odd_names_are_quoted() {
        for (way, expected) in [
            (Way::PrefectSecret, r#"Secret("it's \"${{ odd").get()"#),
            (Way::PrefectTask, r#"PrefectSecret("it's \"${{ odd")"#),
            (Way::CommandLine, r#"strongroom get -- 'it'\''s "${{ odd'"#),
            (Way::Vault, r#"-mount=secret -- 'it'\''s "${{ odd'"#),
            (Way::Curl, r#"-d '{"query":"{ secret_value(name: \"it'\''s \\\"${{ odd\") }"}'"#),
            (Way::Python, r#""variables": {"name": "it's \"${{ odd"}"#),
            (Way::GitHubActions, r#"strongroom get -- 'it'\''s "${{ '${{' }} odd'"#),
        ] {
            let text = way.text("https://h", "it's \"${{ odd", Some("secret")).expect("it works");
            assert!(text.contains(expected), "{text}");
        }
    }
}
