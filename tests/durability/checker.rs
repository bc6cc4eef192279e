//! Tests of the checker: histories that are broken in one way each, and histories that look broken and are not.

use std::collections::BTreeMap;

use strongroom_tests::durability::Kind::{self, Doubled, Lost, Resurrected, Torn, Unexplained, Wrong};
use strongroom_tests::durability::model::{self, Content, Seen, Snapshot};
use strongroom_tests::durability::{Action, Answer, Checker, Event, Memory, Outcome};

/// Builds a history from numbered operations.
#[derive(Default)]
struct Story(Vec<Event>);

impl Story {
    fn asks(mut self, number: u64, action: Action) -> Self {
        self.0.push(Event::Asked { number, client: 0, action });
        self
    }

    fn ends(mut self, number: u64, outcome: Outcome) -> Self {
        self.0.push(Event::Ended { number, outcome });
        self
    }

    fn told(self, number: u64, answer: Answer) -> Self {
        self.ends(number, Outcome::Answered(answer))
    }

    fn does(self, number: u64, action: Action) -> Self {
        self.asks(number, action).told(number, Answer::Done)
    }

    fn reads(self, number: u64, version: u64, value: u64) -> Self {
        self.asks(number, read()).told(number, Answer::Value(Some(seen(version, value))))
    }

    fn misses(self, number: u64) -> Self {
        self.asks(number, read()).told(number, Answer::Value(None))
    }

    fn killed(mut self) -> Self {
        self.0.push(Event::Killed);
        self
    }

    fn shows(self, live: &[(&str, u64, u64)]) -> Self {
        let live = live.iter().map(|(name, version, number)| (format!("x/{name}"), seen(*version, *number)));
        let snapshot = Snapshot { live: live.collect(), deleted: None };
        let number = 1000 + self.0.len() as u64;
        self.asks(number, Action::Look).told(number, Answer::All(snapshot))
    }

    fn violations(&self) -> Vec<Kind> {
        let found = Checker::new([("x".to_owned(), Memory::Full)]).follow(&self.0);
        let mut kinds: Vec<Kind> = found.into_iter().map(|violation| violation.kind).collect();
        // A violation may cause others of its kind.
        kinds.dedup();
        kinds
    }
}

/// A name, the history, and the violations in it.
type Row = (&'static str, Story, &'static [Kind]);

#[track_caller]
fn check<const N: usize>(rows: [Row; N]) {
    for (name, story, expected) in rows {
        assert_eq!(story.violations(), expected, "{name}: {:#?}", story.0);
    }
}

fn story() -> Story {
    Story::default()
}

fn set(number: u64) -> Action {
    Action::Set { name: "x/a".to_owned(), number }
}

fn delete() -> Action {
    Action::Delete { name: "x/a".to_owned() }
}

fn kv_set(number: u64) -> Action {
    Action::KvSet { name: "x/a".to_owned(), number }
}

fn kv_delete() -> Action {
    Action::KvDelete { name: "x/a".to_owned() }
}

fn restore() -> Action {
    Action::Restore { name: "x/a".to_owned() }
}

fn read() -> Action {
    Action::Read { name: "x/a".to_owned() }
}

fn rename() -> Action {
    Action::Rename { from: "x/a".to_owned(), to: "x/b".to_owned(), overwrite: false, number: None }
}

fn seen(version: u64, number: u64) -> Seen {
    Seen { version: Some(version), content: Content::Whole(number) }
}

#[test]
fn violations_after_a_kill_are_found() {
    let one = || story().does(1, set(1));
    let two = || one().does(2, set(2));
    let renamed = || one().does(2, rename()).killed();
    let torn = Seen { version: Some(1), content: Content::Torn("half".to_owned()) };
    let torn = Snapshot { live: BTreeMap::from([("x/a".to_owned(), torn)]), deleted: None };
    let found = two().killed().shows(&[("a", 1, 1)]);
    check([
        ("a lost write", two().killed().shows(&[("a", 1, 1)]), &[Lost]),
        ("a lost secret", one().killed().shows(&[]), &[Lost]),
        ("one in flight", two().asks(3, set(3)).killed().shows(&[("a", 1, 1)]), &[Lost]),
        ("a torn value", one().killed().asks(2, Action::Look).told(2, Answer::All(torn)), &[Torn, Lost]),
        ("deleted and back", one().does(2, delete()).killed().shows(&[("a", 1, 1)]), &[Resurrected]),
        ("under both names", renamed().shows(&[("a", 1, 1), ("b", 1, 1)]), &[Doubled]),
        ("under neither name", renamed().shows(&[]), &[Lost]),
        ("a rename undone", renamed().shows(&[("a", 1, 1)]), &[Lost, Wrong]),
        ("a value that was never set", one().killed().shows(&[("a", 1, 7)]), &[Wrong]),
        ("a version too many", one().killed().shows(&[("a", 2, 1)]), &[Wrong]),
        (
            "after a violation, what was seen counts",
            found.does(3, set(3)).killed().shows(&[("a", 2, 3)]),
            &[Lost],
        ),
    ]);
}

