//! People who were invited, and join with what the provider says of them.

use serde_json::{Value, json};
use strongroom_tests::Person;

use crate::Scene;

#[tokio::test]
async fn every_team_that_has_invited_them_is_joined_and_a_role_that_they_have_stays() {
    let scene = Scene::new().await;
    let other = scene.server.team("other").await;
    scene.admin.invite("ada@acme.example", "user").await;
    let administrator = other.key("administrator").await;
    administrator.invite("Ada@acme.example", "administrator").await;

    scene.provider.knows("ada", "ada@acme.example", true).await;
    let ada = scene.log_in("ada").await;
    assert_eq!(
        ada.rows("tenant(order_by: {slug: asc})", "slug").await,
        [json!({"slug": "acme"}), json!({"slug": "other"})]
    );

    // A member of one team joins another one.
    let person = scene.member("bob").await;
    administrator.invite(&person.email, "read-only").await;
    let bob = scene.log_in("bob").await;
    let teams = bob.rows("tenant(order_by: {slug: asc})", "slug").await;
    assert_eq!(teams[0], json!({"slug": "acme"}));
    // Whether or not a log-in takes the invitation, it never takes the role that they have.
    assert_eq!(
        scene.admin.row("member", "role", "email", &person.email).await,
        Some(json!({"email": person.email, "role": "user"}))
    );
}

#[tokio::test]
async fn who_is_invited_joins_with_the_role_of_the_invitation_and_a_verified_address() {
    let scene = Scene::new().await;
    scene.admin.invite("ada@acme.example", "user").await;
    scene.provider.knows("ada", "ada@acme.example", false).await;
    scene.assert_refused("ada", "unverified-email").await;
    assert_eq!(scene.admin.rows("member", "email").await, [Value::Null; 0]);

    // An invitation that is withdrawn lets nobody in.
    for invitation in scene.admin.rows("invitation", "id").await {
        scene.admin.done("withdraw_invitation", invitation).await;
    }
    scene.provider.knows("ada", "ada@acme.example", true).await;
    scene.assert_refused("ada", "unknown-person").await;

    // Who is invited joins with the role of the invitation.
    scene.admin.invite("ada@acme.example", "read-only").await;
    let ada = scene.log_in("ada").await;
    assert_eq!(ada.auth_info("email").await, "ada@acme.example");
    assert_eq!(ada.auth_info("role").await, "read-only");

    let team = scene.admin.query("{ member { email role } invitation { email } }").await;
    assert_eq!(
        team.data(""),
        &json!({"member": [{"email": "ada@acme.example", "role": "read-only"}], "invitation": []})
    );
    let joined = scene.audit("create:member").await;
    assert_eq!(joined[0]["object_name"], "ada@acme.example", "{joined:?}");
    // The second time they are a member like any other.
    scene.log_in("ada").await;
    assert_eq!(scene.audit("create:member").await, joined);

    // Who joined without a password chooses one.
    let short = json!({"new_password": "too short"});
    ada.mutate("change_password", short).await.assert_rejected();
    let person = Person::new("ada@acme.example", "chosen by ada herself");
    let chosen = json!({"new_password": person.password});
    ada.done("change_password", chosen).await;
    scene.team.log_in(&person).await;

    // From now on it is asked for.
    let again = json!({"new_password": "chosen by somebody else"});
    ada.refused("change_password", again).await;
    assert_eq!(scene.audit("update:password").await.len(), 1);
}
