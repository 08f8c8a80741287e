import type { Client, Subject } from '../api/client';
import { formatMoney } from '../format/money';
import { formatCount } from '../format/number';
import { formatMomentDay } from '../format/time';
import { speech, t } from '../text/language.svelte';

/** One line of the picker: who or what, and the facts that tell it from its neighbours. */
export type Choice = { id: string; title: string; detail: string };

/** Customers or products that fit the query, best known first. */
export async function findChoices(
  client: Client,
  kind: Subject['kind'],
  query: string,
  limit: number,
  zone: string,
  signal: AbortSignal,
): Promise<Choice[]> {
  const { locale } = speech;
  if (kind === 'user') {
    const users = await client.users(query, limit, signal);
    return users.map((user) => ({
      id: user.user_id,
      title: user.user_id,
      detail: [
        t('recommend.orders', { count: formatCount(user.orders, locale) }),
        user.last_seen &&
          t('recommend.last_seen', { day: formatMomentDay(user.last_seen, zone, locale) }),
      ]
        .filter(Boolean)
        .join(' · '),
    }));
  }
  const items = await client.items(query, limit, signal);
  return items.map((item) => ({
    id: item.item_id,
    title: titleOf(item),
    detail: [
      item.title ? item.item_id : '',
      item.price_minor == null ? '' : formatMoney(item.price_minor, item.currency, locale),
      item.buyers > 0 ? t('recommend.buyers', { count: formatCount(item.buyers, locale) }) : '',
    ]
      .filter(Boolean)
      .join(' · '),
  }));
}

/** The title of a product, or its number where the catalogue has none. */
export function titleOf(item: { item_id: string; title: string | null }): string {
  return item.title || t('slate.untitled', { id: item.item_id });
}
