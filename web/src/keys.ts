/** Splits pasted text into read keys: commas, blanks or line ends part them; repeats count once. */
export function parseKeys(text: string): string[] {
  const keys = text.split(/[\s,，]+/).filter((part) => part.length > 0);
  return [...new Set(keys)];
}

/** Whether every key has the shape of a read key. */
export function areReadKeys(keys: string[]): boolean {
  return keys.length > 0 && keys.every((key) => /^rk_[\w-]+$/.test(key));
}

/** Takes `key=…` out of a fragment: the keys, and the fragment that may stay in the address bar. */
export function takeKeys(fragment: string): { keys: string[]; rest: string } {
  const text = fragment.replace(/^#/, '');
  const found = /(^|[?&])key=([^&]*)/.exec(text);
  if (!found) return { keys: [], rest: text };
  const rest = (text.slice(0, found.index) + found[1] + text.slice(found.index + found[0].length))
    .replace(/([?&])&/, '$1')
    .replace(/[?&]$/, '')
    .replace(/^&/, '');
  return { keys: parseKeys(unescape(found[2] ?? '')), rest };
}

function unescape(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
