//! The answers given last, kept while they are true.

use std::collections::VecDeque;

use super::Parameters;

/// Answers kept at most; each is some kilobytes.
const KEPT: usize = 32;

/// What was asked: which analytic, with which parameters.
pub(crate) type Question = (&'static str, Parameters);

/// What was true then: number of events, version of the items.
type Version = (u64, i64);

/// The last answers, the most recently asked first.
#[derive(Default)]
pub(crate) struct Recent(VecDeque<(Question, Version, Vec<u8>)>);

impl Recent {
    /// The kept answer, unless something changed since.
    pub fn get(&mut self, question: &Question, version: Version) -> Option<Vec<u8>> {
        self.0.retain(|(_, then, _)| *then == version);
        let at = self.0.iter().position(|(asked, _, _)| asked == question)?;
        let found = self.0.remove(at)?;
        let answer = found.2.clone();
        self.0.push_front(found);
        Some(answer)
    }

    /// Keeps an answer; the one not asked for longest goes.
    pub fn put(&mut self, question: Question, version: Version, answer: Vec<u8>) {
        self.0.push_front((question, version, answer));
        self.0.truncate(KEPT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(n: usize) -> Question {
        ("funnel", Parameters::of([("window", Some(format!("{n}d")))]))
    }

    #[test]
    fn an_answer_is_kept_until_something_changes_or_others_push_it_out() {
        let mut recent = Recent::default();
        for n in 0..KEPT {
            recent.put(question(n), (1, 1), vec![n as u8]);
        }
        assert_eq!(recent.get(&question(0), (1, 1)), Some(vec![0]));
        recent.put(question(KEPT), (1, 1), Vec::new());
        assert_eq!(recent.get(&question(1), (1, 1)), None, "asked longest ago");
        assert_eq!(recent.get(&question(0), (1, 1)), Some(vec![0]));
        assert_eq!(recent.get(&question(0), (2, 1)), None, "an event arrived");
        assert_eq!(recent.get(&question(0), (1, 1)), None);
    }
}
