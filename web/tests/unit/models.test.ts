import { expect, test } from 'vitest';
import type { Family } from '../../src/api/models';
import { layout, ranked } from '../../src/models/bars';

const marks = (mean: number) => {
  const interval = { mean, low: mean - 0.01, high: mean + 0.01 };
  return { recall: interval, ndcg: interval, ndcg_over_popularity: null, coverage: 0.5 };
};
const family = (model: string, validation: number | null, test: number): Family => ({
  model,
  ...marks(test),
  ...(validation === null ? {} : { validation: marks(validation) }),
});

test('families stand in the order of the validation weeks', () => {
  const all = [family('a', 0.1, 0.9), family('b', 0.3, 0.2), family('c', 0.3, 0.1)];
  expect(ranked(all).map((one) => one.model)).toEqual(['b', 'c', 'a']);
});

test('bars do not overlap and stay within the width', () => {
  const drawn = layout([family('a', 0.1, 0.12), family('b', 0.3, 0.2)], 500);
  const bars = drawn.groups.flatMap((group) => group.bars);
  expect(bars).toHaveLength(4);
  for (const [index, bar] of bars.entries()) {
    expect(drawn.x(bar.interval.high)).toBeLessThanOrEqual(500);
    const next = bars[index + 1];
    if (next) expect(next.y).toBeGreaterThan(bar.y + drawn.bar);
    expect(bar.y + drawn.bar).toBeLessThanOrEqual(drawn.height);
  }
});

test('a version without validation figures has one bar per family', () => {
  const drawn = layout([family('old', null, 0.2)], 0);
  expect(drawn.groups[0]?.bars.map((bar) => bar.weeks)).toEqual(['test']);
});
