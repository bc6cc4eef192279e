//! The objects that queries return: thin wrappers over domain types, without values but for [`SecretWithValueObject`].

use async_graphql::SimpleObject;
use strongroom_shared::{DateTime, Json, RoleName, SecretPattern, Uuid};

use crate::domain::clock::format_time;
use crate::domain::grouping::PlacedGroup;
use crate::domain::reader::SecretReader;
use crate::domain::role::permission_texts;
use crate::domain::trust::BoundClaim;
use crate::domain::{
    Actor, ApiKey, AuditEntry, Delivery, Invitation, Login, Member, Principal, Role, RoleId, Secret,
    SecretVersion, Session, Team, Time, Webhook,
};
use crate::service::{InvitationFor, KeptCheckpoint, Rules, SINGLE_SIGN_ON_PATH, SecretPage, SecretRow};

/// Declares objects: the parts each wraps, its name in the schema, and its fields with their values. A field that is a query of
/// its own names the context: `logins(ctx)`.
macro_rules! objects {
    ($($(#[$($doc:tt)*])* $name:ident($($part:ident: $type:ty),*) as $graphql:tt $fields:tt)*) => {
        $(
            pub struct $name($(pub $type),*);

            objects! { @fields ($($part),*) $(#[$($doc)*])* $name as $graphql $fields }
        )*
    };
    (@fields $parts:tt $(#[$($doc:tt)*])* $name:ident as $graphql:tt {
        $($(#[$($field_doc:tt)*])* $field:ident$(($ctx:ident))?: $output:ty = $value:expr,)*
    }) => {
        $(#[$($doc)*])*
        #[async_graphql::Object(name = $graphql, rename_fields = "snake_case")]
        impl $name {
            $(
                $(#[$($field_doc)*])*
                async fn $field(&self $(, $ctx: &async_graphql::Context<'_>)?) -> $output {
                    #[allow(unused_variables, reason = "a field need not use every part")]
                    let Self $parts = self;
                    $value
                }
            )*
        }
    };
}

pub(super) use objects;

/// A list in the objects of its items.
pub fn wrapped<Item, Object>(items: Vec<Item>, object: fn(Item) -> Object) -> Vec<Object> {
    items.into_iter().map(object).collect()
}

pub fn date_time(time: Time) -> DateTime {
    DateTime(format_time(time))
}

objects! {
    /// A secret without its value.
    SecretObject(secret: Secret) as "secret" {
        /// Stays the same when the secret is renamed or set again.
        id: Uuid = secret.id.0,
        name: &str = secret.name.as_str(),
        description: Option<&str> = secret.description.as_deref(),
        /// The number of times that the value was set.
        version: i64 = secret.version,
        created: DateTime = date_time(secret.created),
        /// When the secret was last set, renamed or described.
        updated: DateTime = date_time(secret.updated),
        updated_by: &str = &secret.updated_by,
        /// When the value was last read.
        last_read: Option<DateTime> = secret.last_read.map(date_time),
        /// The API key that last read it.
        last_read_by: Option<&str> = secret.last_read_by.as_deref(),
        /// When the secret expires; null if never. A reminder: an expired secret stays readable.
        expires_at: Option<DateTime> = secret.expires_at.map(date_time),
    }

    /// A page of secrets.
    SecretPageObject(page: SecretPage) as "secret_page" {
        /// The number of the team's secrets that the caller sees, without search and filters.
        all: u64 = page.all,
        /// The number of secrets that match the search and the filters, on all pages and in folded groups.
        found: u64 = page.found,
        /// The number of rows on all pages. A folded group counts as one.
        total: u64 = page.total,
        /// The number of rows before this page.
        offset: u64 = page.offset,
        /// The rows of the page, without those of folded groups.
        rows: Vec<SecretRowObject> = wrapped(page.rows.clone(), SecretRowObject),
        /// The groups on the page.
        groups: Vec<SecretGroupObject> = wrapped(page.groups.clone(), SecretGroupObject),
    }

    /// A secret on a page.
    SecretRowObject(row: SecretRow) as "secret_row" {
        /// How to display the name, if not as it is: with codes for invisible characters, and for all others than ASCII if
        /// another name looks alike.
        drawn: Option<&str> = row.drawn.as_deref(),
        secret: SecretObject = SecretObject(row.secret.clone()),
    }

    /// A group of secrets on a page.
    SecretGroupObject(group: PlacedGroup) as "secret_group" {
        /// The common prefix of the names.
        prefix: &str = &group.prefix,
        /// The number of its secrets, on all pages.
        count: u64 = group.count,
        folded: bool = group.is_folded,
        /// The number of the page's rows before it.
        start: u64 = group.start,
        /// The number of its rows on the page; 0 if it is folded.
        rows: u64 = group.rows,
    }

    /// A secret with its value. Not a field of `secret`, which callers without access to values can list.
    SecretWithValueObject(secret: Secret, value: Json) as "secret_with_value" {
        /// Stays the same when the secret is renamed or set again.
        id: Uuid = secret.id.0,
        name: &str = secret.name.as_str(),
        version: i64 = secret.version,
        /// The value, which may itself be null.
        value: Option<&Json> = Some(value),
    }

    /// A version of a secret, without its value.
    SecretVersionObject(version: SecretVersion) as "secret_version" {
        /// Counts from 1; the highest is the current version.
        version: i64 = version.version,
        created: DateTime = date_time(version.created),
        created_by: &str = &version.created_by,
        /// The version whose value it restored; null for a value that was set.
        restored_from: Option<i64> = version.restored_from,
    }

    /// A key that has read a secret within the last 30 days.
    SecretReaderObject(reader: SecretReader) as "secret_reader" {
        key_id: Uuid = reader.key_id.0,
        /// The key's name at its last read.
        key_name: &str = &reader.key_name,
        last_read: DateTime = date_time(reader.last_read),
        /// The reads on each of the last 30 days in UTC, today's last.
        reads_by_day: &[i64] = &reader.by_day,
    }

    /// A deleted secret that can still be restored.
    DeletedSecretObject(secret: Secret, restorable_until: Time) as "deleted_secret" {
        id: Uuid = secret.id.0,
        name: &str = secret.name.as_str(),
        deleted: Option<DateTime> = secret.deleted.map(date_time),
        deleted_by: &str = &secret.updated_by,
        restorable_until: DateTime = date_time(*restorable_until),
    }

    /// An aggregate over secrets.
    SecretAggregateObject(count: u64) as "secret_aggregate" {
        aggregate: SecretAggregateFields = SecretAggregateFields(*count),
    }

    SecretAggregateFields(count: u64) as "secret_aggregate_fields" {
        count: u64 = *count,
    }

    /// An API key without its token.
    AuthApiKeyObject(key: ApiKey) as "auth_api_key" {
        id: Uuid = key.id.0,
        name: &str = &key.name,
        role: RoleName = key.role.name.clone(),
        /// The secrets that the key is limited to: names, and prefixes such as `DB_*`; null if it has no limits.
        secrets: Option<Vec<&str>> = {
            let patterns = key.secrets.as_ref()?;
            Some(patterns.iter().map(SecretPattern::as_str).collect())
        },
        /// The owner; the key's own id if the team owns it.
        user_id: Uuid = key.user_id.map_or(key.id.0, |user| user.0),
        /// Whether the team owns the key, so that it outlasts the membership of the person who created it.
        is_team_owned: bool = key.user_id.is_none(),
        created_by: &str = &key.created_by,
        created: DateTime = date_time(key.created),
        /// When the key expires; null if never.
        expires_at: Option<DateTime> = key.expires.map(date_time),
        /// When the key was last used, to the minute.
        last_used: Option<DateTime> = key.last_used.map(date_time),
    }

    /// A claim that tokens must have.
    BoundClaimObject(bound: BoundClaim) as "bound_claim" {
        /// The claim's name or, beginning with `/`, a JSON pointer.
        claim: &str = &bound.claim,
        /// The values that it may have. A `*` at the end stands for any text.
        values: &[String] = &bound.values,
    }

    /// A login with a trust.
    TrustLoginObject(login: Login) as "trust_login" {
        created: DateTime = date_time(login.created),
        /// The claim `sub` of the token.
        subject: &str = &login.subject,
        address: &str = &login.address,
        expires_at: DateTime = date_time(login.expires),
        /// Whether it was ended before it expired.
        is_ended: bool = login.is_ended,
    }

    /// A team, called a tenant by Prefect.
    TenantObject(team: Team) as "tenant" {
        id: Uuid = team.id.0,
        name: &str = team.name.as_str(),
        /// The short name used in commands.
        slug: &str = team.slug.as_str(),
    }

    /// The team's webhook, without its signing key.
    WebhookObject(webhook: Webhook) as "webhook" {
        /// Where events are sent.
        url: &str = webhook.url.as_str(),
        /// When its signing key was created.
        created: DateTime = date_time(webhook.created),
        created_by: &str = &webhook.created_by,
        /// Whether it sends nothing, because the store was restored from a backup, until it is set again.
        is_paused: bool = webhook.is_paused,
    }

    /// An event that the webhook receives or has received.
    WebhookDeliveryObject(delivery: Delivery) as "webhook_delivery" {
        /// Also the header `webhook-id`, the same in each attempt.
        id: Uuid = delivery.id.0,
        /// The event, such as `secret.set`.
        event: &str = &delivery.event,
        created: DateTime = date_time(delivery.created),
        /// `pending`, `delivered`, or `failed` after a day.
        state: &str = delivery.state.as_str(),
        /// How many attempts have begun.
        attempts: i64 = delivery.attempts,
        /// When the next attempt begins at the earliest, if it is pending; otherwise when the last one ended.
        due: DateTime = date_time(delivery.due),
        /// The HTTP status of the last attempt; null if there was no answer.
        status: Option<i64> = delivery.status,
        /// Why the last attempt failed.
        error: Option<&str> = delivery.error.as_deref(),
    }

    /// A built-in role or one of the team's own.
    RoleObject(role: Role) as "role" {
        /// The id of a team's own role; null for a built-in role.
        id: Option<Uuid> = match role.id {
            RoleId::BuiltIn(_) => None,
            RoleId::Custom(id) => Some(id.0),
        },
        name: RoleName = role.name.clone(),
        description: Option<&str> = role.description.as_deref(),
        permissions: Vec<String> = permission_texts(role.permissions),
        /// Whether people can have the role; only API keys can have one that reads values.
        fits_person: bool = role.fits_person(),
    }

    /// A member of the team.
    MemberObject(member: Member) as "member" {
        user_id: Uuid = member.user.id.0,
        email: &str = member.user.email.as_str(),
        role: RoleName = member.role.name.clone(),
        joined: DateTime = date_time(member.joined),
        /// When the person last logged in; null if never.
        last_login: Option<DateTime> = member.last_login.map(date_time),
    }

    /// A pending invitation.
    InvitationObject(invitation: Invitation) as "invitation" {
        id: Uuid = invitation.id.0,
        email: &str = invitation.email.as_str(),
        /// The role that the person will have.
        role: RoleName = invitation.role.name.clone(),
        created: DateTime = date_time(invitation.created),
        created_by: &str = &invitation.created_by,
        expires_at: DateTime = date_time(invitation.expires),
    }

    /// An invitation as shown to the holder of its link.
    InvitationInfoObject(found: InvitationFor) as "invitation_info" {
        team_name: &str = found.team.name.as_str(),
        email: &str = found.invitation.email.as_str(),
        /// The role that the person will have.
        role: RoleName = found.invitation.role.name.clone(),
        /// Whether the person already has a password, which they then have to enter.
        has_password: bool = found.has_password,
    }

    /// A browser session.
    SessionObject(session: Session, is_current: bool) as "session" {
        id: Uuid = session.id.0,
        created: DateTime = date_time(session.created),
        /// When the session was last used, to the minute.
        last_used: DateTime = date_time(session.last_used),
        /// When the session ends, even if it is in use.
        expires_at: DateTime = date_time(session.expires),
        /// The IP address that logged in.
        address: &str = &session.device.address,
        user_agent: &str = &session.device.user_agent,
        /// Whether this request belongs to the session.
        is_current: bool = *is_current,
    }

    /// The single sign-on provider.
    SingleSignOnObject(name: String) as "single_sign_on" {
        /// The provider's name, for a button.
        name: &str = name,
        /// The path that starts a login in the browser.
        path: &str = SINGLE_SIGN_ON_PATH,
    }

    /// The limits that the operator of the server can set.
    LimitsObject(rules: Rules, kv_mount: Option<String>) as "limits" {
        /// The largest value, in bytes of encoded JSON.
        value_bytes: usize = rules.value_bytes,
        /// How long a deleted secret can be restored, in seconds.
        restore_seconds: u64 = rules.restore_window.as_secs(),
        /// The number of older values that are kept of each secret.
        keep_versions: u32 = rules.keep_versions,
        /// The mount of version 2 of Vault's API; null without one.
        kv_mount: Option<&str> = kv_mount.as_deref(),
    }

    /// An entry of the team's audit log: who did what, when and from where. It never holds a value.
    AuditEntryObject(entry: AuditEntry) as "audit_entry" {
        /// The position in the log, from 1.
        sequence: i64 = entry.sequence,
        time: DateTime = date_time(entry.time),
        /// The action, such as `create:secret`.
        action: &str = &entry.action,
        /// `user`, `api_key`, `system` (the server or its command line) or `nobody` (unauthenticated).
        actor_kind: &str = &entry.actor_kind,
        /// The id of the person or API key.
        actor_id: Option<Uuid> = entry.actor_id,
        /// The actor's name at that time.
        actor_name: &str = &entry.actor_name,
        /// The actor's IP address.
        address: &str = &entry.address,
        object_id: Option<Uuid> = entry.object.id,
        /// The object's name at that time.
        object_name: Option<&str> = entry.object.name.as_deref(),
        /// Further details, such as a role or the name before a rename.
        detail: Option<&str> = entry.object.detail.as_deref(),
        /// The hash of the entry's fields and of the hash before, in hexadecimal.
        hash: String = hex::encode(&entry.hash),
    }

    /// The end of the audit log. Keep a copy elsewhere to detect later that entries were cut off.
    AuditCheckpointObject(kept: KeptCheckpoint) as "audit_checkpoint" {
        /// The number of entries.
        count: i64 = kept.checkpoint.count,
        /// The hash of the last entry, in hexadecimal.
        hash: String = hex::encode(&kept.checkpoint.hash),
        /// Team, count and hash on one line, as `strongroom-server admin audit verify` takes it.
        line: String = kept.to_string(),
    }
}

macro_rules! auth_info {
    ($(#[$doc:meta])* $name:ident($graphql:literal, $rename:literal)) => {
        $(#[$doc])*
        #[derive(SimpleObject)]
        #[graphql(name = $graphql, rename_fields = $rename)]
        pub struct $name {
            /// The team that the caller acts in.
            tenant_id: Uuid,
            /// The person's id, or the id of the API key.
            user_id: Uuid,
            /// The person's email address; null for an API key.
            email: Option<String>,
            /// The person's email address, or the name of the API key.
            name: String,
            role: RoleName,
            /// The role again, for Prefect's page.
            role_id: String,
            permissions: Vec<String>,
            /// The secrets that an API key is limited to: names, and prefixes such as `DB_*`; null if it has no limits.
            secrets: Option<Vec<String>>,
            /// When an API key expires; null if never, and for a session.
            expires_at: Option<DateTime>,
            /// Always null; for Prefect's page.
            license: Option<Json>,
        }

        impl From<&Actor> for $name {
            fn from(actor: &Actor) -> Self {
                let (email, key) = match &actor.principal {
                    Principal::Person { user, .. } => (Some(user.email.as_str().to_owned()), None),
                    Principal::Key(key) => (None, Some(key)),
                };
                let texts = |patterns: &Vec<SecretPattern>| {
                    patterns.iter().map(SecretPattern::to_string).collect()
                };
                Self {
                    tenant_id: actor.team_id().0,
                    user_id: actor.user_id(),
                    email,
                    name: actor.name().to_owned(),
                    role: actor.role.name.clone(),
                    role_id: actor.role.name.0.clone(),
                    permissions: permission_texts(actor.permissions),
                    secrets: key.and_then(|key| key.secrets.as_ref()).map(texts),
                    expires_at: key.and_then(|key| key.expires).map(date_time),
                    license: None,
                }
            }
        }
    };
}

auth_info! {
    /// The caller.
    AuthInfoObject("auth_info", "snake_case")
}

auth_info! {
    /// The caller, for clients up to 0.9.
    CamelAuthInfoObject("authInfo", "camelCase")
}
