import { en, type TextKey } from '../text/en';
import { t } from '../text/language.svelte';

/** The unit of a field in words, or as the server has it where we have no word for it. */
export function unitWords(unit: string): string {
  const key = `unit.${unit.replaceAll(' ', '_')}`;
  return key in en ? t(key as TextKey) : unit;
}
