//! Mutations, by aggregate. Fields in camelCase are twins for clients up to 0.9.

use async_graphql::{Context, InputObject};
use strongroom_shared::input::{
    AcceptInvitationInput, ChangePasswordInput, CreateApiKeyInput, CreateRoleInput, CreateTeamInput,
    DeleteApiKeyInput, DeleteRoleInput, DeleteSecretInput, DeleteSecretsInput, DeleteTrustInput,
    EndMemberSessionsInput, EndSessionInput, ImportSecretsInput, InviteMemberInput, LogInInput,
    RemoveMemberInput, RestoreSecretInput, RestoreSecretVersionInput, RestoreSecretsInput, SetSecretInput,
    SetTrustInput, SetUpInput, SetWebhookInput, SwitchTeamInput, TestTrustInput, UpdateApiKeyInput,
    UpdateMemberInput, UpdateRoleInput, UpdateSecretInput, UpdateTeamInput, WithdrawInvitationInput,
};
use strongroom_shared::payload::{
    CreateApiKeyPayload, CreateTeamPayload, ImportSecretsPayload, InviteMemberPayload, RefusedSecret,
    SecretChange, SecretConflict, SecretPayload, SecretsPayload, SetTrustPayload, SetWebhookPayload,
    SuccessPayload, TestTrustPayload, TrustCheck,
};
use strongroom_shared::{GivenJson, SecretName};
use zeroize::Zeroizing;

use super::Nullable;
use super::caller::{SessionChange, actor, caller, service};
use super::object::date_time;
use crate::domain::{ApiKeyId, Secret};
use crate::service::{Answer, Credential, Imported, LoggedIn, SecretAnswer, SecretsAnswer, SecretsRefused};

/// Converts the outcome of a use case: a change that was made, or the rule that forbids it.
trait IntoPayload<Payload> {
    fn into_payload(self) -> Payload;
}

impl IntoPayload<SuccessPayload> for Answer<()> {
    fn into_payload(self) -> SuccessPayload {
        self.map_or_else(|rule| SuccessPayload::refused(rule.to_string()), |()| SuccessPayload::done())
    }
}

fn int(version: i64) -> i32 {
    i32::try_from(version).unwrap_or(i32::MAX)
}

fn conflict(secret: Secret) -> SecretConflict {
    SecretConflict {
        version: if secret.deleted.is_some() { 0 } else { int(secret.version) },
        name: secret.name.into_string(),
        description: secret.description,
        updated: date_time(secret.updated),
        updated_by: secret.updated_by,
        expires_at: secret.expires_at.map(date_time),
    }
}

impl IntoPayload<SecretPayload> for SecretAnswer {
    fn into_payload(self) -> SecretPayload {
        SecretPayload {
            success: Some(self.refused.is_none()),
            error: self.refused.map(|rule| rule.to_string()),
            current_version: self.current_version.map(int),
            conflict: self.conflict.map(conflict),
            gaining_keys: self.gaining_keys,
            losing_keys: self.losing_keys,
        }
    }
}

impl IntoPayload<SecretsPayload> for SecretsAnswer {
    fn into_payload(self) -> SecretsPayload {
        let Err(SecretsRefused { error, secrets }) = self else {
            return SecretsPayload { success: Some(true), ..SecretsPayload::default() };
        };
        let refused = |(name, answer): (SecretName, SecretAnswer)| RefusedSecret {
            name: name.into_string(),
            error: answer.refused.map(|rule| rule.to_string()).unwrap_or_default(),
            conflict: answer.conflict.map(conflict),
        };
        let refused = secrets.into_iter().map(refused).collect();
        SecretsPayload { success: Some(false), error: Some(error.to_string()), refused }
    }
}

impl IntoPayload<ImportSecretsPayload> for Answer<Imported> {
    fn into_payload(self) -> ImportSecretsPayload {
        let Imported { changes, state } = match self {
            Ok(imported) => imported,
            Err(rule) => return ImportSecretsPayload::refused(rule.to_string()),
        };
        let change = |(name, change): (SecretName, _)| SecretChange { name: name.into_string(), change };
        let changes = changes.into_iter().map(change).collect();
        ImportSecretsPayload { success: Some(true), error: None, changes, state: Some(state) }
    }
}

impl IntoPayload<SetWebhookPayload> for Answer<Option<Zeroizing<String>>> {
    fn into_payload(self) -> SetWebhookPayload {
        let key = |key: Zeroizing<String>| key.as_str().to_owned();
        match self {
            Ok(new_key) => SetWebhookPayload { success: Some(true), error: None, key: new_key.map(key) },
            Err(rule) => SetWebhookPayload { success: Some(false), error: Some(rule.to_string()), key: None },
        }
    }
}

impl IntoPayload<SetTrustPayload> for Answer<ApiKeyId> {
    fn into_payload(self) -> SetTrustPayload {
        match self {
            Ok(id) => SetTrustPayload { success: Some(true), error: None, id: Some(id.0) },
            Err(rule) => SetTrustPayload { success: Some(false), error: Some(rule.to_string()), id: None },
        }
    }
}

