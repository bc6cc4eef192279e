//! Trusts: which outside identities may log in.

use uuid::Uuid;

use crate::input::{DeleteTrustInput, SetTrustInput, TestTrustInput};
use crate::payload::{SetTrustPayload, SuccessPayload, TestTrustPayload};
use crate::scalar::{DateTime, RoleName};
use crate::schema;

fragments! {
    (cynic::QueryFragment)

    Trusts("Query"): Clone, Debug {
        pub trust: Vec<Trust>,
    }

    Trust("trust"): Clone, Debug, PartialEq, Eq {
        pub id: Uuid,
        /// Programs give it as the role to log in with.
        pub name: String,
        pub role: RoleName,
        /// The secrets it is limited to; `None`: all of the team's.
        pub secrets: Option<Vec<String>>,
        pub issuer: String,
        pub keys_url: Option<String>,
        /// The pasted keys; `None`: they are fetched.
        pub keys: Option<String>,
        pub audiences: Vec<String>,
        pub claims: Vec<BoundClaim>,
        /// In seconds.
        pub lifetime: i32,
        pub created: DateTime,
        pub created_by: String,
        pub updated: DateTime,
        /// The last ones, newest first.
        pub logins: Vec<TrustLogin>,
    }

    BoundClaim("bound_claim"): Clone, Debug, PartialEq, Eq {
        pub claim: String,
        pub values: Vec<String>,
    }

    TrustLogin("trust_login"): Clone, Debug, PartialEq, Eq {
        pub created: DateTime,
        /// The claim `sub` of the token.
        pub subject: String,
        pub address: String,
        pub expires_at: DateTime,
        /// Whether it was revoked, or its trust was changed, before it expired.
        pub is_ended: bool,
    }
}

mutations! {
    SetTrust(SetTrustInput) = "set_trust" -> SetTrustPayload;
    DeleteTrust(DeleteTrustInput) = "delete_trust";
    TestTrust(TestTrustInput) = "test_trust" -> TestTrustPayload;
}
