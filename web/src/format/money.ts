/** ISO 4217 currencies whose minor unit is not a hundredth. */
const DIGITS: Record<string, number> = {
  BIF: 0,
  CLP: 0,
  DJF: 0,
  GNF: 0,
  ISK: 0,
  JPY: 0,
  KMF: 0,
  KRW: 0,
  PYG: 0,
  RWF: 0,
  UGX: 0,
  UYI: 0,
  VND: 0,
  VUV: 0,
  XAF: 0,
  XOF: 0,
  XPF: 0,
  BHD: 3,
  IQD: 3,
  JOD: 3,
  KWD: 3,
  LYD: 3,
  OMR: 3,
  TND: 3,
  CLF: 4,
  UYW: 4,
};

/** How many digits of a minor-unit amount stand behind the decimal point. */
export function minorDigits(currency: string): number {
  return DIGITS[currency] ?? 2;
}

/** An integer amount in minor units as an exact decimal: (−1234, 2) → "-12.34". */
export function decimal(minor: number, digits: number): string {
  const whole = Math.round(minor);
  const figures = String(Math.abs(whole)).padStart(digits + 1, '0');
  const cut = figures.length - digits;
  const sign = whole < 0 ? '-' : '';
  return sign + figures.slice(0, cut) + (digits > 0 ? `.${figures.slice(cut)}` : '');
}

/** An amount as the shop writes it: "£1,234.50". A missing currency leaves the plain figure. */
export function formatMoney(
  minor: number,
  currency: string | null | undefined,
  locale: string,
): string {
  const digits = minorDigits(currency ?? '');
  const options: Intl.NumberFormatOptions = {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  };
  const exact = decimal(minor, digits) as `${number}`;
  return new Intl.NumberFormat(locale, { ...options, ...currencyStyle(currency) }).format(exact);
}

/** A short form for axes: "£120K" or "£12万". */
export function formatMoneyShort(
  minor: number,
  currency: string | null | undefined,
  locale: string,
): string {
  const exact = decimal(minor, minorDigits(currency ?? '')) as `${number}`;
  return new Intl.NumberFormat(locale, {
    ...currencyStyle(currency),
    notation: 'compact',
    minimumFractionDigits: 0,
    maximumFractionDigits: 1,
  }).format(exact);
}

function currencyStyle(currency: string | null | undefined): Intl.NumberFormatOptions {
  // Intl throws for anything that does not look like an ISO 4217 code.
  if (!currency || !/^[A-Z]{3}$/.test(currency)) return {};
  return { style: 'currency', currency, currencyDisplay: 'narrowSymbol' };
}
