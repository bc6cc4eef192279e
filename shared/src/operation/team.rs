//! Teams and their webhooks.

use uuid::Uuid;

use crate::input::{CreateTeamInput, SetWebhookInput, SwitchTeamInput, UpdateTeamInput};
use crate::payload::{CreateTeamPayload, SetWebhookPayload, SuccessPayload};
use crate::scalar::DateTime;
use crate::schema;

fragments! {
    (cynic::QueryFragment)

    /// The team's webhook and its last deliveries.
    Webhooks("Query"): Clone, Debug, PartialEq, Eq {
        pub webhook: Option<Webhook>,
        pub webhook_delivery: Vec<WebhookDelivery>,
    }

    Webhook("webhook"): Clone, Debug, PartialEq, Eq {
        pub url: String,
        /// When its signing key was created.
        pub created: DateTime,
        pub created_by: String,
        /// Whether it waits to be resumed, because the store was restored from a backup.
        pub is_paused: bool,
    }

    WebhookDelivery("webhook_delivery"): Clone, Debug, PartialEq, Eq {
        pub id: Uuid,
        pub event: String,
        pub created: DateTime,
        /// As [`crate::webhook::DeliveryState`] writes it.
        pub state: String,
        pub attempts: i32,
        /// The next attempt or, if it is not pending, the last.
        pub due: DateTime,
        pub status: Option<i32>,
        pub error: Option<String>,
    }

    DeleteWebhook("Mutation") {
        #[cynic(rename = "delete_webhook")]
        pub payload: Option<SuccessPayload>,
    }

    TestWebhook("Mutation") {
        #[cynic(rename = "test_webhook")]
        pub payload: Option<SuccessPayload>,
    }
}

mutations! {
    CreateTeam(CreateTeamInput) = "create_team" -> CreateTeamPayload;
    UpdateTeam(UpdateTeamInput) = "update_team";
    SwitchTeam(SwitchTeamInput) = "switch_team";
    SetWebhook(SetWebhookInput) = "set_webhook" -> SetWebhookPayload;
}
