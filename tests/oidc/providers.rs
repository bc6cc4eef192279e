//! The responses of real providers: each row has one's deviations from the standard, and the outcome of the login.
//! `docs/single-sign-on.md` lists these providers for operators.

use serde_json::{Value, json};
use strongroom_tests::provider::{CLIENT_ID, POST_CLIENT_ID};

use crate::{BEGIN, Scene, assert_problem, redirect};

/// The provider, its deviations, and, if the login is refused, the problem and the reason in the log. `ACCOUNT`, `EMAIL` and
/// `ISSUER` are placeholders.
type Row = (&'static str, Value, &'static str);

async fn check(scene: &Scene, rows: impl IntoIterator<Item = Row>) {
    for (who, otherwise, refusal) in rows {
        let number = scene.server.store().next_number();
        let (account, email) = (format!("account-{number}"), format!("person-{number}@acme.example"));
        scene.admin.invite(&email, "user").await;
        let visitor = scene.server.nobody();
        scene.provider.behaves(&account, &email, &json!({})).await;
        let address = scene.begin(&visitor).await;
        let otherwise = otherwise
            .to_string()
            .replace("ACCOUNT", &account)
            .replace("EMAIL", &email)
            .replace("ISSUER", scene.provider.issuer());
        let otherwise = serde_json::from_str(&otherwise).expect("JSON");
        scene.provider.behaves(&account, &email, &otherwise).await;
        let before = scene.server.log().len();
        let back = scene.provider.log_in(&address, &account).await;
        let reply = scene.come_back(&visitor, &back).await;
        let log = scene.server.log().split_off(before);
        let place = redirect(&reply);
        if let Some((problem, why)) = refusal.split_once(": ") {
            assert_eq!(place, format!("/log-in?problem={problem}"), "{who}: {otherwise}; {log}");
            assert_problem(&visitor, &reply, problem).await;
            assert!(log.contains("single sign-on refused"), "{who}: {log}");
            assert!(log.contains(why), "{who} should log {why}: {log}");
        } else {
            assert_eq!(place, "/", "{who}: {otherwise}; {log}");
            assert_eq!(visitor.auth_info("email").await, json!(email), "{who}");
        }
        assert!(!log.contains(&email), "{who}: the log names nobody: {log}");
    }
}

const TENANTS: &str = "https://login.microsoftonline.com/{tenantid}/v2.0";

fn verified(mut claims: Value) -> Value {
    claims["email"] = json!("EMAIL");
    if claims.get("email_verified").is_none() {
        claims["email_verified"] = json!(true);
    }
    json!({"id_token": claims})
}

fn verified_emails() -> Vec<Row> {
    vec![
        ("Keycloak", verified(json!({"azp": "strongroom", "acr": "1", "sid": "a-b", "typ": "ID"})), ""),
        ("Google", verified(json!({"azp": "strongroom", "hd": "acme.example", "picture": ""})), ""),
        ("Apple", verified(json!({"email_verified": "true", "is_private_email": "false"})), ""),
        ("Apple", verified(json!({"email_verified": "false"})), "unverified-email: is not verified"),
        ("Auth0", verified(json!({"updated_at": "2026-11-20T10:00:00.000Z", "amr": "pwd"})), ""),
        (
            "Zitadel",
            verified(json!({
                "aud": ["strongroom", "383168317235462148"], "azp": "strongroom",
                "urn:zitadel:iam:org:project:roles": {"user": {"1": "acme"}},
            })),
            "",
        ),
        ("Zitadel", verified(json!({"aud": ["383168317235462148", "strongroom"]})), ""),
        (
            "Cognito",
            json!({
                "accounts": {"ACCOUNT": {}}, "drop": ["email", "email_verified"],
                "userinfo": {"email": "EMAIL", "email_verified": "true", "identities": "[{}]"},
            }),
            "",
        ),
        (
            "only the address in the ID token",
            json!({"id_token": {"email": "EMAIL"}, "userinfo": {"email": "EMAIL", "email_verified": true}}),
            "",
        ),
        (
            "an address in the ID token, and user information about a different user",
            json!({"id_token": {"email": "EMAIL"}, "userinfo": {"sub": "eve"}}),
            "unverified-email: about a different user",
        ),
        (
            "another address elsewhere",
            json!({"id_token": {"email": "EMAIL"}, "userinfo": {"email": "x@y.example"}}),
            "unverified-email: does not say whether the email address is verified",
        ),
        (
            "claims of any form",
            verified(json!({
                "address": "1 Acme Road", "locale": {"a": 1}, "gender": 1, "name": ["Ada"], "birthdate": null,
                "auth_time": "2026-11-20T10:00:00Z", "phone_number_verified": "no", "zoneinfo": false,
                "amr": {"pwd": true}, "acr": 2, "profile": "", "website": "none",
            })),
            "",
        ),
        ("a number for a person", json!({"id_token": {"sub": 42}, "userinfo": {"sub": 42}}), ""),
        ("texts for times", verified(json!({"exp": "2126-11-20T10:00:00Z", "iat": "1700000000"})), ""),
        ("a text for a lifetime", json!({"token": {"expires_in": "300", "token_type": "bearer"}}), ""),
        ("an odd scope", json!({"token": {"scope": ["openid"], "refresh_expires_in": "0"}}), ""),
        (
            "a document with little or oddities in it",
            json!({"document": {
                "response_types_supported": null, "subject_types_supported": null, "service_documentation": "",
                "claims_parameter_supported": "false", "id_token_signing_alg_values_supported": "RS256",
                "op_policy_uri": "", "token_endpoint_auth_methods_supported": null,
            }}),
            "",
        ),
    ]
}

