import type { Point } from '../chart/plot';
import { formatCount, formatCountShort } from '../format/number';
import { formatMoney, formatMoneyShort } from '../format/money';
import { addDays } from '../format/time';
import type { Overview, Totals } from '../api/types';

/** The figures of a shop. The names are those of the API's `definitions`. */
export type Metric =
  | 'orders'
  | 'revenue_net'
  | 'revenue_gross'
  | 'revenue_goods'
  | 'refunds'
  | 'buyers'
  | 'average_order'
  | 'views'
  | 'clicks'
  | 'carts'
  | 'reviews'
  | 'other_currency';

/** What a shop with orders is judged by, and what one without any can show. */
export const SALES: Metric[] = ['revenue_net', 'orders', 'buyers', 'average_order'];
export const ATTENTION: Metric[] = ['views', 'clicks', 'reviews'];
/** What a shop with orders may have besides. */
export const BESIDES: Metric[] = ['views', 'clicks', 'carts', 'reviews', 'other_currency'];

const FIELD = {
  orders: 'orders',
  revenue_net: 'revenue_net_minor',
  revenue_gross: 'revenue_gross_minor',
  revenue_goods: 'revenue_goods_minor',
  refunds: 'refunds_minor',
  buyers: 'buyers',
  average_order: 'average_order_minor',
  views: 'views',
  clicks: 'clicks',
  carts: 'carts',
  reviews: 'reviews',
  other_currency: 'other_currency',
} as const satisfies Record<Metric, keyof Totals>;

export function isMoney(metric: Metric): boolean {
  return FIELD[metric].endsWith('_minor');
}

/** The metric in totals or in a week. An average without orders has no value. */
export function valueOf(figures: Totals, metric: Metric): number | null {
  if (metric === 'average_order' && figures.orders === 0) return null;
  return figures[FIELD[metric]] ?? null;
}

/** The metric by week; a week that the period does not cover whole is marked partial. */
export function series(overview: Overview, metric: Metric): Point[] {
  const { from, to } = overview;
  return overview.weeks.map((week) => ({
    week: week.week_start,
    value: valueOf(week, metric),
    partial:
      (from !== null && week.week_start < from) ||
      (to !== null && addDays(week.week_start, 7) > to),
  }));
}

/** Writes a value of the metric, in full or in short. */
export function formatMetric(
  value: number | null,
  metric: Metric,
  currency: string | null,
  locale: string,
): string {
  if (value === null) return '–';
  return isMoney(metric) ? formatMoney(value, currency, locale) : formatCount(value, locale);
}

export function formatMetricShort(
  value: number,
  metric: Metric,
  currency: string | null,
  locale: string,
): string {
  return isMoney(metric)
    ? formatMoneyShort(value, currency, locale)
    : formatCountShort(value, locale);
}
