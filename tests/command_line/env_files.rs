//! Compares our reading and writing of `.env` files with other readers.

use std::collections::BTreeMap;

use serde_json::Value;
use strongroom_tests::dotenv::{self, DOTENV, NODE, PYTHON, SHELL};

use crate::{Scene, secrets_file};

/// A file; our value for `R_00` or the position of the error; the readers that disagree.
type Row = (&'static str, Result<&'static str, (usize, usize)>, &'static [&'static str]);

/// If we refuse a file, all readers but those in the last column agree.
const LINES: &[Row] = &[
    ("R_00=plain", Ok("plain"), &[]),
    ("R_00=plain value \r\nB=1\r\n", Ok("plain value"), &[]),
    ("R_00=one\rB=1\r", Ok("one"), &[NODE]),
    ("\u{feff}R_00=mark", Ok("mark"), &[NODE]),
    ("  R_00 = spaces \nB=1", Ok("spaces"), &[]),
    ("\tR_00=tab", Ok("tab"), &[NODE]),
    ("R_00 =\ttab\t# comment", Ok("tab"), &[NODE]),
    ("export R_00=exported", Ok("exported"), &[]),
    ("export   R_00=exported", Ok("exported"), &[NODE]),
    ("R_00=\nB=1", Ok(""), &[]),
    ("R_00=   \nB=1", Ok(""), &[]),
    ("R_00= # comment", Ok(""), &[]),
    ("R_00=a # comment # more", Ok("a"), &[]),
    ("R_00=hunter2\u{1c}", Err((1, 6)), &[PYTHON]),
    ("R_00=a # hunter2\u{2028}B=1", Err((1, 17)), &[DOTENV]),
    ("# it's a \"comment\nR_00=a # it's one", Ok("a"), &[]),
    ("R_00=a b  c", Ok("a b  c"), &[]),
    ("R_00=a=b=c==", Ok("a=b=c=="), &[]),
    ("R_00=a\\nb\\\nB=1", Ok("a\\nb\\"), &[]),
    ("R_00=pa$$w0rd$x$(id)", Ok("pa$$w0rd$x$(id)"), &[]),
    ("R_00={\"k\":\"v\"}", Ok("{\"k\":\"v\"}"), &[]),
    ("R_00=a`b`c", Ok("a`b`c"), &[]),
    ("R_00=https://u:p@h:1/x?y=z&w", Ok("https://u:p@h:1/x?y=z&w"), &[]),
    ("R_00=für 🔑", Ok("für 🔑"), &[]),
    ("R_00=''\nB=\"1\"", Ok(""), &[]),
    ("R_00=' a # \" ` $x \\n ' # comment", Ok(" a # \" ` $x \\n "), &[]),
    ("R_00='l1\nl2\n'\nB=1", Ok("l1\nl2\n"), &[]),
    ("R_00='l1\r\nl2\r\n'\r\nB=1\r\n", Ok("l1\nl2\n"), &[]),
    ("R_00=\"l1\r\nl2\r\n\"\r\nB=1\r\n", Ok("l1\nl2\n"), &[]),
    ("R_00=\"l1\rl2\"\rB=1\r", Ok("l1\nl2"), &[NODE]),
    ("R_00=\"a # b\" # c", Ok("a # b"), &[]),
    ("R_00=\"l1\\nl2\\n\"", Ok("l1\nl2\n"), &[]),
    ("R_00=\"a\\rb\"", Ok("a\rb"), &[NODE]),
    ("R_00=\"it's C:\\dir\"", Ok("it's C:\\dir"), &[]),
    ("R_00=\"say \\\"hi\\\"\"", Ok("say \"hi\""), &[DOTENV, NODE]),
    ("R_00=\"a\\\\b\"", Ok("a\\b"), &[DOTENV, NODE]),
    ("R_00=\"a\\$b\\`c\"", Ok("a$b`c"), &[DOTENV, NODE, PYTHON]),
    ("R_00='a${HOME}b'", Ok("a${HOME}b"), &[PYTHON]),
    ("R_00='a\\\\b'", Ok("a\\\\b"), &[PYTHON]),
    ("R_00=a#hunter2", Err((1, 7)), &[PYTHON]),
    ("R_00=#hunter2", Err((1, 6)), &[PYTHON]),
    ("R_00=hunter2\u{a0}", Err((1, 6)), &[NODE]),
    ("R_00=\u{feff}hunter2", Err((1, 6)), &[DOTENV]),
    ("R_00=a${HOME}hunter2", Err((1, 7)), &[PYTHON]),
    ("B=1\nR_00=\"${HOME}hunter2\"", Err((2, 7)), &[PYTHON]),
    ("R_00=`hunter2`", Err((1, 6)), &[PYTHON]),
    ("R_00=$'hunter2\\nx'", Err((1, 6)), &[SHELL]),
    ("R_00=it's hunter2", Err((1, 8)), &[SHELL]),
    ("R_00={\"k\": \"v # hunter2\"}", Err((1, 12)), &[SHELL]),
    ("R_00=\"a\\thunter2\"", Err((1, 8)), &[PYTHON]),
    ("R_00=\"a\\'hunter2\"", Err((1, 8)), &[PYTHON]),
    ("R_00='it\\'s hunter2'", Err((1, 9)), &[DOTENV, NODE, PYTHON]),
    ("R_00='hunter2\\'\nB='1'", Err((1, 14)), &[PYTHON]),
    ("R_00='a' hunter2", Err((1, 10)), &[DOTENV, NODE, PYTHON]),
    ("R_00=\"a\" \"hunter2\"", Err((1, 10)), &[DOTENV, NODE, PYTHON]),
    ("R_00=\"hunter2\nB=1", Err((1, 6)), &[PYTHON]),
    ("R_00: hunter2", Err((1, 5)), &[DOTENV]),
    ("'R_00'=hunter2", Err((1, 1)), &[DOTENV, NODE, PYTHON]),
    ("éR_00=hunter2", Err((1, 1)), &[DOTENV]),
    ("set R_00=hunter2", Err((1, 5)), &[NODE]),
    ("export R_00", Err((1, 12)), &[PYTHON]),
    ("R_00=hunter2 \\\n more", Err((2, 6)), &[PYTHON]),
];

