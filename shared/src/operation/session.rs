//! The current user or key, and browser sessions.

use uuid::Uuid;

use crate::input::{AcceptInvitationInput, ChangePasswordInput, EndSessionInput, LogInInput, SetUpInput};
use crate::payload::SuccessPayload;
use crate::scalar::{DateTime, LongInt, RoleName};
use crate::schema;

fragments! {
    (cynic::QueryFragment)

    /// The current user, or the API key.
    Session("Query"): Clone, Debug {
        pub auth_info: Option<AuthInfo>,
        /// All of their teams, that of `auth_info.tenant_id` included.
        pub tenant: Vec<Tenant>,
        pub limits: Limits,
    }

    /// The same for programs, which also talk to servers without `limits`.
    Caller("Query"): Clone, Debug {
        pub auth_info: Option<AuthInfo>,
        pub tenant: Vec<Tenant>,
    }

    AuthInfo("auth_info"): Clone, Debug, PartialEq, Eq {
        pub tenant_id: Uuid,
        pub user_id: Uuid,
        /// The key's or the user's.
        pub name: String,
        /// A key has none.
        pub email: Option<String>,
        pub role: RoleName,
        /// As [`crate::Permission`] writes them.
        pub permissions: Vec<String>,
        /// The secrets a key is limited to; `None`: all of the team's.
        pub secrets: Option<Vec<String>>,
        /// `None`: never.
        pub expires_at: Option<DateTime>,
    }

    /// The limits that the operator of the server can set.
    Limits("limits"): Clone, Copy, Debug, PartialEq, Eq {
        /// The largest value, in bytes of encoded JSON.
        pub value_bytes: i32,
        /// How long a deleted secret can be restored, in seconds.
        pub restore_seconds: LongInt,
        /// How many older values of a secret are kept.
        pub keep_versions: i32,
    }

    /// Where Vault's clients find the team's secrets.
    KvMount("Query"): Clone, Debug {
        pub limits: KvLimits,
    }

    KvLimits("limits"): Clone, Debug, PartialEq, Eq {
        /// The mount of version 2 of Vault's API; `None` without one.
        pub kv_mount: Option<String>,
    }

    Tenant("tenant"): Clone, Debug, PartialEq, Eq {
        pub id: Uuid,
        pub name: String,
        pub slug: String,
    }

    /// Whether the first team is still to be set up, and how to log in.
    Entrance("Query"): Clone, Debug {
        pub set_up_required: bool,
        pub single_sign_on: Option<SingleSignOn>,
    }

    SingleSignOn("single_sign_on"): Clone, Debug, PartialEq, Eq {
        pub name: String,
        pub path: String,
    }

    /// The user's own sessions, the one last used first.
    Sessions("Query"): Clone, Debug {
        pub session: Vec<BrowserSession>,
    }

    BrowserSession("session"): Clone, Debug, PartialEq, Eq {
        pub id: Uuid,
        pub created: DateTime,
        /// When it was last used, to the minute.
        pub last_used: DateTime,
        pub expires_at: DateTime,
        pub address: String,
        pub user_agent: String,
        pub is_current: bool,
    }

    LogOut("Mutation") {
        #[cynic(rename = "log_out")]
        pub payload: Option<SuccessPayload>,
    }

    LogOutEverywhere("Mutation") {
        #[cynic(rename = "log_out_everywhere")]
        pub payload: Option<SuccessPayload>,
    }
}

mutations! {
    LogIn(LogInInput) = "log_in";
    SetUp(SetUpInput) = "set_up";
    AcceptInvitation(AcceptInvitationInput) = "accept_invitation";
    ChangePassword(ChangePasswordInput) = "change_password";
    EndSession(EndSessionInput) = "end_session";
}
