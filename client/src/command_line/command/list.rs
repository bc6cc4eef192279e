//! `list`: lists the secrets, without values.

use chrono::{DateTime, Utc};
use comfy_table::presets::NOTHING;
use comfy_table::{Cell, ColumnConstraint, ContentArrangement, Row, Table, Width};
use serde_json::{Value, json};
use strongroom::{Client, ListedSecret as Secret};

use crate::command_line::time::Expiry;
use crate::command_line::{lookalike, output, time};

const HEADER: [&str; 7] = ["NAME", "VERSION", "UPDATED", "UPDATED BY", "LAST READ", "EXPIRES", "DESCRIPTION"];
const NAME: usize = 0;
/// Hidden if nothing expires.
const EXPIRES: usize = 5;
const DESCRIPTION: usize = HEADER.len() - 1;
/// The columns to hide in narrow terminals, in this order.
const HIDDEN_FIRST: [usize; 6] = [3, 1, 4, DESCRIPTION, 2, EXPIRES];
const GAP: u16 = 2;
/// In a terminal without room for everything, a name takes at most half of the width, but at least this.
const WHOLE_NAME: u16 = 40;

/// List the secrets, and when and by whom each was set and read
///
/// Shows no values. A limited key sees only the secrets it can access. On a terminal, times are relative, and columns and
/// very long names that don't fit are shortened or hidden; otherwise times are in UTC, and nothing is hidden. The column
/// EXPIRES is there if one of the secrets expires.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  strongroom list
  strongroom list --expiring 30d
  strongroom list --names | grep '^DB_'
  strongroom list --json | jq -r '.[] | select(.last_read == null) | .name'")]
pub struct Arguments {
    /// Only the secrets that expire within this time or by the end of this day (UTC), or have expired: 30d, 12h,
    /// 2030-12-31
    #[arg(long, value_name = "WHEN", value_parser = time::parse_deadline, allow_hyphen_values = true)]
    expiring: Option<Expiry>,
    /// Print only names, one per line
    #[arg(long, conflicts_with = "json")]
    names: bool,
    /// Print JSON, for programs
    #[arg(long)]
    json: bool,
}

pub async fn run(client: &Client, arguments: Arguments) -> anyhow::Result<()> {
    if arguments.names && arguments.expiring.is_none() {
        return output::names(&client.secret_names().await?);
    }
    let mut secrets = client.secrets().await?;
    secrets.sort_by(|a, b| a.name.cmp(&b.name));
    if let Some(deadline) = arguments.expiring {
        let deadline = time::parse(&deadline.at(time::now()));
        secrets.retain(|secret| expiry(secret).is_some_and(|at| Some(at) <= deadline));
    }
    if arguments.names {
        return output::names(&secrets.into_iter().map(|secret| secret.name).collect::<Vec<_>>());
    }
    if arguments.json {
        output::json(&secrets.iter().map(to_json).collect::<Vec<_>>())?;
    } else if secrets.is_empty() && arguments.expiring.is_some() {
        output::note("No secret that this key can access has expired, or expires by then.");
    } else if secrets.is_empty() {
        output::note("There are no secrets that this key can access. `strongroom set NAME` creates one.");
    } else {
        output::styled(&table(&secrets, output::width()))?;
    }
    Ok(())
}

/// When a secret expires; `None` for never.
fn expiry(secret: &Secret) -> Option<DateTime<Utc>> {
    time::parse(&secret.expires_at.as_ref()?.0)
}

fn to_json(secret: &Secret) -> Value {
    json!({
        "name": secret.name,
        "version": secret.version,
        "updated": secret.updated.0,
        "updated_by": secret.updated_by,
        "last_read": secret.last_read.as_ref().map(|time| &time.0),
        "last_read_by": secret.last_read_by,
        "expires_at": secret.expires_at.as_ref().map(|time| &time.0),
        "description": secret.description.as_ref().filter(|text| !text.is_empty()),
    })
}

/// The secrets as a table; with `width`, for a terminal.
fn table(secrets: &[Secret], width: Option<u16>) -> String {
    let now = time::now();
    let shown = |text: &str| if width.is_some() { time::relative(text, now) } else { time::exact(text) };
    let known = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(HEADER);
    let names: Vec<_> = secrets.iter().map(|secret| secret.name.as_str()).collect();
    for (secret, name) in secrets.iter().zip(lookalike::drawn(&names)) {
        let cells = [
            name,
            secret.version.to_string(),
            shown(&secret.updated.0),
            secret.updated_by.clone(),
            known(secret.last_read.as_ref().map(|time| shown(&time.0))),
            known(secret.expires_at.as_ref().map(|time| shown(&time.0))),
            known(secret.description.clone().filter(|text| !text.is_empty())),
        ];
        let mut row = Row::from(cells.map(|text| Cell::new(output::printable(&text))));
        row.max_height(1);
        table.add_row(row);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, GAP));
    }
    let has_expiry = secrets.iter().any(|secret| secret.expires_at.is_some());
    if !has_expiry && let Some(column) = table.column_mut(EXPIRES) {
        column.set_constraint(ColumnConstraint::Hidden);
    }
    if let Some(width) = width {
        fit(&mut table, width, has_expiry);
    }
    let mut text = table.trim_fmt();
    text.push('\n');
    text
}

