//! The audit log.

use cynic::QueryBuilder;
use strongroom_shared::operation::{self, AuditEntry, AuditFilter, Checkpoint};

use super::{Reply, send};

/// The last `limit` entries that pass the filter, the last one first.
pub fn list(filter: AuditFilter, limit: i32) -> Reply<Vec<AuditEntry>> {
    let operation = operation::AuditLog::build(operation::AuditLogVariables { filter, limit });
    send(operation, |answer| Some(answer.audit_log))
}

pub fn checkpoint() -> Reply<Checkpoint> {
    send(operation::AuditCheckpoint::build(()), |answer| Some(answer.audit_checkpoint))
}
