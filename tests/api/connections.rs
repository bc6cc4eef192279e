//! Slow clients are disconnected in time, and neither a shutdown nor other clients wait for them.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use strongroom_tests::{Server, Store, wait};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::process::Command;
use tokio::time::{Instant, timeout, timeout_at};

use Wait::{Empty, HalfBody, HalfHeader, IdleAfterAnswer, SlowHeader, UnreadAnswers};

/// The limit of `/healthz` while others keep connections open: high, because test machines are busy.
const HEALTH_LIMIT: Duration = Duration::from_secs(5);
const STOP_LIMIT: Duration = Duration::from_secs(10);

#[derive(Clone, Copy, Debug)]
enum Wait {
    Empty,
    HalfHeader,
    SlowHeader,
    IdleAfterAnswer,
    HalfBody,
    UnreadAnswers,
}

const BODY: &str = r#"{"query": "{ set_up_required }"}"#;

impl Wait {
    const ALL: [Self; 6] = [Empty, HalfHeader, SlowHeader, IdleAfterAnswer, HalfBody, UnreadAnswers];

    async fn open(self, server: &Server) -> TcpStream {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(4096).expect("it is small");
        let address = server.address().parse().expect("an address");
        let mut stream = socket.connect(address).await.expect("it listens");
        let get = |path: &str| format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n");
        let sent = match self {
            Empty => String::new(),
            HalfHeader | SlowHeader => "GET /healthz HTTP/1.1\r\nhost: x\r\n".to_owned(),
            IdleAfterAnswer => get("/healthz"),
            // With `expect`, the server answers when it wants the body.
            HalfBody => format!(
                "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
                 expect: 100-continue\r\ncontent-length: {}\r\n\r\n",
                BODY.len(),
            ),
            // More than the buffers of both sides hold.
            UnreadAnswers => get("/metrics").repeat(4000),
        };
        // The server stops reading while its answers are not read.
        let _ = timeout(Duration::from_millis(500), stream.write_all(sent.as_bytes())).await;
        if matches!(self, IdleAfterAnswer | HalfBody) {
            read_answer(&mut stream).await;
        }
        if matches!(self, HalfBody) {
            stream.write_all(&BODY.as_bytes()[..1]).await.expect("it listens");
        }
        stream
    }
}

