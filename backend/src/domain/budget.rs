//! The cost limits of an HTTP request, with all its batches, aliases and fragments.
//!
//! `service` charges the [`Actor`](super::Actor)'s budget before it does the work: values read, imports compared, secrets
//! deleted or restored together, rows listed. `graphql` charges the weight of the response. Charges are never refunded, even if the work is refused.
//!
//! Not here: limits on a document or a single argument (`graphql::limits`), and limits over time (`throttle`).
//!
//! To bound another kind of work: a counter here, its number in `strongroom_shared::limit`, and a row in
//! `tests/api/budgets.rs`.

use std::borrow::Cow;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::lock::Mutex;
use strongroom_shared::limit::{
    ANSWER_WEIGHT, CHANGED_SECRETS, IMPORTS, LIST_COST, LISTED_ROWS, NODE_BYTES, SECRET_VALUE_WEIGHT,
    SECRET_VALUES,
};

use super::filter::Window;
use super::rule::Rule;

#[derive(Debug, Default)]
pub struct Budget {
    values: AtomicUsize,
    value_weight: AtomicUsize,
    imports: AtomicUsize,
    changed: AtomicUsize,
    answer_weight: AtomicUsize,
    /// Rows listed so far. Locked while a list is read: two concurrent lists would count on the same remainder.
    rows: Mutex<usize>,
}

impl Budget {
    pub(crate) fn charge_values(&self, count: usize) -> Result<(), Rule> {
        check(spend(&self.values, count) <= SECRET_VALUES, || {
            format!("A request can read at most {SECRET_VALUES} values in all.")
        })
    }

    /// Charges the weight of a value's JSON text.
    pub(crate) fn charge_value(&self, json: &[u8]) -> Result<(), Rule> {
        let weight = weigh_json(json);
        let total = spend(&self.value_weight, weight);
        // A single value can always be read; otherwise a large one never could.
        check(
            total <= SECRET_VALUE_WEIGHT || total <= weight,
            || "The values in this request are too large in total: read fewer at a time.",
        )
    }

    /// Charges an import, or a preview of one.
    pub(crate) fn charge_import(&self) -> Result<(), Rule> {
        check(spend(&self.imports, 1) <= IMPORTS, || "A request can make one import or import preview.")
    }

    /// Charges secrets that are deleted or restored together.
    pub(crate) fn charge_changes(&self, count: usize) -> Result<(), Rule> {
        check(spend(&self.changed, count) <= CHANGED_SECRETS, || {
            format!("A request deletes and restores at most {CHANGED_SECRETS} secrets together.")
        })
    }

    /// Reads part of a list and charges its rows. `read` may return one row more than the request may still list, to show
    /// that there are too many.
    pub(crate) async fn list<Row, E: From<Rule>, Reading: Future<Output = Result<Vec<Row>, E>>>(
        &self,
        window: Window,
        read: impl FnOnce(Window) -> Reading,
    ) -> Result<Vec<Row>, E> {
        let mut listed = self.rows.lock().await;
        let left = LISTED_ROWS.saturating_sub(*listed);
        if left == 0 {
            return Err(too_many_rows().into());
        }
        let most = u64::try_from(left).unwrap_or(u64::MAX).saturating_add(1);
        let limit = window.limit.unwrap_or(most).min(most);
        let rows = read(Window { limit: Some(limit), ..window }).await?;
        *listed += rows.len().max(LIST_COST);
        if rows.len() > left {
            return Err(too_many_rows().into());
        }
        Ok(rows)
    }

    pub(crate) fn charge_answer(&self, weight: usize) -> Result<(), Rule> {
        let total = spend(&self.answer_weight, weight);
        check(
            total <= ANSWER_WEIGHT || total <= weight.saturating_add(FRAMES),
            || "The response is too large: ask for fewer fields, or for fewer rows at a time with `limit` and `offset`.",
        )
    }
}

fn check<Text: Into<Cow<'static, str>>>(is_within: bool, rule: impl FnOnce() -> Text) -> Result<(), Rule> {
    if is_within { Ok(()) } else { Err(Rule::new(rule())) }
}

/// The weight of everything around a single value in a response.
const FRAMES: usize = 16 * NODE_BYTES;

fn too_many_rows() -> Rule {
    Rule::new(format!(
        "A request can list at most {LISTED_ROWS} rows in all. Ask for fewer at a time with `limit` and `offset`; for \
         names, query `secret` instead of `secret_names`."
    ))
}

/// Adds to a counter and returns the new total.
fn spend(counter: &AtomicUsize, amount: usize) -> usize {
    counter.fetch_add(amount, Ordering::Relaxed).saturating_add(amount)
}

/// The weight of JSON text once it is a tree in memory.
pub(crate) fn weigh_json(json: &[u8]) -> usize {
    let (mut nodes, mut in_text, mut escaped) = (1, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_text,
            b'"' => in_text = !in_text,
            b',' | b'[' | b'{' | b':' if !in_text => nodes += 1,
            _ => {}
        }
    }
    json.len() + nodes * NODE_BYTES
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn nodes_are_counted_outside_strings() {
        for (json, nodes) in [("1", 1), (r#""a,b:[{\",""#, 1), ("[1,2]", 3), (r#"{"a":[null],"b\\":"x"}"#, 6)]
        {
            assert_eq!(weigh_json(json.as_bytes()), json.len() + nodes * NODE_BYTES, "{json}");
        }
    }

    #[test]
    fn list_reads_at_most_one_row_beyond_the_budget() {
        let budget = Budget::default();
        let list = |limit, rows: usize| {
            let window = Window { limit, offset: None };
            let read = |window: Window| async move {
                let most = window.limit.and_then(|limit| usize::try_from(limit).ok());
                Ok::<_, Rule>(vec![most; rows.min(most.expect("always limited"))])
            };
            let rows = budget.list(window, read).now_or_never().expect("it waits for nothing");
            rows.map(|rows| (rows.len(), rows.first().copied().flatten()))
        };
        assert_eq!(list(None, LISTED_ROWS - 100), Ok((LISTED_ROWS - 100, Some(LISTED_ROWS + 1))));
        assert_eq!(list(Some(70), 1000), Ok((70, Some(70))));
        assert_eq!(list(Some(1000), 1), Ok((1, Some(31))), "it costs ten");
        assert_eq!(list(Some(0), 1), Ok((0, None)), "so does this");
        assert!(list(None, 11).is_err(), "more than ten are left");
        assert!(list(Some(1), 1).is_err(), "nothing is left");
    }

    #[test]
    fn any_single_value_can_be_read() {
        let budget = Budget::default();
        let large = vec![b'['; SECRET_VALUE_WEIGHT];
        assert_eq!(budget.charge_value(&large), Ok(()));
        assert!(budget.charge_value(b"1").is_err());
        assert_eq!(budget.charge_answer(2 * ANSWER_WEIGHT), Ok(()));
        assert!(budget.charge_answer(2 * ANSWER_WEIGHT).is_err());
    }
}
