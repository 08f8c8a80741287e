//! Where training stands, for a progress bar.

use event::Bilingual;
use model::FitStep;

/// What training is doing.
#[derive(Debug, Clone)]
pub struct TrainStep {
    /// Steps done.
    pub done: usize,
    /// Steps in all, as far as is known by now.
    pub total: usize,
    /// How far the step at hand has come, 0 to 1.
    pub fraction: f64,
    /// The step at hand.
    pub what: Bilingual,
}

/// Counts steps.
pub(crate) struct Steps<'a> {
    started: usize,
    total: usize,
    what: Bilingual,
    progress: &'a mut dyn FnMut(TrainStep),
}

impl<'a> Steps<'a> {
    pub(crate) fn new(total: usize, progress: &'a mut dyn FnMut(TrainStep)) -> Self {
        Self { started: 0, total, what: Bilingual::new("", ""), progress }
    }

    /// Steps that turned out to be needed.
    pub(crate) fn add(&mut self, more: usize) {
        self.total += more;
    }

    /// Begins a step.
    pub(crate) fn next(&mut self, en: String, zh: String) {
        self.started += 1;
        self.total = self.total.max(self.started);
        self.what = Bilingual::new(en, zh);
        self.tell(0.0);
    }

    /// Tells how far the step at hand has come.
    pub(crate) fn tell(&mut self, fraction: f64) {
        (self.progress)(TrainStep {
            done: self.started.saturating_sub(1),
            total: self.total,
            fraction: fraction.clamp(0.0, 1.0),
            what: self.what.clone(),
        });
    }

    /// What a fit is to be watched with.
    pub(crate) fn watch(&mut self) -> impl FnMut(FitStep) {
        |step: FitStep| self.tell(step.done as f64 / step.total.max(1) as f64)
    }
}