/// They may be odd, but not wrong.
fn keys_signatures_and_clocks() -> Vec<Row> {
    let signed = |alg: &str, kid: &str| json!({"header": {"alg": alg, "kid": kid}});
    vec![
        ("ES256", signed("ES256", "ec"), ""),
        ("PS256", signed("PS256", "ps"), ""),
        ("EdDSA, with oddities in the key", signed("EdDSA", "ed"), ""),
        ("no key id", json!({"header": {"kid": null}}), ""),
        ("another's key", signed("ES256", "ed"), "provider: none of the issuer's keys matches it"),
        ("ES256K", signed("ES256K", "ec"), "provider: an algorithm that is not supported"),
        // Clocks may differ by a minute.
        ("a clock behind ours", json!({"late": 20}), ""),
        ("one far behind", json!({"late": 90}), "provider: compare the clocks"),
        (
            "Authentik without a signing key",
            json!({
                "header": {"alg": "HS256", "kid": null},
                "document": {"id_token_signing_alg_values_supported": ["HS256"]},
            }),
            "",
        ),
        (
            "keys of other kinds",
            json!({"header": {"kid": null}, "keys": [
                {"kty": "RSA", "use": "enc", "alg": "RSA-OAEP", "kid": "x", "n": "AQAB", "e": "AQAB"},
                {"kty": "RSA", "use": "sig", "alg": "RS256", "n": "!", "e": 1},
                {"kty": "AKP", "alg": "ML-DSA-65", "use": "sig", "pub": "AQAB"},
                {"kty": "EC", "crv": "secp256k1", "x": "AQAB", "y": "AQAB"},
                {"kty": ["RSA"]}, "text", null,
            ]}),
            "",
        ),
    ]
}

