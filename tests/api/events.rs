//! The stream of a team's changes. `connections` has its effect on other clients.

use reqwest::StatusCode;
use serde_json::json;
use strongroom_tests::Scene;

const LOG_OUT: &str = "mutation { log_out { success error } }";

#[tokio::test]
async fn stream_needs_a_session_of_the_team_and_our_own_page() {
    let Scene { server, team, writer, .. } = &Scene::new().await;
    let session = team.session("administrator").await;
    let other = server.team("other").await.key("user").await.tenant_id().await;
    let from = |site| session.with_header("sec-fetch-site", site);
    for (client, query, expected) in [
        (&server.nobody(), String::new(), StatusCode::OK),
        (writer, String::new(), StatusCode::OK),
        (&session, format!("?team={other}"), StatusCode::OK),
        (&session, "?team=acme".to_owned(), StatusCode::OK),
        (&session, "?team=a&team=b".to_owned(), StatusCode::BAD_REQUEST),
        (&from("cross-site"), String::new(), StatusCode::FORBIDDEN),
        (&from("same-site"), String::new(), StatusCode::FORBIDDEN),
    ] {
        let reply = client.get(&format!("/events{query}")).await;
        assert_eq!(reply.status, expected, "{query}: {}", reply.text());
        if expected == StatusCode::OK {
            assert_eq!(reply.text(), "data: end\n\n", "{query}");
        }
    }
    let mut open = Vec::new();
    for _ in 0..16 {
        open.push(session.events().await);
    }
    let reply = session.get("/events").await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{}", reply.text());
    assert!(reply.text().contains("16 event streams"), "{}", reply.text());
}

#[tokio::test]
async fn stream_reports_changes_of_its_team_and_reads_only_to_readers_of_the_log() {
    let Scene { server, team, writer, runner, .. } = &Scene::new().await;
    let other = server.team("other").await.key("user").await;
    writer.set("A", json!(1)).await;
    let (admin, user) = (team.session("administrator").await, team.session("user").await);
    let (mut to_admin, mut to_user) = (admin.events().await, user.events().await);
    let before = to_admin.next().await.expect("the current revisions");
    assert!(before[1].parse::<u32>().is_ok_and(|age| age < 60_000), "{before:?}");
    assert!(!before[0].is_empty() && !before[2].is_empty(), "{before:?}");
    let for_user = to_user.next().await.expect("the current revision");
    assert_eq!([&*for_user[0], &*for_user[2]], [&*before[0], ""]);

    runner.value("A").await;
    let after_read = to_admin.next().await.expect("news");
    assert_eq!(after_read[0], before[0], "a read is no change");
    assert_ne!(after_read[2], before[2]);

    other.set("THEIRS", json!(2)).await;
    writer.set("A", json!(3)).await;
    for (events, entry) in [(&mut to_admin, &before[2]), (&mut to_user, &String::new())] {
        let changed = events.next().await.expect("news");
        assert_ne!(changed[0], before[0]);
        assert_eq!(changed[2] == *entry, entry.is_empty(), "{changed:?}");
    }
}

#[tokio::test]
async fn stream_ends_with_its_session_or_membership() {
    let Scene { server, team, admin, .. } = &Scene::new().await;
    for leave in ["log out", "sessions ended", "removed"] {
        let person = team.person("user").await;
        let session = team.log_in(&person).await;
        let user_id = admin.member_id(&person.email).await;
        // With a second team, the session outlives the removal.
        server.team(&leave.replace(' ', "-")).await.add(&person, "user").await;
        let mut events = session.events().await;
        assert_eq!(events.next().await.map(|words| words.len()), Some(3));
        match leave {
            "log out" => session.query(LOG_OUT).await.assert_success("log_out"),
            "removed" => admin.done("remove_member", json!({"user_id": user_id})).await,
            _ => admin.done("end_member_sessions", json!({"user_id": user_id})).await,
        }
        events.assert_ends().await;
    }
}
