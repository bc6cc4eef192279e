//! How a person finds things on a page.

#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    Button(&'a str),
    Field(&'a str),
    ButtonWith(&'a str),
    Link(&'a str),
    In(&'a str, &'a Self),
}

impl Target<'_> {
    pub(super) fn xpath(self, scope: &str) -> String {
        match self {
            Self::Button(name) => {
                let (name, text) = (quoted(name), "normalize-space(.)");
                format!("{scope}//button[@aria-label={name} or not(@aria-label) and {text}={name}]")
            }
            Self::Field(label) => {
                let label = quoted(label);
                format!(
                    "{scope}//*[self::input or self::textarea or self::select][\
                     @id=//label[normalize-space(.)={label}]/@for or @aria-label={label} \
                     or ancestor::label[starts-with(normalize-space(.), {label})]]"
                )
            }
            Self::ButtonWith(part) => format!("{scope}//button[.//*[normalize-space(.)={}]]", quoted(part)),
            Self::Link(text) => format!("{scope}//a[contains(normalize-space(.), {})]", quoted(text)),
            Self::In(scope, target) => target.xpath(scope),
        }
    }
}

/// A text as an `XPath` literal, quotes of both kinds included.
pub fn quoted(text: &str) -> String {
    if text.contains('\'') {
        let parts: Vec<String> = text.split('\'').map(|part| format!("'{part}'")).collect();
        format!("concat({}, '')", parts.join(", \"'\", "))
    } else {
        format!("'{text}'")
    }
}
