//! A trust as its form has it: what the user typed, and what that means to the server.
//!
//! No browser here. Of the server's rules, only those that a user breaks by leaving something out.

use strongroom_shared::input::{BoundClaimInput, SetTrustInput};
use strongroom_shared::limit::{LABEL_CHARS, LOGIN_SECONDS};
use strongroom_shared::operation::{BoundClaim, Trust};
use strongroom_shared::slug::slug_of_name;
use strongroom_shared::{BuiltInRole, RoleName, text_enum};

use super::identity::{
    BRANCHES, CLUSTER, GITHUB, INNER_STAR, Identity, Preset, SERVICE_ACCOUNTS, bound, check_claims,
    has_inner_star, host, lines, parse_claims, write_claims,
};
use crate::page::api_keys::limits::{self, SECRETS};
use crate::text::{self, too_long};

text_enum! {
    /// A text of the form, and the id of its field.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    Part {
        /// A repository of GitHub, or a project of GitLab.
        Project = "trust-project";
        Branch = "trust-branch";
        Environment = "trust-environment";
        Namespace = "trust-namespace";
        Account = "trust-account";
        Issuer = "trust-issuer";
        /// A JSON Web Key Set, or its address; empty if the issuer's discovery document has that.
        Keys = "trust-keys";
        /// `claim = value` on each line.
        Claims = "trust-claims";
        /// One per line.
        Audiences = "trust-audiences";
        Name = "trust-name";
        /// One per line.
        Secrets = SECRETS;
    }
}

/// The content of the form. Each preset has some of the texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    pub preset: Preset,
    pub texts: [String; Part::ALL.len()],
    pub role: String,
    pub lifetime: i32,
}

impl Preset {
    /// The texts that describe the identity, in rows of one or two. All presets have audiences, too.
    pub const fn rows(self) -> &'static [&'static [Part]] {
        match self {
            Self::GitHub => &[&[Part::Project], &[Part::Branch, Part::Environment]],
            Self::GitLab => &[&[Part::Issuer], &[Part::Project, Part::Branch]],
            Self::Kubernetes => &[&[Part::Namespace, Part::Account], &[Part::Issuer], &[Part::Keys]],
            Self::Other => &[&[Part::Issuer], &[Part::Keys], &[Part::Claims]],
        }
    }
}

impl Part {
    /// The label and the hint of its field.
    pub const fn words(self, preset: Preset) -> (&'static str, &'static str) {
        match (self, preset) {
            (Self::Project, Preset::GitHub) => ("Repository", "Its owner and name, such as acme/app."),
            (Self::Project, _) => ("Project", "With its group, such as acme/app."),
            (Self::Branch, Preset::GitLab) => {
                ("Branch", "Must be a protected branch. Leave empty to allow any branch.")
            }
            (Self::Branch, _) => ("Branch", "Leave empty to allow any branch."),
            (Self::Environment, _) => {
                ("Environment", "Optional. Only as strict as its protection rules on GitHub.")
            }
            (Self::Namespace, _) => ("Namespace", ""),
            (Self::Account, _) => ("Service account", ""),
            (Self::Issuer, Preset::GitLab) => ("GitLab address", ""),
            (Self::Issuer, Preset::Kubernetes) => ("Issuer", "The cluster's service account issuer."),
            (Self::Issuer, _) => ("Issuer", "Exactly as in the iss claim of a token."),
            (Self::Keys, Preset::Kubernetes) => (
                "Cluster's keys",
                "From kubectl get --raw /openid/v1/jwks. Leave empty if the issuer publishes them.",
            ),
            (Self::Keys, _) => (
                "Keys",
                "Leave empty if the issuer publishes a discovery document. Otherwise enter the address of its JSON Web \
                 Key Set, or paste the set.",
            ),
            (Self::Claims, _) => {
                ("Claims", "One claim = value per line. A * at a value's end stands for any text.")
            }
            (Self::Audiences, _) => ("Audiences", "One per line. A token must be for one of them."),
            (Self::Name, _) => ("Name", ""),
            (Self::Secrets, _) => ("Limit to secrets", ""),
        }
    }

