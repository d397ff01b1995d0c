//! The body of a request, which notes whether the application waits for it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use crate::axum::activity::{Active, Activity};
use crate::axum::exchange::Uploading;

/// The body of a request. It may outlive the answer, and notes when it is dropped before its end.
pub(super) struct Upload {
    body: Incoming,
    /// `None` after the body's end.
    active: Option<Active>,
    id: u32,
    /// What is noted in the connection's exchanges.
    noted: Uploading,
}

impl Upload {
    pub(super) fn new(body: Incoming, activity: &Arc<Activity>, id: u32) -> Self {
        Self { body, active: Some(Active::begin(activity)), id, noted: Uploading::No }
    }

    fn note(&mut self, uploading: Uploading) {
        if let Some(active) = self.active.as_ref().filter(|_| self.noted != uploading) {
            self.noted = uploading;
            match uploading {
                Uploading::Awaited => active.activity().awaits_upload(self.id),
                _ => active.activity().exchanges.upload(self.id, uploading),
            }
        }
    }

    fn end(&mut self) {
        self.note(Uploading::No);
        self.active = None;
    }
}

impl Body for Upload {
    type Data = <Incoming as Body>::Data;
    type Error = <Incoming as Body>::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        // hyper does not report the end of a body of known length that outlives its answer.
        if self.body.is_end_stream() {
            return Poll::Ready(None);
        }
        let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) else {
            self.note(Uploading::Awaited);
            return Poll::Pending;
        };
        // Not after an error, since the client may still be sending.
        if frame.is_none() || self.body.is_end_stream() {
            self.end();
        } else if self.noted == Uploading::Awaited {
            self.note(Uploading::Read);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if let Some(active) = &self.active {
            active.activity().body_left_unread();
            self.note(Uploading::No);
        }
    }
}
