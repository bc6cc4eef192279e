//! Lends a PostgreSQL cluster to the tests: prints its URL, and ends it when standard input ends.

fn main() {
    strongroom_tests::postgres::lend();
}
