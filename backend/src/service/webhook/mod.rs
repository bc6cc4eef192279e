//! A team's webhook: set, remove, test, and the events for it.
//!
//! An event is written with its change, in one transaction; [`delivery`] sends it afterwards.

pub mod delivery;
pub mod first_read;

use std::collections::HashSet;

use strongroom_shared::input::SetWebhookInput;
use strongroom_shared::permission::WEBHOOK;
use strongroom_shared::webhook::EventKind;
use zeroize::Zeroizing;

use crate::crypto::envelope::OpenError;
use crate::crypto::{DataKey, Sealed, SigningKey, WebhookContext};
use crate::domain::filter::Window;
use crate::domain::webhook::parse_url;
use crate::domain::{
    Actor, AuditAction, AuditObject, Delivery, DeliveryId, Denied, Event, Rule, Secret, TeamId, Webhook,
    WebhookId, WrappedDataKey,
};
use crate::egress::{Egress, Networks};
use crate::service::audit::object::named_object;
use crate::service::change::{Answer, Done, change, refused};
use crate::service::{Error, Result, Service, list, read_one};
use crate::store::{self, Transaction};

const MISSING: &str = "The team has no webhook.";
const PAUSED: &str =
    "The webhook is paused, because the store was restored from a backup. Set it again to resume it.";
/// The events that one statement adds.
const EVENTS: usize = 256;

impl Service {
    /// Sets the networks that webhooks may reach besides public addresses.
    #[must_use]
    pub fn with_webhook_networks(self, networks: Networks) -> Self {
        let _ = self.webhooks.set(Egress::new(networks));
        self
    }

    fn webhooks(&self) -> &Egress {
        self.webhooks.get_or_init(|| Egress::new(Networks::new("webhook-networks", Vec::new())))
    }

    pub async fn find_webhook(&self, actor: &Actor) -> Result<Option<Webhook>> {
        require(actor)?;
        read_one(actor, store::webhook::find(&self.store, actor.team_id())).await
    }

    /// The last deliveries, newest first.
    pub async fn list_webhook_deliveries(&self, actor: &Actor) -> Result<Vec<Delivery>> {
        require(actor)?;
        list(actor, Window::default(), |_| store::webhook::list(&self.store, actor.team_id())).await
    }

    /// Sets the team's webhook, which ends a pause. Returns its signing key if that is new.
    pub async fn set_webhook(
        &self,
        actor: &Actor,
        input: SetWebhookInput,
    ) -> Result<Answer<Option<Zeroizing<String>>>> {
        let url = parse_url(&input.url)?;
        self.webhooks()
            .check(&url)
            .map_err(|error| Rule::new(format!("The webhook can't be set: {error}.")))?;
        let replaces_key = input.new_key == Some(true);
        change!(self, actor, |service, tx, actor| {
            require(&actor)?;
            let (webhook, key) = match store::webhook::find(tx, actor.team_id()).await? {
                Some(before) if !replaces_key => (Webhook { url, is_paused: false, ..before }, None),
                before => {
                    let key = SigningKey::generate(&*service.entropy);
                    let newest = store::data_key::find_newest(tx, actor.team_id()).await?;
                    let newest = newest.ok_or(Error::Broken("a team has no data key"))?;
                    let webhook = Webhook {
                        id: before.map_or_else(|| WebhookId(service.new_id()), |before| before.id),
                        team_id: actor.team_id(),
                        url,
                        data_key_id: newest.id,
                        sealed: Vec::new(),
                        created: service.now(),
                        created_by: actor.name().to_owned(),
                        is_paused: false,
                    };
                    let data_key = service.unwrap_key(actor.team_id(), newest).await?;
                    (service.seal_signing_key(webhook, &data_key, &key), Some(key.to_text()))
                }
            };
            let detail = key.is_some().then(|| "with a new signing key".to_owned());
            let object = webhook_object(&webhook, detail);
            store::webhook::set(tx, webhook).await?;
            let recorded = service.record(tx, &actor, AuditAction::UpdateWebhook, object).await?;
            Ok(Done(Ok(key), recorded))
        })
    }

    /// Removes the team's webhook. Events that it has not received are dropped.
    pub async fn delete_webhook(&self, actor: &Actor) -> Result<Answer<()>> {
        change!(self, actor, |service, tx, actor| {
            require(&actor)?;
            let Some(webhook) = store::webhook::find(tx, actor.team_id()).await? else {
                return refused(MISSING);
            };
            store::webhook::remove(tx, actor.team_id()).await?;
            service.done(tx, &actor, AuditAction::DeleteWebhook, webhook_object(&webhook, None)).await
        })
    }

