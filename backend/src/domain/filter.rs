//! Filter, order and window of lists, as in Hasura and Prefect's APIs. `store` turns them into SQL. Generic over a
//! list's columns, so that none can be filtered by another's.

use strongroom_shared::Uuid;

use super::clock::Time;

#[derive(Clone, Debug, PartialEq)]
pub enum Filter<C> {
    /// Matches every row if empty.
    All(Vec<Filter<C>>),
    /// Matches no row if empty.
    Any(Vec<Filter<C>>),
    Not(Box<Filter<C>>),
    Column(C, Test),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    Equal(Scalar),
    NotEqual(Scalar),
    Greater(Scalar),
    GreaterOrEqual(Scalar),
    Less(Scalar),
    LessOrEqual(Scalar),
    In(Vec<Scalar>),
    NotIn(Vec<Scalar>),
    Like(String),
    NotLike(String),
    LikeIgnoringCase(String),
    NotLikeIgnoringCase(String),
    IsNull(bool),
    StartsWith(String),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    Text(String),
    Integer(i64),
    Time(Time),
    Id(Uuid),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Ascending,
    Descending,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    pub limit: Option<u64>,
    pub offset: Option<u64>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Listing<C> {
    pub filter: Filter<C>,
    pub order: Vec<(C, Direction)>,
    pub window: Window,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretColumn {
    Id,
    Name,
    Version,
    Created,
    Updated,
    UpdatedBy,
    Description,
    LastRead,
    LastReadBy,
    ExpiresAt,
    /// The text that words are searched in.
    Search,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TeamColumn {
    Id,
    Name,
    Slug,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiKeyColumn {
    Id,
    Name,
    Created,
    Expires,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditColumn {
    Sequence,
    Time,
    Action,
    ActorKind,
    ActorId,
    ActorName,
    Address,
    ObjectId,
    ObjectName,
    Detail,
}
