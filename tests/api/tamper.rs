//! Tampering with the audit log: changes made directly in the database are detected.

use std::sync::Arc;

use serde_json::json;
use strongroom_tests::{Store, Team, assert_says};

const MIDDLE: usize = 6;
const ENTRIES: usize = 12;

/// A stopped store with a log of `ENTRIES` entries for the team acme.
async fn stopped_store() -> Arc<Store> {
    let store = Store::new();
    let server = store.serve().await;
    let admin = server.team("acme").await.key("administrator").await;
    server.team("other").await.new_key("runner").await;
    for number in 3..=ENTRIES {
        admin.set(&format!("S{number}"), json!("some value or other")).await;
    }
    let count = admin.query("{ audit_checkpoint { count } }").await;
    assert_eq!(count.data("/audit_checkpoint/count"), &json!(ENTRIES));
    server.stop().await;
    store
}

async fn checkpoint(store: &Store) -> String {
    let printed = store.admin(&["audit", "checkpoint", "--team", "acme"]).await;
    printed.trim_end().to_owned()
}

/// Writes out the words in capitals.
fn statement(template: &str) -> String {
    let columns = "time, action, actor_kind, actor_id, actor_name, address, object_id, object_name, detail";
    template
        .replace("CHANGE", "UPDATE audit_entries SET")
        .replace("ADD", "INSERT INTO audit_entries SELECT team_id,")
        .replace("ENTRY", "audit_entries WHERE OURS")
        .replace("OURS", "team_id = ACME AND sequence")
        .replace("ACME", "(SELECT id FROM teams WHERE slug = 'acme')")
        .replace("COLUMNS", columns)
        .replace("NEXT", &(MIDDLE + 1).to_string())
        .replace("MIDDLE", &MIDDLE.to_string())
        .replace("LAST", &ENTRIES.to_string())
}

async fn assert_whole(store: &Store, arguments: &[&str], entries: usize) {
    let printed = store.admin(&[&["audit", "verify"], arguments].concat()).await;
    assert!(printed.lines().any(|line| line == format!("acme: {entries} entries, intact")), "{printed}");
}

async fn assert_found(store: &Store, arguments: &[&str], entry: usize, what: &str) {
    let ran = store.run(&[&["admin", "audit", "verify"], arguments].concat()).await;
    assert_eq!(ran.status.code(), Some(1), "{what}: {ran:?}");
    let line = ran.stderr.lines().find(|line| line.contains("acme: "));
    let line = line.unwrap_or_else(|| panic!("{what}: no line about the team in {ran:?}"));
    assert!(line.contains(&format!("acme: entry {entry} ")), "{what}: entry {entry} should be named: {line}");
    let all = ran.stdout.clone() + ran.stderr.as_str();
    assert_eq!(all.matches("acme: ").count(), 1, "{what}: {ran:?}");
    if !arguments.contains(&"--team") {
        assert!(all.contains("other: 2 entries, intact"), "the other team's log is intact: {ran:?}");
    }
}

#[tokio::test]
async fn checkpoints_of_an_untouched_log_stay_valid_and_detect_a_changed_tail() {
    let store = stopped_store().await;
    let early = checkpoint(&store).await;
    check_tail(&store, &early).await;
    let printed = store.admin(&["audit", "verify"]).await;
    let mut lines: Vec<_> = printed.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["acme: 12 entries, intact", "other: 2 entries, intact"]);
    let printed = store.admin(&["audit", "verify", "--team", "other"]).await;
    assert_eq!(printed.trim_end(), "other: 2 entries, intact");
    store.refused(&["admin", "audit", "verify", "--team", "missing"], "missing").await;
    // Copying breaks nothing.
    assert_whole(&store.copy(), &[], ENTRIES).await;
    assert!(early.starts_with("acme 12 "), "{early}");
    let server = store.serve().await;
    let admin = Team::existing(&store, "acme").at(&server).key("administrator").await;
    let late = checkpoint(&store).await;
    assert!(late.starts_with("acme 13 "), "{late}");
    let all = store.admin(&["audit", "checkpoint"]).await;
    assert_eq!(all.lines().count(), 2, "{all}");
    assert!(all.lines().any(|line| line == late), "{all}");
    assert_whole(&store, &["--checkpoint", &early, "--checkpoint", &late], 13).await;
    // The page and the command have the same checkpoint.
    let answer = admin.query("{ audit_checkpoint { count hash line } }").await;
    let shown = answer.data("/audit_checkpoint");
    assert_eq!(shown["line"], late);
    assert_eq!(late, format!("acme {} {}", shown["count"], shown["hash"].as_str().expect("text")));
}

