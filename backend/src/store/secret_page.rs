//! The list of secrets that people see: sorted, filtered and paged by indexes, whatever it is sorted by.
//!
//! To sort by another column: an arm in [`select`], and its index in a migration. A test checks the plans.

use std::collections::HashSet;

use sea_orm::sea_query::{Expr, Func, NullOrdering, SimpleExpr};
use sea_orm::{
    ColumnTrait as _, ExprTrait as _, Order, QueryFilter as _, QueryOrder as _, QuerySelect as _, Select,
};
use strongroom_shared::SecretSort;

use super::entity::secret::{self, Column};
use super::secret::live;
use super::{Executor, Result, filled_up, filter};
use crate::domain::filter::{Filter, SecretColumn, Window};
use crate::domain::grouping::Group;
use crate::domain::secret_listing::text_of_key;
use crate::domain::{Secret, TeamId};

/// The most secrets of one look that are compared.
pub const LOOKALIKES: usize = 100;

#[derive(Clone, Copy, Debug)]
pub struct Ordered {
    pub sort: SecretSort,
    pub descending: bool,
}

impl Ordered {
    pub const fn groups_descending(self) -> bool {
        self.descending && matches!(self.sort, SecretSort::Name)
    }
}

pub async fn list(
    on: &impl Executor,
    team: TeamId,
    filter: &Filter<SecretColumn>,
    ordered: Ordered,
    window: Window,
) -> Result<Vec<Secret>> {
    let rows = select(live(team).filter(filter::condition(filter)), ordered);
    filter::window(rows, window).all(on.connection()).await?.into_iter().map(Secret::try_from).collect()
}

/// The same within some groups, group by group.
pub async fn list_groups(
    on: &impl Executor,
    team: TeamId,
    filter: &Filter<SecretColumn>,
    keys: Vec<Vec<u8>>,
    ordered: Ordered,
    window: Window,
) -> Result<Vec<Secret>> {
    let rows = live(team)
        .filter(Column::GroupKey.is_in(filled_up(keys)))
        .filter(filter::condition(filter))
        .order_by(Column::GroupKey, order(ordered.groups_descending()));
    let rows = filter::window(select(rows, ordered), window);
    rows.all(on.connection()).await?.into_iter().map(Secret::try_from).collect()
}

/// The groups of the filtered secrets, at most `limit`.
pub async fn groups(
    on: &impl Executor,
    team: TeamId,
    filter: &Filter<SecretColumn>,
    ordered: Ordered,
    limit: u64,
) -> Result<Vec<Group>> {
    let rows = live(team)
        .filter(filter::condition(filter))
        .select_only()
        .column(Column::GroupKey)
        // Not of the id, which is not in the index.
        .column_as(Column::GroupKey.count(), "count")
        .group_by(Column::GroupKey)
        .order_by(Column::GroupKey, order(ordered.groups_descending()))
        .limit(limit)
        .into_tuple::<(Vec<u8>, i64)>()
        .all(on.connection())
        .await?;
    let group = |(key, count): (Vec<u8>, i64)| Group {
        prefix: text_of_key(&key),
        key,
        count: count.try_into().unwrap_or_default(),
    };
    Ok(rows.into_iter().map(group).collect())
}

/// Which of these looks several secrets have.
pub async fn shared_looks(
    on: &impl Executor,
    team: TeamId,
    scope: &Filter<SecretColumn>,
    looks: Vec<Vec<u8>>,
) -> Result<HashSet<Vec<u8>>> {
    let rows = live(team)
        .filter(Column::Look.is_in(filled_up(looks)))
        .filter(filter::condition(scope))
        .select_only()
        .column(Column::Look)
        .group_by(Column::Look)
        .having(Column::Look.count().gt(1))
        .into_tuple()
        .all(on.connection())
        .await?;
    Ok(rows.into_iter().collect())
}

/// The secrets of a look, in no promised order.
pub async fn list_lookalikes(
    on: &impl Executor,
    team: TeamId,
    scope: &Filter<SecretColumn>,
    look: Vec<u8>,
    window: Window,
) -> Result<Vec<Secret>> {
    let limit = Ord::min(window.limit.unwrap_or(u64::MAX), LOOKALIKES as u64);
    let rows = lookalikes(team, scope, look).limit(limit).all(on.connection()).await?;
    rows.into_iter().map(Secret::try_from).collect()
}

/// Without an order: SQLite would then prefer the index of that.
fn lookalikes(team: TeamId, scope: &Filter<SecretColumn>, look: Vec<u8>) -> Select<secret::Entity> {
    live(team).filter(Column::Look.eq(look)).filter(filter::condition(scope))
}

/// Sorts by a column, then by name, which makes the order total.
fn select(rows: Select<secret::Entity>, Ordered { sort, descending }: Ordered) -> Select<secret::Entity> {
    let lower = |column: Column| SimpleExpr::from(Func::lower(Expr::col((secret::Entity, column))));
    let column = |column: Column| Expr::col((secret::Entity, column));
    // As the indexes have it on both databases: "never" comes first.
    let nulls = if descending { NullOrdering::Last } else { NullOrdering::First };
    let by = order(descending);
    let rows = match sort {
        SecretSort::Name => return rows.order_by(Column::SortKey, by),
        SecretSort::Updated => rows.order_by(Column::Updated, by),
        SecretSort::UpdatedBy => rows.order_by(lower(Column::UpdatedBy), by),
        SecretSort::Version => rows.order_by(Column::Version, by),
        SecretSort::LastRead => rows.order_by_with_nulls(column(Column::LastRead), by, nulls),
        SecretSort::LastReadBy => rows.order_by_with_nulls(lower(Column::LastReadBy), by, nulls),
    };
    rows.order_by_asc(Column::SortKey)
}

