import type {
  Field,
  FunnelReport,
  PathsReport,
  RetentionReport,
  SegmentReport,
} from './analytics';
import type { ModelVersion, ModelVersionWhole } from './models';
import type { Answers, ReviewsReport } from './reviews';
import type { ItemMatch, Overview, Recommendation, Similar, Text, User, UserMatch } from './types';

/** A failed request: `code` is the server's, or `network` / `http` where it gave none. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly text: Text | null,
    /** The parameter that is wrong, where the server names one. */
    readonly parameter: string | null = null,
  ) {
    super(`${code} (${status})`);
  }
}

type Params = Record<string, string | number | null | undefined>;
type Refusal = { error?: { code?: string; message?: Text; path?: string | null } };

/** The analytics by name, with what each answers. */
type Analytics = {
  funnel: FunnelReport;
  retention: RetentionReport;
  paths: PathsReport;
  segments: SegmentReport;
};

/** The address of a resource, relative to the page, without the parameters that are empty. */
export function resourcePath(segments: string[], params: Params = {}): string {
  const path = ['v1', ...segments.map(encodeURIComponent)].join('/');
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value !== null && value !== undefined && value !== '') query.set(name, String(value));
  }
  return query.size > 0 ? `${path}?${query}` : path;
}

async function get<T>(path: string, key: string, signal?: AbortSignal): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, {
      headers: { authorization: `Bearer ${key}`, accept: 'application/json' },
      cache: 'no-store',
      signal,
    });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiError(0, 'network', null);
  }
  const body: unknown = await response.json().catch(() => null);
  if (response.ok && body !== null) return body as T;
  const { error } = (body ?? {}) as Refusal;
  const { code = 'http', message = null, path: wrong = null } = error ?? {};
  throw new ApiError(response.status, code, message, wrong);
}

export type DateRange = { from: string | null; to: string | null };
export type Subject = { kind: 'user' | 'item'; id: string };

/** One shop's data, read with its key. */
export class Client {
  constructor(readonly key: string) {}

  overview(range: DateRange, signal?: AbortSignal): Promise<Overview> {
    return get(resourcePath(['overview'], range), this.key, signal);
  }

  recommendations(subject: Subject, n: number, signal?: AbortSignal): Promise<Recommendation> {
    const who = subject.kind === 'user' ? { user_id: subject.id } : { item_id: subject.id };
    return get(resourcePath(['recommendations'], { ...who, n }), this.key, signal);
  }

  similar(id: string, n: number, signal?: AbortSignal): Promise<Similar> {
    return get(resourcePath(['items', id, 'similar'], { n }), this.key, signal);
  }

  user(id: string, signal?: AbortSignal): Promise<User> {
    return get(resourcePath(['users', id]), this.key, signal);
  }

  async users(query: string, limit: number, signal?: AbortSignal): Promise<UserMatch[]> {
    const path = resourcePath(['users'], { query, limit });
    return (await get<{ users: UserMatch[] }>(path, this.key, signal)).users;
  }

  async items(query: string, limit: number, signal?: AbortSignal): Promise<ItemMatch[]> {
    const path = resourcePath(['items'], { query, limit });
    return (await get<{ items: ItemMatch[] }>(path, this.key, signal)).items;
  }

  async models(signal?: AbortSignal): Promise<ModelVersion[]> {
    return (await get<{ models: ModelVersion[] }>(resourcePath(['models']), this.key, signal))
      .models;
  }

  model(version: string, signal?: AbortSignal): Promise<ModelVersionWhole> {
    return get(resourcePath(['models', version]), this.key, signal);
  }

  analyse<N extends keyof Analytics>(
    name: N,
    params: Params,
    signal?: AbortSignal,
  ): Promise<Analytics[N]> {
    return get(resourcePath(['analytics', name], params), this.key, signal);
  }

  reviews(params: Params, signal?: AbortSignal): Promise<ReviewsReport> {
    return get(resourcePath(['reviews', 'report'], params), this.key, signal);
  }

  askReviews(q: string, signal?: AbortSignal): Promise<Answers> {
    return get(resourcePath(['reviews', 'ask'], { q }), this.key, signal);
  }

  async fields(signal?: AbortSignal): Promise<Field[]> {
    const answer = await get<Field[] | { fields: Field[] }>(
      resourcePath(['analytics', 'fields']),
      this.key,
      signal,
    );
    return Array.isArray(answer) ? answer : answer.fields;
  }
}
