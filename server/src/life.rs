//! What systemd is told of the process's life (`sd_notify`): that it is ready, that it still answers, that it stops. Without
//! systemd nobody is told.

use std::time::Duration;

use app::platform::Platform;
use sd_notify::NotifyState;

/// A database that lets somebody in does so soon.
const LETS_IN_WITHIN: Duration = Duration::from_secs(5);

/// Everything is there: connections are served from now on.
pub fn ready() {
    tell(&[NotifyState::Ready, NotifyState::Status("serving")]);
}

/// It stops, and first finishes what is under way.
pub fn stopping() {
    tell(&[NotifyState::Stopping, NotifyState::Status("finishing what is under way")]);
}

/// Says again and again that the process is alive, as often as systemd wants to hear it, and only where it is: the runtime had a
/// turn for this task, and the database said something. A process that says nothing for too long is ended, and started anew.
pub async fn keep_telling(platform: Platform) {
    let Some(within) = sd_notify::watchdog_enabled() else { return };
    let every = (within / 2).max(Duration::from_millis(10));
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if answers(&platform, every).await {
            tell(&[NotifyState::Watchdog]);
        } else {
            tracing::error!("the database said nothing: unless it does soon, systemd starts this process anew");
        }
    }
}

/// Whether the database says something in that time. That it is down or stopping is no reason to start anew, which would mend nothing:
/// pages say that we are busy. It is one where the database lets others in.
async fn answers(platform: &Platform, within: Duration) -> bool {
    // A server that can’t be reached says nothing either, and lets nobody in.
    if matches!(tokio::time::timeout(within, platform.db.ping()).await, Ok(Ok(()))) {
        return true;
    }
    !tokio::time::timeout(LETS_IN_WITHIN, platform.db.lets_in()).await.unwrap_or(false)
}

fn tell(what: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(what) {
        tracing::warn!(%error, "systemd can’t be told");
    }
}
