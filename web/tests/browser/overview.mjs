// The Overview page shows what the API answers.

import assert from 'node:assert/strict';
import { digits, moneyDigits, picture, settled, texts } from './browser.mjs';

const SALES = {
  revenue_net: 'revenue_net_minor',
  orders: 'orders',
  buyers: 'buyers',
  average_order: 'average_order_minor',
};
const TABLE = { ...SALES, revenue_gross: 'revenue_gross_minor', refunds: 'refunds_minor' };
const ATTENTION = { views: 'views', clicks: 'clicks', reviews: 'reviews' };

/** The digits that a figure must show. */
function expected(figures, metric, field, currency) {
  const value = figures[field];
  if (metric === 'average_order' && (figures.orders === 0 || value === null)) return '';
  return field.endsWith('_minor') ? moneyDigits(value, currency) : String(value);
}

async function assertCards(page, overview, fields, language) {
  for (const [metric, field] of Object.entries(fields)) {
    const card = page.locator(`.figures [data-metric=${metric}]`);
    const shown = digits(await card.locator('.value').innerText());
    assert.equal(shown, expected(overview.totals, metric, field, overview.currency), metric);
    const definition = overview.definitions[metric][language];
    assert.ok(definition.length > 0, `${metric} has a definition`);
    assert.ok((await card.textContent()).includes(definition), `${metric} shows its definition`);
  }
}

async function assertTable(page, overview, fields) {
  await page.click('details summary');
  const rows = await page.$$eval('tr[data-week]', (found) =>
    found.map((row) => ({
      week: row.dataset.week,
      cells: Object.fromEntries(
        [...row.querySelectorAll('td')].map((cell) => [cell.dataset.metric, cell.innerText]),
      ),
    })),
  );
  assert.deepEqual(
    rows.map((row) => row.week),
    overview.weeks.map((week) => week.week_start),
  );
  overview.weeks.forEach((week, index) => {
    for (const [metric, field] of Object.entries(fields)) {
      const shown = digits(rows[index].cells[metric]);
      const wanted = expected(week, metric, field, overview.currency);
      assert.equal(shown, wanted, `${metric} in the week of ${week.week_start}`);
    }
  });
}

export const tests = {
  'figures, definitions and weeks are those of the API, in both languages': async ({
    open,
    shop,
  }) => {
    const overview = await shop.ask('overview');
    assert.ok(overview.totals.orders > 0, 'the first shop has orders');
    for (const [language, locale] of [
      ['en', 'en-GB'],
      ['zh', 'zh-CN'],
    ]) {
      const page = await open({ locale });
      await page.waitForSelector('.figures');
      assert.equal(await page.innerText('h1'), overview.name[language]);
      await assertCards(page, overview, SALES, language);
      await assertTable(page, overview, TABLE);
    }
  },

  'net revenue is shown with what it is made of': async ({ open, shop }) => {
    const { totals, currency } = await shop.ask('overview');
    const page = await open();
    for (const metric of ['revenue_gross', 'refunds', 'revenue_net']) {
      const shown = await page.innerText(`dl [data-metric=${metric}] dd`);
      assert.equal(digits(shown), moneyDigits(totals[`${metric}_minor`], currency), metric);
    }
  },

  'the last event is told in the zone of the shop': async ({ open, shop }) => {
    const { freshness } = await shop.ask('overview');
    const page = await open();
    // The answer carries the shop's own offset, so its clock time is the shop's.
    const clock = freshness.last_event_at.slice(11, 16);
    assert.ok((await page.innerText('.fresh')).includes(clock), clock);
  },

  'the chart follows the chosen figure and describes itself': async ({ open }) => {
    const page = await open();
    for (const name of ['Orders', 'Buyers', 'Average order value', 'Net revenue']) {
      await page.getByRole('button', { name: new RegExp(`^${name}`) }).click();
      assert.equal(await page.innerText('#by-week'), `${name} by week`);
      const label = await page.getAttribute('figure svg', 'aria-label');
      assert.match(label, new RegExp(`^${name} for \\d+ weeks: lowest .*\\d.*highest .*\\d`));
    }
  },

  'pointing at the chart tells the week and its figure': async ({ open, shop }) => {
    const { weeks, currency } = await shop.ask('overview');
    const page = await open();
    const box = await page.locator('figure svg').boundingBox();
    await page.mouse.move(box.x + box.width - 2, box.y + box.height / 2);
    const shown = await page.innerText('figure strong');
    const last = weeks.at(-1);
    assert.equal(digits(shown), moneyDigits(last.revenue_net_minor, currency));
  },

  'dates can be chosen, and the address keeps them': async ({ open, shop }) => {
    const page = await open();
    await page.click('.presets button:last-child');
    await settled(page);
    const asked = page.requests.findLast((url) => url.pathname.endsWith('/v1/overview'));
    const overview = await shop.ask(`overview${asked.search}`);
    assert.ok(overview.weeks.length <= 6, 'four weeks touch at most six calendar weeks');
    await assertCards(page, overview, SALES, 'en');
    await page.reload();
    await page.waitForSelector('.figures');
    await settled(page);
    await assertCards(page, overview, SALES, 'en');
  },

  'the last day that people name is included': async ({ open, shop }) => {
    const whole = await shop.ask('overview');
    const page = await open();
    const [first, last] = [whole.weeks[4].week_start, whole.weeks[8].week_start];
    await page.fill('input[type=date] >> nth=0', first);
    await page.fill('input[type=date] >> nth=1', last);
    await page.click('form button[type=submit]');
    await settled(page);
    const asked = page.requests.findLast((url) => url.pathname.endsWith('/v1/overview'));
    assert.equal(asked.searchParams.get('from'), first);
    const after = new Date(Date.parse(`${last}T00:00:00Z`) + 86_400_000);
    assert.equal(asked.searchParams.get('to'), after.toISOString().slice(0, 10));
    await assertCards(page, await shop.ask(`overview${asked.search}`), SALES, 'en');
    await page.fill('input[type=date] >> nth=1', '2001-01-01');
    await page.click('form button[type=submit]');
    assert.match(await page.innerText('.wrong'), /must not be after/);
  },

  'a shop without orders says so and shows what it has': async ({ open, shop }) => {
    const found = await shop.withoutOrders();
    if (!found) return 'every shop has orders';
    for (const [language, locale] of [
      ['en', 'en-GB'],
      ['zh', 'zh-CN'],
    ]) {
      const page = await open({ keys: [found.key], locale });
      await page.waitForSelector('.figures');
      const words = { en: 'No orders recorded yet', zh: '尚无订单记录' }[language];
      assert.ok((await page.innerText('main')).includes(words));
      await assertCards(page, found.overview, ATTENTION, language);
      assert.equal(await page.locator('[data-metric^=revenue]').count(), 0);
      assert.deepEqual(await texts(page, 'main [role=alert]'), []);
      await picture(page, shop, `overview-without-orders-${language}`);
    }
  },
};
