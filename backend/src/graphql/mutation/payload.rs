//! What mutations answer: a change that was made, or the rule that forbids it.

use strongroom_shared::payload::{ImportSecretsPayload, SecretChange, SecretPayload, SuccessPayload};

use crate::service::{Answer, Imported, SecretAnswer};

pub(super) fn success(answer: Answer<()>) -> SuccessPayload {
    match answer {
        Ok(()) => SuccessPayload::done(),
        Err(rule) => SuccessPayload::refused(rule.to_string()),
    }
}

pub(super) fn secret(answer: SecretAnswer) -> SecretPayload {
    let SecretAnswer { refused, current_version, gaining_keys, losing_keys } = answer;
    SecretPayload {
        success: Some(refused.is_none()),
        error: refused.map(|rule| rule.to_string()),
        current_version: current_version.map(|version| i32::try_from(version).unwrap_or(i32::MAX)),
        gaining_keys,
        losing_keys,
    }
}

pub(super) fn imported(answer: Answer<Imported>) -> ImportSecretsPayload {
    match answer {
        Ok(Imported { changes, state }) => {
            let change = |(name, change): (strongroom_shared::SecretName, _)| SecretChange {
                name: name.into_string(),
                change,
            };
            ImportSecretsPayload {
                success: Some(true),
                error: None,
                changes: changes.into_iter().map(change).collect(),
                state: Some(state),
            }
        }
        Err(rule) => ImportSecretsPayload::refused(rule.to_string()),
    }
}
