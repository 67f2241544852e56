//! Background work: the platform's and each module's, each in a loop of its own.

use std::time::Duration;

use app::{
    auth::{log_in, session, throttle},
    mail,
    module::Job,
    modules::MODULES,
    people::{factor_reset, invitations},
    platform::Platform,
    settings::{closing, export},
};

/// The platform's own.
const PLATFORM: [Job; 4] = [
    Job {
        name: "platform.sessions",
        every: Duration::from_mins(10),
        run: |platform| {
            Box::pin(async move {
                session::sweep(&platform).await?;
                throttle::sweep(&platform).await?;
                log_in::sweep(&platform).await?;
                invitations::sweep(&platform).await?;
                export::sweep(&platform).await?;
                mail::sweep(&platform).await
            })
        },
    },
    Job {
        name: "platform.factor_resets",
        every: Duration::from_mins(1),
        run: |platform| Box::pin(async move { factor_reset::carry_out(&platform).await }),
    },
    Job {
        name: "platform.exports",
        every: Duration::from_secs(5),
        run: |platform| Box::pin(async move { export::prepare(&platform).await }),
    },
    Job {
        name: "platform.closing",
        every: Duration::from_mins(1),
        run: |platform| Box::pin(async move { closing::carry_out(&platform).await }),
    },
];

/// Starts every job. They end with the process; each is safe to stop at any point.
pub fn start(platform: &Platform) {
    for job in PLATFORM.into_iter().chain(MODULES.iter().flat_map(|module| module.jobs().iter().copied())) {
        tokio::spawn(repeat(platform.clone(), job));
    }
    tokio::spawn(mail::keep_delivering(platform.clone()));
    tokio::spawn(app::others::keep_in_touch(platform.clone(), &app::permissions::ENTER));
}

async fn repeat(platform: Platform, job: Job) {
    let mut ticks = tokio::time::interval(job.every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = (job.run)(platform.clone()).await {
            tracing::error!(job = job.name, %error, "a job failed; it runs again at its next turn");
        }
    }
}
