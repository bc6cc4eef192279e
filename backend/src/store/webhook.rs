//! Teams' webhooks, and the outbox of their deliveries, which all servers share.
//!
//! An event is added in the transaction of its change, and costs no round trip. A server that is about to deliver takes a
//! lease: it moves the next attempt to the lease's end, so that another server tries again if this one is killed.
//!
//! Every query of the outbox is one of an index of a team's deliveries. A test checks the plans.

use std::collections::{HashMap, HashSet};

use sea_orm::sea_query::{
    Asterisk, Expr, ExprTrait as _, OnConflict, Query, SelectStatement, SubQueryStatement,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait as _, EntityTrait, IntoActiveModel as _, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Select,
};
use strongroom_shared::{Uuid, limit};
use url::Url;

use super::entity::{data_key, first_read, webhook, webhook_delivery};
use super::{Error, Executor, Result, Transaction, filled_up, insert};
use crate::domain::webhook::MOST_PENDING;
use crate::domain::{
    ApiKeyId, DataKeyId, Delivery, DeliveryId, DeliveryState, Event, SecretId, TeamId, Time, Webhook,
    WebhookId, WrappedDataKey,
};

/// A key and a secret that it has read.
pub type Pair = (ApiKeyId, SecretId);

/// The event that a key has read a secret for the first time.
#[derive(Clone)]
pub struct FirstRead {
    pub id: DeliveryId,
    pub event: Event,
    pub pair: Pair,
}

const KEPT: u64 = limit::WEBHOOK_DELIVERIES as u64;

// The texts of the partial indexes, so that databases use them.
const PENDING: &str = "state = 'pending'";
const ENDED: &str = "state <> 'pending'";

impl TryFrom<webhook::Model> for Webhook {
    type Error = Error;

    fn try_from(row: webhook::Model) -> Result<Self> {
        Ok(Self {
            id: WebhookId(row.id),
            team_id: TeamId(row.team_id),
            url: Url::parse(&row.url).map_err(|_| Error::Corrupt("webhooks"))?,
            data_key_id: DataKeyId(row.data_key_id),
            sealed: row.sealed,
            created: row.created,
            created_by: row.created_by,
            is_paused: row.paused != 0,
        })
    }
}

impl TryFrom<webhook_delivery::Model> for Delivery {
    type Error = Error;

    fn try_from(row: webhook_delivery::Model) -> Result<Self> {
        Ok(Self {
            id: DeliveryId(row.id),
            team_id: TeamId(row.team_id),
            event: row.event,
            body: row.body,
            created: row.created,
            state: DeliveryState::parse(&row.state).ok_or(Error::Corrupt("webhook_deliveries"))?,
            attempts: row.attempts,
            due: row.due,
            status: row.status,
            error: row.error,
        })
    }
}

pub async fn find(on: &impl Executor, team: TeamId) -> Result<Option<Webhook>> {
    webhook::Entity::find_by_id(team.0).one(on.connection()).await?.map(Webhook::try_from).transpose()
}

/// A team's webhook, and the data key of its signing key. One query finds both, because a rotation may replace both.
pub async fn find_with_key(on: &impl Executor, team: TeamId) -> Result<Option<(Webhook, WrappedDataKey)>> {
    let found = webhook::Entity::find_by_id(team.0).find_also_related(data_key::Entity).one(on.connection());
    let Some((webhook, data_key)) = found.await? else { return Ok(None) };
    let data_key = data_key.ok_or(Error::Corrupt("webhooks"))?;
    Ok(Some((Webhook::try_from(webhook)?, data_key.into())))
}

/// Adds a team's webhook, or replaces it; its deliveries stay.
pub async fn set(on: &impl Executor, webhook: Webhook) -> Result<()> {
    webhook::Entity::delete_by_id(webhook.team_id.0).exec(on.connection()).await?;
    let row = webhook::Model {
        team_id: webhook.team_id.0,
        id: webhook.id.0,
        url: webhook.url.into(),
        data_key_id: webhook.data_key_id.0,
        sealed: webhook.sealed,
        created: webhook.created,
        created_by: webhook.created_by,
        paused: webhook.is_paused.into(),
    };
    insert(on, row).await
}

