//! What the audit log records.
//!
//! To add an action: a line in the table.

use std::fmt;

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $words:literal;)*) => {
        /// What was done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum AuditAction {
            $($(#[$doc])* $name,)*
        }

        impl AuditAction {
            /// Every action.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The text in the log, on the wire and in exports.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }

            /// The same in words, between the one who did it and what it was done to: `read the value of`.
            pub const fn describe(self) -> &'static str {
                match self {
                    $(Self::$name => $words,)*
                }
            }
        }
    };
}

actions! {
    /// A secret was set for the first time.
    CreateSecret = "create:secret", "set the new secret";
    /// A secret was overwritten, renamed or described.
    UpdateSecret = "update:secret", "changed the secret";
    /// An older value of a secret became its current one.
    RestoreSecretVersion = "restore:secret-version", "brought back a value of the secret";
    /// A secret was deleted.
    DeleteSecret = "delete:secret", "deleted the secret";
    /// A deleted secret was brought back.
    RestoreSecret = "restore:secret", "restored the secret";
    /// A value was read.
    ReadSecretValue = "read:secret-value", "read the value of";
    /// A value was asked for by one who may not read it.
    RefusedReadSecretValue = "refused:read:secret-value", "was refused the value of";
    /// A value was compared with one that was given.
    CompareSecretValue = "compare:secret-value", "compared a value with that of";
    /// An API key was made.
    CreateApiKey = "create:api_key", "made the API key";
    /// An API key was renamed, limited to other secrets, or handed to the team.
    UpdateApiKey = "update:api_key", "changed the API key";
    /// An API key was revoked.
    DeleteApiKey = "delete:api_key", "revoked the API key";
    /// An expired or revoked API key was used.
    RefusedApiKey = "refused:use:api_key", "tried to use the expired or revoked API key";
    /// An operation was refused because a permission is missing or a key's limits forbid it.
    RefusedRequest = "refused:request", "was refused a request";
    /// A session began.
    LogIn = "create:session", "logged in";
    /// A wrong password was given for a known address.
    RefusedLogIn = "refused:create:session", "was refused to log in";
    /// A session was ended, or all of a person's.
    LogOut = "delete:session", "logged out";
    /// A person's password was set anew.
    UpdatePassword = "update:password", "changed the password of";
    /// A person was invited.
    CreateInvitation = "create:invitation", "invited";
    /// An invitation was withdrawn.
    DeleteInvitation = "delete:invitation", "withdrew the invitation of";
    /// A person joined the team.
    CreateMember = "create:member", "added the member";
    /// A member's role was changed.
    UpdateMember = "update:member", "changed the role of";
    /// All of a member's sessions were ended by somebody else.
    EndMemberSessions = "delete:member-sessions", "ended the sessions of";
    /// A person left the team, or was removed.
    DeleteMember = "delete:member", "removed the member";
    /// A role of the team's own was made.
    CreateRole = "create:role", "made the role";
    /// A role of the team's own was changed.
    UpdateRole = "update:role", "changed the role";
    /// A role of the team's own was removed.
    DeleteRole = "delete:role", "removed the role";
    /// A team was made.
    CreateTeam = "create:team", "made the team";
    /// A team was renamed.
    UpdateTeam = "update:team", "renamed the team";
    /// A person's session switched to this team.
    SwitchTeam = "switch:team", "switched to the team";
    /// Deleted secrets were purged: they can't be restored any more.
    PurgeSecrets = "purge:secret", "purged deleted secrets";
    /// A move of all values between the database and Vault began.
    MoveValues = "move:value", "moved values";
    /// The audit log was exported.
    ExportAuditLog = "export:audit_log", "exported the audit log";
    /// The log's oldest entries were moved into an archive.
    ArchiveAuditLog = "archive:audit_log", "archived the oldest entries to";
    /// A backup was begun, of this team's part of the store and of all others'.
    CreateBackup = "create:backup", "made a backup of the store";
    /// The store was filled from a backup.
    RestoreBackup = "restore:backup", "restored the store from a backup";
    /// A data key of the team was wrapped by another master key.
    RotateMasterKey = "rotate:master_key", "changed the master key";
    /// The team got a new data key.
    CreateDataKey = "create:data_key", "made a new data key";
    /// A data key was removed with which nothing was sealed any more.
    DeleteDataKey = "delete:data_key", "removed an old data key";
}

impl AuditAction {
    /// Reads the text in the log; `None` for an action this version does not know.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.as_str() == text)
    }
}

impl fmt::Display for AuditAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_action_has_a_text_of_its_own() {
        for action in AuditAction::ALL {
            assert_eq!(AuditAction::parse(action.as_str()), Some(*action));
        }
    }
}
