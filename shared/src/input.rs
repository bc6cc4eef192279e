//! The inputs of mutations. `Debug` shows no password, token or value.

use uuid::Uuid;

use crate::json::GivenJson;
use crate::scalar::{DateTime, RoleName};
#[cfg(feature = "client")]
use crate::schema;

/// Declares inputs or payloads, each with its name in the schema. `name?: T` is an `Option<T>`, which a client omits if it
/// is `None`. The caller names the derives, because their code must have the hygiene of the fields.
macro_rules! objects {
    (
        $server:tt $client:tt
        $($(#[$doc:meta])* $name:ident($graphql:tt): $($derive:ident),+ { $($fields:tt)* })*
    ) => {
        $(objects! { @fields [$(#[$doc])* #[derive($($derive),+)] $name $graphql $server $client] [] $($fields)* })*
    };
    (@fields $head:tt [$($done:tt)*] $(#[$doc:meta])* $field:ident?: $type:ident$(<$of:ident>)?, $($rest:tt)*) => {
        objects! { @fields $head [
            $($done)*
            $(#[$doc])*
            #[cfg_attr(feature = "client", cynic(skip_serializing_if = "Option::is_none"))]
            pub $field: Option<$type$(<$of>)?>,
        ] $($rest)* }
    };
    (@fields $head:tt [$($done:tt)*] $(#[$doc:meta])* $field:ident: $type:ident$(<$of:ident>)?, $($rest:tt)*) => {
        objects! { @fields $head [$($done)* $(#[$doc])* pub $field: $type$(<$of>)?,] $($rest)* }
    };
    (@fields
        [$(#[$attribute:meta])* $name:ident $graphql:tt ($($server:tt)+) ($($client:tt)+)]
        [$($fields:tt)*]
    ) => {
        $(#[$attribute])*
        #[cfg_attr(feature = "server", derive($($server)+))]
        #[cfg_attr(feature = "server", graphql(name = $graphql, rename_fields = "snake_case"))]
        #[cfg_attr(feature = "client", derive($($client)+))]
        #[cfg_attr(feature = "client", cynic(graphql_type = $graphql, rename_all = "None"))]
        pub struct $name {
            $($fields)*
        }
    };
}

objects! {
    (async_graphql::InputObject) (cynic::InputObject)

    /// Create or overwrite a secret.
    SetSecretInput("set_secret_input"): Clone, Debug {
        /// The secret's name.
        name: String,
        /// The value. It has to be there, and null is a value.
        #[cfg_attr(feature = "client", cynic(skip_serializing_if = "GivenJson::is_omitted"))]
        value: GivenJson,
        /// What the secret is for, in words; absent keeps the description, empty removes it.
        description?: String,
        /// Set the secret only if it is at this version; 0 if it must not exist yet.
        expected_version?: i32,
    }

    /// Delete a secret.
    DeleteSecretInput("delete_secret_input"): Clone, Debug {
        /// The secret's name.
        name: String,
        /// Delete the secret only if it is at this version.
        expected_version?: i32,
    }

    /// Rename, describe and set a secret in one step that happens whole or not at all.
    UpdateSecretInput("update_secret_input"): Clone, Debug {
        /// The secret's name now.
        name: String,
        /// Its name from now on; absent keeps the name.
        new_name?: String,
        /// Its value from now on; absent keeps the value, null is a value.
        #[cfg_attr(feature = "client", cynic(skip_serializing_if = "GivenJson::is_omitted"))]
        value: GivenJson,
        /// Its description from now on; absent keeps the description, empty removes it.
        description?: String,
        /// Whether another secret that has `new_name` may be replaced. Otherwise the update is refused.
        overwrite?: bool,
        /// Change the secret only if it is at this version.
        expected_version?: i32,
        /// Allow a rename that changes which limited API keys have access to the secret. Otherwise such a rename is refused,
        /// and the keys are named.
        confirm_key_access?: bool,
    }

    /// Set many secrets in one step that happens whole or not at all.
    ImportSecretsInput("import_secrets_input"): Clone, Debug {
        /// The secrets, each name once.
        secrets: Vec<ImportedSecret>,
        /// Whether only to look: what would be created, what overwritten, what has that value already.
        preview?: bool,
        /// The `state` that a preview answered: the import is refused if these secrets have changed since.
        expected_state?: String,
    }

    /// A secret to set.
    ImportedSecret("imported_secret"): Clone, Debug {
        /// Its name.
        name: String,
        /// Its value. It has to be there, and null is a value.
        #[cfg_attr(feature = "client", cynic(skip_serializing_if = "GivenJson::is_omitted"))]
        value: GivenJson,
    }

    /// Bring a deleted secret back.
    RestoreSecretInput("restore_secret_input"): Clone, Debug {
        /// The name it had. If several of that name were deleted, the last one comes back.
        name: String,
    }

    /// Make an API key.
    CreateApiKeyInput("create_api_key_input"): Clone, Debug {
        /// What the key is for, in words.
        name: String,
        /// Whose key it is: the one who asks, as `auth_info { user_id }` says, which is also the default.
        user_id?: Uuid,
        /// When it stops working; absent or null: never.
        expires_at?: DateTime,
        /// What it may do; absent: what the one who asks may do.
        role?: RoleName,
        /// The secrets it is limited to: names, and prefixes such as `DB_*`. Absent or null: all of the team's.
        secrets?: Vec<String>,
    }

    /// Revoke an API key.
    DeleteApiKeyInput("delete_api_key_input"): Clone, Debug {
        /// The key's id, as `auth_api_key` lists it.
        key_id: Uuid,
    }

    /// Start a browser session.
    LogInInput("log_in_input"): Clone {
        /// The person's address.
        email: String,
        /// The person's password.
        password: String,
    }

    /// Make the first team and its administrator, with the token of the set-up link.
    SetUpInput("set_up_input"): Clone {
        /// The token that the set-up link carries.
        token: String,
        /// The team's name.
        team_name: String,
        /// The administrator's address.
        email: String,
        /// The administrator's password.
        password: String,
    }

    /// Make an older value of a secret its current one.
    RestoreSecretVersionInput("restore_secret_version_input"): Clone, Debug {
        /// The secret's name.
        name: String,
        /// The version whose value comes back, as a new version.
        version: i32,
    }

    /// Rename an API key, or limit it to other secrets.
    UpdateApiKeyInput("update_api_key_input"): Clone, Debug {
        /// The key's id, as `auth_api_key` lists it.
        key_id: Uuid,
        /// What it is for from now on; absent keeps the name.
        name?: String,
        /// The secrets it is limited to from now on: absent keeps the limits, empty takes them away.
        secrets?: Vec<String>,
    }

    /// Invite a person into the team.
    InviteMemberInput("invite_member_input"): Clone, Debug {
        /// The person's address. The invitation is for them alone; an older one of theirs stops working.
        email: String,
        /// What they will be in the team.
        role: RoleName,
    }

    /// Withdraw an invitation.
    WithdrawInvitationInput("withdraw_invitation_input"): Clone, Debug {
        /// The invitation's id, as `invitation` lists it.
        id: Uuid,
    }

    /// Join a team by an invitation's link.
    AcceptInvitationInput("accept_invitation_input"): Clone {
        /// The token that the link carries.
        token: String,
        /// A new password, or the one that the person has. Whoever is logged in as the person invited needs none.
        password?: String,
    }

    /// Change what a person is in the team.
    UpdateMemberInput("update_member_input"): Clone, Debug {
        /// The person's id, as `member` lists it.
        user_id: Uuid,
        /// What they are from now on.
        role: RoleName,
    }

    /// End all of a member's sessions.
    EndMemberSessionsInput("end_member_sessions_input"): Clone, Debug {
        /// The person's id, as `member` lists it.
        user_id: Uuid,
    }

    /// Take a person out of the team.
    RemoveMemberInput("remove_member_input"): Clone, Debug {
        /// The person's id, as `member` lists it.
        user_id: Uuid,
        /// Whether the API keys they made go on working, as the team's own. Otherwise they are revoked.
        keep_api_keys?: bool,
    }

    /// Make a role of the team's own.
    CreateRoleInput("create_role_input"): Clone, Debug {
        /// Its name.
        name: String,
        /// What it is for, in words.
        description?: String,
        /// What it may do: `create:secret` and so on.
        permissions: Vec<String>,
    }

    /// Change a role of the team's own.
    UpdateRoleInput("update_role_input"): Clone, Debug {
        /// The role's id, as `role` lists it.
        id: Uuid,
        /// Its name from now on; absent keeps the name.
        name?: String,
        /// What it is for; absent keeps the description, empty removes it.
        description?: String,
        /// What it may do from now on; absent keeps the permissions.
        permissions?: Vec<String>,
    }

    /// Remove a role of the team's own.
    DeleteRoleInput("delete_role_input"): Clone, Debug {
        /// The role's id, as `role` lists it.
        id: Uuid,
    }

    /// Make a team.
    CreateTeamInput("create_team_input"): Clone, Debug {
        /// The name people read.
        name: String,
        /// The short name in commands; absent: made of the name.
        slug?: String,
    }

    /// Rename the team one acts in.
    UpdateTeamInput("update_team_input"): Clone, Debug {
        /// The name people read; absent keeps it.
        name?: String,
        /// The short name in commands; absent keeps it.
        slug?: String,
    }

    /// Act in another team from now on, in this session and at the next log-in.
    SwitchTeamInput("switch_team_input"): Clone, Debug {
        /// The team's id, as `tenant` lists it.
        team_id: Uuid,
    }

    /// Change one's own password.
    ChangePasswordInput("change_password_input"): Clone {
        /// The password until now; absent when there is none, because the person logs in through a provider.
        current_password?: String,
        /// The password from now on.
        new_password: String,
    }

    /// End one of one's own sessions.
    EndSessionInput("end_session_input"): Clone, Debug {
        /// The session's id, as `session` lists it.
        id: Uuid,
    }
}
