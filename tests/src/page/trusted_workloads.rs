//! `/team/trusted-workloads`.

use super::{Dialog, dialogs, page};
use crate::browser::Browser;

page!(TrustedWorkloadsPage, "Trusted workloads");

impl<'a> TrustedWorkloadsPage<'a> {
    dialogs! {
        trust(): "Trust a workload", "Trust a workload";
        how_to_log_in(name): "How to log in with {name}", "How to log in";
        test(name): "Test a token for {name}", "Test a token";
        edit(name): "Edit trust {name}", "Edit trust";
        remove(name): "Remove trust {name}", "Remove trust?";
    }

    /// Trusts a workflow of GitHub. The dialog shows how it logs in.
    pub async fn trust_workflow(&self, repository: &str, branch: &str) -> Dialog<'a> {
        let dialog = self.trust().await;
        dialog.fill("Repository", repository).await;
        dialog.fill("Branch", branch).await;
        dialog.press("Trust workload").await;
        Dialog::titled(self.0, "Workload trusted").await
    }
}
