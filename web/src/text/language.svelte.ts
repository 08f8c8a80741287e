import type { Text } from '../api/types';
import { en, type TextKey } from './en';
import { fill } from './fill';
import { firstLanguage, type Language } from './first';
import { zh } from './zh';

export type { Language };

const STORED = 'dongcha.language';
const TEXTS: Record<Language, Record<TextKey, string>> = { en, zh };

function stored(): string | null {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null; // Storage is switched off in this browser.
  }
}

class Speech {
  language = $state<Language>(firstLanguage(stored(), navigator.languages));

  /** The tag for Intl: the reader's own English where they have one. */
  get locale(): string {
    if (this.language === 'zh') return 'zh-CN';
    return navigator.languages.find((tag) => /^en-/i.test(tag)) ?? 'en-GB';
  }

  set(language: Language): void {
    this.language = language;
    try {
      localStorage.setItem(STORED, language);
    } catch {
      // Not remembered then; the choice still holds for this page.
    }
  }
}

export const speech = new Speech();

/** A text of the page in the current language. */
export function t(key: TextKey, values: Record<string, string> = {}): string {
  return fill(TEXTS[speech.language][key], values);
}

/** A text that came from the server in both languages. */
export function said(text: Text | null | undefined): string {
  return text?.[speech.language] ?? text?.en ?? '';
}

/** The text of a code such as `source.trending`, or the bare code where we have no word for it. */
export function named(family: 'source' | 'baseline' | 'event', code: string): string {
  const key = `${family}.${code}`;
  return key in en ? t(key as TextKey) : code;
}
