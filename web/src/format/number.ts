/** A count with the separators of the language: 12,345. */
export function formatCount(count: number, locale: string): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: 0 }).format(count);
}

/** A short count for axes: 12K, 1.2万. */
export function formatCountShort(count: number, locale: string): string {
  return new Intl.NumberFormat(locale, {
    notation: 'compact',
    maximumFractionDigits: 1,
  }).format(count);
}

/** A share with two significant digits: 0.0413 → 4.1%. */
export function formatShare(share: number, locale: string): string {
  return new Intl.NumberFormat(locale, {
    style: 'percent',
    minimumSignificantDigits: 2,
    maximumSignificantDigits: 2,
  }).format(share);
}

/** A score or contribution with two significant digits. */
export function formatScore(score: number, locale: string): string {
  const digits = { minimumSignificantDigits: 2, maximumSignificantDigits: 2 };
  return new Intl.NumberFormat(locale, digits).format(score);
}

/** A share of a table: one decimal, or two significant digits where that would show nothing. */
export function formatPercent(share: number, locale: string): string {
  if (share > 0 && share < 0.001) return formatShare(share, locale);
  return new Intl.NumberFormat(locale, {
    style: 'percent',
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  }).format(share);
}

/** A mean or another measured number with at most four significant digits. */
export function formatMeasure(value: number, locale: string): string {
  return new Intl.NumberFormat(locale, {
    maximumSignificantDigits: Math.abs(value) >= 1000 ? 15 : 4,
    maximumFractionDigits: Math.abs(value) >= 1000 ? 0 : 20,
    roundingPriority: 'lessPrecision',
  }).format(value);
}
