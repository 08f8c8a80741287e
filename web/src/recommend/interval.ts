import { scaleLinear } from 'd3-scale';
import type { ExpectedValue } from '../api/types';
import { withZero } from '../chart/plot';

/** A shared scale from zero (or the lowest bound) to the highest bound, over `width` units. */
export function sharedScale(values: ExpectedValue[], width: number): (minor: number) => number {
  const bounds = values.flatMap((value) => [value.low_minor, value.high_minor, value.minor]);
  return scaleLinear().domain(withZero(bounds)).range([0, width]);
}

/** What may be said of a list against its baseline from their intervals alone. */
export function verdict(
  ours: ExpectedValue,
  baseline: ExpectedValue,
): 'apart' | 'overlap' | 'below' {
  if (ours.minor < baseline.minor) return 'below';
  return ours.low_minor > baseline.high_minor ? 'apart' : 'overlap';
}
