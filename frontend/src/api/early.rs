//! The responses to the first requests, which `asset/start.js` sends before this code has arrived.

use js_sys::{Map, Promise, Reflect};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::json::Json;

const NAME: &str = "early";

/// Takes the response to this body. Any other request discards all responses, because it may make them outdated.
pub async fn take(body: &JsValue) -> Option<Json> {
    let pending = Reflect::get(&window(), &NAME.into()).ok()?.dyn_into::<Promise>().ok()?;
    let answers = JsFuture::from(pending).await.ok()?.dyn_into::<Map>().ok()?;
    let answer = answers.get(body);
    if answer.is_undefined() {
        drop(Reflect::set(&window(), &NAME.into(), &JsValue::UNDEFINED));
        return None;
    }
    answers.delete(body);
    Some(Json(answer))
}
