//! How many tests of each kind passed and failed, read from the JUnit file that the test runner writes. Only the
//! opening tag of each suite is read; there is one suite for each test binary.

use std::fmt;

pub struct Report {
    suites: Vec<Suite>,
}

struct Suite {
    /// The test binary: a package, then after `::` the file of an integration test or `bin/` and a program.
    name: String,
    tests: u64,
    failed: u64,
}

impl Report {
    pub fn from_junit(text: &str) -> Self {
        let tags = text.split("<testsuite ").skip(1).filter_map(|rest| rest.split('>').next());
        let suites = tags.map(|tag| {
            let number = |name| attribute(tag, name).and_then(|value| value.parse().ok()).unwrap_or(0);
            Suite {
                name: attribute(tag, "name").unwrap_or("?").to_owned(),
                tests: number("tests") - number("skipped"),
                failed: number("failures") + number("errors"),
            }
        });
        Self { suites: suites.collect() }
    }

    pub fn is_empty(&self) -> bool {
        self.suites.iter().all(|suite| suite.tests == 0)
    }

    pub fn print_table(&self) {
        for suite in &self.suites {
            let failed =
                if suite.failed == 0 { String::new() } else { format!("{:>5} failed", suite.failed) };
            println!("    {:<44} {:>5} passed{failed}", suite.name, suite.tests - suite.failed);
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tests: u64 = self.suites.iter().map(|suite| suite.tests).sum();
        let failed: u64 = self.suites.iter().map(|suite| suite.failed).sum();
        write!(out, "{} passed, {failed} failed", tests - failed)
    }
}

/// The value of an attribute of a tag. Values here are names of binaries and numbers, with nothing escaped in them.
fn attribute<'tag>(tag: &'tag str, name: &str) -> Option<&'tag str> {
    let start = tag.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix("=\""))?;
    start.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    const JUNIT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="nextest-run" tests="6" skipped="1" failures="1" errors="1" uuid="0" timestamp="0" time="6.6">
    <testsuite name="strongroom-server" tests="4" skipped="1" errors="0" failures="0">
        <testcase name="a" classname="strongroom-server" time="0.1"/>
    </testsuite>
    <testsuite name="strongroom-tests::browser" tests="2" skipped="0" errors="1" failures="1">
    </testsuite>
</testsuites>"#;

    #[test]
    fn tests_are_counted_over_all_suites() {
        let report = Report::from_junit(JUNIT);
        assert_eq!(report.suites.len(), 2);
        assert_eq!(report.suites[1].name, "strongroom-tests::browser");
        assert_eq!(report.to_string(), "3 passed, 2 failed");
        assert!(!report.is_empty());
        assert!(Report::from_junit("<testsuites name=\"nextest-run\" tests=\"0\"></testsuites>").is_empty());
    }
}
