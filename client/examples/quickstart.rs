//! Reads a secret from the server that `STRONGROOM_SERVER` and `STRONGROOM_KEY` name, and says what is there.
#![expect(clippy::print_stdout, reason = "showing what it found is what it is for")]

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
