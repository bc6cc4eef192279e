//! `completions`: prints a shell's completion script.

use clap::Command;
use clap_complete::Shell;

use crate::command_line::output;

/// Print a shell's completion script
#[derive(clap::Args)]
#[command(after_help = "\
Where to install it:
  bash   strongroom completions bash > ~/.local/share/bash-completion/completions/strongroom
  zsh    strongroom completions zsh > \"${fpath[1]}/_strongroom\"
  fish   strongroom completions fish > ~/.config/fish/completions/strongroom.fish
Then start a new shell.")]
pub struct Arguments {
    /// The shell
    shell: Shell,
}

pub fn run(arguments: &Arguments, mut program: Command) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut program, "strongroom", &mut script);
    output::exactly(&script)
}
