// Drives the dashboard of a running server in Chromium.
//
//   DONGCHA_URL    address of the server, such as http://127.0.0.1:7800
//   DONGCHA_KEYS   read keys, parted by commas; the first is of a shop with orders
//   DONGCHA_USER   a user of the first key's shop with recommendations
//   DONGCHA_ITEM   an item of the first key's shop with similar items
//   CHROMIUM       the browser, /usr/bin/chromium when absent
//   SCREENSHOTS    a folder that receives a picture of every page, none when absent
//   SUITES         the suites to run, parted by commas, all when absent

import { Browser } from './browser.mjs';
import { Shop } from './shop.mjs';
import { tests as access } from './access.mjs';
import { tests as behaviour } from './behaviour.mjs';
import { tests as models } from './models.mjs';
import { tests as looks } from './looks.mjs';
import { tests as overview } from './overview.mjs';
import { tests as recommend } from './recommend.mjs';
import { tests as reviews } from './reviews.mjs';

const all = { access, overview, recommend, behaviour, reviews, models, looks };
const only = process.env.SUITES?.split(',') ?? Object.keys(all);
const suites = Object.fromEntries(only.map((name) => [name, all[name]]));

const shop = Shop.fromEnvironment(process.env);
const browser = await Browser.launch(shop);
let passed = 0;
let failed = 0;
try {
  for (const [suite, tests] of Object.entries(suites)) {
    for (const [name, test] of Object.entries(tests)) {
      try {
        const skipped = await browser.whole(test);
        passed += skipped ? 0 : 1;
        console.log(skipped ? `skip ${suite}: ${name}: ${skipped}` : `ok   ${suite}: ${name}`);
      } catch (error) {
        failed += 1;
        console.log(`FAIL ${suite}: ${name}\n${indent(error.stack ?? String(error))}`);
      }
    }
  }
} finally {
  await browser.close();
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

function indent(text) {
  return text.replace(/^/gm, '     ');
}
