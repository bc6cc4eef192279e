//! The audit log.

use async_graphql::{Context, Object, Result};

use crate::graphql::caller::{actor, service};
use crate::graphql::input::list::{AuditBoolExp, AuditOrderBy};
use crate::graphql::object::{AuditCheckpointObject, AuditEntryObject};

#[derive(Default)]
pub struct AuditQuery;

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl AuditQuery {
    /// The team's audit log, the last entry first unless ordered otherwise; at most 1,000 entries at a time.
    async fn audit_log(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "where")] filter: Option<AuditBoolExp>,
        order_by: Option<Vec<AuditOrderBy>>,
        limit: Option<i64>,
        offset: Option<i64>,
    ) -> Result<Vec<AuditEntryObject>> {
        let listing = AuditBoolExp::listing(filter, order_by, limit, offset)?;
        let entries = service(ctx).list_audit_entries(actor(ctx)?, listing).await?;
        Ok(entries.into_iter().map(AuditEntryObject).collect())
    }

    /// How far the audit log goes.
    async fn audit_checkpoint(&self, ctx: &Context<'_>) -> Result<AuditCheckpointObject> {
        let actor = actor(ctx)?;
        let checkpoint = service(ctx).find_audit_checkpoint(actor).await?;
        Ok(AuditCheckpointObject::new(actor.team.slug.as_str(), &checkpoint))
    }
}