    /// An example, if it may have several lines.
    pub const fn example(self) -> Option<&'static str> {
        match self {
            Self::Keys => Some("{\"keys\": […]}"),
            Self::Claims => Some("sub = deploy"),
            Self::Audiences => Some("https://secrets.example.com"),
            _ => None,
        }
    }

    fn trimmed(self, text: &str) -> &str {
        let text = text.trim();
        let path = text.strip_prefix("https://github.com/").filter(|_| self == Self::Project);
        path.map_or(text, |path| path.trim_end_matches('/').trim_end_matches(".git"))
    }

    pub const fn is_optional(self) -> bool {
        matches!(self, Self::Branch | Self::Environment)
    }

    /// The error in a text; `issuer` is that of the form.
    pub fn problem(self, text: &str, preset: Preset, issuer: &str) -> Option<String> {
        let text = self.trimmed(text);
        let is_path = |most: usize| {
            let parts: Vec<_> = text.split('/').collect();
            (2..=most).contains(&parts.len()) && !parts.contains(&"")
        };
        let is_url = || text.starts_with("https://") || text.starts_with("http://");
        let problem = match self {
            Self::Project | Self::Branch | Self::Environment | Self::Account if has_inner_star(text) => {
                INNER_STAR
            }
            Self::Project if preset == Preset::GitHub && !is_path(2) => {
                "Enter a repository, such as acme/app."
            }
            Self::Project if !is_path(usize::MAX) => "Enter a project with its group, such as acme/app.",
            Self::Issuer if !is_url() => "Enter a URL that starts with https://",
            // Nobody outside a cluster can fetch the keys of its usual issuer.
            Self::Keys if text.is_empty() && preset == Preset::Kubernetes && issuer.trim() == CLUSTER => {
                "Paste the public keys."
            }
            Self::Keys if !text.is_empty() && !text.starts_with('{') && !is_url() => {
                "Paste the keys as JSON, or enter an address that starts with https://"
            }
            Self::Claims => return check_claims(text).err(),
            Self::Name if text.is_empty() => "Name the workload.",
            Self::Name if text.contains('/') => "Use a name without a slash.",
            Self::Name => return too_long(text, LABEL_CHARS),
            Self::Secrets => return limits::problem(text),
            Self::Namespace if text.is_empty() => "Enter the namespace.",
            Self::Namespace if text.contains(['*', ':']) => "Use a namespace without a * or a colon.",
            Self::Account if text.contains(':') => "Use a name without a colon.",
            Self::Account if text.is_empty() => "Enter the name of the service account.",
            Self::Audiences if text.is_empty() => "Enter at least one audience.",
            _ => return None,
        };
        Some(problem.to_owned())
    }
}

impl Draft {
    /// A new trust, whose tokens are for the server at `origin`.
    pub fn new(origin: &str) -> Self {
        let [_, lifetime, _] = LOGIN_SECONDS;
        let empty = Self { role: BuiltInRole::Runner.as_str().to_owned(), lifetime, ..Self::default() };
        empty.with(Part::Issuer, GITHUB).with(Part::Audiences, origin)
    }

    /// With the preset that describes the trust completely.
    pub fn of(trust: &Trust) -> Self {
        let identity = Identity::of(trust);
        let claim = |name| identity.values(name).next().unwrap_or_default();
        let other = Self {
            preset: Preset::Other,
            role: trust.role.0.clone(),
            lifetime: trust.lifetime,
            ..Self::default()
        }
        .with(Part::Issuer, &*trust.issuer)
        .with(Part::Keys, trust.keys_url.as_ref().or(trust.keys.as_ref()).cloned().unwrap_or_default())
        .with(Part::Claims, write_claims(&identity.claims))
        .with(Part::Audiences, trust.audiences.join("\n"))
        .with(Part::Name, &*trust.name)
        .with(Part::Secrets, trust.secrets.as_deref().unwrap_or_default().join("\n"));
        let (namespace, account) = identity.service_account().unwrap_or_default();
        let git_ref = claim("ref");
        let guess = |preset| Self { preset, ..other.clone() };
        let guesses = [
            guess(Preset::GitHub)
                .with(Part::Project, claim("repository"))
                .with(Part::Branch, git_ref.strip_prefix(BRANCHES).unwrap_or(git_ref))
                .with(Part::Environment, claim("environment")),
            guess(Preset::GitLab).with(Part::Project, claim("project_path")).with(Part::Branch, git_ref),
            guess(Preset::Kubernetes).with(Part::Namespace, namespace).with(Part::Account, account),
        ];
        guesses.into_iter().find(|guess| guess.identity() == identity).unwrap_or(other)
    }

