//! The requests to the provider.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use reqwest::{RequestBuilder, StatusCode, header};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use strongroom_outbound::chain;
use url::{Url, form_urlencoded};

use super::claims::{Claims, Email, check, text};
use super::document::Document;
use super::{EMAIL_CLAIM, Error, Identity, Pending, Registration, complaint, token};
use crate::crypto::Entropy;
use crate::crypto::entropy::draw;
use crate::domain::Time;
use crate::pool::{Part, Pool};

const PATIENCE: Duration = Duration::from_secs(10);
/// The largest response that is read, in bytes: providers' documents have a few thousand.
const MAX_RESPONSE: usize = 1024 * 1024;

/// The maximum number of logins that send requests at the same time. Anybody can begin one, and the provider rate-limits
/// us.
const LOGINS: usize = 8;
/// How long new logins may use a cached discovery document. Completing a login needs the current keys.
const DOCUMENT_LIFETIME: TimeDelta = TimeDelta::minutes(1);

pub struct Provider {
    registration: Registration,
    /// The URL to which the provider sends users back.
    redirect: Url,
    http: reqwest::Client,
    logins: Pool,
    /// The last discovery document.
    known: Mutex<Option<(Time, Document)>>,
}

impl Provider {
    /// Sends nothing yet: the server also starts while the provider is down.
    pub fn new(registration: Registration, redirect: Url) -> Result<Self, Error> {
        let issuer = Url::parse(&registration.issuer).map_err(|error| Error::SetUp(error.to_string()))?;
        // Without redirects: the provider could make us request any address that this machine can reach.
        let http = reqwest::Client::builder().timeout(PATIENCE);
        let (http, _) =
            strongroom_outbound::build(&issuer, http).map_err(|error| Error::SetUp(error.to_string()))?;
        Ok(Self { registration, redirect, http, logins: Pool::new(LOGINS, LOGINS), known: Mutex::default() })
    }

    pub fn name(&self) -> &str {
        &self.registration.name
    }

