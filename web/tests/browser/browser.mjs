// Chromium, one fresh profile per page, watched for errors and for requests to other hosts.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const WAIT_MS = 20_000;
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export class Browser {
  static async launch(shop) {
    const browser = new Browser();
    browser.shop = shop;
    browser.chromium = await chromium.launch({ executablePath: shop.chromium, args: FLAGS });
    return browser;
  }

  close() {
    return this.chromium.close();
  }

  /** Runs one test; afterwards nothing may have gone wrong on any of its pages. */
  async whole(test) {
    this.contexts = [];
    this.trouble = [];
    try {
      const skipped = await test({ shop: this.shop, open: (options) => this.open(options) });
      assert.deepEqual(this.trouble, []);
      return skipped;
    } finally {
      await Promise.all(this.contexts.map((context) => context.close()));
    }
  }

  /**
   * Opens the dashboard in a new profile. `at` is the fragment of a page; `keys` are those of the
   * shop unless given, and `null` opens without any. `expected` are answers that are no trouble.
   */
  async open({ at = '#/overview', keys = this.shop.keys, expected = [], ...look } = {}) {
    const context = await this.chromium.newContext({
      viewport: { width: look.width ?? 1280, height: look.height ?? 900 },
      locale: look.locale ?? 'en-GB',
      colorScheme: look.dark ? 'dark' : 'light',
      // The shop's zone must show, whatever the zone of the reader.
      timezoneId: 'Pacific/Auckland',
    });
    this.contexts.push(context);
    const page = await context.newPage();
    page.setDefaultTimeout(WAIT_MS);
    this.watch(page, expected);
    await page.goto(keys ? `${this.shop.url}/#key=${keys.join(',')}` : `${this.shop.url}/`);
    await page.waitForSelector('h1');
    if (keys && at !== '#/overview') await this.go(page, at);
    return page;
  }

  watch(page, expected) {
    const host = new URL(this.shop.url).host;
    page.requests = [];
    page.on('request', (request) => {
      const url = new URL(request.url());
      page.requests.push(url);
      if (url.host !== host) this.trouble.push(`request to another host: ${url}`);
    });
    page.on('response', (response) => {
      const status = response.status();
      if (status >= 400 && !expected.includes(status)) {
        this.trouble.push(`${status} for ${response.url()}`);
      }
    });
    page.on('pageerror', (error) => this.trouble.push(`page error: ${error.message}`));
    page.on('console', (message) => {
      const network = message.text().startsWith('Failed to load resource');
      if (message.type() === 'error' && !network) this.trouble.push(message.text());
    });
  }

  async go(page, fragment) {
    await page.evaluate((hash) => (location.hash = hash), fragment);
    await settled(page);
  }
}

/** Waits until the page shows its content: nothing is loading and no request is under way. */
export async function settled(page) {
  await page.waitForLoadState('networkidle');
  await page.waitForFunction(() => !document.querySelector('[data-loading], [aria-busy="true"]'));
}

/** The figures of a text without symbols and separators: "-£1,234.50" → "-123450". */
export function digits(text) {
  const sign = text.trim().startsWith('-') ? '-' : '';
  return sign + text.replace(/\D/g, '');
}

/** What the digits of an amount must be: its minor units, a penny being written 0.01. */
export function moneyDigits(minor, currency) {
  const zero = ['JPY', 'KRW', 'VND', 'CLP'].includes(currency) ? 1 : 3;
  const sign = minor < 0 ? '-' : '';
  return sign + String(Math.abs(minor)).padStart(zero, '0');
}

/** Texts of all elements, with blanks made even. */
export async function texts(page, selector) {
  const found = await page.locator(selector).allInnerTexts();
  return found.map((text) => text.replace(/\s+/g, ' ').trim());
}

/** Violations that axe finds, one line each. */
export async function violations(page) {
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const results = await globalThis.axe.run(document, { resultTypes: ['violations'] });
    return results.violations.flatMap((rule) =>
      rule.nodes.map((node) => `${rule.id}: ${node.target.join(' ')}: ${node.failureSummary}`),
    );
  });
  return found;
}

export async function picture(page, shop, name) {
  if (!shop.screenshots) return;
  await page.screenshot({ path: join(shop.screenshots, `${name}.png`), fullPage: true });
}
