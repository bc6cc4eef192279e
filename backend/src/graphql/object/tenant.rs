//! A team, which Prefect calls a tenant.

use async_graphql::Object;
use strongroom_shared::Uuid;

use crate::domain::Team;

/// A team.
pub struct TenantObject(pub Team);

/// A team.
#[Object(name = "tenant")]
impl TenantObject {
    /// Its id.
    async fn id(&self) -> Uuid {
        self.0.id.0
    }

    /// Its name.
    async fn name(&self) -> &str {
        self.0.name.as_str()
    }

    /// Its short name.
    async fn slug(&self) -> &str {
        self.0.slug.as_str()
    }
}
