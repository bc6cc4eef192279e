//! The provider, by the crate `openidconnect`.

use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreProviderMetadata, CoreUserInfoClaims};
use openidconnect::{
    AsyncHttpClient, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, HttpRequest, HttpResponse, IssuerUrl, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, Scope, TokenResponse as _,
};
use url::Url;

use super::{Error, Identity, Pending, Registration};
use crate::crypto::Entropy;
use crate::domain::Time;
use crate::pool::{Part, Pool};

/// How long the provider may take for an answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// The largest answer that is read, in bytes: documents of providers have a few thousand.
const MAX_ANSWER: usize = 1024 * 1024;

/// How many log-ins ask the provider at a time. Anybody can begin one, and the provider limits how often we ask.
const ASKING: usize = 8;
/// How long the provider's document serves for log-ins that begin. One that ends needs the keys of the moment.
const DOCUMENT_LIFETIME: TimeDelta = TimeDelta::minutes(1);

/// A provider that people log in through.
pub struct Provider {
    registration: Registration,
    /// Where the provider sends people back to.
    redirect: Url,
    http: Http,
    asking: Pool,
    /// The document that was read last.
    known: Mutex<Option<(Time, CoreProviderMetadata)>>,
}

/// A client whose endpoints are what the provider's document says.
type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

impl Provider {
    /// Sets the client up. The provider itself is asked when someone logs in: it need not be there at the start.
    ///
    /// # Errors
    /// There is no TLS to be had.
    pub fn new(registration: Registration, redirect: Url) -> Result<Self, Error> {
        static TLS: Once = Once::new();
        TLS.call_once(|| {
            // Fails where there is one already, which is as good.
            let _ = rustls::crypto::ring::default_provider().install_default();
        });
        let http = reqwest::Client::builder()
            // A provider that could send us elsewhere could have us ask whatever this machine reaches.
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .build()
            .map_err(|error| Error::SetUp(error.to_string()))?;
        Ok(Self {
            registration,
            redirect,
            http: Http(http),
            asking: Pool::new(ASKING, ASKING),
            known: Mutex::default(),
        })
    }

    /// What it is called on the button.
    pub fn name(&self) -> &str {
        &self.registration.name
    }

    /// Begins a log-in: where to send the person, and what to remember.
    ///
    /// # Errors
    /// The provider does not answer.
    pub async fn begin(&self, entropy: &dyn Entropy, now: Time) -> Result<(Url, Pending), Error> {
        let known = self.known().clone();
        let fresh = known.filter(|(read, _)| (*read..*read + DOCUMENT_LIFETIME).contains(&now));
        let client = if let Some((_, document)) = fresh {
            self.client(document)
        } else {
            let _asking = self.ask().await?;
            self.discover(now).await?
        };
        let pending = Pending { state: draw(entropy), nonce: draw(entropy), verifier: draw(entropy) };
        let verifier = PkceCodeVerifier::new(pending.verifier.clone());
        let (state, nonce) = (pending.state.clone(), pending.nonce.clone());
        let (url, _, _) = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || CsrfToken::new(state.clone()),
                move || Nonce::new(nonce.clone()),
            )
            .add_scope(Scope::new("email".to_owned()))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .url();
        Ok((url, pending))
    }

    /// Ends a log-in with the code that the provider gave: who it is.
    ///
    /// # Errors
    /// The provider does not answer, or its answer does not hold.
    pub async fn finish(&self, code: String, pending: Pending, now: Time) -> Result<Identity, Error> {
        let _asking = self.ask().await?;
        let client = self.discover(now).await?;
        let tokens = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|error| failed("its document", &error))?
            .set_pkce_verifier(PkceCodeVerifier::new(pending.verifier))
            .request_async(&self.http)
            .await
            .map_err(|error| failed("redeeming the code", &error))?;
        let token = tokens
            .id_token()
            .ok_or_else(|| Error::Provider("there is no ID token in its answer".to_owned()))?;
        let verifier = client.id_token_verifier().set_time_fn(move || now);
        let claims = token
            .claims(&verifier, &Nonce::new(pending.nonce))
            .map_err(|error| failed("its ID token", &error))?;
        let mut identity = Identity {
            issuer: claims.issuer().to_string(),
            subject: claims.subject().to_string(),
            email: claims.email().map(|email| email.to_string()),
            email_verified: claims.email_verified() == Some(true),
        };
        // Many providers tell the address only when asked for it.
        if identity.email.is_none()
            && let Ok(request) =
                client.user_info(tokens.access_token().clone(), Some(claims.subject().clone()))
        {
            let info: CoreUserInfoClaims = request
                .request_async(&self.http)
                .await
                .map_err(|error| failed("what it knows of the person", &error))?;
            identity.email = info.email().map(|email| email.to_string());
            identity.email_verified = info.email_verified() == Some(true);
        }
        Ok(identity)
    }

    /// Waits until the provider may be asked.
    async fn ask(&self) -> Result<Part, Error> {
        let part = self.asking.take(None, 1).await;
        part.ok_or_else(|| Error::Provider("too many log-ins ask it at the same time".to_owned()))
    }

    fn known(&self) -> MutexGuard<'_, Option<(Time, CoreProviderMetadata)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn client(&self, document: CoreProviderMetadata) -> Client {
        let Registration { client_id, client_secret, .. } = &self.registration;
        let secret = ClientSecret::new(client_secret.to_string());
        CoreClient::from_provider_metadata(document, ClientId::new(client_id.clone()), Some(secret))
            .set_redirect_uri(RedirectUrl::from_url(self.redirect.clone()))
    }

    /// Asks the provider for its endpoints and keys.
    async fn discover(&self, now: Time) -> Result<Client, Error> {
        let issuer = &self.registration.issuer;
        // An issuer is compared letter by letter, and `Url` puts a slash behind a bare host.
        let issuer =
            if issuer.path() == "/" { issuer.as_str().trim_end_matches('/') } else { issuer.as_str() };
        let issuer = IssuerUrl::new(issuer.to_owned()).map_err(|error| failed("its issuer", &error))?;
        let metadata = CoreProviderMetadata::discover_async(issuer, &self.http)
            .await
            .map_err(|error| failed("its document", &error))?;
        *self.known() = Some((now, metadata.clone()));
        Ok(self.client(metadata))
    }
}

/// What asks the provider.
struct Http(reqwest::Client);

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = SendError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, SendError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let request = reqwest::Request::try_from(request)?;
            let mut answer = self.0.execute(request).await?;
            let mut response = http::Response::new(Vec::new());
            *response.status_mut() = answer.status();
            *response.headers_mut() = std::mem::take(answer.headers_mut());
            while let Some(chunk) = answer.chunk().await? {
                if response.body().len() + chunk.len() > MAX_ANSWER {
                    return Err(SendError::TooLarge);
                }
                response.body_mut().extend_from_slice(&chunk);
            }
            Ok(response)
        })
    }
}

/// Why the provider could not be asked.
#[derive(Debug, thiserror::Error)]
enum SendError {
    #[error("it can't be reached")]
    Http(#[from] reqwest::Error),
    #[error("its answer is too large")]
    TooLarge,
}

/// 32 random bytes as text that fits a URL and a cookie.
fn draw(entropy: &dyn Entropy) -> String {
    let mut bytes = [0; 32];
    entropy.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What failed, in the words of the errors above the one that may quote an answer.
fn failed(what: &str, error: &dyn std::error::Error) -> Error {
    Error::Provider(format!("{what}: {error}"))
}
