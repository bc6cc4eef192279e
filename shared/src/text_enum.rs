//! Enums whose variants are texts, on the wire or in a form.

/// Declares an enum as a table: each variant with its text for programs and, for people, its words, which also document it.
#[macro_export]
macro_rules! text_enum {
    ($(#[$attribute:meta])* $enum:ident { $($(#[$doc:meta])* $name:ident = $text:expr, $words:literal;)* }) => {
        text_enum! { $(#[$attribute])* $enum { $(#[doc = $words] $(#[$doc])* $name = $text;)* } }

        impl $enum {
            /// Its words for people.
            pub const fn describe(self) -> &'static str {
                match self {
                    $(Self::$name => $words,)*
                }
            }
        }
    };
    ($(#[$attribute:meta])* $enum:ident { $($(#[$doc:meta])* $name:ident = $text:expr;)* }) => {
        $(#[$attribute])*
        pub enum $enum {
            $($(#[$doc])* $name,)*
        }

        impl $enum {
            /// Every one.
            pub const ALL: [Self; [$($text),*].len()] = [$(Self::$name),*];

            /// Its text.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }

            /// The one with this text; `None` if this version does not know it.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|one| one.as_str() == text)
            }
        }

        impl std::fmt::Display for $enum {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use crate::webhook::{DeliveryState, EventKind};
    use crate::{AuditAction, BuiltInRole, ErrorCode, Permission, SecretFilter, SecretSort};

    #[test]
    fn texts_are_read_back() {
        macro_rules! check {
            ($($enum:ident)*) => {
                $(for one in $enum::ALL {
                    assert_eq!($enum::parse(one.as_str()), Some(one));
                    assert_eq!(one.to_string(), one.as_str());
                })*
            };
        }
        check! {
            AuditAction BuiltInRole DeliveryState ErrorCode EventKind Permission SecretFilter SecretSort
        }
        assert_eq!(BuiltInRole::parse("owner"), None);
    }
}
