//! The names that no setting of Prefect may have.

/// `dir(prefect.configuration.Config)` with python-box 8.0.0; other versions differ in a few names.
const REFUSED: &str = "
    _Box__box_config _Box__camel_destructive _Box__convert_and_store _Box__copy_internals _Box__dots_int_key
    _Box__get_default _Box__new_from_plain _Box__process_dotted_key _Box__recast __add__ __annotations__ __class__
    __class_getitem__ __contains__ __copy__ __deepcopy__ __delattr__ __delitem__ __dict__ __dir__ __doc__ __eq__
    __format__ __ge__ __getattr__ __getattribute__ __getitem__ __getstate__ __gt__ __hash__ __iadd__ __init__
    __init_subclass__ __ior__ __iter__ __le__ __len__ __lt__ __module__ __ne__ __new__ __or__ __radd__ __reduce__
    __reduce_ex__ __repr__ __reversed__ __ror__ __setattr__ __setitem__ __setstate__ __sizeof__ __str__ __sub__
    __subclasshook__ __weakref__ _box_defaults _box_internal_attrs _box_resolved_defaults _comment_check_frozen
    _comment_copy_to _comment_document _comment_owner _comment_resolve _comment_store _conversion_checks
    _flush_pending_parent _protected_keys _safe_attr clear copy del_comment from_json from_msgpack from_toml
    from_toon from_yaml fromkeys get get_comment items keys merge_update pop popitem set_comment setdefault to_dict
    to_json to_msgpack to_toml to_toon to_yaml update values";

/// Whether Prefect's configuration refuses a key of this name, because one of its methods has it.
pub fn is_refused(name: &str) -> bool {
    REFUSED.split_ascii_whitespace().any(|refused| refused == name)
}
