//! Where the secrets come from: a file that is dropped or chosen, or the field's text.

use js_sys::Uint8Array;
use strongroom_formats::{Format, import};
use strongroom_shared::limit::REQUEST_BYTES;
use wasm_bindgen_futures::JsFuture;
use web_sys::File;
use zeroize::Zeroizing;

/// A text with secrets.
#[derive(Clone, Default, PartialEq)]
pub struct Source {
    /// The file's name.
    pub name: Option<String>,
    pub text: Zeroizing<String>,
}

impl Source {
    pub fn format(&self) -> Format {
        Format::detect(self.name.as_deref(), &self.text)
    }

    /// Reads a file, or returns why that is not possible.
    pub async fn of_file(file: File) -> Result<Self, String> {
        // Larger than any import; not even read.
        #[expect(clippy::cast_precision_loss, reason = "it is small")]
        if file.size() > REQUEST_BYTES as f64 {
            return Err(import::too_large());
        }
        let unreadable = || "The browser can't read this file.".to_owned();
        let content = JsFuture::from(file.array_buffer()).await.map_err(|_| unreadable())?;
        let mut bytes = Zeroizing::new(Uint8Array::new(&content).to_vec());
        let is_wide = bytes.iter().take(2).any(|byte| *byte == 0);
        match String::from_utf8(std::mem::take(&mut *bytes)) {
            Ok(text) if !is_wide => Ok(Self { name: Some(file.name()), text: Zeroizing::new(text) }),
            Ok(text) => {
                drop(Zeroizing::new(text));
                Err("This is UTF-16, not UTF-8 text. Convert the file first.".to_owned())
            }
            Err(error) => {
                drop(Zeroizing::new(error.into_bytes()));
                Err("This is not UTF-8 text. Convert the file first.".to_owned())
            }
        }
    }
}
