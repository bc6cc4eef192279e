//! What the list of secrets can be sorted and filtered by.
//!
//! To add a filter: a row in [`SecretFilter`], and its condition in the server's `domain::secret_listing`.

#[cfg(feature = "client")]
use crate::schema;

text_enum! {
    /// A column that the list of secrets is sorted by.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    #[cfg_attr(feature = "server", derive(async_graphql::Enum))]
    #[cfg_attr(feature = "server", graphql(name = "secret_sort", rename_items = "snake_case"))]
    #[cfg_attr(feature = "client", derive(cynic::Enum))]
    #[cfg_attr(feature = "client", cynic(graphql_type = "secret_sort", rename_all = "snake_case"))]
    SecretSort {
        /// By number, then regardless of case.
        #[default]
        Name = "name";
        /// By the time it was last set, renamed or described.
        Updated = "updated";
        /// By who did that.
        UpdatedBy = "updated_by";
        /// By the number of times that it was set.
        Version = "version";
        /// By the time the value was last read; ascending, "never" comes first.
        LastRead = "last_read";
        /// By the API key that last read it.
        LastReadBy = "last_read_by";
    }
}

text_enum! {
    /// A condition on the secrets of a list.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    #[cfg_attr(feature = "server", derive(async_graphql::Enum))]
    #[cfg_attr(feature = "server", graphql(name = "secret_filter", rename_items = "snake_case"))]
    #[cfg_attr(feature = "client", derive(cynic::Enum))]
    #[cfg_attr(feature = "client", cynic(graphql_type = "secret_filter", rename_all = "snake_case"))]
    SecretFilter {
        NeverRead = "never_read", "Never read";
        /// Nor created in that time.
        Unused = "unused", "Not read for 90 days";
        ChangedByMe = "changed_by_me", "Changed by me";
        NoDescription = "no_description", "Has no description";
        /// Within two weeks.
        Expiring = "expiring", "Expiring or expired";
    }
}
