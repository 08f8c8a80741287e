import { t } from '../text/language.svelte';
import { parseStep } from './rule';

/** A step in words: "View · device mobile"; a text that is no step stays as it is. */
export function stepWords(text: string): string {
  const rule = parseStep(text);
  if (!rule) return text;
  const parts = rule.where.map(({ field, value }) => `${t(`step.field.${field}`)} ${value}`);
  return [t(`step.type.${rule.type}`), ...parts].join(' · ');
}

/** A node of a path in words: an end of the session, or a step, its category by name alone. */
export function nodeWords(node: string): string {
  if (node === '(start)') return t('paths.begin');
  if (node === '(end)') return t('paths.finish');
  const rule = parseStep(node);
  const [only, ...more] = rule?.where ?? [];
  if (!rule || only?.field !== 'category' || more.length > 0) return stepWords(node);
  return `${t(`step.type.${rule.type}`)} · ${only.value}`;
}
