//! The list of secrets that people see: searched, filtered, sorted, grouped and paged.

use std::collections::HashSet;

use strongroom_shared::input::{SecretGrouping, SecretPageInput};
use strongroom_shared::{Permission, SecretFilter, SecretName, limit, visible};

use crate::domain::filter::{Filter, SecretColumn, Window};
use crate::domain::grouping::{Folding, Layout, PlacedGroup, within};
use crate::domain::secret_listing::{condition, found_by, look_key, sort_key, twins_of};
use crate::domain::{Actor, Rule, Secret};
use crate::service::{Result, Service, list, read_one};
use crate::store;
use crate::store::secret_page::Ordered;

/// A longer list is not grouped: each group costs memory.
const GROUPS: usize = 20_000;
/// Each row of a grouped page may be a group of its own, which the query of the page names.
const PAGE_ROWS: u64 = 2000;

#[derive(Clone, Debug)]
pub struct SecretPage {
    /// Secrets, without search and filters.
    pub all: u64,
    /// Secrets that match the search and the filters.
    pub found: u64,
    /// Rows on all pages.
    pub total: u64,
    /// Rows before this page.
    pub offset: u64,
    pub rows: Vec<SecretRow>,
    pub groups: Vec<PlacedGroup>,
}

#[derive(Clone, Debug)]
pub struct SecretRow {
    pub secret: Secret,
    /// The displayed name, if that is not the name itself. No two look alike.
    pub drawn: Option<String>,
}

impl Service {
    pub async fn list_secret_page(&self, actor: &Actor, input: SecretPageInput) -> Result<SecretPage> {
        actor.require(Permission::ReadSecret)?;
        let SecretPageInput { search, filters, sort, descending, limit, offset, grouping } = input;
        let rows = |number: Option<i32>| number.map(u64::try_from).transpose();
        let wrong = |_| Rule::new("`limit` and `offset` must not be negative.");
        let (limit, offset) = (rows(limit).map_err(wrong)?, rows(offset).map_err(wrong)?.unwrap_or_default());
        let folding = grouping.map(folding).transpose()?;
        let ordered = Ordered { sort: sort.unwrap_or_default(), descending: descending.unwrap_or_default() };
        let scope = actor.scope();
        let now = self.now();
        let given = filters.unwrap_or_default();
        // Each once: sea-query and SQLite recurse into a condition.
        let filters = SecretFilter::ALL.into_iter().filter(|filter| given.contains(filter));
        let mut narrowing = vec![found_by(&search.unwrap_or_default())?];
        narrowing.extend(filters.map(|filter| condition(filter, actor.name(), now)));
        let is_narrowed = !narrowing.iter().all(|one| *one == Filter::All(Vec::new()));
        let filter = Filter::All(vec![scope.clone(), Filter::All(narrowing)]);

        let all = self.count_of(actor, &scope).await?;
        let found = if is_narrowed { self.count_of(actor, &filter).await? } else { all };
        let (total, offset, secrets, groups) = match folding {
            Some(folding) => match self.layout(actor, &filter, ordered, &folding, limit, offset).await? {
                Some(layout) => {
                    let secrets = self.list_layout(actor, &filter, ordered, &layout).await?;
                    (layout.total, layout.offset, secrets, layout.groups)
                }
                None => self.list_plain(actor, &filter, ordered, found, limit, offset).await?,
            },
            None => self.list_plain(actor, &filter, ordered, found, limit, offset).await?,
        };
        let rows = self.drawn(actor, &scope, secrets).await?;
        Ok(SecretPage { all, found, total, offset, rows, groups })
    }

    async fn list_plain(
        &self,
        actor: &Actor,
        filter: &Filter<SecretColumn>,
        ordered: Ordered,
        found: u64,
        limit: Option<u64>,
        offset: u64,
    ) -> Result<(u64, u64, Vec<Secret>, Vec<PlacedGroup>)> {
        let (store, team) = (&self.store, actor.team_id());
        let offset = within(offset, limit.unwrap_or(u64::MAX), found);
        let read = |window| store::secret_page::list(store, team, filter, ordered, window);
        let window = Window { limit, offset: (offset > 0).then_some(offset) };
        Ok((found, offset, list(actor, window, read).await?, Vec::new()))
    }

