// Funnel, Retention, Paths and Segments show what the API answers, in both languages.

import assert from 'node:assert/strict';
import { digits, settled, violations } from './browser.mjs';

const LOCALES = [
  ['en', 'en-GB'],
  ['zh', 'zh-CN'],
];
const TABS_MAX = 60;

/** Opens a page and gives it with the very answer that it shows. */
async function openPage(open, name, query = '', look = {}) {
  const page = await open({ at: '#/recommendations', ...look });
  const answer = await follow(page, name, () =>
    page.evaluate((hash) => (location.hash = hash), `#/${name}${query}`),
  );
  return { page, ...answer };
}

/** Does something that asks an analytic anew; gives what was asked and answered. */
async function follow(page, name, action) {
  const coming = page.waitForResponse(
    (response) => new URL(response.url()).pathname.endsWith(`/v1/analytics/${name}`),
  );
  await action();
  const response = await coming;
  const report = await response.json();
  await settled(page);
  return { report, url: new URL(response.url()) };
}

/** A share as the page writes it, within the half unit of its last digit. */
function assertShare(text, share, what) {
  if (share === null) return assert.equal(text.trim(), '–', what);
  const shown = Number.parseFloat(text.replace(/,/g, ''));
  assert.ok(Math.abs(shown - 100 * share) <= 0.0501, `${what}: ${text} for ${share}`);
}

const texts = async (found) =>
  (await found.allTextContents()).map((text) => text.replace(/\s+/g, ' ').trim());
const submit = (page) => page.click('main form button[type=submit].primary');

async function assertFunnel(page, report) {
  const rows = page.locator('tr[data-step]');
  assert.equal(await rows.count(), report.steps.length);
  for (const [index, step] of report.steps.entries()) {
    const cell = (name) => rows.nth(index).locator(`[data-figure=${name}]`).textContent();
    assert.equal(digits(await cell('people')), String(step.people));
    assertShare(await cell('of_first'), step.share_of_first, `step ${index} of the first`);
    assertShare(await cell('of_previous'), step.share_of_previous, `step ${index} of the last`);
  }
  const shown = await texts(page.locator('figure .value strong'));
  assert.deepEqual(shown.map(digits), report.steps.map((step) => String(step.people)));
}

async function assertRetention(page, report) {
  const rows = page.locator('tr[data-cohort]');
  assert.equal(await rows.count(), report.cohorts.length);
  for (const [index, cohort] of report.cohorts.entries()) {
    const row = rows.nth(index);
    assert.equal(await row.getAttribute('data-cohort'), cohort.start);
    assert.equal(digits(await row.locator('[data-people]').textContent()), String(cohort.people));
    const cells = await row.locator('td[data-k]').evaluateAll((found) =>
      found.map((cell) => ({
        k: Number(cell.dataset.k),
        text: cell.firstChild.textContent,
        running: cell.classList.contains('running'),
      })),
    );
    for (const { k, text, running } of cells) {
      assertShare(text, cohort.returned[k] / cohort.people, `${cohort.start} +${k}`);
      assert.equal(running, k >= cohort.complete, `${cohort.start} +${k}`);
    }
    const over = Math.min(cohort.complete, cohort.returned.length);
    assert.ok(cells.length >= over, `${cohort.start} shows every period that is over`);
  }
}

async function assertPaths(page, report) {
  const shown = await page.getAttribute('[data-sessions]', 'data-sessions');
  assert.equal(shown, String(report.sessions));
  const rows = page.locator('tr[data-path]');
  assert.equal(await rows.count(), report.top.length);
  for (const [index, path] of report.top.entries()) {
    const row = rows.nth(index);
    assert.equal(await row.locator('li').count(), path.steps.length);
    const sessions = await row.locator('[data-figure=sessions]').textContent();
    assert.equal(digits(sessions), String(path.sessions));
    assertShare(await row.locator('[data-figure=share]').textContent(), path.share, 'path');
  }
  const counts = await texts(page.locator('tr[data-transition] [data-figure=count]'));
  const wanted = report.transitions.map((one) => one.count).filter((count) => count > 0);
  assert.deepEqual(
    counts.map((text) => Number(digits(text))),
    wanted.sort((a, b) => b - a),
  );
}

async function assertSegment(page, report) {
  const people = await page.innerText('[data-figure=people]');
  assert.equal(digits(people), String(report.people));
  assert.equal(await page.textContent('[data-rule]'), report.rule);
  if (report.people === 0) return;
  const keys = await texts(page.locator('section[aria-labelledby=sample] li'));
  assert.deepEqual(keys, report.sample);
  const rows = await page.locator('tr[data-trait]').count();
  assert.equal(rows, Math.min(12, report.profile.length));
}

const SHOWN = {
  funnel: assertFunnel,
  retention: assertRetention,
  paths: assertPaths,
  segments: assertSegment,
};
const TITLES = {
  funnel: { en: 'Funnel', zh: '漏斗' },
  retention: { en: 'Retention', zh: '留存' },
  paths: { en: 'Paths', zh: '路径' },
  segments: { en: 'Segments', zh: '人群' },
};

