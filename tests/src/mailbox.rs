//! A mail server outside: it speaks SMTP on a free port, keeps what it is given, and refuses when it is told to.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A mail as it came in, with its envelope.
#[derive(Clone, Debug)]
pub struct Mail {
    pub to: String,
    /// Headers and text, with line breaks as `\n`.
    pub text: String,
}

/// The server. It stops with the story.
pub struct Mailbox {
    pub url: String,
    mails: Arc<Mutex<Vec<Mail>>>,
    refusals: Arc<Mutex<VecDeque<&'static str>>>,
    serving: JoinHandle<()>,
}

impl Mailbox {
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let (mails, refusals) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(VecDeque::new())));
        let (kept, wanted) = (mails.clone(), refusals.clone());
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (kept, wanted) = (kept.clone(), wanted.clone());
                tokio::spawn(async move {
                    let _ = talk(stream, &kept, &wanted).await;
                });
            }
        });
        Self { url, mails, refusals, serving }
    }

    /// What it says to the next mails instead of taking them.
    pub fn refuse(&self, answers: impl IntoIterator<Item = &'static str>) {
        self.refusals.lock().unwrap().extend(answers);
    }

    pub fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap().clone()
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Mail {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let head = self.text.split("\n\n").next()?;
        head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

async fn talk(stream: TcpStream, mails: &Mutex<Vec<Mail>>, refusals: &Mutex<VecDeque<&'static str>>) -> std::io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    let mut to = String::new();
    writer.write_all(b"220 mail.example\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let answer = match line.get(..4).unwrap_or_default() {
            "EHLO" => "250 mail.example".to_owned(),
            "MAIL" => "250 ok".to_owned(),
            "RCPT" => {
                to = line.trim_start_matches("RCPT TO:<").trim_end_matches('>').to_owned();
                refusals.lock().unwrap().pop_front().unwrap_or("250 ok").to_owned()
            }
            "DATA" => {
                writer.write_all(b"354 go on\r\n").await?;
                let mut text = String::new();
                while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                    text += &line;
                    text.push('\n');
                }
                mails.lock().unwrap().push(Mail { to: to.clone(), text });
                "250 taken".to_owned()
            }
            "QUIT" => {
                writer.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => "250 ok".to_owned(),
        };
        writer.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
    Ok(())
}
