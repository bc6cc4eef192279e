//! Lists the secrets on the server in `STRONGROOM_SERVER`, with the sizes of their values.
#![expect(clippy::print_stdout, reason = "it prints what it found")]

use strongroom::{Client, Error};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let client = Client::from_env()?;
    for name in client.secret_names().await? {
        let value = client.secret_value(&name).await?;
        println!("{name} has {} bytes", value.value().to_string().len());
    }
    Ok(())
}
