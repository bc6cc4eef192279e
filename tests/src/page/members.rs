//! `/team/members` and `/team/roles`.

use std::collections::{BTreeMap, BTreeSet};

use super::{Dialog, dialogs, page, row, texts};
use crate::browser::Browser;

page!(MembersPage, "Members");
page!(RolesPage, "Roles");

impl<'a> MembersPage<'a> {
    dialogs! {
        invite(): "Invite member", "Invite a person";
        withdraw(email): "Withdraw the invitation of {email}", "Withdraw invitation?";
        end_sessions(email): "End the sessions of {email}", "End sessions?";
        remove(email): "Remove {email}", "Remove member?";
    }

    pub async fn invite_as(&self, email: &str, role: &str) -> String {
        let dialog = self.invite().await;
        dialog.fill("Email", email).await;
        dialog.choose("Role", role).await;
        let link = self.create_link(&dialog).await;
        dialog.copy("the invitation link").await;
        dialog.finish("Close").await;
        link
    }

    /// Presses *Create link* and reads the link, whose token must not appear anywhere else.
    pub async fn create_link(&self, dialog: &Dialog<'_>) -> String {
        dialog.press("Create link").await;
        let link = dialog.value_of("Invitation link").await;
        let (_, token) = link.split_once("#token=").expect("the link ends in the token");
        self.0.store().must_stay_secret(token);
        link
    }

    pub async fn lists(&self, email: &str, role: &str) {
        let role_of = format!("{}//td[@data-label='Role']", row(email));
        self.0.is(&format!("{email} is {role}"), async || self.0.text_of(&role_of).await == role).await;
    }

    pub async fn change_role(&self, email: &str, role: &str) {
        let dialog = Dialog::of(self.0, &format!("Change the role of {email}"), "Change role").await;
        dialog.choose("Role", role).await;
        dialog.succeeds("Change role", &format!("{email} now has the role {role}.")).await;
    }
}

impl<'a> RolesPage<'a> {
    dialogs! {
        edit(name): "Edit role {name}", "Edit role";
        delete(name): "Delete role {name}", "Delete role?";
    }

    /// Opens *New role*, and fills it in.
    pub async fn create(&self, name: &str, permissions: &[&str]) -> Dialog<'a> {
        let dialog = Dialog::of(self.0, "Create role", "New role").await;
        dialog.fill("Role name", name).await;
        for permission in permissions {
            dialog.tick(permission).await;
        }
        dialog
    }

    pub async fn permissions(&self) -> Vec<String> {
        let script = "return [...document.querySelectorAll('.matrix th[scope=row]')].map(row => row.title)";
        texts(self.0.script(script).await)
    }

    pub async fn table(&self) -> BTreeMap<String, BTreeSet<String>> {
        let script = "
            const rows = [...document.querySelectorAll('.matrix th[scope=row]')].map(head => head.parentElement);
            const columns = [...document.querySelectorAll('.matrix th[scope=col]')];
            return Object.fromEntries(columns.map((column, index) => [
                column.querySelector('.matrix__name').textContent,
                rows.filter(row => row.cells[index + 1].textContent.includes('Yes')).map(row => row.cells[0].title),
            ]))";
        serde_json::from_value(self.0.script(script).await).expect("roles and their permissions")
    }

    pub async fn lists(&self, names: &[&str]) {
        let what = format!("the roles are {names:?}");
        self.0.is(&what, async || self.table().await.keys().eq(names.iter())).await;
    }
}
