//! The table: search, filters, order, groups, pages, and the texts of an empty one.

use serde_json::json;
use strongroom_tests::browser::{Button, Field, Link};
use strongroom_tests::client::aliased;
use strongroom_tests::page::{SecretsPage, come_back, enter};

use crate::Scene;

pub fn numbered(numbers: impl Iterator<Item = usize>) -> Vec<String> {
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
        ("AWS-key", &["AWS_KEY"]),
        ("aw_", &[]),
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
        page.lists(&numbered(first..=last).iter().map(String::as_str).collect::<Vec<_>>()).await;
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
        let use_it = if role == "administrator" { "Use and access of secret A" } else { "Use secret A" };
        browser.see(Button(use_it)).await;
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
    browser.reads("1 of 13 secrets").await;

    // Also from another page.
    page.draft("ZZ_MORE", "the value of another one").await.succeeds("Add secret", "Added ZZ_MORE").await;
    enter(browser, "Members").await;
    browser.press(Button("Show")).await;
    browser.arrives_at("/team/secrets?search=ZZ_MORE").await;
    page.lists(&["ZZ_MORE"]).await;

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

#[tokio::test]
async fn filters_narrow_the_table_and_are_in_the_address() {
    let scene = Scene::with_secrets("user", &["A", "B", "C"]).await;
    let browser = &scene.browser;
    scene.runner.value("A").await;
    scene.writer.done("update_secret", json!({"name": "B", "description": "words"})).await;
    let page = scene.log_in().await;
    page.toggle_filters(&["Never read"]).await;
    page.lists(&["B", "C"]).await;
    browser.reads("1–2 of 2").await;
    browser.reads("2 of 3 secrets").await;
    page.toggle_filters(&["Has no description"]).await;
    page.lists(&["C"]).await;
    browser.arrives_at("/team/secrets?filter=never_read%2Cno_description").await;
    browser.reload().await;
    page.lists(&["C"]).await;
    page.toggle_filters(&["Changed by me"]).await;
    browser.reads("No secret matches.").await;
    page.draft("MINE", "the value of mine").await.succeeds("Add secret", "Added MINE").await;
    page.lists(&["MINE"]).await;
    browser.press(Button("Remove the filter Changed by me")).await;
    page.lists(&["C", "MINE"]).await;
    assert_eq!(browser.focused().await, "Filters");
    page.search("nothing").await;
    browser.press(Button("Clear filters")).await;
    browser.press(Button("Clear search")).await;
    page.lists(&["A", "B", "C", "MINE"]).await;
    browser.arrives_at("/team/secrets").await;

    // A secret that was just added is found whatever was chosen.
    page.toggle_filters(&["Not read for 90 days"]).await;
    browser.reads("No secret matches.").await;
    page.draft("NEW", "the value of it").await.succeeds("Add secret", "Added NEW").await;
    browser.press(Button("Show")).await;
    page.lists(&["NEW"]).await;
}

#[tokio::test]
async fn groups_fold_by_keyboard_and_are_remembered() {
    let names = ["apps/web/ID", "apps/web/KEY", "DB_PASSWORD", "DB_URL", "TOKEN"];
    let scene = Scene::with_secrets("user", &names).await;
    let browser = &scene.browser;
    let page = scene.log_in().await;
    page.lists(&names).await;
    page.toggle_filters(&["Group by prefix"]).await;
    let open = ["apps/web/ 2", "apps/web/ID", "apps/web/KEY", "DB_ 2", "DB_PASSWORD", "DB_URL", "TOKEN"];
    page.shows_entries(&open).await;
    browser.arrives_at("/team/secrets?groups=on").await;
    browser.script("document.querySelector('.secrets__group button').focus()").await;
    browser.keys(" ").await;
    let folded = ["apps/web/ 2", "DB_ 2", "DB_PASSWORD", "DB_URL", "TOKEN"];
    page.shows_entries(&folded).await;
    browser.reads("1–4 of 4").await;
    assert!(browser.focused().await.starts_with("apps/web/"), "the button keeps the focus");
    browser.assert_accessible("groups").await;

    // In this browser, whatever the address says, and in the other order.
    SecretsPage::open(browser).await.shows_entries(&folded).await;
    browser.press(Button("Name")).await;
    page.shows_entries(&["TOKEN", "DB_ 2", "DB_URL", "DB_PASSWORD", "apps/web/ 2"]).await;
    browser.press(Button("Name")).await;
    page.shows_entries(&folded).await;
    // A search looks into folded groups.
    page.search("web").await;
    page.shows_entries(&["apps/web/ 2", "apps/web/ID", "apps/web/KEY"]).await;
    page.search("").await;
    page.shows_entries(&folded).await;

    page.remove("DB_URL").await;
    page.shows_entries(&["apps/web/ 2", "DB_PASSWORD", "TOKEN"]).await;
    browser.press(Button("Undo")).await;
    page.shows_entries(&folded).await;
    page.press_in_filters("Fold all").await;
    page.shows_entries(&["apps/web/ 2", "DB_ 2", "TOKEN"]).await;
    page.press_in_filters("Unfold all").await;
    page.shows_entries(&open).await;
    page.toggle_filters(&["Group by prefix"]).await;
    page.shows_entries(&names).await;
    SecretsPage::open(browser).await.shows_entries(&names).await;
}

const MANY: usize = 10_000;

/// Presses a button. Returns the milliseconds from the end of the response until the rows are laid out, and the bytes of the
/// response, before and after compression.
const TURN: &str = "
    const button = [...document.querySelectorAll('button')].find(it => it.ariaLabel === 'Next page');
    const rows = document.querySelector('tbody');
    return new Promise(resolve => {
        const observer = new MutationObserver(() => requestAnimationFrame(() => {
            observer.disconnect();
            rows.offsetHeight;
            const now = performance.now();
            const asked = performance.getEntriesByType('resource').filter(it => it.name.endsWith('/graphql'));
            const {responseEnd, decodedBodySize, transferSize} = asked[asked.length - 1];
            resolve([now - responseEnd, decodedBodySize, transferSize]);
        }));
        observer.observe(rows, {childList: true});
        button.click();
    })";

/// Types words. Returns the milliseconds that the page is busy with each letter.
const TYPE: &str = "
    const field = document.getElementById('search');
    const pause = time => new Promise(resolve => setTimeout(resolve, time));
    const type = async letter => {
        const start = performance.now();
        field.value += letter;
        field.dispatchEvent(new Event('input', {bubbles: true}));
        await pause(0);
        field.offsetHeight;
        const busy = performance.now() - start;
        await pause(80);
        return busy;
    };
    return (async () => {
        const times = [];
        for (const letter of 'program 77') times.push(await type(letter));
        return times;
    })()";

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

#[tokio::test]
async fn ten_thousand_names_are_quick_and_only_rows_that_are_shown_are_sent() {
    let scene = Scene::new("user").await;
    let names: Vec<_> =
        (0..MANY).map(|number| format!("PREFIX{:03}_PROGRAM_{number:05}", number % 500)).collect();
    scene.writer.set_names(&names).await;
    let browser = &scene.browser;
    let page = scene.log_in().await;
    browser.reads("1–10 of 10000").await;
    let mut sorted = names.clone();
    sorted.sort_unstable();
    assert_eq!(page.names().await, sorted[..10]);

    let (mut drawn, mut bytes) = (Vec::new(), Vec::new());
    for turn in 2..12_usize {
        let figures = browser.script(TURN).await;
        let figure = |place: usize| figures[place].as_f64().expect("a number");
        drawn.push(figure(0));
        bytes.push((figure(1), figure(2)));
        browser.reads(&format!("{}–{} of 10000", turn * 10 - 9, turn * 10)).await;
    }
    let typed = browser.script(TYPE).await;
    let typed: Vec<_> =
        typed.as_array().expect("a list").iter().filter_map(serde_json::Value::as_f64).collect();
    let (drawn, typed) = (median(drawn), median(typed));
    println!("10,000 names: a page is drawn in {drawn:.1} ms, a key stroke takes {typed:.1} ms");
    println!("bytes of a page, and as sent: {bytes:?}");
    assert!(bytes.iter().all(|(page, _)| *page < 8_000.0), "{bytes:?}");

    browser.reads("1–10 of 280").await;
    page.search("nothing like it").await;
    browser.reads("No secret matches.").await;
    page.search("").await;
    browser.press(Button("Last page")).await;
    browser.reads("9991–10000 of 10000").await;
    assert_eq!(page.names().await, sorted[MANY - 10..]);

    // A long page grows as the user scrolls down.
    browser.choose(Field("Rows per page"), "All").await;
    browser.is("there are 200 rows", async || page.names().await.len() == 200).await;
    let down = "window.scrollTo(0, document.documentElement.scrollHeight)";
    for rows in [400, 600] {
        browser.script(down).await;
        browser.is(&format!("there are {rows} rows"), async || page.names().await.len() == rows).await;
    }
    assert_eq!(page.names().await, sorted[..600]);
    scene.writer.set("A_FIRST", "the value of the first".into()).await;
    let stay = async || page.names().await.len() == 600 && page.names().await[0] == "A_FIRST";
    browser.is("the others stay", stay).await;
    // The bar at the top covers a button that the driver has scrolled to.
    browser.script("window.scrollTo(0, 0)").await;
    page.toggle_filters(&["Group by prefix"]).await;
    page.press_in_filters("Fold all").await;
    browser.reads("1–501 of 501").await;
}
