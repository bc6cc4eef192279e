//! The audit log.

use cynic::QueryBuilder;
use strongroom_shared::operation::{self, AuditEntry, AuditFilter, Checkpoint};

use super::{ApiError, send};

/// The last `limit` entries that pass the filter, the last one first.
pub async fn list(filter: AuditFilter, limit: i32) -> Result<Vec<AuditEntry>, ApiError> {
    let operation = operation::AuditLog::build(operation::AuditLogVariables { filter, limit });
    send(operation).await.map(|answer| answer.audit_log)
}

/// How far the log goes.
pub async fn checkpoint() -> Result<Checkpoint, ApiError> {
    send(operation::AuditCheckpoint::build(()))
        .await
        .map(|answer| answer.audit_checkpoint)
}
