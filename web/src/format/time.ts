const DAY_MS = 86_400_000;

/** A calendar day "YYYY-MM-DD" as the midnight that starts it in UTC; days carry no zone here. */
export function dayToMs(day: string): number {
  return Date.parse(`${day}T00:00:00Z`);
}

/** The day that many days later. */
export function addDays(day: string, days: number): string {
  return new Date(dayToMs(day) + days * DAY_MS).toISOString().slice(0, 10);
}

/** Whole days from one day to another. */
export function daysBetween(from: string, to: string): number {
  return Math.round((dayToMs(to) - dayToMs(from)) / DAY_MS);
}

/** Whether the text is a calendar day that exists. */
export function isDay(day: string | null | undefined): day is string {
  if (!day || !/^\d{4}-\d{2}-\d{2}$/.test(day)) return false;
  const ms = dayToMs(day);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day);
}

/** A day in words: "9 Dec 2011". */
export function formatDay(day: string, locale: string): string {
  return formatUtc(day, locale, { day: 'numeric', month: 'short', year: 'numeric' });
}

/** A day for a crowded axis: "Dec 2010". */
export function formatMonth(day: string, locale: string): string {
  return formatUtc(day, locale, { month: 'short', year: 'numeric' });
}

function formatUtc(day: string, locale: string, parts: Intl.DateTimeFormatOptions): string {
  if (!isDay(day)) return day;
  return new Intl.DateTimeFormat(locale, { ...parts, timeZone: 'UTC' }).format(dayToMs(day));
}

/** The zone if this browser knows it, else UTC. */
export function knownZone(zone: string | null | undefined): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone ?? 'UTC' }).resolvedOptions().timeZone;
  } catch {
    return 'UTC';
  }
}

/** A moment in the shop's zone: "9 Dec 2011, 12:50". */
export function formatMoment(moment: string, zone: string, locale: string): string {
  return formatIn(moment, zone, locale, { dateStyle: 'medium', timeStyle: 'short' });
}

/** The day of a moment in the shop's zone: "9 Dec 2011". */
export function formatMomentDay(moment: string, zone: string, locale: string): string {
  return formatIn(moment, zone, locale, { dateStyle: 'medium' });
}

function formatIn(
  moment: string,
  zone: string,
  locale: string,
  style: Intl.DateTimeFormatOptions,
): string {
  const ms = Date.parse(moment);
  if (Number.isNaN(ms)) return moment;
  return new Intl.DateTimeFormat(locale, { ...style, timeZone: knownZone(zone) }).format(ms);
}

/** The calendar day on which a moment falls in a zone. */
export function dayIn(moment: string, zone: string): string | null {
  const ms = Date.parse(moment);
  if (Number.isNaN(ms)) return null;
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: knownZone(zone),
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).format(ms);
  return isDay(parts) ? parts : null;
}
