//! A team, which Prefect calls a tenant.

use strongroom_shared::Uuid;

use crate::domain::Team;

object! {
    /// A team.
    TenantObject(team: Team) as "tenant" {
        /// Its id.
        id: Uuid = team.id.0,
        /// Its name.
        name: &str = team.name.as_str(),
        /// Its short name.
        slug: &str = team.slug.as_str(),
    }
}
