import { describe, expect, test } from 'vitest';
import { decimal, formatMoney, formatMoneyShort, minorDigits } from '../../src/format/money';
import { formatCount, formatScore, formatShare } from '../../src/format/number';
import {
  addDays,
  dayIn,
  daysBetween,
  formatDay,
  formatMoment,
  isDay,
  knownZone,
} from '../../src/format/time';

describe('money', () => {
  test('minor digits follow ISO 4217, also where browsers do not', () => {
    expect(
      ['GBP', 'CNY', 'HUF', 'JPY', 'KRW', 'KWD', 'TND', 'CLF', 'IQD'].map(minorDigits),
    ).toEqual([2, 2, 2, 0, 0, 3, 3, 4, 3]);
  });

  test('decimals are exact', () => {
    expect(decimal(5, 2)).toBe('0.05');
    expect(decimal(-1234, 2)).toBe('-12.34');
    expect(decimal(-5, 3)).toBe('-0.005');
    expect(decimal(120, 0)).toBe('120');
    expect(decimal(0, 2)).toBe('0.00');
    expect(decimal(Number.MAX_SAFE_INTEGER, 2)).toBe('90071992547409.91');
  });

  test('amounts are written as the shop writes them', () => {
    expect(formatMoney(1_737_480_455, 'GBP', 'en-GB')).toBe('£17,374,804.55');
    expect(formatMoney(-5, 'GBP', 'en-GB')).toBe('-£0.05');
    expect(formatMoney(1500, 'JPY', 'en-GB')).toBe('¥1,500');
    expect(formatMoney(12_900, 'CNY', 'zh-CN')).toBe('¥129.00');
    expect(formatMoney(1234, 'KWD', 'en-GB').replace(/\s/g, ' ')).toBe('KWD 1.234');
    // Not floats: this amount has no double of its own when divided by 100.
    expect(formatMoney(9_007_199_254_740_991, 'USD', 'en-US')).toBe('$90,071,992,547,409.91');
  });

  test('a missing or odd currency leaves the figure', () => {
    expect(formatMoney(1234, null, 'en-GB')).toBe('12.34');
    expect(formatMoney(1234, '??', 'en-GB')).toBe('12.34');
  });

  test('axes have short amounts', () => {
    expect(formatMoneyShort(12_000_000, 'GBP', 'en-GB')).toMatch(/^£120K$/i);
    expect(formatMoneyShort(12_000_000, 'GBP', 'zh-CN')).toBe('£12万');
  });
});

test('counts, shares and scores', () => {
  expect(formatCount(1_056_743, 'en-GB')).toBe('1,056,743');
  expect(formatShare(0.041, 'en-GB')).toBe('4.1%');
  expect(formatShare(0.000_41, 'en-GB')).toBe('0.041%');
  expect(formatScore(0.3141, 'en-GB')).toBe('0.31');
});

describe('time', () => {
  test('days are calendar days', () => {
    expect(isDay('2011-12-09')).toBe(true);
    for (const odd of ['2011-02-30', '2011-2-3', '', null, undefined, 'yesterday']) {
      expect(isDay(odd), String(odd)).toBe(false);
    }
    expect(addDays('2012-02-28', 2)).toBe('2012-03-01');
    // A clock change lies in between; days stay whole.
    expect(daysBetween('2011-03-26', '2011-03-28')).toBe(2);
    expect(formatDay('2011-12-09', 'en-GB')).toBe('9 Dec 2011');
    expect(formatDay('2011-12-09', 'zh-CN')).toBe('2011年12月9日');
  });

  test('moments are told in the zone of the shop', () => {
    const moment = '2011-12-09T23:30:00+00:00';
    expect(formatMoment(moment, 'Europe/London', 'en-GB')).toBe('9 Dec 2011, 23:30');
    expect(formatMoment(moment, 'Asia/Shanghai', 'en-GB')).toBe('10 Dec 2011, 07:30');
    expect(dayIn(moment, 'Asia/Shanghai')).toBe('2011-12-10');
    expect(formatMoment('soon', 'Europe/London', 'en-GB')).toBe('soon');
    expect(dayIn('soon', 'UTC')).toBeNull();
    expect(knownZone('Mars/Olympus')).toBe('UTC');
  });
});