#[test]
fn operations_in_flight_at_a_kill_happen_wholly_or_not_at_all() {
    let both =
        Action::Rename { from: "x/a".to_owned(), to: "x/b".to_owned(), overwrite: false, number: Some(2) };
    let rename = || story().does(1, set(1)).asks(2, both.clone()).killed();
    let set_and_deleted = || story().does(1, set(1)).asks(2, set(2)).asks(3, delete()).killed();
    let deleted = || story().does(1, set(1)).asks(2, delete()).killed().reads(3, 1, 1);
    let unsent = story().does(1, set(1)).asks(2, delete()).ends(2, Outcome::Unsent).killed();
    check([
        ("a rename that was not done", rename().shows(&[("a", 1, 1)]), &[]),
        ("a rename that was done", rename().shows(&[("b", 2, 2)]), &[]),
        ("renamed without its value", rename().shows(&[("b", 1, 1)]), &[Lost]),
        ("its value without the rename", rename().shows(&[("a", 2, 2)]), &[Wrong]),
        ("neither", set_and_deleted().shows(&[("a", 1, 1)]), &[]),
        ("set", set_and_deleted().shows(&[("a", 2, 2)]), &[]),
        ("deleted", set_and_deleted().shows(&[]), &[]),
        ("deleted, and then set anew", set_and_deleted().shows(&[("a", 1, 2)]), &[]),
        ("set twice", set_and_deleted().shows(&[("a", 3, 2)]), &[Wrong]),
        ("not happened by the kill", deleted().shows(&[("a", 1, 1)]), &[]),
        ("happened after the kill", deleted().shows(&[]), &[Lost]),
        ("never sent, and happened", unsent.shows(&[]), &[Lost]),
    ]);
}

#[test]
fn a_failed_operation_has_no_effect() {
    let failed =
        || story().does(1, set(1)).asks(2, set(2)).ends(2, Outcome::Failed("out of order".to_owned()));
    check([
        ("failed", failed().reads(3, 1, 1), &[]),
        ("failed, and happened", failed().reads(3, 2, 2), &[Unexplained]),
    ]);
}

