//! Names and values: the same for every contender, different from each other, and known, so that every answer can be
//! compared byte by byte.
//!
//! A value is letters and digits that no compression makes smaller, as keys and passwords are.

pub const VARIANTS: usize = 3;

pub const NAMES: usize = 1000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Size {
    /// 100 bytes: a password or a key.
    Small,
    /// 4,096 bytes: a certificate with its chain.
    Large,
}

impl Size {
    pub const ALL: [Self; 2] = [Self::Small, Self::Large];

    pub const fn bytes(self) -> usize {
        match self {
            Self::Small => 100,
            Self::Large => 4096,
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            Self::Small => "100 B",
            Self::Large => "4 KB",
        }
    }
}

pub fn name(size: Size, number: usize) -> String {
    match size {
        Size::Small => format!("SMALL_{number:07}"),
        Size::Large => format!("LARGE_{number:07}"),
    }
}

pub fn number(name: &str) -> Option<(Size, usize)> {
    let (size, number) = name.split_once('_')?;
    let size = match size {
        "SMALL" => Size::Small,
        "LARGE" => Size::Large,
        _ => return None,
    };
    Some((size, number.parse().ok()?))
}

/// One of the values of a name: it begins with the number and the variant, so that each is another.
pub fn value(size: Size, number: usize, variant: usize) -> String {
    const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut text = format!("{number:07}-{variant}-");
    let mut random = Random::new(number * VARIANTS + variant);
    while text.len() < size.bytes() {
        text.push(char::from(ALPHABET[random.below(ALPHABET.len())]));
    }
    text
}

pub struct Values {
    pub names: Vec<String>,
    pub values: Vec<[String; VARIANTS]>,
}

impl Values {
    /// At most `most` names, spread evenly over the first `count`.
    pub fn of(size: Size, count: usize, most: usize) -> Self {
        let step = count.div_ceil(most).max(1);
        let numbers: Vec<usize> = (0..count).step_by(step).collect();
        Self {
            names: numbers.iter().map(|&number| name(size, number)).collect(),
            values: numbers
                .iter()
                .map(|&number| std::array::from_fn(|variant| value(size, number, variant)))
                .collect(),
        }
    }
}

/// Numbers that are random enough to spread a load, the same in every run.
pub struct Random(u64);

impl Random {
    pub fn new(seed: usize) -> Self {
        let mut random = Self((seed as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        // Neighbouring seeds begin alike.
        for _ in 0..8 {
            random.below(1);
        }
        random
    }

    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let high = usize::try_from(self.0 >> 33).expect("31 bits are a usize");
        high % limit
    }
}
