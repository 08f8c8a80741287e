import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { en } from '../../src/text/en';
import { fill } from '../../src/text/fill';
import { firstLanguage } from '../../src/text/first';
import { zh } from '../../src/text/zh';

const SOURCE = join(import.meta.dirname, '../../src');
const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(svelte|ts)$/.test(name) && !/^text\/(en|zh)\.ts$/.test(name))
  .map((name) => ({ name, text: readFileSync(join(SOURCE, name), 'utf8') }));
const marks = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();

describe('texts', () => {
  test('both languages have the same keys', () => {
    expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort());
  });

  test('a text fills in the same values in both languages', () => {
    for (const [key, text] of Object.entries(en)) {
      expect(marks(zh[key as keyof typeof zh]), key).toEqual(marks(text));
    }
  });

  test('no text is empty, and Chinese is written in Chinese', () => {
    for (const [key, text] of Object.entries(zh)) {
      expect(text.trim(), key).not.toBe('');
      const words = text.replace(/\{\w+\}/g, '');
      if (/[A-Za-z]/.test(words) && key !== 'language.en') {
        expect(words, key).toMatch(/\p{Script=Han}/u);
      }
    }
  });

  test('every text is used', () => {
    const source = files.map((file) => file.text).join('\n');
    const families = [...source.matchAll(/`([\w.]+)\.\$\{/g)].map((match) => `${match[1]}.`);
    const named = ['source.', 'baseline.', 'event.', 'unit.'];
    for (const key of Object.keys(en)) {
      const used =
        source.includes(`'${key}'`) || [...families, ...named].some((one) => key.startsWith(one));
      expect(used, key).toBe(true);
    }
  });

  test('no words stand in a template outside the text files', () => {
    for (const { name, text } of files.filter((file) => file.name.endsWith('.svelte'))) {
      let template = text.replace(
        /<script[\s\S]*?<\/script>|<style[\s\S]*?<\/style>|<!--[\s\S]*?-->/g,
        '',
      );
      for (let before = ''; before !== template;) {
        before = template;
        template = template.replace(/\{[^{}]*\}/g, '');
      }
      const words = template.replace(/<[^>]*>/g, '').match(/\p{L}+/gu);
      expect(words, name).toBeNull();
    }
  });
});

test('fill puts values in and keeps unknown marks visible', () => {
  expect(fill('{a} of {b}, {c}', { a: '1', b: '2' })).toBe('1 of 2, {c}');
});

test('the first language is the remembered one, then the browser’s, then English', () => {
  expect(firstLanguage('zh', ['en-GB'])).toBe('zh');
  expect(firstLanguage(null, ['fr', 'zh-Hant-TW', 'en'])).toBe('zh');
  expect(firstLanguage('de', ['en-US', 'zh'])).toBe('en');
  expect(firstLanguage(null, ['fr'])).toBe('en');
});