    /// Without white space around it, and a repository without the address of GitHub.
    pub fn text(&self, part: Part) -> &str {
        part.trimmed(&self.texts[part as usize])
    }

    #[must_use]
    pub fn with(mut self, part: Part, text: impl Into<String>) -> Self {
        self.texts[part as usize] = text.into();
        self
    }

    pub fn identity(&self) -> Identity {
        let (project, branch) = (self.text(Part::Project), self.text(Part::Branch));
        let mut claims = match self.preset {
            Preset::GitHub => {
                let is_branch = !branch.is_empty() && !branch.starts_with("refs/");
                let git_ref = if is_branch { format!("{BRANCHES}{branch}") } else { branch.to_owned() };
                let environment = self.text(Part::Environment);
                bound(&[("repository", project), ("ref", &git_ref), ("environment", environment)])
            }
            Preset::GitLab => {
                let name = branch.strip_prefix(BRANCHES).filter(|name| !name.is_empty()).unwrap_or(branch);
                // Merge requests of forks can have the same project and ref, but their refs are not protected.
                let [kind, protected] = if name.is_empty() { [""; 2] } else { ["branch", "true"] };
                bound(&[
                    ("project_path", project),
                    ("ref", name),
                    ("ref_type", kind),
                    ("ref_protected", protected),
                ])
            }
            Preset::Kubernetes => {
                let (namespace, account) = (self.text(Part::Namespace), self.text(Part::Account));
                bound(&[("sub", &format!("{SERVICE_ACCOUNTS}{namespace}:{account}"))])
            }
            Preset::Other => parse_claims(self.text(Part::Claims)).unwrap_or_default(),
        };
        claims.sort_by(|one, two| one.claim.cmp(&two.claim));
        let issuer = match self.preset {
            Preset::GitHub => GITHUB,
            Preset::GitLab => self.text(Part::Issuer).trim_end_matches('/'),
            Preset::Kubernetes | Preset::Other => self.text(Part::Issuer),
        };
        let has_keys = matches!(self.preset, Preset::Kubernetes | Preset::Other);
        let keys = if has_keys { self.text(Part::Keys) } else { "" };
        let (pasted, address) = if keys.starts_with('{') { (keys, "") } else { ("", keys) };
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Identity {
            issuer: issuer.to_owned(),
            keys_url: given(address),
            keys: given(pasted),
            audiences: lines(self.text(Part::Audiences)).map(str::to_owned).collect(),
            claims,
        }
    }

    /// For a new trust.
    pub fn input(&self) -> SetTrustInput {
        let Identity { issuer, keys_url, keys, audiences, claims } = self.identity();
        let secrets = limits::parse(self.text(Part::Secrets)).unwrap_or_default();
        let claim = |BoundClaim { claim, values }| BoundClaimInput { claim, values };
        SetTrustInput {
            trust_id: None,
            name: self.text(Part::Name).to_owned(),
            role: Some(RoleName(self.role.clone())),
            secrets: (!secrets.is_empty()).then(|| limits::to_texts(&secrets)),
            issuer,
            keys_url,
            keys,
            audiences,
            claims: claims.into_iter().map(claim).collect(),
            lifetime: Some(self.lifetime),
            expected_updated: None,
        }
    }

