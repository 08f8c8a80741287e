// The Recommendations page shows the decision that the API made, and why.

import assert from 'node:assert/strict';
import { digits, moneyDigits, settled, texts } from './browser.mjs';

const TABS_MAX = 30;

/** Opens a subject and gives the page with the very answer that it shows. */
async function openSubject(open, kind, id, look = {}) {
  const page = await open({ at: '#/recommendations', ...look });
  const answer = page.waitForResponse((response) => response.url().includes('/v1/recommendations'));
  await page.evaluate((hash) => (location.hash = hash), `#/recommendations?${kind}=${id}`);
  const slate = await (await answer).json();
  await settled(page);
  return { page, slate };
}

async function assertSlate(page, slate, language) {
  assert.ok(slate.items.length > 0, 'the slate is not empty');
  const rows = page.locator('li[data-item]');
  assert.equal(await rows.count(), slate.items.length);
  for (const [index, item] of slate.items.entries()) {
    const row = rows.nth(index);
    assert.equal(await row.getAttribute('data-item'), item.item_id);
    const shown = (await row.innerText()).replace(/\s+/g, ' ');
    if (item.title) assert.ok(shown.includes(item.title.replace(/\s+/g, ' ').trim()), shown);
    if (item.price_minor != null) {
      const price = await row.locator('.price').innerText();
      assert.equal(digits(price), moneyDigits(item.price_minor, item.currency));
    }
    if (item.probability != null) {
      const percent = Number.parseFloat(await row.locator('.probability').innerText());
      const wanted = 100 * item.probability;
      assert.ok(Math.abs(percent - wanted) <= 0.06 * wanted + 1e-9, `${percent} for ${wanted}`);
    }
    if (item.reason) {
      // Its first letter is made large by the style only.
      assert.equal(await row.locator('.reason').textContent(), item.reason.text[language]);
      const bars = row.locator('table tr');
      assert.equal(await bars.count(), item.reason.evidence.length);
    }
  }
}

async function assertBeside(page, slate, language) {
  if (slate.expected_value) {
    const shown = await page.innerText('[data-value=ours]');
    const { minor, currency } = slate.expected_value;
    assert.equal(digits(shown), moneyDigits(minor, currency));
  }
  if (slate.baseline) {
    const shown = await texts(page, 'section[aria-labelledby=baseline] ol a');
    assert.equal(shown.length, slate.baseline.items.length);
    slate.baseline.items.forEach((item, index) => {
      if (item.title) assert.equal(shown[index], item.title.replace(/\s+/g, ' ').trim());
    });
  }
  const limits = await page.locator('section[aria-labelledby=binding] li').allTextContents();
  assert.equal(limits.length, slate.binding.length);
  slate.binding.forEach((rule, index) => {
    assert.ok(limits[index].includes(rule.text[language]), limits[index]);
    assert.ok(digits(limits[index].trim()).startsWith(String(rule.count)), limits[index]);
  });
  if (slate.note) assert.ok((await page.textContent('main')).includes(slate.note[language]));
}