/// Reads the text of one answer.
async fn read_answer(stream: &mut TcpStream) -> String {
    let mut answer = vec![0; 4096];
    let length = timeout(wait::DEADLINE, stream.read(&mut answer)).await;
    let length = length.expect("it answers").expect("it can be read");
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

/// Returns the time since `begun`; `None` if the connection is still open at `end`.
async fn closed(mut stream: TcpStream, way: Wait, begun: Instant, end: Instant) -> Option<Duration> {
    loop {
        let step = (Instant::now() + Duration::from_millis(300)).min(end);
        match timeout_at(step, stream.read(&mut [0; 16])).await {
            Ok(Ok(0) | Err(_)) => return Some(begun.elapsed()),
            Err(_) if Instant::now() >= end => return None,
            Err(_) if matches!(way, SlowHeader) => {
                let _ = stream.write_all(b"x").await;
            }
            Ok(Ok(_)) | Err(_) => {}
        }
    }
}

async fn assert_healthy(server: &Server, when: &str) {
    let begun = Instant::now();
    let reply = timeout(HEALTH_LIMIT, server.nobody().get("/healthz")).await;
    let reply = reply.unwrap_or_else(|_| panic!("{when}: no answer after {:?}", begun.elapsed()));
    assert_eq!(reply.status, 200, "{when}: {reply:?}");
}

#[tokio::test]
async fn a_connection_without_a_header_is_closed_and_a_second_signal_stops_the_server_at_once() {
    let mut server = Server::start().await;
    // The longer limits of a body, an idle connection and an unread answer have unit tests.
    let ways = [Empty, HalfHeader, SlowHeader, IdleAfterAnswer];
    let watched = ways.map(async |way| {
        let begun = Instant::now();
        let stream = way.open(&server).await;
        let closed = closed(stream, way, begun, begun + Duration::from_secs(14)).await;
        let is_right = match way {
            IdleAfterAnswer => closed.is_none(),
            _ => closed.is_some_and(|after| after > Duration::from_secs(9)),
        };
        assert!(is_right, "{way:?}: closed after {closed:?}");
    });
    join_all(watched).await;
    assert!(server.metric("strongroom_connections_refused_total{reason=\"header_timeout\"}").await >= 3.0);
    assert_healthy(&server, "afterwards").await;
    // A second signal stops the server at once.
    let _open = HalfBody.open(&server).await;
    let asked = Instant::now();
    server.signal("TERM");
    wait::is("it is stopping", async || server.log().contains("stopping")).await;
    server.signal("INT");
    assert!(server.ended().await.success());
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
}

#[tokio::test]
async fn the_server_stops_within_ten_seconds() {
    let stops = Wait::ALL.map(async |way| {
        let mut server = Server::start().await;
        let _open = [way.open(&server).await, way.open(&server).await];
        // A request in progress is finished.
        let mut begun = HalfBody.open(&server).await;
        let asked = Instant::now();
        server.signal("TERM");
        let refuses = async || TcpStream::connect(server.address()).await.is_err();
        wait::is("it accepts nothing more", refuses).await;
        begun.write_all(&BODY.as_bytes()[1..]).await.expect("it listens");
        let answer = read_answer(&mut begun).await;
        assert!(answer.contains("set_up_required"), "{way:?}: {answer}");
        assert!(server.ended().await.success());
        assert!(asked.elapsed() < STOP_LIMIT, "{way:?}: {:?}", asked.elapsed());
    });
    join_all(stops).await;
}

async fn limited(store: &Arc<Store>, descriptors: u32) -> Server {
    let serve = store.command(["serve", "--listen", "127.0.0.1:0"]);
    let serve = serve.as_std();
    let mut command = Command::new("sh");
    let script = format!("ulimit -n {descriptors} && exec \"$0\" \"$@\"");
    command.args(["-c", &script]).arg(serve.get_program()).args(serve.get_args());
    for (name, value) in serve.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.kill_on_drop(true);
    Server::start_command(store, command).await
}

#[tokio::test]
async fn more_connections_than_descriptors_do_not_block_others() {
    const DESCRIPTORS: u32 = 96;
    let store = Store::new();
    let server = limited(&store, DESCRIPTORS).await;
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", server.pid())).expect("it runs");
    let limit = |name: &str| {
        let line = limits.lines().find_map(|line| line.strip_prefix(name));
        line.expect("it is listed").split_whitespace().next().map(str::to_owned)
    };
    assert_eq!(limit("Max core file size").as_deref(), Some("0"));
    assert_eq!(limit("Max open files"), Some(DESCRIPTORS.to_string()));
    let team = server.team("acme").await;
    team.key("user").await.set("A", json!("the value of A")).await;
    let runner = team.key("runner").await;
    for way in Wait::ALL {
        let refused = server.metric("strongroom_connections_refused_total").await;
        let mut open = Vec::new();
        let many = if matches!(way, UnreadAnswers) { 20 } else { 2 * DESCRIPTORS };
        for number in 0..many {
            open.push(way.open(&server).await);
            if number % 32 == 31 {
                assert_healthy(&server, &format!("{number} times {way:?}")).await;
            }
        }
        assert_healthy(&server, &format!("{many} times {way:?}")).await;
        // On a new connection: the server may be closing an idle one.
        let runner = server.nobody().with_key(runner.key());
        assert_eq!(runner.value("A").await, json!("the value of A"), "{way:?}");
        assert!(server.metric("strongroom_connections_refused_total").await > refused, "{way:?}");
        let is_open = server.metric("strongroom_connections_open").await;
        assert!(is_open < f64::from(DESCRIPTORS / 2), "{way:?}: {is_open}");
    }
    server.stop().await;
}

#[tokio::test]
async fn event_streams_make_room_for_requests_and_end_with_the_server() {
    let server = limited(&Store::new(), 96).await;
    let session = server.team("acme").await.session("user").await;
    // So few descriptors allow 16 connections from an address.
    let streams = join_all((0..16).map(|_| session.events())).await;
    assert_healthy(&server, "beside the streams").await;
    let asked = Instant::now();
    server.stop().await;
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    for mut stream in streams {
        while stream.next().await.is_some() {}
    }
}
