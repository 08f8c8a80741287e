import { ApiError } from '../api/client';
import { said, t } from '../text/language.svelte';

/** What went wrong, in plain words: the server's own sentence where it sent one. */
export function explain(error: unknown): string {
  if (!(error instanceof ApiError)) return t('error.network');
  const own = said(error.text);
  if (own && error.parameter) return t('error.parameter', { text: own, name: error.parameter });
  if (own) return own;
  if (error.code === 'network') return t('error.network');
  const status = { status: String(error.status) };
  if (error.status === 401 || error.status === 403) return t('error.unauthorized');
  if (error.status === 404) return t('error.not_found');
  if (error.status === 429) return t('error.limited');
  return error.status >= 500 ? t('error.server', status) : t('error.other', status);
}
