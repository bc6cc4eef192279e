//! The variables that make loaders, shells and interpreters run code or commands, or name directories to load code
//! from. Without this list, anyone who may set a secret could run code in every program that starts with the team's
//! secrets.
//!
//! To add one, add its name to [`NAMES`], or a prefix to [`BEGINNINGS`].

/// npm ignores the case.
const NPM: &str = "npm_config_";

// Not all of `LD_`: LD_SDK_KEY belongs to LaunchDarkly.
const BEGINNINGS: &str = "
    LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT LD_CONFIG LD_DEBUG LD_PROFILE LD_LIBMAP LD_32_ LD_64_ LDR_PRELOAD DYLD_ _RLD
    BASH_FUNC_ BASH_LOADABLES LUA_INIT LUA_PATH LUA_CPATH R_PROFILE R_ENVIRON CORECLR_ COR_ GIT_CONFIG CARGO_BUILD_RUSTC
    PREFECT__";

/// Grouped by reader: loaders and libraries; shells; languages and their tools; programs that start others or locate
/// their settings.
const NAMES: &str = "
    PATH PATHEXT COMSPEC LIBPATH SHLIB_PATH LD_ASSUME_KERNEL LD_BIND_NOT LD_BIND_NOW LD_DYNAMIC_WEAK LD_ELF_HINTS_PATH
    LD_HWCAP_MASK LD_LOADFLTR LD_ORIGIN_PATH LD_POINTER_GUARD LD_PREFER_MAP_32BIT_EXEC LD_RUN_PATH LD_SHOW_AUXV
    LD_TRACE_LOADED_OBJECTS LD_USE_LOAD_BIAS LD_VERBOSE LD_WARN GCONV_PATH GLIBC_TUNABLES LOCPATH NLSPATH HOSTALIASES
    GTK_MODULES GTK_PATH GIO_EXTRA_MODULES GST_PLUGIN_PATH QT_PLUGIN_PATH PKG_CONFIG_PATH OPENSSL_CONF OPENSSL_MODULES
    OPENSSL_ENGINES SSLKEYLOGFILE KRB5_CONFIG TERMINFO TERMCAP

    ENV BASH_ENV BASHOPTS SHELLOPTS SHELL PS0 PS1 PS2 PS4 PROMPT_COMMAND IFS CDPATH ZDOTDIR FPATH

    PYTHONSTARTUP PYTHONPATH PYTHONHOME PYTHONUSERBASE PYTHONBREAKPOINT PYTHONWARNINGS PYTHONEXECUTABLE PYTHONINSPECT
    PYTHONPLATLIBDIR PYTHONPYCACHEPREFIX PERL5OPT PERL5LIB PERLLIB PERL5DB RUBYOPT RUBYLIB GEM_PATH GEM_HOME
    BUNDLE_GEMFILE NODE_OPTIONS NODE_PATH NODE_REPL_EXTERNAL_MODULE BUN_OPTIONS PHPRC PHP_INI_SCAN_DIR JAVA_TOOL_OPTIONS
    _JAVA_OPTIONS JDK_JAVA_OPTIONS JDK_JAVAC_OPTIONS JAVA_OPTS MAVEN_OPTS GRADLE_OPTS CATALINA_OPTS SBT_OPTS CLASSPATH
    DOTNET_STARTUP_HOOKS DOTNET_ADDITIONAL_DEPS GOFLAGS GOROOT GOTOOLCHAIN RUSTC RUSTC_WRAPPER RUSTC_WORKSPACE_WRAPPER
    RUSTFLAGS MAKEFLAGS ERL_AFLAGS ERL_FLAGS ERL_ZFLAGS ELIXIR_ERL_OPTIONS JULIA_LOAD_PATH GHCRTS EMACSLOADPATH VIMINIT
    EXINIT TCLLIBPATH

    EDITOR VISUAL PAGER MANPAGER SYSTEMD_PAGER PSQL_PAGER PSQLRC BROWSER LESSOPEN LESSCLOSE SSH_ASKPASS SUDO_ASKPASS
    SUDO_EDITOR GIT_SSH GIT_SSH_COMMAND GIT_ASKPASS GIT_EXEC_PATH GIT_PAGER GIT_EDITOR GIT_EXTERNAL_DIFF
    GIT_SEQUENCE_EDITOR GIT_TEMPLATE_DIR GIT_PROXY_COMMAND RSYNC_RSH SVN_SSH KUBECONFIG AWS_CONFIG_FILE HOME
    XDG_CONFIG_HOME";

/// Whether a program may run or load the value of that variable.
pub fn loads_code(name: &str) -> bool {
    NAMES.split_whitespace().any(|other| name == other)
        || BEGINNINGS.split_whitespace().any(|beginning| name.starts_with(beginning))
        || name.to_ascii_lowercase().starts_with(NPM)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_load_code_are_guarded() {
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
            "Npm_Config_script_shell",
            "PREFECT__CLOUD__API",
            "HOME",
        ] {
            assert!(loads_code(name), "{name}");
        }
        for name in [
            "ENVIRONMENT",
            "LDAP_PASSWORD",
            "LD_SDK_KEY",
            "NODE_ENV",
            "PYTHON_TOKEN",
            "GIT_TOKEN",
            "JAVA_HOME",
        ] {
            assert!(!loads_code(name), "{name}");
        }
    }
}
