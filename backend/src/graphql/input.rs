//! The arguments of lists: conditions, order and window, in Hasura's form. The inputs of mutations are in `shared`.
//!
//! To make a column listable: its variant in `domain::filter`, and a line in a table here.

use async_graphql::{Enum, InputObject};
use strongroom_shared::{DateTime, Uuid};

use crate::domain::Rule;
use crate::domain::clock::parse_time;
use crate::domain::filter::{
    ApiKeyColumn, AuditColumn, Direction, Filter, Listing, Scalar, SecretColumn, TeamColumn, Test, Window,
};
use crate::service::Result;

/// The direction to sort in.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(name = "order_by", rename_items = "snake_case")]
pub enum OrderBy {
    Asc,
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

trait Comparison {
    fn into_tests(self) -> Result<Vec<Test>>;
}

/// The tests of a column, all of which must hold.
fn column<C: Copy>(column: C, comparison: Option<impl Comparison>) -> Result<Filter<C>> {
    let tests = comparison.map(Comparison::into_tests).transpose()?.unwrap_or_default();
    Ok(Filter::All(tests.into_iter().map(|test| Filter::Column(column, test)).collect()))
}

macro_rules! comparison {
    ($(#[$doc:meta])* $name:ident($graphql:literal): $scalar:ty, $into:expr; { $($field:ident = $wire:literal => $test:path,)* }) => {
        $(#[$doc])*
        #[derive(InputObject)]
        #[graphql(name = $graphql)]
        pub struct $name {
            #[graphql(name = "_eq")]
            eq: Option<$scalar>,
            #[graphql(name = "_neq")]
            neq: Option<$scalar>,
            #[graphql(name = "_gt")]
            gt: Option<$scalar>,
            #[graphql(name = "_gte")]
            gte: Option<$scalar>,
            #[graphql(name = "_lt")]
            lt: Option<$scalar>,
            #[graphql(name = "_lte")]
            lte: Option<$scalar>,
            /// One of these.
            #[graphql(name = "_in")]
            any_of: Option<Vec<$scalar>>,
            /// None of these.
            #[graphql(name = "_nin")]
            none_of: Option<Vec<$scalar>>,
            #[graphql(name = "_is_null")]
            is_null: Option<bool>,
            $(
                /// A pattern, in which `%` stands for any text and `_` for any character.
                #[graphql(name = $wire)]
                $field: Option<String>,
            )*
        }

        impl Comparison for $name {
            fn into_tests(self) -> Result<Vec<Test>> {
                let scalar: fn($scalar) -> Result<Scalar> = $into;
                let one = |value: Option<$scalar>, test: fn(Scalar) -> Test| {
                    value.map(|value| scalar(value).map(test))
                };
                let many = |values: Option<Vec<$scalar>>, test: fn(Vec<Scalar>) -> Test| {
                    values.map(|values| values.into_iter().map(scalar).collect::<Result<_>>().map(test))
                };
                let given: [Option<Result<Test>>; _] = [
                    one(self.eq, Test::Equal),
                    one(self.neq, Test::NotEqual),
                    one(self.gt, Test::Greater),
                    one(self.gte, Test::GreaterOrEqual),
                    one(self.lt, Test::Less),
                    one(self.lte, Test::LessOrEqual),
                    many(self.any_of, Test::In),
                    many(self.none_of, Test::NotIn),
                    self.is_null.map(|is| Ok(Test::IsNull(is))),
                    $(self.$field.map(|pattern| Ok($test(pattern))),)*
                ];
                given.into_iter().flatten().collect()
            }
        }
    };
}

comparison! {
    /// Conditions on a string; all of them must hold.
    StringComparison("String_comparison_exp"): String, |text| Ok(Scalar::Text(text)); {
        like = "_like" => Test::Like,
        not_like = "_nlike" => Test::NotLike,
        ilike = "_ilike" => Test::LikeIgnoringCase,
        not_ilike = "_nilike" => Test::NotLikeIgnoringCase,
    }
}

comparison! {
    /// Conditions on an integer; all of them must hold.
    IntComparison("Int_comparison_exp"): i64, |number| Ok(Scalar::Integer(number)); {}
}

comparison! {
    /// Conditions on an id; all of them must hold.
    UuidComparison("UUID_comparison_exp"): Uuid, |id| Ok(Scalar::Id(id)); {}
}

comparison! {
    /// Conditions on a time; all of them must hold.
    TimeComparison("DateTime_comparison_exp"): DateTime, |time| match parse_time(&time.0) {
        Some(time) => Ok(Scalar::Time(time)),
        None => Err(Rule::new("A DateTime must have the form of RFC 3339.").into()),
    }; {}
}

macro_rules! listable {
    ($what:literal, $bool_exp:ident($bool_name:literal), $order_by:ident($order_name:literal), $columns:ident {
        $($field:ident: $comparison:ident = $column:ident,)*
    }) => {
        #[doc = concat!("Conditions on ", $what, "; all of them must hold.")]
        #[derive(InputObject)]
        #[graphql(name = $bool_name, rename_fields = "snake_case")]
        pub struct $bool_exp {
            /// Each of these holds.
            #[graphql(name = "_and")]
            and: Option<Vec<$bool_exp>>,
            /// At least one of these holds.
            #[graphql(name = "_or")]
            or: Option<Vec<$bool_exp>>,
            /// This does not hold.
            #[graphql(name = "_not")]
            not: Option<Box<$bool_exp>>,
            $($field: Option<$comparison>,)*
        }

        impl $bool_exp {
            pub fn into_filter(self) -> Result<Filter<$columns>> {
                let each = |filters: Vec<Self>| {
                    filters.into_iter().map(Self::into_filter).collect::<Result<Vec<_>>>()
                };
                let mut all = vec![$(column($columns::$column, self.$field)?,)*];
                all.extend(self.and.map(each).transpose()?.map(Filter::All));
                all.extend(self.or.map(each).transpose()?.map(Filter::Any));
                if let Some(not) = self.not {
                    all.push(Filter::Not(Box::new(not.into_filter()?)));
                }
                Ok(Filter::All(all))
            }

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

        #[doc = concat!("The order of ", $what, ".")]
        #[derive(InputObject)]
        #[graphql(name = $order_name, rename_fields = "snake_case")]
        pub struct $order_by {
            $($field: Option<OrderBy>,)*
        }

        impl $order_by {
            fn into_order(self) -> impl Iterator<Item = ($columns, Direction)> {
                [$(self.$field.map(|order| ($columns::$column, order.into())),)*].into_iter().flatten()
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
        expires_at: TimeComparison = ExpiresAt,
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
