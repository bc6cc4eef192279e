//! Which variable sets which setting.

pub(super) const PREFIX: &str = "PREFECT__";

/// The path of the setting that a variable sets, if it is one of Prefect's.
pub(super) fn setting(variable: &str) -> Option<Vec<String>> {
    let option = variable.strip_prefix(PREFIX)?;
    // The names of secrets keep their case, all others become lower case.
    let option = if option.to_uppercase().starts_with("CONTEXT__SECRETS") {
        option.replace("CONTEXT__SECRETS", "context__secrets")
    } else {
        option.to_lowercase()
    };
    Some(option.split("__").map(str::to_owned).collect())
}
