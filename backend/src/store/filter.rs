//! Lists in SQL: [`Listing`] and [`Filter`] of `domain` as conditions, order and window of a query.
//!
//! To make a kind of thing listable: an entry in `columns!`.

use sea_orm::sea_query::{Condition, Expr, ExprTrait, Func, LikeExpr, NullOrdering, SimpleExpr};
use sea_orm::{ColumnTrait, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect, Select, Value};

use super::entity;
use crate::domain::Time;
use crate::domain::filter::{
    ApiKeyColumn, AuditColumn, Direction, Filter, Listing, Scalar, SecretColumn, TeamColumn, Test, Window,
};

/// A list's column as a column of the database.
pub trait Column: Copy {
    type Sql: ColumnTrait;
    /// A unique column, to make the order total.
    const KEY: Self;
    fn sql(self) -> Self::Sql;
}

macro_rules! columns {
    ($($columns:ident: $table:ident, by $key:ident { $($column:ident)+ })+) => {$(
        impl Column for $columns {
            type Sql = entity::$table::Column;
            const KEY: Self = Self::$key;
            fn sql(self) -> Self::Sql {
                match self {
                    $(Self::$column => entity::$table::Column::$column,)+
                }
            }
        }
    )+};
}

columns! {
    SecretColumn: secret, by Id {
        Id Name Version Created Updated UpdatedBy Description LastRead LastReadBy ExpiresAt Search
    }
    TeamColumn: team, by Id { Id Name Slug }
    ApiKeyColumn: api_key, by Id { Id Name Created Expires }
    AuditColumn: audit_entry, by Sequence {
        Sequence Time Action ActorKind ActorId ActorName Address ObjectId ObjectName Detail
    }
}

pub fn apply<E: EntityTrait, C: Column>(query: Select<E>, listing: &Listing<C>) -> Select<E> {
    let mut query = query.filter(condition(&listing.filter));
    // Otherwise equal rows could be on two pages or on none.
    let last = listing.order.last().map(|_| (C::KEY, Direction::Ascending));
    for (column, direction) in listing.order.iter().copied().chain(last) {
        let (order, nothing) = match direction {
            Direction::Ascending => (Order::Asc, NullOrdering::First),
            Direction::Descending => (Order::Desc, NullOrdering::Last),
        };
        query = if column.sql().def().is_null() {
            // Nulls first, as in SQLite.
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
        // An empty `_or` is no condition for sea-query, but is never true for Hasura.
        Filter::Any(filters) if filters.is_empty() => Condition::all().add(Expr::val(1).eq(0)),
        Filter::Any(filters) => filters.iter().fold(Condition::any(), |any, one| any.add(condition(one))),
        Filter::Not(filter) => condition(filter).not(),
        Filter::Column(column, test) => Condition::all().add(expression(column.sql(), test)),
    }
}

fn expression(column: impl ColumnTrait, test: &Test) -> SimpleExpr {
    let expr = || Expr::col(column);
    // SQLite lowers ASCII only, like PostgreSQL with the collation "C".
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
        // A pattern that ends in an escape matches nothing. PostgreSQL would report an error.
        Test::Like(like) | Test::LikeIgnoringCase(like) if is_cut_off(like) => expr().ne(expr()),
        Test::NotLike(like) | Test::NotLikeIgnoringCase(like) if is_cut_off(like) => expr().eq(expr()),
        Test::Like(like) => expr().like(pattern(like)),
        Test::NotLike(like) => expr().not_like(pattern(like)),
        Test::LikeIgnoringCase(like) => lower().like(pattern(&like.to_ascii_lowercase())),
        Test::NotLikeIgnoringCase(like) => lower().not_like(pattern(&like.to_ascii_lowercase())),
        // Not LIKE, because a prefix may contain wildcards.
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

/// A time that every database has, to the end of the year 9999. Nothing in the store is older or newer.
fn comparable(time: Time) -> Time {
    let last = Time::from_timestamp(253_402_300_799, 0).unwrap_or(Time::MAX_UTC);
    time.clamp(Time::UNIX_EPOCH, last)
}

/// A text without NUL, which `PostgreSQL` can't represent. No text in the store has NUL or its replacement.
fn storable(text: &str) -> String {
    text.replace('\0', "\u{1}")
}

/// Whether a pattern ends with an escape that escapes nothing.
fn is_cut_off(pattern: &str) -> bool {
    pattern.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}
