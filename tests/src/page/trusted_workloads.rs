//! `/team/trusted-workloads`.

use super::{Dialog, page, row};
use crate::browser::Browser;

page!(TrustedWorkloadsPage, "Trusted workloads");

impl<'a> TrustedWorkloadsPage<'a> {
    pub async fn trust(&self) -> Dialog<'a> {
        Dialog::of(self.0, "Trust a workload", "Trust a workload").await
    }

    /// Trusts a workflow of GitHub. The dialog shows how it logs in.
    pub async fn trust_workflow(&self, repository: &str, branch: &str) -> Dialog<'a> {
        let dialog = self.trust().await;
        dialog.fill("Repository", repository).await;
        dialog.fill("Branch", branch).await;
        dialog.press("Trust workload").await;
        Dialog::titled(self.0, "Workload trusted").await
    }

    pub async fn how_to_log_in(&self, name: &str) -> Dialog<'a> {
        Dialog::of(self.0, &format!("How to log in with {name}"), "How to log in").await
    }

    pub async fn test(&self, name: &str) -> Dialog<'a> {
        Dialog::of(self.0, &format!("Test a token for {name}"), "Test a token").await
    }

    pub async fn edit(&self, name: &str) -> Dialog<'a> {
        Dialog::of(self.0, &format!("Edit trust {name}"), "Edit trust").await
    }

    pub async fn remove(&self, name: &str) -> Dialog<'a> {
        Dialog::of(self.0, &format!("Remove trust {name}"), "Remove trust?").await
    }

    pub async fn row(&self, name: &str) -> String {
        self.0.text_of(&row(name)).await
    }
}
