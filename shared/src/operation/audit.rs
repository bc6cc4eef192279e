//! The audit log and its filters.

use uuid::Uuid;

use crate::scalar::{DateTime, LongInt};
use crate::schema;

/// Declares inputs whose fields are omitted unless they are set, each field with its name in the schema.
macro_rules! filters {
    (($object:path) $(
        $(#[$doc:meta])*
        $name:ident($graphql:tt) { $($field:ident($wire:tt): $type:ident,)* }
    )*) => {$(
        $(#[$doc])*
        #[derive($object, Clone, Debug, Default, PartialEq, Eq)]
        #[cynic(graphql_type = $graphql, rename_all = "None")]
        pub struct $name {
            $(#[cynic(skip_serializing_if = "Option::is_none", rename = $wire)] pub $field: Option<$type>,)*
        }
    )*};
}

filters! {
    (cynic::InputObject)

    /// Entries that pass every test that is set. Exports take it as JSON in `where`.
    AuditFilter("audit_entry_bool_exp") {
        sequence("sequence"): IntTest,
        time("time"): TimeTest,
        action("action"): TextTest,
        actor_name("actor_name"): TextTest,
        object_name("object_name"): TextTest,
    }

    IntTest("Int_comparison_exp") { gt("_gt"): LongInt, lt("_lt"): LongInt, }

    TimeTest("DateTime_comparison_exp") { gte("_gte"): DateTime, lt("_lt"): DateTime, }

    TextTest("String_comparison_exp") { eq("_eq"): String, ilike("_ilike"): String, }
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