/// The readers in the minority, or all of them if no two agree.
fn dissenters(readings: &[(&'static str, Value); 3]) -> Vec<&'static str> {
    let agreeing = |value: &Value| readings.iter().filter(|(_, other)| other == value).count();
    readings.iter().filter(|(_, value)| agreeing(value) < 2).map(|(reader, _)| *reader).collect()
}

#[tokio::test]
async fn lines_are_read_like_other_readers_or_refused() {
    let scene = Scene::new().await;
    let name = |index: usize| format!("R_{index:02}");
    let files: Vec<String> = (0..LINES.len()).map(|index| format!("{index}.env")).collect();
    for (index, (text, ours, _)) in LINES.iter().enumerate() {
        scene.writer.file(&files[index], text.replace("R_00", &name(index)));
        let ran = scene.writer.run(["import", &files[index], "--yes"]).await;
        if let Err((line, column)) = ours {
            let said = ran.failed(1);
            assert!(said.contains(&format!("line {line}, column {column}: ")), "{text:?}: {said}");
            assert!(!said.contains("hunter2"), "{text:?}: {said}");
        } else {
            ran.succeeded();
        }
    }
    let all = dotenv::read(&scene.writer, &files).await;
    for (index, ((text, ours, others), readings)) in LINES.iter().zip(&all).enumerate() {
        eprintln!("{text:?}\n    ours: {ours:?}\n    {readings:?}");
        let found: Vec<_> = match ours {
            Ok(expected) => {
                assert_eq!(scene.reader.value(&name(index)).await, *expected, "{text:?}");
                let differs = |values: &Value| values[name(index)] != *expected;
                readings.iter().filter(|(_, values)| differs(values)).map(|(name, _)| *name).collect()
            }
            Err(_) => dissenters(readings),
        };
        // The shell is left out: it would run some of these.
        let expected: Vec<_> = others.iter().filter(|reader| **reader != SHELL).copied().collect();
        // Other versions of Node may have fixed these.
        let is_expected = found.iter().all(|reader| expected.contains(reader))
            && (expected.contains(&NODE) || found.len() == expected.len());
        assert!(is_expected, "{text:?}: {found:?} and not {expected:?}: {readings:?}");
        assert!(ours.is_ok() || !others.is_empty(), "{text:?} is refused without a reason");
    }
}

/// Values that every reader reads back.
const READ_BACK: &[&str] = &[
    "", "plain", "pa$$w0rd", "$(touch run) `touch run`", "say \"hi\"", "C:\\new\\table", "a`b", "it's",
    "it's C:\\dir", r#"{"k": "v # w", "n": [1]}"#, " leading", "trailing ", "\ttabs\t", "#a", "a#b # c", "=",
    "~", "!a", "100%", "a;b&c|d<e>(f)", "first\nsecond\n", "\n", "B=1\nexport C=2", "it's\n# two lines",
    "für Ada 🔑", "\u{feff}mark", "a\u{2028}b\u{b}", "'", "\"", "a${b",
];

/// Values, and the readers that misread our spelling.
const MISREAD: &[(&str, &[&str])] = &[
    ("-----BEGIN PRIVATE KEY-----\nMIIE/+==\n-----END PRIVATE KEY-----\n", &[]),
    ("a${HOME}b", &[PYTHON]),
    ("\\\\server\\share", &[PYTHON]),
    ("ends in \\", &[DOTENV, NODE]),
    ("it's \"both\"", &[DOTENV, NODE]),
    ("it's C:\\new", &[DOTENV, NODE]),
    ("it's $5", &[DOTENV, NODE, PYTHON]),
    ("it's `touch run`", &[DOTENV, NODE, PYTHON]),
    ("first\r\nsecond\r\n", &[NODE, SHELL]),
    ("it's\r$5 \\ \"", &[DOTENV, NODE, PYTHON, SHELL]),
];

#[tokio::test]
async fn exported_values_are_read_back_or_reported() {
    let scene = Scene::new().await;
    let values = READ_BACK.iter().map(|value| (*value, &[][..])).chain(MISREAD.iter().copied());
    let values: Vec<_> = values.collect();
    let names: Vec<String> = (0..values.len()).map(|index| format!("V_{index:02}")).collect();
    let secret = |index: usize| (names[index].clone(), values[index].0.to_owned());
    secrets_file(&scene.writer, "all.json", names.len(), secret);
    let leading = READ_BACK.iter().position(|value| *value == " leading").expect("it exists");
    let hint = format!("The value of {} begins with a space.", names[leading]);
    scene.writer.run(["import", "all.json", "--yes"]).await.says(&[&hint]);

    let said = scene.runner.run(["export", "all.env"]).await.succeeded().stderr;
    let mut warned: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for line in said.lines().filter_map(|line| Some(line.split_once("the values of ")?.1)) {
        let Some((names, rest)) = line.split_once(" are misread by ") else { continue };
        let (readers, _) = rest.split_once(". ").expect("a sentence ends");
        for name in names.split(", ") {
            // Compose is not installed here.
            warned.insert(name, readers.split(", ").filter(|reader| *reader != "Docker Compose").collect());
        }
    }

    let file = scene.runner.home().join("all.env").display().to_string();
    let readings = dotenv::read(&scene.runner, std::slice::from_ref(&file)).await.remove(0);
    let sourced = dotenv::source(&scene.runner, &file, &names).await;
    assert!(!scene.runner.home().join("run").exists(), "a shell runs no part of a value");
    for (index, (value, readers)) in values.iter().enumerate() {
        let name = names[index].as_str();
        let mut found: Vec<_> =
            readings.iter().filter(|(_, values)| values[name] != *value).map(|(reader, _)| *reader).collect();
        if sourced[index] != *value {
            found.push(SHELL);
        }
        eprintln!("{value:?}: misread by {found:?}");
        let warned_of = warned.get(name).map_or(&[][..], Vec::as_slice);
        assert!(found.iter().all(|reader| readers.contains(reader)), "{name}={value:?}: {found:?}");
        assert!(readers.iter().all(|reader| *reader == NODE || found.contains(reader)), "{name}: {found:?}");
        assert_eq!(warned_of, *readers, "{name}: {said}");
    }
    let unchanged = format!("{} secrets unchanged", values.len());
    scene.writer.run(["import", &file, "--yes"]).await.says(&[&unchanged]);
}
