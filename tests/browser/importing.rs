//! Files that are pasted, chosen or dropped, read as the command line reads them.

use std::time::Instant;

use serde_json::json;
use strongroom_tests::browser::{Button, Field};

use crate::Scene;

#[tokio::test]
async fn a_dropped_file_of_three_hundred_lines_is_previewed_and_its_ticked_secrets_are_set_at_once() {
    let scene = Scene::new("user").await;
    let page = scene.log_in().await;
    scene.browser.see(Button("Add secret")).await;
    let value = |number: usize| format!("imported value {number}");
    let lines = (0..300).map(|number| format!("SECRET_{number}='{}'\n", value(number)));
    let file: String = lines.collect();
    scene.server.store().must_stay_secret(&value(7));
    // The first time, the browser also loads the code of the dialog.
    for (summary, unticked, imported) in [
        ("300 new, 0 overwritten, 0 unchanged", &["SECRET_5", "SECRET_6"][..], "298 secrets"),
        ("2 new, 0 overwritten, 298 unchanged", &["SECRET_6"], "1 secret"),
        ("1 new, 0 overwritten, 299 unchanged", &[], "1 secret"),
    ] {
        let start = Instant::now();
        let dialog = page.drop("production.env", &file).await;
        dialog.says(summary).await;
        println!("a preview of 300 lines took {:?}", start.elapsed());
        dialog.says("production.env: 300 secrets.").await;
        assert_eq!(dialog.rows().await.len(), 300);
        assert!(!dialog.text().await.contains("imported value"), "values are never shown");
        for name in unticked {
            dialog.tick(name).await;
        }
        let start = Instant::now();
        dialog.succeeds(&format!("Import {imported}"), &format!("Imported {imported}")).await;
        println!("importing {imported} took {:?}", start.elapsed());
        for name in unticked {
            assert!(!scene.runner.names().await.contains(&(*name).to_owned()), "{name} was left out");
        }
        scene.browser.press(Button("Dismiss")).await;
    }
    assert_eq!(scene.runner.names().await.len(), 300);
    for number in [0, 5, 6, 299] {
        assert_eq!(scene.runner.value(&format!("SECRET_{number}")).await, value(number));
    }
    let dialog = page.drop("production.env", &file).await;
    dialog.says("0 new, 0 overwritten, 300 unchanged").await;
    assert!(!dialog.can_press("Import secrets").await, "there is nothing to import");
    dialog.leave_import().await;
    assert_eq!(scene.writer.listed("secret", "version", "name", "SECRET_0").await["version"], 1);
}

#[tokio::test]
async fn a_preview_shows_refused_lines_and_hints_and_a_change_since_refreshes_it() {
    let scene = Scene::new("user").await;
    scene.writer.set("OLD", "the old value".into()).await;
    scene.writer.set("SAME", "same value".into()).await;
    let page = scene.log_in().await;
    page.lists(&["OLD", "SAME"]).await;

    let dialog = page.import().await;
    let hidden = [("autocomplete", "off"), ("spellcheck", "false")];
    scene.browser.assert_attributes(Field("Paste or drop a file"), &hidden).await;
    dialog.says("at most 5,000 secrets and 5 MiB").await;
    let file = "OLD=changeme\nSAME=same value\nwrong#line\n\nBAD=${x}\nNEW=12 \n";
    dialog.fill("Paste or drop a file", file).await;
    let substituted = "some programs replace `${…}` by a variable's value, others don't: write the intended value, \
        or put a literal `${` in single quotes.";
    let bad = format!("Line 5 BAD ({substituted}) refused");
    let refused = ["Line 3 - (expected a `=`, as in NAME=value.) refused", bad.as_str()];
    // The value before a line that could belong to it is refused as well.
    let same = "Line 2 SAME (the next line may belong to this value: put a value of several lines in quotes.) refused";
    let old = "Line 1 OLD (Hidden, 8 characters The value looks like a placeholder.) overwritten";
    let ticked = format!("✓ {old}");
    let rows = [ticked.as_str(), same, refused[0], refused[1], "✓ Line 6 NEW (Hidden, 2 characters) new"];
    dialog.previews(&rows).await;
    dialog.says("Pasted: 2 secrets, 3 lines refused.").await;
    dialog.says("1 new, 1 overwritten, 0 unchanged, 3 refused").await;

    // Somebody else changes one of them: the preview is refreshed, and the ticks stay.
    dialog.tick("NEW").await;
    scene.writer.set("OLD", "changeme".into()).await;
    scene.writer.set("NEW", "another value".into()).await;
    dialog.refuses("Import 1 secret", "have changed since the preview, so nothing was imported").await;
    let unchanged = old.replace("overwritten", "unchanged");
    dialog
        .previews(&[
            &unchanged,
            same,
            refused[0],
            refused[1],
            "Line 6 NEW (Hidden, 2 characters) overwritten",
        ])
        .await;
    dialog.tick("NEW").await;
    dialog.succeeds("Import 1 secret", "Imported 1 secret; 3 lines were refused.").await;
    assert_eq!(scene.runner.value("NEW").await, "12");
    page.lists(&["NEW", "OLD", "SAME"]).await;

    // Each format, by the file's name or its content.
    for (name, content, rows) in [
        (
            "secrets.json",
            "{\"J\": {\"a\": 1.10},\n\"D\": 1, \"D\": 2}",
            &[
                "✓ Line 1 J (Hidden, JSON, 1 key) new",
                "Line 2 D (duplicate name, in line 2 and line 2.) refused",
                "Line 2 D (duplicate name, in line 2 and line 2.) refused",
            ][..],
        ),
        (
            "secrets.toml",
            "T = 42\n[table]\nx = 1\n",
            &["✓ Line 1 T (Hidden, a number) new", "✓ Line 2 table (Hidden, JSON, 1 key) new"],
        ),
        (
            "config.toml",
            "[context.secrets]\nP = '42'\nHOME_DIR = '~/x'\n",
            &[
                "✓ Line 2 P (Hidden, a number) new",
                "Line 3 HOME_DIR (it may refer to a variable, a setting or a home directory of your machine. Import it there, \
             with `strongroom import`.) refused",
            ],
        ),
    ] {
        let dialog = page.drop(name, content).await;
        dialog.previews(rows).await;
        let number = rows.iter().filter(|row| row.starts_with('✓')).count();
        let s = if number == 1 { "" } else { "s" };
        dialog.finish(&format!("Import {number} secret{s}")).await;
    }
    assert_eq!(scene.runner.value_text("J").await, r#"{"a":1.10}"#);
    assert_eq!(scene.runner.value("P").await, 42);
    assert_eq!(scene.runner.value("table").await, json!({"x": 1}));

    // Files that are refused as a whole, before anything is sent.
    for (name, content, reason) in [
        ("a.env", "A=1\n".repeat(2_000_000), "larger than the 5 MiB of one import"),
        (
            "a.env",
            (0..5001).fold(String::new(), |file, number| file + format!("S{number}=1\n").as_str()),
            "The file has 5001 secrets",
        ),
        ("a.json", "[hunter2]".to_owned(), "Not read: line 1, column 2: this is not JSON"),
        ("a.env", String::new(), ""),
    ] {
        let dialog = page.drop(name, &content).await;
        dialog.says(reason).await;
        assert!(!dialog.can_press("Import secrets").await, "{reason}");
        dialog.leave_import().await;
    }
    assert!(!page.drop_on("#search", "a.env", "A=1").await, "a drop on a text field is the browser's");
}
