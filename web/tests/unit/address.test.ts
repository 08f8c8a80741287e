import { describe, expect, test } from 'vitest';
import { resourcePath } from '../../src/api/client';
import { formatAddress, parseAddress } from '../../src/fragment';
import { areReadKeys, parseKeys, takeKeys } from '../../src/keys';
import { presetOf, presetRange, rangeOf } from '../../src/overview/range';

describe('keys', () => {
  test('are taken out of the fragment and leave the rest', () => {
    expect(takeKeys('#key=rk_a,rk_b')).toEqual({ keys: ['rk_a', 'rk_b'], rest: '' });
    expect(takeKeys('#/recommendations?user=1&key=rk_a')).toEqual({
      keys: ['rk_a'],
      rest: '/recommendations?user=1',
    });
    expect(takeKeys('#/overview?key=rk_a&from=2011-01-01')).toEqual({
      keys: ['rk_a'],
      rest: '/overview?from=2011-01-01',
    });
    expect(takeKeys('#/overview')).toEqual({ keys: [], rest: '/overview' });
    expect(takeKeys('#monkey=rk_a').keys).toEqual([]);
    expect(takeKeys('#key=rk_a%2Crk_b').keys).toEqual(['rk_a', 'rk_b']);
    expect(takeKeys('#key=%E0').keys).toEqual(['%E0']);
  });

  test('may be pasted with blanks, line ends and a Chinese comma', () => {
    expect(parseKeys(' rk_a, rk_b\nrk_a，rk_c ')).toEqual(['rk_a', 'rk_b', 'rk_c']);
  });

  test('must be read keys', () => {
    expect(areReadKeys(['rk_a1-Z'])).toBe(true);
    for (const odd of [[], ['wk_a'], ['rk_a', 'sk_b'], ['rk_'], ['rk_a\n']]) {
      expect(areReadKeys(odd), odd.join()).toBe(false);
    }
  });
});

describe('addresses', () => {
  test('go to a page and come back', () => {
    const fragment = formatAddress('recommendations', { item: 'A&B/ü 1', user: null });
    expect(parseAddress(fragment)).toEqual({
      page: 'recommendations',
      params: { item: 'A&B/ü 1' },
    });
    expect(parseAddress('').page).toBe('overview');
    expect(parseAddress('#/elsewhere').page).toBe('overview');
  });

  test('of resources escape what people typed', () => {
    expect(resourcePath(['items', 'a/b?c', 'similar'], { n: 10 })).toBe(
      'v1/items/a%2Fb%3Fc/similar?n=10',
    );
    expect(resourcePath(['users'], { query: '', limit: 20, from: null })).toBe('v1/users?limit=20');
  });
});

describe('date ranges', () => {
  const recorded = { from: '2009-12-01', to: '2011-12-10' };

  test('presets end with the last recorded day', () => {
    expect(presetRange('month', recorded)).toEqual({ from: '2011-11-12', to: '2011-12-10' });
    expect(presetRange('all', recorded)).toEqual({ from: null, to: null });
    expect(presetOf({ from: '2011-11-12', to: '2011-12-10' }, recorded)).toBe('month');
    expect(presetOf({ from: '2011-11-13', to: '2011-12-10' }, recorded)).toBeNull();
  });

  test('a preset longer than the record is everything', () => {
    const young = { from: '2011-12-01', to: '2011-12-10' };
    expect(presetRange('year', young)).toEqual({ from: null, to: null });
    expect(presetOf({ from: null, to: null }, young)).toBe('all');
  });

  test('what the address says is checked', () => {
    expect(rangeOf({ from: '2011-02-30', to: '2011-12-10' })).toEqual({
      from: null,
      to: '2011-12-10',
    });
    expect(rangeOf({ from: '2011-12-10', to: '2011-12-10' })).toEqual({ from: null, to: null });
  });
});
