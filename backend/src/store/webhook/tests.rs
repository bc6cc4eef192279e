//! The outbox: its plans, its limits, and which attempt counts.

use sea_orm::{DbBackend, StatementBuilder};
use strongroom_shared::webhook::EventKind;

use super::*;
use crate::domain::{Slug, Team, TeamName};
use crate::store::bench::{Bench, plan};
use crate::store::{Outcome, data_key as data_keys, team as teams};

const TEAM: TeamId = TeamId(Uuid::from_u128(1));

fn time(seconds: i64) -> Time {
    Time::from_timestamp(seconds, 0).expect("a time")
}

fn event(seconds: i64) -> Event {
    Event { team_id: TEAM, kind: EventKind::Test, time: time(seconds), body: "{}".to_owned() }
}

fn numbered(number: u128) -> DeliveryId {
    DeliveryId(Uuid::from_u128(number))
}

async fn fill(tx: &Transaction) -> Result<()> {
    tx.migrate().await?;
    let (slug, name) = (Slug::parse("acme").expect("a slug"), TeamName::parse("Acme").expect("a name"));
    teams::add(tx, &Team { id: TEAM, slug, name }, time(0)).await?;
    let id = DataKeyId(Uuid::from_u128(2));
    let (team_id, created) = (TEAM, time(0));
    let master_key_fingerprint = String::new();
    let wrapped = WrappedDataKey { id, team_id, wrapped: Vec::new(), master_key_fingerprint, created };
    data_keys::add(tx, wrapped).await?;
    let webhook = Webhook {
        id: WebhookId(Uuid::from_u128(3)),
        team_id,
        url: Url::parse("https://hooks.invalid").expect("a URL"),
        data_key_id: id,
        sealed: Vec::new(),
        created,
        created_by: String::new(),
        is_paused: false,
    };
    set(tx, webhook).await
}

async fn filled() -> Bench {
    let bench = Bench::new().await;
    let made = bench.store.write(true, |tx| {
        Box::pin(async {
            fill(tx).await?;
            Ok::<_, crate::store::Error>(Outcome::Done(()))
        })
    });
    made.await.expect("made");
    bench
}

async fn add(bench: &Bench, events: impl IntoIterator<Item = (DeliveryId, Event)>) {
    let events: Vec<_> = events.into_iter().collect();
    let added = bench.write(move |tx| {
        Box::pin(async move {
            for (id, event) in events {
                add_event(tx, id, event).await?;
            }
            Ok(Outcome::Done(()))
        })
    });
    added.await.expect("added");
}

async fn take(bench: &Bench, now: i64, limit: u64) -> Vec<Delivery> {
    let lease_of = Lease { now: time(now), until: time(now + 10), limit, created: None };
    let taken =
        bench.write(move |tx| Box::pin(async move { Ok(Outcome::Done(lease(tx, TEAM, &lease_of).await?)) }));
    taken.await.expect("taken")
}

async fn end(bench: &Bench, mut deliveries: Vec<Delivery>, state: DeliveryState, now: i64) {
    for delivery in &mut deliveries {
        (delivery.state, delivery.due) = (state, time(now));
    }
    let ended = bench
        .write(move |tx| Box::pin(async move { Ok(Outcome::Done(finish(tx, TEAM, &deliveries).await?)) }));
    ended.await.expect("ended");
}

async fn listed(bench: &Bench) -> Vec<(u128, DeliveryState)> {
    let listed = list(&bench.store, TEAM).await.expect("listed");
    listed.iter().map(|delivery| (delivery.id.0.as_u128(), delivery.state)).collect()
}

#[tokio::test]
async fn every_query_of_the_outbox_is_one_of_an_index() {
    let Bench { store, .. } = &filled().await;
    let lease = Lease { now: time(0), until: time(0), limit: 8, created: None };
    let sqlite = DbBackend::Sqlite;
    for (what, query, index) in [
        ("due teams", due_teams(time(0)).build(sqlite), "webhook_deliveries_pending (team_id=? AND due<?)"),
        (
            "room",
            StatementBuilder::build(&room(vec![TEAM.0]), &sqlite),
            "webhook_deliveries_pending (team_id=?)",
        ),
        ("lease", due(TEAM, &lease).build(sqlite), "webhook_deliveries_pending (team_id=? AND due<?)"),
        ("ended", last_ended(TEAM).build(sqlite), "webhook_deliveries_ended (team_id=?)"),
        ("trim", trim(TEAM).build(sqlite), "webhook_deliveries_ended (team_id=?)"),
        ("newest", newest_pending(TEAM).build(sqlite), "webhook_deliveries_team (team_id=?)"),
    ] {
        let plan = plan(store, query).await;
        println!("{what}: {plan}");
        assert!(plan.contains(index), "{what}: {plan}");
        assert!(!plan.contains("SCAN webhook_deliveries"), "{what}: {plan}");
        // Only rows that ended at the same time are sorted.
        assert!(!plan.contains("B-TREE FOR ORDER BY"), "{what}: {plan}");
    }
}