export const tests = {
  'a customer’s slate, reasons and baseline are those of the API, in both languages': async ({
    open,
    shop,
  }) => {
    for (const [language, locale] of [
      ['en', 'en-GB'],
      ['zh', 'zh-CN'],
    ]) {
      const { page, slate } = await openSubject(open, 'user', shop.user, { locale });
      await assertSlate(page, slate, language);
      await assertBeside(page, slate, language);
      const again = await shop.ask(`recommendations?user_id=${shop.user}&n=10`);
      assert.deepEqual(
        slate.items.map((item) => item.item_id),
        again.items.map((item) => item.item_id),
        'the same question has the same answer',
      );
    }
  },

  'the customer’s history stands beside': async ({ open, shop }) => {
    const { page } = await openSubject(open, 'user', shop.user);
    const user = await shop.ask(`users/${encodeURIComponent(shop.user)}`);
    assert.equal(digits(await page.innerText('[data-person=orders]')), String(user.orders));
    assert.equal(
      digits(await page.innerText('[data-person=revenue_net]')),
      moneyDigits(user.revenue_net_minor, user.currency),
    );
    const shown = await page.textContent('section[aria-labelledby=person]');
    for (const event of user.recent.slice(0, 6)) assert.ok(shown.includes(event.summary.en));
  },

  'a product has its slate and its similar products': async ({ open, shop }) => {
    const { page, slate } = await openSubject(open, 'item', shop.item);
    await assertSlate(page, slate, 'en');
    const similar = await shop.ask(`items/${encodeURIComponent(shop.item)}/similar?n=10`);
    const shown = await page.$$eval('[data-similar]', (rows) =>
      rows.map((row) => row.dataset.similar),
    );
    assert.ok(similar.items.length > 0, 'the item has similar items');
    assert.deepEqual(
      shown,
      similar.items.map((item) => item.item_id),
    );
  },

  'a recommended product leads to its own page and back': async ({ open, shop }) => {
    const { page, slate } = await openSubject(open, 'user', shop.user);
    await page.locator('li[data-item] h3 a').first().click();
    await settled(page);
    const id = new URLSearchParams(new URL(page.url()).hash.split('?')[1]).get('item');
    assert.equal(id, slate.items[0].item_id);
    await page.goBack();
    await settled(page);
    assert.match(await page.innerText('#slate'), new RegExp(shop.user));
  },

  'a customer is picked with the keyboard alone': async ({ open, shop }) => {
    const page = await open({ at: '#/recommendations' });
    let tabs = 0;
    const role = () => page.evaluate(() => document.activeElement?.getAttribute('role'));
    for (; tabs < TABS_MAX && (await role()) !== 'combobox'; tabs += 1) {
      await page.keyboard.press('Tab');
    }
    assert.ok(tabs < TABS_MAX, 'the picker is reached with Tab');
    await page.keyboard.type(shop.user);
    const option = page.locator('[role=option]', { hasText: shop.user }).first();
    await option.waitFor();
    const box = page.locator('[role=combobox]');
    assert.equal(await box.getAttribute('aria-expanded'), 'true');
    const active = () => box.getAttribute('aria-activedescendant');
    await page.waitForFunction(
      () => document.activeElement?.getAttribute('aria-activedescendant') === 'choice-0',
    );
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowDown');
    assert.equal(await active(), 'choice-0', 'the list goes round');
    await page.keyboard.press('Escape');
    assert.equal(await box.getAttribute('aria-expanded'), 'false');
    await page.keyboard.press('ArrowDown');
    await option.waitFor();
    await page.waitForFunction(
      () => document.activeElement?.getAttribute('aria-activedescendant') === 'choice-0',
    );
    await page.keyboard.press('Enter');
    await page.waitForSelector('#slate');
    assert.match(await page.innerText('#slate'), new RegExp(`${shop.user}$`));
  },

  'a product is found by a word of its title, and by the mouse': async ({ open, shop }) => {
    const { title } = await shop.ask(`items/${encodeURIComponent(shop.item)}/similar?n=1`);
    const word = title
      .split(/\W+/)
      .sort((a, b) => b.length - a.length)[0]
      .toLowerCase();
    const { items } = await shop.ask(`items?query=${word}&limit=20`);
    assert.ok(items.length > 0, `products with ${word}`);
    const page = await open({ at: '#/recommendations' });
    await page.click('.kinds button:nth-child(2)');
    const asks = (url) => url.pathname.endsWith('/items') && url.searchParams.get('query') === word;
    const answer = page.waitForResponse((response) => asks(new URL(response.url())));
    await page.fill('[role=combobox]', word);
    await answer;
    await page.waitForFunction(
      (count) => document.querySelectorAll('[role=option]').length === count,
      items.length,
    );
    const first = page.locator('[role=option]', { hasText: items[0].item_id });
    await first.first().click();
    await page.waitForSelector('#slate');
  },

  'a search without a match says so': async ({ open }) => {
    const page = await open({ at: '#/recommendations' });
    await page.fill('[role=combobox]', 'zzzz-nobody');
    await page.waitForSelector('.message');
    assert.match(await page.innerText('.message'), /Nothing found for “zzzz-nobody”/);
  },
};
