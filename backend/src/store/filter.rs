//! Lists in SQL: [`Listing`] and [`Filter`] of `domain` as conditions, order and window of a query.
//!
//! To make a kind of thing listable: implement [`Column`] for its columns.

use sea_orm::sea_query::{Condition, Expr, ExprTrait, Func, LikeExpr, NullOrdering, SimpleExpr};
use sea_orm::{ColumnTrait, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect, Select, Value};

use super::entity;
use crate::domain::Time;
use crate::domain::filter::{
    ApiKeyColumn, AuditColumn, Direction, Filter, Listing, Scalar, SecretColumn, TeamColumn, Test, Window,
};

/// A column of `domain` that is a column of the database.
pub trait Column: Copy {
    type Sql: ColumnTrait;
    /// The one that no two rows of a list share.
    const KEY: Self;
    fn sql(self) -> Self::Sql;
}

impl Column for SecretColumn {
    type Sql = entity::secret::Column;
    const KEY: Self = Self::Id;
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
    const KEY: Self = Self::Id;
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
    const KEY: Self = Self::Id;
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
    const KEY: Self = Self::Sequence;
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

pub fn apply<E: EntityTrait, C: Column>(query: Select<E>, listing: &Listing<C>) -> Select<E> {
    let mut query = query.filter(condition(&listing.filter));
    // Equal ones have an order, too: a page would show some twice and others never.
    let last = listing.order.last().map(|_| (C::KEY, Direction::Ascending));
    for (column, direction) in listing.order.iter().copied().chain(last) {
        let (order, nothing) = match direction {
            Direction::Ascending => (Order::Asc, NullOrdering::First),
            Direction::Descending => (Order::Desc, NullOrdering::Last),
        };
        query = if column.sql().def().is_null() {
            // Nothing is less than anything, as SQLite has it.
            query.order_by_with_nulls(column.sql(), order, nothing)
        } else {
            query.order_by(column.sql(), order)
        };
    }
    window(query, listing.window)
}

pub fn window<Q: QuerySelect>(query: Q, window: Window) -> Q {
    // SQLite takes no offset without a limit.
    let limit = window.limit.or(window.offset.map(|_| i64::MAX.unsigned_abs()));
    query.limit(limit).offset(window.offset)
}

pub fn condition<C: Column>(filter: &Filter<C>) -> Condition {
    match filter {
        Filter::All(filters) => filters.iter().fold(Condition::all(), |all, one| all.add(condition(one))),
        // An empty "any" is no condition to sea-query, but to Hasura it holds nowhere.
        Filter::Any(filters) if filters.is_empty() => Condition::all().add(Expr::val(1).eq(0)),
        Filter::Any(filters) => filters.iter().fold(Condition::any(), |any, one| any.add(condition(one))),
        Filter::Not(filter) => condition(filter).not(),
        Filter::Column(column, test) => Condition::all().add(expression(column.sql(), test)),
    }
}

fn expression(column: impl ColumnTrait, test: &Test) -> SimpleExpr {
    let expr = || Expr::col(column);
    // SQLite lowers ASCII alone, as PostgreSQL does in columns whose order is that of bytes, and so the pattern.
    let lower = || Expr::expr(Func::lower(Expr::col(column)));
    let pattern = |text: &str| LikeExpr::new(storable(text)).escape('\\');
    match test {
        Test::Equal(scalar) => expr().eq(value(scalar)),
        Test::NotEqual(scalar) => expr().ne(value(scalar)),
        Test::Greater(scalar) => expr().gt(value(scalar)),
        Test::GreaterOrEqual(scalar) => expr().gte(value(scalar)),
        Test::Less(scalar) => expr().lt(value(scalar)),
        Test::LessOrEqual(scalar) => expr().lte(value(scalar)),
        Test::In(scalars) => expr().is_in(scalars.iter().map(value)),
        Test::NotIn(scalars) => expr().is_not_in(scalars.iter().map(value)),
        // A pattern that ends in the middle of an escape fits nothing. PostgreSQL would call it an error.
        Test::Like(like) | Test::LikeIgnoringCase(like) if is_cut_off(like) => expr().ne(expr()),
        Test::NotLike(like) | Test::NotLikeIgnoringCase(like) if is_cut_off(like) => expr().eq(expr()),
        Test::Like(like) => expr().like(pattern(like)),
        Test::NotLike(like) => expr().not_like(pattern(like)),
        Test::LikeIgnoringCase(like) => lower().like(pattern(&like.to_ascii_lowercase())),
        Test::NotLikeIgnoringCase(like) => lower().not_like(pattern(&like.to_ascii_lowercase())),
        // Not LIKE: what a name starts with may hold its wildcards.
        Test::StartsWith(prefix) => {
            let length = i32::try_from(prefix.chars().count()).unwrap_or(i32::MAX);
            Expr::expr(Func::cust("substr").args([expr(), 1.into(), length.into()])).eq(storable(prefix))
        }
        Test::IsNull(true) => expr().is_null(),
        Test::IsNull(false) => expr().is_not_null(),
    }
}

fn value(scalar: &Scalar) -> Value {
    match scalar {
        Scalar::Text(text) => storable(text).into(),
        Scalar::Integer(integer) => (*integer).into(),
        Scalar::Time(time) => comparable(*time).into(),
        Scalar::Id(id) => (*id).into(),
    }
}

/// A time as far as every database knows it, to the end of the year 9999. Nothing in the store is older or newer.
fn comparable(time: Time) -> Time {
    let last = Time::from_timestamp(253_402_300_799, 0).unwrap_or(Time::MAX_UTC);
    time.clamp(Time::UNIX_EPOCH, last)
}

/// A text that can be compared with those in the store. None has NUL, for which `PostgreSQL` has no place, or what takes
/// its place here.
fn storable(text: &str) -> String {
    text.replace('\0', "\u{1}")
}

/// Whether a pattern ends with an escape that escapes nothing.
fn is_cut_off(pattern: &str) -> bool {
    let backslashes = pattern.chars().rev().take_while(|c| *c == '\\').count();
    backslashes % 2 == 1
}
