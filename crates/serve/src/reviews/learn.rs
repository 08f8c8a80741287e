//! A shop's sentiment: learnt from its own ratings, kept on disk, learnt again when it has grown.
//!
//! What was learnt is a note and, where the classifier speaks, a file of its own name, written
//! before the note that names it; a stop between the two leaves the older pair in use. The shop's
//! own words stand in `lexicon/<site>/aspects.txt` and `sentiment.txt` of the data directory.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use text::{
    Aspects, Lexicon, SentimentReport, ShopSentiment, TextClassifier, TextClassifierConfig,
    label_of_rating,
};

use super::review::Review;
use crate::error::ServeError;
use crate::shop::Shop;

const NOTE: &str = "sentiment";

/// How content a review is, by whom, and learnt from how much.
#[derive(Debug, Clone)]
pub(super) struct Learnt {
    pub sentiment: Arc<ShopSentiment>,
    /// Texts with a rating that taught it.
    pub from: usize,
}

#[derive(Serialize, Deserialize)]
struct Note {
    from: usize,
    report: SentimentReport,
    /// The classifier's file, where it speaks.
    file: Option<String>,
}

/// Texts with a rating that teaches.
pub(super) fn taught(reviews: &[&Review]) -> usize {
    let teaches = |r: &&&Review| !r.text.is_empty() && r.rating.and_then(label_of_rating).is_some();
    reviews.iter().filter(teaches).count()
}

impl Shop {
    /// What the shop calls aspects and how it values words: the shipped lists and its own.
    pub(super) fn words(&self) -> Result<(Aspects, Lexicon), ServeError> {
        let folder = self.lake.folder("lexicon").join(self.config.site.as_str());
        let read = |name: &str| match fs::read_to_string(folder.join(name)) {
            Ok(text) => Ok(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
            Err(source) => Err(ServeError::Io { path: folder.join(name), source }),
        };
        let (mut aspects, mut lexicon) = (Aspects::default(), Lexicon::default());
        let sentiment = read("sentiment.txt")?;
        aspects.add(&read("aspects.txt")?);
        aspects.add_sentiment(&sentiment)?;
        lexicon.add(&sentiment)?;
        Ok((aspects, lexicon))
    }

    /// What was learnt last; none when nothing was, or it cannot be used any more.
    pub(super) fn restore_sentiment(&self, lexicon: Lexicon) -> Result<Option<Learnt>, ServeError> {
        let Some(note) = self.lake.note(&self.note_scope(), NOTE)? else { return Ok(None) };
        let Ok(note) = serde_json::from_str::<Note>(&note) else { return Ok(None) };
        let file = note.file.map(|name| TextClassifier::load(&self.sentiment_folder().join(name)));
        match file.transpose() {
            Ok(learnt) => {
                let sentiment = ShopSentiment::restored(lexicon, learnt, note.report);
                Ok(Some(Learnt { sentiment: Arc::new(sentiment), from: note.from }))
            }
            Err(error) => {
                tracing::warn!(%error, "the sentiment is learnt anew");
                Ok(None)
            }
        }
    }

    /// Learns from reviews. What cannot be kept on disk is used all the same.
    pub(super) fn learn_sentiment(
        &self,
        lexicon: Lexicon,
        reviews: &[&Review],
    ) -> Result<Learnt, ServeError> {
        let rated: Vec<(&str, f64)> =
            reviews.iter().filter_map(|r| Some((r.text.as_str(), r.rating?))).collect();
        let config = TextClassifierConfig::default();
        let sentiment = ShopSentiment::learn(&config, lexicon, &rated)?;
        let learnt = Learnt { sentiment: Arc::new(sentiment), from: taught(reviews) };
        if let Err(error) = self.keep_sentiment(&learnt) {
            tracing::error!(%error, "what reviews taught could not be kept");
        }
        Ok(learnt)
    }

    fn keep_sentiment(&self, learnt: &Learnt) -> Result<(), ServeError> {
        let folder = self.sentiment_folder();
        let file = format!("sentiment-{}.safetensors", learnt.from);
        if let Some(classifier) = learnt.sentiment.learnt() {
            fs::create_dir_all(&folder)
                .map_err(|source| ServeError::Io { path: folder.clone(), source })?;
            classifier.save(&folder.join(&file))?;
        }
        let speaks = learnt.sentiment.learnt().is_some();
        let note = Note {
            from: learnt.from,
            report: learnt.sentiment.report(),
            file: speaks.then(|| file.clone()),
        };
        let text = serde_json::to_string(&note).map_err(|e| ServeError::Server(e.into()))?;
        self.lake.put_note(&self.note_scope(), NOTE, &text)?;
        // Older files are of no use now; one that stays does no harm.
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy() != file {
                let _ = fs::remove_file(entry.path());
            }
        }
        Ok(())
    }

    fn note_scope(&self) -> String {
        format!("reviews:{}", self.config.site)
    }

    fn sentiment_folder(&self) -> PathBuf {
        self.model_root().join("reviews")
    }
}
