// The server under test, asked directly: what the page shows is compared with these answers.

export class Shop {
  constructor({ url, keys, user, item, chromium, screenshots }) {
    Object.assign(this, { url, keys, user, item, chromium, screenshots });
  }

  static fromEnvironment(environment) {
    const need = (name) => {
      if (!environment[name]) throw new Error(`set ${name}; see the top of tests/browser/run.mjs`);
      return environment[name];
    };
    return new Shop({
      url: need('DONGCHA_URL').replace(/\/+$/, ''),
      keys: need('DONGCHA_KEYS').split(','),
      user: need('DONGCHA_USER'),
      item: need('DONGCHA_ITEM'),
      chromium: environment.CHROMIUM ?? '/usr/bin/chromium',
      screenshots: environment.SCREENSHOTS,
    });
  }

  /** The answer to a path of the API, with the first key unless told otherwise. */
  async ask(path, key = this.keys[0]) {
    const response = await fetch(`${this.url}/v1/${path}`, {
      headers: { authorization: `Bearer ${key}` },
    });
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
    return response.json();
  }

  /** Key and overview of a shop that has no orders, or null. */
  async withoutOrders() {
    for (const key of this.keys) {
      const overview = await this.ask('overview', key);
      if (overview.totals.orders === 0) return { key, overview };
    }
    return null;
  }
}
