//! The responses to the first requests, which `asset/start.js` sends before this code has arrived.

use js_sys::{Map, Promise, Reflect};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

const NAME: &str = "early";

/// Takes the response to this body. Any other request discards all responses, because it may change what they say.
pub async fn take(body: &str) -> Option<String> {
    let pending = Reflect::get(&window(), &NAME.into()).ok()?.dyn_into::<Promise>().ok()?;
    let answers = JsFuture::from(pending).await.ok()?.dyn_into::<Map>().ok()?;
    let key = body.into();
    let answer = answers.get(&key).as_string();
    if answer.is_some() {
        answers.delete(&key);
    } else {
        drop(Reflect::set(&window(), &NAME.into(), &JsValue::UNDEFINED));
    }
    answer
}

#[cfg(test)]
mod tests {
    use cynic::QueryBuilder;
    use serde::Serialize;
    use strongroom_shared::operation as op;

    fn check(name: &str, operation: impl Serialize) {
        let body = serde_json::to_string(&operation).expect("encodable");
        let script = include_str!("../../asset/start.js");
        assert!(script.contains(&format!("const {name} = {body};\n")), "{name} is {body}");
    }

    #[test]
    fn first_requests_are_those_of_the_page() {
        check("SESSION", op::Session::build(()));
        check("SECRETS", op::Secrets::build(op::PageVariables::behind(None)));
        check("ENTRANCE", op::Entrance::build(()));
    }
}