#[tokio::test]
async fn full_outbox_drops_events() {
    let bench = filled().await;
    let most = u128::try_from(MOST_PENDING).expect("a number");
    let added = bench.write(move |tx| {
        Box::pin(async move {
            let numbers: Vec<_> = (1..most).collect();
            for numbers in numbers.chunks(1000) {
                let events = numbers.iter().map(|number| (numbered(*number), event(0)));
                add_events(tx, events.collect()).await?;
            }
            Ok(Outcome::Done(()))
        })
    });
    added.await.expect("added");
    let room = async || list_room(&bench.store, HashSet::from([TEAM])).await.expect("listed")[&TEAM];
    assert_eq!(room().await, 1);
    add(&bench, [(numbered(most), event(0)), (numbered(most + 1), event(0))]).await;
    assert_eq!(room().await, 0);
    let newest = newest_pending(TEAM).one(bench.store.connection()).await.expect("found");
    assert_eq!(newest.map(|row| row.id), Some(numbered(most).0));
    assert_eq!(list_due_teams(&bench.store, time(0)).await.expect("listed"), [TEAM]);
    // One that has ended makes room for another.
    let taken = take(&bench, 0, 1).await;
    end(&bench, taken, DeliveryState::Failed, 1).await;
    assert_eq!(room().await, 1);
}

#[tokio::test]
async fn deliveries_are_kept_and_listed_by_when_they_ended() {
    let bench = filled().await;
    add(&bench, [(numbered(1), event(0))]).await;
    let old = take(&bench, 0, 1).await;
    add(&bench, (2..=31).map(|number| (numbered(number), event(100)))).await;
    let others = take(&bench, 100, 40).await;
    // It is due again, as its lease is over.
    assert_eq!((old.len(), others.len()), (1, 31));
    let (again, others): (Vec<_>, Vec<_>) = others.into_iter().partition(|one| one.id == numbered(1));
    end(&bench, others, DeliveryState::Delivered, 101).await;
    end(&bench, again, DeliveryState::Failed, 102).await;
    let after = listed(&bench).await;
    assert_eq!(after.len(), 20);
    assert_eq!(after[..2], [(1, DeliveryState::Failed), (31, DeliveryState::Delivered)]);
    assert_eq!(last_ended(TEAM).all(bench.store.connection()).await.expect("listed").len(), 20);
    // Newer events that are pending come first.
    add(&bench, [(numbered(40), event(200))]).await;
    assert_eq!(listed(&bench).await[..2], [(40, DeliveryState::Pending), (1, DeliveryState::Failed)]);
}

#[tokio::test]
async fn outcome_counts_only_for_the_lease_that_it_has() {
    let bench = filled().await;
    add(&bench, [(numbered(1), event(0))]).await;
    let first = take(&bench, 0, 1).await;
    assert!(take(&bench, 9, 1).await.is_empty());
    let second = take(&bench, 10, 1).await;
    assert_eq!((first[0].attempts, second[0].attempts), (1, 2));
    end(&bench, first.clone(), DeliveryState::Failed, 11).await;
    assert_eq!(listed(&bench).await, [(1, DeliveryState::Pending)]);
    end(&bench, second, DeliveryState::Delivered, 12).await;
    end(&bench, first, DeliveryState::Failed, 13).await;
    assert_eq!(listed(&bench).await, [(1, DeliveryState::Delivered)]);
}

#[tokio::test]
async fn paused_webhooks_keep_their_events() {
    let bench = filled().await;
    let paused = bench.write(|tx| Box::pin(async { Ok(Outcome::Done(pause_all(tx).await?)) }));
    paused.await.expect("paused");
    add(&bench, [(numbered(1), event(0))]).await;
    assert_eq!(list_due_teams(&bench.store, time(9)).await.expect("listed"), []);
    assert_eq!(listed(&bench).await, [(1, DeliveryState::Pending)]);
}

#[tokio::test]
async fn first_reads_are_added_once_and_together() {
    let bench = filled().await;
    let pair = |number: u128| (ApiKeyId(Uuid::from_u128(7)), SecretId(Uuid::from_u128(number)));
    let read = |number: u128, of: u128| FirstRead { id: numbered(number), event: event(0), pair: pair(of) };
    for reads in [vec![read(1, 1), read(2, 1), read(3, 2)], vec![read(4, 2), read(5, 3)]] {
        let added =
            bench.write(|tx| Box::pin(async { Ok(Outcome::Done(add_first_reads(tx, reads).await?)) }));
        added.await.expect("added");
    }
    let listed: Vec<_> = listed(&bench).await.into_iter().map(|(number, _)| number).collect();
    assert_eq!(listed, [5, 3, 1]);
    let known = list_first_reads(&bench.store, (1..=4).map(pair)).await.expect("listed");
    assert_eq!(known, (1..=3).map(pair).collect());
}
