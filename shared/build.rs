//! Registers `schema.graphql` with cynic, so that clients' operations are checked against it as they compile.

fn main() {
    println!("cargo::rerun-if-changed=schema.graphql");
    #[cfg(feature = "client")]
    {
        let sdl = std::fs::read_to_string("schema.graphql").expect("shared/schema.graphql is readable");
        cynic_codegen::register_schema("strongroom")
            .from_sdl(&without_twins(&sdl))
            .expect("shared/schema.graphql is SDL")
            .as_default()
            .expect("the schema can be registered");
    }
}

/// The schema without the camelCase twins that old Prefect clients use: to cynic, `setSecret` and `set_secret` are the
/// same name, and our clients use the latter. Descriptions go too, so that none is left without its field.
#[cfg(feature = "client")]
fn without_twins(sdl: &str) -> String {
    let mut in_description = false;
    sdl.lines()
        .filter(|line| {
            if line.trim() == "\"\"\"" {
                in_description = !in_description;
                return false;
            }
            let field = line.strip_prefix('\t').and_then(|line| line.split(['(', ':']).next());
            !in_description && !field.is_some_and(|field| field.contains(char::is_uppercase))
        })
        .fold(String::new(), |kept, line| kept + line + "\n")
}