/// Shortens descriptions and very long names, then hides columns. Other names stay whole, because users type them next.
fn fit(table: &mut Table, width: u16, has_expiry: bool) {
    table.set_width(width).set_content_arrangement(ContentArrangement::Dynamic).set_truncation_indicator("…");
    let mut widths: Vec<u16> = table.column_max_content_widths();
    let shortest = u16::try_from(HEADER[DESCRIPTION].len()).unwrap_or(u16::MAX);
    let of_descriptions = widths[DESCRIPTION];
    widths[DESCRIPTION] = of_descriptions.min(shortest);
    let mut needed: u16 = widths.iter().fold(0, |sum, width| sum.saturating_add(width + GAP));
    let mut constraints = [ColumnConstraint::ContentWidth; HEADER.len()];
    if !has_expiry {
        needed -= widths[EXPIRES] + GAP;
        constraints[EXPIRES] = ColumnConstraint::Hidden;
    }
    let longest_name = WHOLE_NAME.max(width / 2);
    if needed > width && widths[NAME] > longest_name {
        needed = needed.saturating_sub(widths[NAME] - longest_name);
        constraints[NAME] = ColumnConstraint::Absolute(Width::Fixed(longest_name + GAP));
    }
    for column in HIDDEN_FIRST {
        if needed > width && constraints[column] != ColumnConstraint::Hidden {
            needed -= widths[column] + GAP;
            constraints[column] = ColumnConstraint::Hidden;
        }
    }
    if constraints[DESCRIPTION] != ColumnConstraint::Hidden {
        let room = widths[DESCRIPTION] + width.saturating_sub(needed);
        constraints[DESCRIPTION] = ColumnConstraint::Absolute(Width::Fixed(of_descriptions.min(room) + GAP));
    }
    for (column, constraint) in table.column_iter_mut().zip(constraints) {
        column.set_constraint(constraint);
    }
}

#[cfg(test)]
mod tests {
    use strongroom_shared::{DateTime, Uuid};

    use super::*;

    fn listed(name: &str, description: &str) -> Secret {
        Secret {
            id: Uuid::nil(),
            name: name.to_owned(),
            version: 1,
            updated: DateTime("2026-11-21T14:05:00Z".to_owned()),
            updated_by: "ada@example.com".to_owned(),
            last_read: None,
            last_read_by: None,
            expires_at: None,
            description: Some(description.to_owned()),
        }
    }

    #[test]
    fn pipes_get_full_columns() {
        let long = "on and ".repeat(50);
        let table = table(&[listed("DB_URL", &long), listed("a", "b\nc\u{1b}")], None);
        insta::assert_snapshot!(table.replace(long.trim_end(), "(all of it)"), @"
        NAME    VERSION  UPDATED           UPDATED BY       LAST READ  DESCRIPTION
        DB_URL  1        2026-11-21 14:05  ada@example.com  -          (all of it)
        a       1        2026-11-21 14:05  ada@example.com  -          b c‹U+001B›
        ");
    }

    #[test]
    fn expiry_has_a_column_if_something_expires() {
        let expires_at = Some(DateTime("2030-12-31T23:59:59Z".to_owned()));
        let secrets = [Secret { expires_at, ..listed("A", "") }, listed("B", "")];
        insta::assert_snapshot!(table(&secrets, None), @"
        NAME  VERSION  UPDATED           UPDATED BY       LAST READ  EXPIRES           DESCRIPTION
        A     1        2026-11-21 14:05  ada@example.com  -          2030-12-31 23:59  -
        B     1        2026-11-21 14:05  ada@example.com  -          -                 -
        ");
    }

    #[test]
    fn terminals_get_lines_that_fit_and_full_names() {
        let name = "A_RATHER_LONG_NAME";
        let secrets = [listed(name, &"on and ".repeat(50)), listed("für Ada 🔑", "für")];
        for width in 30..200 {
            let table = table(&secrets, Some(width));
            assert_eq!(table.lines().count(), 3, "{table}");
            assert!(table.contains(name), "{table}");
            for line in table.lines() {
                assert!(line.chars().count() <= usize::from(width), "{width}: {table}");
                assert_eq!(line, line.trim_end());
            }
        }
        let narrow = table(&secrets, Some(10));
        assert!(narrow.contains(name), "{narrow}");
    }

    #[test]
    fn a_very_long_name_leaves_room_for_other_columns() {
        let long = "LONG_".repeat(51);
        let secrets = [listed(&long, "for Ada"), listed("DB_URL", "for the job")];
        let narrow = table(&secrets, Some(100));
        assert!(narrow.contains('…') && narrow.contains("for the job"), "{narrow}");
        for line in narrow.lines() {
            assert!(line.chars().count() <= 100 && !line.contains(&long[..100]), "{narrow}");
        }
        for width in [None, Some(400)] {
            assert!(table(&secrets, width).contains(&long));
        }
    }
}
