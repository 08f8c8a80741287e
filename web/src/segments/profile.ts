import { scaleLinear } from 'd3-scale';
import type { Trait } from '../api/analytics';

/** How many times the mean of everyone the segment's mean is; null where that says nothing. */
export function timesAll({ in_mean, all_mean }: Trait): number | null {
  if (in_mean === null || all_mean === null || all_mean === 0) return null;
  const times = in_mean / all_mean;
  return Number.isFinite(times) && times >= 0 ? times : null;
}

/** Beyond eight times, or an eighth, more of a difference says little more. */
const FAR_MAX = 3;

/**
 * The traits in which the segment stands out most come first, the unknown ones last; those that
 * stand out alike keep their order.
 */
export function byDifference(traits: Trait[]): Trait[] {
  const far = (trait: Trait) => {
    const times = timesAll(trait);
    return times === null ? -1 : Math.min(FAR_MAX, Math.abs(Math.log2(times)));
  };
  return [...traits].sort((a, b) => far(b) - far(a));
}

/** Where the bar of a trait begins and ends: the middle is the mean of everyone, a side is 8 ×. */
export function bar(times: number, width: number): { x: number; width: number } {
  const x = scaleLinear().domain([-FAR_MAX, FAR_MAX]).range([0, width]).clamp(true);
  const [middle, end] = [x(0), x(Math.log2(times))];
  return { x: Math.min(middle, end), width: Math.abs(end - middle) };
}
