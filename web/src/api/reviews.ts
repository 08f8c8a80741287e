import type { Text } from './types';

/** A piece of a review, the clause that is the evidence apart. Always shown as text. */
export type Quote = {
  review_id: string;
  item_id: string;
  time: string;
  rating: number | null;
  before: string;
  clause: string;
  after: string;
};

export type AspectReport = {
  aspect: string;
  name: Text;
  reviews: number;
  positive: number;
  neutral: number;
  negative: number;
  score: number | null;
  praise: Quote[];
  complaints: Quote[];
};

export type Phrase = {
  id: string;
  phrase: string;
  reviews: number;
  elsewhere: number;
  z: number;
  significant: boolean;
  quote: Quote | null;
};

export type ChangeRow = {
  about: string;
  what: 'content' | 'mentions' | 'complaints';
  name: Text;
  before: number;
  now: number;
  z: number;
  p: number;
  significant: boolean;
  quote: Quote | null;
};

export type Changed = {
  basis: 'time' | 'order' | 'none';
  note: Text;
  since: string | null;
  before: number;
  now: number;
  rows: ChangeRow[];
  risen: Phrase[];
  fallen: Phrase[];
};

export type TrendPoint = {
  start: string;
  reviews: number;
  rating: number | null;
  content: number | null;
};

export type ReviewGroup = { group: string; name: string; reviews: number; phrases: Phrase[] };

export type Suspect = {
  reviews: number;
  people: number;
  items: number;
  first: string;
  last: string;
  most_in_a_week: number;
  burst: boolean;
  listed: { review_id: string; item_id: string; time: string; text: string }[];
};

export type ReviewsReport = {
  reviews: number;
  worded: number;
  rated: number;
  rating: number | null;
  content: number | null;
  not_enough: Text | null;
  sentiment: { speaker: 'ratings' | 'lexicon'; sentence: Text };
  aspects: AspectReport[];
  period: string;
  trend: TrendPoint[];
  changed: Changed;
  by: string;
  groups: ReviewGroup[];
  suspected: number;
  suspects: Suspect[];
};

export type FoundText = {
  source: 'review' | 'item';
  id: string;
  item_id: string;
  before: string;
  clause: string;
  after: string;
};

export type Answers = { question: string; texts: number; answers: FoundText[] };