fn failures() -> Vec<Row> {
    let other = "https://login.microsoftonline.com/0f3c/v2.0";
    let refusal = |description: &str| {
        json!({
            "document": {"token_endpoint_auth_methods_supported": ["client_secret_basic"]},
            "token": {"error": "invalid_client", "error_description": description},
        })
    };
    vec![
        ("Entra ID, `common`", json!({"document": {"issuer": TENANTS}}), "provider: is multi-tenant"),
        ("another tenant", json!({"document": {"issuer": other}}), "provider: set oidc-issuer to it"),
        ("no keys", json!({"document": {"jwks_uri": null}}), "provider: `jwks_uri` is missing"),
        (
            "no endpoint",
            json!({"document": {"token_endpoint": "/t"}}),
            "provider: `token_endpoint` is missing",
        ),
        ("a wrong secret", refusal("AADSTS7000215: expired"), "provider: AADSTS7000215: expired"),
        ("a person in an error", refusal("EMAIL may not"), "provider: invalid_client"),
        ("no ID token", json!({"token": {"id_token": null}}), "provider: there is no ID token"),
        ("encrypted", json!({"token": {"id_token": "a.b.c.d.e"}}), "provider: it is encrypted"),
        ("another client's", json!({"id_token": {"azp": "other"}}), r#"provider: it was given to \"other\""#),
        ("a different user", json!({"userinfo": {"sub": "eve"}}), "provider: about a different user"),
    ]
}

fn invalid_responses() -> Vec<Row> {
    let invalid = [
        // An ID token that is not for this attempt.
        json!({"id_token": {"nonce": "another attempt's"}}),
        json!({"id_token": {"nonce": null}}),
        json!({"drop": ["nonce"]}),
        json!({"drop": ["iss"]}),
        json!({"drop": ["aud"]}),
        json!({"drop": ["sub"]}),
        json!({"id_token": {"aud": "another client"}}),
        json!({"id_token": {"aud": ["strongroom", "another client"], "azp": "another client"}}),
        json!({"id_token": {"aud": "strongroom", "azp": "another client"}}),
        json!({"id_token": {"iss": "https://provider.example"}}),
        // One that has expired.
        json!({"id_token": {"iat": 1_700_000_000, "exp": 1_700_003_600}}),
        json!({"drop": ["exp"]}),
        // One that the provider has not signed.
        json!({"foreign_key": true}),
        json!({"header": {"alg": "none"}}),
        // Only the provider and the client could have signed it, but the discovery document does not list HMAC.
        json!({"header": {"alg": "HS256"}}),
        json!({"header": {"alg": "RS512"}}),
        json!({"header": {"crit": ["exp"], "exp": 1}}),
        json!({"header": {"kid": "unpublished"}, "foreign_key": true}),
        // A response about another person.
        json!({"userinfo": {"sub": "eve"}}),
        json!({"userinfo": {"sub": null}}),
    ];
    invalid.map(|otherwise| ("an invalid response", otherwise, "provider: ")).into()
}

#[tokio::test]
async fn odd_responses_are_accepted_and_wrong_ones_rejected_with_the_reason_in_the_log() {
    let scene = Scene::new().await;
    check(&scene, invalid_responses()).await;
    assert!(scene.audit("create:session").await.is_empty());
    check(&scene, [("a valid response", json!({}), "")]).await;
    check(&scene, verified_emails()).await;
    check(&scene, keys_signatures_and_clocks()).await;
    check(&scene, failures()).await;

    // A multi-tenant issuer that is known as one is refused before the redirect.
    let scene = scene.with_settings("", CLIENT_ID, &[]).await;
    let tenants = json!({"document": {"issuer": TENANTS}});
    scene.provider.behaves("ada", "ada@acme.example", &tenants).await;
    let visitor = scene.server.nobody();
    assert_problem(&visitor, &visitor.get_page(BEGIN).await, "provider").await;
    assert!(scene.server.log().contains("set oidc-issuer to your own tenant's"), "it says what to do");
}

#[tokio::test]
async fn addresses_must_be_verified_unless_trusted_and_issuers_may_end_in_a_slash() {
    let entra = || json!({"id_token": {"email": "EMAIL"}, "accounts": {"ACCOUNT": {}}});
    let authentik = || verified(json!({"email_verified": false}));
    let none = || json!({"id_token": {"preferred_username": "EMAIL"}, "accounts": {"ACCOUNT": {}}});
    let missing = "unverified-email: sends no email address";
    let scene = Scene::new().await;
    let rows = [
        ("Entra ID", entra(), "unverified-email: does not say whether the email address is verified"),
        ("Authentik", authentik(), "unverified-email: says that the email address is not verified"),
        ("Entra ID, no address", none(), missing),
        ("null in the ID token", verified(json!({"email_verified": null})), ""),
    ];
    check(&scene, rows).await;
    let trust = "--oidc-trust-unverified-email";
    let scene = scene.with_settings("", CLIENT_ID, &[trust]).await;
    let rows = [
        ("Entra ID", entra(), ""),
        ("Authentik", authentik(), ""),
        ("Entra ID, no address", none(), missing),
        (
            "no address in it",
            json!({"id_token": {"email": "nobody"}}),
            "unverified-email: email address is invalid",
        ),
    ];
    check(&scene, rows).await;
    let claim = ["--oidc-email-claim", "preferred_username", trust];
    let mut scene = scene.with_settings("", CLIENT_ID, &claim).await;
    let rows = [
        ("Entra ID, no address", none(), ""),
        ("several", json!({"id_token": {"preferred_username": ["EMAIL", "x@y.example"]}}), ""),
        ("the other claim alone", json!({}), missing),
    ];
    check(&scene, rows).await;
    // An issuer may end in a slash, and the client secret be sent in the body.
    for typed in ["", "/", "/.well-known/openid-configuration"] {
        scene = scene.with_settings(typed, CLIENT_ID, &[]).await;
        let slash = json!({"document": {"issuer": "ISSUER/"}, "id_token": {"iss": "ISSUER/"}});
        check(&scene, [("without", json!({}), ""), ("Auth0", slash, "")]).await;
    }
    let scene = scene.with_settings("", POST_CLIENT_ID, &[]).await;
    let takes = |methods: Value| json!({"document": {"token_endpoint_auth_methods_supported": methods}});
    let (basic, post) = ("client_secret_basic", "client_secret_post");
    let rows = [
        ("Zitadel", takes(json!([post])), ""),
        ("both, set for each client", takes(json!([basic, post])), ""),
        ("nothing said", takes(json!(null)), ""),
        ("the header alone", takes(json!([basic])), "provider: invalid_client"),
    ];
    check(&scene, rows).await;
}
