import { describe, expect, test } from 'vitest';
import { parseRule } from '../../src/segments/parse';
import { bar, byDifference, timesAll } from '../../src/segments/profile';
import {
  conditionsOf,
  countConditions,
  formatRule,
  isFilled,
  opsOf,
  usualRule,
  type Group,
  type Kind,
} from '../../src/segments/rule';

const KINDS: Record<string, Kind> = { country: 'text', city: 'text', mobile: 'flag' };
const kindOf = (field: string) => KINDS[field] ?? 'number';
const write = (group: Group | null) => (group ? formatRule(group, kindOf) : null);

describe('rules', () => {
  test('are read and written back', () => {
    const rules = [
      'orders >= 2',
      "orders >= 2 and not (country = 'GB' or days_since_last > 90)",
      "country in ('GB', 'DE') or (orders > 1 and mobile = true)",
      'orders is unknown',
      'orders is not unknown and views < -1.5',
      "not (country = 'GB')",
      'not (a = 1 and b = 2)',
      '(a = 1 or b = 2) and (c = 3 or not (d = 4 or e = 5))',
      "city = 'St John''s'",
    ];
    for (const rule of rules) expect(write(parseRule(rule)), rule).toBe(rule);
  });

  test('bind as in logic: not before and before or', () => {
    expect(parseRule('a = 1 or b = 2 and not c = 3')).toEqual({
      match: 'any',
      of: [
        { field: 'a', op: '=', value: '1' },
        {
          match: 'all',
          of: [
            { field: 'b', op: '=', value: '2' },
            { match: 'none', of: [{ field: 'c', op: '=', value: '3' }] },
          ],
        },
      ],
    });
  });

  test('key words may be in capitals, blanks may lack, not may repeat', () => {
    expect(write(parseRule('NOT NOT (a>=1 AND b!=2)'))).toBe('a >= 1 and b != 2');
    expect(write(parseRule('not a is unknown'))).toBe('a is not unknown');
    expect(write(parseRule('a IS NOT UNKNOWN'))).toBe('a is not unknown');
    expect(write(parseRule("country not in ('GB') and a<>1 and b==TRUE"))).toBe(
      "not (country in ('GB')) and a != 1 and b = true",
    );
    expect(write(parseRule('((a = 1))'))).toBe('a = 1');
  });

  test('that a form cannot show are left to the text', () => {
    const odd = ['', 'orders', 'orders >=', 'orders >= 2 and', '(a = 1', 'a = 1)', 'a = 1 b = 2'];
    odd.push('country = GB', 'a = 1e', 'and = 1', "city in ('Paris, France')");
    odd.push("a = 'x", 'a in ()', 'a in (1', 'a is known', '>= 2', "'a' = 1", 'a ! 1', 'a , 1');
    for (const rule of odd) expect(parseRule(rule), rule).toBeNull();
  });

  test('empty groups vanish and quotes keep text whole', () => {
    const group: Group = {
      match: 'all',
      of: [
        { match: 'any', of: [] },
        { field: 'country', op: 'in', value: "GB， d'Or," },
        { match: 'none', of: [{ match: 'all', of: [] }] },
      ],
    };
    expect(write(group)).toBe("country in ('GB', 'd''Or')");
    expect(write({ match: 'none', of: [] })).toBe('');
    expect(countConditions(group)).toBe(1);
    expect(conditionsOf(group)).toHaveLength(1);
  });

  test('a random tree means the same after a round of text', () => {
    let seed = 7;
    const below = (n: number) => (seed = (seed * 48_271) % 2_147_483_647) % n;
    const part = (depth: number): Group['of'][number] => {
      if (depth > 0 && below(3) > 0) return tree(depth - 1);
      return { field: `f${below(4)}`, op: '>=', value: String(below(4)) };
    };
    const tree = (depth: number): Group => ({
      match: (['all', 'any', 'none', 'not_all'] as const)[below(4)] ?? 'all',
      of: Array.from({ length: 1 + below(3) }, () => part(depth)),
    });
    const holds = (one: Group['of'][number], values: number[]): boolean => {
      if (!('of' in one)) return (values[Number(one.field.slice(1))] ?? 0) >= Number(one.value);
      const each = one.of.map((inner) => holds(inner, values));
      if (one.match === 'all') return each.every(Boolean);
      if (one.match === 'any') return each.some(Boolean);
      return one.match === 'none' ? !each.some(Boolean) : !each.every(Boolean);
    };
    for (let round = 0; round < 500; round += 1) {
      const group = tree(3);
      const back = parseRule(formatRule(group, kindOf));
      expect(back).not.toBeNull();
      for (let case_ = 0; case_ < 8; case_ += 1) {
        const values = Array.from({ length: 4 }, () => below(4));
        expect(back && holds(back, values), formatRule(group, kindOf)).toBe(holds(group, values));
      }
      expect(write(back)).toBe(write(parseRule(write(back) ?? '')));
    }
  });

  test('a condition is asked only when it is filled in', () => {
    const filled = (value: string, kind: Kind) => isFilled({ field: 'x', op: '=', value }, kind);
    expect([filled('', 'number'), filled('many', 'number'), filled('-1.5', 'number')]).toEqual([
      false,
      false,
      true,
    ]);
    expect([filled(' ', 'text'), filled('GB', 'text')]).toEqual([false, true]);
    expect([filled('yes', 'flag'), filled('true', 'flag')]).toEqual([false, true]);
    expect(isFilled({ field: 'x', op: 'unknown', value: '' }, 'number')).toBe(true);
    expect(opsOf('number')).not.toContain('in');
    expect(opsOf('flag')).not.toContain('>=');
  });
});

test('the first rule is about orders, or views where there are none', () => {
  const field = (name: string, kind: Kind = 'number') => ({ name, kind });
  const fields = [field('events_1h'), field('views_all'), field('orders_all')];
  expect(usualRule(fields, true)).toBe('orders_all >= 2');
  expect(usualRule(fields, false)).toBe('views_all >= 2');
  expect(usualRule([field('country', 'text'), field('age')], true)).toBe('age >= 2');
  expect(usualRule([field('country', 'text')], true)).toBe('');
});

describe('profile', () => {
  const trait = (feature: string, in_mean: number | null, all_mean: number | null) => ({
    feature,
    in_mean,
    all_mean,
  });

  test('a ratio is told only where it says something', () => {
    expect(timesAll(trait('a', 6, 2))).toBe(3);
    for (const [inside, all] of [
      [null, 2],
      [2, null],
      [2, 0],
      [-1, 2],
    ] as const) {
      expect(timesAll(trait('a', inside, all))).toBeNull();
    }
  });

  test('what stands out comes first, down as well as up', () => {
    const traits = [trait('d', null, 1), trait('a', 2, 1), trait('b', 1, 5), trait('c', 0, 1)];
    expect(byDifference(traits).map((one) => one.feature)).toEqual(['c', 'b', 'a', 'd']);
    const far = [trait('x', 90, 1), trait('y', 0, 1), trait('z', 10, 1)];
    expect(byDifference(far).map((one) => one.feature)).toEqual(['x', 'y', 'z']);
  });

  test('bars grow from the middle and end at eight times', () => {
    expect(bar(1, 120)).toEqual({ x: 60, width: 0 });
    expect(bar(8, 120)).toEqual({ x: 60, width: 60 });
    expect(bar(100, 120)).toEqual({ x: 60, width: 60 });
    expect(bar(0.5, 120)).toEqual({ x: 40, width: 20 });
    expect(bar(0, 120)).toEqual({ x: 0, width: 60 });
  });
});
