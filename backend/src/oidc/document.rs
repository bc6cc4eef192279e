//! The provider's discovery document, at `/.well-known/openid-configuration`.

use url::Url;

use super::claims::{Claims, is_same_issuer, text, texts};

/// Apple sends no email address unless the browser posts its response, though it lists other modes.
const APPLE: &str = "https://appleid.apple.com";

#[derive(Clone)]
pub(super) struct Document {
    pub issuer: String,
    pub authorization: Url,
    pub token: Url,
    pub keys: Url,
    pub user_info: Option<Url>,
    /// Whether the client secret goes into the body and not the header; `None` if both are possible.
    pub secret_in_body: Option<bool>,
    /// Whether tokens may be signed with the client secret.
    pub signs_with_secret: bool,
    /// Whether the browser has to post the provider's response.
    pub posts_answer: bool,
}

impl Document {
    /// Parses a document. `expected` is the issuer in the settings.
    pub(super) fn read(fields: &Claims, expected: &str) -> Result<Self, String> {
        let issuer = text(fields, "issuer").ok_or("it names no issuer")?;
        if issuer.contains('{') {
            return Err(format!(
                "its issuer {issuer:?} is multi-tenant: set oidc-issuer to your own tenant's, with the \
                 tenant's id in it"
            ));
        }
        if !is_same_issuer(&issuer, expected) {
            return Err(format!(
                "it is from the issuer {issuer:?}, not from {expected:?}: if that is the right one, set \
                 oidc-issuer to it"
            ));
        }
        let is_plain = Url::parse(expected).is_ok_and(|url| url.scheme() == "http");
        let endpoint = |name: &str| {
            let url = text(fields, name).and_then(|text| Url::parse(&text).ok());
            match url.filter(|url| matches!(url.scheme(), "https" | "http")) {
                Some(url) if url.scheme() == "http" && !is_plain => {
                    Err(format!("its `{name}` is http, but the issuer is https"))
                }
                url => Ok(url),
            }
        };
        let needed =
            |name: &str| endpoint(name)?.ok_or_else(|| format!("its `{name}` is missing or not a URL"));
        let lists = |name: &str, value: &str| {
            let listed = texts(fields, name);
            (!listed.is_empty()).then(|| listed.iter().any(|one| one == value))
        };
        let takes = |method: &str| lists("token_endpoint_auth_methods_supported", method);
        let algorithms = texts(fields, "id_token_signing_alg_values_supported");
        Ok(Self {
            authorization: needed("authorization_endpoint")?,
            token: needed("token_endpoint")?,
            keys: needed("jwks_uri")?,
            user_info: endpoint("userinfo_endpoint")?,
            secret_in_body: match (takes("client_secret_basic"), takes("client_secret_post")) {
                (_, Some(false)) => Some(false),
                (Some(false), _) => Some(true),
                _ => None,
            },
            signs_with_secret: algorithms.iter().any(|name| name.starts_with("HS")),
            posts_answer: is_same_issuer(&issuer, APPLE)
                || (lists("response_modes_supported", "query") == Some(false)
                    && lists("response_modes_supported", "form_post") == Some(true)),
            issuer,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_https_issuer_has_https_endpoints() {
        for (issuer, endpoint, expected) in [
            ("https://a.example", "https://b.example/t", None),
            ("http://localhost", "http://localhost/t", None),
            ("https://a.example", "http://a.example/t", Some("is http, but the issuer is https")),
            ("https://a.example", "ftp://a.example/t", Some("is missing or not a URL")),
        ] {
            let document = json!({
                "issuer": issuer, "authorization_endpoint": issuer, "token_endpoint": endpoint, "jwks_uri": issuer,
            });
            let fields = document.as_object().expect("an object");
            let found = Document::read(fields, issuer).err();
            let expected = expected.map(|reason| format!("its `token_endpoint` {reason}"));
            assert_eq!(found, expected, "{issuer} {endpoint}");
        }
    }
}