    /// The groups on a page; `None` if there are too many groups.
    async fn layout(
        &self,
        actor: &Actor,
        filter: &Filter<SecretColumn>,
        ordered: Ordered,
        folding: &Folding,
        limit: Option<u64>,
        offset: u64,
    ) -> Result<Option<Layout>> {
        let limit = limit.unwrap_or(u64::MAX).min(PAGE_ROWS);
        let (store, team) = (&self.store, actor.team_id());
        let most = u64::try_from(GROUPS + 1).unwrap_or(u64::MAX);
        let groups = store::secret_page::groups(store, team, filter, ordered, most);
        let groups = read_one(actor, groups).await?;
        let is_short = groups.len() <= GROUPS;
        Ok(is_short.then(|| Layout::new(groups, folding, limit, offset)))
    }

    async fn list_layout(
        &self,
        actor: &Actor,
        filter: &Filter<SecretColumn>,
        ordered: Ordered,
        layout: &Layout,
    ) -> Result<Vec<Secret>> {
        if layout.rows == 0 {
            return Ok(Vec::new());
        }
        let (store, team, keys) = (&self.store, actor.team_id(), layout.keys.clone());
        let read = |window| store::secret_page::list_groups(store, team, filter, keys, ordered, window);
        let window = Window { limit: Some(layout.rows), offset: Some(layout.skipped) };
        list(actor, window, read).await
    }

    pub(super) async fn count_of(&self, actor: &Actor, filter: &Filter<SecretColumn>) -> Result<u64> {
        read_one(actor, store::secret::count(&self.store, actor.team_id(), filter)).await
    }

    /// Finds the displayed names. Only a name with other than ASCII characters can differ from its displayed one.
    async fn drawn(
        &self,
        actor: &Actor,
        scope: &Filter<SecretColumn>,
        secrets: Vec<Secret>,
    ) -> Result<Vec<SecretRow>> {
        let look_of = |secret: &Secret| {
            let name = secret.name.as_str();
            (!name.is_ascii()).then(|| look_key(name))
        };
        let looks: Vec<_> = secrets.iter().map(look_of).collect();
        let asked: Vec<_> = looks.iter().flatten().cloned().collect();
        let shared = if asked.is_empty() {
            HashSet::new()
        } else {
            store::secret_page::shared_looks(&self.store, actor.team_id(), scope, asked).await?
        };
        let row = |(secret, look): (Secret, Option<Vec<u8>>)| {
            let drawn = look.map(|look| visible::drawn_one(secret.name.as_str(), shared.contains(&look)));
            SecretRow { drawn: drawn.filter(|drawn| drawn != secret.name.as_str()), secret }
        };
        Ok(secrets.into_iter().zip(looks).map(row).collect())
    }

    /// The secret of that name, then those whose names look like it but differ.
    pub async fn list_lookalikes(&self, actor: &Actor, name: String) -> Result<Vec<Secret>> {
        actor.require(Permission::ReadSecret)?;
        let Ok(name) = SecretName::parse(name) else { return Ok(Vec::new()) };
        let (store, team, scope) = (&self.store, actor.team_id(), actor.scope());
        let look = look_key(name.as_str());
        let read = |window| store::secret_page::list_lookalikes(store, team, &scope, look, window);
        let mut found = list(actor, Window::default(), read).await?;
        found.sort_by_cached_key(|secret| sort_key(secret.name.as_str()));
        let is_twin = twins_of(name.as_str());
        let (mut same, others): (Vec<_>, Vec<_>) = found.into_iter().partition(|secret| secret.name == name);
        // The list may have been cut off before it.
        if same.is_empty() && others.len() >= store::secret_page::LOOKALIKES && actor.sees(name.as_str()) {
            same.extend(store::secret::find(store, team, &name).await?);
        }
        Ok(same.into_iter().chain(others.into_iter().filter(|other| is_twin(other.name.as_str()))).collect())
    }
}

fn folding(grouping: SecretGrouping) -> Result<Folding> {
    let except = grouping.except.unwrap_or_default();
    Rule::require(except.len() <= limit::FOLDED_GROUPS, "A grouping has at most 1000 exceptions.")?;
    Ok(Folding { folded: grouping.folded.unwrap_or_default(), except: except.into_iter().collect() })
}
