//! The product under measurement: the release program on a fresh database with the demo business, and more businesses
//! where a figure needs them.

use std::{
    fmt,
    fs::{self, File},
    net::{SocketAddr, TcpListener},
    ops::RangeInclusive,
    path::PathBuf,
    process::Stdio,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use sqlx::{Connection as _, Executor as _, PgConnection};
use tempfile::TempDir;
use tokio::{
    net::TcpStream,
    process::{Child, Command},
};

use crate::{
    Options, Result, from_now,
    http::{Connection, request},
    postgres::Cluster,
    process::{self, Memory, Usage},
    report::row,
};

/// The owner of the businesses that are made for a measurement.
const OWNER: (&str, &str) = ("owner@bench.example", "a long and quiet password");

/// Which database the product runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    /// Embedded.
    Sqlite,
    /// A cluster of our own.
    Postgres,
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        })
    }
}

/// The product, with a database of its own that goes away with it.
pub struct Product {
    /// Where it listens, or will.
    pub addr: SocketAddr,
    child: Option<Child>,
    program: PathBuf,
    site: PathBuf,
    cluster: Option<Cluster>,
    // Last: the database's files go after whoever uses them.
    folder: TempDir,
}

impl Product {
    /// Makes the database with the demo business. The server isn't started yet.
    pub async fn prepare(options: &Options, database: Database) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("devalo-bench-").tempdir()?;
        let cluster = match database {
            Database::Sqlite => None,
            Database::Postgres => Some(Cluster::start(folder.path()).await?),
        };
        let addr = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let product = Self {
            addr,
            child: None,
            program: fs::canonicalize(&options.devalo)?,
            site: fs::canonicalize(&options.site)?,
            cluster,
            folder,
        };
        let url = match &product.cluster {
            Some(cluster) => cluster.product_url(),
            None => format!("sqlite://{}", product.folder.path().join("devalo.db").display()),
        };
        let keys = process::output(&mut product.command(&["generate-keys"])).await?;
        let settings = format!(
            "DEVALO_ENV=development\nDATABASE_URL='{url}'\nDEVALO_ADDR={addr}\nDEVALO_ORIGIN=http://{addr}\nDEVALO_TRUSTED_PROXIES=127.0.0.1/32\nEMAILS_PER_SECOND=5\n{keys}"
        );
        fs::write(product.env_file(), settings)?;
        process::output(product.command(&["seed-demo", "--env-file"]).arg(product.env_file())).await?;
        Ok(product)
    }

    /// Makes businesses with these words in their addresses. Before the server runs: SQLite has one writer.
    pub async fn add_businesses(&self, slugs: &[String]) -> Result<()> {
        let mut command = Command::new(std::env::current_exe()?.with_file_name("devalo-inside"));
        command.arg("businesses").arg(self.env_file()).args([OWNER.0, OWNER.1]).args(slugs);
        process::output(&mut command).await?;
        Ok(())
    }

    /// Starts the server and gives the time from there to the first whole answer to this path.
    pub async fn start(&mut self, path: &str) -> Result<Duration> {
        let log = File::create(self.folder.path().join("log"))?;
        let mut command = self.command(&["serve", "--env-file"]);
        command.arg(self.env_file()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).kill_on_drop(true);
        let begun = Instant::now();
        self.child = Some(command.spawn()?);
        let ask = request("GET", path, self.addr, &[], "");
        loop {
            if TcpStream::connect(self.addr).await.is_ok() {
                let answer = Connection::open(self.addr).await?.send(&ask).await?;
                if answer.status == 200 {
                    return Ok(begun.elapsed());
                }
                return Err(format!("{path} answers {}", answer.status).into());
            }
            if begun.elapsed() > Duration::from_secs(30) {
                return Err(format!("the server didn’t start:\n{}", self.log()).into());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Stops the server; the database stays.
    pub async fn stop(&mut self) -> Result<()> {
        match self.child.take() {
            Some(child) => process::stop(child).await,
            None => Ok(()),
        }
    }

    /// Ends the server at once, as a crash does; the database stays.
    pub async fn kill(&mut self) -> Result<()> {
        match self.child.take() {
            Some(mut child) => Ok(child.kill().await?),
            None => Ok(()),
        }
    }

    /// What the server takes of memory.
    pub fn memory(&self) -> Result<Memory> {
        process::memory(self.child.as_ref().ok_or("the server isn’t running")?)
    }

    /// What the server has taken of the processor, and holds open.
    pub fn usage(&self) -> Result<Usage> {
        process::usage(self.child.as_ref().ok_or("the server isn’t running")?)
    }

    /// How large SQLite's log of what isn't in the database's own file yet is, in bytes.
    pub fn wal_bytes(&self) -> u64 {
        fs::metadata(self.folder.path().join("devalo.db-wal")).map_or(0, |file| file.len())
    }

    /// Lets so many emails leave in a second, once it starts.
    pub fn emails_a_second(&self, number: u32) -> Result<()> {
        let settings = fs::read_to_string(self.env_file())?;
        let line = format!("EMAILS_PER_SECOND={number}");
        let is_it = |line: &str| line.starts_with("EMAILS_PER_SECOND=");
        let lines: Vec<&str> = settings.lines().map(|one| if is_it(one) { line.as_str() } else { one }).collect();
        fs::write(self.env_file(), lines.join("\n"))?;
        Ok(())
    }

    /// A missed target where the server's log holds an error, with the first of them.
    pub fn check_log(&self, after: &str) {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        let places: Vec<usize> = (0..lines.len())
            .filter(|nth| lines.get(*nth).is_some_and(|line| line.contains("ERROR") || line.contains("panicked at")))
            .collect();
        // A panic's message is on the line after.
        for line in places.iter().take(3).flat_map(|nth| lines.iter().skip(*nth).take(2)) {
            println!("the server’s log: {line}");
        }
        let count = places.len();
        row(&format!("errors in the server’s log, {after}"), &count.to_string(), "–", None, "0", Some(count == 0));
    }

    /// The address of the database for somebody who sees every row.
    pub fn database_url(&self) -> String {
        match &self.cluster {
            Some(cluster) => cluster.superuser_url(),
            None => format!("sqlite://{}?mode=ro", self.folder.path().join("devalo.db").display()),
        }
    }

    /// Has the database learn what is in it, as PostgreSQL does by itself within a minute.
    pub async fn learn(&self) -> Result<()> {
        if let Some(cluster) = &self.cluster {
            PgConnection::connect(&cluster.superuser_url()).await?.execute("ANALYZE").await?;
        }
        Ok(())
    }

    /// Logs the owner of the made businesses in.
    pub async fn owner(&self) -> Result<Owner> {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("email", OWNER.0), ("password", OWNER.1)])
            .finish();
        let headers =
            ["Content-Type: application/x-www-form-urlencoded", "Accept: text/html", "Sec-Fetch-Site: same-origin"];
        let mut connection = Connection::open(self.addr).await?;
        let answer = connection.send(&request("POST", "/fn/auth/log-in", self.addr, &headers, &body)).await?;
        let cookie = answer.header("set-cookie").and_then(|line| line.split(';').next());
        let cookie = cookie.ok_or_else(|| format!("no session: {}", answer.head))?.to_owned();
        // What their pages would send with every change comes with the first of them.
        let session = format!("Cookie: {cookie}");
        let page = connection.send(&request("GET", "/account", self.addr, &[&session], "")).await?;
        let token = page.header("set-cookie").and_then(|line| line.split(';').next()?.split_once('='));
        let token = token.ok_or_else(|| format!("no token: {}", page.head))?.1.to_owned();
        Ok(Owner { connection, addr: self.addr, cookie, token })
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        // Nothing of the caller's own settings reaches the server.
        command.args(words).env_clear().env("PATH", "/usr/bin:/bin").env("HOME", self.folder.path());
        command.env("LANG", "C.UTF-8").env("LEPTOS_SITE_ROOT", &self.site);
        // The reference writes no line a request either.
        command.env("DEVALO_LOG", "info,devalo::request=warn");
        command
    }

    /// Its settings.
    pub fn env_file(&self) -> PathBuf {
        self.folder.path().join("env")
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

/// Somebody who is logged in, setting things up through the JSON API.
pub struct Owner {
    connection: Connection,
    addr: SocketAddr,
    /// Their session, as a `Cookie` header's value.
    pub cookie: String,
    token: String,
}

/// A service to set up: its word, its length, and what is kept free before and after, in minutes.
pub struct Service(pub &'static str, pub i64, pub i64, pub i64);

impl Owner {
    /// Sends JSON and gives the answer's.
    pub async fn send(&mut self, method: &str, path: &str, body: &Value) -> Result<Value> {
        let message = self.keyed(method, path, "", body);
        let answer = self.connection.send(&message).await?;
        if answer.status == 204 { Ok(Value::Null) } else { answer.json() }
    }

    /// The header of a program that may do this in the business.
    pub async fn program(&mut self, org: &str, scope: &str) -> Result<String> {
        let body = json!({ "name": "Followers", "scopes": [scope] });
        let made = self.send("POST", &format!("/api/v1/orgs/{org}/tokens"), &body).await?;
        let secret = made["secret"].as_str().ok_or("no secret")?;
        Ok(format!("Authorization: Bearer {secret}"))
    }

    /// What is sent for it, for somebody with a connection of their own: with a key by which the server knows it again, where there is one.
    pub fn keyed(&self, method: &str, path: &str, key: &str, body: &Value) -> Vec<u8> {
        let (cookie, token) = (format!("Cookie: {}", self.cookie), format!("X-Csrf-Token: {}", self.token));
        let key = format!("Idempotency-Key: {key}");
        let mut headers =
            vec![cookie.as_str(), &token, "Content-Type: application/json", "Sec-Fetch-Site: same-origin"];
        if !key.ends_with(": ") {
            headers.push(&key);
        }
        request(method, path, self.addr, &headers, &body.to_string())
    }

    /// Sets a business up: so many people who work around the clock, and services that all of them give, starting every
    /// as many minutes as they last.
    pub async fn set_up(&mut self, org: &str, people: usize, services: &[Service]) -> Result<()> {
        self.set_up_open(org, people, services, 0..=6, (0, 1440)).await
    }

    /// The same with people who work on these weekdays, of which Sunday is 0, between these minutes of the day.
    pub async fn set_up_open(
        &mut self,
        org: &str,
        people: usize,
        services: &[Service],
        weekdays: RangeInclusive<i64>,
        (from, until): (i64, i64),
    ) -> Result<()> {
        let base = format!("/api/v1/orgs/{org}/calendar");
        let day = |weekday: i64| json!({ "weekday": weekday, "start_minute": from, "end_minute": until });
        let week: Vec<Value> = weekdays.map(day).collect();
        let mut staff = Vec::new();
        for nth in 0..people {
            let made = self.send("POST", &format!("{base}/staff"), &json!({ "name": format!("Person {nth}") })).await?;
            let id = made["id"].as_str().ok_or("no id")?.to_owned();
            self.send("PUT", &format!("{base}/staff/{id}/hours"), &json!(week)).await?;
            staff.push(id);
        }
        for Service(slug, minutes, before, after) in services {
            let body = json!({
                "slug": slug, "name": slug, "duration_minutes": minutes, "interval_minutes": minutes,
                "buffer_before_minutes": before, "buffer_after_minutes": after, "window_days": 60, "staff": staff,
            });
            self.send("POST", &format!("{base}/services"), &body).await?;
        }
        Ok(())
    }

    /// The times on offer for a service, from tomorrow on, over so many days.
    pub async fn starts(&mut self, org: &str, service: &str, days: i64) -> Result<Vec<String>> {
        let (from, to) = (from_now(24), from_now((days + 1) * 24));
        let path = format!("/api/v1/orgs/{org}/calendar/services/{service}/slots?from={from}&to={to}");
        let answer = self.send("GET", &path, &Value::Null).await?;
        let starts = answer["starts"].as_array().ok_or("no starts")?;
        Ok(starts.iter().filter_map(|start| start.as_str().map(str::to_owned)).collect())
    }
}

/// The id of what was made.
pub fn id(made: &Value) -> Result<String> {
    Ok(made["id"].as_str().ok_or("no id")?.to_owned())
}