#[tokio::test]
async fn an_entry_changed_removed_moved_or_forged_is_found() {
    let store = stopped_store().await;
    // The last two move text from one column to the next, so that all columns together read the same.
    let changes = "time = '2001-01-01T00:00:00+00:00'; time = replace(time, '+00:00', '+01:00'); time = 'no time'; \
        action = 'read:secret-value'; action = action || ' '; actor_kind = 'system'; actor_id = NULL; \
        actor_id = X'00000000000040008000000000000000'; actor_id = X'00'; actor_name = 'somebody else'; \
        actor_name = ''; address = '203.0.113.1'; object_id = NULL; \
        object_id = X'00000000000040008000000000000000'; object_name = NULL; object_name = ''; \
        object_name = 'S1'; detail = ''; detail = 'more'; previous_hash = hash; previous_hash = X'00'; \
        hash = previous_hash; hash = X''; actor_name = actor_name || address, address = ''; \
        object_name = NULL, detail = object_name";
    for change in changes.split("; ") {
        let copy = store.copy();
        let sql = format!("CHANGE {change} WHERE OURS = MIDDLE");
        assert_eq!(copy.sql(&statement(&sql)).await, 1, "{change}");
        assert_found(&copy, &[], MIDDLE, change).await;
        assert_found(&copy, &["--team", "acme"], MIDDLE, change).await;
    }

    let moved_up = "DELETE FROM ENTRY = MIDDLE; CHANGE sequence = -sequence WHERE OURS > MIDDLE;
        CHANGE sequence = -sequence - 1 WHERE OURS < 0;";
    let swapped = "CHANGE sequence = -1 WHERE OURS = MIDDLE; CHANGE sequence = MIDDLE WHERE OURS = NEXT;
        CHANGE sequence = NEXT WHERE OURS = -1;";
    let of_another_team = "DELETE FROM ENTRY = 2; CHANGE team_id = ACME
        WHERE sequence = 2 AND team_id IN (SELECT id FROM teams WHERE slug = 'third');";
    for (sql, entry) in [
        ("DELETE FROM ENTRY = MIDDLE", MIDDLE),
        ("DELETE FROM ENTRY = 1", 1),
        (moved_up, MIDDLE),
        (swapped, MIDDLE),
        ("CHANGE sequence = LAST + 1 WHERE OURS = LAST", ENTRIES),
        ("CHANGE sequence = MIDDLE + 0.5 WHERE OURS = LAST", MIDDLE + 1),
        ("ADD 0, COLUMNS, previous_hash, hash FROM ENTRY = 1", 0),
        ("ADD LAST + 1, COLUMNS, previous_hash, hash FROM ENTRY = MIDDLE", ENTRIES + 1),
        ("ADD LAST + 1, COLUMNS, hash, hash FROM ENTRY = LAST", ENTRIES + 1),
        (of_another_team, 2),
    ] {
        let copy = store.copy();
        copy.team("third").await.new_key("runner").await;
        copy.sql(&statement(sql)).await;
        assert_found(&copy, &[], entry, sql).await;
    }
    // An attacker who knows the hash function can rewrite an entry on the same predecessor. Here, the server does.
    let forger = store.copy();
    forger.sql(&statement("DELETE FROM ENTRY >= MIDDLE")).await;
    Team::existing(&forger, "acme").new_key("user").await;
    assert_whole(&forger, &[], MIDDLE).await;
    let replace = format!(
        "ATTACH DATABASE '{}' AS forger;
         DELETE FROM main.ENTRY = MIDDLE;
         INSERT INTO main.audit_entries SELECT * FROM forger.ENTRY = MIDDLE;",
        forger.data_dir().join("strongroom.db").display()
    );
    store.sql(&statement(&replace)).await;
    assert_found(&store, &[], MIDDLE + 1, "one rewritten").await;
}

