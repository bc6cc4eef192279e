//! The inputs of mutations, and of the list of secrets. `Debug` shows no password, token or value.

use uuid::Uuid;

use crate::json::GivenJson;
use crate::scalar::{DateTime, RoleName};
#[cfg(feature = "client")]
use crate::schema;
use crate::secret_listing::{SecretFilter, SecretSort};

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
        /// The value. Required; may be null.
        #[cfg_attr(feature = "client", cynic(skip_serializing_if = "GivenJson::is_omitted"))]
        value: GivenJson,
        /// The description; omitted keeps the current one, empty removes it.
        description?: String,
        /// When it expires, as a reminder; omitted keeps the current day, an empty text removes it. A day without a time means
        /// its beginning in UTC, unlike with the command line and the page, where it is the last day.
        expires_at?: DateTime,
        /// Set the secret only if it is at this version; 0 if it must not exist yet.
        expected_version?: i32,
    }

    /// Delete a secret.
    DeleteSecretInput("delete_secret_input"): Clone, Debug {
        /// The secret's name.
        name: String,
        /// Delete the secret only if this is its id: another one may have its name by now.
        expected_id?: Uuid,
        /// Delete the secret only if it is at this version.
        expected_version?: i32,
    }

    /// Delete many secrets in one atomic step.
    DeleteSecretsInput("delete_secrets_input"): Clone, Debug {
        /// The secrets, each name once.
        secrets: Vec<DeleteSecretInput>,
    }

    /// Rename, describe and set a secret in one atomic step.
    UpdateSecretInput("update_secret_input"): Clone, Debug {
        /// The current name.
        name: String,
        /// The new name; omitted keeps the current one.
        new_name?: String,
        /// The new value; omitted keeps the current one, null is a value.
        #[cfg_attr(feature = "client", cynic(skip_serializing_if = "GivenJson::is_omitted"))]
        value: GivenJson,
        /// The new description; omitted keeps the current one, empty removes it.
        description?: String,
        /// When it expires, as a reminder; omitted keeps the current day, an empty text removes it. A day without a time means
        /// its beginning in UTC, unlike with the command line and the page, where it is the last day.
        expires_at?: DateTime,
        /// Replace another secret with `new_name`. Otherwise the update is refused.
        overwrite?: bool,
        /// Change the secret only if this is its id: another one may have its name by now.
        expected_id?: Uuid,
        /// Change the secret only if it is at this version.
        expected_version?: i32,
        /// Change the secret only if this is its description; empty: it has none.
        expected_description?: String,
        /// Allow a rename that changes which limited API keys have access to the secret. Otherwise such a rename is refused,
        /// and the keys are named.
        confirm_key_access?: bool,
    }

    /// A page of the team's secrets.
    SecretPageInput("secret_page_input"): Clone, Debug, Default {
        /// Words that the name or the description contains, in any order and case; `_`, `-` and `.` separate words, too.
        search?: String,
        /// Conditions, all of which must hold.
        filters?: Vec<SecretFilter>,
        /// The column to sort by; omitted: the name. Equal rows are sorted by name.
        sort?: SecretSort,
        /// Whether the last comes first.
        descending?: bool,
        /// The most rows of the page; omitted: all.
        limit?: i32,
        /// The rows before the page. Beyond the end, the answer is the last page.
        offset?: i32,
        /// Group the rows by prefix; omitted: no groups.
        grouping?: SecretGrouping,
    }

    /// Groups of secrets whose names begin alike: up to the last `/`, or else the first `_`, `-` or `.`. A group has at
    /// least two secrets. One that is folded counts as one row of the page.
    SecretGrouping("secret_grouping"): Clone, Debug, Default {
        /// Whether groups are folded.
        folded?: bool,
        /// The prefixes for which it is the other way round.
        except?: Vec<String>,
    }

    /// Set many secrets in one atomic step.
    ImportSecretsInput("import_secrets_input"): Clone, Debug {
        /// The secrets, each name once.
        secrets: Vec<ImportedSecret>,
        /// Only preview what would be created, overwritten or left unchanged.
        preview?: bool,
        /// The `state` of a preview: the import is refused if these secrets have changed since.
        expected_state?: String,
    }

    /// A secret to set.
    ImportedSecret("imported_secret"): Clone, Debug {
        /// Its name.
        name: String,
        /// Its value. Required, unless it is skipped; may be null.
        #[cfg_attr(feature = "client", cynic(skip_serializing_if = "GivenJson::is_omitted"))]
        value: GivenJson,
        /// Leave this secret as it is. It still counts for `expected_state`.
        skip?: bool,
    }

    /// Restore a deleted secret.
    RestoreSecretInput("restore_secret_input"): Clone, Debug {
        /// Its name. Of several deleted secrets with that name, the last one is restored.
        name: String,
        /// Restore it only if this is its id: another secret with its name may have been deleted since.
        expected_id?: Uuid,
    }

    /// Restore many deleted secrets in one atomic step.
    RestoreSecretsInput("restore_secrets_input"): Clone, Debug {
        /// The secrets, each name once.
        secrets: Vec<RestoreSecretInput>,
    }

    /// Create an API key.
    CreateApiKeyInput("create_api_key_input"): Clone, Debug {
        /// The key's name, such as its purpose.
        name: String,
        /// The owner: the caller, as in `auth_info { user_id }`, which is also the default.
        user_id?: Uuid,
        /// When it expires; omitted or null: never.
        expires_at?: DateTime,
        /// Its role; omitted: the caller's.
        role?: RoleName,
        /// The secrets it is limited to: names, and prefixes such as `DB_*`. Omitted or null: all of the team's.
        secrets?: Vec<String>,
    }

    /// Revoke an API key.
    DeleteApiKeyInput("delete_api_key_input"): Clone, Debug {
        /// The key's id, as `auth_api_key` lists it.
        key_id: Uuid,
    }

    /// A claim that tokens must have.
    BoundClaimInput("bound_claim_input"): Clone, Debug {
        /// The claim's name, such as `repository`. One that begins with `/` is a JSON pointer, such as
        /// `/kubernetes.io/namespace`.
        claim: String,
        /// The values that it may have. A `*` at the end stands for any text.
        values: Vec<String>,
    }

    /// Trust an outside identity, or change such a trust, which ends its logins.
    SetTrustInput("set_trust_input"): Clone, Debug {
        /// The trust to change, as `trust` lists it; omitted: a new one.
        trust_id?: Uuid,
        /// Its name, which programs give as the role to log in with.
        name: String,
        /// The role of programs that log in; omitted: `runner`.
        role?: RoleName,
        /// The secrets that they are limited to: names, and prefixes such as `DB_*`. Omitted or null: all of the team's.
        secrets?: Vec<String>,
        /// The issuer of their tokens, as the claim `iss` has it.
        issuer: String,
        /// Where the issuer publishes its keys; omitted: where its discovery document says.
        keys_url?: String,
        /// The issuer's keys, as a JSON Web Key Set; omitted: the server fetches them.
        keys?: String,
        /// The audiences, of which a token must have one.
        audiences: Vec<String>,
        /// The claims, all of which a token must have. At least one.
        claims: Vec<BoundClaimInput>,
        /// The lifetime of a login in seconds, from 60 to 3600; omitted: 900.
        lifetime?: i32,
        /// Change the trust only if it was last changed then, as `updated` has it.
        expected_updated?: DateTime,
    }

    /// End a trust and its logins.
    DeleteTrustInput("delete_trust_input"): Clone, Debug {
        /// The trust's id, as `trust` lists it.
        trust_id: Uuid,
    }

    /// Check a token without logging in.
    TestTrustInput("test_trust_input"): Clone {
        /// The trust's id, as `trust` lists it.
        trust_id: Uuid,
        /// The token of an outside identity, a JSON Web Token.
        token: String,
    }

    /// Start a browser session.
    LogInInput("log_in_input"): Clone {
        /// The user's email address.
        email: String,
        /// The user's password.
        password: String,
    }

    /// Create the first team and its administrator, with the token of the setup link.
    SetUpInput("set_up_input"): Clone {
        /// The token of the setup link.
        token: String,
        /// The team's name.
        team_name: String,
        /// The administrator's address.
        email: String,
        /// The administrator's password.
        password: String,
    }

    /// Make an older value of a secret the current one.
    RestoreSecretVersionInput("restore_secret_version_input"): Clone, Debug {
        /// The secret's name.
        name: String,
        /// The version to restore, as a new version.
        version: i32,
    }

    /// Rename an API key, or limit it to other secrets.
    UpdateApiKeyInput("update_api_key_input"): Clone, Debug {
        /// The key's id, as `auth_api_key` lists it.
        key_id: Uuid,
        /// The new name; omitted keeps the current one.
        name?: String,
        /// The new limits; omitted keeps the current ones, empty removes them.
        secrets?: Vec<String>,
        /// Change the key only if these are its limits; empty: it has none.
        expected_secrets?: Vec<String>,
    }

    /// Invite a user into the team.
    InviteMemberInput("invite_member_input"): Clone, Debug {
        /// The user's email address. An older invitation of theirs stops working.
        email: String,
        /// Their role in the team.
        role: RoleName,
    }

    /// Withdraw an invitation.
    WithdrawInvitationInput("withdraw_invitation_input"): Clone, Debug {
        /// The invitation's id, as `invitation` lists it.
        id: Uuid,
    }

    /// Join a team with an invitation's link.
    AcceptInvitationInput("accept_invitation_input"): Clone {
        /// The token of the link.
        token: String,
        /// A new password, or the user's own. A user who is logged in needs none.
        password?: String,
    }

    /// Change a member's role.
    UpdateMemberInput("update_member_input"): Clone, Debug {
        /// The member's id, as `member` lists it.
        user_id: Uuid,
        /// The new role.
        role: RoleName,
        /// Change the role only if the member has this one.
        expected_role?: RoleName,
    }

    /// End all of a member's sessions.
    EndMemberSessionsInput("end_member_sessions_input"): Clone, Debug {
        /// The member's id, as `member` lists it.
        user_id: Uuid,
    }

    /// Remove a member from the team.
    RemoveMemberInput("remove_member_input"): Clone, Debug {
        /// The member's id, as `member` lists it.
        user_id: Uuid,
        /// Keep the API keys that they created, as the team's own. Otherwise they are revoked.
        keep_api_keys?: bool,
    }

    /// Create a role.
    CreateRoleInput("create_role_input"): Clone, Debug {
        /// Its name.
        name: String,
        /// Its purpose.
        description?: String,
        /// Its permissions: `create:secret` and so on.
        permissions: Vec<String>,
    }

    /// Change a role that the team has created.
    UpdateRoleInput("update_role_input"): Clone, Debug {
        /// The role's id, as `role` lists it.
        id: Uuid,
        /// The new name; omitted keeps the current one.
        name?: String,
        /// The new description; omitted keeps the current one, empty removes it.
        description?: String,
        /// The new permissions; omitted keeps the current ones.
        permissions?: Vec<String>,
        /// Change the role only if these are its permissions.
        expected_permissions?: Vec<String>,
    }

    /// Delete a role that the team has created.
    DeleteRoleInput("delete_role_input"): Clone, Debug {
        /// The role's id, as `role` lists it.
        id: Uuid,
    }

    /// Create a team.
    CreateTeamInput("create_team_input"): Clone, Debug {
        /// The display name.
        name: String,
        /// The slug, for commands; omitted: derived from the name.
        slug?: String,
    }

    /// Rename the current team.
    UpdateTeamInput("update_team_input"): Clone, Debug {
        /// The new display name; omitted keeps the current one.
        name?: String,
        /// The new slug; omitted keeps the current one.
        slug?: String,
    }

    /// Set the team's webhook, which receives events about its secrets.
    SetWebhookInput("set_webhook_input"): Clone, Debug {
        /// Where to send events: `https://…`.
        url: String,
        /// Replace the signing key of an existing webhook.
        new_key?: bool,
    }

    /// Act in another team, in this session and after the next login.
    SwitchTeamInput("switch_team_input"): Clone, Debug {
        /// The team's id, as `tenant` lists it.
        team_id: Uuid,
    }

    /// Change the user's own password.
    ChangePasswordInput("change_password_input"): Clone {
        /// The current password; omitted if there is none, because the user logs in through a provider.
        current_password?: String,
        /// The new password.
        new_password: String,
    }

    /// End one of the caller's own sessions.
    EndSessionInput("end_session_input"): Clone, Debug {
        /// The session's id, as `session` lists it.
        id: Uuid,
    }
}
