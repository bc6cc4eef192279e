//! The KV engine of version 1: a path is a map. It has no versions, and deleted secrets are gone.

use super::failure;
use super::request::Call;
use super::route::Operation;
use super::versioned::done;
use super::{Handled, Reply};
use crate::domain::kv::MapOf;
use crate::service::{KvDeletion, KvFound, KvUnexpected};

pub async fn answer(call: &Call<'_>, rest: &[String]) -> Handled {
    if call.operation == Operation::List {
        return call.list(rest, false).await;
    }
    let name = call.name(rest)?;
    let (service, actor) = (call.service(), call.actor);
    match call.operation {
        Operation::Read if name.is_empty() => Err(failure::missing()),
        Operation::Read => match service.read_kv(actor, name, None).await? {
            KvFound::Live(_, value) => Ok(call.data(&MapOf(&value))),
            KvFound::Deleted(_) | KvFound::Missing => Err(failure::missing()),
        },
        Operation::Patch | Operation::List => Err(failure::unsupported()),
        Operation::Write | Operation::Delete if name.is_empty() => Err(failure::wrong("missing path")),
        Operation::Write => {
            let map = call.fields.all()?;
            if map.is_empty() {
                return Err(failure::wrong("missing data fields"));
            }
            match service.set_kv(actor, name, map, None).await? {
                Ok(_) | Err(KvUnexpected) => Ok(Reply::no_content()),
            }
        }
        Operation::Delete => done(service.delete_kv(actor, name, KvDeletion::Hidden).await?),
    }
}
