//! The events that a team's webhook receives, and the states of their deliveries.

text_enum! {
    /// A kind of event: the `type` of its body.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    EventKind {
        /// Or an older value made the current one.
        SecretSet = "secret.set", "Created, overwritten or renamed";
        SecretDeleted = "secret.deleted", "Deleted";
        SecretRestored = "secret.restored", "Restored";
        SecretExpiring = "secret.expiring", "Expires within two weeks";
        SecretExpired = "secret.expired", "Has expired";
        SecretFirstRead = "secret.first_read", "First read by a key";
        Test = "test", "Test";
    }
}

text_enum! {
    /// The state of a delivery.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    DeliveryState {
        /// It is tried again.
        Pending = "pending", "Pending";
        Delivered = "delivered", "Delivered";
        /// After a day.
        Failed = "failed", "Failed";
    }
}
