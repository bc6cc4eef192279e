//! Parts of the page that are loaded when they are first needed: everything that neither the login page nor the Secrets
//! page shows at once.
//!
//! Each part is a WebAssembly module of its own. [`lazy!`] declares a function whose code, with all that only it uses, is
//! in the module that it names; [`page`], [`dialog`], [`part`] and [`hidden`] show its view. `cargo xtask` splits the page
//! (`xtask/src/page/wasm.rs`); Trunk can't, so without the `split` feature everything is in one module.
//!
//! Their style is a second style sheet, of the files that `index.html` marks with `data-later`.
//!
//! To load a new page lazily: add it to `team_page` in [`crate::app`]; a dialog, to a function of the module `rest`
//! next to its page. Each additional module costs a file for each combination of modules that share code, so it should be
//! a large part that few users need.

use std::pin::Pin;

use js_sys::{Function, Promise, Reflect};
use leptos::wasm_split::SplitLoaderError;
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::{DialogHost, LoadError, Snackbar};
use crate::prelude::*;

/// A view, unless its code could not be loaded.
pub type Loaded = Result<AnyView, SplitLoaderError>;

const WHY: &str = "The server can't be reached, or has been updated. Reload the page.";

/// Declares a function that returns a view and, if it has a name, one that only loads the module.
macro_rules! lazy {
    (
        $module:ident $(, $load:ident)?:
        pub fn $name:ident($($argument:ident: $type:ty),*) $body:block
    ) => {
        #[cfg(feature = "split")]
        #[leptos::wasm_split::wasm_split($module, wasm_split_path = ::leptos::wasm_split, fallible $(, preload($load))?)]
        pub fn $name($($argument: $type),*) -> $crate::component::lazy::Loaded {
            Ok($body)
        }

        #[cfg(not(feature = "split"))]
        pub async fn $name($($argument: $type),*) -> $crate::component::lazy::Loaded {
            Ok($body)
        }

        $(
            #[cfg(not(feature = "split"))]
            pub async fn $load() -> Result<(), leptos::wasm_split::SplitLoaderError> {
                Ok(())
            }
        )?
    };
}
pub(crate) use lazy;

/// Shows a page once it is loaded.
pub fn page(view: impl Future<Output = Loaded> + Send + 'static) -> AnyView {
    let failed = |_| {
        view! { <LoadError what="this page" why=WHY.to_owned() busy=false on_retry=|()| browser::reload() /> }
            .into_any()
    };
    once_loaded(Box::pin(async move {
        let view = view.await.unwrap_or_else(failed);
        browser::remove_splash();
        view
    }))
}

/// Opens a dialog once it is loaded.
pub fn dialog(view: impl Future<Output = Loaded> + Send + 'static) -> AnyView {
    let DialogHost { closed, .. } = DialogHost::expect();
    let snackbar = Snackbar::expect();
    let failed = move |_| {
        closed.run(());
        snackbar.offer(WHY, "Reload", browser::reload);
        ().into_any()
    };
    once_loaded(Box::pin(async move { view.await.unwrap_or_else(failed) }))
}

/// Boxed, so that it is compiled once.
fn once_loaded(view: Pin<Box<dyn Future<Output = AnyView> + Send>>) -> AnyView {
    let style = load_style();
    Suspend::new(async move {
        let view = view.await;
        if let Some(style) = style {
            // Without its style, the view can still be used.
            let _ = style.await;
        }
        view
    })
    .into_any()
}

/// Calls a function of `asset/start.js`. `None` once the style is loaded.
fn load_style() -> Option<SendWrapper<JsFuture>> {
    let load = Reflect::get(&window(), &"styleLater".into()).ok()?.dyn_into::<Function>().ok()?;
    let loading = load.call0(&JsValue::UNDEFINED).ok()?.dyn_into::<Promise>().ok()?;
    Some(SendWrapper::new(loading.into()))
}

/// Whether the user has done anything.
#[derive(Clone, Copy)]
struct Begun(RwSignal<bool>);

/// Fills a part of a page that is hidden until the user does something, such as a menu.
pub fn hidden<View>(view: impl Fn() -> View + Send + Sync + 'static) -> AnyView
where
    View: Future<Output = Loaded> + Send + 'static,
{
    let Begun(begun) = expect_context();
    let fill = move || part(view());
    (move || begun.get().then(&fill)).into_any()
}

/// Fills a part of a page once it is loaded.
pub fn part(view: impl Future<Output = Loaded> + Send + 'static) -> AnyView {
    once_loaded(Box::pin(async move { view.await.unwrap_or_else(|_| WHY.into_any()) }))
}

/// Calls `load`, to load the module `rest`, as soon as the user does anything: so it is there when needed, even if the
/// server is updated or can't be reached by then.
pub fn load_early(load: fn()) {
    let begun = RwSignal::new(false);
    provide_context(Begun(begun));
    // Browsers send `pointerover` also to a page that is drawn under a resting pointer.
    for event in ["pointermove", "pointerdown", "keydown", "click"] {
        window_event_listener_untyped(event, move |_| {
            if !begun.get_untracked() {
                begun.set(true);
                let _ = load_style();
                load();
            }
        });
    }
}
