//! The tables in sea-orm. Rows stay in `store`, which returns domain types.
//!
//! To add a table: an entry here, its `create_table` in a new migration, and a file of queries beside this one.

use sea_orm::entity::prelude::{EntityTrait as _, Related, RelationDef};

/// Declares a module for each table, with its primary key in parentheses. `-> team(TeamId)` is a foreign key.
macro_rules! tables {
    ($(
        $(#[$doc:meta])*
        $name:ident = $table:tt ($($key:ident: $key_type:ident$(<$key_of:ident>)?),+) {
            $($(#[$column_doc:meta])* $column:ident: $type:ident$(<$of:ident>)?,)*
        }
        $(-> $parent:ident($foreign_key:ident))*
    )*) => {$(
        $(#[$doc])*
        pub mod $name {
            use sea_orm::entity::prelude::*;

            #[allow(unused_imports, reason = "not every table has a time")]
            use crate::domain::Time;

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
            #[sea_orm(table_name = $table)]
            pub struct Model {
                $(#[sea_orm(primary_key, auto_increment = false)] pub $key: $key_type$(<$key_of>)?,)+
                $($(#[$column_doc])* pub $column: $type$(<$of>)?,)*
            }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}

            impl ActiveModelBehavior for ActiveModel {}

            $(impl Related<super::$parent::Entity> for Entity {
                fn to() -> RelationDef {
                    let parent = Entity::belongs_to(super::$parent::Entity);
                    parent.from(Column::$foreign_key).to(super::$parent::Column::Id).into()
                }
            })*
        }
    )*};
}

tables! {
    api_key = "api_keys" (id: Uuid) {
        team_id: Uuid,
        user_id: Option<Uuid>,
        name: String,
        role: String,
        token_hash: Vec<u8>,
        created: Time,
        expires: Option<Time>,
        last_used: Option<Time>,
        secrets: Option<String>,
        created_by: String,
    } -> team(TeamId)

    audit_entry = "audit_entries" (team_id: Uuid, sequence: i64) {
        time: Time,
        action: String,
        actor_kind: String,
        actor_id: Option<Uuid>,
        actor_name: String,
        address: String,
        object_id: Option<Uuid>,
        object_name: Option<String>,
        detail: Option<String>,
        previous_hash: Vec<u8>,
        hash: Vec<u8>,
    }

    data_key = "data_keys" (id: Uuid) {
        team_id: Uuid,
        wrapped: Vec<u8>,
        master_key_fingerprint: String,
        created: Time,
    }

    /// That a key has read a value of a secret.
    first_read = "first_reads" (api_key_id: Uuid, secret_id: Uuid) {}

    /// A user's id at a provider.
    identity = "identities" (issuer: String, subject: String) {
        user_id: Uuid,
        created: Time,
    }

    /// An invitation that has not been accepted.
    invitation = "invitations" (id: Uuid) {
        team_id: Uuid,
        email: String,
        role: String,
        token_hash: Vec<u8>,
        created: Time,
        created_by: String,
        inviter_user_id: Option<Uuid>,
        inviter_key_id: Option<Uuid>,
        expires: Time,
    }

    /// Failed logins of an account or from an address.
    log_in_attempt = "log_in_attempts" (subject: String) {
        failures: i32,
        last: Time,
    }

    /// A short-lived token of a program.
    login = "logins" (id: Uuid) {
        api_key_id: Uuid,
        parent_id: Option<Uuid>,
        token_hash: Vec<u8>,
        path: String,
        subject: String,
        address: String,
        created: Time,
        expires: Time,
        /// In seconds.
        lifetime: i64,
        latest: Time,
        ended: Option<Time>,
    } -> api_key(ApiKeyId)

    membership = "memberships" (team_id: Uuid, user_id: Uuid) {
        role: String,
        created: Time,
    } -> user(UserId) -> team(TeamId)

    /// A value in Vault that no version refers to any more.
    removed_vault_value = "removed_vault_values" (id: Uuid) {
        removed: Time,
    }

    revoked_api_key = "revoked_api_keys" (token_hash: Vec<u8>) {
        key_id: Uuid,
        team_id: Uuid,
        name: String,
        revoked: Time,
    }

    /// A team's own role.
    role = "roles" (id: Uuid) {
        team_id: Uuid,
        name: String,
        description: Option<String>,
        permissions: String,
        created: Time,
    }

    /// A secret; a tombstone if `deleted` is set.
    secret = "secrets" (id: Uuid) {
        team_id: Uuid,
        name: String,
        description: Option<String>,
        version: i64,
        created: Time,
        updated: Time,
        updated_by: String,
        last_read: Option<Time>,
        last_read_by: Option<String>,
        deleted: Option<Time>,
        expires_at: Option<Time>,
        /// 0 for none, 1 for the reminder, 2 for the expiry.
        expiry_notice: i64,
        /// 1 for a tombstone that Vault's API shows, otherwise 0.
        shown: i64,
        // Derived from name and description, see `domain::secret_listing`.
        sort_key: Vec<u8>,
        group_key: Vec<u8>,
        look: Vec<u8>,
        search: String,
    }

    /// The reads of a secret with a key on a day.
    secret_read = "secret_reads" (secret_id: Uuid, day: i64, key_id: Uuid) {
        key_name: String,
        reads: i64,
        last: Time,
        /// The numbers of the last entries in the audit log, newest first, each in 16 hexadecimal digits.
        entries: String,
    }

    secret_version = "secret_versions" (secret_id: Uuid, version: i64) {
        data_key_id: Uuid,
        /// Empty if the value is in Vault.
        sealed: Vec<u8>,
        vault_id: Option<Uuid>,
        created: Time,
        created_by: String,
        restored_from: Option<i64>,
    } -> data_key(DataKeyId)

    session = "sessions" (id: Uuid) {
        token_hash: Vec<u8>,
        user_id: Uuid,
        team_id: Uuid,
        created: Time,
        expires: Time,
        last_used: Option<Time>,
        address: String,
        user_agent: String,
    } -> user(UserId)

    /// A setup link that has not been used.
    setup_token = "setup_tokens" (token_hash: Vec<u8>) {
        expires: Time,
    }

    team = "teams" (id: Uuid) {
        slug: String,
        name: String,
        created: Time,
    }

    /// A trust, whose rights are those of a key that nobody holds.
    trust = "trusts" (api_key_id: Uuid) {
        issuer: String,
        keys_url: Option<String>,
        /// A JSON Web Key Set.
        keys: Option<String>,
        /// A JSON list.
        audiences: String,
        /// A JSON list.
        claims: String,
        /// In seconds.
        lifetime: i64,
        updated: Time,
    } -> api_key(ApiKeyId)

    user = "users" (id: Uuid) {
        email: String,
        /// Empty for a user without a password, who logs in through a provider.
        password_hash: String,
        created: Time,
        last_login: Option<Time>,
        last_team_id: Option<Uuid>,
    }

    /// This store's namespace in Vault: one row at most.
    vault_store = "vault_stores" (id: Uuid) {}

    /// A team's webhook, with its encrypted signing key.
    webhook = "webhooks" (team_id: Uuid) {
        id: Uuid,
        url: String,
        data_key_id: Uuid,
        sealed: Vec<u8>,
        created: Time,
        created_by: String,
        /// 1 since a restore until it is set again, otherwise 0.
        paused: i64,
    } -> data_key(DataKeyId)

    /// An event for a webhook: the outbox.
    webhook_delivery = "webhook_deliveries" (id: Uuid) {
        team_id: Uuid,
        event: String,
        body: String,
        created: Time,
        state: String,
        /// How many have begun.
        attempts: i64,
        /// The next attempt; while one is under way, the end of its lease; once it has ended, when that was.
        due: Time,
        /// The HTTP status of the last attempt.
        status: Option<i64>,
        error: Option<String>,
    }
}

/// The current version of a secret.
impl Related<secret_version::Entity> for secret::Entity {
    fn to() -> RelationDef {
        Self::belongs_to(secret_version::Entity)
            .from((secret::Column::Id, secret::Column::Version))
            .to((secret_version::Column::SecretId, secret_version::Column::Version))
            .into()
    }
}
