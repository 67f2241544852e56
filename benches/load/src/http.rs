//! A small HTTP/1.1 client that keeps its connection: it must cost far less than the servers that it measures.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::Result;

/// One connection, one request at a time.
pub struct Connection {
    addr: SocketAddr,
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    /// Its status code.
    pub status: u16,
    /// Its head as it came.
    pub head: String,
    /// Its body.
    pub body: Vec<u8>,
}

impl Connection {
    /// Connects.
    pub async fn open(addr: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(addr).await?;
        stream.set_nodelay(true)?;
        Ok(Self { addr, stream, buffer: Vec::with_capacity(16 * 1024) })
    }

    /// Connects anew, where the server ends the connection with this answer.
    pub async fn go_on_after(&mut self, answer: &Answer) -> Result<()> {
        if answer.header("connection").is_some_and(|word| word.eq_ignore_ascii_case("close")) {
            *self = Self::open(self.addr).await?;
        }
        Ok(())
    }

    /// Sends a request and reads the answer.
    pub async fn send(&mut self, request: &[u8]) -> Result<Answer> {
        self.stream.write_all(request).await?;
        let head_end = self.read_head().await?;
        let head: Vec<u8> = self.buffer.drain(..head_end).collect();
        let head = String::from_utf8(head)?;
        let status = head.get(9..12).and_then(|code| code.parse().ok()).ok_or("an answer without a status")?;
        let mut answer = Answer { status, head, body: Vec::new() };
        answer.body = if answer.header("transfer-encoding").is_some() {
            self.read_chunks().await?
        } else {
            let length = answer.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
            self.take(length).await?
        };
        Ok(answer)
    }

    /// Sends a request and gives the stream, with what has come of the answer so far.
    pub async fn subscribe(mut self, request: &[u8]) -> Result<(TcpStream, Vec<u8>)> {
        self.stream.write_all(request).await?;
        let head_end = self.read_head().await?;
        if !self.buffer.starts_with(b"HTTP/1.1 200") {
            return Err(format!("no stream: {}", String::from_utf8_lossy(&self.buffer)).into());
        }
        Ok((self.stream, self.buffer.split_off(head_end)))
    }

    async fn read_head(&mut self) -> Result<usize> {
        loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                return Ok(end + 4);
            }
            self.read_more().await?;
        }
    }

    async fn read_chunks(&mut self) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line_end = loop {
                if let Some(end) = find(&self.buffer, b"\r\n") {
                    break end;
                }
                self.read_more().await?;
            };
            let line: Vec<u8> = self.buffer.drain(..line_end + 2).collect();
            let size = usize::from_str_radix(std::str::from_utf8(&line)?.trim(), 16)?;
            let chunk = self.take(size + 2).await?;
            if size == 0 {
                return Ok(body);
            }
            body.extend_from_slice(chunk.get(..size).unwrap_or_default());
        }
    }

    async fn take(&mut self, length: usize) -> Result<Vec<u8>> {
        while self.buffer.len() < length {
            self.read_more().await?;
        }
        Ok(self.buffer.drain(..length).collect())
    }

    async fn read_more(&mut self) -> Result<()> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err("the server hung up".into()),
            _ => Ok(()),
        }
    }
}

impl Answer {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// Something was done, or somewhere was gone to.
    pub fn succeeded(&self) -> bool {
        (200..400).contains(&self.status)
    }

    /// The body as JSON, or what came instead as an error.
    pub fn json(&self) -> Result<serde_json::Value> {
        if !self.succeeded() {
            return Err(format!("{}\n{}", self.head, String::from_utf8_lossy(&self.body)).into());
        }
        Ok(serde_json::from_slice(&self.body)?)
    }
}

/// A request's text: `headers` are whole lines without their ends.
pub fn request(method: &str, path: &str, addr: SocketAddr, headers: &[&str], body: &str) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: {addr}\r\n");
    for header in headers {
        text.push_str(header);
        text.push_str("\r\n");
    }
    if method != "GET" {
        text.push_str("Content-Length: ");
        text.push_str(&body.len().to_string());
        text.push_str("\r\n");
    }
    text.push_str("\r\n");
    if method != "GET" {
        text.push_str(body);
    }
    text.into_bytes()
}

/// Gets a page over a connection of its own.
pub async fn get(addr: SocketAddr, path: &str) -> Result<Answer> {
    Connection::open(addr).await?.send(&request("GET", path, addr, &[], "")).await
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}
