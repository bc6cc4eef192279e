//! JSON that the browser reads and writes.

use js_sys::{Array, JSON, Object, Reflect};
use strongroom_shared::Uuid;
use wasm_bindgen::{JsCast, JsValue};

pub struct Json(pub JsValue);

impl Json {
    pub fn object(fields: &[(&str, JsValue)]) -> Self {
        let object = Object::new();
        for (name, value) in fields {
            // Fails only for frozen objects.
            drop(Reflect::set(&object, &(*name).into(), value));
        }
        Self(object.into())
    }

    /// `None` if the field is missing or null.
    pub fn field(&self, name: &str) -> Option<Self> {
        let value = Reflect::get(&self.0, &name.into()).ok()?;
        (!value.is_null() && !value.is_undefined()).then_some(Self(value))
    }

    pub fn only_field(&self) -> Option<Self> {
        Object::values(self.0.dyn_ref()?).iter().next().map(Self)
    }

    pub fn text(&self, name: &str) -> Option<String> {
        self.field(name)?.0.as_string()
    }

    pub fn flag(&self, name: &str) -> Option<bool> {
        self.field(name)?.0.as_bool()
    }

    pub fn number<Int: TryFrom<i64>>(&self, name: &str) -> Option<Int> {
        #[expect(clippy::cast_possible_truncation, reason = "it is an integer, and another type fails below")]
        let number = self.field(name)?.0.as_f64()? as i64;
        number.try_into().ok()
    }

    /// Reads an id itself, because `Uuid` explains errors, which nobody sees here.
    pub fn id(&self, name: &str) -> Option<Uuid> {
        let text = self.text(name)?;
        let mut digits = text.chars().filter(|character| *character != '-');
        let number = digits.try_fold(0, |number, digit| Some(number << 4 | u128::from(digit.to_digit(16)?)));
        number.map(Uuid::from_u128)
    }

    /// `None` also if an item can't be read.
    pub fn list<Item>(&self, name: &str, read: impl Fn(&Self) -> Option<Item>) -> Option<Vec<Item>> {
        let list = self.field(name)?.0.dyn_into::<Array>().ok()?;
        list.iter().map(|item| read(&Self(item))).collect()
    }

    pub fn to_text(&self) -> String {
        JSON::stringify(&self.0).map(String::from).unwrap_or_default()
    }
}
