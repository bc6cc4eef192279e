//! The table: search, order, pages, and what is there instead when there are no rows.

use serde_json::json;
use strongroom_tests::Client;
use strongroom_tests::browser::{Button, Field, Link};
use strongroom_tests::client::aliased;
use strongroom_tests::page::come_back;

use crate::Scene;

async fn fill(writer: &Client, count: usize) {
    let fields: Vec<String> = numbered(1..=count)
        .iter()
        .map(|name| format!("set_secret(input: {{name: \"{name}\", value: 1}}) {{ success }}"))
        .collect();
    writer.query(&aliased(&fields)).await.data("/a0/success");
}

fn numbered(numbers: impl Iterator<Item = usize>) -> Vec<String> {
    numbers.map(|number| format!("SECRET {number:02}")).collect()
}

#[tokio::test]
async fn the_page_says_what_it_is_for_and_shows_the_teams_secrets_as_they_come() {
    let scene = Scene::new("user").await;
    scene.server.team("other").await.key("user").await.set("THEIRS", "their own value".into()).await;
    let page = scene.log_in().await;
    let browser = &scene.browser;
    browser.assert_attributes(Link("secrets"), &[("target", "_blank")]).await;
    let relation = browser.see(Link("secrets")).await.attr("rel").await.expect("an attribute");
    let relation = relation.unwrap_or_default();
    assert!(relation.contains("noopener") && relation.contains("noreferrer"), "{relation}");
    browser.see(Button("Add secret")).await;
    browser.see(Link("Secrets")).await;
    browser.reads("Your team doesn't have any secrets yet.").await;
    page.lists(&[]).await;
    page.store("FIRST", "text", "the first value").await;
    page.lists(&["FIRST"]).await;
    browser.no_longer_reads("doesn't have any secrets yet").await;

    // What others have changed shows when one comes back.
    scene.writer.set("MEANWHILE", "set meanwhile".into()).await;
    come_back(browser).await;
    page.lists(&["FIRST", "MEANWHILE"]).await;
    let text = browser.text().await;
    assert!(text.contains(&scene.team.name()) && !text.contains("THEIRS"), "{text}");
}

#[tokio::test]
async fn search_narrows_the_table_and_the_heading_turns_the_order_round() {
    let scene = Scene::new("user").await;
    for name in ["AWS_KEY", "aws_region", "db password", "a.*b", "10", "2"] {
        scene.writer.set(name, json!(1)).await;
    }
    let all = ["2", "10", "a.*b", "AWS_KEY", "aws_region", "db password"];
    let page = scene.log_in().await;
    page.lists(&all).await;
    for (search, found) in [
        ("aws", &["AWS_KEY", "aws_region"][..]),
        ("  AWS_k ", &["AWS_KEY"]),
        ("d", &["db password"]),
        (".*", &["a.*b"]),
        ("", &all),
    ] {
        page.search(search).await;
        page.lists(found).await;
    }
    page.search("nothing like it").await;
    scene.browser.reads("No secret matches.").await;
    page.lists(&[]).await;
    scene.browser.press(Button("Clear search")).await;
    page.lists(&all).await;

    let mut reversed = all;
    reversed.reverse();
    assert_eq!(page.order().await, "ascending");
    page.sort().await;
    page.lists(&reversed).await;
    assert_eq!(page.order().await, "descending");
    page.sort().await;
    page.lists(&all).await;
}

#[tokio::test]
async fn many_secrets_come_in_pages() {
    let scene = Scene::new("user").await;
    fill(&scene.writer, 25).await;
    let page = scene.log_in().await;
    let browser = &scene.browser;
    page.counts("1–10 of 25").await;
    assert_eq!(page.names().await, numbered(1..=10));
    let enabled = async |button| browser.can_use(Button(button)).await;
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
        browser.choose(Field("Rows per page"), size).await;
        page.counts(label).await;
        assert_eq!(page.names().await, numbered(1..=last));
    }
    browser.choose(Field("Rows per page"), "10").await;
    browser.press(Button("Next page")).await;
    page.counts("11–20 of 25").await;
    page.search("2").await;
    page.counts("1–8 of 8").await;
    page.search("").await;
    page.counts("1–10 of 25").await;

    // Without its last row, the last page is the one before.
    for number in 21..25 {
        scene.writer.delete(&format!("SECRET {number}")).await;
    }
    come_back(browser).await;
    page.counts("1–10 of 21").await;
    browser.press(Button("Last page")).await;
    page.counts("21–21 of 21").await;
    page.remove("SECRET 25").await;
    page.counts("11–20 of 20").await;
    assert_eq!(page.names().await, numbered(11..=20));
}

#[tokio::test]
async fn only_who_may_manage_secrets_finds_buttons() {
    const FOR_ALL_THREE: [&str; 3] = ["Add secret", "Modify secret A", "Delete secret A"];
    for role in ["read-only", "user", "administrator"] {
        let scene = Scene::new(role).await;
        let browser = &scene.browser;
        scene.writer.set("A", "the value of A".into()).await;
        scene.log_in().await.lists(&["A"]).await;
        if role == "read-only" {
            browser.reads("You can't manage this team's secrets.").await;
            browser.reads("Read-only").await;
            for button in [&FOR_ALL_THREE[..], &["Recently deleted", "History of secret A"]].concat() {
                assert!(!browser.shows(Button(button)).await, "{button}");
            }
        } else {
            assert!(!browser.text().await.contains("You can't manage"), "{role}");
            for button in FOR_ALL_THREE {
                browser.see(Button(button)).await;
            }
        }
    }
}