/// Changes copies of the store, whose checkpoint is `kept`.
async fn check_tail(store: &Store, kept: &str) {
    let keep = ["--checkpoint", kept];
    let cut = store.copy();
    cut.sql(&statement("DELETE FROM ENTRY > MIDDLE")).await;
    assert_whole(&cut, &[], MIDDLE).await;
    assert_found(&cut, &keep, MIDDLE + 1, "the tail cut off").await;
    // The log continues after the cut: the chain is whole, but another one.
    for _ in 0..=ENTRIES - MIDDLE {
        Team::existing(&cut, "acme").new_key("user").await;
    }
    assert_whole(&cut, &[], ENTRIES + 1).await;
    assert_found(&cut, &keep, ENTRIES, "the tail rewritten").await;
    let emptied = store.copy();
    emptied.sql(&statement("DELETE FROM ENTRY > 0")).await;
    assert_found(&emptied, &keep, 1, "all removed").await;
    // A wrong checkpoint is found or refused.
    let hash = kept.rsplit(' ').next().expect("a hash");
    let flipped = if hash.starts_with('0') { "1" } else { "0" };
    let other_hash = format!("acme 12 {flipped}{}", &hash[1..]);
    for both in [[kept, &other_hash], [&other_hash, kept]] {
        let arguments = ["--checkpoint", both[0], "--checkpoint", both[1]];
        assert_found(store, &arguments, ENTRIES, "one right, one wrong").await;
    }
    for (line, entry) in [
        (other_hash, ENTRIES),
        (format!("acme 11 {hash}"), ENTRIES - 1),
        (format!("acme 13 {hash}"), ENTRIES + 1),
    ] {
        assert_found(store, &["--checkpoint", &line], entry, &line).await;
    }
    for nonsense in ["", "acme", "acme 12", "acme twelve 00", "acme 12 nothex", "acme -1 00"] {
        store.refused(&["admin", "audit", "verify", "--checkpoint", nonsense], "").await;
    }
    let unknown = kept.replacen("acme", "missing", 1);
    store.refused(&["admin", "audit", "verify", "--checkpoint", &unknown], "missing").await;
}

async fn archive(store: &Store) -> String {
    let file = store.beside("archive.jsonl");
    let time = statement("SELECT replace(time, '+00:00', 'Z') FROM ENTRY = MIDDLE");
    let time = &store.sql_texts(&time).await[0];
    store.admin(&["audit", "archive", "--team", "acme", "--before", time, &file]).await;
    file
}

#[tokio::test]
async fn an_archive_hides_no_removed_entries_and_a_changed_one_is_named() {
    let store = stopped_store().await;
    // Without an archive entry, a missing head is found.
    let cut = store.copy();
    cut.sql(&statement("DELETE FROM ENTRY < MIDDLE")).await;
    assert_found(&cut, &[], 1, "the head cut off").await;
    let file = archive(&store).await;
    assert_says(&store.admin(&["audit", "verify"]).await, &["acme: 13 entries, intact, 5 of them archived"]);
    // The last entry is the one about the archive.
    for (sql, entry) in [
        ("DELETE FROM ENTRY = MIDDLE", MIDDLE),
        ("DELETE FROM ENTRY <= LAST", MIDDLE),
        ("DELETE FROM ENTRY > LAST", 1),
        ("CHANGE detail = replace(detail, 'up to 5', 'up to 6') WHERE OURS > LAST", ENTRIES + 1),
        // The end of the archive's hash.
        ("CHANGE detail = substr(detail, 1, length(detail) - 1) || 'x' WHERE OURS > LAST", ENTRIES + 1),
        ("CHANGE action = 'update:team' WHERE OURS > LAST", ENTRIES + 1),
        ("ADD MIDDLE - 1, COLUMNS, previous_hash, hash FROM ENTRY = MIDDLE", MIDDLE - 1),
        ("CHANGE previous_hash = hash WHERE OURS = MIDDLE", MIDDLE),
    ] {
        let copy = store.copy();
        copy.sql(&statement(sql)).await;
        assert_found(&copy, &[], entry, sql).await;
    }
    // A change of the file is found.
    let text = std::fs::read_to_string(&file).expect("it can be read");
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), MIDDLE, "a header and the entries before the middle");
    let verify = ["admin", "audit", "verify", "--archive", &file];
    let other_team = text.replacen(r#""team_id":"0"#, r#""team_id":"f"#, 1);
    let without = |left_out: usize| [&lines[..left_out], &lines[left_out + 1..]].concat().join("\n");
    for (what, changed, complaint) in [
        ("a name", text.replace("S3", "S9"), "archive.jsonl: entry 3 was changed"),
        ("an entry left out", without(3), "archive.jsonl: entry 3 is missing"),
        ("the last left out", without(5), "archive.jsonl: entry 5 is missing"),
        ("the header left out", without(0), "archive.jsonl is not an archive"),
        ("another team", other_team, "archive.jsonl holds the log of"),
        ("the end", text.replace(r#""last":5"#, r#""last":4"#), "archive.jsonl: entry 4 is not the last one"),
        ("the start", text.replace(r#""first":1"#, r#""first":2"#), "archive.jsonl: entry 1 is missing"),
        ("white space", text.replacen(r#","time""#, r#", "time""#, 1), "line 2 can't be read"),
        ("a line more", format!("{text}more\n"), "line 7 can't be read"),
        ("nothing", String::new(), "archive.jsonl is not an archive"),
    ] {
        assert_ne!(changed, text, "{what}");
        std::fs::write(&file, changed).expect("files can be written");
        let said = store.run(&verify).await.failed();
        assert!(said.contains(complaint), "{what}: should say {complaint}: {said}");
    }
    std::fs::write(&file, text).expect("files can be written");
    store.run(&verify).await.succeeded();
}
