//! The audit log and its filters.

use uuid::Uuid;

use crate::scalar::{DateTime, LongInt};
use crate::schema;

/// Entries that pass every test that is set. Exports take it as JSON in `where`.
#[derive(cynic::InputObject, Clone, Debug, Default, PartialEq, Eq)]
#[cynic(graphql_type = "audit_entry_bool_exp", rename_all = "None")]
pub struct AuditFilter {
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub sequence: Option<IntTest>,
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub time: Option<TimeTest>,
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub action: Option<TextTest>,
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub actor_name: Option<TextTest>,
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub object_name: Option<TextTest>,
}

#[derive(cynic::InputObject, Clone, Debug, Default, PartialEq, Eq)]
#[cynic(graphql_type = "Int_comparison_exp", rename_all = "None")]
pub struct IntTest {
    #[cynic(skip_serializing_if = "Option::is_none", rename = "_gt")]
    pub gt: Option<LongInt>,
    #[cynic(skip_serializing_if = "Option::is_none", rename = "_lt")]
    pub lt: Option<LongInt>,
}

#[derive(cynic::InputObject, Clone, Debug, Default, PartialEq, Eq)]
#[cynic(graphql_type = "DateTime_comparison_exp", rename_all = "None")]
pub struct TimeTest {
    #[cynic(skip_serializing_if = "Option::is_none", rename = "_gte")]
    pub gte: Option<DateTime>,
    #[cynic(skip_serializing_if = "Option::is_none", rename = "_lt")]
    pub lt: Option<DateTime>,
}

#[derive(cynic::InputObject, Clone, Debug, Default, PartialEq, Eq)]
#[cynic(graphql_type = "String_comparison_exp", rename_all = "None")]
pub struct TextTest {
    #[cynic(skip_serializing_if = "Option::is_none", rename = "_eq")]
    pub eq: Option<String>,
    /// `LIKE` without regard to case.
    #[cynic(skip_serializing_if = "Option::is_none", rename = "_ilike")]
    pub ilike: Option<String>,
}

#[derive(cynic::QueryVariables)]
pub struct AuditLogVariables {
    pub filter: AuditFilter,
    pub limit: i32,
}

fragments! {
    (cynic::QueryFragment)

    /// Entries of the team's audit log, the last one first.
    AuditLog("Query", AuditLogVariables): Clone, Debug {
        #[arguments(where: $filter, limit: $limit)]
        pub audit_log: Vec<AuditEntry>,
    }

    AuditEntry("audit_entry"): Clone, Debug, PartialEq, Eq {
        pub sequence: LongInt,
        pub time: DateTime,
        /// As [`crate::AuditAction`] writes it.
        pub action: String,
        /// `user`, `api_key`, `system` or `nobody`.
        pub actor_kind: String,
        pub actor_id: Option<Uuid>,
        pub actor_name: String,
        pub address: String,
        pub object_id: Option<Uuid>,
        pub object_name: Option<String>,
        pub detail: Option<String>,
    }

    AuditCheckpoint("Query"): Clone, Debug {
        pub audit_checkpoint: Checkpoint,
    }

    /// The end of the audit log. Kept elsewhere, it shows later whether the tail was cut off.
    Checkpoint("audit_checkpoint"): Clone, Debug, PartialEq, Eq {
        /// How many entries there are, archived ones included.
        pub count: LongInt,
        /// The hash of the last one, in hexadecimal digits.
        pub hash: String,
        /// Both on one line, as `strongroom-server admin audit verify` takes them.
        pub line: String,
    }
}
