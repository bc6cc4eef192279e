//! The configuration as a flat list of settings with their paths, as Prefect has it while it expands references.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use regex_lite::Regex;
use strongroom_formats::prefect;

use super::error::{Error, Problem};
use super::expand::{self, MAX_LENGTH};
use super::surroundings::Surroundings;
use crate::value::{Value, text};

/// How often Prefect goes through all settings to expand references.
const PASSES: usize = 10;

/// Prefect's own pattern.
static REFERENCE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\$\{(.[^${}]*)\}").expect("a valid pattern"));

pub(super) struct Flat {
    settings: Vec<(Vec<String>, Value)>,
    places: HashMap<Vec<String>, usize>,
}

impl Flat {
    /// The settings of a table, without its empty tables.
    pub(super) fn new(table: Vec<(Value, Value)>) -> Self {
        let mut flat = Self { settings: Vec::new(), places: HashMap::new() };
        flat.add(&[], table);
        flat
    }

    fn add(&mut self, parent: &[String], table: Vec<(Value, Value)>) {
        for (key, value) in table {
            let mut path = parent.to_vec();
            path.push(key.as_text().unwrap_or_default().to_owned());
            match value {
                Value::Dict(table) => self.add(&path, table),
                value => self.set(path, value),
            }
        }
    }

    pub(super) fn set(&mut self, path: Vec<String>, value: Value) {
        if let Some(&place) = self.places.get(&path) {
            self.settings[place].1 = value;
        } else {
            self.places.insert(path.clone(), self.settings.len());
            self.settings.push((path, value));
        }
    }

    fn get(&self, path: &[String]) -> Option<&Value> {
        self.places.get(path).map(|&place| &self.settings[place].1)
    }

    /// Expands variables and home directories in each text, and casts it.
    pub(super) fn interpolate(&mut self, surroundings: &Surroundings) -> Result<(), Error> {
        for (path, value) in &mut self.settings {
            if let Value::Text(text) = value {
                let expanded = expand::interpolate(text, surroundings);
                *value = match expanded.map_err(|problem| unusable(path, problem))? {
                    Value::Text(text) => expand::cast(text),
                    other => other,
                };
            }
        }
        Ok(())
    }

    /// Expands references to other settings, one of each setting in each pass. An unknown one is an empty string.
    pub(super) fn refer(&mut self) -> Result<(), Error> {
        let mut open: Vec<usize> = (0..self.settings.len()).collect();
        // Settings into which a text with references was copied.
        let mut early = HashSet::new();
        for _ in 0..PASSES {
            let mut still_open = Vec::new();
            for place in open {
                let (path, value) = &self.settings[place];
                let Value::Text(text) = value else { continue };
                let Some(found) = REFERENCE.captures(text) else { continue };
                let (whole, key) = (&found[0], &found[1]);
                let to: Vec<String> = key.split('.').map(str::to_owned).collect();
                let referred = self.get(&to).cloned().unwrap_or_else(|| Value::from(""));
                if referred.as_text().is_some_and(|text| REFERENCE.is_match(text)) {
                    early.insert(place);
                }
                let value = if whole == text.as_str() {
                    referred
                } else {
                    let written = text::str(&referred).map_err(|_| unusable(path, Problem::TooManyDigits))?;
                    if text.len() + written.len() > MAX_LENGTH {
                        return Err(unusable(path, Problem::TooLong));
                    }
                    Value::from(text.replacen(whole, &written, 1))
                };
                self.settings[place].1 = value;
                still_open.push(place);
            }
            open = still_open;
        }
        // The remainder of a cycle depends on the order, which varies in Prefect.
        let circle = open.into_iter().find(|place| {
            let (_, value) = &self.settings[*place];
            early.contains(place) && value.as_text().is_some_and(|text| REFERENCE.is_match(text))
        });
        match circle {
            Some(place) => Err(Error::Circle(self.settings[place].0.join("."))),
            None => Ok(()),
        }
    }

    pub(super) fn into_table(self) -> Result<Vec<(Value, Value)>, Error> {
        let mut table = Vec::new();
        for (path, value) in self.settings {
            put(&mut table, &path, value).ok_or_else(|| Error::BelowValue(path.join(".")))?;
        }
        Ok(table)
    }
}

fn unusable(path: &[String], problem: Problem) -> Error {
    Error::Unusable { key: path.join("."), problem }
}

/// Sets the value at a path; `None` if a value on the path is not a table.
fn put(table: &mut Vec<(Value, Value)>, path: &[String], value: Value) -> Option<()> {
    let (first, rest) = path.split_first()?;
    let place = table.iter().position(|(key, _)| key.as_text() == Some(first));
    if rest.is_empty() {
        match place {
            Some(place) => table[place].1 = value,
            None => table.push((Value::from(first.as_str()), value)),
        }
        return Some(());
    }
    let place = place.unwrap_or_else(|| {
        table.push((Value::from(first.as_str()), Value::Dict(Vec::new())));
        table.len() - 1
    });
    match &mut table[place].1 {
        Value::Dict(table) => put(table, rest, value),
        _ => None,
    }
}

/// Prefect's `merge_dicts`: the second table over the first, table by table.
pub(super) fn merge(below: &mut Vec<(Value, Value)>, above: Vec<(Value, Value)>) {
    for (key, value) in above {
        match below.iter_mut().find(|(known, _)| *known == key) {
            Some((_, known)) => match (known, value) {
                (Value::Dict(known), Value::Dict(value)) => merge(known, value),
                (known, value) => *known = value,
            },
            None => below.push((key, value)),
        }
    }
}

/// Prefect's `validate_config`: no key may have a method's name. Prefect does not check tables in lists.
pub(super) fn validate(table: &[(Value, Value)], path: &mut Vec<String>) -> Result<(), Error> {
    for (key, value) in table {
        let name = key.as_text().unwrap_or_default();
        if prefect::is_refused(name) {
            // Keys below a secret are part of its value.
            path.truncate(3);
            return Err(Error::RefusedName { key: path.join("."), name: name.to_owned() });
        }
        if let Value::Dict(table) = value {
            path.push(name.to_owned());
            validate(table, path)?;
            path.pop();
        }
    }
    Ok(())
}
