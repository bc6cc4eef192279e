//! The actions of the audit log. To add one: a line in the table.

text_enum! {
    /// An action. Its words go between the actor and the object: `read the value of`. If there are some after the object, ` … `
    /// stands for it.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    AuditAction {
        CreateSecret = "create:secret", "created the secret";
        /// Overwritten, renamed or described.
        UpdateSecret = "update:secret", "changed the secret";
        RestoreSecretVersion = "restore:secret-version", "restored an older value of";
        DeleteSecret = "delete:secret", "deleted the secret";
        RestoreSecret = "restore:secret", "restored the secret";
        ReadSecretValue = "read:secret-value", "read the value of";
        RefusedReadSecretValue = "refused:read:secret-value", "was denied the value of";
        CompareSecretValue = "compare:secret-value", "compared a value with that of";
        CreateApiKey = "create:api_key", "created the API key";
        /// Renamed, limited to other secrets, or handed to the team.
        UpdateApiKey = "update:api_key", "changed the API key";
        DeleteApiKey = "delete:api_key", "revoked the API key";
        RefusedApiKey = "refused:use:api_key", "tried to use the expired or revoked API key";
        CreateTrust = "create:trust", "created the trust";
        UpdateTrust = "update:trust", "changed the trust";
        DeleteTrust = "delete:trust", "removed the trust";
        /// With a trust or, through Vault's API, with a key or another login.
        CreateLogin = "create:login", "logged in with";
        RefusedWorkload = "refused:create:login", "was denied a login with";
        DeleteLogin = "delete:login", "ended a login with";
        /// A permission was missing, or a key's limits forbade it.
        RefusedRequest = "refused:request", "was refused a request";
        LogIn = "create:session", "logged in";
        /// A wrong password for a known address.
        RefusedLogIn = "refused:create:session", "was denied a login";
        /// Also ends all of a user's sessions.
        LogOut = "delete:session", "logged out";
        UpdatePassword = "update:password", "changed the password of";
        CreateInvitation = "create:invitation", "invited";
        DeleteInvitation = "delete:invitation", "withdrew the invitation of";
        CreateMember = "create:member", "added the member";
        UpdateMember = "update:member", "changed the role of";
        EndMemberSessions = "delete:member-sessions", "ended the sessions of";
        /// Also of a member who left.
        DeleteMember = "delete:member", "removed the member";
        CreateRole = "create:role", "created the role";
        UpdateRole = "update:role", "changed the role";
        DeleteRole = "delete:role", "removed the role";
        CreateTeam = "create:team", "created the team";
        UpdateTeam = "update:team", "renamed the team";
        SwitchTeam = "switch:team", "switched to the team";
        /// It expires within two weeks.
        RemindOfExpiry = "remind:secret", "recorded that … expires soon";
        ExpireSecret = "expire:secret", "recorded that … has expired";
        /// Also its signing key alone.
        UpdateWebhook = "update:webhook", "set the webhook";
        DeleteWebhook = "delete:webhook", "removed the webhook";
        TestWebhook = "test:webhook", "sent a test event to the webhook";
        PurgeSecrets = "purge:secret", "purged deleted secrets";
        /// All of them, between the database and Vault.
        MoveValues = "move:value", "moved values";
        ExportAuditLog = "export:audit_log", "exported the audit log";
        ArchiveAuditLog = "archive:audit_log", "archived the oldest entries to";
        /// Of all teams; each log records it.
        CreateBackup = "create:backup", "backed up the store";
        RestoreBackup = "restore:backup", "restored the store from a backup";
        /// A data key of the team was wrapped with another master key.
        RotateMasterKey = "rotate:master_key", "rotated the master key";
        CreateDataKey = "create:data_key", "created a data key";
        /// No value was encrypted with it any more.
        DeleteDataKey = "delete:data_key", "removed an old data key";
    }
}
