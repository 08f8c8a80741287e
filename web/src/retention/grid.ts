import { scaleLinear, scaleQuantize } from 'd3-scale';
import { line } from 'd3-shape';
import type { Cohort, RetentionReport } from '../api/analytics';
import { daysBetween } from '../format/time';

export const PERIODS = ['day', 'week', 'month'] as const;
export type Period = (typeof PERIODS)[number];
export const LENGTHS = ['6', '12', '24'];
/** Shades of the grid, beside the blank of nobody. */
export const SHADES = [1, 2, 3, 4, 5, 6];

/** A period that gives a readable number of cohorts for what is recorded. */
export function usualPeriod(from: string | null, to: string | null): Period {
  const days = from && to ? daysBetween(from, to) : 0;
  if (days > 270) return 'month';
  return days > 28 ? 'week' : 'day';
}

/** Whether the period of a cell is over, still running, or has not begun. */
export function stateOf(cohort: Cohort, k: number): 'over' | 'running' | 'ahead' {
  if (k < cohort.complete) return 'over';
  return k === cohort.complete || (cohort.returned[k] ?? 0) > 0 ? 'running' : 'ahead';
}

/** The share of the cohort that returned in a period. */
export function shareOf(cohort: Cohort, k: number): number | null {
  const returned = cohort.returned[k];
  return returned === undefined || cohort.people === 0 ? null : returned / cohort.people;
}

/** Columns of the grid: as many periods as the longest cohort has begun. */
export function columns(report: RetentionReport): number[] {
  const begun = report.cohorts.map(
    (cohort) => cohort.returned.filter((_, k) => stateOf(cohort, k) !== 'ahead').length,
  );
  return Array.from({ length: Math.max(0, ...begun) }, (_, k) => k);
}

/** The shade of a share, 0 for nobody; the scale ends with the largest return after period 0. */
export type Heat = { max: number; shade: (share: number) => number };

export function heat(report: RetentionReport): Heat {
  const shares = report.cohorts.flatMap((cohort) =>
    cohort.returned.map((_, k) => (k > 0 && k < cohort.complete ? shareOf(cohort, k) : null) ?? 0),
  );
  const max = Math.max(0, ...shares);
  const step = scaleQuantize<number>().domain([0, max || 1]).range(SHADES);
  return { max, shade: (share) => (share > 0 ? step(share) : 0) };
}

export type Curve = {
  path: string;
  x: (k: number) => number;
  y: (share: number) => number;
  ticks: number[];
  dots: { k: number; share: number }[];
};

/** The average return by period, from the first period after the start on. */
export function curve(average: (number | null)[], width: number, height: number): Curve {
  const dots = average.flatMap((share, k) => (share === null || k === 0 ? [] : [{ k, share }]));
  const x = scaleLinear()
    .domain([1, Math.max(2, average.length - 1)])
    .range([54, width - 14]);
  const y = scaleLinear()
    .domain([0, Math.max(0, ...dots.map((dot) => dot.share)) || 1])
    .nice(3)
    .range([height - 24, 10]);
  const path = line<Curve['dots'][number]>()
    .x((dot) => x(dot.k))
    .y((dot) => y(dot.share));
  return { path: path(dots) ?? '', x, y, ticks: y.ticks(3), dots };
}
