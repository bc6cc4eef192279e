//! The checker finds what it is there to find, and nothing else: histories that are broken, each in one way, and
//! histories that look broken and are not.

use std::collections::BTreeMap;

use strongroom_tests::durability::checker::{Checker, Kind};
use strongroom_tests::durability::history::{Event, Outcome};
use strongroom_tests::durability::model::{Action, Answer, Memory, Seen, Shelf, Sight};
use strongroom_tests::durability::value::{self, Content};

/// A history in the making: the numbers are those of the operations.
#[derive(Default)]
struct Story(Vec<Event>);

impl Story {
    fn asks(mut self, number: u64, action: Action) -> Self {
        let client = 0;
        self.0.push(Event::Asked { number, client, action });
        self
    }

    fn ends(mut self, number: u64, outcome: Outcome) -> Self {
        self.0.push(Event::Ended { number, outcome });
        self
    }

    fn told(self, number: u64, answer: Answer) -> Self {
        self.ends(number, Outcome::Told(answer))
    }

    /// Asked, and answered before anything else happens.
    fn does(self, number: u64, action: Action) -> Self {
        self.asks(number, action).told(number, Answer::Done)
    }

    fn reads(self, number: u64, seen: Option<Seen>) -> Self {
        self.asks(number, read()).told(number, Answer::Value(seen))
    }

    fn killed(mut self) -> Self {
        self.0.push(Event::Killed);
        self
    }

    /// A look at everything, after a restart for instance.
    fn shows(self, live: &[(&str, u64, u64)]) -> Self {
        let live = live.iter().map(|(name, version, number)| ((*name).to_owned(), seen(*version, *number)));
        let sight = Sight { live: live.collect(), deleted: None };
        self.asks(1000, Action::Look).told(1000, Answer::All(sight))
    }

    fn violations(&self) -> Vec<Kind> {
        let found = Checker::new(Shelf::new(Memory::Full)).follow(&self.0);
        let mut kinds: Vec<Kind> = found.into_iter().map(|violation| violation.kind).collect();
        // What follows from a violation may be one more of its kind.
        kinds.dedup();
        kinds
    }

    #[track_caller]
    fn is_fine(&self) {
        assert_eq!(self.violations(), []);
    }

    #[track_caller]
    fn is_broken(&self, kind: Kind) {
        assert_eq!(self.violations(), [kind]);
    }
}

fn story() -> Story {
    Story::default()
}

fn set(number: u64) -> Action {
    let name = "a".to_owned();
    Action::Set { name, number }
}

fn delete() -> Action {
    Action::Delete { name: "a".to_owned() }
}

fn restore() -> Action {
    Action::Restore { name: "a".to_owned() }
}

fn read() -> Action {
    Action::Read { name: "a".to_owned() }
}

fn rename() -> Action {
    Action::Rename { from: "a".to_owned(), to: "b".to_owned(), overwrite: false, number: None }
}

fn seen(version: u64, number: u64) -> Seen {
    Seen { version: Some(version), content: Content::Whole(number) }
}

// What a kill must not do.

#[test]
fn a_lost_write_is_found() {
    story().does(1, set(1)).does(2, set(2)).killed().shows(&[("a", 1, 1)]).is_broken(Kind::Lost);
}

#[test]
fn a_lost_secret_is_found() {
    story().does(1, set(1)).killed().shows(&[]).is_broken(Kind::Lost);
}

#[test]
fn a_lost_write_is_found_where_another_one_is_in_flight() {
    let story = story().does(1, set(1)).does(2, set(2)).asks(3, set(3)).killed();
    story.shows(&[("a", 1, 1)]).is_broken(Kind::Lost);
}

#[test]
fn a_torn_value_is_found() {
    let torn = Seen { version: Some(1), content: Content::Torn("half".to_owned()) };
    let sight = Sight { live: BTreeMap::from([("a".to_owned(), torn)]), deleted: None };
    let story = story().does(1, set(1)).killed().asks(2, Action::Look);
    let violations = story.told(2, Answer::All(sight)).violations();
    assert_eq!(violations, [Kind::Torn, Kind::Lost]);
}

#[test]
fn a_deleted_secret_that_is_back_is_found() {
    story().does(1, set(1)).does(2, delete()).killed().shows(&[("a", 1, 1)]).is_broken(Kind::Resurrected);
}

#[test]
fn a_secret_under_both_names_is_found() {
    story()
        .does(1, set(1))
        .does(2, rename())
        .killed()
        .shows(&[("a", 1, 1), ("b", 1, 1)])
        .is_broken(Kind::Doubled);
}

