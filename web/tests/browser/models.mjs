// The Models page shows what the API answers, in both languages and for every shop.

import assert from 'node:assert/strict';
import { settled, violations } from './browser.mjs';

const LOCALES = [
  ['en', 'en-GB', 'Models'],
  ['zh', 'zh-CN', '模型'],
];
/** The first number of a text. */
const first = (text) => Number.parseFloat(text.trim().replace('−', '-'));
const near = (shown, value, what) =>
  assert.ok(Math.abs(shown - value) <= 1e-3 * Math.abs(value) + 1e-9, `${what}: ${shown} ${value}`);

async function assertFamilies(page, report) {
  const rows = page.locator('tr[data-family]');
  assert.equal(await rows.count(), report.families.length);
  for (const family of report.families) {
    const row = page.locator(`tr[data-family="${family.model}"]`);
    const figure = async (name) => first(await row.locator(`[data-figure=${name}]`).innerText());
    near(await figure('test'), family.ndcg.mean, `${family.model} on test`);
    near(await figure('validation'), family.validation.ndcg.mean, `${family.model} on validation`);
    const marked = await row.locator('.mark').count();
    assert.equal(marked, family.model === report.champion ? 1 : 0, family.model);
  }
  const bars = await page.locator('figure rect').count();
  assert.equal(bars, 2 * report.families.length, 'a bar for validation and one for test');
  assert.equal(await page.locator('figure .whisker').count(), bars, 'every bar has its interval');
}

export const tests = {
  'families, reason and versions are those of the API': async ({ open, shop }) => {
    for (const [language, locale, title] of LOCALES) {
      for (const key of shop.keys) {
        const page = await open({ at: '#/models', locale, keys: [key] });
        await page.waitForSelector('#models-versions');
        await settled(page);
        assert.equal(await page.innerText('h1'), title);
        const { models } = await shop.ask('models', key);
        assert.equal(await page.locator('tr[data-version]').count(), models.length);
        const serving = models.filter((one) => one.is_serving);
        assert.equal(serving.length, 1, 'one version serves');
        const row = page.locator(`tr[data-version="${serving[0].version}"]`);
        assert.equal(await row.locator('[data-serving]').count(), 1);
        assert.equal(await row.locator('time').count(), serving[0].promoted_at.length);
        const { report } = await shop.ask(`models/${serving[0].version}`, key);
        assert.equal(await page.innerText('[data-champion]'), report.champion);
        await assertFamilies(page, report);
        assert.deepEqual(await violations(page), [], `models ${language}`);
      }
    }
  },
};
