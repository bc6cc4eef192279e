//! What each kind of list can be narrowed and ordered by.
//!
//! To make a column listable: its variant in `domain::filter`, and a line here.

use async_graphql::{Enum, InputObject};

use super::compare::{self, IntComparison, StringComparison, TimeComparison, UuidComparison};
use crate::domain::Rule;
use crate::domain::filter::{
    ApiKeyColumn, AuditColumn, Direction, Filter, Listing, SecretColumn, TeamColumn, Window,
};
use crate::service::Result;

/// The order of a column.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(name = "order_by", rename_items = "snake_case")]
pub enum OrderBy {
    /// The smallest first.
    Asc,
    /// The largest first.
    Desc,
}

impl From<OrderBy> for Direction {
    fn from(order: OrderBy) -> Self {
        match order {
            OrderBy::Asc => Self::Ascending,
            OrderBy::Desc => Self::Descending,
        }
    }
}

macro_rules! listable {
    ($what:literal, $bool_exp:ident($bool_name:literal), $order_by:ident($order_name:literal), $columns:ident {
        $($field:ident: $comparison:ident = $column:ident,)*
    }) => {
        #[doc = concat!("Conditions on ", $what, "; all that are given have to hold.")]
        #[derive(InputObject)]
        #[graphql(name = $bool_name, rename_fields = "snake_case")]
        pub struct $bool_exp {
            /// Each of these holds.
            #[graphql(name = "_and")]
            and: Option<Vec<$bool_exp>>,
            /// One of these holds.
            #[graphql(name = "_or")]
            or: Option<Vec<$bool_exp>>,
            /// This does not hold.
            #[graphql(name = "_not")]
            not: Option<Box<$bool_exp>>,
            $(
                #[doc = concat!("Of `", stringify!($field), "`.")]
                $field: Option<$comparison>,
            )*
        }

        impl $bool_exp {
            pub fn into_filter(self) -> Result<Filter<$columns>> {
                let each = |filters: Vec<Self>| {
                    filters.into_iter().map(Self::into_filter).collect::<Result<Vec<_>>>()
                };
                let mut all = vec![$(compare::column($columns::$column, self.$field)?,)*];
                all.extend(self.and.map(each).transpose()?.map(Filter::All));
                all.extend(self.or.map(each).transpose()?.map(Filter::Any));
                if let Some(not) = self.not {
                    all.push(Filter::Not(Box::new(not.into_filter()?)));
                }
                Ok(Filter::All(all))
            }
        }

        #[doc = concat!("The order of ", $what, ".")]
        #[derive(InputObject)]
        #[graphql(name = $order_name, rename_fields = "snake_case")]
        pub struct $order_by {
            $(
                #[doc = concat!("By `", stringify!($field), "`.")]
                $field: Option<OrderBy>,
            )*
        }

        impl $order_by {
            fn into_order(self) -> impl Iterator<Item = ($columns, Direction)> {
                [$(self.$field.map(|order| ($columns::$column, order.into())),)*].into_iter().flatten()
            }
        }

        impl $bool_exp {
            pub fn listing(
                filter: Option<Self>,
                order_by: Option<Vec<$order_by>>,
                limit: Option<i64>,
                offset: Option<i64>,
            ) -> Result<Listing<$columns>> {
                Ok(Listing {
                    filter: filter.map_or(Ok(Filter::All(Vec::new())), Self::into_filter)?,
                    order: order_by.into_iter().flatten().flat_map($order_by::into_order).collect(),
                    window: window(limit, offset)?,
                })
            }
        }
    };
}

pub fn window(limit: Option<i64>, offset: Option<i64>) -> Result<Window> {
    let rows = |number: Option<i64>| number.map(u64::try_from).transpose();
    let wrong = |_| Rule::new("`limit` and `offset` must not be negative.");
    Ok(Window { limit: rows(limit).map_err(wrong)?, offset: rows(offset).map_err(wrong)? })
}

listable! {
    "secrets", SecretBoolExp("secret_bool_exp"), SecretOrderBy("secret_order_by"), SecretColumn {
        id: UuidComparison = Id,
        name: StringComparison = Name,
        version: IntComparison = Version,
        created: TimeComparison = Created,
        updated: TimeComparison = Updated,
        updated_by: StringComparison = UpdatedBy,
        description: StringComparison = Description,
        last_read: TimeComparison = LastRead,
        last_read_by: StringComparison = LastReadBy,
    }
}

listable! {
    "teams", TenantBoolExp("tenant_bool_exp"), TenantOrderBy("tenant_order_by"), TeamColumn {
        id: UuidComparison = Id,
        name: StringComparison = Name,
        slug: StringComparison = Slug,
    }
}

listable! {
    "API keys", ApiKeyBoolExp("auth_api_key_bool_exp"), ApiKeyOrderBy("auth_api_key_order_by"), ApiKeyColumn {
        id: UuidComparison = Id,
        name: StringComparison = Name,
        created: TimeComparison = Created,
        expires_at: TimeComparison = Expires,
    }
}

listable! {
    "entries of the audit log", AuditBoolExp("audit_entry_bool_exp"), AuditOrderBy("audit_entry_order_by"), AuditColumn {
        sequence: IntComparison = Sequence,
        time: TimeComparison = Time,
        action: StringComparison = Action,
        actor_kind: StringComparison = ActorKind,
        actor_id: UuidComparison = ActorId,
        actor_name: StringComparison = ActorName,
        address: StringComparison = Address,
        object_id: UuidComparison = ObjectId,
        object_name: StringComparison = ObjectName,
        detail: StringComparison = Detail,
    }
}
