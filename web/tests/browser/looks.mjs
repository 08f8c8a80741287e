// Every page is accessible, in both languages, light and dark, and fits a telephone.

import assert from 'node:assert/strict';
import { picture, settled, violations } from './browser.mjs';

const PHONE = { width: 360, height: 740 };

const pages = (shop) => ({
  overview: { at: '#/overview' },
  start: { at: '#/recommendations' },
  user: { at: `#/recommendations?user=${encodeURIComponent(shop.user)}` },
  item: { at: `#/recommendations?item=${encodeURIComponent(shop.item)}` },
  funnel: { at: '#/funnel?by=country' },
  retention: { at: '#/retention' },
  paths: { at: '#/paths' },
  segments: { at: '#/segments' },
  reviews: { at: '#/reviews' },
  models: { at: '#/models' },
  key: { keys: null },
});

/** Opens every page with a look and hands it over. */
async function each(open, shop, look, check) {
  for (const [name, options] of Object.entries(pages(shop))) {
    const page = await open({ ...options, ...look });
    await settled(page);
    await check(page, name);
    await page.context().close();
  }
}

async function accessible(page, name) {
  assert.deepEqual(await violations(page), [], name);
}

export const tests = {
  'axe finds nothing, English and light': ({ open, shop }) =>
    each(open, shop, {}, async (page, name) => {
      await picture(page, shop, `${name}-en`);
      const table = page.locator('details summary');
      if ((await table.count()) > 0) await table.first().click();
      await accessible(page, name);
    }),

  'axe finds nothing, Chinese and dark': ({ open, shop }) =>
    each(open, shop, { locale: 'zh-CN', dark: true }, async (page, name) => {
      await picture(page, shop, `${name}-zh-dark`);
      await accessible(page, name);
    }),

  'axe finds nothing while choices are open, light and dark': async ({ open }) => {
    for (const dark of [false, true]) {
      const page = await open({ at: '#/recommendations', dark });
      await page.focus('[role=combobox]');
      await page.locator('[role=option]').first().waitFor();
      await page.keyboard.press('ArrowDown');
      await accessible(page, dark ? 'dark' : 'light');
    }
  },

  'axe finds nothing where something failed': async ({ open }) => {
    const page = await open();
    await page.route('**/v1/**', (route) => route.abort());
    await page.click('.presets button:last-child');
    await page.waitForSelector('main [role=alert]');
    await accessible(page, 'failure');
  },

  'dark mode is dark': async ({ open }) => {
    const page = await open({ dark: true });
    const paint = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const parts = paint.match(/\d+/g).slice(0, 3).map(Number);
    assert.ok(Math.max(...parts) < 64, paint);
  },

  'a telephone needs no sideways scrolling': async ({ open, shop }) => {
    for (const locale of ['en-GB', 'zh-CN']) {
      await each(open, shop, { ...PHONE, locale }, async (page, name) => {
        await picture(page, shop, `${name}-phone-${locale}`);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(wide <= PHONE.width, `${name} is ${wide} wide`);
        await accessible(page, name);
      });
    }
  },

  'every chart has its table': async ({ open, shop }) => {
    await each(open, shop, {}, async (page, name) => {
      const bare = await page.$$eval('main figure, main .span', (charts) =>
        charts
          .filter((chart) => !chart.closest('section, table')?.matches('table, :has(table)'))
          .map((chart) => chart.outerHTML),
      );
      assert.deepEqual(bare, [], name);
    });
  },
};
