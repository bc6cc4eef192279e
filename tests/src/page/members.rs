//! `/team/members` and `/team/roles`.

use std::collections::BTreeMap;

use super::{Dialog, enter, row, texts};
use crate::browser::{Browser, Target};

use Target::Button;

/// `/team/members`.
#[derive(Clone, Copy)]
pub struct MembersPage<'a>(&'a Browser);

/// `/team/roles`.
#[derive(Clone, Copy)]
pub struct RolesPage<'a>(&'a Browser);

impl<'a> MembersPage<'a> {
    /// Goes there by the drawer.
    pub async fn enter(browser: &'a Browser) -> Self {
        enter(browser, "Members").await;
        Self(browser)
    }

    /// Presses *Invite*.
    pub async fn invite(&self) -> Dialog<'a> {
        self.0.press(Button("Invite")).await;
        Dialog::titled(self.0, "Invite a person").await
    }

    /// Invites somebody: the link, which is shown this once.
    pub async fn invite_as(&self, email: &str, role: &str) -> String {
        let dialog = self.invite().await;
        dialog.fill("Email", email).await;
        dialog.choose("Role", role).await;
        dialog.press("Create link").await;
        let link = dialog.value_of("Invitation link").await;
        let (_, token) = link.split_once("#token=").expect("the link ends in the token");
        self.0.store().must_stay_secret(token);
        dialog.copy("the invitation link").await;
        dialog.press("Close").await;
        dialog.closes().await;
        link
    }

    /// Waits until somebody has that role.
    pub async fn lists(&self, email: &str, role: &str) {
        let role_of = format!("{}//td[@data-label='Role']", row(email));
        self.0
            .until(&format!("{email} is {role}"), async || {
                Ok((self.0.text_of(&role_of).await == role).then_some(()))
            })
            .await;
    }

    /// Changes what somebody is.
    pub async fn change_role(&self, email: &str, role: &str) {
        self.0.press(Button(&format!("Change the role of {email}"))).await;
        let dialog = Dialog::titled(self.0, "Change role").await;
        dialog.choose("Role", role).await;
        dialog.press("Change role").await;
        dialog.closes().await;
        self.0.says(&format!("{email} is {role} now.")).await;
    }

    /// Presses the bin of a row.
    pub async fn remove(&self, email: &str) -> Dialog<'a> {
        self.0.press(Button(&format!("Remove {email}"))).await;
        Dialog::titled(self.0, "Remove member?").await
    }

    /// Presses *End sessions* of a row.
    pub async fn end_sessions(&self, email: &str) -> Dialog<'a> {
        self.0.press(Button(&format!("End the sessions of {email}"))).await;
        Dialog::titled(self.0, "End sessions?").await
    }

    /// Withdraws the invitation of somebody.
    pub async fn withdraw(&self, email: &str) {
        self.0.press(Button(&format!("Withdraw the invitation of {email}"))).await;
        let dialog = Dialog::titled(self.0, "Withdraw invitation?").await;
        dialog.press("Withdraw").await;
        dialog.closes().await;
        self.0.says("Invitation withdrawn.").await;
    }
}

impl<'a> RolesPage<'a> {
    /// Goes there by the drawer.
    pub async fn enter(browser: &'a Browser) -> Self {
        enter(browser, "Roles").await;
        Self(browser)
    }

    /// Presses *New role*.
    pub async fn create(&self) -> Dialog<'a> {
        self.0.press(Button("New role")).await;
        Dialog::titled(self.0, "New role").await
    }

    /// Makes a role of the team's own.
    pub async fn create_of(&self, name: &str, permissions: &[&str]) {
        let dialog = self.create().await;
        dialog.fill("Role name", name).await;
        for permission in permissions {
            dialog.tick(permission).await;
        }
        dialog.press("Create role").await;
        dialog.closes().await;
        self.0.says("Role created.").await;
    }

    /// Presses the pencil of a column.
    pub async fn edit(&self, name: &str) -> Dialog<'a> {
        self.0.press(Button(&format!("Edit role {name}"))).await;
        Dialog::titled(self.0, "Edit role").await
    }

    /// Presses the bin of a column.
    pub async fn delete(&self, name: &str) -> Dialog<'a> {
        self.0.press(Button(&format!("Delete role {name}"))).await;
        Dialog::titled(self.0, "Delete role?").await
    }

    /// The permissions that the table has a row for.
    pub async fn permissions(&self) -> Vec<String> {
        let script = "return [...document.querySelectorAll('.matrix th[scope=row]')].map(row => row.title)";
        texts(&self.0.script(script).await)
    }

    /// What the table says that each role may do.
    pub async fn table(&self) -> BTreeMap<String, Vec<String>> {
        let script = "
            const rows = [...document.querySelectorAll('.matrix th[scope=row]')].map(head => head.parentElement);
            const columns = [...document.querySelectorAll('.matrix th[scope=col]')];
            return columns.map((column, index) => [
                column.querySelector('.matrix__name').textContent,
                rows.filter(row => row.cells[index + 1].textContent.includes('Yes')).map(row => row.cells[0].title),
            ])";
        let table = self.0.script(script).await;
        let columns = table.as_array().expect("a list").iter();
        columns
            .map(|column| {
                let name = column[0].as_str().expect("a name");
                (name.to_owned(), texts(&column[1]))
            })
            .collect()
    }

    /// Waits until the table has exactly these columns.
    pub async fn lists(&self, names: &[&str]) {
        self.0
            .until(&format!("the roles are {names:?}"), async || {
                Ok(self.table().await.keys().eq(names.iter()).then_some(()))
            })
            .await;
    }
}
