import type { DateRange } from '../api/client';
import { addDays, isDay } from '../format/time';

export type Preset = 'all' | 'year' | 'quarter' | 'month';

export const PRESETS: Preset[] = ['all', 'year', 'quarter', 'month'];

const DAYS: Record<Exclude<Preset, 'all'>, number> = { year: 365, quarter: 91, month: 28 };

/** The range that ends with the last recorded day, not with today: old data stays in view. */
export function presetRange(preset: Preset, recorded: DateRange): DateRange {
  if (preset === 'all' || !isDay(recorded.to)) return { from: null, to: null };
  const from = addDays(recorded.to, -DAYS[preset]);
  if (isDay(recorded.from) && from <= recorded.from) return { from: null, to: null };
  return { from, to: recorded.to };
}

/** Which preset a range is, if any. */
export function presetOf(range: DateRange, recorded: DateRange): Preset | null {
  const same = (preset: Preset) => {
    const other = presetRange(preset, recorded);
    return other.from === range.from && other.to === range.to;
  };
  return PRESETS.find(same) ?? null;
}

/** The range in an address; a day that does not exist, or an empty range, counts as absent. */
export function rangeOf(params: Record<string, string>): DateRange {
  const from = isDay(params.from) ? params.from : null;
  const to = isDay(params.to) ? params.to : null;
  if (from && to && from >= to) return { from: null, to: null };
  return { from, to };
}
