//! The table: search, order, pages, and the texts of an empty one.

use strongroom_tests::browser::{Button, Field, Link};
use strongroom_tests::client::aliased;
use strongroom_tests::page::{come_back, enter};

use crate::Scene;

fn numbered(numbers: impl Iterator<Item = usize>) -> Vec<String> {
    numbers.map(|number| format!("SECRET {number:02}")).collect()
}

#[tokio::test]
async fn the_table_shows_the_teams_secrets_and_follows_changes() {
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

    scene.writer.set("MEANWHILE", "set meanwhile".into()).await;
    come_back(browser).await;
    page.lists(&["FIRST", "MEANWHILE"]).await;
    let text = browser.text().await;
    assert!(text.contains(&scene.team.name()) && !text.contains("THEIRS"), "{text}");
}

#[tokio::test]
async fn search_narrows_the_table_and_the_heading_reverses_its_order() {
    let mut all = ["2", "10", "a.*b", "AWS_KEY", "aws_region", "db password"];
    let scene = Scene::with_secrets("user", &all).await;
    let page = scene.log_in().await;
    page.lists(&all).await;
    for (search, found) in [
        ("aws", &["AWS_KEY", "aws_region"][..]),
        ("  AWS_k ", &["AWS_KEY"]),
        ("d", &["db password"]),
        (".*", &["a.*b"]),
        ("KEY-aws", &["AWS_KEY"]),
        ("", &all),
    ] {
        page.search(search).await;
        page.lists(found).await;
    }
    page.search("nothing like it").await;
    scene.browser.reads("No secret matches.").await;
    page.lists(&[]).await;
    scene.browser.press(Button("Clear search")).await;

    for order in ["ascending", "descending", "ascending"] {
        page.lists(&all).await;
        assert_eq!(page.order().await, order);
        scene.browser.press(Button("Name")).await;
        all.reverse();
    }
}

#[tokio::test]
async fn many_secrets_come_in_pages() {
    let scene = Scene::new("user").await;
    let names = numbered(1..=25).into_iter();
    let set = names.map(|name| format!("set_secret(input: {{name: \"{name}\", value: 1}}) {{ success }}"));
    scene.writer.query(&aliased(&set.collect::<Vec<_>>())).await.data("/a0/success");
    let page = scene.log_in().await;
    let browser = &scene.browser;
    let shows = async |label: &str, first: usize, last: usize| {
        browser.reads(label).await;
        assert_eq!(page.names().await, numbered(first..=last));
    };
    let enabled = async |button| browser.can_use(Button(button)).await;
    shows("1–10 of 25", 1, 10).await;
    assert!(!enabled("First page").await && !enabled("Previous page").await);
    for (button, label, first, last) in [
        ("Next page", "11–20 of 25", 11, 20),
        ("Last page", "21–25 of 25", 21, 25),
        ("Previous page", "11–20 of 25", 11, 20),
        ("First page", "1–10 of 25", 1, 10),
    ] {
        browser.press(Button(button)).await;
        shows(label, first, last).await;
        assert_eq!([enabled("Next page").await, enabled("Last page").await], [last < 25; 2]);
    }
    for (size, label, last) in [("25", "1–25 of 25", 25), ("All", "1–25 of 25", 25), ("10", "1–10 of 25", 10)]
    {
        browser.choose(Field("Rows per page"), size).await;
        shows(label, 1, last).await;
        browser.reload().await;
        shows(label, 1, last).await;
    }
    browser.press(Button("Next page")).await;
    browser.reads("11–20 of 25").await;
    page.search("2").await;
    browser.reads("1–8 of 8").await;
    browser.arrives_at("/team/secrets?search=2&rows=10").await;
    page.search("").await;
    browser.reads("1–10 of 25").await;

    // Deleting the only row of the last page leads to the page before.
    for number in 21..25 {
        scene.writer.delete(&format!("SECRET {number}")).await;
    }
    come_back(browser).await;
    browser.reads("1–10 of 21").await;
    browser.press(Button("Last page")).await;
    browser.reads("21–21 of 21").await;
    page.remove("SECRET 25").await;
    shows("11–20 of 20", 11, 20).await;
}

#[tokio::test]
async fn only_roles_that_manage_secrets_see_its_buttons() {
    const MANAGE: [&str; 3] = ["Add secret", "Modify secret A", "Delete secret A"];
    let mut scene = Scene::with_secrets("user", &["A"]).await;
    for role in ["read-only", "user", "administrator"] {
        scene.person = scene.team.person(role).await;
        scene.log_in().await.lists(&["A"]).await;
        let browser = &scene.browser;
        if role == "read-only" {
            browser.reads("You can't manage this team's secrets.").await;
            browser.reads("Read-only").await;
            for button in [&MANAGE[..], &["Recently deleted", "History of secret A"]].concat() {
                assert!(!browser.shows(Button(button)).await, "{button}");
            }
        } else {
            assert!(!browser.text().await.contains("You can't manage"), "{role}");
            for button in MANAGE {
                browser.see(Button(button)).await;
            }
        }
        strongroom_tests::page::log_out(browser).await;
    }
}

#[tokio::test]
async fn an_added_secret_can_be_found_and_the_address_keeps_the_search() {
    let names = numbered(1..=12);
    let scene = Scene::with_secrets("user", &names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let browser = &scene.browser;
    let page = scene.log_in().await;
    let dialog = page.draft("ZZ_LAST", "the value of the last one").await;
    dialog.succeeds("Add secret", "Added ZZ_LAST").await;
    browser.press(Button("Show")).await;
    page.lists(&["ZZ_LAST"]).await;

    page.search("secret").await;
    browser.press(Button("Name")).await;
    browser.press(Button("Next page")).await;
    let shown: Vec<_> = names[..2].iter().rev().map(String::as_str).collect();
    page.lists(&shown).await;
    let query = "return location.search";
    let expected = "?search=secret&sort=-name&page=2";
    browser.is("the address has the search", async || browser.script(query).await == expected).await;
    enter(browser, "Members").await;
    browser.script("history.back()").await;
    page.lists(&shown).await;
    assert_eq!(browser.value(Field("Search for a secret")).await, "secret");
    assert_eq!(page.order().await, "descending");
}
