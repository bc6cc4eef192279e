//! The environment variables of the command line and the library, which the server ignores.

/// The server's address.
pub const SERVER: &str = "STRONGROOM_SERVER";
/// The key.
pub const KEY: &str = "STRONGROOM_KEY";
/// The path of a file that holds the key.
pub const KEY_FILE: &str = "STRONGROOM_KEY_FILE";
/// The role to log in with.
pub const ROLE: &str = "STRONGROOM_ROLE";
/// The path of a file that holds the token to log in with.
pub const JWT_FILE: &str = "STRONGROOM_JWT_FILE";
/// The token to log in with.
pub const ID_TOKEN: &str = "STRONGROOM_ID_TOKEN";
/// The audience of a token that GitHub Actions issues.
pub const AUDIENCE: &str = "STRONGROOM_AUDIENCE";
/// The path of the configuration file.
pub const CONFIG: &str = "STRONGROOM_CLIENT_CONFIG";

/// All of them.
pub const ALL: [&str; 8] = [SERVER, KEY, KEY_FILE, ROLE, JWT_FILE, ID_TOKEN, AUDIENCE, CONFIG];
