//! Lists in SQL: [`Listing`] and [`Filter`] of `domain` as conditions, order and window of a query.
//!
//! To make a kind of thing listable: implement [`Column`] for its columns.

use sea_orm::sea_query::{Condition, Expr, ExprTrait, Func, LikeExpr, SimpleExpr};
use sea_orm::{ColumnTrait, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect, Select, Value};

use super::entity;
use crate::domain::filter::{
    ApiKeyColumn, AuditColumn, Direction, Filter, Listing, Scalar, SecretColumn, TeamColumn, Test,
};

/// A column of `domain` that is a column of the database.
pub trait Column: Copy {
    /// Which one.
    type Sql: ColumnTrait;
    /// Which one.
    fn sql(self) -> Self::Sql;
}

impl Column for SecretColumn {
    type Sql = entity::secret::Column;
    fn sql(self) -> Self::Sql {
        use entity::secret::Column as Sql;
        match self {
            Self::Id => Sql::Id,
            Self::Name => Sql::Name,
            Self::Version => Sql::Version,
            Self::Created => Sql::Created,
            Self::Updated => Sql::Updated,
            Self::UpdatedBy => Sql::UpdatedBy,
            Self::Description => Sql::Description,
            Self::LastRead => Sql::LastRead,
            Self::LastReadBy => Sql::LastReadBy,
        }
    }
}

impl Column for TeamColumn {
    type Sql = entity::team::Column;
    fn sql(self) -> Self::Sql {
        use entity::team::Column as Sql;
        match self {
            Self::Id => Sql::Id,
            Self::Name => Sql::Name,
            Self::Slug => Sql::Slug,
        }
    }
}

impl Column for ApiKeyColumn {
    type Sql = entity::api_key::Column;
    fn sql(self) -> Self::Sql {
        use entity::api_key::Column as Sql;
        match self {
            Self::Id => Sql::Id,
            Self::Name => Sql::Name,
            Self::Created => Sql::Created,
            Self::Expires => Sql::Expires,
        }
    }
}

impl Column for AuditColumn {
    type Sql = entity::audit_entry::Column;
    fn sql(self) -> Self::Sql {
        use entity::audit_entry::Column as Sql;
        match self {
            Self::Sequence => Sql::Sequence,
            Self::Time => Sql::Time,
            Self::Action => Sql::Action,
            Self::ActorKind => Sql::ActorKind,
            Self::ActorId => Sql::ActorId,
            Self::ActorName => Sql::ActorName,
            Self::Address => Sql::Address,
            Self::ObjectId => Sql::ObjectId,
            Self::ObjectName => Sql::ObjectName,
            Self::Detail => Sql::Detail,
        }
    }
}

/// Narrows, orders and windows a query.
pub fn apply<E: EntityTrait, C: Column>(query: Select<E>, listing: &Listing<C>) -> Select<E> {
    let mut query = query.filter(condition(&listing.filter));
    for (column, direction) in &listing.order {
        let order = match direction {
            Direction::Ascending => Order::Asc,
            Direction::Descending => Order::Desc,
        };
        query = query.order_by(column.sql(), order);
    }
    // SQLite takes no offset without a limit.
    let limit = listing.limit.or(listing.offset.map(|_| i64::MAX.unsigned_abs()));
    query.limit(limit).offset(listing.offset)
}

/// A filter as a condition.
pub fn condition<C: Column>(filter: &Filter<C>) -> Condition {
    match filter {
        Filter::All(filters) => filters
            .iter()
            .fold(Condition::all(), |all, one| all.add(condition(one))),
        // An empty "any" is no condition to sea-query, but to Hasura it holds nowhere.
        Filter::Any(filters) if filters.is_empty() => Condition::all().add(Expr::val(1).eq(0)),
        Filter::Any(filters) => filters
            .iter()
            .fold(Condition::any(), |any, one| any.add(condition(one))),
        Filter::Not(filter) => condition(filter).not(),
        Filter::Column(column, test) => Condition::all().add(expression(column.sql(), test)),
    }
}

fn expression(column: impl ColumnTrait, test: &Test) -> SimpleExpr {
    let expr = || Expr::col(column);
    // SQLite lowers ASCII alone, and so the pattern.
    let lower = || Expr::expr(Func::lower(Expr::col(column)));
    let pattern = |text: &str| LikeExpr::new(text).escape('\\');
    match test {
        Test::Equal(scalar) => expr().eq(value(scalar)),
        Test::NotEqual(scalar) => expr().ne(value(scalar)),
        Test::Greater(scalar) => expr().gt(value(scalar)),
        Test::GreaterOrEqual(scalar) => expr().gte(value(scalar)),
        Test::Less(scalar) => expr().lt(value(scalar)),
        Test::LessOrEqual(scalar) => expr().lte(value(scalar)),
        Test::In(scalars) => expr().is_in(scalars.iter().map(value)),
        Test::NotIn(scalars) => expr().is_not_in(scalars.iter().map(value)),
        Test::Like(like) => expr().like(pattern(like)),
        Test::NotLike(like) => expr().not_like(pattern(like)),
        Test::LikeIgnoringCase(like) => lower().like(pattern(&like.to_ascii_lowercase())),
        Test::NotLikeIgnoringCase(like) => lower().not_like(pattern(&like.to_ascii_lowercase())),
        // Not LIKE: what a name starts with may hold its wildcards.
        Test::StartsWith(prefix) => {
            let length = i32::try_from(prefix.chars().count()).unwrap_or(i32::MAX);
            Expr::expr(Func::cust("substr").args([expr(), 1.into(), length.into()])).eq(prefix.as_str())
        }
        Test::IsNull(true) => expr().is_null(),
        Test::IsNull(false) => expr().is_not_null(),
    }
}

fn value(scalar: &Scalar) -> Value {
    match scalar {
        Scalar::Text(text) => text.clone().into(),
        Scalar::Integer(integer) => (*integer).into(),
        Scalar::Time(time) => (*time).into(),
        Scalar::Id(id) => (*id).into(),
    }
}
