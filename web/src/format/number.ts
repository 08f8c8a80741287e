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
