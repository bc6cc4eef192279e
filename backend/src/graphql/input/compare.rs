//! Comparisons of a column: `{_eq: …, _in: […], …}`. Each that is given has to hold.

use async_graphql::InputObject;
use strongroom_shared::{DateTime, Uuid};

use crate::domain::Rule;
use crate::domain::clock::parse_time;
use crate::domain::filter::{Filter, Scalar, Test};
use crate::service::Result;

pub trait IntoTests {
    fn into_tests(self) -> Result<Vec<Test>>;
}

/// Tests of a column, all of which have to hold.
pub fn column<C: Copy>(column: C, comparison: Option<impl IntoTests>) -> Result<Filter<C>> {
    let tests = comparison.map(IntoTests::into_tests).transpose()?.unwrap_or_default();
    Ok(Filter::All(tests.into_iter().map(|test| Filter::Column(column, test)).collect()))
}

macro_rules! comparison {
    ($(#[$doc:meta])* $name:ident($graphql:literal): $scalar:ty, $into:expr; { $($field:ident = $wire:literal => $test:path,)* }) => {
        $(#[$doc])*
        #[derive(InputObject, Default)]
        #[graphql(name = $graphql)]
        pub struct $name {
            /// Equal.
            #[graphql(name = "_eq")]
            eq: Option<$scalar>,
            /// Not equal.
            #[graphql(name = "_neq")]
            neq: Option<$scalar>,
            /// Greater.
            #[graphql(name = "_gt")]
            gt: Option<$scalar>,
            /// Greater or equal.
            #[graphql(name = "_gte")]
            gte: Option<$scalar>,
            /// Less.
            #[graphql(name = "_lt")]
            lt: Option<$scalar>,
            /// Less or equal.
            #[graphql(name = "_lte")]
            lte: Option<$scalar>,
            /// One of these.
            #[graphql(name = "_in")]
            any_of: Option<Vec<$scalar>>,
            /// None of these.
            #[graphql(name = "_nin")]
            none_of: Option<Vec<$scalar>>,
            /// Null, or not null.
            #[graphql(name = "_is_null")]
            is_null: Option<bool>,
            $(
                /// A pattern: `%` stands for any text, `_` for any character.
                #[graphql(name = $wire)]
                $field: Option<String>,
            )*
        }

        impl IntoTests for $name {
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
    /// Comparisons of text.
    StringComparison("String_comparison_exp"): String, |text| Ok(Scalar::Text(text)); {
        like = "_like" => Test::Like,
        not_like = "_nlike" => Test::NotLike,
        ilike = "_ilike" => Test::LikeIgnoringCase,
        not_ilike = "_nilike" => Test::NotLikeIgnoringCase,
    }
}

comparison! {
    /// Comparisons of whole numbers.
    IntComparison("Int_comparison_exp"): i64, |number| Ok(Scalar::Integer(number)); {}
}

comparison! {
    /// Comparisons of ids.
    UuidComparison("UUID_comparison_exp"): Uuid, |id| Ok(Scalar::Id(id)); {}
}

comparison! {
    /// Comparisons of times.
    TimeComparison("DateTime_comparison_exp"): DateTime, |time| match parse_time(&time.0) {
        Some(time) => Ok(Scalar::Time(time)),
        None => Err(Rule::new("A DateTime has the form of RFC 3339.").into()),
    }; {}
}
