/** The answers of `/v1/analytics/…`. Counts are whole; shares are 0 to 1; times are ms. */

import type { Text } from './types';

export type FunnelStep = {
  label: string;
  people: number;
  share_of_first: number | null;
  share_of_previous: number | null;
  median_ms_from_previous: number | null;
};

/** `segment` is empty where the property is not known. */
export type FunnelSegment = { segment: string; steps: FunnelStep[] };

export type FunnelReport = {
  counting: string;
  window_ms: number;
  by: string | null;
  steps: FunnelStep[];
  segments: FunnelSegment[];
};

/** `returned[k]` came back in the k-th period; the first `complete` periods are over. */
export type Cohort = { start: string; people: number; returned: number[]; complete: number };

export type RetentionReport = {
  counting: string;
  period: string;
  first: string;
  again: string;
  cohorts: Cohort[];
  average: (number | null)[];
};

export type Path = { steps: string[]; sessions: number; share: number | null };
export type Transition = { from: string; to: string; count: number; share: number | null };

export type PathsReport = {
  counting: string;
  sessions: number;
  nodes: { node: string; sessions: number }[];
  top: Path[];
  transitions: Transition[];
  around: string | null;
  side: string;
};

export type Trait = { feature: string; in_mean: number | null; all_mean: number | null };

export type SegmentReport = {
  counting: string;
  rule: string;
  people: number;
  total: number;
  share: number | null;
  profile: Trait[];
  sample: string[];
};

/** A field that a rule may ask about. */
export type Field = {
  name: string;
  unit: string;
  kind: 'number' | 'text' | 'flag';
  definition: Text;
};
