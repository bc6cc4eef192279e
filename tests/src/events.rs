//! The stream that tells a session of its team's changes.

use reqwest::{Method, Response, StatusCode};
use tokio::time::timeout;

use crate::client::Client;
use crate::wait::DEADLINE;

pub struct Events {
    response: Response,
    text: String,
}

impl Client {
    pub async fn events(&self) -> Events {
        let response = self.request(Method::GET, "/events").send().await.expect("an answer");
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Events { response, text: String::new() }
    }
}

impl Events {
    /// The words of the next message: the team's revision, its age, and the log's revision. `None` at the end.
    pub async fn next(&mut self) -> Option<Vec<String>> {
        loop {
            if let Some(end) = self.text.find("\n\n") {
                let message = self.text.drain(..end + 2).collect::<String>();
                let words =
                    message.trim_end_matches('\n').strip_prefix("data: ").expect("a message").split(' ');
                return Some(words.map(str::to_owned).collect());
            }
            let chunk = timeout(DEADLINE, self.response.chunk()).await.expect("a message");
            self.text.push_str(std::str::from_utf8(&chunk.ok()??).expect("text"));
        }
    }

    /// Waits for the message that the stream has ended for good.
    pub async fn assert_ends(&mut self) {
        while self.next().await.expect("a last message") != ["end"] {}
        assert_eq!(self.next().await, None);
    }
}