const fn order(descending: bool) -> Order {
    if descending { Order::Desc } else { Order::Asc }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use sea_orm::{DbBackend, QueryTrait as _};
    use strongroom_shared::{SecretFilter, SecretName, Uuid};

    use super::super::bench::{Bench, plan};
    use super::super::{Outcome, Transaction, secret as secrets, tombstone};
    use super::*;
    use crate::domain::kv::FolderScan;
    use crate::domain::secret_listing::{condition, found_by, look_key};
    use crate::domain::{ExpiryNotice, SecretId, Slug, Team, TeamName, Time};

    const SECRETS: u32 = 10_000;
    const TEAM: TeamId = TeamId(Uuid::from_u128(1));

    async fn fill(tx: &Transaction) -> Result<()> {
        tx.migrate().await?;
        let (slug, name) = (Slug::parse("acme").expect("a slug"), TeamName::parse("Acme").expect("a name"));
        super::super::team::add(tx, &Team { id: TEAM, slug, name }, Time::UNIX_EPOCH).await?;
        for number in 0..SECRETS {
            let name = format!("PREFIX{:03}_NAME {number}", number % 500);
            let time = Time::from_timestamp(i64::from(number), 0).expect("a time");
            let secret = Secret {
                id: SecretId(Uuid::from_u128(u128::from(number) + 1)),
                team_id: TEAM,
                name: SecretName::parse(name).expect("a name"),
                description: Some(format!("for the program {number}")),
                version: i64::from(number % 7),
                created: time,
                updated: time,
                updated_by: format!("user{}@example.com", number % 10),
                last_read: (number % 2 == 0).then_some(time),
                last_read_by: (number % 2 == 0).then(|| format!("Key {}", number % 3)),
                expires_at: (number % 100 == 0).then_some(time),
                expiry_notice: ExpiryNotice::None,
                deleted: None,
                is_shown: false,
            };
            secrets::add(tx, &secret).await?;
        }
        Ok(())
    }

    async fn filled() -> Bench {
        let bench = Bench::new().await;
        let made = bench.store.write(true, |tx| {
            Box::pin(async {
                fill(tx).await?;
                Ok::<_, super::super::Error>(Outcome::Done(()))
            })
        });
        made.await.expect("made");
        bench
    }

    #[tokio::test]
    async fn every_page_is_one_query_of_an_index() {
        let Bench { store, .. } = &filled().await;
        let everything = Filter::All(Vec::new());
        let found = found_by("program 77").expect("a search");
        let window = Window { limit: Some(10), offset: Some(5000) };
        for sort in SecretSort::ALL {
            for (descending, filter) in [(false, &everything), (true, &everything), (true, &found)] {
                let ordered = Ordered { sort, descending };
                let rows = select(live(TEAM).filter(filter::condition(filter)), ordered);
                let plan = plan(store, filter::window(rows, window).build(DbBackend::Sqlite)).await;
                let began = Instant::now();
                let listed = list(store, TEAM, filter, ordered, window).await.expect("listed");
                println!(
                    "{sort}, descending: {descending}, {} rows in {:?}: {plan}",
                    listed.len(),
                    began.elapsed()
                );
                let index = match sort {
                    SecretSort::Name => "sort_key",
                    other => other.as_str(),
                };
                let index = format!("SEARCH secrets USING INDEX secrets_live_{index} (team_id=?)");
                assert!(plan.starts_with(&index), "{sort}: {plan}");
                // Only equal rows are sorted.
                assert!(!plan.contains("FOR ORDER BY"), "{sort}: {plan}");
            }
        }
        let counted = live(TEAM).filter(filter::condition(&everything)).select_only();
        let counted = counted.column_as(Column::TeamId.count(), "count").build(DbBackend::Sqlite);
        println!("count: {}", plan(store, counted).await);
        let began = Instant::now();
        let ordered = Ordered { sort: SecretSort::Name, descending: false };
        let groups = groups(store, TEAM, &everything, ordered, 1000).await.expect("grouped");
        println!("{} groups in {:?}", groups.len(), began.elapsed());
        assert_eq!((groups.len(), groups[7].prefix.as_str(), groups[7].count), (500, "PREFIX007_", 20));
        let alike = lookalikes(TEAM, &everything, look_key("KEY")).limit(100).build(DbBackend::Sqlite);
        let alike = plan(store, alike).await;
        assert!(alike.contains("secrets_live_look (team_id=? AND look=?)"), "{alike}");
        // The folders of Vault's API.
        let folder = FolderScan::new("folder", "after").filter();
        for (rows, index) in [
            (live(TEAM), "secrets_live_name"),
            (tombstone::shown(TEAM, Time::UNIX_EPOCH), "secrets_shown_name"),
        ] {
            let names = filter::window(secrets::names(rows, &folder), window).build(DbBackend::Sqlite);
            let plan = plan(store, names).await;
            assert!(plan.contains(&format!("{index} (team_id=? AND name>? AND name<?)")), "{plan}");
            assert!(!plan.contains("FOR ORDER BY"), "{plan}");
        }
        // Few secrets expire: they are found by an index, and then sorted.
        let expiring = condition(SecretFilter::Expiring, "ada@example.com", Time::UNIX_EPOCH);
        let rows = select(live(TEAM).filter(filter::condition(&expiring)), ordered);
        let plan = plan(store, filter::window(rows, window).build(DbBackend::Sqlite)).await;
        assert!(plan.contains("secrets_live_expires_at (team_id=? AND expires_at<?)"), "{plan}");
    }
}