    pub async fn test_webhook(&self, actor: &Actor) -> Result<Answer<()>> {
        change!(self, actor, |service, tx, actor| {
            require(&actor)?;
            let Some(webhook) = store::webhook::find(tx, actor.team_id()).await? else {
                return refused(MISSING);
            };
            if webhook.is_paused {
                return refused(PAUSED);
            }
            service.add_event(tx, Event::by(&actor, EventKind::Test, service.now(), None)).await?;
            service.done(tx, &actor, AuditAction::TestWebhook, webhook_object(&webhook, None)).await
        })
    }

    /// Adds events about secrets for the team's webhook, if it has one, to a change.
    pub(super) async fn add_events(
        &self,
        tx: &Transaction,
        actor: &Actor,
        kind: EventKind,
        secrets: &[Secret],
    ) -> Result<()> {
        let event = |secret: &Secret| Event::by(actor, kind, self.now(), Some(secret));
        if let [secret] = secrets {
            return self.add_event(tx, event(secret)).await;
        }
        // The look costs a round trip, and saves one for each of many.
        if secrets.is_empty() {
            return Ok(());
        }
        let room = store::webhook::list_room(tx, HashSet::from([actor.team_id()])).await?;
        let room = room.get(&actor.team_id()).copied().unwrap_or_default();
        for secrets in secrets[..room.min(secrets.len())].chunks(EVENTS) {
            let events = secrets.iter().map(|secret| (DeliveryId(self.new_id()), event(secret)));
            store::webhook::add_events(tx, events.collect()).await?;
        }
        Ok(())
    }

    pub(super) async fn add_event(&self, tx: &Transaction, event: Event) -> Result<()> {
        Ok(store::webhook::add_event(tx, DeliveryId(self.new_id()), event).await?)
    }

    fn seal_signing_key(&self, webhook: Webhook, data_key: &DataKey, key: &SigningKey) -> Webhook {
        let webhook = Webhook { data_key_id: data_key.id(), ..webhook };
        let sealed = data_key.seal(&context(&webhook), key.as_bytes(), &*self.entropy);
        Webhook { sealed: sealed.as_bytes().to_vec(), ..webhook }
    }

    /// Encrypts the signing key of a team's webhook with its newest data key, for a rotation. Returns the older data key that it
    /// still needs, because it does not decrypt.
    pub(super) async fn rotate_signing_key(
        &self,
        tx: &Transaction,
        team: TeamId,
        keys: &[WrappedDataKey],
    ) -> Result<Option<WrappedDataKey>> {
        let [newest, older @ ..] = keys else { return Ok(None) };
        let Some(webhook) = store::webhook::find(tx, team).await? else { return Ok(None) };
        let Some(used) = older.iter().find(|key| key.id == webhook.data_key_id) else { return Ok(None) };
        let opened = match self.unwrap_key(team, used.clone()).await {
            Ok(data_key) => open_signing_key(&webhook, &data_key).map_err(Error::from),
            Err(error) => Err(error),
        };
        match opened {
            Ok(key) => {
                let newest = self.unwrap_key(team, newest.clone()).await?;
                store::webhook::set(tx, self.seal_signing_key(webhook, &newest, &key)).await?;
                Ok(None)
            }
            Err(Error::Sealed(_)) => {
                tracing::warn!(%team, "the signing key of a webhook does not decrypt; set a new one");
                Ok(Some(used.clone()))
            }
            Err(error) => Err(error),
        }
    }
}

/// Events name secrets, and their readers, as the audit log does.
fn require(actor: &Actor) -> std::result::Result<(), Denied> {
    WEBHOOK.iter().try_for_each(|permission| actor.require(permission))
}

fn open_signing_key(webhook: &Webhook, data_key: &DataKey) -> std::result::Result<SigningKey, OpenError> {
    let key = data_key.open(&context(webhook), &Sealed::from_bytes(webhook.sealed.clone()))?;
    SigningKey::from_bytes(&key).ok_or(OpenError)
}

fn context(webhook: &Webhook) -> WebhookContext {
    let Webhook { id, team_id, data_key_id, .. } = webhook;
    WebhookContext { team_id: *team_id, webhook_id: *id, data_key_id: *data_key_id }
}

/// Without the path of its URL, which may hold a token.
fn webhook_object(webhook: &Webhook, detail: Option<String>) -> AuditObject {
    named_object(webhook.id.0, &webhook.url.origin().ascii_serialization(), detail)
}
