//! The weather as one direction of one connection meets it.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use super::{Shared, Trouble, Weather};

/// What a piece of data has to go through.
pub(super) struct Line<'a> {
    shared: &'a Shared,
    number: u64,
    weather: watch::Receiver<(u64, Weather)>,
}

impl<'a> Line<'a> {
    pub(super) fn new(shared: &'a Shared, number: u64) -> Self {
        Self {
            shared,
            number,
            weather: shared.weather.subscribe(),
        }
    }

    /// What happens to this connection now.
    pub(super) fn trouble(&mut self) -> Option<Trouble> {
        let (change, weather) = *self.weather.borrow_and_update();
        let trouble = weather.trouble?;
        self.shared
            .draws(self.number, change, weather.per_cent)
            .then_some(trouble)
    }

    /// Waits until what happens to this connection is as wanted.
    pub(super) async fn until(&mut self, wanted: impl Fn(Option<Trouble>) -> bool) {
        while !wanted(self.trouble()) {
            if self.weather.changed().await.is_err() {
                return;
            }
        }
    }

    /// Holds `bytes` back for as long as the weather wants.
    pub(super) async fn pass(&mut self, bytes: usize) {
        match self.trouble() {
            None | Some(Trouble::Refuse) => {}
            Some(Trouble::Delay(late)) => self.unless_it_changes(late).await,
            Some(Trouble::Throttle(per_second)) => {
                let share = f64::from(u32::try_from(bytes).unwrap_or(u32::MAX))
                    / f64::from(per_second.max(1));
                self.unless_it_changes(Duration::from_secs_f64(share)).await;
            }
            Some(trouble @ (Trouble::Stall | Trouble::HalfOpen)) => {
                self.until(|now| now != Some(trouble)).await;
            }
        }
    }

    async fn unless_it_changes(&mut self, wait: Duration) {
        tokio::select! {
            () = sleep(wait) => {}
            _ = self.weather.changed() => {}
        }
    }
}
