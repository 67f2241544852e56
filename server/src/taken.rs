//! Answers that nobody takes. Over HTTP/2 a client can keep its connection alive and let nothing of an answer come, of many at once, each of which
//! keeps its file open and what it is made of in memory. They are let go of.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http_body::{Frame, SizeHint};
use tokio::{task::AbortHandle, time::Instant};

/// Lets go of an answer of which nothing more was asked for within so long. One whose next part isn’t there yet is waited for.
pub async fn or_let_go(State(within): State<Duration>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    if response.body().is_end_stream() {
        return response;
    }
    response.map(|body| Body::new(Offered::new(body, within)))
}

/// An answer on its way.
struct Offered {
    held: Arc<Mutex<Held>>,
    watch: AbortHandle,
}

struct Held {
    /// `None`: it was let go of.
    body: Option<Body>,
    /// Since when the client could ask for more; `None`: it has asked, and waits.
    offered_at: Option<Instant>,
}

impl Offered {
    fn new(body: Body, within: Duration) -> Self {
        let held = Arc::new(Mutex::new(Held { body: Some(body), offered_at: Some(Instant::now()) }));
        let watch = tokio::spawn(watch(Arc::downgrade(&held), within)).abort_handle();
        Self { held, watch }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Offered {
    fn drop(&mut self) {
        self.watch.abort();
    }
}

impl HttpBody for Offered {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let mut held = self.held();
        let Some(body) = &mut held.body else {
            return Poll::Ready(Some(Err(axum::Error::new(io::Error::from(io::ErrorKind::TimedOut)))));
        };
        let polled = Pin::new(body).poll_frame(context);
        held.offered_at = polled.is_ready().then(Instant::now);
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.held().body.as_ref().is_some_and(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.held().body.as_ref().map(HttpBody::size_hint).unwrap_or_default()
    }
}

async fn watch(held: Weak<Mutex<Held>>, within: Duration) {
    loop {
        tokio::time::sleep(within).await;
        let Some(held) = held.upgrade() else { return };
        let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.offered_at.is_some_and(|at| at.elapsed() >= within) {
            held.body = None;
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, pin::pin};

    use futures::stream;
    use tokio::{sync::oneshot, time::timeout};

    use super::*;

    const WITHIN: Duration = Duration::from_millis(20);

    /// What keeps a file open is gone once nobody asks on, and says so to whoever asks after all.
    #[tokio::test]
    async fn what_nobody_takes_is_let_go_of() {
        let (open, closed) = oneshot::channel::<()>();
        let endless = stream::poll_fn(move |_: &mut Context<'_>| {
            let _kept = &open;
            Poll::Ready(Some(Ok::<_, io::Error>(Bytes::from_static(b"part"))))
        });
        let mut offered = Offered::new(Body::from_stream(endless), WITHIN);
        let first = poll_fn(|context| Pin::new(&mut offered).poll_frame(context)).await;
        assert!(first.is_some_and(|part| part.is_ok()));
        assert!(closed.await.is_err(), "it was closed, and nothing sent");
        let after = poll_fn(|context| Pin::new(&mut offered).poll_frame(context)).await;
        assert!(after.is_some_and(|part| part.is_err()));
    }

    /// Who asks waits as long as it takes: live pages do.
    #[tokio::test]
    async fn who_asks_is_waited_for() {
        let (comes, later) = oneshot::channel::<Bytes>();
        let slow = stream::once(async move { later.await.map_err(io::Error::other) });
        let mut offered = Offered::new(Body::from_stream(slow), WITHIN);
        let mut asked = pin!(poll_fn(|context| Pin::new(&mut offered).poll_frame(context)));
        assert!(timeout(WITHIN * 4, &mut asked).await.is_err(), "it isn’t there yet");
        comes.send(Bytes::from_static(b"late")).expect("it is waited for");
        assert!(asked.await.is_some_and(|part| part.is_ok()));
    }
}
