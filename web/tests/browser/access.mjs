// Keys, shops, languages, and a server that refuses or is away.

import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { settled, texts } from './browser.mjs';

const FIRST_LOAD_BYTES_MAX = 100 * 1024;

export const tests = {
  'without a key a form explains where to find one': async ({ open }) => {
    const page = await open({ keys: null });
    assert.equal(await page.innerText('h1'), 'Enter a read key');
    assert.match(await page.innerText('main'), /#key=rk_/);
    const asked = page.requests.filter((url) => url.pathname.startsWith('/v1'));
    assert.deepEqual(asked, [], 'nothing is asked without a key');
  },

  'a key of another kind is refused before it is sent': async ({ open }) => {
    const page = await open({ keys: null });
    await page.fill('#key', 'sk_secret');
    await page.keyboard.press('Enter');
    assert.match(await page.innerText('#key-error'), /starts with rk_/);
    assert.ok(!page.requests.some((url) => url.pathname.startsWith('/v1')));
    assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  },

  'an unknown key is refused in plain words and forgotten': async ({ open }) => {
    const page = await open({ keys: null, expected: [401] });
    await page.fill('#key', 'rk_0000000000000000000000000000');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.querySelector('#key-error')?.textContent.trim());
    assert.match(await page.innerText('#key-error'), /did not accept this key/);
    assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  },

  'a typed key opens its shop': async ({ open, shop }) => {
    const page = await open({ keys: null });
    await page.fill('#key', shop.keys[0]);
    await page.click('button[type=submit]');
    const { name } = await shop.ask('overview');
    await page.waitForFunction(
      (title) => document.querySelector('h1')?.innerText === title,
      name.en,
    );
  },

  'keys leave the address and stay in this tab only': async ({ open, shop }) => {
    const page = await open();
    const url = page.url();
    for (const key of shop.keys) assert.ok(!url.includes(key), url);
    const kept = await page.evaluate(() => [
      JSON.stringify({ ...sessionStorage }),
      JSON.stringify({ ...localStorage }),
    ]);
    assert.ok(kept[0].includes(shop.keys[0]));
    assert.ok(!kept[1].includes('rk_'));
    await page.reload();
    await page.waitForSelector('[data-metric]');
    await page.click('button.leave');
    assert.equal(await page.innerText('h1'), 'Enter a read key');
    assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  },

  'several keys give a choice of shops': async ({ open, shop }) => {
    if (shop.keys.length < 2) return 'one key only';
    const page = await open();
    const names = await Promise.all(
      shop.keys.map(async (key) => (await shop.ask('overview', key)).name.en),
    );
    assert.deepEqual(await texts(page, 'header option'), names);
    await page.selectOption('header select', { index: 1 });
    await settled(page);
    assert.equal(await page.innerText('h1'), names[1]);
    await page.reload();
    await page.waitForSelector('[data-metric]');
    assert.equal(await page.innerText('h1'), names[1], 'the choice outlives a reload');
    const deep = await open({ at: `#/recommendations?user=${encodeURIComponent(shop.user)}` });
    await deep.selectOption('header select', { index: 1 });
    await settled(deep);
    assert.match(deep.url(), /#\/recommendations$/, 'a customer of one shop is none of another');
  },

  'one refused key does not hide the other shops': async ({ open, shop }) => {
    const keys = ['rk_0000000000000000000000000000', shop.keys[0]];
    const page = await open({ keys, expected: [401] });
    await page.waitForSelector('[data-metric]');
    assert.match(await page.innerText('main'), /Some of the keys were not accepted/);
  },

  'the language follows the browser, can be changed and is remembered': async ({ open, shop }) => {
    const { name } = await shop.ask('overview');
    const page = await open({ locale: 'zh-CN' });
    assert.equal(await page.innerText('h1'), name.zh);
    assert.equal(await page.getAttribute('html', 'lang'), 'zh-CN');
    await page.click('.languages button:first-child');
    assert.equal(await page.innerText('h1'), name.en);
    await page.reload();
    await page.waitForSelector('[data-metric]');
    assert.equal(await page.innerText('h1'), name.en);
    assert.equal(await page.getAttribute('html', 'lang'), 'en');
  },

  'a server that is away is named, and trying again helps': async ({ open }) => {
    const page = await open();
    await page.route('**/v1/**', (route) => route.abort());
    await page.click('.presets button:last-child');
    await page.waitForSelector('main [role=alert]');
    assert.match(await page.innerText('main [role=alert]'), /server does not answer/);
    await page.unroute('**/v1/**');
    await page.click('main [role=alert] button');
    await page.waitForSelector('[data-metric]');
    assert.equal(await page.locator('main [role=alert]').count(), 0);
  },

  'a product that does not exist does no harm': async ({ open }) => {
    const at = '#/recommendations?item=no-such-product-%2F%3F';
    const page = await open({ at, expected: [400, 404] });
    const shown = await page.innerText('main');
    assert.ok(/could not be loaded|Not enough data|Best-sellers/.test(shown), shown);
    assert.equal(await page.innerText('h1'), 'Recommendations');
  },

  'the first load is small': async ({ open, shop }) => {
    const page = await open({ keys: null });
    const own = [...new Set(page.requests.map(String))].filter((url) => !url.includes('/v1/'));
    const bodies = await Promise.all(
      own.map(async (url) => Buffer.from(await (await fetch(url)).arrayBuffer())),
    );
    const size = bodies.reduce((sum, body) => sum + gzipSync(body).length, 0);
    assert.ok(own.length >= 3, `${own} of ${shop.url}`);
    assert.ok(size <= FIRST_LOAD_BYTES_MAX, `${size} bytes`);
  },
};
