//! Invited people join a team with the provider's account.

use serde_json::{Value, json};
use strongroom_tests::Person;

use crate::Scene;

#[tokio::test]
async fn joining_needs_an_invitation_and_a_verified_address_and_keeps_existing_roles() {
    let scene = Scene::new().await;
    scene.admin.invite("ada@acme.example", "user").await;
    scene.provider.knows("ada", "ada@acme.example", false).await;
    scene.assert_refused("ada", "unverified-email").await;
    assert_eq!(scene.admin.rows("member", "email").await, [Value::Null; 0]);

    // A withdrawn invitation gives no access.
    for invitation in scene.admin.rows("invitation", "id").await {
        scene.admin.done("withdraw_invitation", invitation).await;
    }
    scene.provider.knows("ada", "ada@acme.example", true).await;
    scene.assert_refused("ada", "unknown-person").await;

    // An invited person joins with the role of the invitation.
    scene.admin.invite("ada@acme.example", "read-only").await;
    let ada = scene.log_in("ada").await;
    assert_eq!(ada.auth_info("email").await, "ada@acme.example");
    assert_eq!(ada.auth_info("role").await, "read-only");

    let team = scene.admin.query("{ member { email role } invitation { email } }").await;
    let members = json!([{"email": "ada@acme.example", "role": "read-only"}]);
    assert_eq!(team.data(""), &json!({"member": members, "invitation": []}));
    let joined = scene.audit("create:member").await;
    assert_eq!(joined[0]["object_name"], "ada@acme.example", "{joined:?}");
    // The second time, they are a member like any other.
    scene.log_in("ada").await;
    assert_eq!(scene.audit("create:member").await, joined);

    // A member without a password can choose one; from then on, a change needs it.
    ada.mutate("change_password", json!({"new_password": "too short"})).await.assert_rejected();
    let person = Person::new("ada@acme.example", "chosen by ada herself");
    ada.done("change_password", json!({"new_password": person.password})).await;
    scene.team.log_in(&person).await;
    ada.refused("change_password", json!({"new_password": "chosen by somebody else"})).await;
    assert_eq!(scene.audit("update:password").await.len(), 1);
    // A login accepts every team's invitation.
    let other = scene.server.team("other").await;
    scene.admin.invite("cleo@acme.example", "user").await;
    let administrator = other.key("administrator").await;
    administrator.invite("Cleo@acme.example", "administrator").await;

    scene.provider.knows("cleo", "cleo@acme.example", true).await;
    let cleo = scene.log_in("cleo").await;
    assert_eq!(cleo.column("tenant(order_by: {slug: asc})", "slug").await, ["acme", "other"]);

    // A member of one team joins another one.
    let person = scene.member("bob").await;
    administrator.invite(&person.email, "read-only").await;
    let bob = scene.log_in("bob").await;
    assert_eq!(bob.column("tenant(order_by: {slug: asc})", "slug").await[0], "acme");
    // Whether or not a login accepts the invitation, it never changes an existing role.
    assert_eq!(scene.admin.listed("member", "role", "email", &person.email).await["role"], "user");
}
