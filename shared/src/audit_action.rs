//! What the audit log records.
//!
//! To add an action: a line in the table.

text_enum! {
    /// What was done. Its words stand between the one who did it and what it was done to: `read the value of`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    AuditAction {
        CreateSecret = "create:secret", "set the new secret";
        /// A secret was overwritten, renamed or described.
        UpdateSecret = "update:secret", "changed the secret";
        RestoreSecretVersion = "restore:secret-version", "brought back a value of the secret";
        DeleteSecret = "delete:secret", "deleted the secret";
        RestoreSecret = "restore:secret", "restored the secret";
        ReadSecretValue = "read:secret-value", "read the value of";
        RefusedReadSecretValue = "refused:read:secret-value", "was refused the value of";
        CompareSecretValue = "compare:secret-value", "compared a value with that of";
        CreateApiKey = "create:api_key", "made the API key";
        /// An API key was renamed, limited to other secrets, or handed to the team.
        UpdateApiKey = "update:api_key", "changed the API key";
        DeleteApiKey = "delete:api_key", "revoked the API key";
        RefusedApiKey = "refused:use:api_key", "tried to use the expired or revoked API key";
        /// An operation was refused because a permission is missing or a key's limits forbid it.
        RefusedRequest = "refused:request", "was refused a request";
        LogIn = "create:session", "logged in";
        /// A wrong password was given for a known address.
        RefusedLogIn = "refused:create:session", "was refused to log in";
        /// A session was ended, or all of a person's.
        LogOut = "delete:session", "logged out";
        UpdatePassword = "update:password", "changed the password of";
        CreateInvitation = "create:invitation", "invited";
        DeleteInvitation = "delete:invitation", "withdrew the invitation of";
        CreateMember = "create:member", "added the member";
        UpdateMember = "update:member", "changed the role of";
        EndMemberSessions = "delete:member-sessions", "ended the sessions of";
        /// A person left the team, or was removed.
        DeleteMember = "delete:member", "removed the member";
        CreateRole = "create:role", "made the role";
        UpdateRole = "update:role", "changed the role";
        DeleteRole = "delete:role", "removed the role";
        CreateTeam = "create:team", "made the team";
        UpdateTeam = "update:team", "renamed the team";
        SwitchTeam = "switch:team", "switched to the team";
        /// Deleted secrets were purged: they can't be restored any more.
        PurgeSecrets = "purge:secret", "purged deleted secrets";
        /// A move of all values between the database and Vault began.
        MoveValues = "move:value", "moved values";
        ExportAuditLog = "export:audit_log", "exported the audit log";
        ArchiveAuditLog = "archive:audit_log", "archived the oldest entries to";
        /// A backup was begun, of this team's part of the store and of all others'.
        CreateBackup = "create:backup", "made a backup of the store";
        RestoreBackup = "restore:backup", "restored the store from a backup";
        /// A data key of the team was wrapped by another master key.
        RotateMasterKey = "rotate:master_key", "changed the master key";
        CreateDataKey = "create:data_key", "made a new data key";
        /// A data key was removed with which nothing was sealed any more.
        DeleteDataKey = "delete:data_key", "removed an old data key";
    }
}
