//! What the server says of itself at `/metrics`.

use std::{collections::HashMap, net::SocketAddr};

use crate::{Result, http};

/// Its figures at one moment, each by its name and its labels.
#[derive(Debug)]
pub struct Figures(HashMap<String, f64>);

impl Figures {
    /// Asks for them.
    pub async fn read(addr: SocketAddr) -> Result<Self> {
        let answer = http::get(addr, "/metrics").await?;
        if answer.status != 200 {
            return Err(format!("no figures: {}", answer.head).into());
        }
        Ok(Self::of_text(&String::from_utf8(answer.body)?))
    }

    /// One of them; nothing was counted yet where it isn't there.
    pub fn of(&self, name: &str) -> f64 {
        self.0.get(name).copied().unwrap_or(0.0)
    }

    /// What this share of the transactions since then waited at most until they began, in milliseconds: the upper edge of the step of the
    /// server's scale that it falls into. `access`: `read` or `write`.
    pub fn waited(&self, since: &Self, access: &str, share: f64) -> f64 {
        let begins = format!("devalo_db_wait_duration_seconds_bucket{{access=\"{access}\",le=\"");
        let step = |(name, count): (&String, &f64)| {
            let edge: f64 = name.strip_prefix(&begins)?.strip_suffix("\"}")?.parse().ok()?;
            Some((edge, count - since.of(name)))
        };
        // Each step counts those before it, too, and the last has no end.
        let mut steps: Vec<(f64, f64)> = self.0.iter().filter_map(step).collect();
        steps.sort_unstable_by(|(a, _), (b, _)| a.total_cmp(b));
        let all = steps.last().map_or(0.0, |(_, count)| *count);
        let edge = steps.iter().find(|(_, count)| all > 0.0 && *count >= all * share).map_or(0.0, |(edge, _)| *edge);
        edge * 1e3
    }

    fn of_text(text: &str) -> Self {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let figures = lines.filter_map(|line| {
            let (name, figure) = line.rsplit_once(' ')?;
            Some((name.to_owned(), figure.parse().ok()?))
        });
        Self(figures.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was waited before doesn't count, nor does another kind of waiting.
    #[test]
    fn waits_are_those_since_then() {
        let text = |counts: [u32; 4]| {
            let [short, long, all, other] = counts;
            format!(
                "# TYPE devalo_db_wait_duration_seconds histogram\n\
                 devalo_db_wait_duration_seconds_bucket{{access=\"write\",le=\"0.001\"}} {short}\n\
                 devalo_db_wait_duration_seconds_bucket{{access=\"write\",le=\"0.25\"}} {long}\n\
                 devalo_db_wait_duration_seconds_bucket{{access=\"write\",le=\"+Inf\"}} {all}\n\
                 devalo_db_wait_duration_seconds_bucket{{access=\"read\",le=\"0.25\"}} {other}\n\
                 devalo_db_connections{{state=\"busy\"}} 3\n"
            )
        };
        let (then, now) = (Figures::of_text(&text([100, 150, 150, 0])), Figures::of_text(&text([150, 200, 200, 1])));
        assert!((now.waited(&then, "write", 0.99) - 1.0).abs() < 1e-9, "all fifty since then were short");
        assert!((now.waited(&Figures::of_text(""), "write", 0.99) - 250.0).abs() < 1e-9);
        assert!(now.waited(&now, "write", 0.99).abs() < 1e-9, "nobody waited");
        assert!((now.of("devalo_db_connections{state=\"busy\"}") - 3.0).abs() < 1e-9);
    }
}
