/** Units of a duration, the largest first, with their letter where texts may use it. */
const UNITS = [
  { letter: 'd', unit: 'day', ms: 86_400_000 },
  { letter: 'h', unit: 'hour', ms: 3_600_000 },
  { letter: 'm', unit: 'minute', ms: 60_000 },
  { letter: 's', unit: 'second', ms: 1000 },
] as const;

/** A duration written as `30m`, `24h` or `7d` in milliseconds, or null. */
export function parseDuration(text: string): number | null {
  const found = /^(\d{1,6})([dhms])$/.exec(text.trim());
  const unit = UNITS.find((one) => one.letter === found?.[2]);
  const ms = Number(found?.[1]) * (unit?.ms ?? Number.NaN);
  return ms > 0 ? ms : null;
}

/** A duration in words with its two largest units: "2 days 4 hr", "2天 4小时". */
export function formatDuration(ms: number, locale: string): string {
  const write = (count: number, unit: string) =>
    new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short' }).format(count);
  if (ms < 1000) return write(Math.max(0, Math.round(ms)), ms === 0 ? 'second' : 'millisecond');
  const first = UNITS.findIndex((unit) => ms >= unit.ms);
  const [large, small] = [UNITS[first], UNITS[first + 1]];
  if (!large) return write(Math.round(ms / 1000), 'second');
  if (!small) return write(Math.floor(ms / large.ms), large.unit);
  const whole = Math.floor(ms / large.ms);
  const rest = Math.floor((ms - whole * large.ms) / small.ms);
  return rest === 0
    ? write(whole, large.unit)
    : `${write(whole, large.unit)} ${write(rest, small.unit)}`;
}
