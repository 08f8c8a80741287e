import { expect, test } from 'vitest';
import type { AspectReport, TrendPoint } from '../../src/api/reviews';
import { columns, pieces } from '../../src/reviews/bars';

const aspect = (positive: number, neutral: number, negative: number): AspectReport => ({
  aspect: 'fit',
  name: { en: 'Fit', zh: '尺码' },
  reviews: positive + neutral + negative,
  positive,
  neutral,
  negative,
  score: null,
  praise: [],
  complaints: [],
});
const point = (start: string, reviews: number): TrendPoint => ({
  start,
  reviews,
  rating: null,
  content: null,
});

test('the pieces of an aspect adjoin, and the largest aspect fills the width', () => {
  const all = [aspect(6, 2, 2), aspect(1, 0, 4)];
  const whole = pieces(aspect(6, 2, 2), all, 200);
  expect(whole.map((one) => [one.kind, one.x, one.width])).toEqual([
    ['positive', 0, 120],
    ['neutral', 120, 40],
    ['negative', 160, 40],
  ]);
  const half = pieces(aspect(1, 0, 4), all, 200);
  expect(half.reduce((sum, one) => sum + one.width, 0)).toBe(100);
});

test('nothing said has bars of no width', () => {
  expect(pieces(aspect(0, 0, 0), [], 0).every((one) => one.width === 0)).toBe(true);
  expect(columns([], 100, 50)).toEqual([]);
});

test('columns stand side by side, the highest as high as the chart', () => {
  const drawn = columns([point('2026-01-05', 4), point('2026-01-12', 8)], 100, 50);
  expect(drawn.map((one) => one.height)).toEqual([25, 50]);
  expect(drawn[1]?.y).toBe(0);
  expect((drawn[0]?.x ?? 0) + (drawn[0]?.width ?? 0)).toBeLessThan(drawn[1]?.x ?? 0);
});