#[test]
fn a_secret_under_neither_name_is_found() {
    story().does(1, set(1)).does(2, rename()).killed().shows(&[]).is_broken(Kind::Lost);
}

#[test]
fn a_rename_that_was_undone_is_found() {
    let story = story().does(1, set(1)).does(2, rename()).killed();
    assert_eq!(story.shows(&[("a", 1, 1)]).violations(), [Kind::Lost, Kind::Wrong]);
}

#[test]
fn half_of_a_rename_with_a_value_is_found_even_if_it_was_in_flight() {
    let both = Action::Rename { from: "a".to_owned(), to: "b".to_owned(), overwrite: false, number: Some(2) };
    let until = || story().does(1, set(1)).asks(2, both.clone()).killed();
    until().shows(&[("a", 1, 1)]).is_fine();
    until().shows(&[("b", 2, 2)]).is_fine();
    until().shows(&[("b", 1, 1)]).is_broken(Kind::Lost);
    until().shows(&[("a", 2, 2)]).is_broken(Kind::Wrong);
}

#[test]
fn a_value_that_nobody_has_set_is_found() {
    story().does(1, set(1)).killed().shows(&[("a", 1, 7)]).is_broken(Kind::Wrong);
}

#[test]
fn a_version_too_many_is_found() {
    story().does(1, set(1)).killed().shows(&[("a", 2, 1)]).is_broken(Kind::Wrong);
}

#[test]
fn what_was_in_flight_is_there_or_not_but_not_by_halves() {
    let until = || story().does(1, set(1)).asks(2, set(2)).asks(3, delete()).killed();
    until().shows(&[("a", 1, 1)]).is_fine();
    until().shows(&[("a", 2, 2)]).is_fine();
    until().shows(&[]).is_fine();
    // Deleted, and then set anew.
    until().shows(&[("a", 1, 2)]).is_fine();
    until().shows(&[("a", 3, 2)]).is_broken(Kind::Wrong);
}

#[test]
fn what_has_not_happened_by_the_kill_does_not_happen_later() {
    let until = || story().does(1, set(1)).asks(2, delete()).killed();
    until().reads(3, Some(seen(1, 1))).shows(&[("a", 1, 1)]).is_fine();
    until().reads(3, Some(seen(1, 1))).shows(&[]).is_broken(Kind::Lost);
}

#[test]
fn what_was_never_sent_does_not_happen() {
    let story = story().does(1, set(1)).asks(2, delete()).ends(2, Outcome::Unsent).killed();
    story.shows(&[]).is_broken(Kind::Lost);
}

#[test]
fn what_failed_has_not_happened() {
    let failed = Outcome::Failed("out of order".to_owned());
    let until = || story().does(1, set(1)).asks(2, set(2)).ends(2, failed.clone());
    until().reads(3, Some(seen(1, 1))).is_fine();
    until().reads(3, Some(seen(2, 2))).is_broken(Kind::Unexplained);
}

#[test]
fn what_is_unclear_has_happened_or_not_and_is_over() {
    let unclear = || Outcome::Unclear("out of order".to_owned());
    let until = || story().does(1, set(1)).asks(2, set(2)).ends(2, unclear());
    until().reads(3, Some(seen(1, 1))).is_fine();
    until().reads(3, Some(seen(2, 2))).is_fine();
    let late = until().reads(3, Some(seen(1, 1))).reads(4, Some(seen(2, 2)));
    late.is_broken(Kind::Unexplained);
}

#[test]
fn after_a_violation_what_was_seen_counts() {
    let found = story().does(1, set(1)).does(2, set(2)).killed().shows(&[("a", 1, 1)]);
    let later = found.does(3, set(3)).killed().asks(4, Action::Look);
    let sight = Sight { live: BTreeMap::from([("a".to_owned(), seen(2, 3))]), deleted: None };
    later.told(4, Answer::All(sight)).is_broken(Kind::Lost);
}

// What many at once may see of each other.

#[test]
fn a_read_after_a_set_sees_it() {
    story().does(1, set(1)).reads(2, None).is_broken(Kind::Unexplained);
    story().does(1, set(1)).does(2, set(2)).reads(3, Some(seen(1, 1))).is_broken(Kind::Unexplained);
}

#[test]
fn a_read_during_a_set_sees_it_or_not() {
    let during = |seen| story().asks(1, set(1)).reads(2, seen).told(1, Answer::Done);
    during(None).is_fine();
    during(Some(seen(1, 1))).is_fine();
    during(Some(seen(2, 1))).is_broken(Kind::Unexplained);
}

