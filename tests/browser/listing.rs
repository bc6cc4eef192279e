//! The table: search, order, pages, and what is there instead when there are no rows.

use serde_json::json;
use strongroom_tests::Client;
use strongroom_tests::browser::Target::{Button, Link};
use strongroom_tests::client::aliased;

use crate::Scene;

/// Sets `SECRET 01` to `SECRET count`.
async fn fill(writer: &Client, count: usize) {
    let fields: Vec<String> = numbered(1..=count)
        .iter()
        .map(|name| format!("set_secret(input: {{name: \"{name}\", value: 1}}) {{ success }}"))
        .collect();
    writer.query(&aliased(&fields)).await.data("/a0/success");
}

/// The names `SECRET 01`, `SECRET 02`, …
fn numbered(numbers: impl Iterator<Item = usize>) -> Vec<String> {
    numbers.map(|number| format!("SECRET {number:02}")).collect()
}

#[tokio::test]
async fn the_page_says_what_it_is_for() {
    let scene = Scene::new("user").await;
    scene.log_in().await;
    let browser = &scene.browser;
    browser.reads("secrets").await;
    let link = browser.see(Link("secrets")).await;
    assert_eq!(link.attr("target").await.expect("an attribute"), Some("_blank".to_owned()));
    let relation = link.attr("rel").await.expect("an attribute").unwrap_or_default();
    assert!(relation.contains("noopener") && relation.contains("noreferrer"), "{relation}");
    browser.see(Button("Add Secret")).await;
    browser.see(Link("Secrets")).await;
    scene.browser.close().await;
}

#[tokio::test]
async fn search_narrows_the_table_with_every_key() {
    let scene = Scene::new("user").await;
    for name in ["AWS_KEY", "aws_region", "db password", "a.*b"] {
        scene.writer.set(name, json!(1)).await;
    }
    let page = scene.log_in().await;
    page.lists(&["a.*b", "AWS_KEY", "aws_region", "db password"]).await;
    for (search, found) in [
        ("aws", &["AWS_KEY", "aws_region"][..]),
        ("  AWS_k ", &["AWS_KEY"]),
        ("d", &["db password"]),
        (".*", &["a.*b"]),
        ("", &["a.*b", "AWS_KEY", "aws_region", "db password"]),
    ] {
        page.search(search).await;
        page.lists(found).await;
    }
    page.search("nothing like it").await;
    scene.browser.reads("No secret has this in its name.").await;
    page.lists(&[]).await;
    scene.browser.press(Button("Clear search")).await;
    page.lists(&["a.*b", "AWS_KEY", "aws_region", "db password"]).await;
    scene.browser.close().await;
}

#[tokio::test]
async fn the_heading_of_the_column_turns_the_order_round() {
    let scene = Scene::new("user").await;
    for name in ["b", "A", "10", "2", "C"] {
        scene.writer.set(name, json!(1)).await;
    }
    let page = scene.log_in().await;
    page.lists(&["2", "10", "A", "b", "C"]).await;
    assert_eq!(page.order().await, "ascending");
    page.sort().await;
    page.lists(&["C", "b", "A", "10", "2"]).await;
    assert_eq!(page.order().await, "descending");
    page.sort().await;
    page.lists(&["2", "10", "A", "b", "C"]).await;
    scene.browser.close().await;
}

