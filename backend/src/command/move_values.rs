//! `strongroom-server move-values`: what an operator is told of it, while it runs and afterwards.

use std::fmt::Write as _;

use anyhow::ensure;

use super::rotate::Display;
use crate::service::Service;

/// Moves values to the place where new ones go, shows on standard error how far that is, and says what to print on
/// standard output. Fails, after everything else is done, if Vault has lost values.
pub async fn run(service: &Service) -> anyhow::Result<String> {
    let mut display = Display::new();
    let moved = service.move_values(|done, total| display.show("moved", done, total)).await?;
    display.clear();
    let (to, from) = if moved.to_vault { ("Vault", "the database") } else { ("the database", "Vault") };
    let mut text = format!("Moved {} values to {to}; {} are left in {from}.\n", moved.values, moved.left);
    if moved.removed > 0 {
        writeln!(text, "Removed {} values from Vault that nobody uses.", moved.removed)?;
    }
    if moved.to_be_removed > 0 {
        writeln!(
            text,
            "{} values that nobody uses any more are removed from Vault in an hour or two, by a running server or by this \
             command: keep the settings of Vault until then.",
            moved.to_be_removed
        )?;
    }
    let lost: Vec<_> = moved.lost.iter().map(ToString::to_string).collect();
    ensure!(lost.is_empty(), "{text}Vault does not have these values any more:\n{}", lost.join("\n"));
    Ok(text)
}
