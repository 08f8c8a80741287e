import { scaleLinear } from 'd3-scale';
import type { Family, Interval } from '../api/models';

/** Which weeks a bar is about. */
export type Weeks = 'validation' | 'test';
export type Bar = { weeks: Weeks; interval: Interval; y: number };
export type Group = { model: string; y: number; bars: Bar[] };

const BAR = 13;
const GAP = 18;

/** Best on the validation weeks first, as they were chosen; without these, on the test weeks. */
export function ranked(families: Family[]): Family[] {
  const value = (family: Family) => (family.validation ?? family).ndcg.mean;
  return [...families].sort((a, b) => value(b) - value(a) || (a.model < b.model ? -1 : 1));
}

/** A group of bars per family, their height, and the scale from a measure to a place. */
export function layout(families: Family[], width: number) {
  const groups: Group[] = [];
  let y = 4;
  let most = 0;
  for (const family of ranked(families)) {
    const top = y;
    const bars: Bar[] = [];
    const add = (weeks: Weeks, interval: Interval) => {
      bars.push({ weeks, interval, y });
      most = Math.max(most, interval.high);
      y += BAR + 2;
    };
    if (family.validation) add('validation', family.validation.ndcg);
    add('test', family.ndcg);
    groups.push({ model: family.model, y: (top + y) / 2, bars });
    y += GAP;
  }
  const x = scaleLinear([0, most || 1], [0, Math.max(width, 40)]).nice(5);
  return { groups, height: y - GAP + 4, x, ticks: x.ticks(5), bar: BAR };
}