#[tokio::test]
async fn many_secrets_come_in_pages() {
    let scene = Scene::new("user").await;
    fill(&scene.writer, 25).await;
    let page = scene.log_in().await;
    let browser = &scene.browser;
    page.counts("1–10 of 25").await;
    assert_eq!(page.names().await, numbered(1..=10));
    let enabled = async |button| browser.see(Button(button)).await.is_enabled().await.expect("it is there");
    assert!(!enabled("First page").await && !enabled("Previous page").await);

    browser.press(Button("Next page")).await;
    page.counts("11–20 of 25").await;
    assert_eq!(page.names().await, numbered(11..=20));
    browser.press(Button("Last page")).await;
    page.counts("21–25 of 25").await;
    assert_eq!(page.names().await, numbered(21..=25));
    assert!(!enabled("Next page").await && !enabled("Last page").await);
    browser.press(Button("Previous page")).await;
    page.counts("11–20 of 25").await;
    browser.press(Button("First page")).await;
    page.counts("1–10 of 25").await;

    for (size, label, last) in [("15", "1–15 of 25", 15), ("20", "1–20 of 25", 20), ("All", "1–25 of 25", 25)]
    {
        page.rows_per_page(size).await;
        page.counts(label).await;
        assert_eq!(page.names().await, numbered(1..=last));
    }
    page.rows_per_page("10").await;
    browser.press(Button("Next page")).await;
    page.counts("11–20 of 25").await;
    page.search("2").await;
    page.counts("1–8 of 8").await;
    page.search("").await;
    page.counts("1–10 of 25").await;
    scene.browser.close().await;
}

#[tokio::test]
async fn deleting_the_last_row_of_the_last_page_shows_the_page_before() {
    let scene = Scene::new("user").await;
    fill(&scene.writer, 11).await;
    let page = scene.log_in().await;
    page.counts("1–10 of 11").await;
    scene.browser.press(Button("Last page")).await;
    page.counts("11–11 of 11").await;
    let dialog = page.delete("SECRET 11").await;
    dialog.press("Delete").await;
    dialog.closes().await;
    page.counts("1–10 of 10").await;
    assert_eq!(page.names().await, numbered(1..=10));
    scene.browser.close().await;
}

#[tokio::test]
async fn an_empty_team_is_invited_to_add_its_first_secret() {
    let scene = Scene::new("user").await;
    let page = scene.log_in().await;
    scene.browser.reads("Your team doesn't have any secrets yet.").await;
    page.lists(&[]).await;
    page.store("FIRST", "text", "the first value").await;
    page.lists(&["FIRST"]).await;
    scene.browser.no_longer_reads("doesn't have any secrets yet").await;
    scene.browser.close().await;
}

#[tokio::test]
async fn who_may_only_look_is_told_so_and_finds_no_buttons() {
    let scene = Scene::new("read-only").await;
    scene.writer.set("A", "the value of A".into()).await;
    let page = scene.log_in().await;
    let browser = &scene.browser;
    page.lists(&["A"]).await;
    browser.reads("You can't manage this team's secrets.").await;
    browser.reads("Read-only").await;
    for button in ["Add Secret", "Modify secret A", "Delete secret A"] {
        assert!(!browser.shows(Button(button)).await, "{button}");
    }
    scene.browser.close().await;
}

#[tokio::test]
async fn who_may_manage_secrets_sees_no_lock() {
    for role in ["user", "administrator"] {
        let scene = Scene::new(role).await;
        scene.writer.set("A", "the value of A".into()).await;
        let page = scene.log_in().await;
        page.lists(&["A"]).await;
        assert!(!scene.browser.text().await.contains("You can't manage"), "{role}");
        for button in ["Add Secret", "Modify secret A", "Delete secret A"] {
            scene.browser.see(Button(button)).await;
        }
        scene.browser.close().await;
    }
}

#[tokio::test]
async fn what_others_have_changed_shows_when_one_comes_back() {
    let scene = Scene::new("user").await;
    let page = scene.log_in().await;
    page.store("MINE", "text", "set in the browser").await;
    scene.writer.set("THEIRS", "set meanwhile".into()).await;
    scene.browser.script("document.dispatchEvent(new Event('visibilitychange', {bubbles: true}))").await;
    page.lists(&["MINE", "THEIRS"]).await;
    scene.browser.close().await;
}

#[tokio::test]
async fn teams_see_their_own_secrets() {
    let scene = Scene::new("user").await;
    scene.writer.set("OURS", "our own value".into()).await;
    scene.server.team("other").await.key("user").await.set("THEIRS", "their own value".into()).await;
    let page = scene.log_in().await;
    page.lists(&["OURS"]).await;
    assert!(!scene.browser.text().await.contains("THEIRS"));
    assert!(scene.browser.text().await.contains(&scene.team.name()));
    scene.browser.close().await;
}
