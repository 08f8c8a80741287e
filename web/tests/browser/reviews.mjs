// The Reviews page shows what the API answers, marks the evidence, and shows words as words.

import assert from 'node:assert/strict';
import { digits, settled, violations } from './browser.mjs';

const LOCALES = [
  ['en', 'en-GB', 'Reviews'],
  ['zh', 'zh-CN', '评价'],
];
const SCRIPT = '<script>window.ran = 1</script><img src="x" onerror="window.ran = 2">';
const blanks = (text) => text.replace(/\s+/g, ' ').trim();

async function openReviews(open, key, look = {}) {
  const page = await open({ at: '#/reviews', keys: [key], ...look });
  await page.waitForSelector('#reviews-counted, [data-nothing]');
  await settled(page);
  return page;
}

/** The first shop with reviews. */
async function withReviews(shop) {
  for (const key of shop.keys) {
    const report = await shop.ask('reviews/report', key);
    if (report.reviews > 0) return { key, report };
  }
  return null;
}

async function assertReport(page, report) {
  const shown = await page.getAttribute('[data-reviews]', 'data-reviews');
  assert.equal(shown, String(report.reviews));
  const speaker = await page.getAttribute('[data-speaker]', 'data-speaker');
  assert.equal(speaker, report.sentiment.speaker);
  const rows = page.locator('tr[data-aspect]');
  assert.equal(await rows.count(), report.aspects.length);
  for (const aspect of report.aspects) {
    const row = page.locator(`tr[data-aspect="${aspect.aspect}"]`);
    for (const name of ['reviews', 'positive', 'neutral', 'negative']) {
      const cell = await row.locator(`[data-figure=${name}]`).textContent();
      assert.equal(digits(cell), String(aspect[name]), `${aspect.aspect} ${name}`);
    }
  }
  const quotes = report.aspects.flatMap((aspect) => [...aspect.praise, ...aspect.complaints]);
  const marked = await page
    .locator('section[aria-labelledby=reviews-aspects] mark')
    .allTextContents();
  assert.deepEqual(marked.map(blanks), quotes.map((quote) => blanks(quote.clause)));
  const changes = await page.locator('tr[data-change]').count();
  assert.equal(changes, report.changed.rows.length);
  const basis = await page.getAttribute('[data-basis]', 'data-basis');
  assert.equal(basis, report.changed.basis);
  assert.equal(await page.locator('[data-suspect]').count(), report.suspects.length);
  assert.equal(await page.locator('tr[data-period]').count(), report.trend.length);
}

export const tests = {
  'what reviews say is what the API answers': async ({ open, shop }) => {
    for (const [language, locale, title] of LOCALES) {
      for (const key of shop.keys) {
        const page = await openReviews(open, key, { locale });
        assert.equal(await page.innerText('h1'), title);
        const report = await shop.ask('reviews/report?by=category&days=28', key);
        if (report.reviews === 0) assert.equal(await page.locator('[data-nothing]').count(), 1);
        else await assertReport(page, report);
        assert.deepEqual(await violations(page), [], `reviews ${language}`);
      }
    }
  },

  'groups and days are asked anew and kept in the address': async ({ open, shop }) => {
    const found = await withReviews(shop);
    if (!found) return 'no shop with reviews';
    const page = await openReviews(open, found.key);
    await page.selectOption('select[name=by]', 'item');
    await page.selectOption('select[name=days]', '91');
    await page.click('main form .primary');
    await settled(page);
    assert.match(page.url(), /by=item/);
    assert.match(page.url(), /days=91/);
    const report = await shop.ask('reviews/report?by=item&days=91', found.key);
    await assertReport(page, report);
    const groups = page.locator('section[aria-labelledby=reviews-groups] table');
    assert.equal(await groups.count(), report.groups.length);
  },

  'a question is answered with its evidence marked': async ({ open, shop }) => {
    const found = await withReviews(shop);
    if (!found) return 'no shop with reviews';
    const page = await openReviews(open, found.key);
    const clause = found.report.aspects[0].praise[0].clause;
    await page.fill('input[name=q]', clause);
    await page.click('section[aria-labelledby=reviews-ask] .primary');
    await page.waitForSelector('[data-answer]');
    await settled(page);
    const query = new URLSearchParams({ q: clause });
    const { answers } = await shop.ask(`reviews/ask?${query}`, found.key);
    assert.ok(answers.length > 0);
    const marked = await page.locator('[data-answer] mark').allTextContents();
    assert.deepEqual(marked.map(blanks), answers.map((one) => blanks(one.clause)));
    assert.deepEqual(await violations(page), []);
  },

  'a script in a review stays text': async ({ open, shop }) => {
    const found = await withReviews(shop);
    if (!found) return 'no shop with reviews';
    const page = await open({ at: '#/overview', keys: [found.key] });
    await page.route('**/v1/reviews/report**', async (route) => {
      const response = await route.fetch();
      const report = await response.json();
      for (const quote of report.aspects.flatMap((one) => [...one.praise, ...one.complaints])) {
        quote.before = quote.clause = quote.after = SCRIPT;
      }
      for (const one of report.suspects.flatMap((group) => group.listed)) one.text = SCRIPT;
      for (const group of report.groups) group.name = SCRIPT;
      await route.fulfill({ response, json: report });
    });
    await page.evaluate(() => (location.hash = '#/reviews'));
    await page.waitForSelector('section[aria-labelledby=reviews-aspects] mark');
    await settled(page);
    const shown = await page.locator('mark').allTextContents();
    assert.ok(shown.includes(SCRIPT), 'it is shown as it was written');
    assert.equal(await page.evaluate(() => window.ran), undefined, 'nothing of it ran');
    assert.equal(await page.locator('main script, main img').count(), 0);
  },
};