/// Pauses every webhook until it is set again.
pub async fn pause_all(on: &impl Executor) -> Result<()> {
    let pause = webhook::Entity::update_many().col_expr(webhook::Column::Paused, Expr::value(1_i64));
    pause.exec(on.connection()).await?;
    Ok(())
}

/// Removes a team's webhook with its deliveries.
pub async fn remove(on: &impl Executor, team: TeamId) -> Result<()> {
    let deliveries =
        webhook_delivery::Entity::delete_many().filter(webhook_delivery::Column::TeamId.eq(team.0));
    deliveries.exec(on.connection()).await?;
    webhook::Entity::delete_by_id(team.0).exec(on.connection()).await?;
    Ok(())
}

/// Adds an event to the outbox, if its team has a webhook and room for it.
pub async fn add_event(tx: &Transaction, id: DeliveryId, event: Event) -> Result<()> {
    let Event { team_id, kind, time, body } = event;
    let row = Query::select()
        .exprs([
            Expr::value(id.0),
            Expr::col(webhook::Column::TeamId),
            Expr::value(kind.as_str()),
            Expr::value(body),
            Expr::value(time),
            Expr::value(DeliveryState::Pending.as_str()),
            Expr::value(0_i64),
            Expr::value(time),
        ])
        .from(webhook::Entity)
        .and_where(webhook::Column::TeamId.eq(team_id.0))
        .and_where(count_pending().lt(MOST_PENDING))
        .take();
    let mut insert = Query::insert();
    insert.into_table(webhook_delivery::Entity).columns({
        use webhook_delivery::Column::{Attempts, Body, Created, Due, Event, Id, State, TeamId};
        [Id, TeamId, Event, Body, Created, State, Attempts, Due]
    });
    insert.select_from(row).map_err(|_| Error::Corrupt("webhook_deliveries"))?;
    tx.defer(&insert).await
}

/// Adds events of teams that have webhooks and room for them.
pub async fn add_events(tx: &Transaction, events: Vec<(DeliveryId, Event)>) -> Result<()> {
    let row = |(id, event): (DeliveryId, Event)| {
        let Event { team_id, kind, time, body } = event;
        webhook_delivery::Model {
            id: id.0,
            team_id: team_id.0,
            event: kind.as_str().to_owned(),
            body,
            created: time,
            state: DeliveryState::Pending.as_str().to_owned(),
            attempts: 0,
            due: time,
            status: None,
            error: None,
        }
        .into_active_model()
    };
    let insert = webhook_delivery::Entity::insert_many(events.into_iter().map(row));
    tx.defer(insert.as_query()).await
}

/// Adds the events of first reads, of at most a few hundred keys and secrets, and notes them. Pairs that another server has
/// noted by now are left out.
pub async fn add_first_reads(tx: &Transaction, reads: Vec<FirstRead>) -> Result<()> {
    let mut noted = list_first_reads(tx, reads.iter().map(|read| read.pair)).await?;
    let reads: Vec<_> = reads.into_iter().filter(|read| noted.insert(read.pair)).collect();
    if reads.is_empty() {
        return Ok(());
    }
    let row = |read: &FirstRead| {
        let (key, secret) = read.pair;
        first_read::Model { api_key_id: key.0, secret_id: secret.0 }.into_active_model()
    };
    let nothing = OnConflict::columns([first_read::Column::ApiKeyId, first_read::Column::SecretId])
        .do_nothing_on([first_read::Column::ApiKeyId])
        .to_owned();
    let note = first_read::Entity::insert_many(reads.iter().map(row)).on_conflict(nothing);
    tx.defer(note.as_query()).await?;
    let mut room = list_room(tx, reads.iter().map(|read| read.event.team_id).collect()).await?;
    let mut events = Vec::with_capacity(reads.len());
    for FirstRead { id, event, .. } in reads {
        if let Some(room @ 1..) = room.get_mut(&event.team_id) {
            *room -= 1;
            events.push((id, event));
        }
    }
    if events.is_empty() { Ok(()) } else { add_events(tx, events).await }
}

