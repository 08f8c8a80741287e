/** The answers of `/v1/models`. */

import type { Text } from './types';

/** A mean with its 95 % interval. */
export type Interval = { mean: number; low: number; high: number };

export type ModelVersion = {
  version: string;
  champion: string;
  is_serving: boolean;
  created_at: string;
  promoted_at: string[];
  data_from: string | null;
  data_until: string | null;
  code_version: string | null;
  seed: number | null;
  ndcg: Interval | null;
};

/** Measures on some held-out weeks. */
export type Marks = {
  recall: Interval;
  ndcg: Interval;
  ndcg_over_popularity: Interval | null;
  coverage: number;
};

/** One family: its measures on the test weeks, and on the validation weeks where these are kept. */
export type Family = Marks & { model: string; validation?: Marks };

export type Blend = {
  parts: { model: string; share: number }[];
  over_best: Interval;
  serves: boolean;
};

/** A ranker behind what serves; chances are measured on shoppers it did not learn from. */
export type Ranking = {
  chances: { auc: Interval; log_loss: Interval; calibration_error: number };
  rate_log_loss: number;
  over_lead: Interval;
  serves: boolean;
};

export type TrainReport = {
  champion: string;
  note: Text | null;
  holdout_days: number;
  shoppers: number;
  families: Family[];
  left_out?: Text[];
  blend?: Blend | null;
  ranking?: Ranking | null;
};

export type ModelVersionWhole = ModelVersion & { test_from: string | null; report: TrainReport };