/** The page as it first opens, in both languages and for every shop. */
async function opens({ open, shop }, name) {
  for (const [language, locale] of LOCALES) {
    for (const key of shop.keys) {
      const { page, report, url } = await openPage(open, name, '', { locale, keys: [key] });
      assert.equal(await page.innerText('h1'), TITLES[name][language]);
      const again = await shop.ask(`analytics/${name}${url.search}`, key);
      assert.deepEqual(again, report, 'the same question has the same answer');
      if ((await page.locator('[data-nothing]').count()) === 0) await SHOWN[name](page, report);
      assert.deepEqual(await violations(page), [], `${name} ${language}`);
    }
  }
}

export const tests = {
  'the funnel’s figures are those of the API': (all) => opens(all, 'funnel'),
  'the retention grid’s figures are those of the API': (all) => opens(all, 'retention'),
  'the paths’ figures are those of the API': (all) => opens(all, 'paths'),
  'the segment’s figures are those of the API': (all) => opens(all, 'segments'),

  'a funnel is edited, split and kept in the address': async ({ open }) => {
    const { page, report } = await openPage(open, 'funnel');
    const before = report.steps.length;
    await page.getByRole('button', { name: 'Add a step' }).click();
    assert.equal(await page.locator('[data-draft]').count(), before + 1);
    assert.ok(await page.isDisabled('main form .primary'), 'an empty step cannot be asked');
    await page.keyboard.type('view[device=mobile');
    assert.match(await page.innerText(`#step-${before}`), /Write an event type/);
    await page.keyboard.type(']');
    assert.equal(await page.innerText(`#step-${before}`), 'View · device mobile');
    await page.getByRole('button', { name: `Move step ${before + 1} up` }).click();
    const moved = page.locator(`[data-draft="${before - 1}"] input`);
    assert.equal(await moved.inputValue(), 'view[device=mobile]');
    await page.selectOption('select[name=window]', '30d');
    await page.selectOption('select[name=by]', 'country');
    const asked = await follow(page, 'funnel', () => submit(page));
    assert.equal(asked.url.searchParams.get('window'), '30d');
    assert.equal(asked.report.by, 'country');
    assert.equal(asked.report.steps[before - 1].label, 'view[device=mobile]');
    await page.reload();
    await page.waitForSelector('h1');
    await settled(page);
    assert.equal(await page.locator('[data-draft]').count(), before + 1);
    await page.getByRole('button', { name: `Remove step ${before}`, exact: true }).click();
    assert.equal(await page.locator('[data-draft]').count(), before);
    await page.goBack();
    await settled(page);
    assert.equal(await page.locator('[data-draft]').count(), before);
  },

  'a split funnel has a row for every segment': async ({ open, shop }) => {
    const { totals } = await shop.ask('overview');
    const event = totals.orders > 0 ? 'purchase' : 'view';
    const steps = encodeURIComponent(`${event},${event}`);
    const { page, report } = await openPage(open, 'funnel', `?steps=${steps}&by=country`);
    assert.ok(report.segments.length > 0, 'the shop knows countries');
    const rows = await page.locator('tr[data-segment]').evaluateAll((found) =>
      found.map((row) => [row.dataset.segment, row.querySelector('td').textContent]),
    );
    const sorted = (list) => list.sort(([a], [b]) => (a < b ? -1 : 1));
    assert.deepEqual(
      sorted(rows.map(([segment, people]) => [segment, digits(people)])),
      sorted(report.segments.map((one) => [one.segment, String(one.steps[0].people)])),
    );
  },

  'retention changes its period, its event and its figure': async ({ open }) => {
    const { page } = await openPage(open, 'retention');
    await page.selectOption('select[name=period]', 'week');
    await page.selectOption('select[name=periods]', '6');
    const asked = await follow(page, 'retention', () => submit(page));
    assert.equal(asked.url.searchParams.get('period'), 'week');
    await assertRetention(page, asked.report);
    await page.getByRole('button', { name: 'People', exact: true }).click();
    const first = asked.report.cohorts[0];
    const cell = page.locator(`tr[data-cohort="${first.start}"] td[data-k="0"]`);
    assert.equal(digits(await cell.textContent()), String(first.returned[0]));
    await page.fill('input[name=again]', 'nothing');
    assert.ok(await page.isDisabled('main form .primary'));
  },

  'paths before and after an event': async ({ open, shop }) => {
    const { totals } = await shop.ask('overview');
    const event = totals.orders > 0 ? 'purchase' : 'view';
    const { page } = await openPage(open, 'paths');
    for (const side of ['after', 'before']) {
      await page.selectOption('select[name=side]', side);
      await page.fill('input[name=around]', event);
      await page.uncheck('input[name=collapse]');
      const { report, url } = await follow(page, 'paths', () => submit(page));
      assert.equal(report.side, side);
      assert.equal(report.around, event);
      assert.equal(url.searchParams.get('keep_repeats'), 'true');
      await assertPaths(page, report);
      await page.check('input[name=collapse]');
    }
    assert.match(page.url(), /side=before/);
  },

  'a rule is built with groups, and is the same as text': async ({ open, shop }) => {
    const fields = await shop.ask('analytics/fields');
    const all = Array.isArray(fields) ? fields : fields.fields;
    const number = all.find((one) => one.kind === 'number');
    assert.ok(number, 'a field with numbers');
    const { page } = await openPage(open, 'segments');
    assert.equal(await page.locator('tr[data-field]').count(), all.length);
    const list = page.locator('main form > fieldset > ul > li');
    await list.first().getByRole('button', { name: 'Remove condition' }).click();
    await page.getByRole('button', { name: 'Add a condition' }).first().click();
    await list.nth(0).getByLabel('Field', { exact: true }).fill(number.name);
    assert.ok((await list.nth(0).textContent()).includes(number.definition.en));
    await list.nth(0).getByLabel('Value', { exact: true }).fill('many');
    assert.match(await list.nth(0).textContent(), /Write a number/);
    await list.nth(0).getByLabel('Value', { exact: true }).fill('1');
    await page.getByRole('button', { name: 'Add a group' }).first().click();
    const group = page.locator('fieldset fieldset');
    await group.locator('.match select').selectOption('none');
    for (const [index, value] of ['5', '9'].entries()) {
      const row = group.locator('.condition').nth(index);
      await row.getByLabel('Field', { exact: true }).fill(number.name);
      await row.getByLabel('Comparison').selectOption('=');
      await row.getByLabel('Value', { exact: true }).fill(value);
    }
    const { name } = number;
    const rule = `${name} >= 1 and not (${name} = 5 or ${name} = 9)`;
    assert.equal(await page.innerText('.rule code'), rule);
    const asked = await follow(page, 'segments', () => submit(page));
    assert.equal(asked.url.searchParams.get('where'), rule);
    await assertSegment(page, asked.report);
    await page.getByRole('button', { name: 'Text', exact: true }).click();
    assert.equal(await page.inputValue('textarea[name=where]'), rule);
    await page.fill('textarea[name=where]', `${name} >= `);
    await page.getByRole('button', { name: 'Builder', exact: true }).click();
    assert.match(await page.innerText('main [role=alert]'), /cannot read this rule/);
    await page.fill('textarea[name=where]', `${name} is unknown`);
    await page.getByRole('button', { name: 'Builder', exact: true }).click();
    assert.equal(await page.getByLabel('Comparison').inputValue(), 'unknown');
  },

  'a rule that the server refuses is explained': async ({ open }) => {
    const page = await open({ at: '#/recommendations', expected: [400] });
    const where = encodeURIComponent('no_such_field_at_all_nonsense >= 1');
    await follow(page, 'segments', () =>
      page.evaluate((hash) => (location.hash = hash), `#/segments?where=${where}`),
    );
    assert.match(await page.innerText('main [role=alert]'), /could not be loaded/);
    assert.equal(await page.locator('main form.card').count(), 1, 'the rule can be corrected');
  },

  'dates narrow what is asked, and a failure can be tried again': async ({ open }) => {
    const { page } = await openPage(open, 'funnel');
    const asked = await follow(page, 'funnel', () => page.click('.presets button:last-child'));
    assert.ok(asked.url.searchParams.get('from'), 'four weeks');
    await page.route('**/v1/analytics/**', (route) => route.abort());
    await page.click('.presets button:first-child');
    await page.waitForSelector('main [role=alert]');
    await page.unroute('**/v1/analytics/**');
    const again = await follow(page, 'funnel', () => page.click('main [role=alert] button'));
    assert.equal(again.url.searchParams.get('from'), null);
    await assertFunnel(page, again.report);
  },

  'too little is said plainly': async ({ open }) => {
    const { page, report } = await openPage(open, 'funnel', '?steps=stock,stock');
    assert.equal(report.steps[0].people, 0);
    assert.match(await page.innerText('[data-nothing]'), /Not enough data/);
    const away = '?from=1999-01-01&to=1999-02-01';
    for (const name of ['retention', 'paths']) {
      const other = await openPage(open, name, away);
      assert.match(await other.page.innerText('[data-nothing]'), /Not enough data/, name);
    }
  },

  'a funnel is asked with the keyboard alone': async ({ open }) => {
    const { page } = await openPage(open, 'funnel');
    const label = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
    let tabs = 0;
    for (; tabs < TABS_MAX && (await label()) !== 'Step 1'; tabs += 1) {
      await page.keyboard.press('Tab');
    }
    assert.ok(tabs < TABS_MAX, 'the first step is reached with Tab');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('view');
    const { url } = await follow(page, 'funnel', async () => {
      await page.keyboard.press('Escape'); // The suggestions, if they are open.
      await page.keyboard.press('Enter');
    });
    assert.match(url.searchParams.get('steps'), /^view,/);
  },
};
