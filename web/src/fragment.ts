export type Page = 'overview' | 'recommendations';
export type Address = { page: Page; params: Record<string, string> };

/** Reads a fragment such as `#/recommendations?user=13085`; anything else is the overview. */
export function parseAddress(fragment: string): Address {
  const [path = '', query = ''] = fragment.replace(/^#?\/?/, '').split('?', 2);
  const page = path === 'recommendations' ? 'recommendations' : 'overview';
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