#[test]
fn once_a_set_was_seen_it_stays_seen() {
    let story = story().does(1, set(1)).asks(2, set(2));
    let story = story.reads(3, Some(seen(2, 2))).reads(4, Some(seen(1, 1))).told(2, Answer::Done);
    story.is_broken(Kind::Unexplained);
}

#[test]
fn two_readers_see_two_sets_in_one_order() {
    let both = || {
        let story = story().asks(1, set(1)).asks(2, set(2)).asks(3, read()).asks(4, read()).asks(5, read());
        story.asks(6, read()).told(1, Answer::Done).told(2, Answer::Done)
    };
    let value = |version, number| Answer::Value(Some(seen(version, number)));
    // The two of each reader overlap, so the second one may have been first.
    both().told(3, value(1, 1)).told(4, value(2, 2)).told(5, value(2, 2)).told(6, value(1, 1)).is_fine();
    both().told(3, value(1, 1)).told(4, value(2, 2)).told(5, value(1, 2)).is_broken(Kind::Unexplained);
    both().told(3, value(2, 2)).told(4, value(2, 1)).is_broken(Kind::Unexplained);
}

#[test]
fn a_refusal_needs_a_moment_at_which_there_was_nothing() {
    let refused = |story: Story| story.asks(9, delete()).told(9, Answer::Refused);
    refused(story().does(1, set(1))).is_broken(Kind::Unexplained);
    refused(story()).does(1, set(1)).is_fine();
    // While another one deletes and sets anew.
    let during = story().does(1, set(1)).asks(9, delete());
    let during = during.does(2, delete()).does(3, set(3)).told(9, Answer::Refused);
    during.reads(4, Some(seen(1, 3))).is_fine();
}

#[test]
fn of_two_deletes_at_once_one_is_refused() {
    let both = |first, second| {
        let story = story().does(1, set(1)).asks(2, delete()).asks(3, delete());
        story.told(2, first).told(3, second)
    };
    both(Answer::Done, Answer::Refused).is_fine();
    both(Answer::Refused, Answer::Done).is_fine();
    both(Answer::Done, Answer::Done).is_broken(Kind::Unexplained);
    both(Answer::Refused, Answer::Refused).is_broken(Kind::Unexplained);
}

#[test]
fn a_restored_secret_has_the_version_that_it_had() {
    let deleted = || story().does(1, set(1)).does(2, set(2)).does(3, delete()).does(4, restore());
    deleted().reads(5, Some(seen(2, 2))).is_fine();
    deleted().reads(5, Some(seen(1, 1))).is_broken(Kind::Unexplained);
}

#[test]
fn an_operation_whose_client_has_gone_may_happen_at_any_time_and_once() {
    let gone = || story().does(1, set(1)).asks(2, delete());
    gone().reads(3, Some(seen(1, 1))).reads(4, None).is_fine();
    gone().reads(3, Some(seen(1, 1))).reads(4, Some(seen(1, 1))).is_fine();
    gone().reads(3, None).reads(4, Some(seen(1, 1))).is_broken(Kind::Unexplained);
    let once = gone().reads(3, None).does(4, set(4)).reads(5, None);
    once.is_broken(Kind::Unexplained);
}

#[test]
fn a_tricky_order_is_found() {
    // The set of 3 lies before that of 2, though it was asked for later; the delete, answered last, before both.
    let story = story().does(1, set(1)).asks(4, delete()).asks(2, set(2)).asks(3, set(3));
    let story = story.reads(5, Some(seen(2, 2))).told(3, Answer::Done).told(2, Answer::Done);
    let story = story.told(4, Answer::Done).reads(6, Some(seen(2, 2)));
    story.is_fine();
}

#[test]
fn many_at_once_are_checked_in_no_time() {
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
    let found = Checker::new(Shelf::new(Memory::Short)).follow(&story.0);
    assert_eq!(found, []);
}

// The values.

#[test]
fn a_value_tells_its_operation_and_no_other_value_passes_for_it() {
    for number in 0..200 {
        let mut one = value::value(number);
        assert_eq!(value::content(&one), Content::Whole(number));
        one["operation"] = (number + 1).into();
        assert!(matches!(value::content(&one), Content::Torn(_)));
    }
    let mut mixture = value::value(1);
    mixture["text"] = value::value(2)["text"].clone();
    assert!(matches!(value::content(&mixture), Content::Torn(_)));
    assert!(matches!(value::content(&serde_json::Value::Null), Content::Torn(_)));
}
