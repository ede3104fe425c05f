//! One page at execution: the requests that follow the first wait until rows are fetched.

use tokio::sync::watch;

/// Shared by all reads of one execution. The first request passes, the others wait until [`Gate::open`].
#[derive(Debug, Default)]
pub struct Gate {
    state: watch::Sender<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The one request that may pass has been sent.
    asked: bool,
    /// It has been answered, well or badly.
    answered: bool,
    /// Another request waits.
    waiting: bool,
    open: bool,
}

impl Gate {
    /// Lets every request pass from now on.
    pub fn open(&self) {
        self.state.send_modify(|state| state.open = true);
    }

    pub fn is_open(&self) -> bool {
        self.state.borrow().open
    }

    /// Waits until rows are wanted, everything that may happen before having happened.
    pub async fn wanted(&self) {
        self.state.send_modify(|state| (state.asked, state.answered, state.waiting) = (true, true, true));
        let _ = self.state.subscribe().wait_for(|state| state.open).await;
    }

    /// Waits until nothing more happens by itself: the first answer is there and another request waits.
    pub async fn held(&self) {
        // The sender lives as long as `self`, so that waiting cannot fail.
        let _ = self.state.subscribe().wait_for(|state| state.open || (state.answered && state.waiting)).await;
    }

    /// Waits for leave to send a request. The guard tells that it has been answered.
    pub(super) async fn pass(&self) -> Passage<'_> {
        let mut first = false;
        self.state.send_modify(|state| {
            first = !state.asked;
            state.asked = true;
            state.waiting |= !first;
        });
        if !first {
            let _ = self.state.subscribe().wait_for(|state| state.open).await;
        }
        Passage(self)
    }

    /// A page that was kept took the place of the first request.
    pub(super) fn served(&self) {
        self.state.send_modify(|state| (state.asked, state.answered) = (true, true));
    }
}

/// A request under way.
pub(super) struct Passage<'a>(&'a Gate);

impl Drop for Passage<'_> {
    fn drop(&mut self) {
        self.0.state.send_modify(|state| state.answered = true);
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::Gate;

    #[test]
    fn one_request_passes_and_the_others_wait_until_it_is_opened() {
        let gate = Gate::default();
        let first = gate.pass().now_or_never().unwrap();
        assert!(gate.held().now_or_never().is_none(), "no request waits");
        assert!(gate.pass().now_or_never().is_none());
        assert!(gate.held().now_or_never().is_none(), "the first answer is not there");
        drop(first);
        assert!(gate.held().now_or_never().is_some());
        gate.open();
        assert!(gate.pass().now_or_never().is_some());
    }

    #[test]
    fn a_kept_page_takes_the_first_place() {
        let gate = Gate::default();
        gate.served();
        assert!(gate.pass().now_or_never().is_none());
        assert!(gate.held().now_or_never().is_some());
    }
}
