import { ApiError, Client } from './api/client';
import type { Overview } from './api/types';
import { takeKeys } from './keys';

const KEYS = 'dongcha.keys';
const SITE = 'dongcha.site';

/** A shop that one of the keys opened; `overview` is everything recorded. */
export type Site = { client: Client; overview: Overview };

type State = 'no_key' | 'opening' | 'open' | 'failed';

/** The keys of this browser tab and the shops they open. */
class Session {
  state = $state<State>('no_key');
  sites = $state.raw<Site[]>([]);
  site = $state.raw<Site | null>(null);
  refused = $state(0);
  error = $state.raw<unknown>(null);

  /** Takes keys from the address bar, else those kept in this tab, and opens their shops. */
  async start(): Promise<void> {
    const { keys, rest } = takeKeys(location.hash);
    if (keys.length > 0) {
      history.replaceState(null, '', rest ? `#${rest}` : location.pathname + location.search);
      sessionStorage.removeItem(SITE);
      return this.open(keys);
    }
    const kept = sessionStorage.getItem(KEYS)?.split(',') ?? [];
    if (kept.length > 0) return this.open(kept);
  }

  async open(keys: string[]): Promise<void> {
    this.state = 'opening';
    this.refused = 0;
    sessionStorage.setItem(KEYS, keys.join(','));
    const answers = await Promise.allSettled(keys.map(openSite));
    const sites = answers.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const failures = answers.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    this.refused = failures.length;
    this.error = failures[0] ?? null;
    this.sites = sites;
    const chosen = sessionStorage.getItem(SITE);
    this.site = sites.find((site) => site.overview.site === chosen) ?? sites[0] ?? null;
    if (this.site) this.state = 'open';
    else if (failures.every(isRefusal)) this.forget(failures[0]);
    else this.state = 'failed';
  }

  /** Tries the kept keys again after the server could not be reached. */
  retry(): Promise<void> {
    return this.open(sessionStorage.getItem(KEYS)?.split(',') ?? []);
  }

  choose(name: string): void {
    this.site = this.sites.find((site) => site.overview.site === name) ?? this.site;
    sessionStorage.setItem(SITE, name);
  }

  forget(reason: unknown = null): void {
    sessionStorage.removeItem(KEYS);
    sessionStorage.removeItem(SITE);
    this.sites = [];
    this.site = null;
    this.refused = 0;
    this.error = reason;
    this.state = 'no_key';
  }
}

async function openSite(key: string): Promise<Site> {
  const client = new Client(key);
  return { client, overview: await client.overview({ from: null, to: null }) };
}

function isRefusal(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 401 || error.status === 403);
}

export const session = new Session();
