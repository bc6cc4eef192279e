//! Tests of the comparison with the audit log: it finds missing and unexplained entries, and nothing else.

use std::collections::BTreeMap;

use strongroom_tests::durability::Kind::{self, Invented, Unrecorded};
use strongroom_tests::durability::audit::{Entry, compare};
use strongroom_tests::durability::{Action, Answer, Event, Outcome};

fn set() -> Action {
    Action::Set { name: "a".to_owned(), number: 1 }
}

fn rename() -> Action {
    Action::Rename { from: "a".to_owned(), to: "b".to_owned(), overwrite: true, number: None }
}

fn entry(action: &str, name: &str, detail: Option<&str>) -> Entry {
    Entry { action: action.to_owned(), name: name.to_owned(), detail: detail.map(str::to_owned) }
}

#[test]
fn missing_and_unexplained_entries_are_found() {
    let done = Some(Outcome::Answered(Answer::Done));
    let refused = Some(Outcome::Answered(Answer::Refused));
    let failed = Some(Outcome::Failed(String::new()));
    let updated = entry("update:secret", "a", None);
    let renamed = entry("update:secret", "b", Some("was a"));
    let replaced = entry("delete:secret", "b", None);
    let one = |outcome: &Option<Outcome>| vec![(set(), outcome.clone())];
    let two = || vec![(set(), None), (set(), done.clone())];
    let unanswered = || vec![(rename(), None)];
    let kv_set = || vec![(Action::KvSet { name: "a".to_owned(), number: 1 }, done.clone())];
    let kv_delete = vec![(Action::KvDelete { name: "a".to_owned() }, done.clone())];
    let restored = entry("restore:secret", "a", None);
    for (name, operations, entries, expected) in [
        ("acknowledged", one(&done), vec![entry("create:secret", "a", None)], &[][..]),
        ("acknowledged and not there", one(&done), vec![], &[Unrecorded]),
        ("of another secret", one(&done), vec![entry("create:secret", "b", None)], &[Unrecorded]),
        ("of another kind", one(&done), vec![entry("delete:secret", "a", None)], &[Unrecorded]),
        ("refused", one(&refused), vec![updated.clone()], &[Invented]),
        ("never sent", one(&Some(Outcome::Unsent)), vec![updated.clone()], &[Invented]),
        ("failed", one(&failed), vec![updated.clone()], &[Invented]),
        ("not asked for", vec![], vec![updated.clone()], &[Invented]),
        ("set through Vault's API", kv_set(), vec![updated.clone()], &[]),
        ("restored and set by one request", kv_set(), vec![restored.clone(), updated.clone()], &[]),
        ("restored alone", kv_set(), vec![restored], &[Unrecorded]),
        ("nothing to delete", kv_delete, vec![], &[]),
        ("unanswered and there", one(&None), vec![updated.clone()], &[]),
        ("unanswered and not there", one(&None), vec![], &[]),
        ("one of two", two(), vec![updated.clone()], &[]),
        ("none of two", two(), vec![], &[Unrecorded]),
        ("three of two", two(), vec![updated.clone(), updated.clone(), updated], &[Invented]),
        ("two entries", unanswered(), vec![replaced.clone(), renamed.clone()], &[]),
        ("the one it needs", unanswered(), vec![renamed], &[]),
        ("no entry", unanswered(), vec![], &[]),
        ("half of two entries", unanswered(), vec![replaced], &[Invented]),
        (
            "renamed from another",
            vec![(rename(), done.clone())],
            vec![entry("update:secret", "b", Some("was c"))],
            &[Unrecorded],
        ),
    ] {
        let mut events = Vec::new();
        for (number, (action, outcome)) in (1..).zip(operations) {
            events.push(Event::Asked { number, client: 0, action });
            events.extend(outcome.map(|outcome| Event::Ended { number, outcome }));
        }
        let found = compare(&events, &BTreeMap::from([((0, false), entries)]));
        let found: Vec<Kind> = found.into_iter().map(|violation| violation.kind).collect();
        assert_eq!(found, expected, "{name}");
    }
}
