//! API keys.

use uuid::Uuid;

use crate::input::{CreateApiKeyInput, DeleteApiKeyInput, UpdateApiKeyInput};
use crate::payload::{CreateApiKeyPayload, SuccessPayload};
use crate::scalar::{DateTime, RoleName};
use crate::schema;

fragments! {
    (cynic::QueryFragment)

    ApiKeys("Query"): Clone, Debug {
        pub auth_api_key: Vec<ApiKey>,
    }

    ApiKey("auth_api_key"): Clone, Debug, PartialEq, Eq {
        pub id: Uuid,
        pub name: String,
        pub role: RoleName,
        /// The secrets it is limited to; `None`: all of the team's.
        pub secrets: Option<Vec<String>>,
        pub is_team_owned: bool,
        /// The owner; a key of the team owns itself.
        pub user_id: Uuid,
        pub created_by: String,
        pub created: DateTime,
        /// `None`: never.
        pub expires_at: Option<DateTime>,
        /// When it was last used, to the minute.
        pub last_used: Option<DateTime>,
    }
}

mutations! {
    CreateApiKey(CreateApiKeyInput) = "create_api_key" -> CreateApiKeyPayload;
    UpdateApiKey(UpdateApiKeyInput) = "update_api_key";
    DeleteApiKey(DeleteApiKeyInput) = "delete_api_key";
}
