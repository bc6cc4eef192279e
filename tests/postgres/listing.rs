//! The pages of the list of secrets: on PostgreSQL, too, each is read in the order of an index.

use serde_json::json;
use strongroom_tests::Store;
use strongroom_tests::postgres::Database;
use strongroom_tests::wait;

const MANY: usize = 10_000;

/// Spreads the columns, as a year's use would.
const SPREAD: &str = "UPDATE secrets SET version = random() * 1000, updated_by = 'user' || (random() * 1000)::int, \
                      updated = now() - random() * interval '1 year', \
                      last_read = CASE WHEN random() < 0.8 THEN now() - random() * interval '1 year' END, \
                      last_read_by = CASE WHEN random() < 0.8 THEN 'Key ' || (random() * 1000)::int END";

#[tokio::test]
async fn every_page_is_read_in_the_order_of_an_index() {
    let store = Store::on_postgres(Database::create());
    let server = store.serve().await;
    let writer = server.team("acme").await.key("user").await;
    let names: Vec<_> = (0..MANY).map(|number| format!("PREFIX{:03}_NAME {number}", number % 500)).collect();
    writer.set_names(&names).await;
    store.sql(SPREAD).await;
    store.sql("ANALYZE secrets").await;
    let scans = async |index: &str| {
        let count =
            format!("SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'secrets_live_{index}'");
        store.sql_number(&count).await
    };
    let document =
        "query($input: secret_page_input!) { secret_page(input: $input) { rows { secret { name } } } }";
    for (sort, index) in [
        ("name", "sort_key"),
        ("updated", "updated"),
        ("updated_by", "updated_by"),
        ("version", "version"),
        ("last_read", "last_read"),
        ("last_read_by", "last_read_by"),
    ] {
        let before = scans(index).await;
        for descending in [false, true] {
            let input = json!({"sort": sort, "descending": descending, "limit": 10, "offset": 20});
            let page = writer.graphql(document, json!({"input": input})).await;
            assert_eq!(page.list("/secret_page/rows").len(), 10);
        }
        // PostgreSQL publishes its counts after a while.
        let what = format!("both directions use the index {index}");
        wait::is(&what, async || scans(index).await >= before + 2).await;
    }
}
