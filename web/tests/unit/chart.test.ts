import { describe, expect, test } from 'vitest';
import type { Overview, Week } from '../../src/api/types';
import { axisWeeks, extremes, nearest, plot, type Point } from '../../src/chart/plot';
import { addDays } from '../../src/format/time';
import { series, valueOf } from '../../src/overview/metrics';
import { sharedScale, verdict } from '../../src/recommend/interval';

const frame = { width: 500, height: 200, left: 50, right: 10, top: 10, bottom: 30 };
const at = (week: string, value: number | null, partial = false): Point => ({
  week,
  value,
  partial,
});

describe('week plot', () => {
  const points = [
    at('2011-11-07', 100, true),
    at('2011-11-14', 300),
    at('2011-11-21', 200),
    at('2011-12-05', null),
  ];

  test('time runs evenly, also over a missing week', () => {
    const { x } = plot(points, frame);
    expect(points.map((point) => x(point.week))).toEqual([50, 160, 270, 490]);
  });

  test('zero is always on the value axis', () => {
    const up = plot(points, frame);
    expect(up.y(0)).toBe(170);
    expect(up.y(300)).toBeGreaterThanOrEqual(10);
    const down = plot([at('2011-11-07', -50), at('2011-11-14', -10)], frame);
    expect(down.y(0)).toBe(10);
    expect(down.y(-50)).toBeLessThanOrEqual(170);
  });

  test('partial weeks are dashed and not part of the solid line', () => {
    const drawn = plot(points, frame);
    expect(drawn.dashed).toHaveLength(1);
    expect(drawn.solid.startsWith('M160,')).toBe(true);
    expect(drawn.solid).not.toContain('M50,');
  });

  test('nothing and a single week do no harm', () => {
    expect(plot([], frame).solid).toBe('');
    expect(plot([at('2011-11-07', 5)], frame).x('2011-11-07')).toBe(270);
    expect(plot([at('2011-11-07', 0)], frame).y(0)).toBe(170);
    expect(extremes([])).toBeNull();
    expect(extremes([at('2011-11-07', null)])).toBeNull();
  });

  test('extremes and the nearest week', () => {
    expect(extremes(points)?.low.week).toBe('2011-11-07');
    expect(extremes(points)?.high.week).toBe('2011-11-14');
    const { x } = plot(points, frame);
    expect([0, 104, 106, 1000].map((place) => nearest(points, x, place))).toEqual([0, 0, 1, 3]);
  });

  test('axis marks are firsts of months, few enough to read', () => {
    const weeks = Array.from({ length: 106 }, (_, index) => addDays('2009-11-30', 7 * index));
    const marks = axisWeeks(weeks, 9);
    expect(marks.length).toBeLessThanOrEqual(9);
    expect(marks[0]).toBe('2009-12-07');
    expect(axisWeeks(['2011-11-07', '2011-11-14'], 9)).toEqual(['2011-11-07', '2011-11-14']);
  });
});

test('a series takes its values from the weeks and marks the cut ones', () => {
  const week = (week_start: string, orders: number): Week => ({
    week_start,
    orders,
    revenue_gross_minor: 10 * orders,
    refunds_minor: orders,
    revenue_net_minor: 9 * orders,
    buyers: orders,
    average_order_minor: orders ? 10 : 0,
    views: 0,
    clicks: 0,
    reviews: 0,
  });
  const weeks = [week('2011-11-28', 3), week('2011-12-05', 0)];
  const overview = { from: '2011-11-29', to: '2011-12-12', weeks } as Overview;
  expect(series(overview, 'revenue_net')).toEqual([
    { week: '2011-11-28', value: 27, partial: true },
    { week: '2011-12-05', value: 0, partial: false },
  ]);
  expect(valueOf(week('2011-12-05', 0), 'average_order')).toBeNull();
});

test('two lists are compared by their intervals', () => {
  const value = (minor: number, low_minor: number, high_minor: number) => ({
    minor,
    low_minor,
    high_minor,
    currency: 'GBP',
  });
  expect(verdict(value(200, 170, 230), value(100, 80, 120))).toBe('apart');
  expect(verdict(value(200, 110, 290), value(100, 80, 120))).toBe('overlap');
  expect(verdict(value(90, 60, 120), value(100, 80, 120))).toBe('below');
  const scale = sharedScale([value(200, 110, 400), value(100, 80, 120)], 200);
  expect([scale(0), scale(200), scale(400)]).toEqual([0, 100, 200]);
  expect(sharedScale([], 200)(0)).toBe(0);
});
