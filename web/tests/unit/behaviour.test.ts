import { describe, expect, test } from 'vitest';
import type { Cohort, FunnelStep, RetentionReport, Transition } from '../../src/api/analytics';
import type { Totals } from '../../src/api/types';
import { formatDuration, parseDuration } from '../../src/format/duration';
import { formatMeasure, formatPercent } from '../../src/format/number';
import { formatRegion } from '../../src/format/region';
import { bars, usualSteps, usualWindow } from '../../src/funnel/figures';
import { flow, largest } from '../../src/paths/flow';
import { columns, curve, heat, shareOf, stateOf, usualPeriod } from '../../src/retention/grid';
import { formatStep, parseStep, splitSteps, SUGGESTIONS } from '../../src/steps/rule';

describe('durations', () => {
  test('are read as the API writes them', () => {
    expect(['30m', '24h', '7d', '90s'].map(parseDuration)).toEqual([
      1_800_000, 86_400_000, 604_800_000, 90_000,
    ]);
    for (const odd of ['', '7', 'd', '0d', '-1d', '1.5h', '7 days', '9999999d']) {
      expect(parseDuration(odd), odd).toBeNull();
    }
  });

  test('are told with their two largest units', () => {
    const tell = (ms: number) => formatDuration(ms, 'en-GB').replace(/\s/g, ' ');
    expect(tell(604_800_000)).toBe('7 days');
    expect(tell(86_400_000 + 4 * 3_600_000 + 59_999)).toBe('1 day 4 hrs');
    expect(tell(3_600_000 + 1000)).toBe('1 hr');
    expect(tell(61_000)).toBe('1 min 1 sec');
    expect(tell(999)).toBe('999 ms');
    expect(tell(0)).toBe('0 secs');
    expect(formatDuration(1_800_000, 'zh-CN')).toBe('30分钟');
  });
});

test('shares of a table keep one decimal, and means four digits', () => {
  expect([1, 0.4567, 0, 0.000_41].map((share) => formatPercent(share, 'en-GB'))).toEqual([
    '100.0%',
    '45.7%',
    '0.0%',
    '0.041%',
  ]);
  expect([123_456.7, 12.3456, 0.000_123_45, 2].map((one) => formatMeasure(one, 'en-GB'))).toEqual([
    '123,457',
    '12.35',
    '0.0001235',
    '2',
  ]);
  expect(formatRegion('GB', 'zh-CN')).toBe('英国');
  expect(formatRegion('gb', 'en-GB')).toBe('gb');
});

describe('steps', () => {
  test('are parted at the commas outside brackets and quotes', () => {
    expect(splitSteps(' view, cart[op=add] ,view[country=GB,device=mobile]')).toEqual([
      'view',
      'cart[op=add]',
      'view[country=GB,device=mobile]',
    ]);
    expect(splitSteps('view[category="Home, [Garden]"],purchase')).toEqual([
      'view[category="Home, [Garden]"]',
      'purchase',
    ]);
    expect(splitSteps(' , ')).toEqual([]);
  });

  test('are read and written back', () => {
    const texts = [
      'view',
      'custom[name=favourite]',
      'view[country=GB,device=mobile]',
      'view[category="Home, Garden"]',
      'view[page=""]',
    ];
    for (const text of [...SUGGESTIONS, ...texts]) {
      const rule = parseStep(text);
      expect(rule && formatStep(rule), text).toBe(text);
    }
    expect(parseStep(' cart [ op = add ] ')).toEqual({
      type: 'cart',
      where: [{ field: 'op', value: 'add' }],
    });
  });

  test('that the server would refuse are refused', () => {
    const odd = ['', 'buy', 'view[', 'view]', 'view[]', 'view[device]', 'view[device=]', 'View'];
    odd.push('view[colour=red]', 'view[op=add]', 'view[name=x]', 'view[a=b]x', 'view[item=a=b]');
    for (const text of odd) expect(parseStep(text), text).toBeNull();
  });
});