impl IntoPayload<TestTrustPayload> for Answer<Vec<TrustCheck>> {
    fn into_payload(self) -> TestTrustPayload {
        let (error, checks) = match self {
            Ok(checks) => (None, checks),
            Err(rule) => (Some(rule.to_string()), Vec::new()),
        };
        let success = error.is_none() && checks.iter().all(|check| check.passed);
        TestTrustPayload { success: Some(success), error, checks }
    }
}

/// Hands a new session to `http`, which sets its cookie.
fn begin(ctx: &Context<'_>, outcome: Answer<LoggedIn>) -> SuccessPayload {
    let begun = outcome.map(|logged_in| caller(ctx).change_session(SessionChange::Started(logged_in)));
    begun.into_payload()
}

/// The input of `setSecret`, a type that clients up to 0.9 name.
#[derive(InputObject)]
#[graphql(name = "setSecretInput")]
struct CamelSetSecretInput {
    name: String,
    /// The value. Required; may be null.
    value: GivenJson,
}

/// The input of `deleteSecret`.
#[derive(InputObject)]
#[graphql(name = "deleteSecretInput")]
struct CamelDeleteSecretInput {
    name: String,
}

pub struct Mutation;

/// Declares mutations. One with `= argument;` calls the use case of the same name; one with a body may use `?`.
macro_rules! mutations {
    ($(
        $(#[$($attribute:tt)*])*
        $field:ident($ctx:ident $(, $input:ident: $type:ty)?) -> $payload:ident
            $({ $($body:tt)* })? $(= $argument:expr;)?
    )*) => {
        /// Each mutation is atomic, and durable once it is answered.
        #[async_graphql::Object(rename_fields = "snake_case", rename_args = "snake_case")]
        impl Mutation {
            $(
                $(#[$($attribute)*])*
                async fn $field(&self, $ctx: &Context<'_>, $($input: $type,)?) -> Nullable<$payload> {
                    Some(
                        async {
                            $($($body)*)?
                            $(Ok(service($ctx).$field(actor($ctx)?, $argument).await?.into_payload()))?
                        }
                        .await,
                    )
                }
            )*
        }
    };
}

mutations! {
    /// Create or overwrite a secret.
    set_secret(ctx, input: SetSecretInput) -> SecretPayload = input;

    /// Create or overwrite a secret, for clients up to 0.9.
    #[graphql(name = "setSecret")]
    camel_set_secret(ctx, input: CamelSetSecretInput) -> SecretPayload {
        let CamelSetSecretInput { name, value } = input;
        let input =
            SetSecretInput { name, value, description: None, expires_at: None, expected_version: None };
        Ok(service(ctx).set_secret(actor(ctx)?, input).await?.into_payload())
    }

    /// Rename, describe and set a secret in one atomic step.
    update_secret(ctx, input: UpdateSecretInput) -> SecretPayload = input;

    /// Set many secrets in one atomic step, or preview it. The audit log records each comparison with a stored value.
    import_secrets(ctx, input: ImportSecretsInput) -> ImportSecretsPayload = input;

    /// Delete a secret. It can be restored for a while.
    delete_secret(ctx, input: DeleteSecretInput) -> SecretPayload = input;

    /// Delete many secrets, all or none. They can be restored for a while.
    delete_secrets(ctx, input: DeleteSecretsInput) -> SecretsPayload = input.secrets;

    /// Delete a secret, for clients up to 0.9.
    #[graphql(name = "deleteSecret")]
    camel_delete_secret(ctx, input: CamelDeleteSecretInput) -> SecretPayload {
        let input = DeleteSecretInput { name: input.name, expected_id: None, expected_version: None };
        Ok(service(ctx).delete_secret(actor(ctx)?, input).await?.into_payload())
    }

    /// Restore the secret of this name that was deleted last.
    restore_secret(ctx, input: RestoreSecretInput) -> SuccessPayload = input;

    /// Restore many deleted secrets, all or none.
    restore_secrets(ctx, input: RestoreSecretsInput) -> SecretsPayload = input.secrets;

    /// Restore an older value of a secret, as a new version.
    restore_secret_version(ctx, input: RestoreSecretVersionInput) -> SuccessPayload = input;

    /// Create an API key. Its token is returned only once.
    create_api_key(ctx, input: CreateApiKeyInput) -> CreateApiKeyPayload {
        let (id, token) = service(ctx).create_api_key(actor(ctx)?, input).await?;
        Ok(CreateApiKeyPayload { id: id.0, key: token.expose().to_owned() })
    }

    /// Revoke an API key, from the next request on.
    delete_api_key(ctx, input: DeleteApiKeyInput) -> SuccessPayload = input.key_id;

    /// Rename an API key, or change the secrets that it is limited to.
    update_api_key(ctx, input: UpdateApiKeyInput) -> SuccessPayload = input;

    /// Trust an outside identity, or change such a trust, which ends its logins.
    set_trust(ctx, input: SetTrustInput) -> SetTrustPayload = input;

    /// End a trust and its logins, from the next request on.
    delete_trust(ctx, input: DeleteTrustInput) -> SuccessPayload = input.trust_id;

    /// Check a token of an outside identity without logging in.
    test_trust(ctx, input: TestTrustInput) -> TestTrustPayload = input;

    /// Log in: the response sets a session cookie.
    log_in(ctx, input: LogInInput) -> SuccessPayload {
        let caller = caller(ctx);
        caller.try_password()?;
        let LogInInput { email, password } = input;
        let outcome = service(ctx).log_in(&email, password, &caller.device, caller.replaced_session()?);
        Ok(begin(ctx, outcome.await?))
    }

    /// End the current session.
    log_out(ctx) -> SuccessPayload {
        let caller = caller(ctx);
        // The browser drops its cookie even if the session has expired. Of two cookies, it would keep the planted one.
        if !matches!(caller.credential, Credential::Ambiguous) {
            caller.change_session(SessionChange::Ended);
        }
        // An API key has no session to end, but must be valid.
        match &caller.credential {
            Credential::Session(Some(token)) => service(ctx).log_out(token, &caller.device).await?,
            _ => _ = actor(ctx)?,
        }
        Ok(SuccessPayload::done())
    }

    /// End all of the caller's sessions, including this one.
    log_out_everywhere(ctx) -> SuccessPayload {
        service(ctx).log_out_everywhere(actor(ctx)?).await?;
        caller(ctx).change_session(SessionChange::Ended);
        Ok(SuccessPayload::done())
    }

    /// End one of the caller's own sessions.
    end_session(ctx, input: EndSessionInput) -> SuccessPayload = input.id;

    /// Change the caller's own password, which ends all of their other sessions.
    change_password(ctx, input: ChangePasswordInput) -> SuccessPayload {
        caller(ctx).try_password()?;
        Ok(service(ctx).change_password(actor(ctx)?, input).await?.into_payload())
    }

    /// Create the first team and its administrator, and log them in.
    set_up(ctx, input: SetUpInput) -> SuccessPayload {
        // There is no session to replace yet, but a planted cookie must not stay beside the new one.
        let caller = caller(ctx);
        caller.replaced_session()?;
        Ok(begin(ctx, service(ctx).set_up(input, &caller.device).await?))
    }

    /// Create a team with the caller as its administrator.
    create_team(ctx, input: CreateTeamInput) -> CreateTeamPayload {
        let team = service(ctx).create_own_team(actor(ctx)?, input).await?;
        Ok(CreateTeamPayload { id: team.id.0 })
    }

    /// Rename the team.
    update_team(ctx, input: UpdateTeamInput) -> SuccessPayload = input;

    /// Set the team's webhook. A new signing key is returned only once.
    set_webhook(ctx, input: SetWebhookInput) -> SetWebhookPayload = input;

    /// Remove the team's webhook, and drop the events that it has not received.
    delete_webhook(ctx) -> SuccessPayload {
        Ok(service(ctx).delete_webhook(actor(ctx)?).await?.into_payload())
    }

    /// Send a test event to the team's webhook.
    test_webhook(ctx) -> SuccessPayload {
        Ok(service(ctx).test_webhook(actor(ctx)?).await?.into_payload())
    }

    /// Act in another team, in this session and after the next login.
    switch_team(ctx, input: SwitchTeamInput) -> SuccessPayload = input.team_id;

    /// Create a role.
    create_role(ctx, input: CreateRoleInput) -> SuccessPayload = input;

    /// Change one of the team's own roles, from the next request of its members and API keys on.
    update_role(ctx, input: UpdateRoleInput) -> SuccessPayload = input;

    /// Delete one of the team's own roles, if it is unused.
    delete_role(ctx, input: DeleteRoleInput) -> SuccessPayload = input.id;

    /// Invite a person to the team. The token for the link is returned only once.
    invite_member(ctx, input: InviteMemberInput) -> InviteMemberPayload {
        let (invitation, token) = service(ctx).invite_member(actor(ctx)?, input).await?;
        let (id, expires_at) = (invitation.id.0, date_time(invitation.expires));
        Ok(InviteMemberPayload { id, token: token.expose().to_owned(), expires_at })
    }

    /// Withdraw an invitation, so that its link stops working.
    withdraw_invitation(ctx, input: WithdrawInvitationInput) -> SuccessPayload = input.id;

    /// Accept an invitation and log in to its team.
    accept_invitation(ctx, input: AcceptInvitationInput) -> SuccessPayload {
        let caller = caller(ctx);
        caller.try_password()?;
        let replaced = caller.replaced_session()?;
        let actor = caller.actor.as_ref().ok();
        let outcome = service(ctx).accept_invitation(actor, input, &caller.device, replaced);
        Ok(begin(ctx, outcome.await?))
    }

    /// Change a member's role, from their next request on.
    update_member(ctx, input: UpdateMemberInput) -> SuccessPayload = input;

    /// End all of a member's sessions, in every team. Their API keys keep working.
    end_member_sessions(ctx, input: EndMemberSessionsInput) -> SuccessPayload = input;

    /// Remove a member from the team, or leave it, from their next request on.
    remove_member(ctx, input: RemoveMemberInput) -> SuccessPayload = input;
}