#[test]
fn concurrent_operations_have_one_order() {
    let one = || story().does(1, set(1));
    let during = |read: fn(Story) -> Story| read(story().asks(1, set(1))).told(1, Answer::Done);
    let forgotten = one().asks(2, set(2)).reads(3, 2, 2).reads(4, 1, 1);
    let four_readers = || {
        let story = story().asks(1, set(1)).asks(2, set(2)).asks(3, read()).asks(4, read()).asks(5, read());
        story.asks(6, read()).told(1, Answer::Done).told(2, Answer::Done)
    };
    let value = |version, number| Answer::Value(Some(seen(version, number)));
    // The reads of each reader overlap, so the second one may have been first.
    let one_order = four_readers().told(3, value(1, 1)).told(4, value(2, 2));
    let two_orders = four_readers().told(3, value(1, 1)).told(4, value(2, 2));
    let refused = |story: Story| story.asks(9, delete()).told(9, Answer::Refused);
    // Meanwhile another client deletes and sets it.
    let meanwhile = one().asks(9, delete()).does(2, delete()).does(3, set(3)).told(9, Answer::Refused);
    let deletes = |first, second| one().asks(2, delete()).asks(3, delete()).told(2, first).told(3, second);
    let restored = || one().does(2, set(2)).does(3, delete()).does(4, restore());
    let gone = || one().asks(2, delete());
    // 3 was set before 2, although it was requested later; the delete, answered last, happened before both.
    let tricky = one().asks(4, delete()).asks(2, set(2)).asks(3, set(3)).reads(5, 2, 2);
    let tricky = tricky.told(3, Answer::Done).told(2, Answer::Done).told(4, Answer::Done);
    check([
        ("a set that is not seen", one().misses(2), &[Unexplained]),
        ("an old value", one().does(2, set(2)).reads(3, 1, 1), &[Unexplained]),
        ("a read during a set, before it", during(|story| story.misses(2)), &[]),
        ("a read during a set, after it", during(|story| story.reads(2, 1, 1)), &[]),
        ("a read during a set, of more", during(|story| story.reads(2, 2, 1)), &[Unexplained]),
        ("once seen, it stays seen", forgotten.told(2, Answer::Done), &[Unexplained]),
        ("readers in one order", one_order.told(5, value(2, 2)).told(6, value(1, 1)), &[]),
        ("readers in two orders", two_orders.told(5, value(1, 2)), &[Unexplained]),
        (
            "readers in the other two orders",
            four_readers().told(3, value(2, 2)).told(4, value(2, 1)),
            &[Unexplained],
        ),
        ("a refusal where there was something", refused(one()), &[Unexplained]),
        ("a refusal where there was nothing", refused(story()).does(1, set(1)), &[]),
        ("a refusal where there was nothing meanwhile", meanwhile.reads(4, 1, 3), &[]),
        ("the second delete is refused", deletes(Answer::Done, Answer::Refused), &[]),
        ("the first delete is refused", deletes(Answer::Refused, Answer::Done), &[]),
        ("neither is", deletes(Answer::Done, Answer::Done), &[Unexplained]),
        ("both are", deletes(Answer::Refused, Answer::Refused), &[Unexplained]),
        ("restored as it was", restored().reads(5, 2, 2), &[]),
        ("restored as it was before", restored().reads(5, 1, 1), &[Unexplained]),
        ("of a client that is gone: late", gone().reads(3, 1, 1).misses(4), &[]),
        ("of a client that is gone: never", gone().reads(3, 1, 1).reads(4, 1, 1), &[]),
        ("of a client that is gone: undone", gone().misses(3).reads(4, 1, 1), &[Unexplained]),
        ("of a client that is gone: twice", gone().misses(3).does(4, set(4)).misses(5), &[Unexplained]),
        ("a tricky order", tricky.reads(6, 2, 2), &[]),
    ]);
}

#[test]
fn versions_count_on_after_a_deletion_only_through_vaults_api() {
    let buried = || story().does(1, set(1)).does(2, kv_delete());
    check([
        ("both through it", buried().does(3, kv_set(3)).reads(4, 2, 3), &[]),
        ("both through it, begun anew", buried().does(3, kv_set(3)).reads(4, 1, 3), &[Unexplained]),
        ("set by GraphQL", buried().does(3, set(3)).reads(4, 1, 3), &[]),
        (
            "deleted by GraphQL",
            story().does(1, kv_set(1)).does(2, delete()).does(3, kv_set(3)).reads(4, 1, 3),
            &[],
        ),
        ("restored by GraphQL", buried().does(3, restore()).does(4, kv_set(4)).reads(5, 2, 4), &[]),
        ("nothing to delete", buried().does(3, kv_delete()).misses(4), &[]),
        ("a lost deletion", buried().killed().shows(&[("a", 1, 1)]), &[Resurrected]),
    ]);
}

#[test]
fn many_concurrent_operations_are_checked_fast() {
    let mut story = story();
    for round in 0..8 {
        let numbers = || (0..6).map(move |client| round * 6 + client + 1);
        for number in numbers() {
            story = story.asks(number, set(number));
        }
        for number in numbers() {
            story = story.told(number, Answer::Done);
        }
        story = story.does(5000 + round, delete());
    }
    assert_eq!(Checker::new([("x".to_owned(), Memory::Short)]).follow(&story.0), []);
}

#[test]
fn a_value_identifies_its_operation() {
    for number in 0..200 {
        let mut one = model::value(number);
        assert_eq!(model::content(&one), Content::Whole(number));
        one["operation"] = (number + 1).into();
        assert!(matches!(model::content(&one), Content::Torn(_)));
    }
    let mut mixture = model::value(1);
    mixture["text"] = model::value(2)["text"].clone();
    assert!(matches!(model::content(&mixture), Content::Torn(_)));
    assert!(matches!(model::content(&serde_json::Value::Null), Content::Torn(_)));
}