describe('funnel', () => {
  const totals = (views: number, carts: number, orders: number) =>
    ({ views, carts, orders }) as Totals;

  test('begins with what the shop records', () => {
    expect(usualSteps(totals(9, 5, 1))).toEqual(['view', 'cart', 'purchase']);
    expect(usualSteps(totals(9, 0, 1))).toEqual(['view', 'purchase']);
    expect(usualSteps(totals(0, 0, 7))).toEqual(['purchase', 'purchase', 'purchase']);
    expect(usualSteps(totals(0, 0, 0))).toEqual(['view', 'view', 'view']);
    expect(usualWindow(['purchase', 'purchase'])).toBe('90d');
    expect(usualWindow(['view', 'purchase'])).toBe('7d');
  });

  test('bars are shares of the first step', () => {
    const step = (people: number) => ({ people }) as FunnelStep;
    expect(bars([step(200), step(50), step(50), step(0)], 1000)).toEqual([
      { width: 1000, before: 1000, lost: 0 },
      { width: 250, before: 1000, lost: 150 },
      { width: 250, before: 250, lost: 0 },
      { width: 0, before: 250, lost: 50 },
    ]);
    expect(bars([step(0)], 1000)[0]?.width).toBe(0);
  });
});

describe('retention', () => {
  const cohort = (people: number, returned: number[], complete: number): Cohort => ({
    start: '2011-01-01',
    people,
    returned,
    complete,
  });
  const report = (cohorts: Cohort[]) =>
    ({ cohorts, average: [1, 0.5, 0.25, null] }) as RetentionReport;

  test('a cell is over, running or ahead', () => {
    const one = cohort(10, [10, 4, 1, 0, 0], 2);
    expect([0, 1, 2, 3].map((k) => stateOf(one, k))).toEqual(['over', 'over', 'running', 'ahead']);
    expect(columns(report([one]))).toEqual([0, 1, 2]);
    expect(columns(report([]))).toEqual([]);
    expect(shareOf(one, 1)).toBe(0.4);
    expect(shareOf(one, 9)).toBeNull();
    expect(shareOf(cohort(0, [0], 1), 0)).toBeNull();
  });

  test('shades end with the largest return that is over', () => {
    const scale = heat(report([cohort(10, [10, 6, 3], 3), cohort(10, [10, 9], 1)]));
    expect(scale.max).toBe(0.6);
    expect([0, 0.05, 0.35, 0.6, 0.9].map(scale.shade)).toEqual([0, 1, 4, 6, 6]);
    expect(heat(report([])).shade(0)).toBe(0);
  });

  test('the curve leaves out the start and what is not known', () => {
    const drawn = curve(report([]).average, 500, 200);
    expect(drawn.dots).toEqual([
      { k: 1, share: 0.5 },
      { k: 2, share: 0.25 },
    ]);
    expect([drawn.x(1), drawn.x(3)]).toEqual([54, 486]);
    expect(drawn.y(0)).toBe(176);
    expect(curve([], 500, 200).path).toBe('');
  });

  test('the period follows the length of the record', () => {
    expect(usualPeriod('2010-01-01', '2011-12-10')).toBe('month');
    expect(usualPeriod('2008-04-01', '2008-08-14')).toBe('week');
    expect(usualPeriod('2008-04-01', '2008-04-20')).toBe('day');
    expect(usualPeriod(null, null)).toBe('day');
  });
});

describe('paths', () => {
  const one = (from: string, to: string, count: number): Transition => ({
    from,
    to,
    count,
    share: null,
  });
  const transitions = [
    one('view', '(end)', 30),
    one('(start)', 'view', 40),
    one('view', 'cart', 10),
    one('cart', '(end)', 10),
    one('cart', 'view', 0),
  ];
  const frame = { width: 400, height: 200, bar: 10, gap: 10 };

  test('the largest transitions, without those that never happened', () => {
    expect(largest(transitions, 2).map((found) => found.count)).toEqual([40, 30]);
    expect(largest(transitions, 99)).toHaveLength(4);
  });

  test('a picture has the start first, the end last, and heights on one scale', () => {
    const drawn = flow(largest(transitions, 9), frame);
    expect(drawn.left.map((stop) => stop.node)).toEqual(['(start)', 'view', 'cart']);
    expect(drawn.right.map((stop) => stop.node)).toEqual(['view', 'cart', '(end)']);
    const heights = drawn.left.map((stop) => stop.height);
    expect(heights[0]).toBeCloseTo((40 / 90) * 180);
    expect(heights.reduce((sum, height) => sum + height, 0)).toBeCloseTo(180);
    const last = drawn.left[2];
    expect((last?.y ?? 0) + (last?.height ?? 0)).toBeCloseTo(200);
    expect(drawn.bands).toHaveLength(4);
  });

  test('nothing and a single transition do no harm', () => {
    expect(flow([], frame)).toEqual({ left: [], right: [], bands: [] });
    expect(flow([one('a', 'b', 5)], frame).bands[0]?.path).not.toContain('NaN');
  });
});
