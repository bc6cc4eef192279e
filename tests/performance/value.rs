//! Names and values: the same for every contender, different from each other, and known, so that every answer can be
//! compared byte by byte.
//!
//! A value is random letters and digits, like a key or a password: it does not compress.

use std::array;
use std::iter::repeat_with;

use fastrand::Rng;

pub const VARIANTS: usize = 3;

pub const NAMES: usize = 1000;

/// The size of a value in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// A password or a key.
    Small = 100,
    /// A certificate with its chain.
    Large = 4096,
}

impl Size {
    pub const ALL: [Self; 2] = [Self::Small, Self::Large];

    pub const fn bytes(self) -> usize {
        self as usize
    }

    pub const fn label(self) -> &'static str {
        match self {
            Self::Small => "100 B",
            Self::Large => "4 KB",
        }
    }
}

pub fn name(size: Size, number: usize) -> String {
    format!("BYTES_{}_{number:07}", size.bytes())
}

/// One of the values of a name. It begins with its number and variant, so no two are the same.
pub fn value(size: Size, number: usize, variant: usize) -> String {
    let mut random = Rng::with_seed((number * VARIANTS + variant) as u64);
    let mut text = format!("{number:07}-{variant}-");
    let rest = size.bytes() - text.len();
    text.extend(repeat_with(|| random.alphanumeric()).take(rest));
    text
}

pub struct Values {
    pub names: Vec<String>,
    pub values: Vec<[String; VARIANTS]>,
}

impl Values {
    /// At most `most` names, spread evenly over the first `count`.
    pub fn of(size: Size, count: usize, most: usize) -> Self {
        let numbers = || (0..count).step_by(count.div_ceil(most).max(1));
        let variants = |number| array::from_fn(|variant| value(size, number, variant));
        Self {
            names: numbers().map(|number| name(size, number)).collect(),
            values: numbers().map(variants).collect(),
        }
    }
}
