//! The report on a shop's reviews: who speaks, aspects with quotes, phrases, what changed, fakes.

use event::Bilingual;
use serde::Serialize;
use text::{SentimentReport, Speaker};
use utoipa::ToSchema;

use super::aspects::{self, AspectReport};
use super::changed::{self, Changed};
use super::groups::{self, GroupBy, GroupReport};
use super::review::Scored;
use super::suspects::{self, Suspect};
use super::trend::{self, TrendPoint, mean};
use crate::analytics::{Parameters, refusal};
use crate::answer::Text;
use crate::error::ServeError;
use crate::shop::Shop;
use feature::overview::day_start_ms;

/// Reviews with words from which on the report says what they have in common.
const WORDED_MIN: usize = 20;
/// Days of "now" unless told.
const DAYS: i64 = 28;
/// Quotes of praise and of complaint of an aspect unless told.
const QUOTES: usize = 2;
/// Groups of suspected fakes that are told.
const SUSPECTS: usize = 20;

/// Who says how content a review is, and how good it is at it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Voice {
    /// `ratings` or `lexicon`.
    pub speaker: &'static str,
    /// Reviews of 4 or 5 stars it was measured on.
    pub good: usize,
    /// Reviews of 1 or 2 stars.
    pub bad: usize,
    /// AUC of the word list on them.
    pub lexicon_auc: Option<f64>,
    /// AUC of what the ratings taught, each review held out; none while there are too few.
    pub ratings_auc: Option<f64>,
    /// The same in a sentence.
    #[schema(value_type = Text)]
    pub sentence: Bilingual,
}

/// What a shop's reviews say.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ReviewsReport {
    /// Reviews.
    pub reviews: usize,
    /// Of these with words.
    pub worded: usize,
    /// Of these with stars.
    pub rated: usize,
    /// Mean stars from 0 to 5.
    pub rating: Option<f64>,
    /// Share that is content, of those whose words can be told.
    pub content: Option<f64>,
    /// What is missing for more; none where there is enough.
    #[schema(value_type = Option<Text>)]
    pub not_enough: Option<Bilingual>,
    /// Who says how content a review is.
    pub sentiment: Voice,
    /// What reviews speak of, most spoken of first.
    pub aspects: Vec<AspectReport>,
    /// Length of the periods of the trend: `day`, `week` or `month`.
    pub period: &'static str,
    /// Reviews by period.
    pub trend: Vec<TrendPoint>,
    /// What changed.
    pub changed: Changed,
    /// By what the groups are told apart.
    pub by: GroupBy,
    /// What the reviews of a group say that others do not.
    pub groups: Vec<GroupReport>,
    /// Reviews that are nearly the same as another.
    pub suspected: usize,
    /// The largest groups of them.
    pub suspects: Vec<Suspect>,
}

impl Voice {
    pub(super) fn of(report: SentimentReport) -> Self {
        let SentimentReport { speaker, good, bad, lexicon_auc, ratings_auc } = report;
        let auc = |auc: Option<f64>| auc.map_or("–".to_owned(), |auc| format!("{auc:.3}"));
        let (words, taught) = (auc(lexicon_auc), auc(ratings_auc));
        let sentence = match (speaker, lexicon_auc) {
            (Speaker::Ratings, _) => Bilingual::new(
                format!(
                    "The shop's own ratings speak: AUC {taught} on {good} good and {bad} bad \
                     reviews, each held out; the word list {words}."
                ),
                format!(
                    "由本店评分学到的模型判断：在 {good} 条好评与 {bad} 条差评上留出评测的 AUC 为 \
                     {taught}；词表为 {words}。"
                ),
            ),
            (Speaker::Lexicon, Some(_)) => Bilingual::new(
                format!(
                    "The word list speaks: AUC {words} on {good} good and {bad} bad reviews of the \
                     shop; its ratings are too few to teach, or taught nothing better ({taught})."
                ),
                format!(
                    "由词表判断：在本店 {good} 条好评与 {bad} 条差评上的 AUC 为 \
                     {words}；评分不足以学习，或并未学得更好（{taught}）。"
                ),
            ),
            (Speaker::Lexicon, None) => Bilingual::new(
                "The word list speaks. How good it is cannot be told: that needs reviews with \
                 words of 4 stars or more and of 2 or fewer.",
                "由词表判断。其准确程度无法得知：需要有文字的四星及以上与两星及以下评价。",
            ),
        };
        let speaker = match speaker {
            Speaker::Ratings => "ratings",
            Speaker::Lexicon => "lexicon",
        };
        Self { speaker, good, bad, lexicon_auc, ratings_auc, sentence }
    }
}