    /// A name for the trust; empty while nothing is known.
    pub fn suggestion(&self) -> String {
        let project = self.text(Part::Project).trim_end_matches("/*").rsplit('/').next().unwrap_or_default();
        let (branch, environment) = (self.text(Part::Branch), self.text(Part::Environment));
        let words = match self.preset {
            Preset::GitHub if !environment.is_empty() => [project, environment],
            Preset::GitHub | Preset::GitLab => [project, branch],
            Preset::Kubernetes => [self.text(Part::Namespace), self.text(Part::Account)],
            Preset::Other => [host(self.text(Part::Issuer)), ""],
        };
        slug_of_name(&text::lower(&words.join(" "))).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use strongroom_shared::{DateTime, Uuid};

    use super::super::identity::GITLAB;
    use super::*;

    /// A trust whose claims are written as in the form.
    fn trust(issuer: &str, keys: Option<&str>, claims: &str) -> Trust {
        Trust {
            id: Uuid::from_u128(1),
            name: "deploy".into(),
            role: RoleName("runner".into()),
            secrets: Some(vec!["DB_*".into()]),
            issuer: issuer.into(),
            keys_url: None,
            keys: keys.map(str::to_owned),
            audiences: vec!["https://h".into()],
            claims: parse_claims(claims).expect("valid"),
            lifetime: 300,
            created: DateTime("2026-11-21T10:00:00Z".into()),
            created_by: "ada@example.com".into(),
            updated: DateTime("2026-11-21T10:00:00Z".into()),
            logins: vec![],
        }
    }

    #[test]
    fn a_trust_is_edited_with_the_preset_that_describes_it_completely() {
        let (keys, server, issuer) = (Some("{}"), "https://git.example.com", "https://idp.example.com/x/");
        let account = "sub = system:serviceaccount:shop:web";
        let branch = "project_path = a/b/c\nref = main\nref_protected = true\nref_type = branch";
        let tag = "ref = refs/tags/*\nrepository = a/*";
        for (issuer, keys, claims, preset, label, suggestion) in [
            (GITHUB, None, "repository = acme/app", Preset::GitHub, "GitHub Actions", "app"),
            (GITHUB, None, tag, Preset::GitHub, "GitHub Actions", "a-refs-tags"),
            (GITHUB, None, "environment = x\nrepository = a/b", Preset::GitHub, "GitHub Actions", "b-x"),
            (GITHUB, None, "repository = a/b\nrepository = a/c", Preset::Other, "GitHub Actions", ""),
            (GITHUB, keys, "repository = a/b", Preset::Other, "GitHub Actions", ""),
            (GITLAB, None, branch, Preset::GitLab, "GitLab CI", "c-main"),
            (server, None, branch, Preset::GitLab, "GitLab CI at git.example.com", "c-main"),
            (GITLAB, None, "project_path = a/b\nref = main", Preset::Other, "GitLab CI", "gitlab-com"),
            (CLUSTER, keys, account, Preset::Kubernetes, "Kubernetes", "shop-web"),
            (issuer, None, account, Preset::Kubernetes, "Kubernetes at idp.example.com", "shop-web"),
            (issuer, None, "/a/b = x = y\nsub = z", Preset::Other, "idp.example.com", "idp-example-com"),
        ] {
            let trust = trust(issuer, keys, claims);
            let (draft, identity) = (Draft::of(&trust), Identity::of(&trust));
            assert_eq!((draft.preset, &*identity.label()), (preset, label), "{trust:?}");
            assert!(draft.suggestion().starts_with(suggestion), "{trust:?}");
            // *Other* has the same identity.
            let other = Draft { preset: Preset::Other, ..draft.clone() };
            assert_eq!((draft.identity(), other.identity()), (identity.clone(), identity));
            let input = draft.input();
            assert_eq!((input.name, input.role), (trust.name, Some(trust.role)));
            assert_eq!((input.secrets, input.lifetime), (trust.secrets, Some(300)));
        }
    }

    #[test]
    fn a_new_trust_is_for_this_server_and_a_branch_becomes_a_ref() {
        let new = Draft::new("https://h");
        assert_eq!(new.suggestion(), "");
        let draft = new.with(Part::Project, " https://github.com/acme/app.git ").with(Part::Branch, "main");
        assert_eq!(draft.identity().describe(), ["ref = refs/heads/main", "repository = acme/app"]);
        let input = draft.input();
        assert_eq!((&*input.issuer, input.audiences), (GITHUB, vec!["https://h".to_owned()]));
        assert_eq!((input.lifetime, input.secrets), (Some(900), None));
        let draft = Draft { preset: Preset::GitLab, ..draft }.with(Part::Branch, "refs/heads/main");
        let claims = ["project_path = acme/app", "ref = main", "ref_protected = true", "ref_type = branch"];
        assert_eq!(draft.identity().describe(), claims);
    }

    #[test]
    fn keys_are_discovered_at_an_address_or_pasted() {
        for (text, keys_url, keys) in [
            ("", None, None),
            (" https://h/keys\n", Some("https://h/keys"), None),
            (" {\"keys\": []}", None, Some("{\"keys\": []}")),
        ] {
            for (preset, has_keys) in
                [(Preset::GitHub, false), (Preset::Kubernetes, true), (Preset::Other, true)]
            {
                let identity = Draft { preset, ..Draft::default() }.with(Part::Keys, text).identity();
                let found = (identity.keys_url.as_deref(), identity.keys.as_deref());
                assert_eq!(found, if has_keys { (keys_url, keys) } else { (None, None) });
            }
        }
    }

    #[test]
    fn long_identities_are_abridged() {
        let values = (1..=6).map(|number| format!("a = {number}"));
        let claims = values.chain(('b'..='f').map(|claim| format!("{claim} = x"))).collect::<Vec<_>>();
        let identity = Identity::of(&trust(GITHUB, None, &claims.join("\n")));
        let expected = ["a = 1 or 2 or 3 or 4 or 2 more", "b = x", "c = x", "d = x", "and 2 more"];
        assert_eq!(identity.describe(), expected);
    }

    #[test]
    fn missing_and_incomplete_texts_are_reported() {
        use Part::{Account, Branch, Claims, Issuer, Keys, Name, Namespace, Project};
        for (part, text, preset, issuer, expected) in [
            (Project, "acme/app", Preset::GitHub, "", ""),
            (Project, "https://github.com/acme/app.git", Preset::GitHub, "", ""),
            (Project, "acme/a/b", Preset::GitHub, "", "Enter a repository, such as acme/app."),
            (Project, "acme/", Preset::GitHub, "", "Enter a repository, such as acme/app."),
            (Project, "acme/a/b", Preset::GitLab, "", ""),
            (Project, "app", Preset::GitLab, "", "Enter a project with its group, such as acme/app."),
            (Issuer, "gitlab.com", Preset::GitLab, "", "Enter a URL that starts with https://"),
            (Keys, " ", Preset::Kubernetes, CLUSTER, "Paste the public keys."),
            (Keys, "", Preset::Kubernetes, "https://oidc.example.com", ""),
            (Keys, "", Preset::Other, "https://oidc.example.com", ""),
            (Keys, "https://h/keys", Preset::Kubernetes, CLUSTER, ""),
            (
                Keys,
                "[]",
                Preset::Other,
                "",
                "Paste the keys as JSON, or enter an address that starts with https://",
            ),
            (Project, "acme/*", Preset::GitHub, "", ""),
            (Project, "*/app", Preset::GitHub, "", INNER_STAR),
            (Branch, "release-*-x", Preset::GitLab, "", INNER_STAR),
            (Namespace, "shop-*", Preset::Kubernetes, "", "Use a namespace without a * or a colon."),
            (Account, "web-*", Preset::Kubernetes, "", ""),
            (Account, "shop:web", Preset::Kubernetes, "", "Use a name without a colon."),
            (Claims, "sub = a*b*", Preset::Other, "", "“a*b*”: A * can only be the last character."),
            (Name, "acme/app", Preset::GitHub, "", "Use a name without a slash."),
            (Claims, " \n", Preset::Other, "", "Enter at least one claim."),
            (Claims, "sub = x\nteam=", Preset::Other, "", "Write “team=” as claim = value."),
            (Claims, "sub=x=y\nsub = z", Preset::Other, "", ""),
        ] {
            assert_eq!(part.problem(text, preset, issuer).unwrap_or_default(), expected, "{part:?} {text}");
        }
    }
}