/// How many more events of each of these teams can be pending. A team without a webhook is not in it.
pub async fn list_room(on: &impl Executor, teams: HashSet<TeamId>) -> Result<HashMap<TeamId, usize>> {
    let teams = filled_up(teams.into_iter().map(|team| team.0).collect());
    let rows = on.connection().query_all(&room(teams)).await?;
    let room = rows.into_iter().map(|row| {
        let (team, pending): (Uuid, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        Ok((TeamId(team), usize::try_from(MOST_PENDING - pending).unwrap_or_default()))
    });
    room.collect()
}

fn room(teams: Vec<Uuid>) -> SelectStatement {
    Query::select()
        .column(webhook::Column::TeamId)
        .expr(count_pending())
        .from(webhook::Entity)
        .and_where(webhook::Column::TeamId.is_in(teams))
        .take()
}

/// The number of pending deliveries, in a query of webhooks.
fn count_pending() -> Expr {
    let count = of_webhook().expr(Expr::col(Asterisk).count()).take();
    SubQueryStatement::from(count).into()
}

/// The pending deliveries of the webhook in the query around this one.
fn of_webhook() -> SelectStatement {
    let team = Expr::col((webhook_delivery::Entity, webhook_delivery::Column::TeamId));
    Query::select()
        .from(webhook_delivery::Entity)
        .and_where(team.equals((webhook::Entity, webhook::Column::TeamId)))
        .and_where(Expr::cust(PENDING))
        .take()
}

/// Which of these secrets their keys have read.
pub async fn list_first_reads(
    on: &impl Executor,
    pairs: impl IntoIterator<Item = Pair>,
) -> Result<HashSet<Pair>> {
    use first_read::Column::{ApiKeyId as Key, SecretId as Of};
    let mut asked: HashMap<ApiKeyId, Vec<Uuid>> = HashMap::new();
    for (key, secret) in pairs {
        asked.entry(key).or_default().push(secret.0);
    }
    let any = asked.into_iter().fold(Condition::any(), |any, (key, secrets)| {
        any.add(Key.eq(key.0).and(Of.is_in(filled_up(secrets))))
    });
    let rows = first_read::Entity::find().filter(any).all(on.connection()).await?;
    Ok(rows.into_iter().map(|row| (ApiKeyId(row.api_key_id), SecretId(row.secret_id))).collect())
}

/// The team's last deliveries, newest first, as many as are kept: by the time of the event or, once they have ended, of that,
/// so that a failure shows up although it comes a day after the event.
pub async fn list(on: &impl Executor, team: TeamId) -> Result<Vec<Delivery>> {
    // In this order: a delivery that ends meanwhile is found twice, not missed.
    let pending = newest_pending(team).all(on.connection()).await?;
    let ended = last_ended(team).all(on.connection()).await?;
    let again: HashSet<_> = ended.iter().map(|row| row.id).collect();
    let pending = pending.into_iter().filter(|row| !again.contains(&row.id)).map(|row| (row.created, row));
    let mut rows: Vec<_> = ended.into_iter().map(|row| (row.due, row)).chain(pending).collect();
    rows.sort_by_key(|(time, row)| std::cmp::Reverse((*time, row.id)));
    rows.truncate(limit::WEBHOOK_DELIVERIES);
    rows.into_iter().map(|(_, row)| Delivery::try_from(row)).collect()
}

fn of_team(team: TeamId, state: &'static str) -> Select<webhook_delivery::Entity> {
    let of_team = webhook_delivery::Entity::find().filter(webhook_delivery::Column::TeamId.eq(team.0));
    of_team.filter(Expr::cust(state))
}

/// As all but the last few are pending, the index of a team's ids is as good as one of those that are.
fn newest_pending(team: TeamId) -> Select<webhook_delivery::Entity> {
    of_team(team, PENDING).order_by_desc(webhook_delivery::Column::Id).limit(KEPT)
}

fn last_ended(team: TeamId) -> Select<webhook_delivery::Entity> {
    use webhook_delivery::Column::{Due, Id};
    of_team(team, ENDED).order_by_desc(Due).order_by_desc(Id).limit(KEPT)
}

/// The teams with deliveries that are due, and a webhook that is not paused.
pub async fn list_due_teams(on: &impl Executor, now: Time) -> Result<Vec<TeamId>> {
    let teams: Vec<Uuid> = due_teams(now).into_tuple().all(on.connection()).await?;
    Ok(teams.into_iter().map(TeamId).collect())
}

fn due_teams(now: Time) -> Select<webhook::Entity> {
    let due = of_webhook().expr(Expr::value(1)).and_where(webhook_delivery::Column::Due.lte(now)).take();
    webhook::Entity::find()
        .select_only()
        .column(webhook::Column::TeamId)
        .filter(webhook::Column::Paused.eq(0))
        .filter(Expr::exists(due))
}

/// A lease of deliveries.
pub struct Lease {
    pub now: Time,
    pub until: Time,
    /// The maximum number of deliveries.
    pub limit: u64,
    /// Only deliveries of events until then.
    pub created: Option<Time>,
}

/// Takes a lease for deliveries of a team that are due, the oldest first.
pub async fn lease(tx: &Transaction, team: TeamId, lease: &Lease) -> Result<Vec<Delivery>> {
    let rows = due(team, lease).all(tx.connection()).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    webhook_delivery::Entity::update_many()
        .col_expr(webhook_delivery::Column::Due, Expr::value(lease.until))
        .col_expr(webhook_delivery::Column::Attempts, Expr::col(webhook_delivery::Column::Attempts).add(1))
        .filter(webhook_delivery::Column::Id.is_in(ids))
        .exec(tx.connection())
        .await?;
    let deliveries = rows.into_iter().map(|row| {
        let attempts = row.attempts + 1;
        Delivery::try_from(webhook_delivery::Model { attempts, ..row })
    });
    deliveries.collect()
}

fn due(team: TeamId, lease: &Lease) -> Select<webhook_delivery::Entity> {
    use webhook_delivery::Column::{Created, Due};
    let due = of_team(team, PENDING).filter(Due.lte(lease.now)).order_by_asc(Due).limit(lease.limit);
    match lease.created {
        Some(created) => due.filter(Created.lte(created)),
        None => due,
    }
}

/// Writes the outcome of attempts of a team, and removes deliveries that ended before the last few. An attempt whose lease
/// another one has taken over changes nothing.
pub async fn finish(tx: &Transaction, team: TeamId, deliveries: &[Delivery]) -> Result<()> {
    use webhook_delivery::Column::{Attempts, Due, Error, Id, State, Status};
    for delivery in deliveries {
        let update = webhook_delivery::Entity::update_many()
            .col_expr(State, Expr::value(delivery.state.as_str()))
            .col_expr(Due, Expr::value(delivery.due))
            .col_expr(Status, Expr::value(delivery.status))
            .col_expr(Error, Expr::value(delivery.error.clone()))
            .filter(Id.eq(delivery.id.0))
            .filter(Expr::cust(PENDING))
            .filter(Attempts.eq(delivery.attempts));
        tx.defer(update.as_query()).await?;
    }
    tx.defer(trim(team).as_query()).await
}

fn trim(team: TeamId) -> sea_orm::DeleteMany<webhook_delivery::Entity> {
    use webhook_delivery::Column::{Id, TeamId as Team};
    let kept = last_ended(team).select_only().column(Id).into_query();
    webhook_delivery::Entity::delete_many()
        .filter(Team.eq(team.0))
        .filter(Expr::cust(ENDED))
        .filter(Id.not_in_subquery(kept))
}

/// Forgets which secrets a key has read.
pub async fn forget_first_reads(on: &impl Executor, key: ApiKeyId) -> Result<()> {
    let of_key = first_read::Entity::delete_many().filter(first_read::Column::ApiKeyId.eq(key.0));
    of_key.exec(on.connection()).await?;
    Ok(())
}

#[cfg(test)]
mod tests;
