/** The pages of the dashboard, in the order of the bar. */
export const PAGES = [
  'overview',
  'recommendations',
  'funnel',
  'retention',
  'paths',
  'segments',
  'reviews',
  'models',
] as const;

export type Page = (typeof PAGES)[number];
export type Address = { page: Page; params: Record<string, string> };

/** Reads a fragment such as `#/recommendations?user=13085`; anything else is the overview. */
export function parseAddress(fragment: string): Address {
  const text = fragment.replace(/^#?\/?/, '');
  const cut = text.indexOf('?');
  const path = cut < 0 ? text : text.slice(0, cut);
  const query = cut < 0 ? '' : text.slice(cut + 1);
  const page = PAGES.find((one) => one === path) ?? 'overview';
  return { page, params: Object.fromEntries(new URLSearchParams(query)) };
}

/** The fragment of a page, without the parameters that are empty. */
export function formatAddress(page: Page, params: Record<string, string | null> = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value) query.set(name, value);
  }
  return query.size > 0 ? `#/${page}?${query}` : `#/${page}`;
}
