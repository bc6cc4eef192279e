//! An outside identity: the platform that it belongs to, its claims, and their texts.

use strongroom_shared::operation::{BoundClaim, Trust};
use strongroom_shared::text_enum;

pub const GITHUB: &str = "https://token.actions.githubusercontent.com";
pub const GITLAB: &str = "https://gitlab.com";
pub const CLUSTER: &str = "https://kubernetes.default.svc.cluster.local";

pub const BRANCHES: &str = "refs/heads/";
pub const SERVICE_ACCOUNTS: &str = "system:serviceaccount:";

/// How many claims, and values of each, describe an identity.
const SHOWN: usize = 4;

pub const INNER_STAR: &str = "A * can only be the last character.";

text_enum! {
    /// A kind of workload, for which the form asks in its own words.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    Preset {
        #[default]
        GitHub = "GitHub Actions";
        GitLab = "GitLab CI";
        Kubernetes = "Kubernetes";
        Other = "Other";
    }
}

/// The outside identity of a draft or a trust. Its claims are sorted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub issuer: String,
    pub keys_url: Option<String>,
    pub keys: Option<String>,
    pub audiences: Vec<String>,
    pub claims: Vec<BoundClaim>,
}

impl Preset {
    /// The usual issuer.
    pub const fn issuer(self) -> &'static str {
        match self {
            Self::GitHub => GITHUB,
            Self::GitLab => GITLAB,
            Self::Kubernetes => CLUSTER,
            Self::Other => "",
        }
    }
}

impl Identity {
    pub fn of(trust: &Trust) -> Self {
        let Trust { issuer, keys_url, keys, audiences, mut claims, .. } = trust.clone();
        claims.sort_by(|one, two| one.claim.cmp(&two.claim));
        Self { issuer, keys_url, keys, audiences, claims }
    }

    /// The values that a claim may have.
    pub fn values(&self, claim: &str) -> impl Iterator<Item = &str> {
        let bounds = self.claims.iter().filter(move |bound| bound.claim == claim);
        bounds.flat_map(|bound| bound.values.iter().map(String::as_str))
    }

    /// The namespace and the service account of a pod. Either may be a pattern.
    pub fn service_account(&self) -> Option<(&str, &str)> {
        let account = self.values("sub").find_map(|subject| subject.strip_prefix(SERVICE_ACCOUNTS))?;
        Some(account.split_once(':').unwrap_or((account, "")))
    }

    /// The kind of workload, also if no preset describes it completely.
    pub fn platform(&self) -> Preset {
        let has = |claim| self.values(claim).next().is_some();
        if self.issuer == GITHUB || has("repository") {
            Preset::GitHub
        } else if self.issuer == GITLAB || has("project_path") {
            Preset::GitLab
        } else if self.issuer == CLUSTER || self.service_account().is_some() {
            Preset::Kubernetes
        } else {
            Preset::Other
        }
    }

    /// `GitHub Actions`, with the host of an issuer that is not the usual one.
    pub fn label(&self) -> String {
        match self.platform() {
            Preset::Other => host(&self.issuer).to_owned(),
            preset if self.issuer != preset.issuer() => {
                format!("{preset} at {}", host(&self.issuer))
            }
            preset => preset.to_string(),
        }
    }

    /// A line for each claim, such as `repository = acme/app or acme/lib`.
    pub fn describe(&self) -> Vec<String> {
        let claim = |bound: &BoundClaim| {
            format!("{} = {}", bound.claim, abridged(bound.values.clone(), "").join(" or "))
        };
        abridged(self.claims.iter().map(claim).collect(), "and ")
    }
}

/// The first texts, and the number of the others.
fn abridged(mut texts: Vec<String>, and: &str) -> Vec<String> {
    let more = texts.len().saturating_sub(SHOWN);
    texts.truncate(SHOWN);
    texts.extend((more > 0).then(|| format!("{and}{more} more")));
    texts
}

/// Such a value can't match: only at its end, a `*` stands for any text.
pub fn has_inner_star(text: &str) -> bool {
    text.strip_suffix('*').unwrap_or(text).contains('*')
}

/// Those with a value.
pub fn bound(claims: &[(&str, &str)]) -> Vec<BoundClaim> {
    let claims = claims.iter().filter(|(_, value)| !value.is_empty());
    let claim = |&(claim, value): &(&str, &str)| BoundClaim {
        claim: claim.to_owned(),
        values: vec![value.to_owned()],
    };
    claims.map(claim).collect()
}

pub fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default()
}

pub fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

/// Several lines with the same claim are its possible values.
pub fn parse_claims(text: &str) -> Result<Vec<BoundClaim>, String> {
    let mut claims = Vec::<BoundClaim>::new();
    for line in lines(text) {
        let pair = line.split_once(" = ").or_else(|| line.split_once('='));
        let pair = pair.map(|(claim, value)| (claim.trim(), value.trim()));
        let Some((claim, value)) = pair.filter(|(claim, value)| !claim.is_empty() && !value.is_empty())
        else {
            return Err(format!("Write “{line}” as claim = value."));
        };
        match claims.iter_mut().find(|bound| bound.claim == claim) {
            Some(bound) => bound.values.push(value.to_owned()),
            None => claims.extend(bound(&[(claim, value)])),
        }
    }
    if claims.is_empty() { Err("Enter at least one claim.".to_owned()) } else { Ok(claims) }
}

pub fn check_claims(text: &str) -> Result<(), String> {
    let claims = parse_claims(text)?;
    let wrong = claims.iter().flat_map(|bound| &bound.values).find(|value| has_inner_star(value));
    wrong.map_or(Ok(()), |value| Err(format!("“{value}”: {INNER_STAR}")))
}

pub fn write_claims(claims: &[BoundClaim]) -> String {
    let lines = |bound: &BoundClaim| {
        let claim = bound.claim.clone();
        bound.values.clone().into_iter().map(move |value| format!("{claim} = {value}"))
    };
    claims.iter().flat_map(lines).collect::<Vec<_>>().join("\n")
}