    /// Begins a login: the URL for the browser, and the state to keep.
    pub async fn begin(&self, entropy: &dyn Entropy, now: Time) -> Result<(Url, Pending), Error> {
        let known = self.known().clone();
        let fresh = known.filter(|(read, _)| (*read..*read + DOCUMENT_LIFETIME).contains(&now));
        let document = if let Some((_, document)) = fresh {
            document
        } else {
            let _permit = self.permit().await?;
            self.discover(now).await?
        };
        // Text that fits a URL and a cookie.
        let random = || URL_SAFE_NO_PAD.encode(draw::<32>(entropy));
        let pending = Pending { state: random(), nonce: random(), verifier: random() };
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&pending.verifier));
        // Email addresses in other claims come with the scope `profile`.
        let is_email = self.registration.email_claim == EMAIL_CLAIM;
        let scope = if is_email { "openid email" } else { "openid email profile" };
        let mut url = document.authorization;
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.registration.client_id)
            .append_pair("redirect_uri", self.redirect.as_str())
            .append_pair("scope", scope)
            .append_pair("state", &pending.state)
            .append_pair("nonce", &pending.nonce)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        if document.posts_answer {
            url.query_pairs_mut().append_pair("response_mode", "form_post");
        }
        Ok((url, pending))
    }

    pub async fn finish(&self, code: String, pending: Pending, now: Time) -> Result<Identity, Error> {
        let _permit = self.permit().await?;
        let registration = &self.registration;
        let document = self.discover(now).await?;
        let answer = self.redeem(&document, &code, &pending.verifier).await?;
        let id_token = text(&answer, "id_token")
            .ok_or_else(|| failed("its answer to the code", "there is no ID token"))?;
        let keys = self.keys(&document).await?;
        let wrong = |reason: String| failed("its ID token", &reason);
        let claims = token::open(&id_token, &keys, self.signing_secret(&document));
        let claims = claims.map_err(|unopened| wrong(unopened.to_string()))?;
        let subject = check(&claims, &document.issuer, &registration.client_id, &pending.nonce, now);
        let subject = subject.map_err(wrong)?;

        let claim = &registration.email_claim;
        let mut email = Email::of(&claims, claim);
        let is_open =
            email.is_verified.is_none() && claim == EMAIL_CLAIM && !registration.trusts_unverified_email;
        // Many providers send the address, or its verification, only with the user information.
        if (email.address.is_none() || is_open)
            && let Some(endpoint) = &document.user_info
            && let Some(access_token) = text(&answer, "access_token")
        {
            match self.user_info(&document, endpoint, &access_token, &keys, &subject).await {
                Ok(info) => {
                    let told = Email::of(&info, claim);
                    let is_same = |address: &String| {
                        told.address.as_ref().is_some_and(|told| told.eq_ignore_ascii_case(address))
                    };
                    if email.address.as_ref().is_none_or(is_same) {
                        email = told;
                    }
                }
                // There is an address, but it is not verified.
                Err(error) if email.address.is_some() => {
                    tracing::warn!(why = %error, "the user information can't be read");
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Identity {
            email: email.judge(registration.trusts_unverified_email),
            issuer: document.issuer,
            subject,
        })
    }

    async fn permit(&self) -> Result<Part, Error> {
        let part = self.logins.take(None, 1).await;
        part.ok_or_else(|| Error::Provider("too many logins are waiting for it".to_owned()))
    }

    fn known(&self) -> MutexGuard<'_, Option<(Time, Document)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The client secret, if tokens may be signed with it.
    fn signing_secret(&self, document: &Document) -> Option<&str> {
        document.signs_with_secret.then_some(self.registration.client_secret.as_str())
    }

    async fn discover(&self, now: Time) -> Result<Document, Error> {
        const WHAT: &str = "its document";
        let issuer = &self.registration.issuer;
        let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let fields = object(WHAT, self.send(WHAT, self.http.get(url)).await?)?;
        let document = Document::read(&fields, issuer).map_err(|reason| failed(WHAT, &reason))?;
        *self.known() = Some((now, document.clone()));
        Ok(document)
    }

    async fn keys(&self, document: &Document) -> Result<Vec<Value>, Error> {
        const WHAT: &str = "its keys";
        let mut fields = object(WHAT, self.send(WHAT, self.http.get(document.keys.clone())).await?)?;
        match fields.remove("keys") {
            Some(Value::Array(keys)) => Ok(keys),
            _ => Err(failed(WHAT, "there is no list of them")),
        }
    }

    fn token_request(&self, url: &Url, code: &str, verifier: &str, secret_in_body: bool) -> RequestBuilder {
        let Registration { client_id, client_secret, .. } = &self.registration;
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", self.redirect.as_str())
            .append_pair("code_verifier", verifier);
        let mut request = self.http.post(url.clone());
        if secret_in_body {
            form.append_pair("client_id", client_id).append_pair("client_secret", client_secret);
        } else {
            let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            request = request.basic_auth(encoded(client_id), Some(encoded(client_secret)));
        }
        request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(form.finish())
    }

    async fn redeem(&self, document: &Document, code: &str, verifier: &str) -> Result<Claims, Error> {
        const WHAT: &str = "its answer to the code";
        let mut secret_in_body = document.secret_in_body.unwrap_or_default();
        loop {
            let request = self.token_request(&document.token, code, verifier, secret_in_body);
            let (status, body) = self.send(WHAT, request).await?;
            let fields: Claims = serde_json::from_slice(&body).unwrap_or_default();
            if status.is_success() && !fields.contains_key("error") {
                return object(WHAT, (status, body));
            }
            let (error, description) = (text(&fields, "error"), text(&fields, "error_description"));
            // A provider that supports both may be set up for only one of them.
            let is_first = document.secret_in_body.is_none() && !secret_in_body;
            if is_first && error.as_deref() == Some("invalid_client") {
                secret_in_body = true;
                continue;
            }
            let secrets = [code, verifier, self.registration.client_secret.as_str()];
            let told = complaint(error.as_deref(), description.as_deref(), &secrets);
            return Err(failed(WHAT, &format!("{told} (status {})", status.as_u16())));
        }
    }

    async fn user_info(
        &self,
        document: &Document,
        endpoint: &Url,
        access_token: &str,
        keys: &[Value],
        subject: &str,
    ) -> Result<Claims, Error> {
        const WHAT: &str = "its user information";
        let request = self.http.get(endpoint.clone()).bearer_auth(access_token);
        let (status, body) = self.send(WHAT, request).await?;
        // Some providers sign it: then it is a token.
        let is_token = status.is_success() && body.trim_ascii_start().starts_with(b"ey");
        let fields = if is_token {
            token::open(&String::from_utf8_lossy(&body), keys, self.signing_secret(document))
                .map_err(|unopened| failed(WHAT, &unopened.to_string()))?
        } else {
            object(WHAT, (status, body))?
        };
        let is_same = text(&fields, "sub").as_deref() == Some(subject);
        if is_same { Ok(fields) } else { Err(failed(WHAT, "it is about a different user than the ID token")) }
    }

    /// Sends a request, and reads the response up to the size limit.
    async fn send(
        &self,
        what: &'static str,
        request: RequestBuilder,
    ) -> Result<(StatusCode, Vec<u8>), Error> {
        // Without the URL, which is known and might hold a secret.
        let broken = |error: reqwest::Error| failed(what, &chain(&error.without_url()));
        let request = request.header(header::ACCEPT, "application/json");
        let response = request.send().await.map_err(broken)?;
        let status = response.status();
        let body = strongroom_outbound::read_body(response, MAX_RESPONSE).await.map_err(broken)?;
        Ok((status, body.ok_or_else(|| failed(what, "it is too large"))?))
    }
}

fn object(what: &str, (status, body): (StatusCode, Vec<u8>)) -> Result<Claims, Error> {
    if status.is_redirection() {
        let reason = format!("it redirects (status {}), which is not followed", status.as_u16());
        return Err(failed(what, &reason));
    }
    if !status.is_success() {
        return Err(failed(what, &format!("status {}", status.as_u16())));
    }
    // The error's own text may quote the response.
    serde_json::from_slice(&body).map_err(|error| {
        failed(what, &format!("it is not a JSON object (line {}, column {})", error.line(), error.column()))
    })
}

fn failed(what: &str, reason: &str) -> Error {
    Error::Provider(format!("{what}: {reason}"))
}
