//! The variables from which loaders, shells and interpreters take code, commands, or places to load code from. Anyone who
//! may set a secret could otherwise run code wherever a program starts with the team's secrets.
//!
//! To add one: its name in [`NAMES`], or in [`BEGINNINGS`] for a family.

const BEGINNINGS: [&str; 16] = [
    "LD_",
    "DYLD_",
    "_RLD",
    "BASH_FUNC_",
    "BASH_LOADABLES",
    "LUA_INIT",
    "LUA_PATH",
    "LUA_CPATH",
    "R_PROFILE",
    "R_ENVIRON",
    "CORECLR_",
    "COR_",
    "GIT_CONFIG",
    "npm_config_",
    "NPM_CONFIG_",
    "CARGO_BUILD_RUSTC",
];

const NAMES: [&str; 109] = [
    // Where programs and libraries are found.
    "PATH",
    "PATHEXT",
    "COMSPEC",
    "LIBPATH",
    "SHLIB_PATH",
    "GCONV_PATH",
    "GLIBC_TUNABLES",
    "LOCPATH",
    "NLSPATH",
    "HOSTALIASES",
    "GTK_MODULES",
    "GTK_PATH",
    "GIO_EXTRA_MODULES",
    "GST_PLUGIN_PATH",
    "QT_PLUGIN_PATH",
    "PKG_CONFIG_PATH",
    "OPENSSL_CONF",
    "OPENSSL_MODULES",
    "OPENSSL_ENGINES",
    "SSLKEYLOGFILE",
    "KRB5_CONFIG",
    "TERMINFO",
    "TERMCAP",
    // Shells.
    "ENV",
    "BASH_ENV",
    "BASHOPTS",
    "SHELLOPTS",
    "SHELL",
    "PS0",
    "PS1",
    "PS2",
    "PS4",
    "PROMPT_COMMAND",
    "IFS",
    "CDPATH",
    "ZDOTDIR",
    "FPATH",
    // Python, Perl, Ruby, Node, PHP, Java, .NET, Go, Rust, Erlang, Julia, Haskell, Emacs, Vim, Tcl.
    "PYTHONSTARTUP",
    "PYTHONPATH",
    "PYTHONHOME",
    "PYTHONUSERBASE",
    "PYTHONBREAKPOINT",
    "PYTHONWARNINGS",
    "PYTHONEXECUTABLE",
    "PYTHONINSPECT",
    "PYTHONPLATLIBDIR",
    "PYTHONPYCACHEPREFIX",
    "PERL5OPT",
    "PERL5LIB",
    "PERLLIB",
    "PERL5DB",
    "RUBYOPT",
    "RUBYLIB",
    "GEM_PATH",
    "GEM_HOME",
    "BUNDLE_GEMFILE",
    "NODE_OPTIONS",
    "NODE_PATH",
    "NODE_REPL_EXTERNAL_MODULE",
    "PHPRC",
    "PHP_INI_SCAN_DIR",
    "JAVA_TOOL_OPTIONS",
    "_JAVA_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "JAVA_OPTS",
    "MAVEN_OPTS",
    "GRADLE_OPTS",
    "CATALINA_OPTS",
    "CLASSPATH",
    "DOTNET_STARTUP_HOOKS",
    "DOTNET_ADDITIONAL_DEPS",
    "GOFLAGS",
    "GOROOT",
    "GOTOOLCHAIN",
    "RUSTC",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTFLAGS",
    "MAKEFLAGS",
    "ERL_AFLAGS",
    "ERL_FLAGS",
    "ERL_ZFLAGS",
    "ELIXIR_ERL_OPTIONS",
    "JULIA_LOAD_PATH",
    "GHCRTS",
    "EMACSLOADPATH",
    "VIMINIT",
    "EXINIT",
    "TCLLIBPATH",
    // Programs that programs start.
    "EDITOR",
    "VISUAL",
    "PAGER",
    "MANPAGER",
    "SYSTEMD_PAGER",
    "PSQL_PAGER",
    "PSQLRC",
    "BROWSER",
    "LESSOPEN",
    "LESSCLOSE",
    "SSH_ASKPASS",
    "SUDO_ASKPASS",
    "SUDO_EDITOR",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_ASKPASS",
    "GIT_EXEC_PATH",
    "GIT_PAGER",
    "GIT_EDITOR",
    "GIT_EXTERNAL_DIFF",
];

/// Whether a program may run or load what stands in a variable of that name.
pub fn loads_code(name: &str) -> bool {
    NAMES.contains(&name) || BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_load_code_are_told_from_their_neighbours() {
        for name in [
            "LD_PRELOAD",
            "DYLD_INSERT_LIBRARIES",
            "BASH_ENV",
            "ENV",
            "PYTHONSTARTUP",
            "PERL5OPT",
            "NODE_OPTIONS",
            "PATH",
            "BASH_FUNC_ls%%",
            "GIT_SSH_COMMAND",
            "npm_config_script_shell",
        ] {
            assert!(loads_code(name), "{name}");
        }
        for name in ["ENVIRONMENT", "LDAP_PASSWORD", "NODE_ENV", "PYTHON_TOKEN", "GIT_TOKEN", "JAVA_HOME"] {
            assert!(!loads_code(name), "{name}");
        }
    }
}