impl Shop {
    /// What the shop's reviews say: of an `item`, between days `from` and `to`, told apart `by`
    /// category, item or week, the last `days` against those before, with so many `quotes`.
    ///
    /// # Errors
    /// A parameter that cannot be used, by its name, or storage that cannot be read.
    pub fn reviews_report(&self, parameters: &Parameters) -> Result<ReviewsReport, ServeError> {
        parameters.only(&["item", "from", "to", "by", "days", "quotes"])?;
        let by = match parameters.text("by") {
            None | Some("category") => GroupBy::Category,
            Some("item") => GroupBy::Item,
            Some("week") => GroupBy::Week,
            Some(other) => {
                let en = "use category, item or week";
                return Err(refusal("by", other, en, "请用 category、item 或 week"));
            }
        };
        let days = parameters.number("days", 1..=3_650)?.unwrap_or(DAYS);
        let n_quotes = parameters.number("quotes", 0..=20)?.unwrap_or(QUOTES);
        let (from, to) = parameters.days()?;
        let start = |day| day_start_ms(day, self.zone());
        let (from_ms, to_ms) =
            (from.and_then(start).unwrap_or(i64::MIN), to.and_then(start).unwrap_or(i64::MAX));
        let item = parameters.text("item");
        let shelved = self.shelved()?;
        let asked = |scored: &&Scored| {
            let review = &scored.review;
            (from_ms..to_ms).contains(&review.time_ms)
                && item.is_none_or(|item| review.item_id == item)
        };
        let reviews: Vec<&Scored> =
            shelved.reviews.iter().map(|scored| &**scored).filter(asked).collect();
        let worded: Vec<&Scored> =
            reviews.iter().copied().filter(|scored| !scored.review.text.is_empty()).collect();
        let enough = worded.len() >= WORDED_MIN;
        let (period, trend) = trend::report(&reviews, self);
        let (suspects, suspected) = suspects::report(&worded, SUSPECTS, self);
        let figures = Figures::of(&reviews);
        Ok(ReviewsReport {
            reviews: reviews.len(),
            worded: worded.len(),
            rated: figures.rated,
            rating: mean(figures.stars, figures.rated),
            content: mean(figures.content as f64, figures.told),
            not_enough: (!enough).then(|| not_enough(worded.len())),
            sentiment: Voice::of(shelved.sentiment.report()),
            aspects: aspects::report(&worded, n_quotes, self),
            period,
            trend,
            changed: changed::report(&worded, days, self),
            by,
            groups: if enough { groups::report(&worded, by, self)? } else { Vec::new() },
            suspected,
            suspects,
        })
    }
}

fn not_enough(worded: usize) -> Bilingual {
    Bilingual::new(
        format!(
            "Not enough data: {worded} reviews with words are here, {WORDED_MIN} are needed to say \
             what they have in common. What is shown is what these few say."
        ),
        format!(
            "数据不足：有文字的评价只有 {worded} 条，至少需要 {WORDED_MIN} \
             条才能说明共同之处。以下仅为这些评价所说。"
        ),
    )
}

/// Sums over reviews.
#[derive(Debug, Default)]
pub(super) struct Figures {
    pub stars: f64,
    pub rated: usize,
    pub content: usize,
    pub told: usize,
}

impl Figures {
    pub(super) fn of(reviews: &[&Scored]) -> Self {
        let mut sums = Self::default();
        for scored in reviews {
            if let Some(stars) = scored.review.rating {
                sums.stars += stars;
                sums.rated += 1;
            }
            if let Some(content) = scored.score.content {
                sums.content += usize::from(content >= 0.5);
                sums.told += 1;
            }
        }
        sums
    }
}
